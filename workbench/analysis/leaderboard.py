"""Ranks an experiment's trials by its objective and constraints.
Knows nothing about the store or pages: summaries in, rows out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Protocol, TypeVar

from workbench.analysis.noise import levels
from workbench.analysis.pareto import on_front
from workbench.analysis.wilson import wilson_bounds
from workbench.replies.defects import describe_defects
from workbench.space.experiment import COST_MEASURES, Objective
from workbench.store.figures import Comparison, Failures, Preferred, Summary
from workbench.store.records import TrialRecord

FINALISTS = 5
MOST_FAILED = 0.10
"""The share of answers that may fail. With more, the figures stand for other questions than those of the
rest, and a configuration that fails on what is hard would win by it."""


@dataclass(frozen=True)
class LeaderboardRow:
    """One trial on the leaderboard."""

    trial: TrialRecord
    rank: int | None
    """From 1; None for a dropped trial and for one without answers."""
    feasible: bool
    """Whether it is ranked and meets all constraints."""
    front: bool
    """With several aims, whether it is on the Pareto front of the feasible trials."""
    broken: tuple[str, ...]
    """The constraints that it does not meet, in words."""
    search: Summary | None
    """Its figures on the selection questions; None before it has answers."""
    holdout: Summary | None
    """Its figures on the held-out questions; None when it was not asked them."""
    up: int
    """How many thumbs up its answers have."""
    down: int
    """How many thumbs down its answers have."""
    failures: tuple[Failures, ...] = ()
    """Why answers to the selection questions failed, the most frequent reason first."""
    preferred: Preferred = Preferred()
    """How often its answers were preferred to others."""
    to_leader: Comparison | None = None
    """The stored comparison with the leader; None for the leader itself and when none is stored."""
    to_baseline: Comparison | None = None
    """The stored comparison with the baseline; None for the baseline itself and when none is stored."""
    tied: bool = False
    """Whether it is the leader or does not differ significantly from it."""

    @property
    def remarks(self) -> list[str]:
        """What is wrong with the texts of its replies to the selection questions, in words."""
        if self.search is None:
            return []
        limit = self.trial.config.model.max_tokens
        return describe_defects(self.search.defects, self.search.answers, limit)

    @property
    def complete(self) -> bool:
        """Whether all its search answers are stored."""
        return self.trial.state == "done"


def measure(summary: Summary | None, name: str) -> float | None:
    """A summary's value by the name that objectives use: the mean of a score, or a cost. None when
    unknown."""
    if summary is None:
        return None
    if name in COST_MEASURES:
        value = getattr(summary, name)
        return None if value is None else float(value)
    figure = summary.scores.get(name)
    return figure.mean if figure else None


def failed_too_often(summary: Summary) -> bool:
    """Whether more than a tenth of a trial's answers failed, and more than one."""
    return summary.failed_answers > max(1, MOST_FAILED * summary.answers)


def broken_constraints(summary: Summary | None, objective: Objective) -> tuple[str, ...]:
    """The constraints that a summary does not meet, in words; a missing value meets none. One holds for every
    objective: no more than a tenth of the answers failed."""
    broken = []
    if summary is not None and failed_too_often(summary):
        broken.append(f"{summary.failed_answers} of {summary.answers} answers failed, more than a tenth")
    for bounds, sign, word in ((objective.at_least, 1, "at least"), (objective.at_most, -1, "at most")):
        for name, bound in bounds.items():
            value = measure(summary, name)
            if value is None:
                broken.append(f"{name} is not known and must be {word} {bound:g}")
            elif sign * value < sign * bound:
                broken.append(f"{name} is {value:.3g} and must be {word} {bound:g}")
    return tuple(broken)


def shortfall(summary: Summary | None, objective: Objective) -> float:
    """How far a summary is from meeting all constraints.

    The sum of the relative distances to the bounds; infinite when a value is unknown.
    """
    total = 0.0
    if summary is not None and failed_too_often(summary):
        total += (summary.failed_answers / summary.answers - MOST_FAILED) / MOST_FAILED
    for bounds, sign in ((objective.at_least, 1), (objective.at_most, -1)):
        for name, bound in bounds.items():
            value = measure(summary, name)
            if value is None:
                return float("inf")
            total += max(0.0, sign * (bound - value)) / (abs(bound) or 1.0)
    return total


class Rankable(Protocol):
    """What ranking needs to know of a trial besides its figures."""

    @property
    def id(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def state(self) -> str: ...


def is_ranked(trial: Rankable, search: Summary | None, objective: Objective) -> bool:
    """Whether a trial is ranked: it was not dropped, and has answers with the target."""
    return measure(search, objective.target) is not None and trial.state != "dropped"


def _place(trial: Rankable, search: Summary | None, objective: Objective) -> tuple[float, ...]:
    """Feasible trials first, then infeasible ones, then those without a rank; equal for ties."""
    target = measure(search, objective.target)
    worth = -objective.sign * target if target is not None else 0.0
    broken = broken_constraints(search, objective)
    distance = shortfall(search, objective) if broken else 0.0
    # Means that are equal may differ in their last digits, by the order of their sums.
    return (not is_ranked(trial, search, objective), bool(broken), distance, round(worth, 12))


TIE_BREAKERS = ("cost_per_1k_questions", "seconds_p50")
Ranked = TypeVar("Ranked", bound=Rankable)


def order_trials(
    trials: Sequence[Ranked], summaries: Mapping[str, Summary | None], objective: Objective
) -> list[Ranked]:
    """The trials in the order of the leaderboard; ties are broken as `TIE_RULE` says.

    summaries: trial id → its figures on the selection questions.
    """
    place = {t.id: _place(t, summaries.get(t.id), objective) for t in trials}
    ordered: list[Ranked] = []
    for _, group in groupby(sorted(trials, key=lambda t: place[t.id]), lambda t: place[t.id]):
        tied = list(group)
        columns = [levels(n, [measure(summaries.get(t.id), n) for t in tied]) for n in TIE_BREAKERS]
        keys = sorted(zip(*columns, (t.number for t in tied), range(len(tied)), strict=True))
        ordered += [tied[key[-1]] for key in keys]
    return ordered


def rank_trials(
    trials: Sequence[TrialRecord],
    summaries: Mapping[str, Mapping[str, Summary]],
    objective: Objective,
    ratings: Mapping[str, tuple[int, int]] | None = None,
    preferences: Mapping[str, Preferred] | None = None,
    failures: Mapping[str, Sequence[Failures]] | None = None,
) -> list[LeaderboardRow]:
    """The rows of the leaderboard, in order.

    Feasible trials come first, by the objective on the selection questions; then infeasible ones, the nearest
    to feasible first; then those that cannot be ranked.

    summaries: trial id → part ("search", "holdout") → summary.
    ratings: trial id → (thumbs up, thumbs down).
    preferences: trial id → how often its answers were preferred.
    failures: trial id → why answers to the selection questions failed.
    """

    searched = {trial_id: parts.get("search") for trial_id, parts in summaries.items()}
    front = _front(trials, searched, objective)
    rows = []
    for place, trial in enumerate(order_trials(trials, searched, objective), start=1):
        parts = summaries.get(trial.id, {})
        search = parts.get("search")
        ranked = is_ranked(trial, search, objective)
        broken = broken_constraints(search, objective)
        up, down = (ratings or {}).get(trial.id, (0, 0))
        rows.append(
            LeaderboardRow(
                trial=trial,
                rank=place if ranked else None,
                feasible=ranked and not broken,
                front=trial.id in front,
                broken=broken if search else (),
                search=search,
                holdout=parts.get("holdout"),
                up=up,
                down=down,
                failures=tuple((failures or {}).get(trial.id, ())),
                preferred=(preferences or {}).get(trial.id, Preferred()),
            )
        )
    return rows


def _front(
    trials: Sequence[TrialRecord], summaries: Mapping[str, Summary | None], objective: Objective
) -> set[str]:
    """Ids of the trials on the Pareto front of the aims; empty with a single aim."""
    if len(objective.aims) < 2:
        return set()
    feasible = {
        t.id: summaries.get(t.id)
        for t in trials
        if t.state != "dropped" and not broken_constraints(summaries.get(t.id), objective)
    }
    return find_front(feasible, objective.aims)


def find_front(summaries: Mapping[str, Summary | None], aims: Mapping[str, int]) -> set[str]:
    """The ids of those on the Pareto front: no other is as good in all aims and better in one.

    Costs and times that differ by no more than noise count as equal. A trial without one of the figures is
    not on it.

    summaries: trial id → figures.
    aims: score or cost → 1 (more is better) or -1 (less is better).
    """
    complete = [t for t, s in summaries.items() if all(measure(s, name) is not None for name in aims)]
    columns = [
        [sign * level for level in levels(name, [measure(summaries[t], name) for t in complete])]
        for name, sign in aims.items()
    ]
    points = list(zip(*columns, strict=True))
    return {t for t, is_on in zip(complete, on_front(points), strict=True) if is_on} if points else set()


def with_comparisons(
    rows: Sequence[LeaderboardRow], comparisons: Sequence[Comparison], target: str, baseline: str | None
) -> list[LeaderboardRow]:
    """The rows with their stored comparisons by the target score.

    Comparisons with another leader or baseline are left out.

    baseline: the id of the baseline's trial.
    """
    leader = rows[0] if rows and rows[0].rank is not None else None
    stored = {(c.kind, c.trial_id, c.other_id): c for c in comparisons if c.score == target}
    compared = []
    for row in rows:
        to_leader = stored.get(("leader", row.trial.id, leader.trial.id)) if leader else None
        to_baseline = stored.get(("baseline", row.trial.id, baseline)) if baseline else None
        same = to_leader is not None and to_leader.better is None
        ranked = leader is not None and row.rank is not None and row.feasible == leader.feasible
        tied = row is leader or (ranked and same)
        compared.append(replace(row, to_leader=to_leader, to_baseline=to_baseline, tied=tied))
    return compared


def lacks_comparisons(rows: Sequence[LeaderboardRow], baseline: str | None) -> bool:
    """Whether a ranked row has no stored comparison with the present leader, or with the baseline.

    baseline: the id of the baseline's trial.
    """
    ranked = [row for row in rows if row.rank is not None]
    has_baseline = any(row.trial.id == baseline for row in ranked)
    return any(row.to_leader is None for row in ranked[1:]) or (
        has_baseline and any(row.to_baseline is None for row in ranked if row.trial.id != baseline)
    )


def win_share(choices: Preferred) -> tuple[float, float, float] | None:
    """(share of wins among wins and losses, low, high), by Wilson's 95 % interval (1927).

    "Both good" and "both bad" count for neither. None when there are no wins and no losses.
    """
    decided = choices.won + choices.lost
    if not decided:
        return None
    share = choices.won / decided
    return share, *wilson_bounds(share, decided)
