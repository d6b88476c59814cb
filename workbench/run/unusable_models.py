"""Collects the models that a run cannot use, so that the work of the others goes on before it pauses.
Knows nothing about calls: it is told what failed, or reads it from stored answers."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.calls.first_requests import KINDS_OF_ONE_REQUEST
from workbench.calls.stop_signal import StopSignal
from workbench.store.database import Store
from workbench.store.failed_answers import find_answered_trials, find_failed_trials
from workbench.store.records import TrialRecord

NEXT_STEP = (
    "No further calls were sent to it, and all other work is done. Once it works again, resume to retry what "
    "failed. To continue without it, remove it from the experiment's file and run that: all answers are "
    "reused."
)


class UnusableModels:
    """in_words: model name → what is wrong with it."""

    def __init__(self) -> None:
        self.in_words: dict[str, str] = {}

    def add(self, name: str, problem: str) -> None:
        self.in_words.setdefault(name, problem)

    def add_unanswered(self, store: Store, trials: Sequence[TrialRecord]) -> None:
        """Add the models that failed and gave none of these trials an answer, in this run or before."""
        ids = [trial.id for trial in trials]
        failed = find_failed_trials(store, ids, except_kinds=KINDS_OF_ONE_REQUEST)
        if not failed:
            return
        answered = find_answered_trials(store, ids)
        answering = {trial.config.model.name for trial in trials if trial.id in answered}
        for trial in trials:
            name = trial.config.model.name
            if trial.id in failed and name not in answering:
                self.add(name, f"No request to {name} was answered: {failed[trial.id]}")

    def pause(self, stop_signal: StopSignal) -> None:
        """Pause the run, if there are any."""
        if self.in_words:
            problems = dict.fromkeys(self.in_words.values())
            stop_signal.set("paused", " ".join([*problems, NEXT_STEP]))
