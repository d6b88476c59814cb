"""Calls that several Callers make at once: one sends each, the others wait for its result.
Knows nothing about experiments: the Callers are those of programs that nobody waits for, and of the Playground."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.protocol_server import ProtocolServer, Refuse, Stall
from tests.tiny_experiment import local_model
from workbench.calls import claims, open_caller
from workbench.calls.caller import Caller
from workbench.calls.claims import SharedClaims
from workbench.calls.group_commit import GroupCommitWriter
from workbench.calls.open_caller import open_interactive_caller, open_unattended_caller
from workbench.calls.stop_signal import StopSignal
from workbench.errors import ProviderError, Stopped, StoreError
from workbench.pipeline.chat_request import build_request, call_key
from workbench.providers.trust import Trust
from workbench.providers.types import Message
from workbench.settings import Settings
from workbench.space.model import Limits, Model
from workbench.store.database import Store, open_store
from workbench.store.processes import this_host
from workbench.store.sharing.claims import Claim, claim_calls, find_holders
from workbench.store.sharing.lost_calls import Doubt, get_doubt
from workbench.store.sharing.participants import Participant, list_participants

ELSEWHERE = "elsewhere/boot-1:7:a"


class Home:
    """A store, a server, and how to ask it."""

    def __init__(self, store: Store, settings: Settings, server: ProtocolServer) -> None:
        self.store, self.settings, self.server = store, settings, server
        self.model = Model.model_validate(local_model(server))
        self.trust = Trust.of([self.model])
        self.request = build_request(self.model, (Message("user", "[1] Heaters are free.\n\nWhat is free?"),))
        self.key = call_key(self.model, self.request, 0, "generate")

    def unattended(self, **options: Any) -> Any:
        return open_unattended_caller(self.store, [self.model], self.settings, self.trust, **options)

    def interactive(self) -> Any:
        return open_interactive_caller(self.store, [self.model], self.settings, self.trust)

    async def ask(self, caller: Caller) -> bool:
        """Whether the reply came from somebody else's call."""
        return (await caller.ask(self.model, self.request, kind="generate")).stored

    def claim_for(self, name: str) -> None:
        with self.store.write() as session:
            claim_calls(session, Participant(name, "run"), [Claim(self.key, "generate", "local", 0.5)])


@pytest.fixture
def opened(settings: Settings) -> Iterator[Any]:
    """Opens a home whose server behaves by a plan."""
    with ExitStack() as stack:

        def open_home(plan: Any = lambda n, path, body: Stall(0.1)) -> Home:
            server = stack.enter_context(ProtocolServer(plan=plan))
            return Home(open_store(settings.home / "workbench.db"), settings, server)

        yield open_home


def test_two_callers_of_one_process_send_one_call(opened: Any) -> None:
    home = opened()

    async def ask_at_once() -> list[bool]:
        async with home.unattended() as one, home.interactive() as other:
            return sorted(await asyncio.gather(home.ask(one), home.ask(other)))

    assert asyncio.run(ask_at_once()) == [False, True]
    assert len(home.server.posts) == 1
    assert list_participants(home.store) == [] and get_doubt(home.store) == Doubt()


def test_when_a_call_fails_who_waited_asks_by_itself(opened: Any) -> None:
    home = opened(lambda n, path, body: Refuse(400) if n == 1 else None)

    async def ask_at_once() -> list[Any]:
        async with home.interactive() as one, home.interactive() as other:
            return await asyncio.gather(home.ask(one), home.ask(other), return_exceptions=True)

    ended = asyncio.run(ask_at_once())
    assert sum(isinstance(end, ProviderError) for end in ended) == 1 and False in ended
    assert len(home.server.posts) == 2 and get_doubt(home.store) == Doubt()


def test_the_calls_of_a_dead_process_are_taken_over(opened: Any) -> None:
    home = opened()
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    home.claim_for(f"{this_host()}:{process.pid}:a")

    async def ask() -> bool:
        async with home.unattended() as caller:
            return await home.ask(caller)

    assert asyncio.run(ask()) is False
    assert len(home.server.posts) == 1 and get_doubt(home.store) == Doubt(1, 0.5)


def test_who_could_not_beat_for_a_while_beats_again_and_takes_over(
    opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, failures = opened(), [StoreError("The server is away.")]
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    home.claim_for(f"{this_host()}:{process.pid}:a")

    def list_them(store: Store) -> Any:
        if failures:
            raise failures.pop()
        return list_participants(store)

    monkeypatch.setattr(open_caller, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(claims, "list_participants", list_them)

    async def ask() -> bool:
        async with home.unattended() as caller:
            return await asyncio.wait_for(home.ask(caller), 20)

    assert asyncio.run(ask()) is False and not failures


def test_who_can_write_nothing_any_more_does_not_wait_for_others(opened: Any) -> None:
    home = opened()
    home.claim_for(ELSEWHERE)

    def fail(session: Any) -> None:
        raise StoreError("The disk is full.")

    async def race(wait: Any) -> None:
        await wait

    async def wait() -> None:
        writer = GroupCommitWriter(home.store, None)
        writing = asyncio.create_task(writer.run())
        waiting = asyncio.ensure_future(
            SharedClaims(home.store, writer, "run").wait_until_free(home.key, race)
        )
        with pytest.raises(StoreError):
            await writer.do(fail)
        try:
            await asyncio.wait_for(waiting, 20)
        finally:
            writing.cancel()

    with pytest.raises(StoreError, match="disk is full"):
        asyncio.run(wait())


def test_a_stop_ends_the_wait_for_somebody_elses_call(opened: Any) -> None:
    home, stop_signal = opened(), StopSignal()
    home.claim_for(ELSEWHERE)

    async def ask() -> None:
        async with home.unattended(stop_signal=stop_signal) as caller:
            asking = asyncio.ensure_future(home.ask(caller))
            await asyncio.sleep(0.3)
            assert not asking.done()
            stop_signal.set("stopped", "Stopped by you.")
            await asking

    with pytest.raises(Stopped, match="Stopped by you"):
        asyncio.run(ask())
    assert home.server.posts == [] and find_holders(home.store, [home.key]) == {home.key: ELSEWHERE}


def test_a_person_waits_for_somebody_elses_call_for_a_moment_only(
    opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_caller, "PATIENCE_SECONDS", 0.1)
    home = opened()
    home.claim_for(ELSEWHERE)

    async def ask() -> bool:
        async with home.interactive() as caller:
            return await home.ask(caller)

    assert asyncio.run(ask()) is False and len(home.server.posts) == 1


def test_a_call_that_is_cut_off_is_doubtful_money_and_one_that_waits_is_not(opened: Any) -> None:
    home = opened(lambda n, path, body: Stall(60))

    async def cut_off() -> None:
        async with home.unattended() as caller:
            asking = asyncio.ensure_future(home.ask(caller))
            while not home.server.posts:
                await asyncio.sleep(0.01)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    asyncio.run(cut_off())
    assert get_doubt(home.store).calls == 1 and find_holders(home.store, [home.key]) == {}
    assert list_participants(home.store) == []


def test_a_call_that_is_being_claimed_when_the_work_ends_is_not_doubtful(
    opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, write = opened(lambda n, path, body: Stall(60)), GroupCommitWriter._write

    def write_and_dawdle(writer: GroupCommitWriter, batch: Any) -> None:
        write(writer, batch)
        time.sleep(0.3)

    async def cut_off() -> None:
        async with home.unattended() as caller:
            asking = asyncio.ensure_future(home.ask(caller))
            while not find_holders(home.store, [home.key]):
                await asyncio.sleep(0.01)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    monkeypatch.setattr(GroupCommitWriter, "_write", write_and_dawdle)
    asyncio.run(cut_off())
    assert home.server.posts == [] and find_holders(home.store, [home.key]) == {}
    assert get_doubt(home.store).calls == 0


def test_a_claimed_call_that_had_no_place_yet_is_not_doubtful(opened: Any) -> None:
    home = opened(lambda n, path, body: Stall(60))
    home.model = home.model.model_copy(update={"limits": Limits(concurrency=1)})
    second = build_request(home.model, (Message("user", "And what else?"),))
    keys = [home.key, call_key(home.model, second, 0, "generate")]

    async def cut_off() -> None:
        async with home.unattended() as caller:
            asked = [
                asyncio.ensure_future(caller.ask(home.model, request, kind="generate"))
                for request in (home.request, second)
            ]
            while not home.server.posts or len(find_holders(home.store, keys)) < 2:
                await asyncio.sleep(0.01)
            for asking in asked:
                asking.cancel()
            await asyncio.gather(*asked, return_exceptions=True)

    asyncio.run(cut_off())
    assert get_doubt(home.store).calls == 1 and find_holders(home.store, keys) == {}
