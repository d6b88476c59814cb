"""Shows answers of two to six configurations side by side, question by question.
Knows nothing about which questions match or who is compared."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from workbench.store.matrix_types import Row, Scale
from workbench.store.records import AnswerRecord, ExperimentRecord, TrialRecord
from workbench.ui.compare.choice import LETTERS
from workbench.ui.compare.differences import word_marks
from workbench.ui.services import Services
from workbench.ui.widgets.earlier_turns import show_earlier_turns
from workbench.ui.widgets.figures import label_of
from workbench.ui.widgets.score_tint import TINT_STYLE, signed, tint_of, tinted_html
from workbench.ui.widgets.text import as_label, as_markdown, citations_of, show_text

ANSWER_LINES = 6


def show_side_by_side(
    services: Services,
    record: ExperimentRecord,
    trials: Sequence[TrialRecord],
    rows: Sequence[Row],
    scale: Scale,
) -> None:
    st.html(TINT_STYLE)
    ids = [trial.id for trial in trials]
    answers = services.comparisons.find_compared_answers(record.id, ids, [row.question_id for row in rows])
    for number, row in enumerate(rows, start=1):
        with st.container(border=True, key=f"compare-question-{number}"):
            _show_question(row, [answers.get((trial, row.question_id), []) for trial in ids], ids, scale)


def _show_question(
    row: Row, answers: Sequence[Sequence[AnswerRecord]], trial_ids: Sequence[str], scale: Scale
) -> None:
    first = next(of_trial[0] for of_trial in answers if of_trial)
    tags = f" · {as_label(', '.join(row.tags))}" if row.tags else ""
    reference = " / ".join(first.question.answers)
    show_earlier_turns(first.question.history)
    show_text(row.text)
    unanswerable = first.question.answerable is False
    right = "the documents do not answer it" if unanswerable else as_label(reference, 400)
    st.caption(f"Question {row.position + 1}{tags} · Reference: {right or 'none'}")
    base = answers[0][0].text if answers[0] else ""
    for at, place in enumerate(st.columns(len(trial_ids))):
        with place:
            _show_answer(row, answers[at], trial_ids[at], LETTERS[at], scale, base if at else None)


def _show_answer(
    row: Row, answers: Sequence[AnswerRecord], trial_id: str, letter: str, scale: Scale, base: str | None
) -> None:
    """Show one configuration's answer.

    answers: one per repeat; the first is shown.
    base: the baseline's answer, from which differing words are marked; None for the baseline itself.
    """
    if not answers:
        st.caption(f"**{letter}** · not asked")
        return
    cell, answer = row.cells[trial_id], answers[0]
    status = "failed" if cell.value is None and cell.failed else "ok"
    score = tinted_html(signed(scale.name, cell.value, status), tint_of(scale.name, cell.value, status))
    repeats = f" · first of {len(answers)} repeats, mean score" if len(answers) > 1 else ""
    st.html(f"<small><b>{letter}</b> {score} {html.escape(label_of(scale.name))}{repeats}</small>")
    if answer.state != "ok":
        st.caption(as_markdown(f"Failed: {answer.error}"))
        return
    changed = word_marks(answer.text, base) if base is not None else []
    show_text(
        answer.text or "(an empty answer)", [*citations_of(answer.text), *changed], small=True,
        lines=ANSWER_LINES,
    )  # fmt: skip
