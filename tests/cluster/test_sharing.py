"""What workers share: places at a provider and the money of an experiment.
Knows nothing about workers: shares and purses are those of names."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.tiny_experiment import Runner, experiment, tiny  # noqa: F401
from workbench.calls.purse_budget import PurseBudget
from workbench.errors import ProviderError
from workbench.providers.per_minute import PerMinute
from workbench.providers.rate_limits import ProviderLimits
from workbench.settings import Settings
from workbench.space.model import Limits
from workbench.store.database import open_store
from workbench.store.processes import owner_name
from workbench.store.sharing import claims
from workbench.store.sharing.limit_shares import exchange, share_out
from workbench.store.sharing.participants import Participant, list_participants
from workbench.store.sharing.purses import grant_size

WANTS = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(0, 60), max_size=8)


@given(most=st.integers(0, 50), wanted=WANTS, turn=st.integers(0, 100))
def test_shares_never_exceed_the_limit_and_nobody_who_wants_goes_without(
    most: int, wanted: dict[str, float], turn: int
) -> None:
    shares = share_out(most, wanted, turn)
    wanting = [name for name, places in wanted.items() if places > 0]
    assert shares.keys() == wanted.keys() and all(share >= 0 for share in shares.values())
    assert sum(shares.values()) == (most if wanting else 0)
    assert sum(shares[name] > 0 for name in wanting) == min(most, len(wanting))
    assert not any(shares[name] for name in wanted if name not in wanting)


@given(most=st.integers(1, 8), names=st.integers(2, 9))
def test_where_there_are_fewer_places_than_workers_each_has_its_turn(most: int, names: int) -> None:
    wanted = {str(name): 4.0 for name in range(names)}
    served = [share_out(most, wanted, turn) for turn in range(names)]
    assert all(any(shares[name] for shares in served) for name in wanted)


@given(most=st.integers(4, 40), little=st.integers(1, 3))
def test_who_wants_little_leaves_the_rest_to_the_others(most: int, little: int) -> None:
    shares = share_out(most, {"a": float(little), "b": 1_000.0})
    assert shares["a"] >= min(little, most // 2) and shares["b"] >= most // 2 - 1


@given(left=st.floats(-1, 10), needed=st.floats(0.0001, 2), purses=st.integers(1, 9))
def test_a_grant_is_what_is_needed_or_nothing(left: float, needed: float, purses: int) -> None:
    granted = grant_size(left, needed, purses)
    assert granted == 0.0 if needed > left else needed <= granted <= left


@given(
    turns=st.lists(
        st.tuples(
            st.sampled_from("abc"), st.integers(0, 20), st.floats(0, 1), st.sampled_from([None, 0, 3, 5])
        ),
        max_size=25,
    ),
    most=st.integers(1, 12),
)
@settings(max_examples=15)
def test_whoever_exchanges_when_all_calls_in_flight_fit_under_the_limit(
    turns: list[tuple[str, int, float, int | None]], most: int
) -> None:
    """Each keeps a part of the calls in flight that it may have, and never more than its share."""
    store = open_store(Path(tempfile.mkdtemp()) / "shares.db")
    in_flight = dict.fromkeys("abc", 0)
    for number, (name, wanted, part, lowered_to) in enumerate(turns):
        with store.write() as session:
            told = exchange(
                session, 1_000.0 + number, "provider", name, most=most, wanted=wanted + in_flight[name],
                in_flight=in_flight[name], borne=most, lowered_to=lowered_to,
            )  # fmt: skip
        if told.share > in_flight[name]:
            in_flight[name] += round(part * (told.share - in_flight[name]))
        else:  # what is in flight ends, and nothing is sent
            in_flight[name] = round(part * in_flight[name])
        assert sum(in_flight.values()) <= most and told.borne <= most
    store.dispose()


def test_a_pause_that_a_provider_asks_of_one_holds_for_all_until_it_is_over(tmp_path: Path) -> None:
    store, now = open_store(tmp_path / "shares.db"), [1_000.0]

    async def tell() -> list[tuple[int, bool]]:
        told = []
        asked = ProviderLimits(Limits(concurrency=8), clock=lambda: now[0])
        refusal = ProviderError("Too many requests.", kind="rate_limit", retryable=True, retry_after=60.0)
        for happens in (
            lambda: None,
            lambda: asked.note_given_up(refusal, 0),
            lambda: now.append(now.pop() + 61),
        ):
            happens()
            for name, lowered_to in 2 * [("asked", asked.lowered_to), ("other", None)]:
                with store.write() as session:
                    heard = exchange(
                        session, now[0], "provider", name, most=8, wanted=4, in_flight=0, borne=8,
                        lowered_to=lowered_to,
                    )  # fmt: skip
            told.append((heard.share, heard.pauses))
        return told

    assert asyncio.run(tell()) == [(4, False), (0, True), (4, False)]
    store.dispose()


def test_who_was_taken_for_dead_may_not_spend_what_it_was_granted_before(tiny: Settings) -> None:  # noqa: F811
    runner = Runner(tiny)
    store, experiment_id = runner.store, runner.create(experiment())
    late, other = (Participant(owner_name(name), "cluster worker", experiment_id) for name in ("a", "b"))

    async def spend() -> tuple[bool, bool]:
        silent, lively = (PurseBudget(store, experiment_id, one, 1.0) for one in (late, other))
        await silent.reserve(0.01)
        granted_before = silent.reserve_at_once(0.01)
        with store.write() as session:
            claims.take_over(session, list_participants(store))
        await asyncio.wait_for(lively.reserve(0.99), 10)
        await silent.beat()
        return granted_before, silent.reserve_at_once(0.01)

    assert asyncio.run(spend()) == (True, False)


def test_tokens_are_charged_whole_also_where_a_share_is_waited_for() -> None:
    async def seconds() -> float:
        limits = ProviderLimits(Limits(concurrency=8, tokens_per_minute=600_000))
        limits.take_share(0, 1)
        calls = [asyncio.create_task(limits.acquire(500, first=False)) for _ in range(4)]
        await asyncio.sleep(0.01)
        assert not any(call.done() for call in calls)
        limits.take_share(8, 8)
        began = time.monotonic()
        await asyncio.wait_for(asyncio.gather(*calls), 10)
        return time.monotonic() - began

    assert asyncio.run(seconds()) > 0.15


def test_a_call_that_needs_more_than_the_part_that_is_left_does_not_wait_for_ever() -> None:
    async def work() -> None:
        limit = PerMinute(60_000)
        await limit.acquire(59_999)
        large = asyncio.create_task(limit.acquire(30_000))
        await asyncio.sleep(0)
        limit.take_part(1 / 60_000)
        await asyncio.wait_for(large, 5)
        assert not limit.has_capacity(1)

    asyncio.run(work())


def test_a_share_that_comes_back_wakes_who_waits_for_the_limit() -> None:
    async def work() -> None:
        limits = ProviderLimits(Limits(concurrency=1_024, requests_per_minute=6_000))
        limits.take_share(1, 1_024)
        await limits.acquire(0, first=False)
        second = asyncio.create_task(limits.acquire(0, first=False))
        await asyncio.sleep(0)
        limits.take_share(1_024, 1_024)
        await asyncio.wait_for(second, 5)

    asyncio.run(work())


class Spending(RuleBasedStateMachine):
    """Several purses of one cap."""

    def __init__(self) -> None:
        super().__init__()
        self.cap, self.spent = 1.0, 0.0
        self.open = dict.fromkeys("abc", 0.0)

    @rule(name=st.sampled_from("abc"), needed=st.floats(0.001, 0.4))
    def draw(self, name: str, needed: float) -> None:
        left = self.cap - self.spent - sum(self.open.values())
        self.open[name] += grant_size(left, needed, len(self.open))

    @rule(name=st.sampled_from("abc"), part=st.floats(0, 1))
    def spend(self, name: str, part: float) -> None:
        cost = self.open[name] * part
        self.open[name] -= cost
        self.spent += cost

    @rule(name=st.sampled_from("abc"))
    def give_back(self, name: str) -> None:
        self.open[name] = 0.0

    @invariant()
    def the_cap_holds(self) -> None:
        assert self.spent + sum(self.open.values()) <= self.cap + 1e-9


TestSpending = Spending.TestCase
