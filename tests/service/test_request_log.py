"""The log of served requests: groups, a store that cannot be written, and what waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest

from workbench.service import request_log
from workbench.service.request_log import RequestLog
from workbench.store.database import Store
from workbench.store.records import PassageRecord
from workbench.store.serving.records import ServedRequest
from workbench.store.serving.requests import find_requests

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
    limited = [f"PRAGMA max_page_count={pages}"]

    def limit(connection, _record, _proxy) -> None:  # type: ignore[no-untyped-def]
        connection.execute(limited[0])

    from sqlalchemy import event

    event.listen(store.writer, "checkout", limit)
    try:
        yield
    finally:
        limited[0] = "PRAGMA max_page_count=1000000"


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
    monkeypatch.setattr(request_log, "GROUP_SECONDS", 0.01)
    monkeypatch.setattr(request_log, "RETRY_SECONDS", 0.01)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


def test_what_was_added_is_stored_soon(store: Store) -> None:
    log = RequestLog(store)

    async def work() -> None:
        log.add(served("r1"))
        await until(lambda: bool(find_requests(store, ["r1"])))

    run_log(log, work)
    assert find_requests(store, ["r1"])["r1"] == served("r1")
    assert log.problems == ()


def test_what_was_added_last_is_stored_when_the_log_ends(store: Store) -> None:
    log = RequestLog(store)

    async def work() -> None:
        await asyncio.sleep(0.05)
        for number in range(1200):
            log.add(served(f"r{number}"))

    run_log(log, work)
    assert len(find_requests(store, [f"r{n}" for n in range(1200)])) == 1200


def test_a_full_disk_stops_the_log_which_says_so_and_goes_on_later(store: Store) -> None:
    said: list[str] = []
    log = RequestLog(store, say=said.append)
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
    monkeypatch.setattr(request_log, "MOST_WAITING", 5)
    said: list[str] = []
    log = RequestLog(store, say=said.append)

    async def work() -> None:
        for number in range(8):
            log.add(served(f"r{number}"))
        await until(lambda: bool(find_requests(store, ["r4"])))

    run_log(log, work)
    assert said == ["Requests are being logged again. 3 requests were not logged."]


def test_one_request_that_cannot_be_stored_takes_no_other_with_it(store: Store) -> None:
    said: list[str] = []
    log = RequestLog(store, say=said.append)

    async def work() -> None:
        log.add(served("r1"))
        log.add(served("bad", question="half a character \ud800"))
        log.add(served("unknown", service_id="gone"))
        log.add(served("r2"))

    run_log(log, work)
    assert set(find_requests(store, ["r1", "r2", "bad", "unknown"])) == {"r1", "r2"}
    assert [text.split(":")[0] for text in said] == [
        "Request bad was not logged",
        "Request unknown was not logged",
    ]
