"""Holds the scores of judges, and the free ones, to people's thumbs: from what is stored, without a call.
Knows nothing about how a judge is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as sqlalchemy_select
from sqlmodel import col, select

from workbench.analysis.detection import Detection, detect, one_class
from workbench.analysis.threshold import Threshold, find_threshold
from workbench.corpus.types import PROBE
from workbench.lru_cache import LruCache
from workbench.space.scores import more_is_better
from workbench.store.database import Store
from workbench.store.dialects.sql import distinct_texts
from workbench.store.learning.raters import counts
from workbench.store.learning.tables import LeftOutRaterRow
from workbench.store.ledger import batched
from workbench.store.tables import AnswerRow, RatingRow, ScoreRow


@dataclass(frozen=True)
class JudgeAgreement:
    """How well one score tells the answers that people like from those that they do not."""

    score: str
    judge: str
    """The name of the judge; "" for a score that asks none."""
    detection: Detection
    """On the rated answers that have this score; right is liked. A score of which less is better is turned
    round."""
    threshold: Threshold | None
    """From where on an answer counts as liked; None where too few are rated for one."""
    problem: str
    """Why there is no AUROC, in words; "" where there is one."""

    def to_json(self) -> dict[str, Any]:
        return {
            "score": self.score,
            "judge": self.judge or None,
            "ratings": self.detection.count,
            "liked": self.detection.right,
            "auroc": self.detection.auroc,
            "low": self.detection.low,
            "high": self.detection.high,
            "threshold": None if self.threshold is None else self.threshold.to_json(),
            "problem": self.problem,
        }


_Values = dict[str, float]
"""What was seen → the score's value."""
_FOUND: LruCache[tuple[str, tuple[Any, ...]], list[JudgeAgreement]] = LruCache(4)


def find_judge_agreement(store: Store) -> list[JudgeAgreement]:
    """Each score that rated answers have, by judge; the one that agrees best first. Ratings by majority; a
    tie does not count, and neither do raters who are left out. Answers about one question go together."""
    key = (store.address, _mark(store))
    found = _FOUND.find(key)
    if found is None:
        found = _compute(store)
        _FOUND.keep(key, found)
    return found


def _mark(store: Store) -> tuple[Any, ...]:
    """What changes when ratings, raters left out or answers do."""
    with store.read() as session:
        ratings = session.execute(
            sqlalchemy_select(
                func.count(), func.max(col(RatingRow.updated_at)), func.sum(col(RatingRow.value))
            )
        ).one()
        left_out = session.exec(select(distinct_texts(LeftOutRaterRow.name))).one()
        answers = session.exec(select(func.max(AnswerRow.id))).one()
    return (*ratings, left_out, answers)


def _compute(store: Store) -> list[JudgeAgreement]:
    liked = find_labels(store)
    values, questions = _read_values(store, liked)
    found = [_agreement(name, judge, of_seen, liked, questions) for (name, judge), of_seen in values.items()]
    return sorted(found, key=lambda a: (-(a.detection.auroc or 0.0), -a.detection.count, a.score, a.judge))


def find_labels(store: Store) -> dict[str, bool]:
    """What was seen → whether most raters like it; ties are left out."""
    query = (
        sqlalchemy_select(col(RatingRow.seen), func.sum(col(RatingRow.value)))
        .where(counts(RatingRow.rater))
        .group_by(col(RatingRow.seen))
    )
    with store.read() as session:
        return {seen: total > 0 for seen, total in session.execute(query) if total}


def _read_values(store: Store, seen: Iterable[str]) -> tuple[dict[tuple[str, str], _Values], dict[str, str]]:
    """((score, judge) → its values, what was seen → its question)."""
    sums: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    questions: dict[str, str] = {}
    detail: Any = col(ScoreRow.detail)
    query: Any = (
        sqlalchemy_select(
            col(AnswerRow.seen),
            func.min(col(AnswerRow.question_id)),
            col(ScoreRow.name),
            detail["judging"]["judge"].as_string().label("judge"),
            detail["escalated"].as_boolean().label("escalated"),
            func.avg(col(ScoreRow.value)),
            func.avg(detail["free"].as_float()),
        )
        .join(ScoreRow, col(ScoreRow.answer_id) == col(AnswerRow.id))
        .where(col(ScoreRow.status) == "ok", col(AnswerRow.part) != PROBE)
        .group_by(col(AnswerRow.seen), col(ScoreRow.name), "judge", "escalated")
    )
    with store.read() as session:
        for batch in batched(seen):
            rows = session.execute(query.where(col(AnswerRow.seen).in_(batch)))
            for key, question, name, judge, escalated, value, free in rows:
                questions[key] = question
                sums[name, judge or ""][key].append(value)
                if escalated is not None:  # a ladder: its free score stands on its own, too
                    sums[name, ""][key].append(value if free is None else free)
    means = {
        which: {key: sum(found) / len(found) for key, found in of_seen.items()}
        for which, of_seen in sums.items()
    }
    return means, questions


def _agreement(
    name: str, judge: str, values: _Values, liked: dict[str, bool], questions: dict[str, str]
) -> JudgeAgreement:
    keys = sorted(values)
    sign = 1.0 if more_is_better(name) else -1.0
    numbers, labels = [sign * values[key] for key in keys], [liked[key] for key in keys]
    groups = [questions[key] for key in keys]
    threshold = find_threshold(numbers, labels, groups) if sign > 0 else None
    return JudgeAgreement(
        name,
        judge,
        detect(numbers, labels, groups),
        threshold,
        one_class(labels, "good", "bad").split(":")[0] if one_class(labels) else "",
    )
