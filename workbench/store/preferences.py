"""People's choices between two answers to one question, one a rater and pair seen.
Knows nothing about which configurations the answers came from, nor what choices are used for."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from sqlalchemy import union
from sqlmodel import col, delete, select

from workbench.store.database import Store
from workbench.store.figures import Preferred
from workbench.store.records import Preference
from workbench.store.tables import AnswerRow, PreferenceRow, TrialRow


def in_order(preference: Preference) -> Preference:
    """The same choice with its two sides in the order they are stored in, whichever was shown left."""
    if preference.first_seen <= preference.second_seen:
        return preference
    turned = {"first": "second", "second": "first"}
    return Preference(
        first_seen=preference.second_seen,
        second_seen=preference.first_seen,
        rater=preference.rater,
        choice=turned.get(preference.choice, preference.choice),  # type: ignore[arg-type]
        comment=preference.comment,
        question=preference.question,
        first_answer=preference.second_answer,
        second_answer=preference.first_answer,
        updated_at=preference.updated_at,
    )


def put_preference(store: Store, preference: Preference) -> None:
    """Store or change a rater's choice. Sending the same again changes nothing."""
    wanted = in_order(preference)
    with store.write() as session:
        row = session.exec(
            select(PreferenceRow).where(
                PreferenceRow.first_seen == wanted.first_seen,
                PreferenceRow.second_seen == wanted.second_seen,
                PreferenceRow.rater == wanted.rater,
            )
        ).first()
        if row is None:
            row = PreferenceRow(
                first_seen=wanted.first_seen,
                second_seen=wanted.second_seen,
                rater=wanted.rater,
                choice=wanted.choice,
                question=wanted.question,
                first_answer=wanted.first_answer,
                second_answer=wanted.second_answer,
            )
        elif (row.choice, row.comment) == (wanted.choice, wanted.comment):
            return
        row.choice, row.comment, row.updated_at = wanted.choice, wanted.comment, time.time()
        session.add(row)


def withdraw_preference(store: Store, one_seen: str, other_seen: str, rater: str) -> None:
    first, second = sorted((one_seen, other_seen))
    with store.write() as session:
        session.execute(
            delete(PreferenceRow).where(
                col(PreferenceRow.first_seen) == first,
                col(PreferenceRow.second_seen) == second,
                col(PreferenceRow.rater) == rater,
            )
        )


def list_preferences(store: Store, rater: str | None = None) -> list[Preference]:
    """Every choice, or one rater's, oldest first."""
    query = select(PreferenceRow).order_by(col(PreferenceRow.created_at))
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
            )
            for row in session.exec(query)
        ]


def count_preferences(store: Store, experiment_id: str) -> dict[str, Preferred]:
    """Trial id → what people chose between its answers and those of other trials of the experiment.

    A choice counts once for each trial that shows one of its two sides, whoever shows the other.
    """
    chosen = select(PreferenceRow.first_seen, PreferenceRow.second_seen, PreferenceRow.choice)
    # Of any experiment: asked for one's answers, SQLite would go through all of those.
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
    found: dict[str, Counter[str]] = {}
    for first_seen, second_seen, choice in choices:
        first, second = shows.get(first_seen, set()), shows.get(second_seen, set())
        for own, other, mine, theirs in (
            (first, second, "first", "second"),
            (second, first, "second", "first"),
        ):
            words = {mine: "won", theirs: "lost", "good": "both_good", "bad": "both_bad"}
            for trial_id in _beside(own, other):
                found.setdefault(trial_id, Counter())[words[choice]] += 1
    return {trial_id: Preferred(**counts) for trial_id, counts in found.items()}


def _sides() -> Any:
    """What was seen on either side of a choice."""
    return union(select(PreferenceRow.first_seen), select(PreferenceRow.second_seen))


def _beside(own: set[tuple[str, str]], other: set[tuple[str, str]]) -> set[str]:
    """The trials of (trial, question) for which another trial is among the others with the same question."""
    trials: dict[str, set[str]] = {}
    for trial_id, question_id in other:
        trials.setdefault(question_id, set()).add(trial_id)
    return {trial_id for trial_id, question_id in own if trials.get(question_id, set()) - {trial_id}}
