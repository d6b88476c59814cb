"""Imports a file of ratings, after saying what it would do, and offers all ratings as files.
Knows nothing about formats."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import show_error
from workbench.ui.widgets.text import as_markdown

if TYPE_CHECKING:
    from workbench.rating_files.import_ratings import ImportedRatings
    from workbench.rating_files.types import ReadRatings

MOST_PROBLEMS = 10


def show_in_and_out(services: Services, experiment_id: str) -> None:
    """The folded part with the import and the export."""
    with st.expander("Import and export ratings", key="review-files", on_change="rerun") as part:
        if not part.open:
            return
        left, right = st.columns(2, gap="large")
        with left:
            _import(services)
        with right:
            _export(services, experiment_id)


def _import(services: Services) -> None:
    if done := st.session_state.pop("review.imported", None):
        st.success(done)
    uploaded = st.file_uploader(
        "Open WebUI's feedback, Langfuse's scores, Phoenix's annotations, JSONL or CSV",
        ["json", "jsonl", "ndjson", "csv", "parquet", "gz", "zip"], key="review.file",
    )  # fmt: skip
    if uploaded is None:
        return
    rater = st.text_input("Store all under one name (optional)", key="review.file-rater").strip()
    try:
        read = services.ratings.read_file(uploaded.name, uploaded.getvalue())
        planned = services.ratings.import_read(read, rater=rater, dry_run=True)
        _say(read, planned, services.ratings.label_of(read.format))
        if st.button(
            "Import", type="primary", key="review.import", disabled=not (read.ratings or read.choices)
        ):
            services.ratings.import_read(read, rater=rater)
            st.session_state["review.imported"] = _words(planned)
            st.rerun()
    except WorkbenchError as error:
        show_error(error)


def _words(done: ImportedRatings) -> str:
    counts = (
        (done.matched, "on answers that are shown here"),
        (done.kept, "on texts that are not shown here: kept, and attached once a run shows them"),
        (done.new, "new"),
        (done.already, "already stored, unchanged"),
        (done.changed, "changed what the rater had said"),
        (done.older, "older than the rater's rating here, which stays"),
        (done.choices, "choices between two answers, new or changed"),
        (done.choices_already, "choices that are already stored, or older than those here"),
    )
    return "; ".join(f"{count:,} {what}" for count, what in counts if count) + "."


def _say(read: ReadRatings, planned: ImportedRatings, label: str) -> None:
    problems = [*read.problems, *planned.problems]
    if read.ratings or read.choices:
        st.info(f"{label}: {_words(planned)}")
    for problem in problems[:MOST_PROBLEMS]:
        row = f"Row {problem.row}: " if problem.row else ""
        st.caption(as_markdown(f"{row}{problem.what}."))
    if len(problems) > MOST_PROBLEMS:
        st.caption(f"And {len(problems) - MOST_PROBLEMS:,} more.")


def _export(services: Services, experiment_id: str) -> None:
    only = st.checkbox("Only what this experiment shows", key="review.export-only")
    chosen = experiment_id if only else None
    with st.container(horizontal=True):
        for kind, what in (("jsonl", "JSONL, to import again"), ("csv", "CSV, to read")):
            st.download_button(
                what, partial(services.ratings.export, kind, chosen), f"ratings.{kind}", key=f"review.{kind}",
                icon=":material/download:", on_click="ignore",
            )  # fmt: skip
    st.caption(
        "Thumbs and choices, with question, answers, passages, rater, reasons, better answers and trials."
    )
