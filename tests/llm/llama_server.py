"""Starts llama.cpp's server with the small language model that `make test-llm` installs.
Knows nothing about the workbench."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Self

PROJECT = Path(__file__).parents[2]
PACKAGES = PROJECT / ".llm"
MODEL = PACKAGES / "model.gguf"
ALIAS = "smollm2"
START_SECONDS = 90
"""A busy machine needs half a minute."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class LlamaServer:
    """llama.cpp's server in a process of its own. options: further ones of benchmarks/labelled/serve.py."""

    def __init__(self, *options: str) -> None:
        self._options = options
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        script = PROJECT / "benchmarks" / "labelled" / "serve.py"
        self._log = PACKAGES / f"server-{self.port}.log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(script), str(MODEL), str(self.port), "--threads", "1", *self._options],
                env=os.environ | {"PYTHONPATH": str(PACKAGES)},
                stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        until = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise RuntimeError(f"llama.cpp's server did not start:\n{self._log.read_text()[-2000:]}")
            time.sleep(0.1)

    def kill(self) -> None:
        """As kill -9 does: without a goodbye."""
        self._process.kill()
        self._process.wait()

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=2) as reply:
                return bool(reply.status == 200)
        except OSError:
            return False
