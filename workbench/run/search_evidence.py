"""What the search part's answers say about each configuration, as arrays that a strategy reads.
Knows nothing about strategies: answers out of the store in, Evidence out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from workbench.analysis.leaderboard import MOST_FAILED
from workbench.results.liked import read_liked
from workbench.search.types import Constraint, Evidence, Mask, Values
from workbench.space.experiment import BESIDE_SCORES, COST_MEASURES, LIKED, Objective
from workbench.store.database import Store
from workbench.store.failed_answers import get_failed_shares
from workbench.store.summaries import get_answer_means, get_score_means

# A percentile is a share: the 95th of the seconds is at most b where at least 95 % of them are.
_SHARES = {"seconds_p50": 0.5, "seconds_p95": 0.95}


class EvidenceTable:
    """Configurations × questions. `read` takes in what is stored; repeats of a question are averaged.

    question_ids: in the order that strategies know them by.

    A percentile as the aim is followed by the mean, and `liked` by what is expected of each answer, rated or
    not: the mean of that over questions is the estimated share.
    """

    def __init__(self, objective: Objective, configs: int, question_ids: Sequence[str]) -> None:
        self._objective = objective
        self._shape = (configs, len(question_ids))
        self._position = {id_: i for i, id_ in enumerate(question_ids)}
        self._values: dict[str, Values] = {}
        self._scores = [name for name in objective.names if name not in BESIDE_SCORES]
        self._rows: dict[str, int] = {}
        self._failed: Values = np.zeros(self._shape)
        self.asked: Mask = np.zeros(self._shape, dtype=bool)

    def read(self, store: Store, experiment_id: str, trials: Mapping[int, str]) -> None:
        """Take in the search answers of these trials (configuration → trial id) of an experiment."""
        row_of = {trial_id: row for row, trial_id in trials.items()}
        for trial_id, question_id, share in get_failed_shares(store, row_of):
            if question_id in self._position:
                self._failed[row_of[trial_id], self._position[question_id]] = share
        for trial_id, question_id, name, mean in get_score_means(store, row_of, self._scores):
            self._put(name, row_of[trial_id], question_id, mean)
        if costs := [name for name in self._objective.names if name in COST_MEASURES]:
            for trial_id, question_id, figures in get_answer_means(store, row_of, costs):
                for name, value in figures.items():
                    self._put(name, row_of[trial_id], question_id, value)
        if LIKED in self._objective.names:
            self._rows |= row_of
            self._read_liked(store, experiment_id)

    def _read_liked(self, store: Store, experiment_id: str) -> None:
        """Anew for every trial: each answer and each rating changes what is expected of all answers."""
        estimates = read_liked(store, experiment_id)
        if estimates is None:
            return
        for trial_id, row in self._rows.items():
            for question_id, value in estimates.per_answer(trial_id).items():
                self._put(LIKED, row, question_id, value)

    @property
    def lacks_ratings(self) -> bool:
        """Whether the objective names `liked` and nothing is known of it, as nobody has rated an answer."""
        return LIKED in self._objective.names and LIKED not in self._values

    def _put(self, name: str, row: int, question_id: str, value: float | None) -> None:
        if value is None or question_id not in self._position:
            return
        if name not in self._values:
            self._values[name] = np.full(self._shape, np.nan)
        self._values[name][row, self._position[question_id]] = value

    def _measure(self, name: str) -> Values:
        values = self._values.get(name)
        return np.full(self._shape, np.nan) if values is None else np.where(self.asked, values, np.nan)

    def evidence(self) -> Evidence:
        """What has been asked so far, whatever else is stored: a replayed search must see the same again."""
        aims = [sign * self._measure(name) for name, sign in self._objective.aims.items()]
        constraints = (
            self._constraint(name, bound, sign)
            for bounds, sign in ((self._objective.at_least, 1), (self._objective.at_most, -1))
            for name, bound in bounds.items()
        )
        return Evidence(
            asked=self.asked.copy(),
            worth=aims[0],
            unit=self._objective.target not in COST_MEASURES,
            constraints=(*self._failing(), *constraints),
            others=tuple(aims[1:]),
        )

    def _failing(self) -> list[Constraint]:
        """That no more than a tenth may fail, as on the leaderboard; nothing to learn while none has."""
        if not self._failed.any():
            return []
        return [Constraint("failed answers", np.where(self.asked, -self._failed, np.nan), -MOST_FAILED)]

    def _constraint(self, name: str, bound: float, sign: int) -> Constraint:
        values = self._measure(name)
        if name not in _SHARES:
            return Constraint(name, sign * values, sign * bound)
        within = np.where(np.isnan(values), np.nan, (sign * values >= sign * bound).astype(np.float64))
        share = _SHARES[name]
        return Constraint(name, within, share if sign < 0 else 1.0 - share)
