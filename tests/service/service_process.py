"""Runs `serve` as a program that can be killed, over a user's folder, and asks it over HTTP.
Knows nothing about what is asked."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.cli.conftest import Folder
from tests.cli.forking import start_command

STARTS_WITHIN_SECONDS = 60.0


class ServiceProcess:
    """A `serve` process that is ready."""

    def __init__(self, folder: Folder, *arguments: str) -> None:
        self._errors = folder.path / f"errors-{time.monotonic_ns()}"
        self.process = start_command(
            ["serve", *arguments, "--port", "0"],
            folder.path,
            folder.environment,
            Path("/dev/null"),
            self._errors,
        )
        found = self.until(lambda: re.search(r"on (http://\S+)", self.said))
        self.client = httpx.Client(base_url=found[1], timeout=30)
        self.until(lambda: self.client.get("/healthz").status_code == 200)

    @property
    def said(self) -> str:
        """What is on its standard error."""
        return self._errors.read_text() if self._errors.exists() else ""

    def until(self, condition: Any) -> Any:
        """Wait until something holds; returns what it gives."""
        end = time.monotonic() + STARTS_WITHIN_SECONDS
        while time.monotonic() < end:
            if found := condition():
                return found
            assert self.process.is_alive(), self.said
            time.sleep(0.05)
        raise AssertionError(f"It took too long. {self.said}")

    def ask(self, question: str, **fields: Any) -> httpx.Response:
        return self.client.post("/ask", json={"question": question, **fields})

    def send(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.send(number)
        self.process.join(30)
        self.client.close()


@contextmanager
def serving(folder: Folder, *arguments: str) -> Iterator[ServiceProcess]:
    service = ServiceProcess(folder, *arguments)
    try:
        yield service
    finally:
        if service.process.is_alive():
            service.end()
