"""Keeps the design in the session: loaded from an experiment file, changed by widgets, written to a file.
Knows nothing about how widgets are laid out."""

from __future__ import annotations

import copy
from typing import Any

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.space.experiment import ExperimentFile
from workbench.space.files import parse_rules
from workbench.ui.design.draft_values import WIDGETS, check_stored, to_data, to_file_data, to_values

KEY = "design."
# Stored besides the widgets' values: the file's data, the values it was first shown with, its inline entries.
_LOADED = ("file", "before", "inline")
MAX_UNDO_STEPS = 10


def put(name: str, value: Any) -> None:
    st.session_state[KEY + name] = value


def get(name: str, default: Any = None) -> Any:
    return st.session_state.get(KEY + name, default)


def begin(written: ExperimentFile) -> None:
    """Start a new draft with what an experiment file says; the steps of another draft are not taken over."""
    put("steps", [])
    load(written)


def load(written: ExperimentFile) -> None:
    """Set every widget to what an experiment file says."""
    values, inline = to_values(written)
    put("file", to_file_data(written))
    put("before", copy.deepcopy(values))
    put("inline", inline)
    _show(values)


def content() -> dict[str, Any]:
    """Return all that a draft is, as plain data: what `restore` sets again."""
    loaded = {name: get(name) for name in _LOADED}
    return {"values": values(), **loaded, "steps": get("steps", [])}


def restore(content: dict[str, Any]) -> None:
    """Set every widget to what a stored draft says.

    Raises ValueError, before anything is set, for content that is no draft.
    """
    steps = content.get("steps")
    if not isinstance(steps, list):
        raise ValueError("its steps are not a list")
    for step in (content, *steps):
        check_stored(step)
        for name in _LOADED:
            if not isinstance(step.get(name), dict):
                raise ValueError(f"it has no usable {name!r}")
    if not all(isinstance(step.get("what"), str) for step in steps):
        raise ValueError("a step does not say what it changed")
    for name in (*_LOADED, "steps"):
        put(name, content[name])
    _show(copy.deepcopy(get("before")) | content["values"])
    put("notice", None)


def is_open() -> bool:
    return bool(get("file"))


def _show(values: dict[str, Any]) -> None:
    for name, value in values.items():
        put(name, value)
    put("bounds_shown", values["bounds"])
    put("bounds_round", get("bounds_round", 0) + 1)  # part of the table's key: a new key makes a new table


def values() -> dict[str, Any]:
    """Return the present value of every widget; where a widget has no value, the one that was loaded."""
    before = get("before", {})
    present = {name: get(name, before.get(name)) for name in WIDGETS}
    # Some widgets return None for an empty selection.
    return {n: [] if v is None and isinstance(before.get(n), list) else v for n, v in present.items()}


def data() -> dict[str, Any]:
    """Return the content of the experiment file that the widgets describe."""
    present = values()
    if rules_error() is not None:
        present["rules"] = get("before", {}).get("rules", "")
    return to_data(present, get("inline", {}), get("before", {}), get("file", {}))


def rules_error() -> WorkbenchError | None:
    """Return what is wrong with the rules, which are written as text; None when they can be read."""
    text = get("rules", "") or ""
    if text == get("before", {}).get("rules", ""):
        return None
    try:
        parse_rules(text, "rules")
    except WorkbenchError as error:
        return error
    return None


def remember(what: str) -> None:
    """Save the present design as an undo step.

    what: the change that is about to be made, in words.
    """
    loaded = {name: copy.deepcopy(get(name)) for name in _LOADED}
    steps = [*get("steps", []), {"what": what, "values": copy.deepcopy(values()), **loaded}]
    put("steps", steps[-MAX_UNDO_STEPS:])


def last_change() -> str | None:
    """Return the change that undo would take back, in words; None when there is none."""
    steps = get("steps", [])
    return steps[-1]["what"] if steps else None


def go_back() -> None:
    """Restore the design from before the last remembered change. Call it before the widgets are drawn."""
    steps = get("steps", [])
    if not steps:
        return
    last = steps[-1]
    put("steps", steps[:-1])
    for name in _LOADED:
        put(name, last[name])
    _show(last["values"])
    put("notice", None)
