"""Page: questions × configurations as a matrix, answers side by side, or tuned models beside their parents.
Knows nothing about statistics: the worker compares and stores the comparisons."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from workbench.analysis.finalists import find_families
from workbench.results.matrix import Matrix, scale_of
from workbench.space.experiment import LIKED
from workbench.store.matrix_types import MatrixFilter
from workbench.store.records import ExperimentRecord, TrialRecord
from workbench.ui.compare.cell_answer import find_cell, show_cell
from workbench.ui.compare.choice import choose_trials
from workbench.ui.compare.filters import choose_filter, choose_score
from workbench.ui.compare.matrix_view import show_matrix
from workbench.ui.compare.side_by_side import show_side_by_side
from workbench.ui.compare.tests import Test, ask_tests, show_tests
from workbench.ui.services import Services
from workbench.ui.session import run_page
from workbench.ui.widgets import address
from workbench.ui.widgets.families import show_families
from workbench.ui.widgets.links import link
from workbench.ui.widgets.page_top import experiment_top

VIEWS = {"matrix": "Matrix", "side": "Side by side", "families": "Parent and variants"}
PAGE = {"matrix": 50, "side": 8}
LEGEND = (
    "✓ good · ~ in between · ✗ poor · ! failed · ▲ ▼ better or worse than A · † ungrounded · "
    "arrow keys: move, Enter: open, Escape: close, 1 and 2: thumbs"
)
OF_LIKED = (
    "Cells show an answer's thumbs, or a dot if it has none. The share at the top is estimated for all "
    "answers, from ratings and scores."
)
MOST_BESIDE = 6  # configurations beside each other


def _download(
    services: Services,
    record: ExperimentRecord,
    trials: Sequence[TrialRecord],
    matrix: Matrix,
    wanted: MatrixFilter,
) -> None:
    names = {trial.id: trial.name for trial in trials}
    st.download_button(
        "CSV", lambda: services.comparisons.matrix_csv(record.id, names, matrix.scale, wanted),
        f"{record.id}-compared.csv", "text/csv", key="compare.csv", icon=":material/download:",
        on_click="ignore", help="All matching questions, with their values",
    )  # fmt: skip


def _show(
    services: Services,
    record: ExperimentRecord,
    trials: Sequence[TrialRecord],
    matrix: Matrix,
    wanted: MatrixFilter,
    view: str,
    tests: Sequence[Test],
) -> None:
    """Draw one page of the questions that match, and the pages below."""
    body, foot = st.container(), st.container()
    size, total = PAGE[view], matrix.counts[wanted.show]
    with foot:
        page = address.choose_page(max(1, -(-total // size)), name="page")
    ids, first = [trial.id for trial in trials], (page - 1) * size
    rows = services.comparisons.find_matrix_rows(
        record.id, ids, matrix.scale, wanted, offset=first, limit=size
    )
    with body:
        if view == "side":
            show_matrix(matrix, trials, [], wanted, tests=tests)
            show_side_by_side(services, record, trials, rows, matrix.scale)
            return
        cell = find_cell(trials)
        left, right = st.columns([5, 4]) if cell else (st.container(), None)
        with left:
            show_matrix(matrix, trials, rows, wanted, first=first, cell=cell, tests=tests)
            st.caption(f"{OF_LIKED} {LEGEND}" if matrix.scale.name == LIKED else LEGEND)
        if right is not None:
            with right:
                show_cell(services, record, trials, rows, cell)


def render(services: Services) -> None:
    record = experiment_top(services, "Compare")
    if record is None:
        return
    line = st.container(horizontal=True, vertical_alignment="center")
    has_families = bool(find_families(record.experiment.models))
    with line:
        view = address.choose(
            st.segmented_control, "View", [view for view in VIEWS if view != "families" or has_families],
            name="view", required=True, format_func=VIEWS.__getitem__, label_visibility="collapsed",
        )  # fmt: skip
        if view == "families":
            score = choose_score(services, record, costs=False)
    if view == "families":
        show_families(services, record, key="compare", score=score)
        return
    with line:
        trials = choose_trials(services, record)
    if len(trials) < 2:
        st.info("Choose at least two configurations that have answers. The first is the baseline.")
        link("results", "Go to the results", "trophy", experiment=record.id)
        return
    beside = trials[:MOST_BESIDE] if view == "side" else trials
    with line:
        scale = scale_of(record.experiment.objective, choose_score(services, record))
    wanted, matrix = choose_filter(services, record, beside, scale)
    with line:
        _download(services, record, beside, matrix, wanted)
    if len(beside) < len(trials):
        st.caption(f"Side by side shows the first {MOST_BESIDE} of {len(trials)} configurations.")
    body, foot = st.container(), st.container()
    with foot:
        tests = ask_tests(services, record, beside, scale.name)
        if tests:
            show_tests(tests, scale.name)
    with body:
        if matrix.counts[wanted.show]:
            _show(services, record, beside, matrix, wanted, view, tests)
        else:
            st.info("No question matches. Show all questions, or clear the tag and the search words.")


run_page(render)
