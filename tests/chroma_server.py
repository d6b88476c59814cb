"""A real Chroma server in a child process, on a loopback port and a folder of its own; and a proxy with a token.
Knows nothing about what is kept there."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

STARTED_SECONDS = 60.0


class ChromaServerProcess:
    """`chroma run`, which can be killed, started anew, and emptied."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        import httpx

        command = [str(Path(sys.executable).parent / "chroma"), "run", "--host", "127.0.0.1"]
        command += ["--port", str(self.port), "--path", str(self.folder)]
        self._process = subprocess.Popen(
            command, cwd=self.folder.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "ANONYMIZED_TELEMETRY": "False"},
        )  # fmt: skip
        with httpx.Client(base_url=self.url, trust_env=False, verify=False) as client:
            for _ in range(int(STARTED_SECONDS / 0.05)):
                try:
                    if client.get("/api/v2/heartbeat").status_code == 200:
                        return
                except httpx.TransportError:
                    assert self._process.poll() is None, "chroma run ended"
                time.sleep(0.05)
        raise AssertionError("The Chroma server did not start.")

    def kill(self) -> None:
        """End it at once, as a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def start_empty(self) -> None:
        """Start it anew without what it held."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.start()


@contextmanager
def guarded_by_token(url: str, token: str | None, *, queries: int = 1_000) -> Iterator[str]:
    """The address of a proxy that lets only those with this token ask the server behind it.

    queries: after so many it refuses every token, as one that was withdrawn.
    """
    import httpx

    asked: list[str] = []

    class Guard(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *arguments: object) -> None:
            pass

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            if self.path.endswith("/query"):
                asked.append(self.path)
            given = self.headers.get("authorization")
            if given != (None if token is None else f"Bearer {token}") or len(asked) > queries:
                self._reply(401, b"Unauthorized")
                return
            headers = {"content-type": "application/json"}
            reply = httpx.request(
                self.command, url + self.path, content=body, headers=headers, trust_env=False, timeout=60
            )
            self._reply(reply.status_code, reply.content)

        def _reply(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = _pass_on

    with served_by(Guard) as address:
        yield address


@contextmanager
def served_by(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of a server whose requests this class answers."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
