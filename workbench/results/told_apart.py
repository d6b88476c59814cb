"""Finds the questions that tell no configurations of an experiment apart, by the score that ranks them.
Knows nothing about what makes a question so: analysis/told_apart.py decides."""

from __future__ import annotations

from functools import partial

from workbench.analysis.told_apart import ToldApart, find_told_apart
from workbench.results.kept import Kept
from workbench.results.matrix import scale_of
from workbench.space.experiment import DEFAULT_TARGET, Objective
from workbench.store.database import Store
from workbench.store.experiments import get_experiment
from workbench.store.figures import Spread
from workbench.store.spreads import get_spreads

_spreads: Kept[list[Spread]] = Kept(most=20)


def find_told_apart_questions(
    store: Store, experiment_id: str, objective: Objective | None = None
) -> ToldApart | None:
    """The questions of a finished experiment on which all configurations do equally well or badly.

    They are judged by the objective's score, or by correctness where that has no value from which an answer
    is right. None before the experiment is done, and where neither can be used.
    """
    record = get_experiment(store, experiment_id)
    if record.state != "done":
        return None
    objective = objective or record.experiment.objective
    for score in (objective.target, DEFAULT_TARGET):
        scale = scale_of(objective, score)
        if scale.right_from is None:
            continue
        read = partial(get_spreads, store, experiment_id, score)
        if spreads := _spreads.get(store, record, score, read):  # it takes seconds for a million answers
            return find_told_apart(score, spreads, scale.right_from, scale.sign)
    return None
