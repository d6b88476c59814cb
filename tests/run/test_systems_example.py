"""The example of a RAG of one's own: exactly its two files, the server in a process of its own.
Knows nothing about how systems work."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.tiny_experiment import PROJECT, Runner
from workbench.settings import Settings
from workbench.ship.try_system import ask_system, find_system
from workbench.space.files import parse_experiment

EXAMPLES = PROJECT / "experiments" / "examples"


@pytest.fixture
def port() -> Iterator[int]:
    """The port of the running server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, str(EXAMPLES / "own_rag_server.py"), str(free)], stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(free)
        yield free
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_for(port: int) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("The server of the example does not start.")


def test_it_puts_the_server_on_the_leaderboard(port: int, settings: Settings) -> None:
    text = (EXAMPLES / "own-rag.yaml").read_text(encoding="utf-8")
    assert "http://127.0.0.1:9000/ask" in text and "9000" in (EXAMPLES / "own_rag_server.py").read_text()
    written = parse_experiment(text.replace(":9000", f":{port}"))
    runner = Runner(replace(settings, corpora=PROJECT / "corpora"))
    tried = asyncio.run(ask_system(written, find_system(written, None), runner.settings, runner.store))
    assert tried.answer and len(tried.passages) == 3 and all(p.document for p in tried.passages)
    result = runner.run(written)
    assert result.state == "done"
    rows = {row["name"]: row for row in result.leaderboard["trials"]}
    today = rows["what-we-run-today"]
    assert len(rows) == 3 and result.leaderboard["baseline"] == today["trial"]
    assert today["failed_answers"] == 0 and today["cost_per_1k_questions"] == 0
    assert 0 < today["scores"]["retrieval_recall"]["mean"] < 1
    assert all(row["vs_baseline"] for name, row in rows.items() if name != "what-we-run-today")


def test_it_takes_fewer_than_ten_lines_and_forty() -> None:
    lines = (EXAMPLES / "own-rag.yaml").read_text(encoding="utf-8").splitlines()
    joined = lines[lines.index("systems:") : lines.index("prompts: [concise]")]
    assert len(joined) < 10
    assert len((EXAMPLES / "own_rag_server.py").read_text(encoding="utf-8").splitlines()) <= 40
