"""Equal questions share one answer, and clients that hang up end only what nobody else waits for."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.protocol_server import ProtocolServer, Stall
from tests.service.running_service import ANSWER, QUESTION, RunningService, write_winner
from workbench.service.serve_settings import ServeSettings
from workbench.settings import Settings

BODY = {"messages": [{"role": "user", "content": QUESTION}]}


def wait_until(holds: Callable[[], object]) -> None:
    ends = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < ends, "it does not come"
        time.sleep(0.01)


@contextmanager
def hanging_up(running: RunningService, *, stream: bool) -> Iterator[None]:
    """A client that asks and hangs up at the end of the block."""
    address = ("127.0.0.1", int(running.base_url.rpartition(":")[2]))
    with closing(socket.create_connection(address)) as client:
        request = httpx.Request("POST", running.base_url, json=BODY | {"stream": stream})
        data = request.read()
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(data)}\r\n\r\n"
        client.sendall(head.encode() + data)
        yield


def test_an_equal_question_is_answered_from_memory_and_a_header_says_so(
    running: RunningService, server: ProtocolServer
) -> None:
    first, second = running.chat(), running.chat()
    assert [r.headers["x-workbench-cache"] for r in (first, second)] == ["miss", "hit"]
    assert len(server.posts) == 1 and second.json()["cached"] and not first.json()["cached"]
    assert first.json()["choices"] == second.json()["choices"] and first.json()["id"] != second.json()["id"]
    assert running.chat(stream=True).headers["x-workbench-cache"] == "hit"
    assert running.ask().json()["cost_usd"] == 0.0
    assert running.chat("And salt?").headers["x-workbench-cache"] == "miss"
    history = [{"role": "user", "content": "Hello?"}, {"role": "assistant", "content": "Yes?"}]
    assert running.ask(history=history).headers["x-workbench-cache"] == "miss"
    running.stop()
    requests = running.logged()
    assert [r.cached for r in requests] == [False, True, True, True, False, False]
    assert requests[0].cost_usd and all(r.cost_usd == 0.0 for r in requests[1:4])


def test_what_measures_a_winner_neither_reads_nor_fills_what_users_are_answered_from(
    winner: Path, tiny: Settings, server: ProtocolServer
) -> None:
    with RunningService([winner], tiny) as running:
        test = {"headers": {"X-Workbench-Purpose": "test"}}
        asked = [
            running.client.post("/v1/chat/completions", json=BODY, **how) for how in (test, {}, test, {})
        ]
    assert [reply.headers["x-workbench-cache"] for reply in asked] == ["miss", "miss", "miss", "hit"]
    assert len(server.posts) == 3


def test_an_answer_of_an_earlier_service_is_used_again(
    winner: Path, tiny: Settings, server: ProtocolServer
) -> None:
    with RunningService([winner], tiny) as running:
        running.chat()
    with RunningService([winner], tiny) as running:
        assert running.chat().headers["x-workbench-cache"] == "hit" and len(server.posts) == 1


def test_whoever_wants_a_new_answer_gets_one(winner: Path, tiny: Settings, server: ProtocolServer) -> None:
    with RunningService([winner], tiny) as running:
        running.chat()
        anew = running.client.post("/v1/chat/completions", json=BODY, headers={"Cache-Control": "no-cache"})
        assert anew.headers["x-workbench-cache"] == "miss" and len(server.posts) == 2
    with RunningService([winner], tiny, replace(ServeSettings(), cached_answers=0)) as running:
        assert [running.chat().headers["x-workbench-cache"] for _ in range(2)] == ["miss", "miss"]
    assert len(server.posts) == 4


def test_the_answer_changes_with_the_corpus(winner: Path, tiny: Settings, server: ProtocolServer) -> None:
    with RunningService([winner], tiny) as running:
        before = running.chat()
    (tiny.corpora / "tiny" / "documents" / "water.md").write_text("# Water\n\nThe tank holds nine litres.\n")
    with RunningService([winner], tiny) as running:
        after = running.chat()
        assert any("corpus has changed" in text for text in running.said)
    assert after.headers["x-workbench-cache"] == "miss" and "nine" in after.text
    versions = [r.headers["x-workbench-corpus-version"] for r in (before, after)]
    assert len(set(versions)) == 2


def test_equal_questions_at_the_same_time_are_asked_once(
    running: RunningService, server: ProtocolServer
) -> None:
    server.plan = lambda n, path, body: Stall(0.5)
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda n: running.chat(stream=n % 2 == 0), range(8)))
    assert len(server.posts) == 1
    assert all("two" in reply.text for reply in replies)
    assert sorted(reply.headers["x-workbench-cache"] for reply in replies) == ["hit"] * 7 + ["miss"]


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_hangs_up_ends_its_own_work(
    running: RunningService, server: ProtocolServer, stream: bool
) -> None:
    server.plan = lambda n, path, body: Stall(30) if n == 1 else None
    started = time.monotonic()
    with hanging_up(running, stream=stream):
        wait_until(lambda: server.in_flight)
    wait_until(lambda: not running.service.answers.under_way)
    assert time.monotonic() - started < 15
    assert running.chat().json()["choices"][0]["message"]["content"] == ANSWER
    running.stop()
    cancelled, answered = running.logged()
    assert (cancelled.state, answered.state, cancelled.answer) == ("cancelled", "ok", "")


def test_a_client_that_hangs_up_does_not_end_what_another_waits_for(
    running: RunningService, server: ProtocolServer
) -> None:
    server.plan = lambda n, path, body: Stall(1.0)
    with ThreadPoolExecutor(1) as pool:
        with hanging_up(running, stream=True):
            wait_until(lambda: server.in_flight)
            other = pool.submit(running.chat)
            wait_until(lambda: running.service.answers.under_way == 2)
        assert other.result().json()["choices"][0]["message"]["content"] == ANSWER
    assert len(server.posts) == 1
    running.stop()
    assert sorted(r.state for r in running.logged()) == ["cancelled", "ok"]


def test_equal_requests_of_two_winners_survive_the_other_ones_end(
    tiny: Settings, server: ProtocolServer, tmp_path: Path
) -> None:
    """Their requests to the model are equal, so they share a call; who hangs up does not take it along."""
    first = write_winner(tmp_path / "first.yaml", tiny, server)
    second = write_winner(tmp_path / "second.yaml", tiny, server, retrieval={"chunk_tokens": [65]})
    server.plan = lambda n, path, body: Stall(1.0)
    with RunningService([first, second], tiny) as running, ThreadPoolExecutor(1) as pool:
        with hanging_up(running, stream=False):
            wait_until(lambda: server.in_flight)
            other = pool.submit(lambda: running.chat(model="second"))
            wait_until(lambda: running.service.answers.under_way == 2)
            threading.Event().wait(0.2)
        assert other.result().json()["choices"][0]["message"]["content"] == ANSWER
    assert len(server.posts) == 2
