"""A server that records every byte it gets and answers nothing: who sends it something has been fooled.
Knows nothing about any protocol."""

from __future__ import annotations

import socket
import socketserver
import threading
from typing import Any


class RecordingServer:
    """A context manager. `received` holds what came, one entry for each connection, empty ones too.

    reply: what it sends back before it closes the connection.
    """

    def __init__(self, reply: bytes = b"") -> None:
        self.received: list[bytes] = []
        self._reply = reply

    def __enter__(self) -> RecordingServer:
        recorder = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                self.request.settimeout(0.5)
                position = len(recorder.received)
                recorder.received.append(b"")
                try:
                    while data := self.request.recv(65536):
                        recorder.received[position] += data
                        if recorder._reply:
                            self.request.sendall(recorder._reply)
                            return
                except (TimeoutError, OSError):
                    return

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def host(self) -> str:
        """Its host and port."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def base_url(self) -> str:
        return f"http://{self.host}/v1"

    @property
    def nearby_url(self) -> str:
        """The same server under a spelling that reaches it, but that is no loopback address by its form."""
        return f"http://127.1:{self._server.server_address[1]}/v1"


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], handler: Any) -> None:
        super().__init__(address, handler)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
