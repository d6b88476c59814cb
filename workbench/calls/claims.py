"""Claims a Caller's calls before they are sent, and waits for those that other participants have under way.
Knows nothing about how calls are made."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from types import TracebackType
from typing import Any, Protocol, Self

from sqlmodel import Session

from workbench.calls.batches import Batches
from workbench.calls.group_commit import GroupCommitWriter
from workbench.errors import ProviderError, Stopped, StoreError
from workbench.store.database import Store
from workbench.store.processes import owner_name
from workbench.store.sharing import claims, participants
from workbench.store.sharing.claims import Claim
from workbench.store.sharing.lost_calls import forget_old
from workbench.store.sharing.participants import (
    Participant,
    ParticipantRecord,
    ParticipantWatch,
    Role,
    list_participants,
)

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.2
"""How often a call of somebody else is looked for while it is waited for."""
PATIENCE_SECONDS = 5.0
"""So long a person waits for a call that somebody else has under way; then it is sent a second time."""

LEAST_SEATS = 4
"""How many calls of a provider are claimed ahead of their places, or a quarter of its places if more."""

Race = Callable[[Coroutine[Any, Any, None]], Awaitable[None]]
"""Awaits a wait, or raises as soon as waiting has become pointless."""


class HeldElsewhere(Exception):
    """Somebody else has the call under way, or has stored it just now: it is to be looked up again."""


class Hold(Protocol):
    """One call's claim: a context that gives it up at its end, however that comes."""

    async def take(self, race: Race) -> None:
        """Claim the call. Raises HeldElsewhere, and what `race` does when waiting has become pointless."""
        ...

    def note_place(self) -> None:
        """The call has got its place among its provider's calls."""
        ...

    def note_stored(self) -> None:
        """The call is stored, and its claim went in the same transaction."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Claims(Protocol):
    """What a Caller uses."""

    def hold(self, claim: Claim, provider: str, width: int) -> Hold:
        """The claim of a call, which is yet to be taken.

        provider: whose calls it is one of.
        width: how many of these are under way at one time.
        """
        ...

    async def wait_until_free(self, key: str, race: Race) -> bool:
        """Wait while somebody else has a call under way. Returns whether there was anything to wait for.

        race: ends the wait.

        Raises StoreError when the store cannot be used.
        """
        ...


class _Unshared:
    async def take(self, race: Race) -> None:
        pass

    def note_place(self) -> None:
        pass

    def note_stored(self) -> None:
        pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


UNSHARED: Hold = _Unshared()
"""That of a call that is shared with nobody."""


class NoClaims:
    """For a Caller that shares its calls with nobody."""

    def hold(self, claim: Claim, provider: str, width: int) -> Hold:
        return UNSHARED

    async def wait_until_free(self, key: str, race: Race) -> bool:
        return False


class _SharedHold:
    def __init__(self, shared: SharedClaims, claim: Claim, seats: asyncio.Semaphore) -> None:
        self._shared = shared
        self._claim = claim
        self._seats = seats
        self._has_seat = False
        self._taken = False

    async def take(self, race: Race) -> None:
        await race(self._sit_down())
        self._taken = await self._shared.take(self._claim)

    async def _sit_down(self) -> None:
        await self._seats.acquire()
        self._has_seat = True

    def note_place(self) -> None:
        if self._has_seat:
            self._has_seat = False
            self._seats.release()

    def note_stored(self) -> None:
        self._taken = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        unsent = self._has_seat
        self.note_place()
        if self._taken:
            # It was not sent, or its failure is known. Otherwise it was cut off, and may have been charged.
            known = unsent or error is None or isinstance(error, ProviderError | Stopped)
            self._shared.give_up(self._claim.key, lost=not known)


class SharedClaims:
    """The claims of one participant, in the store. Its row is there from its first claim until `close`.

    store: the home that its calls are shared in.
    writer: writes claims, together with what else is to be written.
    role: what makes the calls.
    experiment_id: None outside an experiment.
    patience_seconds: how long calls of others are waited for; None means for as long as it takes.
    """

    def __init__(
        self,
        store: Store,
        writer: GroupCommitWriter,
        role: Role,
        experiment_id: str | None = None,
        patience_seconds: float | None = None,
    ) -> None:
        self.participant = Participant(owner_name(), role, experiment_id)
        self._store = store
        self._writer = writer
        self._patience_seconds = patience_seconds
        self._out_of_patience: set[str] = set()
        self._watch = ParticipantWatch()
        self._has_begun = False
        self.doing: dict[str, Any] | None = None
        """What pages show of it, beside who it is; written with each beat."""
        self._may_be_others = True
        self._waiting_for: dict[str, str] = {}  # key: its holder
        self._seats: dict[str, asyncio.Semaphore] = {}
        self._holders: Batches[str, str | None] = Batches(partial(_find_each_holder, store))

    def hold(self, claim: Claim, provider: str, width: int) -> Hold:
        """See Claims. A few calls are claimed ahead of their places, so that no place stands idle while a
        claim is written; no more, since every claimed call is doubtful money when the process dies."""
        seats = self._seats.setdefault(provider, asyncio.Semaphore(max(LEAST_SEATS, width // 4)))
        return _SharedHold(self, claim, seats)

    async def take(self, claim: Claim) -> bool:
        """Claim a call. False: it is to be sent without. Raises HeldElsewhere, and what the writer raises."""
        if claim.key in self._out_of_patience:
            return False
        self._has_begun = True
        taking = asyncio.ensure_future(self._writer.claim(self.participant, claim))
        try:
            got = await asyncio.shield(taking)
        except asyncio.CancelledError:
            taking.add_done_callback(partial(self._give_back, claim.key))
            raise
        if not got:
            self._may_be_others = True
            raise HeldElsewhere
        return True

    def _give_back(self, key: str, taking: asyncio.Future[bool]) -> None:
        if not taking.cancelled() and taking.exception() is None and taking.result():
            self.give_up(key, lost=False)

    def give_up(self, key: str, *, lost: bool) -> None:
        """Give up a claim with the next group that is written. lost: what became of the call is not known."""
        self._writer.give_up(self.participant.name, key, lost=lost)

    async def wait_until_free(self, key: str, race: Race) -> bool:
        if not self._may_be_others or await self._find_other_holder(key) is None:
            return False
        await race(self._wait(key))
        return True

    async def _find_other_holder(self, key: str) -> str | None:
        holder = await self._holders.do(key)
        return None if holder == self.participant.name else holder

    async def _wait(self, key: str) -> None:
        began = time.monotonic()
        try:
            while (holder := await self._find_other_holder(key)) is not None:
                self._writer.raise_if_failed()  # then nothing could be claimed or stored afterwards
                self._waiting_for[key] = holder
                if self._patience_seconds is not None and time.monotonic() - began > self._patience_seconds:
                    self._out_of_patience.add(key)
                    return
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            self._waiting_for.pop(key, None)

    async def begin(self) -> None:
        """Be seen before the first claim."""
        self._has_begun = True
        await self.beat()

    async def beat(self) -> None:
        """Once a second: say that it is alive, and take over calls of those that are not."""
        if self._has_begun:
            await self._writer.do(self.say_alive)
        await self.look_after_others()

    async def look_after_others(self) -> None:
        """Take over calls of those that are not alive. The half of `beat` for who says in another way that it
        is alive itself."""
        if self._has_begun or self._waiting_for:
            self._may_be_others = await asyncio.to_thread(self._look, list(self._waiting_for.values()))

    def say_alive(self, session: Session) -> None:
        """Say that it is alive, in a transaction that writes, which others may share. Nothing before its
        first claim."""
        if self._has_begun and not participants.beat(session, self.participant.name, self.doing):
            participants.begin(session, self.participant, self.doing)  # the first beat, or taken for dead

    def _look(self, holders: Sequence[str]) -> bool:
        """Whether anybody else is alive."""
        found = list_participants(self._store)
        gone = self._watch.find_gone(found)
        known = {one.name for one in found}
        unknown = sorted({holder for holder in holders if holder not in known})
        if gone or unknown:
            self._store.transact(partial(_remove, gone, unknown))
        return bool(known - {one.name for one in gone} - {self.participant.name})

    async def close(self) -> None:
        """Take no part any more. Calls that are still claimed were cut off."""
        if self._has_begun:
            try:
                await asyncio.to_thread(_end, self._store, self.participant.name)
            except StoreError as error:  # whoever comes next finds that this process is gone
                log.warning("The claims of %s stay for now: %s", self.participant.name, error)


def _remove(gone: Sequence[ParticipantRecord], unknown: Sequence[str], session: Session) -> None:
    claims.take_over(session, gone)
    for name in unknown:  # claims without a participant, such as those of a restored backup
        claims.end(session, name)


def _end(store: Store, name: str) -> None:
    store.transact(lambda session: claims.end(session, name))


def _find_each_holder(store: Store, keys: Sequence[str]) -> list[str | None]:
    holders = claims.find_holders(store, keys)
    return [holders.get(key) for key in keys]


def take_over_gone(store: Store) -> None:
    """Take over the calls of participants whose processes are certainly gone."""
    gone = ParticipantWatch().find_gone(list_participants(store))
    if gone:
        with store.write() as session:
            claims.take_over(session, gone)


def clear_away(store: Store) -> None:
    """Remove the rows of dead participants, their claims, and lost calls whose bill has come by now."""
    take_over_gone(store)
    with store.write() as session:
        claims.clear_away(session)
        forget_old(session)
