"""Draws the Playground's corpus, question and *Ask*, and offers questions to choose from.
Knows nothing about columns."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from workbench.corpus.conversation import as_line, read_turns
from workbench.corpus.types import AskedQuestion, History
from workbench.input.condition_text import parse_condition
from workbench.input.conditions import condition_text
from workbench.typography import comparable
from workbench.ui.playground.condition import pick_condition
from workbench.ui.playground.conversation import continue_after
from workbench.ui.services import Services
from workbench.ui.widgets.corpus_top import last_corpus, remember_corpus
from workbench.ui.widgets.links import link
from workbench.ui.widgets.text import as_label, as_markdown
from workbench.ui.widgets.waiting import ask

RECENT = "playground.recent"
IGNORED = "playground.ignored"  # what the address names and this store lacks, in words
CLICKED = "playground.clicked"
MOST_RECENT = 12


@dataclass(frozen=True)
class Question:
    """What the page's first lines say."""

    corpus: str
    text: str
    """The question; empty while there is none."""
    is_asked: bool
    """Whether *Ask* was clicked, or Enter pressed, and the page has not noted it yet (`note_asked`)."""
    history: History = ()
    """The turns before it."""
    filter: str = ""
    """The condition on the metadata of documents, as AskedQuestion has it."""

    def after(self, history: History | None, condition: str | None = "") -> Question:
        """This question after these turns and under this filter; None, for what cannot be read, keeps it from
        being asked."""
        is_asked = self.is_asked and history is not None and condition is not None
        return replace(self, history=history or (), filter=condition or "", is_asked=is_asked)

    @property
    def asked(self) -> AskedQuestion:
        """The question with its earlier turns and its filter."""
        return AskedQuestion(self.text, self.history, self.filter)


def show_question(services: Services) -> Question | None:
    """Draw corpus, question and *Ask* on one line; return None when there is no corpus.

    The form sends what is typed together with the click, so that the first click asks.
    """
    corpora = [c.name for c in services.corpora.list_corpora()]
    if not corpora:
        st.info("There is no corpus yet: a folder of documents. Create one, then ask it something.")
        link("corpora", "Create one", "folder_open")
        return None
    if (previous := st.session_state.get("playground.corpus")) not in corpora:
        begin = last_corpus(services)
        st.session_state["playground.corpus"] = begin.name if begin else corpora[0]
        if previous:
            st.session_state.setdefault(IGNORED, []).append(f"There is no corpus {previous!r} any more.")
    for message in st.session_state.get(IGNORED, ()):
        st.warning(as_markdown(message))
    left, right = st.columns([1, 3], gap="small")
    corpus = left.selectbox(
        "Corpus", corpora, key="playground.corpus", persist_state="session", label_visibility="collapsed"
    )
    remember_corpus(corpus)
    with right, st.form("playground.form", border=False), st.container(horizontal=True):
        text = st.text_input(
            "Question",
            key="playground.question",
            placeholder="Ask the documents something",
            persist_state="session",
            label_visibility="collapsed",
        )
        st.form_submit_button(
            "Ask", type="primary", key="playground.ask", icon=":material/send:", on_click=_click
        )
    text = (text or "").strip()
    clicked = bool(st.session_state.get(CLICKED))
    if clicked and not text:
        st.session_state[CLICKED] = False
        right.error("Write a question first, or choose one from the corpus.")
    return Question(corpus, text, clicked and bool(text))


def _click() -> None:
    """A drawing that another click interrupts would forget the button's value."""
    st.session_state[CLICKED] = True


def note_asked(question: Question) -> None:
    """The question has been asked: remember it among the recent ones."""
    st.session_state[CLICKED] = False
    st.session_state.pop(IGNORED, None)
    recent = [asked for asked in st.session_state.get(RECENT, []) if asked != question.asked]
    st.session_state[RECENT] = [question.asked, *recent][:MOST_RECENT]


def offer_questions(services: Services, corpus: str) -> None:
    """Draw the questions of the corpus and those asked before, to choose from."""
    with st.popover("Questions of the corpus", icon=":material/quiz:"):
        _corpus_questions(services, corpus)
    recent: list[AskedQuestion] = st.session_state.get(RECENT, [])
    if recent:
        with st.popover("Recent", icon=":material/history:"):
            for number, asked in enumerate(recent):
                _offer(asked, f"playground.recent.{number}")


def _corpus_questions(services: Services, corpus: str) -> None:
    reply = ask(
        services,
        "playground.questions",
        "corpus",
        {"corpus": corpus},
        doing="Reading the corpus…",
        version=services.corpora.version_of(corpus),
    )
    if reply.result is None or reply.stale:
        return
    words = st.text_input("Containing", key="playground.filter", placeholder="words")
    matches = [q for q in reply.result["questions"] if comparable(words) in comparable(q["line"])]
    for number, q in enumerate(matches[:15]):
        own = condition_text(parse_condition(q["filter"])) if q["filter"] else ""
        asked = AskedQuestion(q["text"], read_turns(q["history"]).turns, own)
        _offer(asked, f"playground.pick.{number}")
    if len(matches) > 15:
        st.caption(f"{len(matches) - 15} more. Type a word from the question.")
    if not matches:
        st.caption("No question of this corpus contains that.")


def _offer(asked: AskedQuestion, key: str) -> None:
    st.button(as_label(as_line(asked)), key=key, on_click=_pick, args=(asked,), type="tertiary")


def _pick(asked: AskedQuestion) -> None:
    st.session_state["playground.question"] = asked.text
    pick_condition(asked.filter)
    continue_after(asked.history)
