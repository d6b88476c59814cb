"""Page: asks one question under up to four configurations side by side and streams their answers.
Knows nothing about how a question is answered: the worker does it."""

from __future__ import annotations

import json
from functools import partial

import streamlit as st

from workbench.corpus.conversation import turns_to_json, write_turns
from workbench.input.condition_text import write_condition
from workbench.parts.filters import OWN_FILTER
from workbench.space.system import System
from workbench.ui.playground import asking, column_files, column_words
from workbench.ui.playground import columns as column_data
from workbench.ui.playground.answer_column import pieces_of, show_answer
from workbench.ui.playground.columns import Knobs
from workbench.ui.playground.condition import edit_condition
from workbench.ui.playground.conversation import edit_conversation, offer_follow_up, show_conversation
from workbench.ui.playground.keeping import keep_answer
from workbench.ui.playground.knobs import show_knobs
from workbench.ui.playground.question import IGNORED, Question, note_asked, offer_questions, show_question
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import run_page, show_error
from workbench.ui.widgets import address
from workbench.ui.widgets.code_permission import offer_code
from workbench.ui.widgets.given_passages import show_given_passages
from workbench.ui.widgets.hosts import offer_trust
from workbench.ui.widgets.links import go_to
from workbench.ui.widgets.page_top import page_top
from workbench.ui.widgets.text import as_markdown
from workbench.ui.widgets.waiting import ask, forget

LETTERS = "abcd"
LONGEST_IN_ADDRESS = 4_000  # characters of a conversation: browsers and proxies cut longer addresses


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
        stored_trial = services.results.find_trial(trial)
        st.session_state[IGNORED] = (
            [] if stored_trial else ["The configuration in the address is not in this store."]
        )
        if stored_trial is not None:
            _begin([column_data.from_config(end) for end in stored_trial.config.ends])
            if stored_trial.config.route is not None:
                st.session_state[IGNORED] = [
                    f"{stored_trial.name} is a route: column A is its cheap end, column B its strong one."
                ]
    for name in ("question", "corpus", "history", "condition"):
        if value := address.read(name):
            st.session_state[f"playground.{name}"] = value


def _begin(tried: list[Knobs]) -> None:
    column_data.forget_knobs()
    st.session_state[column_data.COLUMNS] = tried


def _to_address(question: Question, tried: list[Knobs]) -> None:
    conversation = write_turns(question.history)
    address.keep("corpus", question.corpus)
    address.keep("question", question.text)
    address.keep("history", conversation if len(conversation) <= LONGEST_IN_ADDRESS else "")
    address.keep("condition", write_condition(json.loads(question.filter)) if question.filter else "")
    address.keep("trial", "")
    for number, letter in enumerate(LETTERS):
        address.keep(letter, column_data.to_text(tried[number]) if number < len(tried) else "")


def _add(services: Services, tried: list[Knobs]) -> None:
    prompts = [p.label for p in services.catalogue.list_prompts()]
    models = [m.model.name for m in services.catalogue.list_models() if m.model.kind == "chat"]
    ours = [knobs for knobs in tried if not knobs["own"]]
    added = column_words.vary(ours, prompts, models) if ours else column_data.new_column(services)
    st.session_state[column_data.COLUMNS] = [*tried, added]


def _remove(tried: list[Knobs], number: int) -> None:
    column_data.forget_knobs()
    asking.forget_column(number)
    for n in range(column_data.MOST_COLUMNS):
        forget(f"playground.{n}")
    st.session_state[column_data.COLUMNS] = [k for n, k in enumerate(tried) if n != number]


def _settings(services: Services, number: int, tried: list[Knobs]) -> None:
    """Draw a column's settings on one line, with the popover that changes them."""
    knobs, letter = tried[number], "ABCD"[number]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        line = st.empty()  # filled once the knobs are read, or it would show the previous run's
        with st.popover(f"Change {letter}", icon=":material/tune:", type="tertiary"):
            show_knobs(services, number, knobs)
            if len(tried) > 1:
                st.button(
                    f"Remove column {letter}",
                    key=f"playground.remove.{number}",
                    on_click=_remove,
                    args=(tried, number),
                    icon=":material/close:",
                    type="tertiary",
                )
    newest = {p.label for p in services.catalogue.list_prompts()}
    line.markdown(f"**{letter}** {as_markdown(column_words.summary(knobs, newest))}", width="stretch")
    if number:
        changes = column_words.differences(tried[0], knobs)
        st.caption(f"Compared with A: {as_markdown('; '.join(changes)) if changes else 'nothing differs'}")


def _reply(services: Services, number: int, knobs: Knobs, *, again: bool) -> None:
    asked = asking.get_asked()
    if asked is None:
        return
    try:
        file, is_changed = asking.file_to_ask(services, number, knobs, again=again)
    except WorkbenchError as error:
        show_error(error)
        return
    if not file:
        st.caption("Not asked yet: press Ask.")
        return
    if is_changed:
        st.caption(":orange[The settings have changed: press Ask for a new answer.]")
    history = asked.question.history
    turns = {"history": turns_to_json(history)} if history else {}
    own_filter = {"filter": asked.question.filter} if asked.question.filter else {}
    reply = ask(
        services,
        f"playground.{number}",
        "playground",
        {"yaml": file, "question": asked.question.text, **turns, **own_filter},
        doing="Retrieving and answering…",
        show_pieces=pieces_of(asked.corpus),
    )
    if reply.error is not None:
        key = f"playground.{number}"
        offer_code(services, services.code.find_refused(file), "in the Playground", key, partial(forget, key))
        if knobs["own"]:
            pairs = services.catalogue.find_unconfirmed(System.model_validate(knobs["own"]).model)
            offer_trust(services, pairs, key, partial(forget, key))
    if reply.result is not None and not reply.stale:
        show_answer(reply.result)
        with st.container(horizontal=True, gap="small"):
            offer_follow_up(number, asked.question, reply.result["answer"])
            keep_answer(services, number, asked, knobs, reply.result)
        show_given_passages(reply.result["passages"])


def _tools(services: Services, question: Question, tried: list[Knobs]) -> tuple[Question, bool]:
    """Draw the line of what can be done, and the earlier turns; return the question after them, and whether a
    changed column is asked again at once."""
    with st.container(horizontal=True, vertical_alignment="center"):
        offer_questions(services, question.corpus)
        conversation = edit_conversation()
        condition = edit_condition(offered=any(knobs["filter"] == OWN_FILTER for knobs in tried))
        st.button(
            "Add a column",
            disabled=len(tried) >= column_data.MOST_COLUMNS,
            key="playground.add",
            on_click=_add,
            args=(services, tried),
            icon=":material/add:",
        )
        if st.button("Save as experiment axes", key="playground.design", icon=":material/tune:"):
            st.session_state["design.load"] = column_files.as_axes(services, question.corpus, tried)
            go_to("design")
        again = asking.choose_again(services, tried)
    return question.after(show_conversation(conversation), condition), again


def render(services: Services) -> None:
    page_top("Playground")
    _from_address(services)
    tried = column_data.columns(services)
    question = show_question(services)
    if question is None:
        return
    question, again = _tools(services, question, tried)
    remark = st.empty()
    places = st.columns(len(tried), border=True, gap="small")
    for number, place in enumerate(places):
        with place:
            _settings(services, number, tried)
    if question.is_asked:  # once all settings are read
        try:
            asking.ask_all(services, question.corpus, question.asked, tried)
            note_asked(question)
        except WorkbenchError as error:
            show_error(error)
    asked = asking.get_asked()
    if asked and (asked.corpus, asked.question) != (question.corpus, question.asked):
        remark.caption(":orange[The answers below are to another question: press Ask for this one.]")
    for number, place in enumerate(places):
        with place:
            _reply(services, number, tried[number], again=again)
    _to_address(question, tried)


run_page(render)
