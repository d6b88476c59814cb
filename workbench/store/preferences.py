"""Stores people's choices between two answers to one question: one per rater and pair of answers.
Knows nothing about what choices are used for."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from typing import Any

from sqlalchemy import union
from sqlmodel import col, delete, select

from workbench.store.database import Store
from workbench.store.figures import Preferred
from workbench.store.learning.raters import counts
from workbench.store.questions import history_values, read_history
from workbench.store.records import Preference
from workbench.store.tables import AnswerRow, PreferenceRow, TrialRow


def in_order(preference: Preference) -> Preference:
    """The same choice with its two sides in the order of storage, whichever was shown on the left."""
    if preference.first_seen <= preference.second_seen:
        return preference
    opposite = {"first": "second", "second": "first"}
    return replace(
        preference,
        first_seen=preference.second_seen,
        second_seen=preference.first_seen,
        choice=opposite.get(preference.choice, preference.choice),  # type: ignore[arg-type]
        first_answer=preference.second_answer,
        second_answer=preference.first_answer,
    )


def put_preference(store: Store, preference: Preference) -> None:
    """Store or change a rater's choice. Sending the same again changes nothing."""
    ordered = in_order(preference)
    with store.write() as session:
        row = session.exec(
            select(PreferenceRow).where(
                PreferenceRow.first_seen == ordered.first_seen,
                PreferenceRow.second_seen == ordered.second_seen,
                PreferenceRow.rater == ordered.rater,
            )
        ).first()
        if row is None:
            row = PreferenceRow(
                first_seen=ordered.first_seen,
                second_seen=ordered.second_seen,
                rater=ordered.rater,
                choice=ordered.choice,
                question=ordered.question,
                first_answer=ordered.first_answer,
                second_answer=ordered.second_answer,
                history=history_values(ordered.history),
                tags=[],
            )
        elif (row.choice, row.comment, tuple(row.tags), row.better_answer) == (
            ordered.choice, ordered.comment, ordered.tags, ordered.better_answer,
        ):  # fmt: skip
            return
        row.choice, row.comment, row.updated_at = (
            ordered.choice,
            ordered.comment,
            ordered.updated_at or time.time(),
        )
        row.tags, row.better_answer = list(ordered.tags), ordered.better_answer
        session.add(row)


def withdraw_preference(store: Store, first_seen: str, second_seen: str, rater: str) -> None:
    """Delete a rater's choice between two answers, given in either order."""
    first, second = sorted((first_seen, second_seen))
    with store.write() as session:
        session.execute(
            delete(PreferenceRow).where(
                col(PreferenceRow.first_seen) == first,
                col(PreferenceRow.second_seen) == second,
                col(PreferenceRow.rater) == rater,
            )
        )


def list_preferences(store: Store, rater: str | None = None, *, counted: bool = False) -> list[Preference]:
    """List all choices, or those of one rater, oldest first.

    counted: only those that count, not those of raters who are left out.
    """
    query = select(PreferenceRow).order_by(col(PreferenceRow.created_at), col(PreferenceRow.id))
    if counted:
        query = query.where(counts(PreferenceRow.rater))
    if rater is not None:
        query = query.where(PreferenceRow.rater == rater)
    with store.read() as session:
        return [
            Preference(
                first_seen=row.first_seen,
                second_seen=row.second_seen,
                rater=row.rater,
                choice=row.choice,  # type: ignore[arg-type]
                comment=row.comment,
                question=row.question,
                first_answer=row.first_answer,
                second_answer=row.second_answer,
                updated_at=row.updated_at,
                history=read_history(row.history),
                tags=tuple(row.tags),
                better_answer=row.better_answer,
            )
            for row in session.exec(query)
        ]


def count_preferences(store: Store, experiment_id: str) -> dict[str, Preferred]:
    """Trial id → what people chose between its answers and those of other trials of the experiment.

    A choice counts once for each trial that shows one of its sides, if another trial shows the other side.
    """
    chosen = select(PreferenceRow.first_seen, PreferenceRow.second_seen, PreferenceRow.choice).where(
        counts(PreferenceRow.rater)
    )
    # Of all experiments: with a condition on one, SQLite would scan all of its answers.
    shown = select(AnswerRow.seen, AnswerRow.trial_id, AnswerRow.question_id).where(
        col(AnswerRow.seen).in_(_sides())
    )
    shows: dict[str, set[tuple[str, str]]] = {}
    with store.read() as session:
        choices = session.exec(chosen).all()
        trials = set(session.exec(select(TrialRow.id).where(TrialRow.experiment_id == experiment_id)))
        for seen, trial_id, question_id in session.exec(shown):
            if trial_id in trials:
                shows.setdefault(seen, set()).add((trial_id, question_id))
    counters: dict[str, Counter[str]] = {}
    for first_seen, second_seen, choice in choices:
        first, second = shows.get(first_seen, set()), shows.get(second_seen, set())
        for side, opponents, win, loss in (
            (first, second, "first", "second"),
            (second, first, "second", "first"),
        ):
            outcomes = {win: "won", loss: "lost", "good": "both_good", "bad": "both_bad"}
            for trial_id in _with_opponent(side, opponents):
                counters.setdefault(trial_id, Counter())[outcomes[choice]] += 1
    return {trial_id: Preferred(**counter) for trial_id, counter in counters.items()}


def _sides() -> Any:
    """The `seen` keys on either side of any choice, as SQL."""
    return union(select(PreferenceRow.first_seen), select(PreferenceRow.second_seen))


def _with_opponent(side: set[tuple[str, str]], opponents: set[tuple[str, str]]) -> set[str]:
    """The trials of `side` that have another trial among the opponents, for the same question.

    side, opponents: (trial id, question id).
    """
    trials: dict[str, set[str]] = {}
    for trial_id, question_id in opponents:
        trials.setdefault(question_id, set()).add(trial_id)
    return {trial_id for trial_id, question_id in side if trials.get(question_id, set()) - {trial_id}}
