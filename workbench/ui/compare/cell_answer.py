"""Shows the answer behind a cell of the matrix beside it, to be read and rated in place.
Knows nothing about the table."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from workbench.store.matrix_types import Row
from workbench.store.records import AnswerRecord, ExperimentRecord, TrialRecord
from workbench.ui.compare.choice import LETTERS
from workbench.ui.services import Services
from workbench.ui.widgets import address
from workbench.ui.widgets.answer import show_question, show_reply, show_reply_details, usage_text
from workbench.ui.widgets.answer_scores import show_badges, show_scores
from workbench.ui.widgets.passages import show_passages
from workbench.ui.widgets.text import as_label
from workbench.ui.widgets.thumbs import choose_rater, show_thumbs


def find_cell(trials: Sequence[TrialRecord]) -> str:
    """Return the cell in the address, as "trial:question"; "" for none."""
    key, ids = address.key_of("cell"), [trial.id for trial in trials]
    address.follow("cell", key, "", lambda text: text if text.partition(":")[0] in ids else None)
    if str(st.session_state[key]).partition(":")[0] not in ids:
        st.session_state[key] = ""
    cell = str(st.session_state[key])
    address.warn_unknown("cell", chosen=bool(cell))
    address.keep("cell", cell)
    return cell


def _go_to(cell: str) -> None:
    address.set_next("cell", cell)


def _head(trials: Sequence[TrialRecord], rows: Sequence[Row], trial_id: str, question_id: str) -> None:
    """Draw which answer it is, and the ways to the questions above and below it and out of it."""
    at = next((n for n, row in enumerate(rows) if row.question_id == question_id), None)
    letter = next(LETTERS[n] for n, trial in enumerate(trials) if trial.id == trial_id)
    with st.container(horizontal=True, vertical_alignment="center"):
        number = f" · question {rows[at].position + 1}" if at is not None else ""
        st.markdown(f"**{letter}**{number}", width="stretch")
        for step, icon, label in (
            (-1, "arrow_upward", "Question above"),
            (1, "arrow_downward", "Question below"),
        ):
            there = at is not None and 0 <= at + step < len(rows)
            to = f"{trial_id}:{rows[at + step].question_id}" if there and at is not None else ""
            st.button(
                "", key=f"compare.step.{step}", icon=f":material/{icon}:", help=label, disabled=not there,
                on_click=_go_to, args=(to,),
            )  # fmt: skip
        st.button(
            "",
            key="compare.close",
            icon=":material/close:",
            help="Close the answer",
            on_click=_go_to,
            args=("",),
        )


def _choose_repeat(answers: Sequence[AnswerRecord]) -> AnswerRecord:
    if len(answers) < 2:
        return answers[0]
    by_number = {str(answer.repeat + 1): answer for answer in answers}
    number = address.choose(st.segmented_control, "Repeat", list(by_number), name="repeat", required=True)
    return by_number[number]


def show_cell(
    services: Services,
    record: ExperimentRecord,
    trials: Sequence[TrialRecord],
    rows: Sequence[Row],
    cell: str,
) -> None:
    """Draw the panel.

    rows: the questions of the page, for the ways up and down.
    cell: as "trial:question".
    """
    trial_id, _, question_id = cell.partition(":")
    rater = choose_rater(services)
    with st.container(key="compare-answer"):
        _head(trials, rows, trial_id, question_id)
        found = services.comparisons.find_compared_answers(record.id, [trial_id], [question_id])
        if not found:
            st.info("This configuration was not asked this question.")
            return
        answer, target = _choose_repeat(found[trial_id, question_id]), record.experiment.objective.target
        show_question(answer)
        st.caption(f"Answer · {as_label(answer.trial_name)}")
        show_reply(answer)
        show_badges(answer, target)
        if answer.state == "ok":
            show_thumbs(services, answer, rater, by_key=True)
            st.caption(usage_text(answer))
            show_reply_details(answer)
        with st.expander("Scores with their reasons"):
            show_scores(answer, target)
        with st.expander(f"Passages ({len(answer.passages)})"):
            show_passages(answer)
