"""Imports a file of questions: shows its format and what its columns mean, to be changed, and what it adds.
Knows nothing about formats and how questions are stored."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from workbench.corpus.questions import ReadQuestions
from workbench.corpus.types import Problem
from workbench.formatting import counted
from workbench.importing.types import FIELDS, FILE_TYPES, Field
from workbench.ui.questions.preview import FILE, show_preview
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import show_error
from workbench.ui.widgets.text import as_label, as_markdown

if TYPE_CHECKING:
    from workbench.importing.preparation import Prepared

FIELD_LABELS: dict[Field | None, str] = {None: "not used", **{field: field for field in FIELDS}}
PREPARED = "questions.import"
"""(what it was prepared of, source, result): a rerun of the page must not read a large file again."""
COLUMNS_IN_A_ROW = 4
MOST_COLUMNS = 24  # whose meaning can be changed here; --map changes any
HELP = (
    "Questions of this workbench (JSONL, CSV), any table or list of questions (CSV, JSON, JSONL, Parquet), "
    "files of ragas, SQuAD, HotpotQA, Natural Questions, promptfoo, DeepEval, Giskard, LangSmith, Langfuse, "
    "Phoenix, Open WebUI and OpenAI evals, and BEIR as a zip file. Contexts become evidence where the "
    "documents hold them."
)


def show_import(services: Services, corpus: str) -> str:
    """Show the import of a file; return what was added, in words, or ""."""
    uploaded = st.file_uploader("A file of questions", FILE_TYPES, key="questions.file", help=HELP)
    if uploaded is None:
        st.caption("Nothing is stored until you have seen how the file is read.")
        st.session_state.pop(PREPARED, None)
        return ""
    left, right = st.columns([1, 3], vertical_alignment="bottom")
    labels = services.question_imports.format_labels()
    format_name = left.selectbox(
        "Format", list(labels), format_func=lambda name: labels[name], key="questions.import.format"
    )
    file = (corpus, uploaded.file_id, services.corpora.version_of(corpus))
    try:
        prepared = _prepare(services, file, uploaded, format_name, {})
        why = f", because {as_markdown(prepared.why)}" if prepared.why else ""
        right.markdown(f"**{as_markdown(prepared.format.label)}**{why}. What its columns mean:")
        changed = _show_columns(prepared, f"{uploaded.file_id}.{prepared.format.name}")
        if changed:
            prepared = _prepare(services, file, uploaded, format_name, changed)
    except WorkbenchError as error:
        show_error(error)
        return ""
    _say_counts(prepared)
    if prepared.already and not prepared.questions and not prepared.problems:
        st.info("The corpus has all questions of this file already. There is nothing to add.")
        return ""
    problems = tuple(
        Problem(f"row {p.row}" if p.row else uploaded.name, p.what, "warning") for p in prepared.problems
    )
    read = ReadQuestions(prepared.questions, problems)
    store = partial(services.question_imports.store, corpus, prepared)
    message = show_preview(services, corpus, read, FILE, store)
    if message:
        st.session_state.pop(PREPARED, None)
    return message


def _prepare(
    services: Services,
    file: tuple[Any, ...],
    uploaded: Any,
    format_name: str,
    mapping: Mapping[str, Field | None],
) -> Prepared:
    """What the file will add; kept while neither the file, nor the corpus, nor what columns mean changes."""
    key = (*file, format_name, tuple(sorted(mapping.items())))
    results: dict[Any, Any] = st.session_state.setdefault(PREPARED, {})
    if key not in results:
        with st.spinner("Reading the file and looking for its evidence…"):
            source = results.get(file) or services.question_imports.read(uploaded.name, uploaded.getvalue())
            prepared = services.question_imports.prepare(file[0], source, format_name, mapping)
        first = (*file, format_name, ())
        kept = {first: results[first]} if first in results else {}
        st.session_state[PREPARED] = results = {**kept, file: source, key: prepared}
    prepared_before: Prepared = results[key]
    return prepared_before


def _show_columns(prepared: Prepared, key: str) -> dict[str, Field | None]:
    """Show what each column means; return those that somebody changed."""
    changed: dict[str, Field | None] = {}
    columns = list(prepared.columns)[:MOST_COLUMNS]
    with st.container(height=230 if len(columns) > 2 * COLUMNS_IN_A_ROW else "content", border=False):
        for start in range(0, len(columns), COLUMNS_IN_A_ROW):
            cells = st.columns(COLUMNS_IN_A_ROW)
            for cell, column in zip(cells, columns[start : start + COLUMNS_IN_A_ROW], strict=False):
                meaning = prepared.columns[column]
                chosen = cell.selectbox(
                    as_label(column, 40), list(FIELD_LABELS), index=list(FIELD_LABELS).index(meaning),
                    format_func=lambda field: FIELD_LABELS[field], key=f"questions.import.{key}.{column}",
                    help=_example(prepared, column),
                )  # fmt: skip
                if chosen != meaning:
                    changed[column] = chosen
    return changed


def _example(prepared: Prepared, column: str) -> str:
    """The first value of a column, for the help beside it."""
    return f"For example: {as_label(str(prepared.examples.get(column, '')), 200)}"


def _say_counts(prepared: Prepared) -> None:
    """Say what beside the table's rows the file adds, and what is there already."""
    brought = prepared.documents
    parts = [f"{counted(prepared.rows, 'row')} read"]
    if brought.documents:
        parts.append(f"{counted(len(brought.documents), 'document')} will be added to the corpus")
    if brought.already:
        parts.append(f"{counted(brought.already, 'document')} there already")
    if prepared.already:
        parts.append(f"{counted(prepared.already, 'question')} there already")
    if prepared.duplicates:
        parts.append(f"{counted(prepared.duplicates, 'question')} twice in the file")
    if prepared.without_evidence:
        parts.append(f"{counted(prepared.without_evidence, 'question')} without evidence")
    st.caption("; ".join(parts) + ".")
