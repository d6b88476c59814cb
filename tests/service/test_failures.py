"""A model's server that is down, slow or breaks off; a full disk; what is wrong before anything is served."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import openai
import pytest

from tests.protocol_server import Cut, ProtocolServer, Refuse
from tests.raw_reply import Raw
from tests.service.running_service import ANSWER, QUESTION, RunningService, write_winner
from tests.service.test_request_log import full_disk, read_only_disk
from tests.service.test_sharing import wait_until
from tests.tiny_experiment import local_embedding
from workbench.errors import CorpusError, HostNotConfirmed, InputError
from workbench.providers import circuit_breaker
from workbench.service import indexing
from workbench.service.loading import load_served
from workbench.settings import Settings
from workbench.store.database import Store

Broken = Callable[[Store], AbstractContextManager[None]]
pytestmark = pytest.mark.usefixtures("hasty")


def test_a_model_server_that_is_down_is_503_and_is_asked_again_when_it_is_back(
    running: RunningService, server: ProtocolServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(circuit_breaker, "FIRST_PAUSE_SECONDS", 0.2)
    server.__exit__()
    for n in range(8):  # more than what a run takes for a model that cannot be used
        started = time.monotonic()
        reply = running.chat(f"{QUESTION} {n}", stream=n % 2 == 0)
        assert reply.status_code == 503 and int(reply.headers["retry-after"]) >= 1
        error = reply.json()["error"]
        assert (error["type"], error["code"]) == ("server_error", "model_unavailable")
        assert "127.0.0.1" not in error["message"]
    assert time.monotonic() - started < 3  # nobody waits for a server that is known to be down
    client = openai.OpenAI(base_url=f"{running.base_url}/v1", api_key="none", max_retries=0)
    with client, pytest.raises(openai.InternalServerError) as caught:
        client.chat.completions.create(model="tiny", messages=[{"role": "user", "content": QUESTION}])
    assert caught.value.status_code == 503
    server.port = int(server.base_url.split(":")[2].split("/")[0])
    with server:
        wait_until(lambda: running.chat().status_code == 200)
    running.stop()
    failed = running.logged()[0]
    assert (failed.state, failed.error_kind, failed.answer) == ("failed", "refused", "") and failed.error


def test_a_refused_key_and_a_full_queue_are_503_too(running: RunningService, server: ProtocolServer) -> None:
    server.plan = lambda n, path, body: Refuse(401)
    assert running.chat().status_code == 503
    wait_until(lambda: running.service.background.problems)
    [problem] = running.service.background.problems  # as Watch shows it
    assert "its server refuses the key since" in problem and problem.endswith("(1 failed).")
    assert running.client.get("/healthz").json()["problems"] == ["The model of tiny does not answer."]
    server.plan = lambda n, path, body: Refuse(429, "0.3")
    busy = running.chat()
    assert busy.status_code == 503 and int(busy.headers["retry-after"]) >= 1
    server.plan = lambda n, path, body: None
    wait_until(lambda: running.chat().status_code == 200)
    wait_until(lambda: not running.service.background.problems)


def test_a_prompt_that_no_model_can_read_is_the_clients_error(
    running: RunningService, server: ProtocolServer
) -> None:
    server.context_tokens = 60
    reply = running.ask(f"{QUESTION} " + "And why? " * 200)
    assert reply.status_code == 400 and reply.json()["error"]["code"] == "context_length_exceeded"


def _half(text: str) -> Raw:
    """A stream that breaks off after this text."""
    chunk = {
        "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "test-chat",
        "choices": [{"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}],
    }  # fmt: skip
    return Raw((f"data: {json.dumps(chunk)}\n\n".encode(),), "text/event-stream", cut=True)


def test_a_stream_that_breaks_off_goes_on_when_the_second_reply_is_the_same(
    running: RunningService, server: ProtocolServer
) -> None:
    server.plan = lambda n, path, body: _half("The tank") if n == 1 else None
    reply = running.chat(stream=True)
    chunks = [json.loads(line[6:]) for line in reply.text.splitlines() if line.startswith("data: {")]
    assert "".join(c["choices"][0]["delta"].get("content", "") for c in chunks) == ANSWER
    assert len(server.posts) == 2


def test_a_stream_that_begins_again_otherwise_says_so(
    running: RunningService, server: ProtocolServer
) -> None:
    server.plan = lambda n, path, body: _half("I think") if n == 1 else None
    reply = running.chat(stream=True)
    assert '"content":"I think"' in reply.text and "reply_broke_off" in reply.text
    assert "[DONE]" not in reply.text
    with pytest.raises(openai.APIError, match="broke off"):
        server.plan = lambda n, path, body: _half("I think") if n == 3 else None
        with openai.OpenAI(base_url=f"{running.base_url}/v1", api_key="none", max_retries=0) as client:
            messages = [{"role": "user", "content": f"{QUESTION} Again?"}]
            list(client.chat.completions.create(model="tiny", messages=messages, stream=True))  # type: ignore[call-overload]


def test_a_model_that_never_finishes_its_replies_is_an_error_in_the_stream(
    running: RunningService, server: ProtocolServer
) -> None:
    server.plan = lambda n, path, body: _half("The tank")
    reply = running.chat(stream=True)
    assert '"content":"The tank"' in reply.text and "model_unavailable" in reply.text
    server.plan = lambda n, path, body: Cut()
    assert running.chat("And salt?", stream=True).status_code == 503


@pytest.mark.parametrize("broken", [full_disk, read_only_disk])
def test_on_a_disk_that_takes_nothing_answers_go_on_and_health_says_that_nothing_is_logged(
    tiny: Settings, server: ProtocolServer, tmp_path: Path, broken: Broken
) -> None:
    hybrid = {"retriever": ["hybrid"], "embedding": [local_embedding(server)]}
    path = write_winner(tmp_path / "hybrid.yaml", tiny, server, retrieval=hybrid)
    with RunningService([path], tiny) as running, broken(running.store):
        for n in range(5):
            assert running.chat(f"{QUESTION} {n} " + "x" * 4_000).status_code == 200
        wait_until(lambda: running.client.get("/healthz").json()["problems"])
        assert running.chat().status_code == 200
        assert running.client.get("/healthz").status_code == 200
        assert "workbench_problems 1" in running.client.get("/metrics").text
    assert len(running.logged()) == 6


def test_an_embedding_server_that_is_down_at_the_start_is_waited_for(
    tiny: Settings, server: ProtocolServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "FIRST_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(circuit_breaker, "FIRST_PAUSE_SECONDS", 0.05)
    hybrid = {"retriever": ["hybrid"], "embedding": [local_embedding(server)]}
    path = write_winner(tmp_path / "hybrid.yaml", tiny, server, retrieval=hybrid)
    server.plan = lambda n, path, body: Refuse(500) if n < 4 else None
    with RunningService([path], tiny) as running:
        assert any("tried again" in text for text in running.said) and running.chat().status_code == 200


def test_a_key_that_is_not_set_is_named_at_the_start(
    tiny: Settings, server: ProtocolServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = {"api_key_env": "TINY_KEY"}
    path = write_winner(tmp_path / "keyed.yaml", tiny, server, model=model)
    with pytest.raises(HostNotConfirmed, match="TINY_KEY"), RunningService([path], tiny):
        pass
    registered = (
        f"models:\n- {{name: local, base_url: {server.base_url}, model: test-chat, api_key_env: TINY_KEY}}\n"
    )
    (tiny.experiments / "models.yaml").write_text(registered)
    with pytest.raises(InputError, match="variable TINY_KEY is not set"), RunningService([path], tiny):
        pass
    monkeypatch.setenv("TINY_KEY", "sk-tiny")
    server.api_key = "sk-tiny"
    with RunningService([path], tiny) as running:
        assert running.chat().status_code == 200
    [sent] = [headers for path, headers, _ in server.requests if "chat" in path]
    assert {name.lower(): value for name, value in sent.items()}["authorization"] == "Bearer sk-tiny"


def test_a_winner_without_its_corpus_and_one_that_is_served_twice_are_refused(
    winner: Path, tiny: Settings, tmp_path: Path
) -> None:
    running = RunningService([winner, winner], tiny)
    with pytest.raises(InputError, match="served already"):
        running.__enter__()
    elsewhere = replace(tiny, corpora=tmp_path / "nothing")
    with pytest.raises(CorpusError, match="was chosen on the corpus 'tiny'"):
        load_served([winner], None, running.store, elsewhere, print)
