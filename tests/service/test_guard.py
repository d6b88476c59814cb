"""Who may ask, how much and how often; malformed, huge and hostile requests."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.protocol_server import ProtocolServer, Stall
from tests.service.running_service import QUESTION, RunningService
from workbench.errors import InputError
from workbench.service import connections
from workbench.service.serve_settings import ServeSettings
from workbench.service.server import check_settings, take_port
from workbench.settings import Settings

KEY = "a-long-random-key-of-the-service"
BODY = {"messages": [{"role": "user", "content": QUESTION}]}


def test_with_a_key_only_who_sends_it_is_answered(winner: Path, tiny: Settings) -> None:
    with RunningService([winner], tiny, ServeSettings(key=KEY)) as running:
        assert running.chat().status_code == 200
        for header in (
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": f"Basic {KEY}"},
            {"Authorization": KEY},
        ):
            reply = httpx.post(f"{running.base_url}/v1/chat/completions", json=BODY, headers=header)
            assert reply.status_code == 401 and reply.json()["error"]["code"] == "invalid_api_key"
            assert reply.headers["www-authenticate"] == "Bearer" and KEY not in reply.text
        strange = httpx.get(f"{running.base_url}/v1/models", headers={b"Authorization": b"Bearer \xff\xfe"})
        assert strange.status_code == 401
        assert httpx.get(f"{running.base_url}/metrics").status_code == 401
        for path in ("/healthz", "/docs", "/openapi.json"):
            assert httpx.get(running.base_url + path).status_code == 200


def test_beyond_this_machine_a_long_key_is_required() -> None:
    check_settings(ServeSettings())
    for host in ("0.0.0.0", "::", "192.168.1.5", "example.org"):
        with pytest.raises(InputError, match="WORKBENCH_SERVE_KEY|needs a key"):
            check_settings(ServeSettings(host=host))
        with pytest.raises(InputError, match="fewer than 16"):
            check_settings(ServeSettings(host=host, key="short"))
        check_settings(ServeSettings(host=host, key=KEY))


def test_a_used_port_is_named() -> None:
    with take_port(ServeSettings(port=0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"Port {port} of 127.0.0.1 is in use"):
            take_port(ServeSettings(port=port))


def test_names_that_the_service_does_not_have_are_refused(winner: Path, tiny: Settings) -> None:
    with RunningService([winner], tiny, ServeSettings(allowed_hosts=("rag.example.org",))) as running:
        for host in ("localhost", "127.0.0.1:8600", "[::1]:8600", "rag.example.org", "RAG.example.org:80"):
            assert running.client.get("/v1/models", headers={"Host": host}).status_code == 200, host
        for host in ("evil.example", "127.0.0.1.evil.example", "rag.example.org.evil.example", "", "[::2]"):
            reply = running.client.get("/v1/models", headers={"Host": host})
            assert reply.status_code in (400, 403), host


def test_pages_of_other_sites_may_not_ask_unless_they_are_allowed(winner: Path, tiny: Settings) -> None:
    serving = ServeSettings(allowed_origins=("https://chat.example.org",))
    with RunningService([winner], tiny, serving) as running:
        evil = running.client.post(
            "/v1/chat/completions", json=BODY, headers={"Origin": "https://evil.example"}
        )
        assert evil.status_code == 403 and evil.json()["error"]["code"] == "origin_not_allowed"
        assert "access-control-allow-origin" not in evil.headers
        own = {"Origin": running.base_url}
        assert running.client.post("/v1/chat/completions", json=BODY, headers=own).status_code == 200
        chat = {"Origin": "https://chat.example.org"}
        reply = running.client.post("/v1/chat/completions", json=BODY, headers=chat)
        assert reply.status_code == 200 and reply.headers["access-control-allow-origin"] == chat["Origin"]
        asked = chat | {
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization",
        }
        assert running.client.options("/v1/chat/completions", headers=asked).status_code == 200


def test_an_origin_that_is_no_address_is_refused(running: RunningService) -> None:
    for origin in ("http://[bad", "null", "//", "http://\u00e9"):
        reply = running.client.post("/ask", json={"question": QUESTION}, headers={b"Origin": origin.encode()})
        assert reply.status_code == 403


def test_each_client_gets_so_many_requests_a_minute(winner: Path, tiny: Settings) -> None:
    with RunningService([winner], tiny, ServeSettings(requests_per_minute=3)) as running:
        assert [running.client.get("/v1/models").status_code for _ in range(3)] == [200] * 3
        refused = running.client.get("/v1/models")
        assert refused.status_code == 429 and 1 <= int(refused.headers["retry-after"]) <= 20
        assert refused.json()["error"]["code"] == "rate_limit_exceeded"
        assert running.client.get("/healthz").status_code == 200


def test_more_requests_at_once_than_allowed_are_sent_away(
    winner: Path, tiny: Settings, server: ProtocolServer
) -> None:
    server.plan = lambda n, path, body: Stall(1.0)
    with RunningService([winner], tiny, ServeSettings(concurrency=1)) as running:
        first = threading.Thread(target=running.chat)
        first.start()
        while not server.in_flight:
            pass
        busy = running.chat("And salt?")
        first.join()
        assert busy.status_code == 503 and busy.headers["retry-after"] == "1"
        assert busy.json()["error"]["code"] == "overloaded"
        assert running.chat("And salt?").status_code == 200


def test_huge_requests_are_refused_before_they_are_read(winner: Path, tiny: Settings) -> None:
    serving = replace(ServeSettings(), most_body_bytes=2_000, most_question_characters=500)
    with RunningService([winner], tiny, serving) as running:
        assert running.chat("x" * 3_000).status_code == 413
        chunked = running.client.post("/ask", content=(b"x" * 100 for _ in range(100)))
        assert chunked.status_code == 413
        long = running.chat("x" * 501)
        assert long.status_code == 400 and long.json()["error"]["code"] == "context_length_exceeded"
        with socket.create_connection(("127.0.0.1", int(running.base_url.rpartition(":")[2]))) as raw:
            raw.sendall(
                b"POST /ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999999\r\n\r\n"
            )
            assert raw.recv(100).split()[1] in (b"400", b"413")


def test_a_head_that_never_ends_is_given_up(
    winner: Path, tiny: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.5)
    whole = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
    with RunningService([winner], tiny) as running:
        port = int(running.base_url.rpartition(":")[2])
        for sent in (b"", whole, whole + b"\r\n" + whole, whole + b"X: " + b"x" * 200_000):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
                raw.sendall(sent)
                began = time.monotonic()
                with contextlib.suppress(ConnectionError):
                    while raw.recv(65_536):
                        pass
                assert time.monotonic() - began < 5
        for _ in range(2):  # a connection that is kept
            assert running.client.get("/healthz").status_code == 200
            time.sleep(0.7)
        kept = running.client._transport._pool.connections  # type: ignore[attr-defined]
        assert len(kept) == 1 and kept[0].is_idle()
        assert running.chat().status_code == 200


HOSTILE = [
    b"", b"{", b"null", b"[]", b'"x"', b"\xff\xfe", b'{"messages": NaN}', b"[" * 100_000, b'{"a":' * 50_000,
    b'{"question": "a", "question": "b"}', b'{"question": ' + b"9" * 5_000 + b"}", b'{"question": "\\ud800"}',
    b'{"question": "a", "surprise": 1}', b'{"question": null}', b'{"question": ""}', b'{"question": " \\u0000 "}',
    b'{"question": "a", "history": [{"role": "system", "content": "x"}]}', b'{"question": "a", "model": {}}',
    b'{"question": "a", "filter": {"__proto__": {"a": [[[]]]}}}',
    b'{"question": "a", "history": [' + b'{"role": "user", "content": "x"},' * 2_000 + b'{"role": "user", "content": "x"}]}',
]  # fmt: skip


def test_hostile_bodies_get_a_message(running: RunningService, server: ProtocolServer) -> None:
    for path in ("/ask", "/retrieve", "/v1/chat/completions", "/feedback"):
        for body in HOSTILE:
            reply = running.client.post(path, content=body)
            assert reply.status_code == 400, (path, body[:50], reply.text)
            assert reply.json()["error"]["message"], body[:50]
    assert not server.posts and running.chat().status_code == 200


def test_what_no_endpoint_answers_gets_an_error_of_the_same_shape(running: RunningService) -> None:
    for method, path, status in (("GET", "/v2", 404), ("GET", "/ask", 405), ("DELETE", "/v1/models", 405)):
        reply = running.client.request(method, path)
        assert reply.status_code == status and set(reply.json()["error"]) == {
            "message",
            "type",
            "param",
            "code",
        }
    missing = running.client.get("/v1/models/nobody")
    assert missing.status_code == 404 and json.loads(missing.text)["error"]["code"] == "model_not_found"
