"""Page: the documents of a corpus, one's own or a sample; the first step to an experiment.
Knows nothing about reading files: the worker does it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.formatting import counted
from workbench.ui.corpora.documents import show_documents
from workbench.ui.corpora.freshness import show_freshness
from workbench.ui.corpora.new_corpus import show_new_corpus, show_refused
from workbench.ui.corpora.problems import is_about_questions, show_problems
from workbench.ui.questions.dialogs import show_open_dialog
from workbench.ui.services import Services
from workbench.ui.session import run_page
from workbench.ui.widgets import address
from workbench.ui.widgets.corpus_top import corpus_top
from workbench.ui.widgets.waiting import ask


def render(services: Services) -> None:
    corpus = corpus_top(services, "Corpora")
    if corpus is None:
        show_new_corpus(services)
        return
    show_refused(corpus.name)
    version = services.corpora.version_of(corpus.name)
    show_freshness(services, corpus.name, version)
    payload = {"corpus": corpus.name}
    reply = ask(services, "corpus", "corpus", payload, doing="Reading the documents…", version=version)
    if reply.result is None or reply.result["name"] != corpus.name:
        address.defer("document", "page", "untouched")
        return
    content = reply.result
    problems = [p for p in content["problems"] if not is_about_questions(p)]
    if problems:
        st.markdown(_read(content["documents"], problems))
        show_problems(problems)
    show_documents(services, corpus.name, content, version, read_only=corpus.is_sample)
    show_open_dialog(services, corpus.name, content)


def _read(documents: list[dict[str, Any]], problems: list[dict[str, Any]]) -> str:
    """Return how many files were read and how many were not, as Markdown."""
    unread = len({p["where"] for p in problems} - {d["name"] for d in documents})
    odd = len({p["where"] for p in problems}) - unread
    parts = [f"**{counted(len(documents), 'document')} read**"]
    parts += [f"{odd} of them with a remark"] if odd else []
    parts += [f"{counted(unread, 'file')} not read"] if unread else []
    return " · ".join(parts)


run_page(render)
