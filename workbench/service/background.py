"""What runs beside the answering: newer winners and corpora are taken, shadows asked, a heart beats.
Knows nothing about HTTP or how any of it works."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from workbench.calls.caller import Caller
from workbench.calls.open_caller import ServiceModels
from workbench.corpus.types import AskedQuestion
from workbench.errors import InputError
from workbench.service.heartbeat import Heartbeat
from workbench.service.renewing import RenewalSettings, Renewing
from workbench.service.second_winner import Shadows, SplitSettings, falls_in
from workbench.service.served_winner import Running, ServedWinner
from workbench.service.together import run_together
from workbench.ship.serving import Unscored
from workbench.store.database import Store
from workbench.store.serving.records import ServedRequest


class Background:
    """`run` works until it is cancelled.

    load: reads the file and the corpus of a winner as they are now.
    prepare: makes a winner ready to answer.
    write: takes the shadows' answers.
    other_problems: gives what is wrong elsewhere now, in words.
    say: hears what was exchanged, and why not.
    """

    def __init__(
        self,
        winners: Sequence[ServedWinner],
        store: Store,
        address: str,
        asker: Caller,
        models: ServiceModels,
        *,
        load: Callable[[ServedWinner], Running],
        prepare: Callable[[Running], Awaitable[None]],
        write: Callable[[ServedRequest], None],
        other_problems: Callable[[], Sequence[str]],
        renewal: RenewalSettings,
        split: SplitSettings,
        say: Callable[[str], None],
    ) -> None:
        self._winners = winners
        self._asker = asker
        self._make_ready = prepare
        self._models = models
        self._split = split
        self._other_problems = other_problems
        self._heartbeat = Heartbeat(
            store, address, lambda: [winner.running.service.id for winner in winners], lambda: self.problems
        )
        self._renewals = [
            Renewing(winner, partial(load, winner), self._prepare, renewal, say, self._heartbeat.beat_soon)
            for winner in winners
        ]
        self._shadows = None
        if split.shadow:
            self._shadows = Shadows(winners[0], winners[1], split.shadow, self._answer, write)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong now, in words."""
        waiting = (f"{winner.model_id}: {winner.problem}" for winner in self._winners if winner.problem)
        return (*self._own_problems, *waiting)

    @property
    def _own_problems(self) -> tuple[str, ...]:
        return (
            *self._other_problems(),
            *(renewing.problem for renewing in self._renewals if renewing.problem),
            *(self._shadows.problems if self._shadows else ()),
        )

    @property
    def public_problems(self) -> tuple[str, ...]:
        """The same without reasons, which may name paths and addresses, for whoever may ask."""
        return tuple(f"{problem.partition(':')[0].rstrip('.')}." for problem in self._own_problems)

    def chooses_second(self, who: str) -> bool:
        """Whether the second winner answers somebody in place of the main one."""
        if not self._split.share:
            return False
        main, second = self._winners[0].running, self._winners[1].running
        return falls_in(self._split.share, "share", main, second, who)

    def shadow(self, asked: AskedQuestion, request: ServedRequest) -> None:
        if self._shadows is not None:
            self._shadows.follow(asked, request)

    async def run(self) -> None:
        works = [self._heartbeat.run(), *(renewing.run() for renewing in self._renewals)]
        if self._shadows is not None:
            works.append(self._shadows.run())
        await run_together(*works)

    def renew(self) -> None:
        """Take the winners' files and corpora as they are now."""
        for renewing in self._renewals:
            renewing.renew()

    async def _prepare(self, served: ServedWinner, running: Running) -> None:
        """Raises HostNotConfirmed, InputError for a winner that is served already, and what `open` raises."""
        others = [winner for winner in self._winners if winner is not served]
        if any(running.service.id == other.running.service.id for other in others):
            raise InputError(f"{running.service.path}: the same configuration is served already.")
        self._models.add(running.loaded.winner.to_config().models, running.loaded.trust)
        await self._make_ready(running)

    async def _answer(self, running: Running, asked: AskedQuestion) -> Unscored:
        return await running.loaded.pipeline.answer_unscored(asked, self._asker)
