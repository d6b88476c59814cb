"""Lists the answers that match, a page at a time, with their scores tinted; a click jumps to one.
Knows nothing about the answers' texts. The list is read only while it is open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from workbench.csv_text import safe_cell
from workbench.store.answer_filters import AnswerFilter, Matches
from workbench.store.answer_list import PAGE, ListedAnswer
from workbench.store.records import ExperimentRecord
from workbench.ui.answers.position import go_to_position
from workbench.ui.services import Services
from workbench.ui.widgets.figures import label_of
from workbench.ui.widgets.score_tint import TINTS, signed

OPEN, LIST_PAGE = "answers-list", "answers.list.page"
HEIGHT = 460  # pixels, of the table


def show_jump_list(
    services: Services, record: ExperimentRecord, answer_filter: AnswerFilter, matches: Matches, at: int
) -> None:
    """Draw the popover with the list; it opens on the page of the answer that is shown.

    at: the position of that answer, from 0.
    """
    popover = st.popover(
        "List", icon=":material/list:", key=OPEN, width="content", on_change=_turn_to, args=(at,)
    )
    if not popover.open:
        return
    with popover:
        pages = -(-matches.total // PAGE)
        page = min(st.session_state.setdefault(LIST_PAGE, at // PAGE + 1), pages)
        if pages > 1:
            st.session_state[LIST_PAGE] = page
            page = int(st.pagination(pages, key=LIST_PAGE))
        start = (page - 1) * PAGE
        scores = _scores(record, answer_filter)
        _table(
            services.answers.list_answers(record.id, answer_filter, matches, start, scores), scores, start, at
        )


def _turn_to(at: int) -> None:
    st.session_state[LIST_PAGE] = at // PAGE + 1


def _scores(record: ExperimentRecord, answer_filter: AnswerFilter) -> list[str]:
    """Return the objective's target, and the score that a filter or the order is about."""
    names = [record.experiment.objective.target]
    names += [answer_filter.below[0]] if answer_filter.below else []
    names += [answer_filter.worst_first.score] if answer_filter.worst_first else []
    return list(dict.fromkeys(names))


def _table(listed: Sequence[ListedAnswer], scores: Sequence[str], start: int, at: int) -> None:
    import pandas as pd  # late: a visit that opens no list does without

    key = f"answers.list.{start}"
    rows = [
        {
            "n": start + number + 1,
            **{label_of(name): _cell(answer, name) for name in scores},
            "Question": safe_cell(answer.question),
            "Configuration": safe_cell(answer.trial_name),
        }
        for number, answer in enumerate(listed)
    ]
    frame = pd.DataFrame(rows).style.map(_style, subset=[label_of(name) for name in scores])
    st.dataframe(
        frame, key=key, hide_index=True, height=HEIGHT, width=720, on_select=lambda: _jump(key, start),
        selection_mode="single-cell",
        alt=f"Answers {start + 1:,} to {start + len(rows):,}. Select a cell to open its answer.",
        column_config={"n": st.column_config.NumberColumn("", width=50), "Question": {"width": 330}},
    )  # fmt: skip


def _cell(answer: ListedAnswer, score: str) -> str:
    if answer.state != "ok":
        return "failed !"
    value, status = answer.scores.get(score, (None, "not_applicable"))
    return signed(score, value, status)


def _style(cell: str) -> str:
    """Return the colours of a cell, from the sign at its end."""
    tint = next((t for t in TINTS.values() if cell.endswith(t.sign)), TINTS["none"])
    colours = tint.colours(st.context.theme.type)
    return f"background-color: {colours.background}; color: {colours.text}"


def _jump(key: str, start: int) -> None:
    selection: dict[str, Any] = st.session_state[key]["selection"]
    if selection["cells"]:
        go_to_position(start + int(selection["cells"][0][0]))
        st.session_state[OPEN] = False
