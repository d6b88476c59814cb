"""Page: the questions of a corpus, what they are for and what they lack; the second step to an experiment.
Knows nothing about how questions are stored."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.corpus.question_csv import CSV_SEPARATOR
from workbench.formatting import counted
from workbench.typography import comparable
from workbench.ui.corpora.problems import is_about_questions, show_problems
from workbench.ui.questions import draft_filters
from workbench.ui.questions.adding import show_adding
from workbench.ui.questions.dialogs import open_dialog, show_open_dialog
from workbench.ui.questions.draft_review import show_review
from workbench.ui.questions.drafting import show_drafting
from workbench.ui.questions.preview import WORDS
from workbench.ui.questions.told_apart import choose_told_apart, explain
from workbench.ui.questions.views import DRAFT, DRAFTS, QUESTIONS, choose_view
from workbench.ui.services import Services
from workbench.ui.session import flash, run_page
from workbench.ui.widgets import address
from workbench.ui.widgets.corpus_top import corpus_top
from workbench.ui.widgets.data_table import data_table, height_of
from workbench.ui.widgets.links import link
from workbench.ui.widgets.text import as_label, as_markdown
from workbench.ui.widgets.waiting import ask

ROWS = 15  # in sight at once
REMOVED = "questions.removed"  # (corpus, rows) of the questions deleted last


def render(services: Services) -> None:
    corpus = corpus_top(services, "Questions")
    if corpus is None:
        st.info("Questions belong to a corpus. Begin with your own documents, or choose a corpus above.")
        link("corpora", "Begin with documents", "upload_file")
        return
    view, drafts, line = choose_view(services, corpus.name)
    if view != DRAFTS:
        address.defer(*draft_filters.NAMES)
    if view != QUESTIONS:
        address.defer("find", "tag", "show")
    if view == DRAFT:
        show_drafting(services, corpus, drafts)
        return
    if view == DRAFTS:
        show_review(services, corpus, drafts, line)
        return
    version = services.corpora.version_of(corpus.name)
    payload = {"corpus": corpus.name}
    reply = ask(services, "corpus", "corpus", payload, doing="Reading the questions…", version=version)
    if reply.result is None or reply.result["name"] != corpus.name:
        address.defer("find", "tag", "show")
        return
    content = reply.result
    show_problems([p for p in content["problems"] if is_about_questions(p)])
    if not content["questions"]:
        _first(services, corpus.name, content, read_only=corpus.is_sample)
        return
    _counts(content)
    _table(services, corpus.name, content, read_only=corpus.is_sample)
    show_open_dialog(services, corpus.name, content)


def _first(services: Services, corpus: str, content: dict[str, Any], *, read_only: bool) -> None:
    """Show the ways to the first questions."""
    _undo(services, corpus)
    st.info(
        "There are no questions yet. Ten real ones are a good start: what do people ask? Add the answer you "
        "expect where you know it, and the sentence of the document that proves it. None at hand? "
        "*Draft from documents*, above, writes some for you to review."
    )
    if not read_only and (message := show_adding(services, corpus, content)):
        flash(message)
        st.rerun()


def _counts(content: dict[str, Any]) -> None:
    """Show what the questions are for, and what they lack."""
    advice = "  \n".join(as_markdown(text) for text in content["question_advice"])
    st.markdown(f"**{as_markdown(content['question_counts'])}** {advice}")


def _table(services: Services, corpus: str, content: dict[str, Any], *, read_only: bool) -> None:
    questions = content["questions"]
    line = st.container(horizontal=True, vertical_alignment="bottom")
    tags = sorted({t for q in questions for t in q["tags"]})
    with line:
        words = address.write_text(
            "Find",
            name="find",
            placeholder="Search for words in the questions",
            label_visibility="collapsed",
            width=190,
        )
        tag = address.choose(
            st.selectbox, "Tag", ["", *tags], name="tag", format_func=lambda t: t or "All tags",
            label_visibility="collapsed", width=130,
        )  # fmt: skip
        verdicts = choose_told_apart(services, corpus)
    matches = [
        q
        for q in questions
        if comparable(words) in comparable(q["line"])
        and (not tag or tag in q["tags"])
        and (verdicts is None or q["id"] in verdicts)
    ]
    key = f"questions.table.{corpus}"
    selected = st.session_state.get(key, {}).get("selection", {}).get("rows", [])
    chosen = [matches[row] for row in selected if row < len(matches)]
    if not read_only:
        with line:
            _actions(services, corpus, chosen)
        _undo(services, corpus)
    if verdicts is not None:
        explain(verdicts, sum(q["id"] in verdicts for q in questions))
    has_source = any(q["source"] for q in questions)
    data_table(
        [
            {
                "Question": q["line"],
                **({} if verdicts is None else {"In the experiment": verdicts[q["id"]]}),
                "Answer": f" {CSV_SEPARATOR} ".join(q["answers"]),
                "Answerable": WORDS[q["answerable"]],
                "Evidence": len(q["evidence"]),
                "Tags": ", ".join(q["tags"]),
                "Part": q["part"],
                **({"Source": q["source"]} if has_source else {}),
                "Id": q["id"],
            }
            for q in matches
        ],
        hide_index=True,
        on_select="ignore" if read_only else "rerun",
        selection_mode="multi-row",
        key=key,
        height=height_of(len(matches), ROWS),
        column_config={
            "Question": st.column_config.TextColumn(width=370),
            "Answer": st.column_config.TextColumn(width=190),
        },
        alt="Questions of the corpus",
    )
    st.caption(
        f"{len(matches)} of {len(questions)} questions."
        + ("" if read_only else " Select a row to change it, or several to tag, mark or delete them.")
    )


def _actions(services: Services, corpus: str, chosen: list[dict[str, Any]]) -> None:
    """Draw the buttons for the questions that are selected."""
    ids = [q["id"] for q in chosen]
    if st.button("Add questions", type="primary", icon=":material/add:", key="questions.open"):
        open_dialog("adding")
    if st.button("Edit", icon=":material/edit:", disabled=len(ids) != 1, key="questions.edit"):
        open_dialog("edit", *ids)
    if st.button("Tag or mark", icon=":material/label:", disabled=not ids, key="questions.mark"):
        open_dialog("change", *ids)
    if st.button("Delete", icon=":material/delete:", disabled=not ids, key="questions.delete"):
        st.session_state[REMOVED] = (corpus, services.questions.delete_questions(corpus, ids))
        flash(f"{counted(len(ids), 'question')} deleted.")
        st.rerun()


def _undo(services: Services, corpus: str) -> None:
    of, rows = st.session_state.get(REMOVED, ("", []))
    if of != corpus or not rows:
        return
    what = f"“{as_label(rows[0]['question'], 60)}”" if len(rows) == 1 else counted(len(rows), "question")
    if st.button(f"Undo: put back {what}", key="questions.undo", icon=":material/undo:"):
        services.questions.restore_questions(corpus, rows)
        del st.session_state[REMOVED]
        st.rerun()


run_page(render)
