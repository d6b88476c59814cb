"""A fast server of the OpenAI-compatible protocol in a process of its own: set latency, set faults, a log.
Knows nothing about the workbench. What a request must be is tests/protocol_server.py's.

    python -m benchmarks.latency_server --port 8123 --behaviour '{"latency_seconds": 0.2}'
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import random
import subprocess
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.protocol_server import (
    Invalid,
    ProtocolServer,
    chat_reply,
    check_chat,
    check_embeddings,
    embedding_reply,
)

PROJECT = Path(__file__).resolve().parents[1]
# How a request can end; the first two are those of a server that is well.
ANSWERED, INVALID = "answered", "invalid"
FAULTS = ("refused", "error", "stall", "cut", "malformed")
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """latency_seconds: of each answer.  refuse_above: 429 at once to what comes while so many are in flight.

    faults: share of the attempts by kind of FAULTS; refusals and errors come at once, a stall answers after
    stall_seconds, a cut and nonsense come after the latency.  keep_bodies: `bodies` can be asked for.
    """

    latency_seconds: float = 0.2
    refuse_above: int | None = None
    faults: dict[str, float] = field(default_factory=dict)
    stall_seconds: float = 30.0
    seed: int = 7
    keep_bodies: bool = False
    models: tuple[str, ...] = ("stub-a", "stub-b", "stub-embed")


@dataclass(frozen=True, slots=True)
class Request:
    """One line of the log. seconds: on this machine's monotonic clock.  body: equal for equal bodies.
    in_flight: with this one, when it came.  outcome: "" while it is under way."""

    seconds: float
    path: str
    body: int
    in_flight: int
    outcome: str


def short_reply(messages: Sequence[dict[str, str]]) -> str:
    """A few words that depend on the request: every tenth declines, others quote the first passage."""
    text = messages[-1]["content"]
    digest = hashlib.sha256(json.dumps(messages).encode()).digest()
    if digest[0] % 10 == 0:
        return "I don't know."
    start = text.find("[1]") + 3
    return f"{' '.join(text[start : start + 160].split())} [1] {digest[:3].hex()}"


class Watch:
    """What is known since the server was last told how to behave."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.protocol = ProtocolServer(models=behaviour.models, reply=short_reply)
        self.in_flight = 0
        self.log: list[list[Any]] = []
        self.bodies: list[str] = []
        self._known: dict[bytes, int] = {}
        self._asked: dict[int, int] = {}

    def number(self, data: bytes) -> int:
        """Equal for equal bodies, counted from 0."""
        known = self._known.setdefault(hashlib.sha256(data).digest(), len(self._known))
        if self.behaviour.keep_bodies and known == len(self.bodies):
            self.bodies.append(data.decode())
        return known

    def fault(self, number: int) -> str:
        """Which fault this attempt meets: the same for the same attempt of a body, whenever it comes."""
        attempt = self._asked[number] = self._asked.get(number, 0) + 1
        drawn = random.Random(f"{self.behaviour.seed} {number} {attempt}").random()
        for kind in FAULTS:
            drawn -= self.behaviour.faults.get(kind, 0.0)
            if drawn < 0:
                return kind
        return ""


class Application:
    """The server proper, as ASGI. GET /log, /count, /bodies and POST /behaviour are for whoever measures."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._watch = Watch(behaviour)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, watch = scope["path"], self._watch
        data = await _read(receive)
        if path == "/log":
            await _reply(send, 200, watch.log)
        elif path == "/count":
            await _reply(send, 200, len(watch.log))
        elif path == "/bodies":
            await _reply(send, 200, watch.bodies)
        elif path == "/behaviour":
            self._watch = Watch(Behaviour(**json.loads(data)))
            await _reply(send, 200, {})
        elif path == "/v1/models":
            rows = [{"id": m, "object": "model", "created": 0} for m in watch.behaviour.models]
            await _reply(send, 200, {"object": "list", "data": rows})
        elif scope["method"] != "POST":  # what servers of other kinds say of themselves
            await _reply(send, 404, {"error": {"message": f"Invalid URL (GET {path})"}})
        else:
            await _serve(watch, path, data, send)


async def _serve(watch: Watch, path: str, data: bytes, send: Send) -> None:
    number = watch.number(data)
    watch.in_flight += 1
    line = [round(time.monotonic(), 4), path, number, watch.in_flight, ""]
    watch.log.append(line)
    try:
        line[4] = await _answer(watch, path, data, number, send)
    except _Cut:
        line[4] = "cut"
        raise
    finally:
        watch.in_flight -= 1


async def _answer(watch: Watch, path: str, data: bytes, number: int, send: Send) -> str:
    behaviour = watch.behaviour
    most = behaviour.refuse_above
    fault = watch.fault(number) if behaviour.faults else ""
    if fault == "refused" or (most is not None and watch.in_flight > most):
        await _fail(send, 429, "Too many requests at a time.")
        return "refused"
    if fault == "error":
        await _fail(send, 500, "The server has a problem.")
        return fault
    await asyncio.sleep(behaviour.stall_seconds if fault == "stall" else behaviour.latency_seconds)
    if fault == "cut":
        await _cut(send)
    if fault == "malformed":
        await _reply(send, 200, "<html>not JSON</html>")
        return fault
    try:
        await _reply(send, 200, _content(watch, path, json.loads(data)))
    except (Invalid, ValueError) as error:
        await _fail(send, error.status if isinstance(error, Invalid) else 400, str(error))
        return INVALID
    return fault or ANSWERED


def _content(watch: Watch, path: str, body: dict[str, Any]) -> dict[str, Any]:
    if path == "/v1/chat/completions":
        check_chat(watch.protocol, body)
        return chat_reply(watch.protocol, body, None)
    if path == "/v1/embeddings":
        check_embeddings(watch.protocol, body)
        return embedding_reply(body)
    raise Invalid(f"Invalid URL (POST {path})", 404)


async def _read(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _reply(send: Send, status: int, content: Any) -> None:
    data = content.encode() if isinstance(content, str) else json.dumps(content).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})


async def _fail(send: Send, status: int, message: str) -> None:
    error = {"message": message, "type": "server_error", "param": None, "code": None}
    await _reply(send, status, {"error": error})


class _Cut(Exception):
    """uvicorn ends the connection of an application that raises in mid-reply."""


async def _cut(send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"id": "half a re', "more_body": True})
    raise _Cut


class LatencyServer:
    """A context manager: the server's process, and what it has seen.

    host: the address that it listens at; 0.0.0.0 for all of this machine.
    """

    def __init__(self, host: str = "127.0.0.1", **behaviour: Any) -> None:
        self._host = host
        self._behaviour = Behaviour(**behaviour)

    def __enter__(self) -> LatencyServer:
        self._process = subprocess.Popen(
            [
                sys.executable, "-m", "benchmarks.latency_server", "--host", self._host,
                "--behaviour", _json_of(self._behaviour),
            ],
            cwd=PROJECT, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()
        if not self.address:
            raise RuntimeError("The server did not start: see its output above.")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    @property
    def base_url(self) -> str:
        return f"{self.address}/v1"

    @property
    def process_id(self) -> int:
        return self._process.pid

    def behave(self, **behaviour: Any) -> None:
        """Behave so from now on, with an empty log. Only while nobody asks anything."""
        self._get("/behaviour", _json_of(Behaviour(**behaviour)).encode())

    def log(self, path: str | None = "/v1/chat/completions") -> list[Request]:
        """Requests to this path (None: to any) in the order they came."""
        return [Request(*line) for line in self._get("/log") if path in (None, line[1])]

    def count(self) -> int:
        """Requests so far."""
        return int(self._get("/count"))

    def bodies(self) -> list[dict[str, Any]]:
        """The distinct bodies in the order they came."""
        return [json.loads(body) for body in self._get("/bodies")]

    def _get(self, path: str, data: bytes | None = None) -> Any:
        with urllib.request.urlopen(self.address + path, data) as response:
            return json.load(response)


def _json_of(behaviour: Behaviour) -> str:
    return json.dumps(asdict(behaviour))


def main() -> None:
    import uvicorn

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--behaviour", default="{}", help="JSON; see Behaviour")
    options = parser.parse_args()
    config = uvicorn.Config(
        Application(Behaviour(**json.loads(options.behaviour))), host=options.host, port=options.port,
        log_level="critical", access_log=False, lifespan="off", timeout_keep_alive=60,
    )  # fmt: skip
    listening = config.bind_socket()
    listening.listen(config.backlog)  # who reads the address may connect at once
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
