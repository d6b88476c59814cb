"""Runs `serve` as a program over a user's folder, and asks it over HTTP.
Knows nothing about what is asked."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.conftest import PROJECT

STARTS_WITHIN_SECONDS = 60.0


class RunningService:
    """A `serve` process. said: the lines on its standard error so far."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("WORKBENCH_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "workbench", "serve", *arguments, "--port", "0"],
            cwd=folder,
            env=kept | {"PYTHONPATH": str(PROJECT), "OMP_NUM_THREADS": "1"},
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said: list[str] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        found = self.until(lambda: re.search(r"on (http://\S+)", "\n".join(self.said)))
        self.client = httpx.Client(base_url=found[1], timeout=30)
        self.until(lambda: self.health().get("status") == "ready")

    def _listen(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            for line in lines:
                self.said.append(line.rstrip())

    def until(self, condition: Any, seconds: float = STARTS_WITHIN_SECONDS) -> Any:
        """Wait until something holds; returns what it gives."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := condition():
                return found
            assert self.process.poll() is None, "\n".join(self.said)
            time.sleep(0.05)
        raise AssertionError("It took too long.\n" + "\n".join(self.said))

    def health(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get("/healthz").json()
        return found

    def ask(self, question: str, **fields: Any) -> httpx.Response:
        return self.client.post("/ask", json={"question": question, **fields})

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(number)
        self.process.wait(30)
        self._listener.join(10)
        self.client.close()


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator[RunningService]:
    service = RunningService(folder, *arguments)
    try:
        yield service
    finally:
        if service.process.poll() is None:
            service.end()
