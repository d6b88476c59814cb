"""Widgets for what is scored and what counts as best: scores, judge, objective, constraints.
Knows nothing about how any score is computed."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.formatting import counted, uncapitalised
from workbench.parts.part import JudgedMetric
from workbench.parts.registry import free_scores, parts_of, score_entry, score_groups
from workbench.space.experiment import BESIDE_SCORES, LIKED
from workbench.ui.design import draft
from workbench.ui.design.advice import Places
from workbench.ui.design.axes import KEEP, served_chats
from workbench.ui.design.draft_values import complete_bounds
from workbench.ui.design.judged_scores import show_judging
from workbench.ui.services import Services
from workbench.ui.widgets.figures import label_of

LIKED_HELP = (
    f"{label_of(LIKED)} comes from people: {uncapitalised(score_entry(LIKED).help)} Rate answers on the page "
    "Review; until somebody has, nothing is ranked by it."
)
DIRECTIONS = {"maximize": "highest", "minimize": "lowest"}


def show_scores(services: Services, places: Places) -> None:
    with_settings = draft.get("score_settings") or {}  # a rubric that was removed can be chosen again
    st.multiselect(
        "Scores",
        list(
            dict.fromkeys(
                [
                    *free_scores(),
                    *score_groups(),
                    *parts_of(JudgedMetric),
                    *with_settings,
                    *(draft.get("scores") or []),
                ]
            )
        ),
        key="design.scores",
        format_func=_label,
        help=_score_help(),
        wrap=True,
        **KEEP,
    )
    places.reserve("scores", hidden=True)
    judges = served_chats(services)
    st.selectbox(
        "Judge",
        list(dict.fromkeys([None, *judges, draft.get("judge")])),
        key="design.judge",
        format_func=lambda name: name or "none",
        placeholder="None",
        help="The chat model for judged scores, unless a score names another one",
        **KEEP,
    )
    places.reserve("judge", hidden=True)
    show_judging(services, judges)


def _label(name: str) -> str:
    """Return the label of a score, or of a group of scores: the scores that it stands for."""
    group = score_groups().get(name)
    return ", ".join(map(label_of, group)) if group else label_of(name)


def _aim_label(aim: str) -> str:
    word, name = aim.split(" ", 1)
    return f"{word} {uncapitalised(label_of(name))}"


def _score_help() -> str:
    return f"These ask a judge: {', '.join(map(label_of, parts_of(JudgedMetric)))}."


def show_objective(places: Places) -> None:
    measures = _measures()
    st.segmented_control(
        "Objective",
        list(DIRECTIONS),
        key="design.direction",
        required=True,
        format_func=DIRECTIONS.__getitem__,
        **KEEP,
    )
    st.selectbox("of", measures, key="design.target", format_func=label_of, help=LIKED_HELP, **KEEP)
    aims = list(dict.fromkeys([*_other_aims(measures), *(draft.get("others") or [])]))
    st.multiselect(
        "More objectives",
        aims,
        key="design.others",
        format_func=_aim_label,
        help="With several objectives, the results mark the Pareto front: the configurations that no "
        "other beats in "
        "all of them",
        placeholder="None",
        wrap=True,
        **KEEP,
    )
    st.caption("Constraints")
    _bounds(measures)
    places.reserve("objective", hidden=True)


def objective_in_words() -> str:
    """Return for example "highest correctness, 1 more objective, 1 constraint"."""
    said = f"{DIRECTIONS.get(draft.get('direction'), '')} {uncapitalised(label_of(str(draft.get('target'))))}"
    others, bounds = len(draft.get("others") or []), len(complete_bounds(draft.get("bounds") or []))
    said += f", {counted(others, 'more objective')}" if others else ""
    return said + (f", {counted(bounds, 'constraint')}" if bounds else "")


def _measures() -> list[str]:
    chosen = [s for s in draft.get("scores") or [] if s not in score_groups()]
    return list(dict.fromkeys([*free_scores(), *chosen, *BESIDE_SCORES, draft.get("target", "correctness")]))


def _other_aims(measures: list[str]) -> list[str]:
    """Return the further aims there can be. A file's first aim is the first name under `maximize`: where the
    target is minimized, every other aim must be, too."""
    words = ["highest", "lowest"] if draft.get("direction") == "maximize" else ["lowest"]
    return [f"{word} {name}" for name in measures if name != draft.get("target") for word in words]


def _bounds(measures: list[str]) -> None:
    key = f"design.bounds_editor.{draft.get('bounds_round', 0)}"
    if key not in st.session_state:  # another page was open: continue with the last rows
        draft.put("bounds_shown", draft.get("bounds"))
    empty = {"measure": None, "must be": "at least", "value": None}
    shown = draft.get("bounds_shown") or [empty]
    options = list(dict.fromkeys([*measures, *(row["measure"] for row in shown if row.get("measure"))]))
    rows: list[dict[str, Any]] = st.data_editor(
        shown,
        num_rows="dynamic",
        column_config={
            "measure": st.column_config.SelectboxColumn(
                options=options, format_func=lambda name: label_of(str(name)), width=115
            ),
            "must be": st.column_config.SelectboxColumn(
                options=["at least", "at most"], default="at least", width=85
            ),
            "value": st.column_config.NumberColumn(format="%.4g", width=75),
        },
        hide_index=True,
        key=key,
        alt="Constraints: measure, at least or at most, value",
    )
    draft.put("bounds", [dict(row) for row in rows])
