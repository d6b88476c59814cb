"""A webhook that keeps the JSON that it gets, and answers as it is told to.
Knows nothing about alarms."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Webhook:
    """What arrived, and what is answered."""

    url: str = ""
    documents: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    """The idempotency key of each."""
    statuses: list[int] = field(default_factory=list)
    """The status of each answer to come; 200 when none is left."""


@contextmanager
def webhook_server() -> Iterator[Webhook]:
    webhook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            webhook.documents.append(json.loads(body))
            webhook.keys.append(self.headers["Idempotency-Key"])
            self.send_response(webhook.statuses.pop(0) if webhook.statuses else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        webhook.url = f"http://127.0.0.1:{server.server_address[1]}/services/a-secret"
        try:
            yield webhook
        finally:
            server.shutdown()
            thread.join()
