"""Groups an experiment's writes into short transactions under its lease.
Knows nothing about what calls, rankings and answers mean."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from sqlmodel import Session

from workbench.errors import Stopped
from workbench.store.answers import add_answers, add_rankings
from workbench.store.database import Store
from workbench.store.leases import check_lease, renew_lease
from workbench.store.ledger import add_calls
from workbench.store.records import CallRecord, Lease, NewAnswer, PassageRecord, RankingRecord
from workbench.store.sharing.claims import Claim, claim_calls, lose_claims, release_claims
from workbench.store.sharing.participants import Participant

# Long enough to go with the next calls, and short beside what making an answer takes.
ANSWER_WAITS_SECONDS = 0.01
# A claim is written ahead of its call's place, so that this costs no time, and it goes with other claims.
CLAIM_WAITS_SECONDS = 0.005


@dataclass
class _Batch:
    calls: list[CallRecord] = field(default_factory=list)
    passages: dict[str, PassageRecord] = field(default_factory=dict)
    rankings: list[RankingRecord] = field(default_factory=list)
    answers: list[NewAnswer] = field(default_factory=list)
    given_up: list[tuple[str, str, bool]] = field(default_factory=list)
    claims: list[tuple[Participant, Claim]] = field(default_factory=list)
    others: list[Callable[[Session], None]] = field(default_factory=list)
    waiting: list[asyncio.Future[None]] = field(default_factory=list)
    duplicates: set[str] = field(default_factory=set)
    claimed: set[str] = field(default_factory=set)
    has_timer: bool = False
    participants: tuple[str, ...] = ()
    """All that have claimed calls through the writer."""

    @property
    def is_empty(self) -> bool:
        return not self.waiting and not self.given_up

    def apply(self, session: Session) -> None:
        self.duplicates = add_calls(session, self.calls, self.participants)
        self._claim(session)
        add_rankings(session, self.rankings, list(self.passages.values()))
        session.flush()
        add_answers(session, self.answers)
        for other in self.others:
            other(session)

    def _claim(self, session: Session) -> None:
        """Claims that were given up go first: the same call may have been claimed again since then."""
        for (holder, is_lost), given_up in groupby(sorted(self.given_up, key=_by), _by):
            keys = [key for _, key, _ in given_up]
            (lose_claims if is_lost else release_claims)(session, holder, keys)
        self.claimed = set()
        for participant in dict.fromkeys(participant for participant, _ in self.claims):
            wanted = [claim for of, claim in self.claims if of == participant]
            self.claimed |= claim_calls(session, participant, wanted)


def _by(given_up: tuple[str, str, bool]) -> tuple[str, bool]:
    holder, _, is_lost = given_up
    return holder, is_lost


class GroupCommitWriter:
    """Every method returns once its rows are committed. While one transaction runs, the next gathers.

    After a failed write nothing more is written: every waiting and later write raises the same error. After
    the end of `run` a write raises Stopped.
    """

    def __init__(self, store: Store, lease: Lease | None, *, holds_lease: bool = True) -> None:
        """lease: None for calls alone, of no experiment.
        holds_lease: whether this process is its holder, who renews it, or works for the holder.
        """
        self._store = store
        self._lease = lease
        self._check_lease = renew_lease if holds_lease else check_lease
        self.note_calls: Callable[[Session, Sequence[CallRecord]], None] | None = None
        """What else is written of the calls, in the transactions that store them."""
        self._batch = _Batch()
        self._wake = asyncio.Event()
        self._failure: BaseException | None = None
        self._known_passages: set[str] = set()
        self._participants: dict[str, None] = {}

    async def run(self) -> None:
        """Commit batches until cancelled; what was gathered before is still committed, and who waits for a
        batch that is being written hears of it."""
        committing: asyncio.Future[None] | None = None
        try:
            while True:
                await self._wake.wait()
                committing = asyncio.ensure_future(self._commit())
                await asyncio.shield(committing)
        finally:
            if committing is not None:
                await asyncio.shield(committing)
            await asyncio.shield(self._commit())
            await asyncio.sleep(0)  # who was cancelled while it waited gives up what it has claimed just now
            self._failure = self._failure or Stopped("What comes after the end of the work is not stored.")
            await asyncio.shield(self._commit())

    async def _commit(self) -> None:
        self._wake.clear()
        batch, self._batch = self._batch, _Batch()
        if batch.is_empty:
            return
        batch.participants = tuple(self._participants)
        try:
            await asyncio.to_thread(self._write, batch)
        except Exception as error:  # every waiter hears of it; the executor decides what it means
            self._failure = error
            for future in batch.waiting:
                if not future.done():
                    future.set_exception(error)
            return
        self._known_passages.update(batch.passages)
        for future in batch.waiting:
            if not future.done():
                future.set_result(None)

    def _write(self, batch: _Batch) -> None:
        def apply(session: Session) -> None:
            if self._lease is not None:
                self._check_lease(session, self._lease)
            batch.apply(session)
            if self.note_calls is not None and batch.calls:
                self.note_calls(session, batch.calls)

        # Calls, rankings and answers only add rows; what else is done may read before it writes.
        self._store.transact(apply, shared=not batch.others)

    def raise_if_failed(self) -> None:
        """Raise the error of the first write that failed."""
        if self._failure is not None:
            raise self._failure

    async def _enqueued(self, *, within_seconds: float = 0.0) -> _Batch:
        """The batch, once it is committed. It goes at once, or with the next one that does."""
        self.raise_if_failed()
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        batch = self._batch
        batch.waiting.append(future)
        if not within_seconds:
            self._wake.set()
        elif not batch.has_timer:
            batch.has_timer = True
            loop.call_later(within_seconds, self._wake.set)
        await future
        return batch

    async def add_call(self, call: CallRecord) -> bool:
        """True when a success was stored under this key already: the call is booked, and that one stands."""
        self._batch.calls.append(call)
        batch = await self._enqueued()
        return call.outcome == "ok" and call.key in batch.duplicates

    async def claim(self, participant: Participant, claim: Claim) -> bool:
        """Whether the participant holds the call now: see `claim_calls`."""
        self._participants[participant.name] = None
        self._batch.claims.append((participant, claim))
        batch = await self._enqueued(within_seconds=CLAIM_WAITS_SECONDS)
        return claim.key in batch.claimed

    def give_up(self, holder: str, key: str, *, lost: bool) -> None:
        """Release a claim, or call it lost, with the next batch. Nobody waits for that."""
        if self._failure is None:  # else the claims that are left are lost with their participant
            self._batch.given_up.append((holder, key, lost))
            self._wake.set()

    async def add_rankings(self, rankings: list[RankingRecord], passages: list[PassageRecord]) -> None:
        self._batch.rankings.extend(rankings)
        self._batch.passages.update({p.key: p for p in passages if p.key not in self._known_passages})
        await self._enqueued()

    async def add_answer(self, answer: NewAnswer) -> None:
        """An answer can be made again from its call: it waits for others, and one commit holds many."""
        self._batch.answers.append(answer)
        await self._enqueued(within_seconds=ANSWER_WAITS_SECONDS)

    async def do(self, write: Callable[[Session], None]) -> None:
        self._batch.others.append(write)
        await self._enqueued()
