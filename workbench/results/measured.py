"""Reads the figures of trials: those that are stored, and the estimated share of liked answers among them.
Knows nothing about ranking. Whatever ranks, shows or exports trials reads their figures here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.analysis.liked.figures import figure_of
from workbench.space.experiment import Objective
from workbench.space.scores import LIKED
from workbench.store import standings as stored_standings
from workbench.store import summaries as stored
from workbench.store import usage
from workbench.store.database import Store
from workbench.store.figures import Summary
from workbench.store.standings import Standing
from workbench.store.usage import ConfigCondition, TrialFigures

if TYPE_CHECKING:
    from workbench.analysis.liked.types import LikedEstimates

NO_RATINGS = "Nobody has rated an answer of this experiment yet."
WHAT_TO_DO = "rate some answers, on the page Review or with the command rate."


def find_liked(store: Store, experiment_id: str) -> LikedEstimates | None:
    """The estimates of the shares, those that were made last where new ones take long; None without any.

    What has to have the present ones calls `results.liked.read_liked` before. That needs numpy, which the
    first page does without.
    """
    from workbench.results.liked import read_last_liked

    return read_last_liked(store, experiment_id)


def get_summaries(
    store: Store, experiment_id: str, scores: Sequence[str] | None = None
) -> dict[str, dict[str, Summary]]:
    """Trial id → part → summary, with all scores or only those named in `scores`.

    `liked` is among the scores where people have rated something.
    """
    return read_summaries(store, experiment_id, scores)[0]


def read_summaries(
    store: Store, experiment_id: str, scores: Sequence[str] | None = None
) -> tuple[dict[str, dict[str, Summary]], LikedEstimates | None]:
    """The same, with the estimates that `liked` comes from; None where it is not known or not asked for."""
    summaries = stored.get_summaries(store, experiment_id, scores)
    liked = find_liked(store, experiment_id) if scores is None or LIKED in scores else None
    if liked is None:
        return summaries, None
    return {
        trial_id: {part: _with_liked(summary, liked) for part, summary in parts.items()}
        for trial_id, parts in summaries.items()
    }, liked


def get_standings(store: Store, experiment_id: str, scores: Sequence[str]) -> list[Standing]:
    """The trials that have answers, with what ranks them: their means of these scores."""
    standings = stored_standings.get_standings(store, experiment_id, scores)
    liked = find_liked(store, experiment_id) if LIKED in scores else None
    if liked is None:
        return standings
    return [replace(s, search=_with_liked(s.search, liked)) for s in standings]


def get_figures_of_uses(
    store: Store, experiment_ids: Sequence[str], names: Sequence[str], condition: ConfigCondition
) -> list[TrialFigures]:
    """The figures of every trial of these experiments, as `store.usage.get_figures` has them."""
    figures = usage.get_figures(store, experiment_ids, names, condition)
    liked = {id_: find_liked(store, id_) for id_ in experiment_ids} if LIKED in names else {}
    return [
        replace(trial, search=_with_liked(trial.search, estimates))
        if trial.search is not None and (estimates := liked.get(trial.experiment_id)) is not None
        else trial
        for trial in figures
    ]


def _with_liked(summary: Summary, liked: LikedEstimates) -> Summary:
    figure = figure_of(liked, summary.trial_id, summary.part)
    return summary if figure is None else replace(summary, scores={**summary.scores, LIKED: figure})


def version_of_liked(store: Store, experiment_id: str, objective: Objective) -> int | None:
    """A number that changes when ratings change what an objective ranks by; None where nothing does, because
    it does not name `liked` or nobody has rated an answer."""
    liked = find_liked(store, experiment_id) if LIKED in objective.names else None
    part = liked.parts.get("search") if liked else None
    return None if part is None else hash(tuple((trial.mean, trial.low) for trial in part.liked))


def describe_missing_ratings(store: Store, experiment_id: str, objective: Objective) -> list[str]:
    """That nothing is known of `liked`, which the objective names, and what to do; nothing once there are
    ratings."""
    from workbench.results.liked import has_ratings

    if LIKED not in objective.names or has_ratings(store, experiment_id):
        return []
    lacks = "nothing is ranked" if LIKED in objective.aims else "no configuration meets the constraint on it"
    return [f"{NO_RATINGS} Until somebody has, {LIKED} is unknown and {lacks}: {WHAT_TO_DO}"]
