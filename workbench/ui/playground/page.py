"""Page: asks one question under up to four configurations side by side and streams their answers.
Knows nothing about how a question is answered: the worker does it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.ui.playground import columns as column_data
from workbench.ui.playground.answer_column import show_answer, show_pieces
from workbench.ui.playground.knobs import show_knobs
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import run_page, show_error
from workbench.ui.widgets import address
from workbench.ui.widgets.links import go_to, link
from workbench.ui.widgets.page_top import page_top
from workbench.ui.widgets.text import as_label, as_markdown
from workbench.ui.widgets.waiting import ask, forget

RECENT = "playground.recent"
IGNORED = "playground.ignored"  # what the address names and this store lacks, in words
LETTERS = "abcd"
MOST_RECENT = 12


def _from_address(services: Services) -> None:
    """Load columns, question and corpus from the address, or a trial as the only column.

    An address that names none of them leaves what was tried last.
    """
    changed = [letter for letter in LETTERS if address.read(letter) is not None]
    trial = address.read("trial")
    texts = [(x, st.query_params[x]) for x in LETTERS if x in st.query_params]
    if changed and texts:
        loaded = [(letter, *column_data.from_text(services, text)) for letter, text in texts]
        _begin([knobs for _, knobs, _ in loaded])
        st.session_state[IGNORED] = [
            f"Column {letter.upper()} of the address: {'; '.join(ignored)}."
            for letter, _, ignored in loaded
            if ignored
        ]
    elif trial:
        stored_trial = services.find_trial(trial)
        st.session_state[IGNORED] = (
            [] if stored_trial else ["The configuration in the address is not in this store."]
        )
        if stored_trial is not None:
            _begin([column_data.from_config(stored_trial.config)])
    for name in ("question", "corpus"):
        if value := address.read(name):
            st.session_state[f"playground.{name}"] = value


def _begin(tried: list[column_data.Knobs]) -> None:
    column_data.forget_knobs()
    st.session_state[column_data.COLUMNS] = tried


def _to_address(corpus: str, question: str, tried: list[column_data.Knobs]) -> None:
    address.keep("corpus", corpus)
    address.keep("question", question)
    address.keep("trial", "")
    for number, letter in enumerate(LETTERS):
        address.keep(letter, column_data.to_text(tried[number]) if number < len(tried) else "")


def _pick(question: str) -> None:
    st.session_state["playground.question"] = question


def _question(services: Services) -> tuple[str, str] | None:
    """Show corpus and question. Return (corpus, question); None when there is no corpus."""
    corpora = [c.name for c in services.list_corpora()]
    if not corpora:
        st.info("There is no corpus yet: a folder of documents. Create one, then ask it something.")
        link("corpora", "Create one", "folder_open")
        return None
    left, right = st.columns([1, 3], vertical_alignment="bottom")
    if (previous := st.session_state.get("playground.corpus")) not in corpora:
        st.session_state["playground.corpus"] = corpora[0]
        if previous:
            st.session_state.setdefault(IGNORED, []).append(f"There is no corpus {previous!r} any more.")
    for message in st.session_state.get(IGNORED, ()):
        st.warning(as_markdown(message))
    corpus = left.selectbox("Corpus", corpora, key="playground.corpus", persist_state="session")
    question = right.text_input(
        "Question",
        key="playground.question",
        placeholder="Ask the documents something",
        persist_state="session",
    )
    with st.container(horizontal=True):
        with st.popover("Questions of the corpus", icon=":material/quiz:"):
            _corpus_questions(services, corpus)
        recent: list[str] = st.session_state.get(RECENT, [])
        with st.popover("Recent", icon=":material/history:", disabled=not recent):
            for i, text in enumerate(recent):
                st.button(
                    as_label(text),
                    key=f"playground.recent.{i}",
                    on_click=_pick,
                    args=(text,),
                    type="tertiary",
                )
    return corpus, question.strip()


def _corpus_questions(services: Services, corpus: str) -> None:
    reply = ask(
        services,
        "playground.questions",
        "corpus",
        {"corpus": corpus},
        doing="Reading the corpus…",
        version=services.version_of(corpus),
    )
    if reply.result is None or reply.stale:
        return
    words = st.text_input("Containing", key="playground.filter", placeholder="words").casefold()
    matches = [q["text"] for q in reply.result["questions"] if words in q["text"].casefold()]
    for i, text in enumerate(matches[:15]):
        st.button(as_label(text), key=f"playground.pick.{i}", on_click=_pick, args=(text,), type="tertiary")
    if len(matches) > 15:
        st.caption(f"{len(matches) - 15} more. Type a word of the question.")
    if not matches:
        st.caption("No question of this corpus contains that.")


def _add(tried: list[column_data.Knobs]) -> None:
    st.session_state[column_data.COLUMNS] = [*tried, dict(tried[-1])]


def _remove(tried: list[column_data.Knobs], number: int) -> None:
    column_data.forget_knobs()
    for n in range(column_data.MOST_COLUMNS):
        forget(f"playground.{n}")
    st.session_state[column_data.COLUMNS] = [k for n, k in enumerate(tried) if n != number]


def _column(
    services: Services, number: int, tried: list[column_data.Knobs], corpus: str, question: str
) -> None:
    knobs = tried[number]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{'ABCD'[number]}**")
        if len(tried) > 1:
            st.button(
                "Remove",
                key=f"playground.remove.{number}",
                on_click=_remove,
                args=(tried, number),
                icon=":material/close:",
                type="tertiary",
            )
    comparison = st.empty()  # filled once the knobs are read, or it would show the previous run's
    show_knobs(services, number, knobs)
    if number == 0 and len(tried) > 1:
        comparison.caption("The others are compared with this one")
    if number:
        changes = column_data.differences(tried[0], knobs)
        comparison.caption(
            "Compared with A: " + (as_markdown("; ".join(changes)) if changes else "nothing differs")
        )
    asked: dict[str, Any] | None = st.session_state.get("playground.asked")
    if not asked or not question:
        return
    try:
        yaml = column_data.to_file(services, asked["corpus"], knobs)
    except WorkbenchError as error:
        show_error(error)
        return
    reply = ask(
        services,
        f"playground.{number}",
        "playground",
        {"yaml": yaml, "question": asked["question"]},
        doing="Searching and asking…",
        show_pieces=show_pieces,
    )
    if reply.result is not None and not reply.stale:
        show_answer(reply.result, "ABCD"[number])


def render(services: Services) -> None:
    page_top("Playground")
    _from_address(services)
    tried = column_data.columns(services)
    chosen = _question(services)
    if chosen is None:
        return
    corpus, question = chosen
    with st.container(horizontal=True):
        if st.button(
            "Ask", type="primary", disabled=not question, key="playground.ask", icon=":material/send:"
        ):
            st.session_state["playground.asked"] = {"corpus": corpus, "question": question}
            st.session_state.pop(IGNORED, None)
            recent = [q for q in st.session_state.get(RECENT, []) if q != question]
            st.session_state[RECENT] = [question, *recent][:MOST_RECENT]
        st.button(
            "Add a column",
            disabled=len(tried) >= column_data.MOST_COLUMNS,
            key="playground.add",
            on_click=_add,
            args=(tried,),
            icon=":material/add:",
        )
        if st.button("Save as experiment axes", key="playground.design", icon=":material/tune:"):
            st.session_state["design.load"] = column_data.as_axes(services, corpus, tried)
            go_to("design")
    asked = st.session_state.get("playground.asked")
    if asked and asked != {"corpus": corpus, "question": question}:
        st.caption("The question was changed: the answers below belong to the earlier one. Press Ask.")
    for number, place in enumerate(st.columns(len(tried), border=True)):
        with place:
            _column(services, number, tried, corpus, question)
    _to_address(corpus, question, tried)


run_page(render)
