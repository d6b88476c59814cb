"""Supports runs in a terminal: shows a line of progress, and turns Ctrl-C into a clean stop.
Knows nothing about the work itself."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from dataclasses import asdict
from types import TracebackType

from workbench.calls.stop_signal import StopSignal
from workbench.formatting import dollars, duration
from workbench.operating_system import add_signal_handler
from workbench.results.counters import Counters, find_counters
from workbench.results.progress_words import about, of_expected, stage_lines
from workbench.results.training_words import training_words
from workbench.run.progress import Progress
from workbench.store.database import Store
from workbench.store.learning.tuning_jobs import RUNNING

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
    """Shows progress on stderr: one line that is rewritten on a terminal, a new line every 10 s elsewhere.

    Its figures are those of `status`, read from the store.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._terminal = sys.stderr.isatty()
        self._pause = 0.0 if self._terminal else PLAIN_SECONDS
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
        started = time.monotonic()
        if started - self._shown_at < self._pause:
            return
        line = progress_line(find_counters(self._store, progress.experiment_id), progress)
        # Counting a million answers takes a while: at most a twentieth of the time.
        self._pause = max(self._pause, 20 * (time.monotonic() - started))
        if line == self._last:
            return
        if self._terminal:
            print(f"\r\x1b[2K{line}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)
        self._last, self._shown_at = line, started


def progress_line(counters: Counters, progress: Progress) -> str:
    """For example "179 of 240 answers · 12 of 48 configurations done · $0.12 spent · about 4 min left"."""
    if not progress.trials and not counters.answers:
        return f"Reading the documents · {duration(counters.seconds)}"
    answers = of_expected(counters.answers, counters.expected_answers, at_most=counters.expected_at_most)
    parts = [f"{answers} answers"]
    parts += [f"{counters.failed_answers:,} failed"] if counters.failed_answers else []
    if not counters.answers:
        parts = stage_lines(progress.to_json()["stages"], progress.documents)
    parts += [
        training_words(name, asdict(training))
        for name, training in progress.trainings.items()
        if training.state == RUNNING
    ]
    parts += [
        progress.message or f"{counters.trials_done:,} of {counters.trials:,} configurations done",
        f"{counters.spend.calls:,} calls made, {counters.reused_answers:,} answers reused",
        f"{dollars(counters.spend.spent_usd)} spent",
        duration(counters.seconds),
    ]
    parts += [f"{about(counters.seconds_left)} left"] if counters.seconds_left is not None else []
    return " · ".join([*parts, *progress.providers.values()])
