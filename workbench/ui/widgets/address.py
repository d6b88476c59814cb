"""What a person chose on a page is in the page's address: it can be shared and reloaded, and Back undoes it.
Knows nothing about what is chosen.

Not Streamlit's own binding: it writes an option's label, which may hold a count or be renamed, and Back skips
its changes. Here an address that changes by itself (a link, Back, Forward) sets the widgets, and all that a
drawing chose goes into the address at its end, as one step of the browser's history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from workbench.ui.widgets.text import as_label

STATE = "address"
# A widget that draws options: st.selectbox, st.radio, st.segmented_control.
Draw = Callable[..., Any]


@dataclass
class _Page:
    """kept: what this page wrote into the address last.  chosen: what this drawing chose so far; "" is the
    default, which is left out.  turned: what code wants instead of the address.  unknown: what the address
    asks for and is not there.  written: the whole address as it was written last.  unheard: addresses that
    were written over, until the browser is known to have the new one.  is_late: the browser sent this drawing
    with one of those."""

    name: str
    kept: dict[str, str] = field(default_factory=dict)
    chosen: dict[str, str] = field(default_factory=dict)
    turned: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)
    written: dict[str, str] | None = None
    unheard: list[dict[str, str]] = field(default_factory=list)
    is_late: bool = False


def _page() -> _Page:
    found: _Page = st.session_state.setdefault(STATE, _Page(""))
    return found


def enter(page: str) -> None:
    """The router says which page is drawn: another one than before begins from its address alone."""
    if _page().name != page:
        st.session_state[STATE] = _Page(page)
    _page().chosen = {}
    _notice_late(_page())


def _notice_late(page: _Page) -> None:
    """A click that the browser sent before it heard of the address last written brings the old one along:
    that is no news, and must not undo what was chosen. Back brings an old one, too, and says so."""
    context = get_script_run_ctx()
    went_back = context is not None and context.is_history_navigation
    page.is_late = not went_back and st.query_params.to_dict() in page.unheard
    if not page.is_late:
        page.unheard = []


def leave() -> None:
    """The page is drawn: write what it chose, where that differs from the address, in one step."""
    page = _page()
    now = st.query_params.to_dict()
    wanted = {n: v for n, v in now.items() if n not in page.kept and n not in page.chosen}
    wanted |= {n: v for n, v in page.chosen.items() if v}
    page.kept = dict(page.chosen)
    if wanted != now or (page.is_late and wanted != page.written):
        # The browser may be anywhere between what it said and what it was told since.
        page.unheard += [a for a in (now, page.written) if a is not None and a != wanted]
        page.written = wanted
        st.query_params.from_dict(wanted)


def is_news() -> bool:
    """Whether the address was changed by something else than this page's drawings."""
    page = _page()
    said = not page.is_late and any(st.query_params.get(n, "") != v for n, v in page.kept.items())
    return bool(page.turned) or said


def read(name: str) -> str | None:
    """What the address says, when that is news: the page was entered, or the address changed by itself. None
    when it is not; "" where the address says nothing. To be asked once a drawing."""
    page = _page()
    if name in page.turned:
        return page.turned.pop(name)
    said = st.query_params.get(name, "")
    return None if page.kept.get(name) == said or (page.is_late and name in page.kept) else said


def keep(name: str, text: str) -> None:
    """Have the address say `text`; "" for the default, which it need not say."""
    _page().chosen[name] = text


def hold(*names: str) -> None:
    """These cannot be drawn yet: what the address says of them stays, to be read when they are."""
    for name in names:
        _page().kept.pop(name, None)


def turn(name: str, text: str) -> None:
    """The next drawing begins with this choice, whatever the address says."""
    _page().turned[name] = text


def follow(name: str, key: str, default: Any, parse: Callable[[str], Any]) -> bool:
    """Before the widget `key` is drawn: what the address has to say goes into its state; whether it had.
    parse: the text of the address as the widget's value; None where there is no such thing, which is
    remembered."""
    said = read(name)
    if said is not None:
        # Taken in for good: a click that interrupts this drawing must not be overruled by the next one.
        _page().kept[name] = st.query_params.get(name, "")
        found = parse(said) if said else None
        _page().unknown.pop(name, None)
        if said and found is None:
            _page().unknown[name] = said
        st.session_state[key] = default if found is None else found
    elif key not in st.session_state:
        st.session_state[key] = default
    return said is not None


def tell_unknown(name: str, *, chosen: bool, words: str = "") -> None:
    """Say what the address asked for and is not there, until something else is chosen."""
    page = _page()
    if chosen:
        page.unknown.pop(name, None)
    if name in page.unknown:
        asked = f"The address asks for {name} “{as_label(page.unknown[name], 60)}”, which is not here."
        st.warning(words or asked)


def key_of(name: str) -> str:
    """The widget's key: it is the page's own."""
    return f"{_page().name or 'home'}.{name}"


def choose(
    draw: Draw,
    label: str,
    options: Sequence[str],
    *,
    name: str,
    default: str | None = None,
    always: bool = False,
    words: str = "",
    **more: Any,
) -> str:
    """One of the options, by a widget. default: the first.  always: the default, too, is in the address.
    words: said when the address asks for something else."""
    key, first = key_of(name), options[0] if default is None else default
    follow(name, key, first, lambda said: said if said in options else None)
    if st.session_state[key] not in options:
        st.session_state[key] = first
    _send(key)
    chosen = str(draw(label, options, key=key, **more))
    tell_unknown(name, chosen=chosen != first, words=words)
    keep(name, chosen if always or chosen != first else "")
    return chosen


def _send(key: str) -> None:
    """Have the browser told the value at each drawing. Streamlit tells it once: a drawing that is interrupted
    never arrives (the browser then shows nothing chosen, and sends the next choice alone), and an option's
    words may have changed since. Not for a text: someone may be writing it."""
    st.session_state[key] = st.session_state[key]


def choose_several(
    label: str, options: Sequence[str], *, name: str, default: Sequence[str] = (), **more: Any
) -> list[str]:
    """Some of the options, in the order chosen; no option holds a comma."""
    key = key_of(name)

    def parse(said: str) -> list[str] | None:
        return [part for part in said.split(",") if part in options][: more.get("max_selections")] or None

    follow(name, key, list(default), parse)
    if any(value not in options for value in st.session_state[key]):
        st.session_state[key] = list(default)
    _send(key)
    chosen = list(st.multiselect(label, options, key=key, **more))
    tell_unknown(name, chosen=chosen != list(default))
    keep(name, ",".join(chosen))
    return chosen


def switch(label: str, *, name: str, **more: Any) -> bool:
    """On or off; off is the default."""
    key = key_of(name)
    follow(name, key, False, lambda said: True if said == "1" else None)
    _send(key)
    chosen = bool(st.toggle(label, key=key, **more))
    keep(name, "1" if chosen else "")
    return chosen


def write_text(label: str, *, name: str, **more: Any) -> str:
    """A line of text, without the blanks around it."""
    key = key_of(name)
    follow(name, key, "", lambda said: said)
    text = str(st.text_input(label, key=key, **more)).strip()
    keep(name, text)
    return text


def choose_page(pages: int, *, name: str) -> int:
    """Which of so many pages, from 1; nothing is drawn for a single one."""
    key = key_of(name)
    follow(name, key, 1, lambda said: int(said) if said.isdecimal() and 0 < int(said) <= pages else None)
    if pages < 2:
        return 1
    st.session_state[key] = max(1, min(int(st.session_state[key]), pages))
    chosen = int(st.pagination(pages, key=key))
    keep(name, str(chosen) if chosen > 1 else "")
    return chosen


def choose_tab(labels: Sequence[str], *, name: str = "tab") -> Sequence[Any]:
    """Tabs; the address says which one is open."""
    key = key_of(name)
    follow(name, key, labels[0], lambda said: said if said in labels else None)
    tabs: Sequence[Any] = st.tabs(labels, key=key, on_change="rerun")
    opened = str(st.session_state[key])
    keep(name, opened if opened != labels[0] else "")
    return tabs


def select_row(ids: Sequence[str], draw: Callable[[str], Any], *, name: str) -> str | None:
    """The id of the row that is selected in a table; it stays selected when the rows' order changes.
    draw: draws the table under a key, with a row each id; what st.dataframe returns."""
    key, held = key_of(name), key_of(f"{name}.id")
    news = follow(name, held, None, lambda said: said if said in ids else None)
    chosen, order = st.session_state[held], key_of(f"{name}.order")
    if news or st.session_state.get(order) != list(ids):
        rows = [list(ids).index(chosen)] if chosen in ids else []
        st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
        st.session_state[order] = list(ids)
    rows = draw(key)["selection"]["rows"]
    chosen = ids[rows[0]] if rows and rows[0] < len(ids) else None
    st.session_state[held] = chosen
    tell_unknown(name, chosen=chosen is not None)
    keep(name, chosen or "")
    return chosen
