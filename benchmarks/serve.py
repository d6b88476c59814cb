"""What serving a winner over HTTP costs beside its pipeline: time, many streams, memory in the long run.
Knows nothing about how requests are answered: it asks a service in a process of its own, and a bare pipeline.

    python -m benchmarks.serve      about half an hour; --requests N for a shorter last part
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from benchmarks.figures import Figure, run_alone, say
from benchmarks.runs import CORPUS, PROJECT, experiment, retrieval, served_model

PER_SECOND = 50
BLOCK_SECONDS = 5
BLOCKS = 8
STREAMS = 200
LONG_RUN = 100_000
Reply = TypeVar("Reply")
AT_ONCE = 16
SETTLED = 0.3
"""The share of the long run after which memory is first looked at: caches are full then."""


# --- what is served -------------------------------------------------------------------------------


def write_winner(folder: Path, base_url: str) -> Path:
    """A winner over the sample corpus whose model is the protocol server's."""
    from workbench.corpus.corpus import load_corpus
    from workbench.planning.preparation import catalogue_of
    from workbench.run.open_home import open_workbench
    from workbench.settings import load_settings
    from workbench.ship.winner import Evidence, Winner, WinnerConfig, WinnerCorpus
    from workbench.space.experiment import ExperimentFile
    from workbench.space.resolving import resolve
    from workbench.space.search_space import expand

    settings = load_settings()
    model = served_model(base_url, "test-chat", limits={"concurrency": 256, "timeout_seconds": 60})
    content = experiment(prompts=["cited"], models=[model], retrieval=retrieval())
    written = ExperimentFile.model_validate(content)
    config = expand(resolve(written, catalogue_of(open_workbench(settings), settings))).configs[0]
    evidence = Evidence(
        experiment="e", experiment_name="measured", trial="t", rank=1, configs=1, objective={}, search={},
        holdout=None, cost_per_1k_questions=None, tokens_per_answer=None, seconds_p50=None, seconds_p95=None,
        ratings={},
    )  # fmt: skip
    winner = Winner(
        name="measured",
        exported_at="2026-11-01T00:00:00+00:00",
        config=WinnerConfig.of(config),
        corpus=WinnerCorpus(name=CORPUS.name, hash=load_corpus(CORPUS, CORPUS.parent).version),
        evidence=evidence,
        libraries={},
    )
    path = folder / "measured.yaml"
    path.write_text(winner.to_yaml(), encoding="utf-8")
    return path


def question(number: int) -> str:
    """No two are equal, and all find passages."""
    subjects = (
        "return label",
        "warranty of the heater",
        "tank of the Brew",
        "scale's calibration",
        "collection fee",
    )
    return f"Order {number}: what do the documents say about the {subjects[number % len(subjects)]}?"


# --- processes ------------------------------------------------------------------------------------


@contextmanager
def process(*arguments: str, reads: str, errors: bool = False) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process, and the line with which it says that it is ready."""
    started = subprocess.Popen(
        [sys.executable, *arguments], cwd=PROJECT, text=True, stdin=subprocess.PIPE,
        stdout=None if errors else subprocess.PIPE, stderr=subprocess.PIPE if errors else None,
    )  # fmt: skip
    try:
        said = started.stderr if errors else started.stdout
        assert said is not None
        yield started, next((line for line in said if reads in line), "")
    finally:
        started.send_signal(signal.SIGINT)
        try:
            started.wait(60)
        except subprocess.TimeoutExpired:
            started.kill()


@contextmanager
def service(winner: Path, *options: str) -> Iterator[tuple[int, int]]:
    """`serve` without a limit on requests per minute: (port, process id)."""
    command = ("-m", "workbench", "serve", str(winner), "--port", "0", "--rate", "0", *options)
    with process(*command, reads="Serving", errors=True) as (started, line):
        port = int(line.split("127.0.0.1:")[1].split()[0])
        assert started.stderr is not None
        next(said for said in started.stderr if "is ready" in said)
        yield port, started.pid


def resident_megabytes(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


# --- asking ---------------------------------------------------------------------------------------


class Connections:
    """The smallest client, so that what it takes itself is not measured: keep-alive connections that are used
    again."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        connection = (
            self._free.pop() if self._free else await asyncio.open_connection("127.0.0.1", self._port)
        )
        yield connection
        self._free.append(connection)

    async def post(self, path: str, body: dict[str, Any]) -> bytes:
        """The reply's body. Raises RuntimeError for any status but 200."""
        data = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(data)}\r\n\r\n".encode()
        async with self._connection() as (reader, writer):
            writer.write(head + data)
            headers = (await reader.readuntil(b"\r\n\r\n")).lower()
            if b"content-length:" in headers:
                found = await reader.readexactly(int(headers.split(b"content-length:")[1].split()[0]))
            else:
                found = await reader.readuntil(b"0\r\n\r\n")
        if b" 200 " not in headers.splitlines()[0]:
            raise RuntimeError(f"{headers.splitlines()[0]!r}: {found[:200]!r}")
        return found

    def close(self) -> None:
        for _, writer in self._free:
            writer.close()


def chat(number: int, *, stream: bool = False) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": question(number)}], "stream": stream}


async def at_a_rate(
    ask: Callable[[int], Coroutine[Any, Any, Reply]], numbers: Sequence[int]
) -> list[tuple[Reply, float]]:
    """Ask these questions, PER_SECOND of them a second, whenever earlier ones end: (reply, its seconds)."""
    replies: list[tuple[Reply, float]] = []

    async def timed(number: int) -> None:
        started = time.perf_counter()
        reply = await ask(number)
        replies.append((reply, time.perf_counter() - started))

    began, tasks = time.perf_counter(), []
    for place, number in enumerate(numbers):
        await asyncio.sleep(max(0.0, began + place / PER_SECOND - time.perf_counter()))
        tasks.append(asyncio.create_task(timed(number)))
    await asyncio.gather(*tasks)
    return replies


async def answer_bare(winner: Path) -> None:
    """The pipeline without a service, in this process: a line of question numbers in, their seconds out."""
    from workbench.calls.open_caller import open_interactive_caller
    from workbench.settings import load_settings
    from workbench.ship.load import load_winner
    from workbench.store.database import open_home_store

    settings = load_settings()
    loaded = load_winner(winner, settings=settings)
    models = loaded.winner.to_config().models
    async with open_interactive_caller(open_home_store(settings), models, settings, loaded.trust) as asker:
        await loaded.pipeline.open(asker)
        print("ready", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            answers = await at_a_rate(
                lambda number: loaded.pipeline.answer_unscored(question(number), asker), json.loads(line)
            )
            print(json.dumps([seconds for _, seconds in answers]), flush=True)


# --- measured -------------------------------------------------------------------------------------


def overhead(winner: Path, blocks: int) -> list[Figure]:
    """By turns, so that what else the machine does hits both."""
    bare: list[float] = []
    served: list[float] = []
    outside: list[float] = []
    command = ("-m", "benchmarks.serve", "--bare", str(winner))
    with process(*command, reads="ready") as (pipeline, _), service(winner) as (port, _pid):
        assert pipeline.stdin is not None and pipeline.stdout is not None
        for block in range(blocks + 1):
            numbers = list(range(block * 1_000, block * 1_000 + PER_SECOND * BLOCK_SECONDS))
            pipeline.stdin.write(json.dumps([n + 500_000 for n in numbers]) + "\n")
            pipeline.stdin.flush()
            of_pipeline = json.loads(pipeline.stdout.readline())
            replies = asyncio.run(_ask_service(port, numbers))
            of_service = [seconds for _, seconds in replies]
            if block:  # the first one opens connections and loads modules
                bare += of_pipeline
                served += of_service
                outside += _outside_the_pipeline(replies)
            say(f"block {block}: {1000 * np.percentile(of_pipeline, 95):.1f} ms bare, "
                f"{1000 * np.percentile(of_service, 95):.1f} ms served (p95)")  # fmt: skip
        pipeline.stdin.close()
    note = f"{len(served):,} questions, {PER_SECOND} a second"
    p50, p95 = (1000 * (np.percentile(served, q) - np.percentile(bare, q)) for q in (50, 95))
    return [
        Figure("overhead at p95, ms", float(p95), bar=10.0, digits=1, at_most=True, note=note),
        Figure("overhead at p50, ms", float(p50), digits=1),
        Figure(
            "outside the pipeline at p95, ms",
            float(1000 * np.percentile(outside, 95)),
            digits=1,
            note="of each reply's time, by its row in the log",
        ),
        Figure("outside the pipeline at p50, ms", float(1000 * np.percentile(outside, 50)), digits=1),
        Figure("bare pipeline at p95, ms", float(1000 * np.percentile(bare, 95)), digits=1),
        Figure("served at p95, ms", float(1000 * np.percentile(served, 95)), digits=1),
    ]


def _outside_the_pipeline(replies: Sequence[tuple[bytes, float]]) -> list[float]:
    """What the clients waited beside what the pipeline took, as it is logged: what HTTP costs, also on a
    machine that is busy with other things."""
    from workbench.settings import load_settings
    from workbench.store.database import open_home_store
    from workbench.store.serving.requests import find_requests

    seconds = {json.loads(reply)["id"]: taken for reply, taken in replies}
    time.sleep(2.0)  # the last ones are written within a second
    rows = find_requests(open_home_store(load_settings()), seconds)
    return [seconds[name] - row.seconds for name, row in rows.items()]


async def _ask_service(port: int, numbers: Sequence[int]) -> list[tuple[bytes, float]]:
    client = Connections(port)
    try:
        return await at_a_rate(lambda n: client.post("/v1/chat/completions", chat(n)), numbers)
    finally:
        client.close()


def streams(winner: Path, count: int) -> list[Figure]:
    """All begin at once; each is whole when it ends with [DONE]."""

    async def ask_all(port: int) -> tuple[int, float]:
        client = Connections(port)
        started = time.perf_counter()
        replies = await asyncio.gather(
            *(client.post("/v1/chat/completions", chat(900_000 + n, stream=True)) for n in range(count)),
            return_exceptions=True,
        )
        client.close()
        whole = sum(isinstance(reply, bytes) and b"data: [DONE]" in reply for reply in replies)
        return whole, time.perf_counter() - started

    with service(winner) as (port, _):
        whole, seconds = asyncio.run(ask_all(port))
    return [
        Figure(
            "streams at once that were whole",
            whole,
            bar=count,
            digits=0,
            note=f"of {count}, in {seconds:.1f} s",
        )
    ]


def long_run(winner: Path, requests: int) -> list[Figure]:
    """Memory after a part of the requests, and after all of them."""

    async def ask_all(port: int, pid: int) -> tuple[float, float, float]:
        client, left = Connections(port), iter(range(requests))
        at_part, done, started = 0.0, 0, time.perf_counter()

        async def ask_on() -> None:
            nonlocal at_part, done
            for number in left:
                await client.post("/v1/chat/completions", chat(1_000_000 + number))
                done += 1
                if done == int(requests * SETTLED):
                    at_part = resident_megabytes(pid)
                if done % max(1, requests // 10) == 0:
                    say(f"{done:,} requests: {resident_megabytes(pid):.0f} MB")

        await asyncio.gather(*(ask_on() for _ in range(AT_ONCE)))
        client.close()
        return at_part, resident_megabytes(pid), requests / (time.perf_counter() - started)

    with service(winner) as (port, pid):
        at_part, at_end, per_second = asyncio.run(ask_all(port, pid))
    growth = at_end / at_part
    note = f"{at_part:.0f} MB to {at_end:.0f} MB, {per_second:.0f} a second"
    name = f"memory after {requests:,} requests, as a multiple of that after {SETTLED:.0%}"
    return [Figure(name, growth, bar=1.1, digits=2, at_most=True, note=note)]


def measure(options: argparse.Namespace) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WORKBENCH_HOME"] = str(Path(folder) / "home")
        with process("-m", "tests.protocol_server", "--port", "0", reads="http") as (_, base_url):
            winner = write_winner(Path(folder), base_url.strip())
            return [
                *overhead(winner, 1 if options.quick else BLOCKS),
                *streams(winner, STREAMS),
                *long_run(winner, 1_000 if options.quick else options.requests),
            ]


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--requests", type=int, default=LONG_RUN, help="of the last part")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--bare"]:
        asyncio.run(answer_bare(Path(sys.argv[2])))
    else:
        sys.exit(run_alone("serve", measure, __doc__, _add_options))
