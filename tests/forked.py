"""Starts processes that have loaded the product already: each is forked, in milliseconds, from one that did.
Knows nothing about what they do."""

from __future__ import annotations

import contextlib
import os
import runpy
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[1]


class _Process(ForkServerProcess):
    """A function in a process of its own, which has the environment that it was made in: the process that it is
    forked from has that of whichever test came first."""

    def __init__(
        self,
        *,
        target: Callable[..., Any],
        args: Sequence[Any] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """environment: all variables that it has; None for those of this process."""
        super().__init__(target=target, args=tuple(args))
        self._environment = dict(os.environ if environment is None else environment)

    def start(self) -> None:
        # Python 3.11 looks for what is loaded beforehand in this folder alone, and says nothing where it is not.
        with contextlib.chdir(PROJECT):
            super().start()

    def run(self) -> None:
        os.environ.clear()
        os.environ.update(self._environment)
        super().run()


class _Context(ForkServerContext):
    Process = _Process


# A new Python takes 1 to 3 s of a processor to load what a command needs, far longer than most tests take else.
FORK = _Context()
FORK.set_forkserver_preload(["tests.forked_modules"])


class Command:
    """`python -m workbench ARGUMENTS` in a process of its own, used as a subprocess.Popen with pipes.

    What only a new Python shows (what it reads of its environment, how long it takes to start) it does not: for
    that there is subprocess.
    """

    def __init__(self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        pipes = [FORK.Pipe(duplex=False) for _ in range(2)]
        self._out, self._errors = (reader for reader, _ in pipes)
        writers = [writer for _, writer in pipes]
        self._process = FORK.Process(
            target=_run, args=(list(arguments), str(folder), *writers), environment=environment
        )
        self._process.start()
        for writer in writers:
            writer.close()

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self._process.pid or 0, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for its end; returns what it wrote to its standard output and to its standard error.

        timeout: seconds; None waits as long as it takes. Raises subprocess.TimeoutExpired.
        """
        until, said = (
            time.monotonic() + (timeout or 0.0),
            {p.fileno(): b"" for p in (self._out, self._errors)},
        )
        with selectors.DefaultSelector() as open_ones:
            for pipe in said:
                open_ones.register(pipe, selectors.EVENT_READ)
            while open_ones.get_map():
                left = None if timeout is None else max(0.0, until - time.monotonic())
                if not (ready := open_ones.select(left)):
                    raise subprocess.TimeoutExpired("workbench", timeout or 0.0)
                for key, _ in ready:
                    piece = os.read(key.fd, 65_536)
                    said[key.fd] += piece
                    if not piece:
                        open_ones.unregister(key.fd)
        out, errors = (written.decode() for written in said.values())
        self._process.join()
        self._out.close()
        self._errors.close()
        return out, errors


def _run(arguments: list[str], folder: str, out: Connection, errors: Connection) -> None:
    for number, pipe in ((1, out), (2, errors)):
        os.dup2(pipe.fileno(), number)
        pipe.close()
    # As a new Python has them: the program tells by both whether what is printed goes into a pipe.
    sys.__stdout__ = sys.stdout = open(1, "w", closefd=False)  # noqa: PTH123, SIM115
    sys.stderr = open(2, "w", closefd=False, buffering=1)  # noqa: PTH123, SIM115
    os.chdir(folder)
    sys.path.insert(0, folder)  # as `python -m` does, and the program takes out again
    sys.argv = ["workbench", *arguments]
    runpy.run_module("workbench", run_name="__main__", alter_sys=True)
