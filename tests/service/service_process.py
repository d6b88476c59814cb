"""Runs `serve` as a program that can be killed, over a user's folder, and asks it over HTTP.
Knows nothing about what is asked."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Protocol

import httpx

STARTS_WITHIN_SECONDS = 60.0


class Place(Protocol):
    """Where the process runs."""

    @property
    def path(self) -> Path:
        """Its working folder."""

    @property
    def environment(self) -> dict[str, str]:
        """Its environment."""


class ServiceProcess:
    """A `serve` process that is ready."""

    def __init__(self, folder: Place, *arguments: str) -> None:
        self._errors = folder.path / f"errors-{time.monotonic_ns()}"
        with self._errors.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "workbench", "serve", *arguments, "--port", "0"],
                cwd=folder.path, env=folder.environment, stderr=errors,
            )  # fmt: skip
        found = self.until(lambda: re.search(r"on (http://\S+)", self.said))
        self.client = httpx.Client(base_url=found[1], timeout=30, verify=False)
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
            assert self.process.poll() is None, self.said
            time.sleep(0.05)
        raise AssertionError(f"It took too long. {self.said}")

    def ask(self, question: str, **fields: Any) -> httpx.Response:
        return self.client.post("/ask", json={"question": question, **fields})

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self, number: signal.Signals) -> None:
        self.send(number)
        self.process.wait(30)
        self.client.close()
