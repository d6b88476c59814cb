"""PROVISIONAL, replaced by branch liked: estimates which share of an experiment's answers people would like.
Knows nothing about the statistics: analysis/liked/ has them."""

from __future__ import annotations

import numpy as np
from sqlmodel import col, select

from workbench.analysis.axes import facts_of
from workbench.analysis.liked.estimate import estimate_liked
from workbench.analysis.liked.types import Answers, Choice, LikedEstimates, Thumb
from workbench.store.database import Store
from workbench.store.preferences import list_preferences
from workbench.store.questions import get_clusters
from workbench.store.ratings import list_ratings
from workbench.store.tables import AnswerRow, ScoreRow, TrialRow
from workbench.store.trials import get_trials

_CACHE: dict[object, LikedEstimates | None] = {}
_SCORES = ("correctness", "grounding", "refusal")


def read_liked(store: Store, experiment_id: str) -> LikedEstimates | None:
    """The estimates as the ratings are now; None where nothing of the experiment is rated."""
    ratings, choices = list_ratings(store, counted=True), list_preferences(store, counted=True)
    if not ratings and not choices:
        return None
    columns = (AnswerRow.id, AnswerRow.trial_id, AnswerRow.question_id, AnswerRow.part, AnswerRow.seen)
    with store.read() as session:
        rows = session.execute(
            select(*columns)
            .join(TrialRow, col(TrialRow.id) == col(AnswerRow.trial_id))
            .where(TrialRow.experiment_id == experiment_id, AnswerRow.state == "ok")
            .where(col(AnswerRow.part).in_(("search", "holdout")))
        ).all()
        scored = session.execute(
            select(ScoreRow.answer_id, ScoreRow.name, ScoreRow.value).where(
                col(ScoreRow.name).in_(_SCORES), ScoreRow.status == "ok"
            )
        ).all()
    thumbs = tuple(Thumb(r.rater, r.seen, r.value > 0) for r in ratings)
    chosen = tuple(Choice(p.rater, p.first_seen, p.second_seen, p.choice) for p in choices)
    key = (store.path, experiment_id, len(rows), thumbs, chosen)
    if key in _CACHE:
        return _CACHE[key]
    trials = get_trials(store, experiment_id)
    trial = {t.id: i for i, t in enumerate(trials)}
    questions = {row[2]: row[3] for row in rows}
    question = {q: i for i, q in enumerate(questions)}
    seen = {s: i for i, s in enumerate(dict.fromkeys(row[4] for row in rows))}
    clusters, names = get_clusters(store, experiment_id), {}
    numbers = [names.setdefault(clusters.get(q) or ("alone", q), len(names)) for q in questions]
    scores, place = np.full((len(rows), len(_SCORES)), np.nan), {row[0]: i for i, row in enumerate(rows)}
    for answer_id, name, value in scored:
        if answer_id in place:
            scores[place[answer_id], _SCORES.index(name)] = value
    answers = Answers(
        tuple(trial), tuple(facts_of(t.config) for t in trials), tuple(questions), tuple(questions.values()),
        np.array(numbers, dtype=np.intp), tuple(seen),
        np.array([trial[row[1]] for row in rows], dtype=np.intp),
        np.array([question[row[2]] for row in rows], dtype=np.intp),
        np.array([seen[row[4]] for row in rows], dtype=np.intp), scores, _SCORES,
    )  # fmt: skip
    _CACHE[key] = estimate_liked(answers, thumbs, chosen) if rows else None
    return _CACHE[key]
