"""Shows what a corpus is fetched from and how fresh it is, with a way to fetch it again.
Knows nothing about how documents are fetched."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.formatting import counted
from workbench.ui.corpora.fetching import begin, show_outcome, show_progress
from workbench.ui.services import Services
from workbench.ui.widgets.links import link
from workbench.ui.widgets.text import as_label, as_markdown
from workbench.ui.widgets.waiting import ask

LONGEST_PLACE = 50  # characters
SHOWN = 10  # questions and problems that are listed


def show_freshness(services: Services, corpus: str, version: float) -> None:
    """Show the line of a corpus that is fetched, what came of a fetch, and what it concerns.

    version: changes when the corpus does.
    """
    if not services.corpora.is_fetched(corpus):
        return
    if show_progress(services, corpus):
        return
    reply = ask(
        services, "corpora.status", "corpus_status", {"corpus": corpus}, version=version,
        doing="Checking the snapshot…",
    )  # fmt: skip
    status = reply.result
    if status is not None and status["corpus"] == corpus:
        _line(corpus, status)
    show_outcome(corpus)


def _line(corpus: str, status: dict[str, Any]) -> None:
    if not status["allowed"]:
        st.warning(as_markdown(status["unknown"]))
    with st.container(horizontal=True, vertical_alignment="center", key="corpus_freshness"):
        st.caption(_facts(status), width="content")
        payload = {} if status["allowed"] else {"allow": True}
        st.button(
            _label(status), key="corpora.fetch.again", icon=":material/sync:", on_click=begin,
            args=("fetch_corpus", corpus, payload),
            help=_help(status),
        )  # fmt: skip
        _show_problems(status["problems"])
        _show_questions(corpus, status["questions"])


def _label(status: dict[str, Any]) -> str:
    if not status["allowed"]:
        return "Allow it and fetch"
    if status["unfinished"]:
        return "Go on fetching"
    return "Fetch again" if status["snapshot"] else "Fetch"


def _facts(status: dict[str, Any]) -> str:
    place = f"Fetched from `{_in_code(status['place'])}`"  # as code, so that no link is made of it
    snapshot = status["snapshot"]
    if snapshot is None:
        return f"{place} · not fetched yet"
    return f"{place} · snapshot {snapshot['id']} of {_time(snapshot['fetched'])}"


def _help(status: dict[str, Any]) -> str:
    does = "Asks the source what has changed, and fetches only that."
    snapshot = status["snapshot"]
    return f"{does} Last asked: {_time(snapshot['checked'])}." if snapshot else does


def _in_code(text: str) -> str:
    line = " ".join(text.replace("`", "'").split())
    return line if len(line) <= LONGEST_PLACE else f"{line[: LONGEST_PLACE - 1]}…"


def _time(moment: str) -> str:
    """A time of a snapshot as people read it: 2026-11-29 19:55 UTC."""
    return f"{moment[:16].replace('T', ' ')} UTC"


def _show_problems(problems: list[dict[str, Any]]) -> None:
    if not problems:
        return
    with st.popover(f"{len(problems):,} not fetched", icon=":material/warning:"):
        for problem in problems[:SHOWN]:
            kept = f" ({as_markdown(problem['kept'])} keeps its older content)" if problem["kept"] else ""
            st.markdown(f"**{as_markdown(problem['where'])}** {as_markdown(problem['why'])}{kept}")
        _more(problems)


def _show_questions(corpus: str, questions: list[dict[str, Any]]) -> None:
    """List the questions whose quotes are gone, each with a link to where it can be changed."""
    if not questions:
        return
    with st.popover(f"Quotes gone: {counted(len(questions), 'question')}", icon=":material/warning:"):
        for question in questions[:SHOWN]:
            link(
                "questions",
                as_label(question["question"], 120),
                "quiz",
                corpus=corpus,
                find=question["question"],
            )
            for one in question["gone"]:
                st.caption(_describe(one))
        _more(questions)


def _describe(gone: dict[str, Any]) -> str:
    document = as_markdown(gone["document"])
    if gone["why"] == "document":
        nearest = f" Closest name: {as_markdown(gone['nearest'])}." if gone["nearest"] else ""
        return f"{document} no longer exists.{nearest}"
    nearest = f" Closest text: “{as_markdown(gone['nearest'])}”" if gone["nearest"] else ""
    return f"No longer in {document}: “{as_markdown(gone['quote'][:200])}”{nearest}"


def _more(items: list[Any]) -> None:
    if len(items) > SHOWN:
        st.caption(f"… and {len(items) - SHOWN:,} more: `corpus status` lists them all.")
