"""Supports runs in a terminal: shows a line of progress, and turns Ctrl-C into a clean stop.
Knows nothing about the work itself."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from types import TracebackType

from workbench.calls.stop_signal import StopSignal
from workbench.formatting import duration
from workbench.operating_system import add_signal_handler
from workbench.run.progress import Progress

PLAIN_SECONDS = 10.0  # between two lines of progress where the output is not a terminal


def stop_on_interrupt() -> StopSignal:
    """A stop signal that the first Ctrl-C (or SIGTERM) sets; the second one ends the program at once.

    Call it inside the running event loop.
    """
    stop_signal = StopSignal()
    loop = asyncio.get_running_loop()

    def interrupt(number: signal.Signals) -> None:
        print(
            "\nStopping: waiting up to 10 s for running calls. Press Ctrl-C again to end at once.",
            file=sys.stderr,
        )
        stop_signal.set("stopped", "Stopped by you.")
        removers[number]()

    removers = {
        number: add_signal_handler(loop, number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)
    }
    return stop_signal


class LiveProgress:
    """Shows progress on stderr: one line that is rewritten on a terminal, a new line every 10 s elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._started = time.monotonic()
        self._shown_at = 0.0
        self._last = ""

    def __enter__(self) -> LiveProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._terminal and self._last:
            print(file=sys.stderr)

    def show(self, progress: Progress) -> None:
        """Show the progress if its line has changed."""
        now = time.monotonic()
        line = self._line(progress, now - self._started)
        if line == self._last:
            return
        if self._terminal:
            print(f"\r\x1b[2K{line}", end="", file=sys.stderr, flush=True)
            self._last = line
        elif now - self._shown_at >= PLAIN_SECONDS:
            print(line, file=sys.stderr, flush=True)
            self._last, self._shown_at = line, now

    @staticmethod
    def _line(progress: Progress, seconds: float) -> str:
        parts = [
            f"{name} {stage.done}/{stage.total}"
            for name, stage in progress.stages.items()
            if stage.total and name != "score"
        ]
        failed = f", {progress.failed_answers} failed" if progress.failed_answers else ""
        provider_notes = "; ".join(progress.providers.values())
        if not progress.trials:
            return f"Reading the documents · {duration(seconds)}"
        trials = progress.message or f"{progress.trials_done}/{progress.trials} configurations"
        line = " · ".join([trials, *parts]) + f"{failed} · {duration(seconds)}"
        return f"{line} · {provider_notes}" if provider_notes else line
