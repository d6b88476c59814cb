"""Does work while calls go on: in a thread, or in a process of its own. Statistics of many configurations and
scores of served answers take seconds of a core, and in a thread hold up the event loop (docs/decisions.md).
Knows nothing about what is worked out."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, Protocol, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")
IDLE_SECONDS = 60.0
ATTEMPTS = 2


class BackgroundRunner(Protocol):
    """Does work beside the event loop."""

    async def __call__(self, work: Callable[..., T], *args: Any) -> T:
        """What work(*args) returns, or raises. `work` may be done twice: it must do no harm then."""
        ...


async def run_in_thread(work: Callable[..., T], *args: Any) -> T:
    return await asyncio.to_thread(work, *args)


class BackgroundProcess:
    """A BackgroundRunner: one process, begun when it is first needed. It ends after a minute without work and
    with this process, however that ends. `work` is a function of a module; it and its arguments can be
    pickled.

    The program that uses it must have its `if __name__ == "__main__"`, as multiprocessing demands.
    """

    def __init__(self, idle_seconds: float = IDLE_SECONDS) -> None:
        self._idle_seconds = idle_seconds
        self._one_at_a_time = threading.Lock()
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None

    async def __call__(self, work: Callable[..., T], *args: Any) -> T:
        return await asyncio.to_thread(self._do, work, args)

    def _do(self, work: Callable[..., T], args: tuple[Any, ...]) -> T:
        with self._one_at_a_time:
            for _ in range(ATTEMPTS):
                try:
                    pipe = self._pipe or self._begin()
                    pipe.send((work, args))
                    done, result = pipe.recv()
                except (EOFError, OSError):  # idle for long, or killed, for its memory most likely
                    self.close()
                    continue
                if done:
                    return result  # type: ignore[no-any-return]
                raise result
        log.warning("No process stays alive for %s: it is done in this one.", work)
        return work(*args)

    def _begin(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        self._pipe, its_end = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(its_end, self._idle_seconds), name="background", daemon=True
        )
        self._process.start()
        its_end.close()  # or its death would go unnoticed
        return self._pipe

    def close(self) -> None:
        """End the process, if there is one. The next work begins another."""
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._pipe = self._process = None


def _serve(pipe: Connection, idle_seconds: float) -> None:
    """Do what comes through the pipe until nothing comes for long, or nobody is left to send it."""
    from workbench.settings import quieten_libraries

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program: it may still want its figures
    quieten_libraries()
    while pipe.poll(idle_seconds):
        try:
            work, args = pipe.recv()
            answer = (True, work(*args))
        except EOFError:
            return
        except Exception as error:
            answer = (False, error)
        pipe.send(answer)
