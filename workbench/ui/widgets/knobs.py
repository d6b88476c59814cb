"""Every knob of one configuration: prompt, retrieval, model, in one column.
Knows nothing about what a column is asked."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.space.retrieval import DEFAULT_EMBEDDING
from workbench.ui.services import Services
from workbench.ui.widgets.links import link
from workbench.ui.widgets.trying import KNOB

SPLITTERS = ["sentence", "token", "markdown"]
RETRIEVERS = ["dense", "keyword", "hybrid"]
RERANKS = ["none", "mmr", "llm"]
QUERIES = ["plain", "hyde"]


def show_knobs(services: Services, number: int, knobs: dict[str, Any]) -> None:
    """Draw the knobs of a column and write what is chosen into `knobs`."""
    models = [m.model for m in services.list_models()]
    chats = [m.name for m in models if m.kind == "chat"]
    _prompt(services, number, knobs)
    knobs["model"] = _choice(number, knobs, "model", "Model", chats)
    chosen = next((m for m in models if m.name == knobs["model"]), None)
    with st.expander("Retrieval", expanded=True):
        left, right = st.columns(2)
        with left:
            knobs["splitter"] = _choice(number, knobs, "splitter", "Splitter", SPLITTERS)
            knobs["chunk_tokens"] = _number(number, knobs, "chunk_tokens", "Chunk, tokens", 16, 8192)
            knobs["top_k"] = _number(number, knobs, "top_k", "Top k", 1, 50)
            knobs["rerank"] = _choice(number, knobs, "rerank", "Rerank", RERANKS)
        with right:
            knobs["retriever"] = _choice(number, knobs, "retriever", "Retriever", RETRIEVERS)
            knobs["chunk_overlap"] = _number(number, knobs, "chunk_overlap", "Overlap, tokens", 0, 4096)
            embeddings = list(
                dict.fromkeys([DEFAULT_EMBEDDING, *(m.name for m in models if m.kind == "embedding")])
            )
            knobs["embedding"] = _choice(number, knobs, "embedding", "Embedding", embeddings)
            knobs["query"] = _choice(number, knobs, "query", "Search for", QUERIES)
        served = [m.name for m in models if m.kind == "chat" and not m.embedded]
        for axis, value, role, what in (
            ("rerank", "llm", "rerank_model", "The model that ranks"),
            ("query", "hyde", "query_model", "The model that drafts"),
        ):
            if knobs[axis] != value:
                continue
            if served:
                knobs[role] = _choice(number, knobs, role, what, served)
            else:
                st.warning(f"{what} must be on a server.")
                link("models", "Register one", "model_training")
    if chosen is not None and not chosen.embedded:
        with st.expander("Sampling"):
            knobs["temperature"] = st.number_input(
                "Temperature",
                0.0,
                2.0,
                chosen.temperature,
                0.1,
                key=_key(number, f"temperature.{chosen.name}"),
                placeholder="not sent",
            )
            knobs["max_tokens"] = st.number_input(
                "Most tokens",
                1,
                None,
                chosen.max_tokens,
                key=_key(number, f"max_tokens.{chosen.name}"),
                placeholder="not sent",
            )
    else:
        knobs["temperature"] = knobs["max_tokens"] = None


def _key(number: int, name: str) -> str:
    return f"{KNOB}{number}.{name}"


def _choice(number: int, knobs: dict[str, Any], name: str, label: str, options: list[str]) -> Any:
    if knobs[name] is not None and knobs[name] not in options:
        options = [*options, knobs[name]]
    at = options.index(knobs[name]) if knobs[name] in options else 0
    return st.selectbox(label, options, at if options else None, key=_key(number, name))


def _number(number: int, knobs: dict[str, Any], name: str, label: str, low: int, high: int) -> int:
    return int(st.number_input(label, low, high, int(knobs[name]), key=_key(number, name)))


def _prompt(services: Services, number: int, knobs: dict[str, Any]) -> None:
    versions = {v.label: v for p in services.list_prompts() for v in services.list_versions(p.name)}
    newest = [p.label for p in services.list_prompts()]
    options = list(dict.fromkeys([*newest, *versions]))
    knobs["prompt"] = _choice(number, knobs, "prompt", "Prompt", options)
    prompt = versions.get(knobs["prompt"])
    with st.expander("Its text, to edit here"):
        system = st.text_area(
            "System part",
            (prompt.system or "") if prompt else "",
            height=70,
            key=_key(number, f"system.{knobs['prompt']}"),
        )
        template = st.text_area(
            "Template",
            prompt.template if prompt else "",
            height=200,
            key=_key(number, f"template.{knobs['prompt']}"),
        )
        edited = prompt is None or (system, template) != ((prompt.system or ""), prompt.template)
        knobs["system"], knobs["template"] = (system, template) if edited else (None, None)
        if edited:
            st.caption(
                "Edited: tried as it stands here. To keep it, save it as a version on the Prompts page."
            )
