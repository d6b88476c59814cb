"""Widgets for systems, RAGs of one's own that are tried beside the configurations: a list, and adding one.
Knows nothing about how a system is asked."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.errors import InputError
from workbench.space.files import validate
from workbench.space.system import System
from workbench.ui.design import draft
from workbench.ui.design.advice import Places
from workbench.ui.design.draft_values import IN_FILE
from workbench.ui.widgets.text import as_label, as_markdown, show_text

PROBLEM = "system_problem"


def _entries() -> dict[str, dict[str, Any]]:
    """Label → the system as the file has it."""
    inline = draft.get("inline", {})
    return {label: inline[label] for label in draft.get("systems") or [] if label in inline}


def list_names() -> list[str]:
    """Return the names of the design's systems."""
    return [str(entry["name"]) for entry in _entries().values()]


def systems_in_words() -> str:
    """Return the names, as Markdown."""
    return as_label(", ".join(list_names()) or "none", 90)


def show_systems(places: Places) -> None:
    st.caption(
        "A RAG that retrieves and answers by itself is asked the same questions and scored alike. It takes a "
        'POST of {"question", "history"} and replies with {"answer", "passages"}. For other JSON, a Python '
        "function or a chat endpoint, edit the file below (docs/systems.md).",
    )
    places.reserve("systems")
    for label, entry in _entries().items():
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            show_text(f"{entry['name']} · {_where(entry)}", small=True)
            st.button(
                "",
                key=f"design.remove_system.{label}",
                type="tertiary",
                icon=":material/delete:",
                help=f"Remove {as_markdown(str(entry['name']))} from this design",
                on_click=_remove,
                args=(label,),
            )
    name, url, button = st.columns([3, 5, 1], vertical_alignment="bottom")
    with name:
        st.text_input("Name", key="design.system_name", placeholder="what-we-run-today")
    with url:
        st.text_input("Address", key="design.system_url", placeholder="http://127.0.0.1:9000/ask")
    with button:
        st.button("Add", key="design.add_system", on_click=_add, help="Add the system to this design")
    if problem := draft.get(PROBLEM):
        st.error(as_markdown(problem))


def _where(entry: dict[str, Any]) -> str:
    server = entry.get("openai") or {}
    return str(entry.get("url") or entry.get("python") or server.get("base_url") or "")


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
    draft.put(
        "inline", {**draft.get("inline", {}), label: system.model_dump(mode="json", exclude_defaults=True)}
    )
    draft.put("systems", [*(draft.get("systems") or []), label])
    for field in ("system_name", "system_url"):
        draft.put(field, "")


def _remove(label: str) -> None:
    """A baseline that names it is left without a system."""
    entry = _entries().get(label, {})
    draft.put("systems", [other for other in draft.get("systems") or [] if other != label])
    if draft.get("baseline_system") == entry.get("name"):
        draft.put("baseline_system", None)
