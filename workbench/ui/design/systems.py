"""Widgets for systems, RAGs of one's own that are tried beside the configurations: a list, adding one, and
trying one on a single question.
Knows nothing about how a system is asked."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from workbench.errors import InputError
from workbench.results.answer_flags import describe_flags
from workbench.results.tried_words import tried_in_words
from workbench.space.file_writing import to_yaml
from workbench.space.files import validate
from workbench.space.system import System
from workbench.ui.design import draft
from workbench.ui.design.advice import Places
from workbench.ui.design.draft_values import IN_FILE
from workbench.ui.services import Services
from workbench.ui.widgets.code_permission import offer_code
from workbench.ui.widgets.given_passages import show_given_passages
from workbench.ui.widgets.hosts import offer_trust
from workbench.ui.widgets.text import as_label, as_markdown, show_text
from workbench.ui.widgets.waiting import ask, forget

PROBLEM = "system_problem"
TRIED = "system_tried"  # what *Try it* was clicked for last


def entries() -> dict[str, dict[str, Any]]:
    """Label → the system as the file has it."""
    inline = draft.get("inline", {})
    return {label: inline[label] for label in draft.get("systems") or [] if label in inline}


def list_names() -> list[str]:
    """Return the names of the design's systems."""
    return [str(entry["name"]) for entry in entries().values()]


def systems_in_words() -> str:
    """Return the names, as Markdown."""
    return as_label(", ".join(list_names()) or "none", 90)


def as_entry(system: System) -> dict[str, Any]:
    """Return a system as a file has it."""
    return system.model_dump(mode="json", exclude_defaults=True)


def system_file(corpus: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Return an experiment file that asks a system alone.

    entry: the system as a file has it.
    """
    return {"name": str(entry["name"]), "corpus": corpus, "systems": [entry]}


def where_of(entry: dict[str, Any]) -> str:
    """Return a system's address or function. entry: the system as a file has it."""
    server = entry.get("openai") or {}
    return str(entry.get("url") or entry.get("python") or server.get("base_url") or "")


def show_systems(services: Services, places: Places) -> None:
    st.caption(
        "A RAG that does its own retrieval and answering gets the same questions and is scored in the same "
        'way. It takes a POST of {"question", "history"} and replies with {"answer", "passages"}. For other '
        "JSON, a Python function or a chat endpoint, edit the file below (docs/systems.md).",
    )
    places.reserve("systems")
    for label, entry in entries().items():
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            show_text(f"{entry['name']} · {where_of(entry)}", small=True)
            st.button(
                "Try it",
                key=f"design.try_system.{label}",
                type="tertiary",
                help="Ask it one question to check that its reply can be read",
                on_click=_try,
                args=(entry,),
            )
            st.button(
                "",
                key=f"design.remove_system.{label}",
                type="tertiary",
                icon=":material/delete:",
                help=f"Remove {as_markdown(str(entry['name']))} from this design",
                on_click=_remove,
                args=(label,),
            )
    if entries():
        st.text_input("Test question", key="design.system_question", placeholder="the first of the corpus")
        _show_tried(services)
    name, url, button = st.columns([3, 5, 1], vertical_alignment="bottom")
    with name:
        st.text_input("Name", key="design.system_name", placeholder="what-we-run-today")
    with url:
        st.text_input("Address", key="design.system_url", placeholder="http://127.0.0.1:9000/ask")
    with button:
        st.button("Add", key="design.add_system", on_click=_add, help="Add the system to this design")
    if problem := draft.get(PROBLEM):
        st.error(as_markdown(problem))


def _try(entry: dict[str, Any]) -> None:
    """Note what is asked: later changes of the design ask nothing again."""
    file = system_file(str(draft.get("corpus")), entry)
    question = str(draft.get("system_question") or "").strip()
    draft.put(
        TRIED, {"file": file, "question": question, "number": (draft.get(TRIED) or {}).get("number", 0) + 1}
    )


def _show_tried(services: Services) -> None:
    """Show what a system replied: the answer, and where its passages stand in the documents."""
    tried = draft.get(TRIED)
    if not tried:
        return
    key, file = "design.tried_system", to_yaml(tried["file"])
    entry = tried["file"]["systems"][0]
    reply = ask(
        services,
        key,
        "try_system",
        {"yaml": file, "question": tried["question"]},
        doing=f"Asking {entry['name']}…",
        version=tried["number"],
    )
    if reply.error is not None:
        again = partial(forget, key)
        offer_code(services, services.code.find_refused(file), str(entry["name"]), key, again)
        model = System.model_validate(entry).model
        offer_trust(services, services.catalogue.find_unconfirmed(model), key, again)
    if reply.result is not None and not reply.stale:
        result = reply.result
        show_text(f"{result['system']} was asked: {result['question']}", small=True)
        show_text(result["answer"])
        st.caption(as_markdown(tried_in_words(result)))
        for said in describe_flags(result["flags"]):
            st.caption(as_markdown(said))
        show_given_passages(result["passages"])


def _add() -> None:
    name, url = (str(draft.get(field) or "").strip() for field in ("system_name", "system_url"))
    draft.put(PROBLEM, None)
    try:
        if not name or not url:
            raise InputError(f"Write the system's {'address' if name else 'name'}.")
        if name in list_names():
            raise InputError(f"There is a system named {name!r} already.")
        system = validate(System, {"name": name, "url": url}, "the system")
    except InputError as error:
        draft.put(PROBLEM, str(error))
        return
    label = f"{name}{IN_FILE}"
    draft.put("inline", {**draft.get("inline", {}), label: as_entry(system)})
    draft.put("systems", [*(draft.get("systems") or []), label])
    for field in ("system_name", "system_url"):
        draft.put(field, "")


def _remove(label: str) -> None:
    """A baseline that names it is left without a system."""
    entry = entries().get(label, {})
    draft.put("systems", [other for other in draft.get("systems") or [] if other != label])
    if draft.get("baseline_system") == entry.get("name"):
        draft.put("baseline_system", None)
