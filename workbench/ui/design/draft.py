"""The experiment being designed, in the session: loaded from a file, turned by widgets, written to a file.
Knows nothing about how widgets are laid out."""

from __future__ import annotations

import copy
from typing import Any

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.space.experiment import ExperimentFile
from workbench.space.files import parse_rules
from workbench.ui.design.draft_values import WIDGETS, to_data, to_file_data, to_values

KEY = "design."
# What is loaded, beside the widgets' values: the file, its values as shown first, what it writes out.
_LOADED = ("file", "before", "inline")
MOST_STEPS_BACK = 10


def put(name: str, value: Any) -> None:
    st.session_state[KEY + name] = value


def get(name: str, default: Any = None) -> Any:
    return st.session_state.get(KEY + name, default)


def load(written: ExperimentFile) -> None:
    """Set every widget to what an experiment file says."""
    values, inline = to_values(written)
    put("file", to_file_data(written))
    put("before", copy.deepcopy(values))
    put("inline", inline)
    _show(values)
    put("loaded", True)


def _show(values: dict[str, Any]) -> None:
    for name, value in values.items():
        put(name, value)
    put("bounds_shown", values["bounds"])
    put("bounds_round", get("bounds_round", 0) + 1)  # in the key of the table, which then begins anew


def values() -> dict[str, Any]:
    """The value of every widget as it stands; what a widget has dropped, as it was loaded."""
    before = get("before", {})
    found = {name: get(name, before.get(name)) for name in WIDGETS}
    # A selection that was emptied is None in some widgets.
    return {n: [] if v is None and isinstance(before.get(n), list) else v for n, v in found.items()}


def data() -> dict[str, Any]:
    """The content of the experiment file that the widgets amount to."""
    found = values()
    if rules_error() is not None:
        found["rules"] = get("before", {}).get("rules", "")
    return to_data(found, get("inline", {}), get("before", {}), get("file", {}))


def rules_error() -> WorkbenchError | None:
    """What is wrong with the rules that are written as text."""
    text = get("rules", "") or ""
    if text == get("before", {}).get("rules", ""):
        return None
    try:
        parse_rules(text, "rules")
    except WorkbenchError as error:
        return error
    return None


def remember(what: str) -> None:
    """Keep the design as it is, to come back to it.  what: names what is about to change it."""
    kept = {name: copy.deepcopy(get(name)) for name in _LOADED}
    steps = [*get("steps", []), {"what": what, "values": copy.deepcopy(values()), **kept}]
    put("steps", steps[-MOST_STEPS_BACK:])


def last_change() -> str | None:
    steps = get("steps", [])
    return steps[-1]["what"] if steps else None


def go_back() -> None:
    """The design as it was before the last change that was remembered. Before the widgets are drawn."""
    steps = get("steps", [])
    if not steps:
        return
    last = steps[-1]
    put("steps", steps[:-1])
    for name in _LOADED:
        put(name, last[name])
    _show(last["values"])
    put("notice", None)
