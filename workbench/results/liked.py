"""Estimates which share of an experiment's answers people would like, and keeps the estimates.
Knows nothing about the statistics: analysis/liked/ has them."""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.analysis.axes import facts_of
from workbench.analysis.liked.types import Answers, Choice, LikedEstimates, Thumb
from workbench.fingerprint import fingerprint
from workbench.store.database import Store
from workbench.store.experiments import get_experiment
from workbench.store.learning import liked as stored
from workbench.store.learning.tables import LikedRow
from workbench.store.questions import get_question_headers
from workbench.store.records import ACTIVE, TrialRecord
from workbench.store.trials import get_trials

VERSION = 2
"""Raised when the same ratings and answers give other estimates."""
MOST_ANSWERS = 60_000
"""With more answers than this, the shares are estimated on a sample of the questions."""
FEWEST_QUESTIONS = 40
"""So many questions of a part are looked at, however many trials there are."""
AT_ONCE = 10_000
"""With more answers than this, pages leave the estimating to the worker."""
REFUSED = "declined"
"""What is known of every answer beside its scores: whether it declines."""


@dataclass(frozen=True)
class _Kept:
    version: tuple[Any, ...]
    estimates: LikedEstimates | None


_kept: dict[tuple[str, str], _Kept] = {}
_last: dict[tuple[str, str], tuple[str, LikedEstimates]] = {}
"""The stored estimates that were read last, with their basis."""
_MOST_KEPT = 50
_lock = threading.Lock()  # pages are drawn in threads


def read_liked(store: Store, experiment_id: str) -> LikedEstimates | None:
    """The estimates as the ratings and answers are now; None where nothing of the experiment is rated.

    Costs a few small queries when neither has changed, else about a second for 10,000 answers and 20 seconds
    for 200,000 with 600 ratings.
    """
    now = _look(store, experiment_id)
    if now.kept is not None:
        return now.kept.estimates
    return _keep(now, _find_or_estimate(store, now))


def read_last_liked(store: Store, experiment_id: str) -> LikedEstimates | None:
    """The same for pages, which must not wait: where making them anew takes long, the last that were made."""
    now = _look(store, experiment_id)
    if now.kept is not None:
        return now.kept.estimates
    if not now.takes_long:
        return _keep(now, _find_or_estimate(store, now))
    ratings = stored.find_ratings_of(store, experiment_id)
    if not ratings.thumbs and not ratings.choices:
        return _keep(now, None)
    row = stored.find_liked(store, experiment_id)
    if row is not None and row.basis == _basis(ratings, now.answers):
        return _keep(now, _read_row(store, row))
    return _read_row(store, row) if row is not None else None


def refresh_liked(store: Store, experiment_id: str) -> None:
    """Have the present estimates stored."""
    read_liked(store, experiment_id)


def find_outdated(store: Store, experiment_id: str) -> str | None:
    """What names the present ratings and answers, where `read_last_liked` gives the estimates of former ones;
    None where it gives those of the present."""
    if _look(store, experiment_id).kept is None:
        read_last_liked(store, experiment_id)
    now = _look(store, experiment_id)
    return None if now.kept is not None else fingerprint(list(map(str, now.version)))


def has_ratings(store: Store, experiment_id: str) -> bool:
    """Whether something of the experiment is rated, by somebody whose ratings count."""
    ratings = stored.find_ratings_of(store, experiment_id)
    return bool(ratings.thumbs or ratings.choices)


@dataclass(frozen=True)
class _Now:
    """How an experiment stands."""

    key: tuple[str, str]
    answers: tuple[Any, ...]
    """The version of its answers."""
    version: tuple[Any, ...]
    """That of all ratings and its answers."""
    kept: _Kept | None
    """What this process keeps, if it is of that version."""
    takes_long: bool
    """Whether estimating takes longer than a page may: there are many answers, or more come all the time."""


def _look(store: Store, experiment_id: str) -> _Now:
    record = get_experiment(store, experiment_id)
    is_active = record.state in ACTIVE
    answers = stored.answers_version(store, record.id, count=is_active)
    version = (*stored.ratings_version(store), *answers)
    kept = _kept.get((store.address, record.id))
    kept = kept if kept is not None and kept.version == version else None
    return _Now((store.address, record.id), answers, version, kept, is_active or answers[0] > AT_ONCE)


def _keep(now: _Now, estimates: LikedEstimates | None) -> LikedEstimates | None:
    with _lock:
        _kept.pop(now.key, None)
        _kept[now.key] = _Kept(now.version, estimates)
        while len(_kept) > _MOST_KEPT:
            del _kept[next(iter(_kept))]
    return estimates


def _read_row(store: Store, row: LikedRow) -> LikedEstimates:
    """The estimates of a stored row, read once."""
    from workbench.analysis.liked.liked_json import from_json

    key = (store.address, row.experiment_id)
    last = _last.get(key)
    if last is None or last[0] != row.basis:
        last = (row.basis, from_json(row.found))
        with _lock:
            _last[key] = last
            while len(_last) > _MOST_KEPT:
                del _last[next(iter(_last))]
    return last[1]


def _basis(ratings: stored.Ratings, answers: tuple[Any, ...]) -> str:
    return fingerprint(VERSION, list(ratings.thumbs), list(ratings.choices), list(answers))


def _find_or_estimate(store: Store, now: _Now) -> LikedEstimates | None:
    from workbench.analysis.liked.liked_json import from_json, to_json

    experiment_id = now.key[1]
    ratings = stored.find_ratings_of(store, experiment_id)
    row = stored.find_liked(store, experiment_id)
    if not ratings.thumbs and not ratings.choices:
        if row is not None:
            with store.write() as session:
                stored.delete_liked(session, experiment_id)
        return None
    basis = _basis(ratings, now.answers)
    if row is not None and row.basis == basis:
        return _read_row(store, row)
    from workbench.analysis.liked.estimate import estimate_liked

    thumbs, choices = read_ratings(ratings)
    estimates = estimate_liked(read_answers(store, experiment_id, ratings), thumbs, choices)
    if estimates is None:
        return None
    found = to_json(estimates)
    with store.write() as session:
        stored.write_liked(session, experiment_id, basis, found)
    return from_json(found)


def read_ratings(ratings: stored.Ratings) -> tuple[list[Thumb], list[Choice]]:
    """The ratings as the estimates take them."""
    return (
        [Thumb(*thumb) for thumb in ratings.thumbs],
        [Choice(rater, first, second, outcome) for rater, first, second, outcome in ratings.choices],  # type: ignore[arg-type]
    )


def read_answers(store: Store, experiment_id: str, ratings: stored.Ratings) -> Answers:
    """The answers that the shares are about, or those to a sample of the questions, with their scores; and
    all answers that show something rated, for what those ratings tell."""
    trials = get_trials(store, experiment_id)
    headers = get_question_headers(store, experiment_id)
    clusters: dict[str, int] = {}
    for header in headers:
        clusters.setdefault(header.cluster, len(clusters))
    sampled = _sample(store, experiment_id, {h.id: h.part for h in headers})
    seen = {s for _, s, _ in ratings.thumbs} | {s for _, *sides, _ in ratings.choices for s in sides}
    lines, scores = stored.read_answer_lines(store, experiment_id, sampled, seen)
    asked = {line.question_id for line in lines}
    questions = [h for h in headers if h.id in asked]
    return _columns(
        trials,
        {h.id: clusters[h.cluster] for h in questions},
        tuple(h.part if sampled is None or h.id in sampled else "" for h in questions),
        lines,
        scores,
    )


def _sample(store: Store, experiment_id: str, part_of: dict[str, str]) -> set[str] | None:
    """The questions on which shares are estimated; None for all. The same ones each time."""
    counted = stored.count_answers_by_trial(store, experiment_id)
    total = sum(sum(by_trial.values()) for by_trial in counted.values())
    if total <= MOST_ANSWERS:
        return None
    sampled: set[str] = set()
    for part in stored.PARTS:
        ids = sorted(id_ for id_, p in part_of.items() if p == part)
        share = MOST_ANSWERS / total
        count = min(len(ids), max(FEWEST_QUESTIONS, math.floor(share * len(ids))))
        sampled.update(random.Random(fingerprint(part, ids)).sample(ids, count))
    return sampled


def _columns(
    trials: list[TrialRecord],
    clusters: dict[str, int],
    parts: tuple[str, ...],
    lines: list[stored.AnswerLine],
    scores: Collection[tuple[int, str, float]],
) -> Answers:
    """clusters: question id → the number of its cluster, in the order of `parts`."""
    trial_at = {trial.id: n for n, trial in enumerate(trials)}
    question_at = {id_: n for n, id_ in enumerate(clusters)}
    lines = [line for line in lines if line.question_id in question_at]
    lines.sort(key=lambda line: (trial_at[line.trial_id], question_at[line.question_id], line.id))
    seen = {key: n for n, key in enumerate(dict.fromkeys(line.seen for line in lines))}
    names = sorted({name for _, name, _ in scores})
    name_at = {name: n for n, name in enumerate(names)}
    row_at = {line.id: n for n, line in enumerate(lines)}
    values = np.full((len(lines), len(names) + 1), np.nan)
    values[:, -1] = [line.refused for line in lines]
    for answer_id, name, value in scores:
        if answer_id in row_at:
            values[row_at[answer_id], name_at[name]] = value
    facts = tuple(facts_of(trial.config) if trial.config.has_settings else {} for trial in trials)
    keys = dict.fromkeys(key for each in facts for key in each)
    return Answers(
        trial_ids=tuple(trial.id for trial in trials),
        facts=tuple({key: each.get(key) for key in keys} for each in facts),
        question_ids=tuple(clusters),
        parts=parts,
        clusters=np.array(list(clusters.values()), dtype=np.intp),
        seen=tuple(seen),
        trial=np.array([trial_at[line.trial_id] for line in lines], dtype=np.intp),
        question=np.array([question_at[line.question_id] for line in lines], dtype=np.intp),
        item=np.array([seen[line.seen] for line in lines], dtype=np.intp),
        scores=values,
        score_names=(*names, REFUSED),
    )
