"""Finds what shows a text that was rated elsewhere, and attaches ratings to what came to show their text.
Knows nothing about files: what was asked and answered goes in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import exists, func, not_
from sqlalchemy import select as sqlalchemy_select
from sqlmodel import col, select

from workbench.corpus.types import PROBE, AskedQuestion, History
from workbench.store.call_texts import answer_columns, read_answer
from workbench.store.database import Store
from workbench.store.dialects.sql import among
from workbench.store.ledger import batched
from workbench.store.questions import read_history
from workbench.store.ratings import put_ratings, rating_of_row, withdraw_rating
from workbench.store.records import Rating
from workbench.store.serving.tables import ServedRequestRow
from workbench.store.tables import AnswerRow, CallRow, ExperimentQuestionRow, RankingRow, RatingRow, TrialRow

AskedKey = tuple[tuple[str, ...], str]
"""What was asked with all white space alike: the turns before it, and the question."""
TextKey = tuple[AskedKey, str]
"""What was asked and what was answered, with all white space alike."""


@dataclass(frozen=True)
class Shown:
    """Something that a home shows: an answer of an experiment or of a service."""

    seen: str
    """Hash of what is seen (`seen_key`)."""
    asked: AskedQuestion
    answer: str
    passages: tuple[str, ...]
    """Keys of the passages that are shown with it."""


def even(text: str) -> str:
    """The text with each run of white space as one space: what decides whether two texts are the same."""
    return " ".join(text.split())


def asked_key(text: str, history: History) -> AskedKey:
    return tuple(even(turn.text) for turn in history), even(text)


def text_key(asked: AskedQuestion, answer: str) -> TextKey:
    """What a rating is matched by."""
    return asked_key(asked.text, asked.history), even(answer)


def find_shown(
    store: Store, texts: Iterable[TextKey], *, experiment_id: str | None = None
) -> dict[TextKey, list[Shown]]:
    """Text → all that shows it, once for each set of passages; texts that nothing shows are left out.

    experiment_id: look at this experiment only; None for all of them and for what services answered.
    """
    wanted: dict[AskedKey, set[str]] = {}
    for asked, answer in texts:
        wanted.setdefault(asked, set()).add(answer)
    found: dict[TextKey, list[Shown]] = {}
    if wanted:
        _in_experiments(store, wanted, found, experiment_id)
    if wanted and experiment_id is None:
        _in_requests(store, wanted, found)
    return found


def _in_experiments(
    store: Store,
    wanted: Mapping[AskedKey, set[str]],
    found: dict[TextKey, list[Shown]],
    experiment_id: str | None,
) -> None:
    row = ExperimentQuestionRow
    questions = select(row.experiment_id, row.question_id, row.text, row.history).where(row.part != PROBE)
    if experiment_id is not None:
        questions = questions.where(row.experiment_id == experiment_id)
    by_experiment: dict[str, dict[str, AskedQuestion]] = {}
    with store.read() as session:
        for experiment, question_id, text, turns in session.execute(questions):
            asked = AskedQuestion(text, read_history(turns))
            if asked_key(text, asked.history) in wanted:
                by_experiment.setdefault(experiment, {})[question_id] = asked
    for experiment, asked_by_id in by_experiment.items():
        for ids in batched(asked_by_id):
            _in_answers(store, experiment, {id_: asked_by_id[id_] for id_ in ids}, wanted, found)


def _in_answers(
    store: Store,
    experiment_id: str,
    asked: Mapping[str, AskedQuestion],
    wanted: Mapping[AskedKey, set[str]],
    found: dict[TextKey, list[Shown]],
) -> None:
    trials = select(TrialRow.id).where(TrialRow.experiment_id == experiment_id)
    first = (
        sqlalchemy_select(
            func.min(col(AnswerRow.id)).label("id"), col(AnswerRow.question_id).label("question_id")
        )
        .where(
            col(AnswerRow.trial_id).in_(trials),
            among(AnswerRow.question_id, asked),
            col(AnswerRow.state) == "ok",
            col(AnswerRow.part) != PROBE,
        )
        .group_by(col(AnswerRow.question_id), col(AnswerRow.seen))
        .subquery()
    )
    answers: Any = (
        sqlalchemy_select(
            first.c.question_id,
            col(AnswerRow.seen),
            col(AnswerRow.passages),
            col(AnswerRow.ranking_key),
            *answer_columns(),
        )
        .join(AnswerRow, col(AnswerRow.id) == first.c.id)
        .join(CallRow, col(CallRow.id) == col(AnswerRow.call_id))
    )
    matched: list[tuple[TextKey, str, AskedQuestion, str, int, str | None]] = []
    with store.read() as session:
        for question_id, seen, passages, ranking, text, is_old in session.execute(answers):
            answer, question = read_answer(text, is_old), asked[question_id]
            key = text_key(question, answer)
            if key[1] in wanted[key[0]]:
                matched.append((key, seen, question, answer, passages, ranking))
        rankings: dict[str, list[Any]] = {}
        for batch in batched({m[5] for m in matched if m[5]}):
            query = select(RankingRow.key, RankingRow.items).where(col(RankingRow.key).in_(batch))
            rankings |= dict(session.execute(query).all())
    for key, seen, question, answer, passages, ranking in matched:
        keys = tuple(str(item[0]) for item in rankings.get(ranking or "", [])[:passages])
        _add(found, key, Shown(seen, question, answer, keys))


def _in_requests(
    store: Store, wanted: Mapping[AskedKey, set[str]], found: dict[TextKey, list[Shown]]
) -> None:
    row = ServedRequestRow
    asked_by = {question for _, question in wanted}
    # All of them, since SQLite does not know all the white space of Unicode.
    questions: Any = sqlalchemy_select(col(row.id), col(row.question)).where(
        col(row.state) == "ok", col(row.seen) != "", col(row.role) != "shadow"
    )
    columns = (col(row.seen), col(row.question), col(row.history), col(row.answer), col(row.passages))
    with store.read() as session:
        ids = [id_ for id_, text in session.execute(questions).yield_per(10_000) if even(text) in asked_by]
        for batch in batched(ids):
            query: Any = sqlalchemy_select(*columns).where(col(row.id).in_(batch))
            for seen, question, turns, answer, passages in session.execute(query):
                asked = AskedQuestion(question, read_history(turns))
                key = text_key(asked, answer)
                if key[1] in wanted.get(key[0], ()):
                    _add(found, key, Shown(seen, asked, answer, tuple(passages)))


def _add(found: dict[TextKey, list[Shown]], key: TextKey, shown: Shown) -> None:
    if all(shown.seen != other.seen for other in found.setdefault(key, [])):
        found[key].append(shown)


def on_shown(rating: Rating, shown: Sequence[Shown]) -> list[Rating]:
    """The same rating on each of these."""
    return [
        replace(
            rating,
            seen=one.seen,
            question=one.asked.text,
            history=one.asked.history,
            answer=one.answer,
            passages=one.passages,
        )
        for one in shown
    ]


def attach_ratings(store: Store, experiment_id: str) -> int:
    """Attach imported ratings whose text nothing showed so far to the answers of an experiment that show it
    now; returns how many ratings were attached."""
    loose = find_loose(store)
    found = find_shown(
        store,
        (text_key(AskedQuestion(r.question, r.history), r.answer) for r in loose),
        experiment_id=experiment_id,
    )
    attached = 0
    for rating in loose:
        shown = found.get(text_key(AskedQuestion(rating.question, rating.history), rating.answer))
        if shown:
            put_ratings(store, on_shown(rating, shown))
            withdraw_rating(store, rating.seen, rating.rater)
            attached += 1
    return attached


def find_loose(store: Store) -> list[Rating]:
    """The imported ratings on texts that neither an experiment nor a service shows."""
    key = col(RatingRow.seen)
    query = select(RatingRow).where(
        RatingRow.source != "",
        not_(exists().where(col(AnswerRow.seen) == key)),
        not_(exists().where(col(ServedRequestRow.seen) == key)),
    )
    with store.read() as session:
        return [rating_of_row(row) for row in session.exec(query)]
