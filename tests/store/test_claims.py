"""Claims and participants: no call has two living holders, and what the dead held is free, and doubtful money.
Knows nothing about who sends calls."""

from __future__ import annotations

import itertools
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import event

from workbench.calls.claims import clear_away
from workbench.store import clock
from workbench.store.database import Store, open_store
from workbench.store.ledger import add_calls
from workbench.store.processes import owner_name, this_host
from workbench.store.records import CallRecord
from workbench.store.sharing import claims, participants
from workbench.store.sharing.claims import Claim, claim_calls, end, lose_claims, release_claims, take_over
from workbench.store.sharing.lost_calls import REMEMBERED_SECONDS, Doubt, disown, forget_old, get_doubt
from workbench.store.sharing.participants import (
    SILENT_SECONDS,
    Participant,
    ParticipantRecord,
    ParticipantWatch,
    list_participants,
)

KEYS = [f"key{number}" for number in range(6)]


def some_claims(*keys: str, **fields: Any) -> list[Claim]:
    return [Claim(key, "generate", "model", **{"worst_usd": 0.25, **fields}) for key in keys]


def claim(store: Store, participant: Participant, *keys: str, **fields: Any) -> set[str]:
    with store.write() as session:
        return claim_calls(session, participant, some_claims(*keys, **fields))


def success(key: str) -> CallRecord:
    return CallRecord(
        key=key, kind="generate", model_name="model", model_key="model", repeat=0, experiment_id=None, outcome="ok"
    )  # fmt: skip


def a_run(experiment_id: str | None = None) -> Participant:
    return Participant(owner_name(), "run", experiment_id)


@pytest.fixture
def dead() -> Participant:
    """A participant of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return Participant(f"{this_host()}:{process.pid}:a", "run", "exp")


def test_a_call_is_held_by_who_claimed_it_first_until_it_is_stored(store: Store) -> None:
    first, second = a_run(), a_run()
    assert claim(store, first, "b", "a") == {"a", "b"}
    assert claim(store, second, "c", "b") == {"c"} and claim(store, first, "a") == {"a"}
    with store.write() as session:
        add_calls(session, [success("a")])
    assert claims.find_holders(store, ["a", "b", "c"]) == {"b": first.name, "c": second.name}
    assert claim(store, second, "a") == set()  # stored: look it up
    assert claim(store, second, "a", is_stored_whole=False) == {"a"}


def test_a_released_call_is_free_and_one_that_was_lost_is_doubtful_money_as_well(store: Store) -> None:
    first, second = a_run("exp"), a_run("other")
    claim(store, first, "a", "b", "c")
    with store.write() as session:
        release_claims(session, second.name, ["a"])  # not his
        release_claims(session, first.name, ["b"])
        lose_claims(session, first.name, ["c"])
    assert claim(store, second, "a", "b", "c") == {"b", "c"}
    assert get_doubt(store, "exp") == Doubt(1, 0.25) and get_doubt(store, "other") == Doubt()


def test_who_ends_in_mid_call_leaves_doubtful_money(store: Store) -> None:
    run = a_run("exp")
    claim(store, run, "a")
    claim(store, run, "b", worst_usd=None)
    with store.write() as session:
        end(session, run.name)
    assert get_doubt(store) == Doubt(2, 0.25, 1) and list_participants(store) == []


def test_calls_on_a_machine_that_is_paid_by_the_hour_cost_its_time_once(store: Store) -> None:
    run = a_run()
    claim(store, run, "a", "b", machine="gpu")
    claim(store, run, "c", machine="gpu", worst_usd=1.0)
    claim(store, run, "d")
    with store.write() as session:
        end(session, run.name)
    assert get_doubt(store) == Doubt(4, 1.25)


def test_claims_of_a_dead_process_count_as_doubtful_before_anybody_takes_them_over(
    store: Store, dead: Participant
) -> None:
    claim(store, dead, "a")
    living = a_run("exp")
    claim(store, living, "b")
    assert get_doubt(store, "exp") == Doubt(1, 0.25)
    assert get_doubt(store, "exp", lambda holder: holder != dead.name) == Doubt(1, 0.25)
    with store.write() as session:
        take_over(session, ParticipantWatch().find_gone(list_participants(store)))
    assert get_doubt(store, "exp") == Doubt(1, 0.25)
    assert [p.name for p in list_participants(store)] == [living.name]
    assert claim(store, living, "a") == {"a"}


def look_each_second(
    watch: ParticipantWatch, found: list[ParticipantRecord], now: list[float]
) -> Iterator[list[ParticipantRecord]]:
    """For as long as anybody may be silent."""
    yield watch.find_gone(found)
    for _ in range(int(SILENT_SECONDS)):
        now[0] += 1
        yield watch.find_gone(found)


def test_a_participant_elsewhere_is_gone_when_its_beat_stands_still_by_our_own_clock(store: Store) -> None:
    now = [100.0]
    watch = ParticipantWatch(lambda: now[0])
    far = Participant("elsewhere/boot-1:7:a", "run")
    claim(store, far, "a")
    found = list_participants(store)
    assert not any(look_each_second(watch, found, now))
    now[0] += 60  # the store could not be read: nobody could beat, and nobody was silent
    assert not any(look_each_second(watch, found, now))
    with store.write() as session:
        assert participants.beat(session, far.name, {"does": "asks"})
    found = list_participants(store)
    assert not any(look_each_second(watch, found, now))
    now[0] += 1
    gone = watch.find_gone(found)
    assert [p.name for p in gone] == [far.name] and gone[0].doing == {"does": "asks"}
    with store.write() as session:
        participants.beat(session, far.name)  # heard of after all: it stays
        take_over(session, gone)
    assert claims.find_holders(store, ["a"]) == {"a": far.name}


def test_who_was_taken_for_dead_hears_of_it_and_takes_part_again(store: Store) -> None:
    run = a_run()
    claim(store, run, "a")
    with store.write() as session:
        take_over(session, list_participants(store))
        assert not participants.beat(session, run.name)
    assert claim(store, run, "b") == {"b"}
    with store.write() as session:
        assert participants.beat(session, run.name)


def test_a_call_that_is_stored_after_all_is_doubtful_no_more(store: Store) -> None:
    late, other = a_run("exp"), a_run("exp")
    claim(store, late, "a", "b")
    with store.write() as session:
        take_over(session, [p for p in list_participants(store) if p.name == late.name])
    claim(store, other, "a", "b")
    with store.write() as session:
        add_calls(session, [success("b")], [other.name])  # asked again: the first one is doubtful still
    assert get_doubt(store).calls == 2
    with store.write() as session:
        add_calls(session, [success("a")], [late.name])
    assert get_doubt(store).calls == 1
    with store.write() as session:
        assert add_calls(session, [success("b")], [late.name]) == {"b"}  # paid twice, as is known now
    assert get_doubt(store) == Doubt()


def test_what_dead_participants_left_is_cleared_away_and_old_lost_calls_are_forgotten(
    store: Store, dead: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    far, living = Participant("elsewhere/boot-1:7:a", "run", "exp"), a_run()
    claim(store, dead, "a")
    claim(store, far, "b")
    hours_later = clock.wall_seconds() + 7200
    monkeypatch.setattr(clock, "shared_seconds", lambda session: hours_later)
    claim(store, living, "c")
    clear_away(store)
    assert [p.name for p in list_participants(store)] == [living.name]
    assert get_doubt(store, "exp").calls == 2
    monkeypatch.setattr(clock, "shared_seconds", lambda session: hours_later + REMEMBERED_SECONDS + 1)
    with store.write() as session:
        forget_old(session)
    assert get_doubt(store, "exp").calls == 2  # as long as there is the experiment
    with store.write() as session:
        disown(session, "exp")
        forget_old(session)
    assert get_doubt(store).calls == 0


class Sharing(RuleBasedStateMachine):
    """Participants claim, store, fail and die in any order."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.store = open_store(Path(self._folder.name) / "workbench.db")
        event.listen(self.store.writer, "connect", lambda made, _: made.execute("PRAGMA synchronous=OFF"))
        self.store.dispose()
        self.numbers = itertools.count()
        self.living: dict[str, set[str]] = {}
        self.dead: dict[str, set[str]] = {}
        self.stored: set[str] = set()
        self.lost = 0

    def teardown(self) -> None:
        self.store.dispose()
        self._folder.cleanup()

    def _any(self, data: Any) -> str:
        return data.draw(st.sampled_from(sorted(self.living)))

    @rule()
    def join(self) -> None:
        if len(self.living) < 3:
            self.living[f"elsewhere/boot-1:{next(self.numbers) + 10}:a"] = set()

    @precondition(lambda self: self.living)
    @rule(data=st.data(), keys=st.sets(st.sampled_from(KEYS), min_size=1, max_size=3))
    def ask(self, data: Any, keys: set[str]) -> None:
        who = self._any(data)
        got = claim(self.store, Participant(who, "run"), *keys)
        held = set().union(*self.living.values(), *self.dead.values()) - self.living[who]
        assert got == keys - held - self.stored
        self.living[who] |= got

    @precondition(lambda self: any(self.living.values()))
    @rule(data=st.data(), works=st.booleans())
    def finish(self, data: Any, works: bool) -> None:
        who = data.draw(st.sampled_from(sorted(n for n, keys in self.living.items() if keys)))
        key = data.draw(st.sampled_from(sorted(self.living[who])))
        with self.store.write() as session:
            if works:
                assert not add_calls(session, [success(key)])
                self.stored.add(key)
            else:
                release_claims(session, who, [key])
        self.living[who].discard(key)

    @precondition(lambda self: self.living)
    @rule(data=st.data())
    def die(self, data: Any) -> None:
        who = self._any(data)
        self.dead[who] = self.living.pop(who)

    @rule()
    def clear_away(self) -> None:
        gone = [p for p in list_participants(self.store) if p.name in self.dead]
        with self.store.write() as session:
            take_over(session, gone)
        self.lost += sum(map(len, self.dead.values()))
        self.dead.clear()

    @invariant()
    def the_store_knows_who_holds_what(self) -> None:
        held = {key: who for group in (self.living, self.dead) for who, keys in group.items() for key in keys}
        assert claims.find_holders(self.store, KEYS) == held
        assert get_doubt(self.store).calls == self.lost


TestSharing = Sharing.TestCase
TestSharing.settings = hypothesis_settings(max_examples=15, stateful_step_count=20, deadline=None)
