"""Shows the three columns of axes side by side: prompts, retrieval settings, models.
Knows nothing about the configurations that they expand to."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from workbench.parts.part import QueryTransform, Reranker
from workbench.parts.registry import parts_of
from workbench.parts.setting_labels import label_of_setting
from workbench.space.retrieval import DEFAULT_EMBEDDING, PART_AXES, asks_model
from workbench.ui.design import draft
from workbench.ui.design.advice import Places
from workbench.ui.design.part_variants import show_variants
from workbench.ui.services import Services
from workbench.ui.widgets.links import link
from workbench.ui.widgets.parts import label_of_part, part_options
from workbench.ui.widgets.text import as_label, show_text

KEEP: dict[str, Any] = {"persist_state": "session"}
WRAP: dict[str, Any] = {"persist_state": "session", "wrap": True}


def served_chats(services: Services) -> list[str]:
    """Return the names of the chat models on a server: those that can rerank, rewrite queries and judge."""
    return [m.model.name for m in services.list_models() if m.model.kind == "chat" and not m.model.embedded]


def show_axes(services: Services, places: Places) -> None:
    prompts, retrieval, models = st.columns([3, 4, 3], gap="small", border=True)
    with prompts:
        _prompts(services, places)
    with retrieval:
        _retrieval(services, places)
    with models:
        _models(services, places)


def _prompts(services: Services, places: Places) -> None:
    st.subheader("Prompts")
    latest = {p.name: p for p in services.list_prompts()}
    versions = {v.label: v for name in latest for v in services.list_versions(name)}
    by_label = {**latest, **versions}
    chosen = draft.get("prompts") or []
    st.multiselect(
        "Prompts to try",
        list(dict.fromkeys([*by_label, *chosen])),
        key="design.prompts",
        help="A name alone means its latest version; name@2 means version 2",
        placeholder="Choose one or more" if by_label else "There are none yet",
        **WRAP,
    )
    places.reserve("prompts")
    for label in draft.get("prompts") or []:
        inline = draft.get("inline", {}).get(label)
        prompt = by_label.get(label)
        if inline is not None:
            system, template, title = inline.get("system"), inline["template"], label
        elif prompt is not None:
            system, template, title = prompt.system, prompt.template, prompt.label
        else:
            st.caption(f"{as_label(label)} is not in this store")
            continue
        with st.expander(as_label(title)):
            show_text(f"{system or ''}\n\n{template}".strip(), small=True)
    link("prompts", "Write or change prompts", "edit_note")


def _retrieval(services: Services, places: Places) -> None:
    st.subheader("Retrieval")
    _parts("splitter", places)
    left, right = st.columns(2)
    with left:
        _sizes(
            label_of_setting("chunk_tokens", unit=True),
            "chunk_tokens",
            ["96", "128", "192", "256", "384", "512"],
        )
    with right:
        _sizes(label_of_setting("chunk_overlap", unit=True), "chunk_overlap", ["0", "16", "32", "64"])
    places.reserve("chunk_tokens", "chunk_overlap")
    _parts("retriever", places)
    _sizes(label_of_setting("top_k"), "top_k", ["1", "2", "3", "4", "6", "8", "12"])
    places.reserve("top_k")
    embeddings = [m.model.name for m in services.list_models() if m.model.kind == "embedding"]
    chosen = draft.get("embedding") or []
    st.multiselect(
        label_of_setting("embedding"),
        list(dict.fromkeys([DEFAULT_EMBEDDING, *embeddings, *chosen])),
        key="design.embedding",
        **WRAP,
    )
    places.reserve("embedding")
    _parts("rerank", places)
    _role(services, "rerank", Reranker, "rerank_model", label_of_setting("rerank_model"))
    _parts("query", places)
    _role(services, "query", QueryTransform, "query_model", label_of_setting("query_model"))


def _parts(axis: str, places: Places) -> None:
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
    places.reserve(axis)
    show_variants(kind, axis)


def _sizes(label: str, axis: str, usual: list[str]) -> None:
    st.multiselect(label, _with_chosen(axis, usual), key=f"design.{axis}", accept_new_options=True, **WRAP)


def _with_chosen(axis: str, usual: list[str]) -> list[str]:
    """Return the usual values and the chosen ones, numbers first, in ascending order."""
    values = {*usual, *(str(v) for v in draft.get(axis) or [])}
    return sorted(values, key=lambda v: (not v.isdecimal(), int(v) if v.isdecimal() else 0, v))


def _role(
    services: Services, axis: str, kind: type[Reranker] | type[QueryTransform], role: str, label: str
) -> None:
    """Choose the model that a part on this axis asks; nothing is shown where no chosen part asks one."""
    if not any(asks_model(kind, text) for text in draft.get(axis) or []):
        return
    chosen = [draft.get(role)] if draft.get(role) else []
    options = list(dict.fromkeys([*served_chats(services), *chosen]))
    if options:
        st.selectbox(label, options, key=f"design.{role}", **KEEP)
    else:
        st.warning(f"The {label.lower()} must run on a server. Register one on the Models page.")


def _models(services: Services, places: Places) -> None:
    st.subheader("Models")
    registered = {m.model.name: m.model for m in services.list_models() if m.model.kind == "chat"}
    options = list(dict.fromkeys([*registered, *(draft.get("models") or [])]))
    st.multiselect(
        "Models and fine-tuned variants to try",
        options,
        key="design.models",
        format_func=lambda name: name.removeprefix("embedded/"),
        placeholder="Choose one or more" if options else "There are none yet",
        **WRAP,
    )
    places.reserve("models")
    for name in draft.get("models") or []:
        model = registered.get(name)
        if model is None:
            inline = draft.get("inline", {}).get(name)
            where = as_label(inline.get("base_url") or "this machine") if inline else "not registered here"
            st.caption(f"{as_label(name)}: {where}")
            continue
        parent = f", tuned from {as_label(model.parent)}" if model.parent else ""
        where = "this machine" if model.embedded else as_label(model.base_url or "")
        st.caption(f"{as_label(name)}: {where}{parent}; {as_label(services.price_of(model))}")
        if services.key_is_set(model) is False:
            st.warning(
                f"Its API key is missing: set {as_label(model.api_key_env or '')} and restart the app."
            )
    link("models", "Register or tune models", "model_training")
