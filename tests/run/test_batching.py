"""Work and writes that are gathered: one change of threads, or one commit, for many.
Knows nothing about experiments."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Any, cast

import pytest

from workbench.calls.batches import Batches
from workbench.calls.group_commit import GroupCommitWriter, _Batch
from workbench.errors import Stopped
from workbench.fingerprint import once_per_object
from workbench.store.database import Store
from workbench.store.records import CallRecord, NewAnswer


class Recording(GroupCommitWriter):
    """Writes nothing: notes how many calls and answers each transaction would have held."""

    def __init__(self) -> None:
        super().__init__(cast(Store, None), None)
        self.transactions: list[tuple[int, int]] = []

    def _write(self, batch: _Batch) -> None:
        self.transactions.append((len(batch.calls), len(batch.answers)))


def transactions(*writes: str) -> list[tuple[int, int]]:
    """Of these writes ("call" or "answer"), begun together in this order."""

    async def work() -> list[tuple[int, int]]:
        writer = Recording()
        running = asyncio.create_task(writer.run())
        add = {
            "call": lambda: writer.add_call(cast(CallRecord, _Anything())),
            "answer": lambda: writer.add_answer(cast(NewAnswer, _Anything())),
        }
        await asyncio.wait_for(asyncio.gather(*(add[kind]() for kind in writes)), 5)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return writer.transactions

    return asyncio.run(work())


class _Anything:
    outcome = "failed"


def test_answers_that_end_together_share_a_transaction() -> None:
    assert transactions("answer", "answer", "answer") == [(0, 3)]


def test_a_call_takes_the_waiting_answers_with_it() -> None:
    assert transactions("answer", "call") == [(1, 1)]


def test_an_answer_without_a_call_is_written_too() -> None:
    assert transactions("answer") == [(0, 1)]


def test_a_write_after_the_end_is_refused_instead_of_waiting_for_ever() -> None:
    async def work() -> None:
        writer = Recording()
        running = asyncio.create_task(writer.run())
        await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        with pytest.raises(Stopped):
            await asyncio.wait_for(writer.add_call(cast(CallRecord, _Anything())), 5)

    asyncio.run(work())


def test_what_comes_while_a_batch_is_under_way_is_one_batch_in_a_thread() -> None:
    batches: list[list[int]] = []
    threads: set[int] = set()

    def double(numbers: Sequence[int]) -> list[int]:
        batches.append(list(numbers))
        threads.add(threading.get_ident())
        return [2 * n for n in numbers]

    async def work() -> list[int]:
        doubling: Batches[int, int] = Batches(double, most=3)
        return await asyncio.gather(*(doubling.do(n) for n in range(5)))

    assert asyncio.run(work()) == [0, 2, 4, 6, 8]
    assert batches == [[0, 1, 2], [3, 4]] and threading.get_ident() not in threads


def test_an_error_reaches_all_who_wait_for_its_batch_and_the_next_batch_is_done() -> None:
    def fail_once(numbers: Sequence[int]) -> Sequence[int]:
        if 0 in numbers:
            raise ValueError("zero")
        return numbers

    async def work() -> Any:
        batches: Batches[int, int] = Batches(fail_once)
        failed = await asyncio.gather(batches.do(0), batches.do(1), return_exceptions=True)
        return [type(error) for error in failed], await batches.do(2)

    assert asyncio.run(work()) == ([ValueError, ValueError], 2)


def test_who_stops_waiting_keeps_nobody_from_a_result() -> None:
    async def work() -> int:
        batches: Batches[int, int] = Batches(lambda numbers: numbers)
        gone, stays = asyncio.create_task(batches.do(1)), asyncio.create_task(batches.do(2))
        await asyncio.sleep(0)
        gone.cancel()
        return await stays

    assert asyncio.run(work()) == 2


def test_what_is_remembered_of_an_object_is_not_taken_for_another_equal_to_it() -> None:
    seen: list[list[int]] = []

    @once_per_object
    def count(numbers: list[int]) -> int:
        seen.append(numbers)
        return len(numbers)

    first, second = [1, 2], [1, 2]
    assert [count(first), count(first), count(second)] == [2, 2, 2]
    assert len(seen) == 2


def test_a_new_object_in_the_memory_of_an_old_one_is_not_taken_for_it() -> None:
    count = once_per_object(len)
    assert all(count([0] * (n % 7)) == n % 7 for n in range(2_000))
