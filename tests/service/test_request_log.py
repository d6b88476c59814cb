"""The log of served requests: groups, a store that cannot be written, and what waits for it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from workbench.corpus.types import Turn
from workbench.run.background_process import run_in_thread
from workbench.service import background_scores, request_log, write_behind
from workbench.service.request_log import LogSettings, RequestLog
from workbench.service.write_behind import WriteBehind
from workbench.store.database import Store
from workbench.store.ledger import get_spend
from workbench.store.ratings import find_ratings, put_rating
from workbench.store.records import CallRecord, PassageRecord, Rating
from workbench.store.serving.records import ServedRequest, ServedScore
from workbench.store.serving.requests import add_requests, find_requests

PASSAGE = PassageRecord("p1", "returns.md", "Returns", 0, 12, None, 3, "Within 30 days")


def served(name: str, **values: object) -> ServedRequest:
    given = {"service_id": "s1", "asked_at": 10.0, "question": "How long?", "answer": "30 days."}
    return ServedRequest(name, **given | {"passages": (PASSAGE,)} | values)  # type: ignore[arg-type]


@contextmanager
def full_disk(store: Store) -> Iterator[None]:
    """The database cannot grow: as on a disk without room."""
    with store.writer.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.rollback()
    with _limited(store, f"PRAGMA max_page_count={pages}", "PRAGMA max_page_count=1000000"):
        yield


@contextmanager
def read_only_disk(store: Store) -> Iterator[None]:
    """The database cannot be written: as on a disk that was mounted anew after an error."""
    with _limited(store, "PRAGMA query_only=ON", "PRAGMA query_only=OFF"):
        yield


@contextmanager
def _limited(store: Store, limits: str, frees: str) -> Iterator[None]:
    limited = [limits]

    def limit(connection, _record, _proxy) -> None:  # type: ignore[no-untyped-def]
        connection.execute(limited[0])

    from sqlalchemy import event

    event.listen(store.writer, "checkout", limit)
    try:
        yield
    finally:
        limited[0] = frees


def log_of(store: Store, say: Callable[[str], None] = print, **settings: object) -> RequestLog:
    """A log whose texts are read in this process."""
    return RequestLog(store, LogSettings(**settings), process=run_in_thread, say=say)  # type: ignore[arg-type]


def run_log(log: RequestLog, work: Callable[[], Awaitable[None]]) -> None:
    """Do something while the log is running, then end it."""

    async def both() -> None:
        running = asyncio.create_task(log.run())
        await asyncio.sleep(0)
        await work()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(both())


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_behind, "GROUP_SECONDS", 0.01)
    monkeypatch.setattr(write_behind, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(request_log, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(background_scores, "PAUSE_SECONDS", 0.01)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(120):
        while not condition():
            await asyncio.sleep(0.01)


def test_what_was_added_is_stored_soon(store: Store) -> None:
    log = log_of(store)

    async def work() -> None:
        log.add(served("r1"))
        await until(lambda: bool(find_requests(store, ["r1"])))

    run_log(log, work)
    stored = find_requests(store, ["r1"])["r1"]
    assert replace(stored, scores=(), scored_at=None, score_versions="") == served("r1")
    assert log.problems == ()


def test_what_was_added_last_is_stored_when_the_log_ends(store: Store) -> None:
    log = log_of(store)

    async def work() -> None:
        await asyncio.sleep(0.05)
        for number in range(1200):
            log.add(served(f"r{number}"))

    run_log(log, work)
    assert len(find_requests(store, [f"r{n}" for n in range(1200)])) == 1200


def test_a_full_disk_stops_the_log_which_says_so_and_goes_on_later(store: Store) -> None:
    said: list[str] = []
    log = log_of(store, said.append)
    long = "x" * 100_000

    async def work() -> None:
        with full_disk(store):
            for number in range(20):
                log.add(served(f"r{number}", answer=long))
            await until(lambda: bool(log.problems))
            assert "full" in log.problems[0]
            log.add(served("later"))
        await until(lambda: not log.problems)

    run_log(log, work)
    assert len(find_requests(store, [f"r{n}" for n in range(20)])) == 20
    assert find_requests(store, ["later"])
    assert [text.split(";")[0] for text in said] == [
        "Requests are not being logged",
        "Requests are being logged again.",
    ]


def test_what_waits_is_bounded_and_counted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    log = log_of(store, said.append)
    log._writes = WriteBehind(store, say=said.append, most_waiting=5)

    async def work() -> None:
        for number in range(8):
            log.add(served(f"r{number}", state="failed"))
        await until(lambda: bool(find_requests(store, ["r4"])))

    run_log(log, work)
    assert said == ["Requests come faster than they can be logged: 3 rows were given up."]


def test_one_request_that_cannot_be_stored_takes_no_other_with_it(store: Store) -> None:
    said: list[str] = []
    log = log_of(store, said.append)

    async def work() -> None:
        log.add(served("r1"))
        log.add(served("bad", question="half a character \ud800"))
        log.add(served("unknown", service_id="gone"))
        log.add(served("r2"))

    run_log(log, work)
    assert set(find_requests(store, ["r1", "r2", "bad", "unknown"])) == {"r1", "r2"}
    assert [text.split(":")[0] for text in said] == [
        "A row of the log was left out (request bad)",
        "A row of the log was left out (request unknown)",
    ]


def stored_scores(store: Store, name: str) -> dict[str, ServedScore]:
    found = find_requests(store, [name])
    return {score.name: score for score in found[name].scores} if found else {}


def test_scores_come_after_the_reply_and_name_the_claims_without_support(store: Store) -> None:
    log = log_of(store)

    async def work() -> None:
        log.add(served("good", answer="You can return it within 30 days."))
        log.add(served("bad", answer="You can return it within 90 days, says Dr. Miller."))
        log.add(served("no", answer="I do not know."))
        log.add(served("down", answer="", state="failed"))
        await until(lambda: bool(stored_scores(store, "no")))

    run_log(log, work)
    good, bad = stored_scores(store, "good"), stored_scores(store, "bad")
    assert set(good) == {"grounding", "toxicity", "personal_data"}
    assert (good["grounding"].value or 0) > (bad["grounding"].value or 0)
    assert bad["grounding"].detail["claims"][0]["support"] < 0.5
    found = find_requests(store, ["no", "good", "down"])
    assert (found["no"].refused, found["good"].refused) == (True, False)
    assert found["down"].scores == ()


def test_what_has_no_scores_after_a_restart_gets_them(store: Store) -> None:
    with store.write() as session:
        add_requests(session, [served("old"), served("bare", texts="none", question="", answer="")])

    async def work() -> None:
        await until(lambda: bool(stored_scores(store, "old")))

    run_log(log_of(store), work)
    assert find_requests(store, ["bare"])["bare"].scored_at is None


def test_scores_are_computed_in_a_process_of_their_own(store: Store) -> None:
    log = RequestLog(store)

    async def work() -> None:
        log.add(served("r1"))
        await until(lambda: bool(stored_scores(store, "r1")))

    run_log(log, work)
    assert stored_scores(store, "r1")["grounding"].status == "ok"


PERSONAL = "Write to ann.miller@example.org or call (415) 555-2671."


def test_personal_data_is_masked_before_it_is_stored_and_still_counted(store: Store) -> None:
    asked = served(
        "r1", question="I am bob@example.com. " + PERSONAL, answer=PERSONAL + " Or +44 20 7946 0958.",
        history=(Turn("user", PERSONAL),), filter={"mail": "bob@example.com"},
    )  # fmt: skip
    log = log_of(store, texts="redacted")

    async def work() -> None:
        log.add(asked)
        log.add_call(CallRecord("k1", "generate", "m", "mk", "ok", text=PERSONAL, cost_usd=0.5))
        await until(lambda: len(stored_scores(store, "r1")) == 3)

    run_log(log, work)
    stored = find_requests(store, ["r1"])["r1"]
    assert stored.texts == "redacted"
    assert stored.question.startswith("I am ███████████████. Write to ████")
    assert len(stored.answer) == len(asked.answer), "the places of claims stay right"
    assert stored_scores(store, "r1")["personal_data"].value == 1.0
    everything = database_text(store)
    for secret in ("miller@", "bob@", "555-2671", "7946"):
        assert secret not in everything
    assert get_spend(store).spent_usd == 0.5


def test_without_texts_there_are_figures_and_scores_only(store: Store) -> None:
    log = log_of(store, texts="none")

    async def work() -> None:
        log.add(served("r1", answer="Returns within 30 days.", cost_usd=0.25, flags=("cut",)))
        log.add_call(CallRecord("k1", "generate", "m", "mk", "ok", text="Returns within 30 days."))
        await until(lambda: len(stored_scores(store, "r1")) == 3)

    run_log(log, work)
    stored = find_requests(store, ["r1"])["r1"]
    assert (stored.question, stored.answer, stored.passages) == ("", "", ())
    assert (stored.cost_usd, stored.flags, stored.texts) == (0.25, ("cut",), "none")
    assert (stored_scores(store, "r1")["grounding"].value or 0) > 0.5
    assert "30 days" not in database_text(store)


def database_text(store: Store) -> str:
    with sqlite3.connect(store.path) as connection:
        return "\n".join(connection.iterdump())


def test_old_requests_are_deleted_with_what_they_leave_behind(store: Store) -> None:
    day = 86_400.0
    with store.write() as session:
        add_requests(
            session,
            [served("old", asked_at=0.0, seen="s-old"), served("new", asked_at=20 * day, seen="s-new")],
        )
    for seen in ("s-old", "s-new"):
        put_rating(store, Rating(seen, "ann", -1, "", "How long?", "30 days.", (), 0.0))
    log = RequestLog(store, LogSettings(retention_days=30), process=run_in_thread, now=lambda: 31 * day)

    async def work() -> None:
        await until(lambda: not find_requests(store, ["old"]))

    run_log(log, work)
    assert find_requests(store, ["new"])
    assert set(find_ratings(store, ["s-old", "s-new"])) == {"s-new"}


def test_a_clock_that_jumps_back_deletes_nothing(store: Store) -> None:
    with store.write() as session:
        add_requests(session, [served("r1", asked_at=1_000.0)])
    log = RequestLog(store, LogSettings(retention_days=1), process=run_in_thread, now=lambda: 10.0)

    async def work() -> None:
        await until(lambda: bool(stored_scores(store, "r1")))

    run_log(log, work)
    assert find_requests(store, ["r1"])
