"""Keeps a person's choices on a page in its address, so that they can be shared, reloaded and undone by Back.
Knows nothing about what is chosen.

Streamlit's own binding is not used: it writes an option's label, which may contain a count or be renamed, and
Back skips its changes. Here an address that changes from outside (a link, Back, Forward) sets the widgets,
and all choices of a drawing are written into the address at its end, as one step of the browser's history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from workbench.ui.widgets.text import as_label

STATE = "address"
DIALOG = "dialog."
"""How the key of a dialog that is open begins in the session: it closes when another page is entered."""
# A widget that draws options: st.selectbox, st.radio, st.segmented_control.
Draw = Callable[..., Any]


@dataclass
class _Page:
    """What is known of the address of the page that is drawn."""

    name: str
    kept: dict[str, str] = field(default_factory=dict)
    """The parameters that this page wrote into the address last."""
    chosen: dict[str, str] = field(default_factory=dict)
    """The parameters chosen in this drawing so far; "" is the default, which is left out of the address."""
    overrides: dict[str, str] = field(default_factory=dict)
    """Parameters set by code, which replace those of the address in the next drawing."""
    unknown: dict[str, str] = field(default_factory=dict)
    """Parameters whose value in the address names something that does not exist."""
    written: dict[str, str] | None = None
    """The whole address as it was written last; None before the first time."""
    replaced: list[dict[str, str]] = field(default_factory=list)
    """Addresses that were written over, until the browser is known to have the new one."""
    is_stale: bool = False
    """Whether the browser sent this drawing with one of the replaced addresses."""


def _page() -> _Page:
    page: _Page = st.session_state.setdefault(STATE, _Page(""))
    return page


def enter(page: str) -> None:
    """Begin a drawing of a page.

    Called by the router; a page other than the last starts from its address alone.
    """
    if _page().name != page:
        st.session_state[STATE] = _Page(page)
        for key in [str(key) for key in st.session_state if str(key).startswith(DIALOG)]:
            del st.session_state[key]
    _page().chosen = {}
    _detect_stale(_page())


def _detect_stale(page: _Page) -> None:
    """Detect a click that the browser sent before it received the address written last.

    Such a click brings the old address along, which must not undo what was chosen. Back brings an old
    address, too, but says so.
    """
    context = get_script_run_ctx()
    went_back = context is not None and context.is_history_navigation
    page.is_stale = not went_back and st.query_params.to_dict() in page.replaced
    if not page.is_stale:
        page.replaced = []


def leave() -> None:
    """End a drawing: write what the page chose into the address, in one step, if that differs from it."""
    page = _page()
    current = st.query_params.to_dict()
    target = {n: v for n, v in current.items() if n not in page.kept and n not in page.chosen}
    target |= {n: v for n, v in page.chosen.items() if v}
    page.kept = dict(page.chosen)
    if target != current or (page.is_stale and target != page.written):
        # The browser may have any address between the one it sent and the one it was sent since.
        page.replaced += [a for a in (current, page.written) if a is not None and a != target]
        page.written = target
        st.query_params.from_dict(target)


def was_changed() -> bool:
    """Return whether anything but this page's own drawings changed the address."""
    page = _page()
    differs = not page.is_stale and any(st.query_params.get(n, "") != v for n, v in page.kept.items())
    return bool(page.overrides) or differs


def read(name: str) -> str | None:
    """Return a parameter of the address if it is new: on entering the page, or after a change from outside.

    Returns None if it is not new, and "" if the address does not have the parameter. To be called once per
    drawing.
    """
    page = _page()
    if name in page.overrides:
        return page.overrides.pop(name)
    value = st.query_params.get(name, "")
    return None if page.kept.get(name) == value or (page.is_stale and name in page.kept) else value


def keep(name: str, text: str) -> None:
    """Write a parameter into the address at the end of the drawing; "" is the default, which is left out."""
    _page().chosen[name] = text


def defer(*names: str) -> None:
    """Leave these parameters in the address, to be read once their widgets can be drawn."""
    for name in names:
        _page().kept.pop(name, None)


def set_next(name: str, text: str) -> None:
    """Have the next drawing begin with this choice, whatever the address says."""
    _page().overrides[name] = text


def follow(name: str, key: str, default: Any, parse: Callable[[str], Any]) -> bool:
    """Set a widget's state from the address, before the widget is drawn; return whether the address was new.

    key: the widget's.
    default: the value where the address has none, or one that does not exist.
    parse: turns the text of the address into the widget's value; returns None for one that does not exist,
        which warn_unknown then reports.
    """
    text = read(name)
    if text is not None:
        # Recorded at once: a click that interrupts this drawing must not be overruled by the next one.
        _page().kept[name] = st.query_params.get(name, "")
        value = parse(text) if text else None
        _page().unknown.pop(name, None)
        if text and value is None:
            _page().unknown[name] = text
        st.session_state[key] = default if value is None else value
    elif key not in st.session_state:
        st.session_state[key] = default
    return text is not None


def warn_unknown(name: str, *, chosen: bool, message: str = "") -> None:
    """Warn that the address asks for something that does not exist, until something else is chosen.

    chosen: whether something else than the default is chosen.
    message: the warning; empty for the usual one.
    """
    page = _page()
    if chosen:
        page.unknown.pop(name, None)
    if name in page.unknown:
        usual = (
            f"The address asks for {name} “{as_label(page.unknown[name], 60)}”, which does not exist here."
        )
        st.warning(message or usual)


def key_of(name: str) -> str:
    """Return the widget's key, which is prefixed by the page's name."""
    return f"{_page().name or 'home'}.{name}"


def choose(
    draw: Draw,
    label: str,
    options: Sequence[str],
    *,
    name: str,
    default: str | None = None,
    always: bool = False,
    message: str = "",
    warn: bool = True,
    is_open: bool = False,
    **more: Any,
) -> str:
    """Draw a widget that chooses one of the options, and return the choice.

    draw: the widget: st.selectbox, st.radio or st.segmented_control.
    default: None for the first option.
    always: whether the default is written into the address, too.
    message: the warning when the address asks for an option that does not exist.
    warn: whether that warning is drawn here; if not, the caller draws it with warn_unknown.
    is_open: whether any other text may be written instead, into a selectbox.
    more: passed on to the widget.
    """
    key, first = key_of(name), options[0] if default is None else default
    follow(name, key, first, lambda text: text if is_open or text in options else None)
    written = st.session_state[key]
    if is_open and written:
        options = [*options, *([] if written in options else [written])]
        more["accept_new_options"] = True
    if written not in options:
        st.session_state[key] = first
    _send(key)
    chosen = str(draw(label, options, key=key, **more))
    if warn:
        warn_unknown(name, chosen=chosen != first, message=message)
    keep(name, chosen if always or chosen != first else "")
    return chosen


def _send(key: str) -> None:
    """Have the value sent to the browser at each drawing.

    Streamlit sends it once. But a drawing that is interrupted never arrives (the browser then shows nothing
    chosen, and sends the next choice alone), and an option's label may have changed since. Not for text
    inputs: a person may be typing.
    """
    st.session_state[key] = st.session_state[key]


def choose_several(
    label: str, options: Sequence[str], *, name: str, default: Sequence[str] = (), **more: Any
) -> list[str]:
    """Draw a multiselect and return the options chosen, in the order chosen.

    No option may contain a comma.
    """
    key = key_of(name)

    def parse(text: str) -> list[str] | None:
        parts = dict.fromkeys(part for part in text.split(",") if part in options)
        return list(parts)[: more.get("max_selections")] or None

    follow(name, key, list(default), parse)
    if any(value not in options for value in st.session_state[key]):
        st.session_state[key] = list(default)
    _send(key)
    chosen = list(st.multiselect(label, options, key=key, **more))
    warn_unknown(name, chosen=chosen != list(default))
    keep(name, ",".join(chosen))
    return chosen


def switch(label: str, *, name: str, **more: Any) -> bool:
    """Draw a toggle; off is the default."""
    key = key_of(name)
    follow(name, key, False, lambda text: True if text == "1" else None)
    _send(key)
    chosen = bool(st.toggle(label, key=key, **more))
    keep(name, "1" if chosen else "")
    return chosen


def write_text(label: str, *, name: str, **more: Any) -> str:
    """Draw a text input and return its text without the blanks around it."""
    key = key_of(name)
    follow(name, key, "", lambda text: text)
    text = str(st.text_input(label, key=key, **more)).strip()
    keep(name, text)
    return text


def choose_page(pages: int, *, name: str) -> int:
    """Draw a pagination and return the page chosen, counted from 1; a single page draws nothing."""
    key = key_of(name)
    follow(name, key, 1, lambda text: int(text) if text.isdecimal() and 0 < int(text) <= pages else None)
    if pages < 2:
        return 1
    st.session_state[key] = max(1, min(int(st.session_state[key]), pages))
    chosen = int(st.pagination(pages, key=key))
    keep(name, str(chosen) if chosen > 1 else "")
    return chosen


def choose_tab(labels: Sequence[str], *, name: str = "tab") -> Sequence[Any]:
    """Draw tabs; the open one is kept in the address."""
    key = key_of(name)
    follow(name, key, labels[0], lambda text: text if text in labels else None)
    tabs: Sequence[Any] = st.tabs(labels, key=key, on_change="rerun")
    opened = str(st.session_state[key])
    keep(name, opened if opened != labels[0] else "")
    return tabs


def select_rows(ids: Sequence[str], draw: Callable[[str], Any], *, name: str) -> list[str]:
    """Draw a table and return the ids of the selected rows, in the order of the table.

    They stay selected when the rows' order changes.

    ids: one per row, in order; none may contain a comma.
    draw: draws the table under a key and returns what st.dataframe returns.
    """
    key, ids_key, order = key_of(name), key_of(f"{name}.ids"), key_of(f"{name}.order")

    def parse(text: str) -> list[str] | None:
        return [part for part in text.split(",") if part in ids] or None

    is_new = follow(name, ids_key, [], parse)
    if is_new or st.session_state.get(order) != list(ids):
        rows = [row for row, id_ in enumerate(ids) if id_ in st.session_state[ids_key]]
        st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
        st.session_state[order] = list(ids)
    rows = sorted(draw(key)["selection"]["rows"])
    chosen = [ids[row] for row in rows if row < len(ids)]
    st.session_state[ids_key] = chosen
    warn_unknown(name, chosen=bool(chosen))
    keep(name, ",".join(chosen))
    return chosen


def select_row(ids: Sequence[str], draw: Callable[[str], Any], *, name: str) -> str | None:
    """Do the same for a table of which one row at most can be selected; return its id."""
    return next(iter(select_rows(ids, draw, name=name)), None)
