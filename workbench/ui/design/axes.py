"""Shows the axes: prompts and models side by side, below them the settings of retrieval.
Knows nothing about the configurations that they expand to."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from workbench.parts.part import Part, QueryTransform, Reranker
from workbench.parts.registry import parts_of
from workbench.parts.retrieval_settings import DEFAULT_EMBEDDING, PART_AXES, SETTINGS
from workbench.parts.setting_labels import label_of_setting
from workbench.space.prompt import Prompt
from workbench.space.retrieval import asks_model
from workbench.ui.design import draft
from workbench.ui.design.advice import Places
from workbench.ui.design.part_variants import show_variants
from workbench.ui.services import Services
from workbench.ui.widgets.links import link
from workbench.ui.widgets.parts import label_of_part, part_options
from workbench.ui.widgets.text import as_label, show_prompt

KEEP: dict[str, Any] = {"persist_state": "session"}
WRAP: dict[str, Any] = {"persist_state": "session", "wrap": True}
COLLAPSED: dict[str, Any] = {"label_visibility": "collapsed", **WRAP}
# What most experiments leave as it is.
RARELY = ("chunk_overlap", "embedding", "query")
USUAL_SIZES = {s.name: [str(value) for value in s.usual] for s in SETTINGS if s.values == "number"}
MOST_READ = 12
"""So many chosen prompts are shown in full: a design may have hundreds."""


def served_chats(services: Services) -> list[str]:
    """Return the names of the chat models on a server: those that can rerank, rewrite queries and judge."""
    return [
        m.model.name
        for m in services.catalogue.list_models()
        if m.model.kind == "chat" and not m.model.embedded
    ]


def show_axes(services: Services, places: Places) -> None:
    prompts, models = st.columns(2, gap="small", border=True)
    with prompts:
        _prompts(services, places)
    with models:
        _models(services, places)
    with st.container(border=True):
        _retrieval(services, places)


def _prompts(services: Services, places: Places) -> None:
    st.subheader("Prompts", anchor="prompts")
    latest = {p.name: p for p in services.catalogue.list_prompts()}
    versions = {v.label: v for v in services.catalogue.list_all_versions()}
    by_label = {**latest, **versions}
    chosen = draft.get("prompts") or []
    st.multiselect(
        "Prompts to try",
        list(dict.fromkeys([*by_label, *chosen])),
        key="design.prompts",
        placeholder="Choose one or more" if by_label else "There are none yet",
        **COLLAPSED,
    )
    places.reserve("prompts")
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.popover("Read", icon=":material/visibility:", type="tertiary", key="design.read_prompts"):
            st.caption("A name alone means the newest version; concise@2 means version 2.")
            for label in (draft.get("prompts") or [])[:MOST_READ]:
                _read_prompt(label, by_label)
            if len(chosen) > MOST_READ:
                st.caption(f"And {len(chosen) - MOST_READ} more, on the Prompts page.")
        link("prompts", "Write or change prompts", "edit_note")


def _read_prompt(label: str, by_label: dict[str, Prompt]) -> None:
    inline, prompt = draft.get("inline", {}).get(label), by_label.get(label)
    if inline is not None:
        system, template, title = inline.get("system"), inline["template"], label
    elif prompt is not None:
        system, template, title = prompt.system, prompt.template, prompt.label
    else:
        st.caption(f"{as_label(label)} is not in the prompt catalogue.")
        return
    st.markdown(f"**{as_label(title)}**")
    show_prompt(f"{system or ''}\n\n{template}".strip(), lines=12)


def _models(services: Services, places: Places) -> None:
    st.subheader("Models", anchor="models")
    registered = {m.model.name: m.model for m in services.catalogue.list_models() if m.model.kind == "chat"}
    options = list(dict.fromkeys([*registered, *(draft.get("models") or [])]))
    st.multiselect(
        "Models and fine-tuned variants to try",
        options,
        key="design.models",
        format_func=lambda name: name.removeprefix("embedded/"),
        placeholder="Choose one or more" if options else "There are none yet",
        **COLLAPSED,
    )
    places.reserve("models")
    chosen = draft.get("models") or []
    for name in chosen:
        model = registered.get(name)
        if model is not None and services.catalogue.key_is_set(model) is False:
            st.warning(
                f"{as_label(name)} has no API key: set {as_label(model.api_key_env or '')}, "
                "then restart the app."
            )
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.popover("Prices", icon=":material/payments:", type="tertiary", key="design.read_models"):
            for name in chosen:
                st.caption(_about_model(services, name, registered))
        link("models", "Add or tune models", "model_training")


def _about_model(services: Services, name: str, registered: dict[str, Any]) -> str:
    """Return where a model runs, what it was tuned from and its price, as Markdown."""
    model = registered.get(name)
    if model is None:
        inline = draft.get("inline", {}).get(name)
        where = as_label(inline.get("base_url") or "this machine") if inline else "not registered here"
        return f"**{as_label(name)}**: {where}"
    parent = f", tuned from {as_label(model.parent)}" if model.parent else ""
    where = as_label(model.where)
    return f"**{as_label(name)}**: {where}{parent}; {as_label(services.catalogue.price_of(model))}"


def _retrieval(services: Services, places: Places) -> None:
    st.subheader("Retrieval", anchor="retrieval")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _parts("retriever", places)
        _parts("splitter", places)
        _parts("rerank", places)
        _role(services, "rerank", Reranker, "rerank_model")
    with right:
        _sizes("top_k")
        places.reserve("top_k")
        _sizes("chunk_tokens")
        places.reserve("chunk_tokens")
    with st.expander(_rare_settings(), key="design.rarely"):
        left, right = st.columns([3, 2], gap="medium")
        with left:
            _embedding(services)
            places.reserve("embedding", hidden=True)
            _parts("query", places, hidden=True)
            _role(services, "query", QueryTransform, "query_model")
        with right:
            _sizes("chunk_overlap")
            places.reserve("chunk_overlap", hidden=True)
        with st.container(horizontal=True):
            for axis in ("splitter", "retriever", "rerank", "query"):
                show_variants(PART_AXES[axis], axis)


def _rare_settings() -> str:
    """Return the values of what is folded, so that nobody need unfold it to know them."""
    named = {axis: [str(value) for value in draft.get(axis) or []] for axis in RARELY}
    named["query"] = [label_of_part(QueryTransform, value) for value in named["query"]]
    said = [f"{label_of_setting(axis)}: {', '.join(values) or 'none'}" for axis, values in named.items()]
    return f"More: {as_label('; '.join(said), 160)}"


def _embedding(services: Services) -> None:
    embeddings = [m.model.name for m in services.catalogue.list_models() if m.model.kind == "embedding"]
    chosen = draft.get("embedding") or []
    st.multiselect(
        label_of_setting("embedding"),
        list(dict.fromkeys([DEFAULT_EMBEDDING, *embeddings, *chosen])),
        key="design.embedding",
        **WRAP,
    )


def _parts(axis: str, places: Places, *, hidden: bool = False) -> None:
    kind = PART_AXES[axis]
    st.pills(
        label_of_setting(axis),
        part_options(kind, draft.get(axis) or []),
        selection_mode="multi",
        key=f"design.{axis}",
        format_func=partial(label_of_part, kind),
        help="  \n".join(f"{part.label}: {part.help}" for part in parts_of(kind).values()),
        **WRAP,
    )
    places.reserve(axis, hidden=hidden)


def _sizes(axis: str) -> None:
    st.multiselect(
        label_of_setting(axis, unit=True),
        _with_chosen(axis),
        key=f"design.{axis}",
        accept_new_options=True,
        help="Choose numbers, or type your own.",
        **WRAP,
    )


def _with_chosen(axis: str) -> list[str]:
    """Return the usual values and the chosen ones, numbers first, in ascending order."""
    values = {*USUAL_SIZES[axis], *(str(v) for v in draft.get(axis) or [])}
    return sorted(values, key=lambda v: (not v.isdecimal(), int(v) if v.isdecimal() else 0, v))


def _role(services: Services, axis: str, kind: type[Part], role: str) -> None:
    """Choose the models that a part on this axis asks; nothing is shown where no chosen part asks one."""
    if not any(asks_model(kind, text) for text in draft.get(axis) or []):
        return
    label = label_of_setting(role)
    chosen = draft.get(role) or []
    several = isinstance(chosen, list)
    options = list(dict.fromkeys([*served_chats(services), *(chosen if several else [chosen])]))
    if not options:
        st.warning(f"The {label.lower()} must run on a server. Register one on the Models page.")
    elif several:
        st.multiselect(label, options, key=f"design.{role}", **WRAP)
    else:
        st.selectbox(label, options, key=f"design.{role}", **KEEP)
