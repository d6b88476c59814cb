"""Counts how far an experiment is, over all its runs: the one source for the page, the terminal and `status`.
Knows nothing about how any of them shows it."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.store.answer_filters import count_experiment_answers
from workbench.store.database import Store
from workbench.store.experiments import get_experiment
from workbench.store.ledger import Spend, get_saved, get_spend
from workbench.store.records import ACTIVE, ExperimentRecord
from workbench.store.sharing.lost_calls import Doubt, get_doubt
from workbench.store.trials import count_trials

ENOUGH = 10
"""New answers that a forecast of the spending needs."""


@dataclass(frozen=True)
class Counters:
    """How far an experiment is. Nothing here falls when it is stopped and resumed."""

    trials: int
    """Configurations so far."""
    trials_done: int
    trials_dropped: int
    """Configurations that the search stopped asking."""
    answers: int
    """Answers to questions, failed ones included."""
    expected_answers: int | None
    """How many there will be in the end; None while that is not known."""
    expected_at_most: bool
    """Whether the search may end with fewer."""
    failed_answers: int
    probes: int
    """Answers to probes, failed ones included."""
    failed_probes: int
    reused_answers: int
    """Answers whose call was stored before."""
    spend: Spend
    """The experiment's calls and their dollars."""
    doubt: Doubt
    """Its calls that were cut off: they may have been charged."""
    saved_usd: float
    """What the reused answers' calls had cost."""
    seconds: float
    """How long the experiment has been carried out in all."""
    seconds_left: float | None
    """Seconds that the run still takes, about; None while it does not run or that cannot be told."""

    @property
    def forecast_usd(self) -> float | None:
        """About what the whole experiment will have cost; None while too few answers are new, or all are
        there."""
        new = self.answers - self.reused_answers
        if self.expected_answers is None or new < ENOUGH or self.answers >= self.expected_answers:
            return None
        return self.spend.spent_usd * (1 + (self.expected_answers - self.answers) / new)


def read_counters(store: Store, record: ExperimentRecord) -> Counters:
    counts = count_experiment_answers(store, record.id)
    trials = count_trials(store, record.id)
    reused, saved = get_saved(store, record.id)
    expected = record.progress.get("expected_answers")
    return Counters(
        trials=sum(trials.values()),
        trials_done=trials.get("done", 0),
        trials_dropped=trials.get("dropped", 0),
        answers=counts.answers,
        expected_answers=counts.answers if record.state == "done" else expected,
        expected_at_most=record.state != "done" and bool(record.progress.get("expected_at_most")),
        failed_answers=counts.failed,
        probes=counts.probes,
        failed_probes=counts.failed_probes,
        reused_answers=reused,
        spend=get_spend(store, record.id),
        doubt=get_doubt(store, record.id),
        saved_usd=saved,
        seconds=record.seconds,
        seconds_left=record.progress.get("seconds_left") if record.state in ACTIVE else None,
    )


def find_counters(store: Store, experiment_id: str) -> Counters:
    return read_counters(store, get_experiment(store, experiment_id))
