"""A RAG of somebody's own behind an address: it answers the tiny corpus's questions as a function says.
Knows nothing about the workbench."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.raw_reply import Raw
from tests.tiny_experiment import DOCUMENTS, QUESTIONS

Reply = dict[str, Any] | list[Any] | str | bytes | Raw | tuple[int, Any]
"""JSON, a body as it is, or (status, body)."""


def good_answer(asked: dict[str, Any]) -> Reply:
    """The reference answer with the paragraph of its evidence; two passages, one with its place."""
    for question, answer, document, quote in QUESTIONS:
        if question == asked["question"] and document is not None and quote is not None:
            start = DOCUMENTS[document].index(quote)
            exact = {
                "text": quote,
                "document": document,
                "start": start,
                "end": start + len(quote),
                "score": 0.9,
            }
            other = DOCUMENTS["heaters.md" if document != "heaters.md" else "water.md"].strip()
            return {"answer": f"{answer}.", "passages": [exact, {"text": other, "score": 0.4}]}
    return {"answer": "I don't know.", "passages": []}


class SystemServer:
    """A context manager. `asked` holds each request's JSON, `headers` its headers."""

    def __init__(self, reply: Callable[[dict[str, Any]], Reply] = good_answer) -> None:
        self.reply = reply
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.busiest = 0
        self._busy = 0
        self._lock = threading.Lock()

    def __enter__(self) -> SystemServer:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with server._lock:
                    server.asked.append(asked)
                    server.headers.append({k.lower(): v for k, v in self.headers.items()})
                    server._busy += 1
                    server.busiest = max(server.busiest, server._busy)
                try:
                    self._send(server.reply(asked))
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True
                finally:
                    with server._lock:
                        server._busy -= 1

            def _send(self, reply: Reply) -> None:
                if isinstance(reply, Raw):
                    reply.send(self)
                    return
                status, body = reply if isinstance(reply, tuple) else (200, reply)
                is_text = isinstance(body, str | bytes)
                data = (
                    body.encode() if isinstance(body, str) else body if is_text else json.dumps(body).encode()
                )
                self.send_response(status)
                self.send_header("Content-Type", "text/html" if is_text else "application/json")
                self.send_header("Content-Length", str(len(data)))
                if status in (301, 302, 307):
                    self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                if status == 429:
                    self.send_header("Retry-After", "0.05")
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/ask"
