"""The HTTP side of the server: its addresses, the key, streams, and misbehaving as the plan says.
Knows nothing about what a good reply holds."""

from __future__ import annotations

import json
import re
import time
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

from tests.protocol_server import sparse
from tests.protocol_server.chat import chat_reply, check_chat
from tests.protocol_server.embeddings import check_embeddings, embedding_reply
from tests.protocol_server.limits import Invalid
from tests.protocol_server.misbehaviour import Body, Cut, Refuse, Reply, Stall
from tests.protocol_server.reranking import check_rerank, rerank_reply
from tests.raw_reply import Raw

if TYPE_CHECKING:
    from tests.protocol_server.server import ProtocolServer


def make_handler(server: ProtocolServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

        def _send(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
            data = content.encode() if isinstance(content, str) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def _fail(
            self, status: int, message: str, headers: dict[str, str] | None = None, code: str | None = None
        ) -> None:
            error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
            self._send(status, {"error": error}, headers)

        def _may(self) -> bool:
            if server.key_header:
                if (
                    self.headers.get(server.key_header) == server.api_key
                    and not self.headers["Authorization"]
                ):
                    return True
                self._fail(401, "Access denied due to invalid subscription key.")
                return False
            if server.api_key and self.headers.get("Authorization") != f"Bearer {server.api_key}":
                self._fail(401, f"Incorrect API key provided: {self.headers.get('Authorization')}")
                return False
            return True

        def _stream(self, reply: dict[str, Any], body: dict[str, Any]) -> None:
            """The reply as server-sent events, a word at a time; usage in a last one, where it is asked for."""
            usage = reply.pop("usage", None)
            choice = reply["choices"][0]
            message = {name: text for name, text in choice["message"].items() if name != "role" and text}
            shared = {**reply, "object": "chat.completion.chunk"}
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True

            def send(choices: list[Any], **more: Any) -> None:
                self.wfile.write(f"data: {json.dumps(shared | {'choices': choices} | more)}\n\n".encode())

            for name in sorted(message, key="content".__eq__):  # thinking comes first
                whole = message[name]
                pieces = (
                    re.findall(r"\s*\S+\s*", whole) if isinstance(whole, str) else [[part] for part in whole]
                )
                for piece in pieces:
                    send([{"index": 0, "delta": {name: piece}, "finish_reason": None}])
            send([{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}])
            if usage and (body.get("stream_options") or {}).get("include_usage"):
                send([], usage=usage)
            self.wfile.write(b"data: [DONE]\n\n")

        def do_GET(self) -> None:
            server.note(self.path, dict(self.headers), {})
            if not self._may():
                return
            if server.training is not None and (reply := server.training.get(self.path)) is not None:
                self._send(*reply)
                return
            if self.path in server.pages:
                self._send(200, server.pages[self.path])
                return
            if self.path != f"{server.prefix}/models":
                self._fail(404, f"Invalid URL (GET {self.path})")
                return
            loaded = server.training.loaded if server.training is not None else []
            rows = server.model_rows or [
                {"id": m, "object": "model", "created": 0, "owned_by": "tests"}
                for m in (*server.models, *loaded)
            ]
            self._send(200, {"object": "list", "data": rows})

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            server.count(1)
            try:
                with server._slots:
                    time.sleep(server.seconds_each)
                    self._post(data)
            except (BrokenPipeError, ConnectionResetError):
                pass  # who asked has hung up
            finally:
                server.count(-1)

        def do_DELETE(self) -> None:
            server.note(self.path, dict(self.headers), {})
            if self._may():
                gone = server.training is not None and server.training.delete(self.path)
                self._send(200, {"deleted": True}) if gone else self._fail(404, "No such file")

        def _post(self, data: bytes) -> None:
            if server.training is not None and server.training.takes(self.path):
                server.note(self.path, dict(self.headers), {})
                if self._may():
                    try:
                        self._send(200, server.training.post(self.path, dict(self.headers), data))
                    except Invalid as error:
                        self._fail(error.status, str(error.error))
                return
            try:
                body = json.loads(data)
            except ValueError:
                self._fail(400, "The body is not JSON")
                return
            number = server.note(self.path, dict(self.headers), body)
            if not self._may():
                return
            odd = server.plan(number, self.path, body)
            if isinstance(odd, Stall):
                time.sleep(odd.seconds)
            elif isinstance(odd, Refuse):
                headers = {"Retry-After": odd.retry_after} if odd.retry_after is not None else {}
                self._fail(odd.status, odd.message, headers, odd.code)
                return
            elif isinstance(odd, Cut):
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", "1000")
                self.end_headers()
                self.wfile.write(b'{"id": "half a re')
                self.close_connection = True
                return
            elif isinstance(odd, Body):
                self._send(200, odd.text)
                return
            elif isinstance(odd, Raw):
                odd.send(self)
                return
            try:
                path = self.path.partition("?")[0]
                if path == f"{server.prefix}/chat/completions":
                    check_chat(server, body)
                    reply = chat_reply(server, body, odd if isinstance(odd, Reply) else None)
                    self._stream(reply, body) if body.get("stream") else self._send(200, reply)
                elif path == f"{server.prefix}/embeddings":
                    check_embeddings(server, body)
                    dimensions = None if server.ignores_dimensions else body.get("dimensions")
                    self._send(200, embedding_reply(body, dimensions))
                elif (dialect := server.dialect_at(path)) is not None:
                    check_rerank(server, dialect, body)
                    self._send(200, rerank_reply(server, dialect, body))
                elif path == sparse.PATH and server.sparse is not None:
                    self._send(*sparse.sparse_reply(server, body))
                else:
                    self._fail(404, f"Invalid URL (POST {self.path})")
            except Invalid as error:
                if isinstance(error.error, dict):
                    self._send(error.status, {"error": error.error})
                else:
                    self._fail(error.status, error.error)

    return Handler
