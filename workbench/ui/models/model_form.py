"""Draws the form that registers or changes a served model: address, key, name on the server, name here.
Knows nothing about connecting to the server: the worker lists its models and tests it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import PurePath
from typing import Any

import streamlit as st

from workbench.providers.connection_test import waiting_words
from workbench.providers.served_kind import kind_of_row
from workbench.providers.server_facts import ServerFacts
from workbench.space.known_servers import KNOWN_SERVERS, find_known_server
from workbench.space.model import Model
from workbench.space.model_faults import find_faults, is_folder
from workbench.space.model_names import suggest_name
from workbench.ui.models.more_settings import read_more, show_more
from workbench.ui.models.reachability import show_report
from workbench.ui.models.served_list import fetch_list, show_key_state, warn_misnamed
from workbench.ui.services import Services
from workbench.ui.widgets.text import as_markdown
from workbench.ui.widgets.waiting import ask, forget

ROUND = "models.form.round"  # the number in the keys of an empty form: another number makes new widgets


def edit_model(services: Services, model: Model | None, taken: Collection[str]) -> Model | None:
    """Draw the form; return the model once *Save* is clicked and nothing is wrong, None before.

    What is wrong is said at its field.

    model: the one that is changed; None for a new one.
    taken: names that a new one must not have.
    """
    key = f"models.form.{model.name if model else f'new.{st.session_state.get(ROUND, 0)}'}"
    left, right = st.columns(2, gap="medium")
    base_url, address_place = _show_address(left, model, key)
    variable, key_place = _show_variable(right, model, key, base_url)
    below_left, below_right = st.columns(2, gap="medium")
    list_place = below_left.container()
    name_place = below_right.container()
    buttons = st.container(horizontal=True, vertical_alignment="center")
    outcome = st.container()
    more = st.expander("More: kind, sampling, limits, price, headers")

    known: dict[str, str] = st.session_state.get(f"{key}.faults", {})
    path = base_url if is_folder(base_url) else None
    base_url = None if path else base_url
    reaching: dict[str, Any] = {"base_url": base_url, "api_key_env": variable}
    seen = _reachable(model, reaching | st.session_state.get(f"{key}.reaching", {}))
    facts = ServerFacts()
    with list_place:
        served_place = st.container()
        if seen is not None:
            facts = fetch_list(services, seen, key)
    served, served_fault = None, served_place
    if path is None:
        served, served_fault = _show_served(served_place, model, key, base_url, facts)
    kind = "reranker" if path else _kind(facts, served)
    name, name_fault = _show_name(name_place, model, key, PurePath(path).name if path else served, taken)
    if seen is not None and variable:
        with key_place:
            show_key_state(services, seen)
    with more:
        fields, unread = read_more(show_more(model, kind, key, known, served))
    kept = model.model_dump(mode="json", exclude_defaults=True) if model else {}  # what no field shows stays
    four = {"name": name, "base_url": base_url, "model": served, "api_key_env": variable}
    data = kept | four | {"path": path} | fields
    if model is not None:
        data["limits"] = model.limits.model_dump(exclude_defaults=True) | data["limits"]
    st.session_state[f"{key}.reaching"] = {
        n: data.get(n) for n in ("extra_query", "extra_headers", "key_header", "organization", "project")
    }
    faults = find_faults(data, taken if model is None else ()) | unread
    places = {"base_url": address_place, "api_key_env": key_place, "model": served_fault, "name": name_fault}
    return _finish(services, key, data, faults, places, buttons, outcome)


def empty_form() -> None:
    """Have the form that registers a model begin anew."""
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1


def _finish(
    services: Services,
    key: str,
    data: dict[str, Any],
    faults: dict[str, str],
    places: dict[str, Any],
    buttons: Any,
    outcome: Any,
) -> Model | None:
    """Draw *Save* and *Test* and what came of them. Faults are said from the first click on."""
    with buttons:
        saved = st.button("Save", type="primary", key=f"{key}.save")
        tested = st.button("Test", key=f"{key}.test", icon=":material/wifi_tethering:")
    if saved or tested:
        st.session_state[f"{key}.clicked"] = True
    clicked = bool(st.session_state.get(f"{key}.clicked"))
    # An address or a variable that is wrong, and not just empty, is said at once.
    said = {f: t for f, t in faults.items() if clicked or (f in ("base_url", "api_key_env") and data.get(f))}
    for field, text in said.items():
        if field in places:
            places[field].error(as_markdown(text))
    in_more = {field: text for field, text in said.items() if field not in places}
    if in_more:
        lines = "\n\n".join(f"{field.replace('_', ' ')}: {text}" for field, text in in_more.items())
        outcome.error(f"Under *More*:\n\n{as_markdown(lines)}")
    if st.session_state.get(f"{key}.faults", {}) != in_more:  # drawn at the field in the next drawing
        st.session_state[f"{key}.faults"] = in_more
        if faults or not (saved or tested):  # a click on a form that is right must not be lost
            st.rerun()
    if faults:
        return None
    model = Model.model_validate(data)
    if saved:
        st.session_state.pop(f"{key}.clicked", None)
        return model
    with outcome:
        _test(services, key, model, tested)
    return None


def _test(services: Services, key: str, model: Model, clicked: bool) -> None:
    """Test the model as the form describes it, before it is saved."""
    payload = {"model": model.model_dump(mode="json", exclude_defaults=True)}
    if clicked:
        forget(f"{key}.tested")
        st.session_state[f"{key}.testing"] = payload
    if st.session_state.get(f"{key}.testing") != payload:  # changed since: the report would be of another
        return
    if services.catalogue.find_unconfirmed(model):
        st.warning("Allow the address above first: the test would send a few words there.")
        return
    reply = ask(services, f"{key}.tested", "test_connection", payload, doing=waiting_words(model))
    if reply.result is not None and not reply.stale:
        show_report(reply.result)


def _reachable(model: Model | None, reaching: dict[str, Any]) -> Model | None:
    """Return a model at this address, to ask its server for a list; None while the address is not sound."""
    data = {**reaching, "name": "this server", "model": "any"}
    return None if find_faults(data) else Model.model_validate(data)


def _kind(facts: ServerFacts, served: str | None) -> str:
    listed = facts.find(served)
    return listed.kind if listed is not None else kind_of_row({}, served or "")


def _with_typed(options: list[str], widget: str) -> list[str]:
    """Return the options and what was typed into a select box instead of choosing one."""
    typed = st.session_state.get(widget)
    return [*options, typed] if typed and typed not in options else options


def _show_address(place: Any, model: Model | None, key: str) -> tuple[str | None, Any]:
    names = {server.base_url: f"{server.name} · {server.base_url}" for server in KNOWN_SERVERS}
    options = list(names)
    written = (model.base_url or model.path) if model is not None else None
    if written and written not in names:
        options.insert(0, written)
    with place:
        base_url = st.selectbox(
            "Address",
            _with_typed(options, f"{key}.base_url"),
            options.index(written) if written else None,
            key=f"{key}.base_url",
            format_func=lambda url: names.get(url, url),
            accept_new_options=True,
            placeholder="Choose a server, or write an address",
            help="A reranker can also be loaded from a folder with model.onnx and tokenizer.json: enter its "
            "path, such as /models/reranker.",
        )
        typed = find_known_server(base_url or "")  # somebody may write "Groq" instead of choosing it
        return typed.base_url if typed else (base_url or "").strip() or None, st.empty()


def _show_variable(place: Any, model: Model | None, key: str, base_url: str | None) -> tuple[str | None, Any]:
    known = find_known_server(base_url or "")
    usual = known.api_key_env if known else None
    current = model.api_key_env if model and model.base_url == base_url else usual
    variables = [s.api_key_env for s in KNOWN_SERVERS if s.api_key_env]
    options = list(dict.fromkeys([*filter(None, (current, usual)), *variables]))
    widget = f"{key}.api_key_env.{base_url}"  # each server has its own usual variable
    with place:
        variable = st.selectbox(
            "Environment variable with its key",
            _with_typed(options, widget),
            options.index(current) if current else None,
            key=widget,
            accept_new_options=True,
            placeholder="none: it needs no key",
            help="The variable's name, never the key. Set it in the environment or in .env.",
        )
        return (variable or "").strip() or None, st.container()


def _show_served(
    place: Any, model: Model | None, key: str, base_url: str | None, facts: ServerFacts
) -> tuple[str | None, Any]:
    current = model.model if model and model.base_url == base_url else None
    kinds = {m.name: m.kind for m in facts.models}
    options = list(dict.fromkeys([*filter(None, (current,)), *facts.names]))

    def label(name: str) -> str:
        kind = kinds.get(name)
        return name if kind in (None, "chat") else f"{name} ({kind.replace('_', ' ')})"

    widget, typed = f"{key}.model.{base_url}", f"{key}.typed"
    kept = st.session_state.get(typed)  # what was written for an address that is corrected is not lost
    if widget not in st.session_state and kept and (not options or kept in options):
        st.session_state[widget] = kept
    if st.session_state.get(widget) is None and len(options) == 1:
        st.session_state[widget] = options[0]
    with place:
        served = st.selectbox(
            "Name on the server",
            _with_typed(options, widget),
            None,
            key=widget,
            format_func=label,
            accept_new_options=True,
            placeholder=f"Choose one of {len(options)}, or write a name" if options else "Write a name",
        )
        served = (served or "").strip() or None
        if model is None and served not in facts.names:
            st.session_state[typed] = served
        fault = st.empty()
        warn_misnamed(facts, served)
        return served, fault


def _show_name(
    place: Any, model: Model | None, key: str, served: str | None, taken: Collection[str]
) -> tuple[str, Any]:
    with place:
        suggested = suggest_name(served, taken) if served else ""
        name = st.text_input(
            "Name here",
            model.name if model else suggested,
            key=f"{key}.name.{served}",
            disabled=model is not None,
            help="What experiments and pages call it",
        )
        return name.strip(), st.empty()
