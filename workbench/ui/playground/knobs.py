"""Shows every setting of one configuration in one column: prompt, model, retrieval, sampling.
Knows nothing about the question."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from workbench.parts.choice import split_text
from workbench.parts.retrieval_settings import DEFAULT_EMBEDDING, PART_AXES
from workbench.parts.setting_labels import label_of_setting
from workbench.ui.playground.columns import KNOB, RANGES, asks_role, round_of_widgets
from workbench.ui.services import Services
from workbench.ui.widgets.links import link
from workbench.ui.widgets.parts import label_of_part, part_options, show_settings


def show_knobs(services: Services, number: int, knobs: dict[str, Any]) -> None:
    """Draw the knobs of a column and write what is chosen into `knobs`."""
    models = [m.model for m in services.catalogue.list_models()]
    chats = [m.name for m in models if m.kind == "chat"]
    _prompt(services, number, knobs)
    before = knobs["model"]
    knobs["model"] = _choice(number, knobs, "model", "Model", chats)
    if knobs["model"] != before:  # the new model brings its own sampling settings
        knobs["temperature"] = knobs["max_tokens"] = None
    chosen = next((m for m in models if m.name == knobs["model"]), None)
    with st.expander("Retrieval", expanded=True):
        left, right = st.columns(2)
        with left:
            knobs["splitter"] = _part(number, knobs, "splitter", "Splitter")
            knobs["chunk_tokens"] = _number(
                number, knobs, "chunk_tokens", label_of_setting("chunk_tokens", unit=True)
            )
            knobs["top_k"] = _number(number, knobs, "top_k", "Top k")
            knobs["rerank"] = _part(number, knobs, "rerank", label_of_setting("rerank"))
        with right:
            knobs["retriever"] = _part(number, knobs, "retriever", "Retriever")
            knobs["chunk_overlap"] = _number(
                number, knobs, "chunk_overlap", label_of_setting("chunk_overlap", unit=True)
            )
            embeddings = list(
                dict.fromkeys([DEFAULT_EMBEDDING, *(m.name for m in models if m.kind == "embedding")])
            )
            knobs["embedding"] = _choice(
                number, knobs, "embedding", label_of_setting("embedding"), embeddings
            )
            knobs["query"] = _part(number, knobs, "query", label_of_setting("query"))
        served = [m.name for m in models if m.kind == "chat" and not m.embedded]
        for role, label in (
            ("rerank_model", "Reranking model"),
            ("query_model", "Query model"),
        ):
            if not asks_role(knobs, role):
                continue
            if served:
                knobs[role] = _choice(number, knobs, role, label, served)
            else:
                st.warning(f"The {label.lower()} must run on a server.")
                link("models", "Register one", "model_training")
    if chosen is not None and not chosen.embedded:
        with st.expander("Sampling"):
            knobs["temperature"] = st.number_input(
                "Temperature",
                *RANGES["temperature"],
                chosen.temperature if knobs["temperature"] is None else knobs["temperature"],
                0.1,
                key=_key(number, f"temperature.{chosen.name}"),
                placeholder="not sent",
            )
            knobs["max_tokens"] = st.number_input(
                "Max tokens",
                int(RANGES["max_tokens"][0]),
                int(RANGES["max_tokens"][1]),
                chosen.max_tokens if knobs["max_tokens"] is None else knobs["max_tokens"],
                key=_key(number, f"max_tokens.{chosen.name}"),
                placeholder="not sent",
            )
    else:
        knobs["temperature"] = knobs["max_tokens"] = None


def _key(number: int, name: str) -> str:
    return f"{KNOB}{round_of_widgets()}.{number}.{name}"


def _choice(number: int, knobs: dict[str, Any], name: str, label: str, options: list[str]) -> Any:
    if knobs[name] is not None and knobs[name] not in options:
        options = [*options, knobs[name]]
    at = options.index(knobs[name]) if knobs[name] in options else 0
    return st.selectbox(label, options, at if options else None, key=_key(number, name))


def _part(number: int, knobs: dict[str, Any], axis: str, label: str) -> str:
    """Choose a part and, below it, its settings. Return it as an experiment file writes it."""
    kind, before = PART_AXES[axis], str(knobs[axis])
    name = split_text(before)[0]
    options = part_options(kind, [name])
    chosen: str = st.selectbox(
        label,
        options,
        options.index(name),
        key=_key(number, axis),
        format_func=partial(label_of_part, kind),
    )
    return show_settings(kind, before if chosen == name else chosen, key=_key(number, axis))


def _number(number: int, knobs: dict[str, Any], name: str, label: str) -> int:
    low, high = map(int, RANGES[name])
    return int(st.number_input(label, low, high, int(knobs[name]), key=_key(number, name)))


def _prompt(services: Services, number: int, knobs: dict[str, Any]) -> None:
    versions = {v.label: v for v in services.catalogue.list_all_versions()}
    newest = [p.label for p in services.catalogue.list_prompts()]
    options = list(dict.fromkeys([*newest, *versions]))
    before = knobs["prompt"]
    knobs["prompt"] = _choice(number, knobs, "prompt", "Prompt", options)
    if knobs["prompt"] != before:
        knobs["system"] = knobs["template"] = None
    prompt = versions.get(knobs["prompt"])
    saved = (prompt.system or "", prompt.template) if prompt else ("", "")
    system_text, template_text = (
        saved if knobs["template"] is None else (knobs["system"] or "", knobs["template"])
    )
    with st.expander("Prompt text"):
        system = st.text_area(
            "System message",
            system_text,
            height=70,
            key=_key(number, f"system.{knobs['prompt']}"),
        )
        template = st.text_area(
            "Template",
            template_text,
            height=200,
            key=_key(number, f"template.{knobs['prompt']}"),
        )
        edited = prompt is None or (system, template) != saved
        knobs["system"], knobs["template"] = (system, template) if edited else (None, None)
        if edited:
            st.caption(
                "Edited for this column only. To keep it, save it as a new version on the Prompts page."
            )
