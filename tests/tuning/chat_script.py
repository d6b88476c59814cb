"""A server for tests that answers every chat with one text: `python chat_script.py PORT NAME TEXT`.
Knows nothing about models."""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

port, name, text = int(sys.argv[1]), sys.argv[2], sys.argv[3]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._reply({"object": "list", "data": [{"id": name, "object": "model"}]})

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        reply = text.replace("QUESTION", sent["messages"][-1]["content"].splitlines()[-1])
        self._reply({
            "id": "1", "object": "chat.completion", "created": 0, "model": name,
            "choices": [{"index": 0, "message": {"role": "assistant", "content": reply}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        })  # fmt: skip

    def _reply(self, values: object) -> None:
        data = json.dumps(values).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        return


ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
