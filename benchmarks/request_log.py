"""What the log of served requests costs and keeps: delay of the event loop, memory, rows after kill -9.
Knows nothing about how requests are answered.

    python -m benchmarks.request_log      about ten minutes; --quick for less
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, run_alone, say
from benchmarks.serve import Connections, chat, process, resident_megabytes, service, write_winner
from workbench.service.request_log import RequestLog
from workbench.store.database import Store, open_store
from workbench.store.records import PassageRecord
from workbench.store.serving.records import ServedRequest, Service
from workbench.store.serving.requests import count_requests, find_requests
from workbench.store.serving.services import put_service

PER_SECOND = 50
BLOCK_SECONDS = 4.0
BLOCKS = 8
SCORED_SECONDS = 1.5
"""After which what was logged before is scored."""
LOGGED = 100_000
LOGGED_PER_SECOND = 1_000
SETTLED = 0.3
KILLS = 10
AT_ONCE = 16
LOAD_BEFORE_KILL_SECONDS = 4.0
LOST_SECONDS = 1.0
"""What was answered so short a time before the kill may be missing."""

TEXT = (
    "Items can be returned within 30 days of delivery. Refunds take 5 to 7 business days. Shipping costs are "
    "not refunded unless the item was faulty. Write to help@example.com with your order number. "
)
PASSAGES = tuple(
    PassageRecord(f"p{n}", f"returns-{n}.md", "Returns", 0, len(TEXT), None, 50, f"{TEXT} {n}")
    for n in range(5)
)
REQUEST = ServedRequest(
    "", "s1", 0.0, "How long do I have to return an item?",
    "You can return items within 30 days of delivery, and refunds take 5 to 7 business days.",
    passages=PASSAGES,
)  # fmt: skip


def request(number: int) -> ServedRequest:
    return replace(REQUEST, id=f"r{number}", asked_at=time.time(), question=f"{REQUEST.question} ({number})")


def new_store(folder: Path) -> Store:
    store = open_store(folder / "workbench.db")
    put_service(store, Service("s1", "measured", "winner", None))
    return store


# --- delay ----------------------------------------------------------------------------------------


async def _delays(log: RequestLog, blocks: int) -> tuple[list[float], list[float]]:
    """By how much a pause of a millisecond is longer: while nothing is logged, and while requests are logged
    and scored. By turns, so that what else the machine does hits both."""
    running = asyncio.create_task(log.run())
    log.add(request(-1))
    await asyncio.sleep(10)  # the process for scores has begun
    quiet: list[float] = []
    logging: list[float] = []
    number = 0
    for block in range(2 * blocks):
        busy, began = bool(block % 2), time.perf_counter()
        due = began
        while (started := time.perf_counter()) < began + BLOCK_SECONDS:
            await asyncio.sleep(0.001)
            delay = time.perf_counter() - started - 0.001
            if busy:
                logging.append(delay)
            elif started > began + SCORED_SECONDS:
                quiet.append(delay)
            if busy and time.perf_counter() >= due:
                log.add(request(number))
                number, due = number + 1, due + 1 / PER_SECOND
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return quiet, logging


def delay(folder: Path, blocks: int) -> list[Figure]:
    quiet, logging = asyncio.run(_delays(RequestLog(new_store(folder)), blocks))
    p50, p95, p99 = (1000 * (np.percentile(logging, q) - np.percentile(quiet, q)) for q in (50, 95, 99))
    note = f"{PER_SECOND} requests a second are logged and scored; p99 {p99:.1f} ms more"
    name = "delay of the event loop by the log at p95, ms"
    return [
        Figure(name, float(p95), bar=5.0, digits=2, at_most=True, note=note),
        Figure("the same at p50, ms", float(p50), digits=2),
    ]


# --- memory ---------------------------------------------------------------------------------------


async def _log_many(log: RequestLog, count: int) -> tuple[float, float]:
    """Megabytes after a part of the requests and after all, far more a second than can be scored."""
    running, at_part = asyncio.create_task(log.run()), 0.0
    for number in range(count):
        log.add(request(number))
        if number % (LOGGED_PER_SECOND // 20) == 0:
            await asyncio.sleep(0.05)
        if number == int(count * SETTLED):
            at_part = resident_megabytes(os.getpid())
    at_end = resident_megabytes(os.getpid())
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return at_part, at_end


def memory(folder: Path, count: int) -> list[Figure]:
    store = new_store(folder)
    at_part, at_end = asyncio.run(_log_many(RequestLog(store), count))
    return [
        Figure(f"requests stored of {count:,}", count_requests(store), bar=count, digits=0),
        Figure(
            f"memory after {count:,} requests, as a multiple of that after {SETTLED:.0%}",
            at_end / at_part, bar=1.1, digits=2, at_most=True, note=f"{at_part:.0f} MB to {at_end:.0f} MB",
        ),
    ]  # fmt: skip


# --- kill -9 --------------------------------------------------------------------------------------


async def _ask_until_killed(port: int, pid: int, begin: int) -> tuple[dict[str, float], float]:
    """Request id → when its reply had come, and when the service was killed."""
    client, sent = Connections(port), dict[str, float]()
    numbers = iter(range(begin, begin + 1_000_000))

    async def ask_on() -> None:
        for number in numbers:
            reply = await client.post("/v1/chat/completions", chat(number))
            sent[reply.split(b'"id":"')[1].split(b'"')[0].decode()] = time.perf_counter()

    asking = [asyncio.create_task(ask_on()) for _ in range(AT_ONCE)]
    while not sent and not asking[0].done():  # the first reply waits until modules are loaded
        await asyncio.sleep(0.1)
    await asyncio.sleep(LOAD_BEFORE_KILL_SECONDS)
    killed = time.perf_counter()
    os.kill(pid, signal.SIGKILL)
    for task in asking:
        task.cancel()
    ended = await asyncio.gather(*asking, return_exceptions=True)
    client.close()
    if not sent:
        raise RuntimeError(f"No reply came: {ended[0]!r}")
    return {id_: at for id_, at in sent.items() if at <= killed}, killed


def kills(winner: Path, database: Path, count: int) -> list[Figure]:
    replies, due, missing, oldest = 0, 0, 0, 0.0
    for number in range(count):
        with service(winner) as (port, pid):
            sent, killed = asyncio.run(_ask_until_killed(port, pid, 10_000_000 * (number + 1)))
        stored = find_requests(open_store(database), sent)
        lost = [killed - at for id_, at in sent.items() if id_ not in stored]
        replies += len(sent)
        due += sum(killed - at > LOST_SECONDS for at in sent.values())
        missing += sum(age > LOST_SECONDS for age in lost)
        oldest = max([oldest, *lost])
        say(
            f"kill {number + 1}: {len(sent):,} replies, {len(lost):,} without a row, "
            f"the oldest {max([0.0, *lost]):.2f} s"
        )
    note = f"of {due:,}; {replies:,} replies, {count} kills"
    name = "replies without a row that were sent over 1 s before kill -9"
    return [
        Figure("replies before kill -9", replies, bar=count, digits=0),
        Figure(name, missing, bar=0, digits=0, at_most=True, note=note),
        Figure("the oldest of all without a row, s", oldest, bar=1.0, digits=2, at_most=True),
    ]


def measure(options: argparse.Namespace) -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["WORKBENCH_HOME"] = str(folder / "home")
        figures = [
            *delay(folder / "delay", 1 if options.quick else BLOCKS),
            *memory(folder / "memory", 2_000 if options.quick else LOGGED),
        ]
        with process("-m", "tests.protocol_server", "--port", "0", reads="http") as (_, base_url):
            winner = write_winner(folder, base_url.strip())
            return [*figures, *kills(winner, folder / "home" / "workbench.db", 2 if options.quick else KILLS)]


if __name__ == "__main__":
    sys.exit(run_alone("request_log", measure, __doc__))
