"""Draws the form that registers or changes a served model.
Knows nothing about connecting to the server."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.errors import ModelError
from workbench.space.files import validate
from workbench.space.model import Model


def _optional(text: str, what: type[float] | type[int], name: str) -> float | int | None:
    if not text.strip():
        return None
    try:
        return what(text)
    except ValueError:
        raise ModelError(f"{name} is {text!r}; it must be a number, or empty.") from None


def _price(kind: str, numbers: dict[str, float]) -> dict[str, Any] | None:
    if kind == "free":
        return {"free": True}
    if kind == "per hour":
        return {"per_hour": numbers["per_hour"]}
    if kind == "per million tokens":
        return {"input_per_million": numbers["input"], "output_per_million": numbers["output"]}
    return None


def _further_settings(model: Model | None) -> dict[str, str]:
    """Draw the settings that few models need; returns what was written, by field."""
    with st.expander("More: sampling, query parameters, headers"):
        left, right = st.columns(2, gap="large")
        with left:
            top_p = st.text_input("Top p (empty: not sent)", _shown(model.top_p) if model else "")
            seed = st.text_input("Seed (empty: not sent)", _shown(model.seed) if model else "",
                                 help="Each repeat sends the seed plus its number")  # fmt: skip
            stop = st.text_area("Stop at these texts, one per line", _stop_lines(model.stop if model else ()),
                                help=r"\n stands for a line break")  # fmt: skip
        with right:
            query = st.text_area("Query parameters", _lines(model.extra_query if model else {}),
                                 placeholder="api-version=2024-10-21",
                                 help="Part of each request's address; one name=value per line")  # fmt: skip
            headers = st.text_area("Further headers", _lines(model.extra_headers if model else {}),
                                   placeholder="x-route=eu",
                                   help="One name=value per line. Never a key.")  # fmt: skip
            key_header = st.text_input("Header for the key", (model.key_header or "") if model else "",
                                       placeholder="empty: Authorization, or Azure's api-key")  # fmt: skip
            organization = st.text_input("Organization", (model.organization or "") if model else "")
            project = st.text_input("Project", (model.project or "") if model else "")
    return {
        "top_p": top_p, "seed": seed, "stop": stop, "extra_query": query, "extra_headers": headers,
        "key_header": key_header, "organization": organization, "project": project,
    }  # fmt: skip


def _read_further(written: dict[str, str]) -> dict[str, Any]:
    """The fields of a model in what was written. Raises ModelError."""
    stop = [line.replace(r"\n", "\n") for line in written["stop"].splitlines() if line]
    return {
        "top_p": _optional(written["top_p"], float, "Top p"),
        "seed": _optional(written["seed"], int, "Seed"),
        "stop": stop,
        "extra_query": _pairs(written["extra_query"], "Query parameters"),
        "extra_headers": _pairs(written["extra_headers"], "Further headers"),
        **{name: written[name].strip() or None for name in ("key_header", "organization", "project")},
    }


def _pairs(text: str, name: str) -> dict[str, str]:
    """The values by name of lines such as `name=value`."""
    pairs = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        key, equals, value = line.partition("=")
        if not equals or not key.strip():
            raise ModelError(f"{name}: {line!r} is not of the form name=value.")
        pairs[key.strip()] = value.strip()
    return pairs


def _lines(pairs: dict[str, str]) -> str:
    return "\n".join(f"{name}={value}" for name, value in pairs.items())


def _stop_lines(stop: tuple[str, ...]) -> str:
    return "\n".join(text.replace("\n", r"\n") for text in stop)


def edit_model(model: Model | None) -> Model | None:
    """Draw the form; return the model once it is submitted, None before.

    Raises ModelError for invalid values.
    """
    key = f"models.form.{model.name if model else 'new'}"
    price = model.price if model else None
    kinds = ["look it up", "per million tokens", "per hour", "free"]
    current_kind = kinds[0]
    if price is not None:
        current_kind = (
            "free" if price.free else "per hour" if price.per_hour is not None else "per million tokens"
        )
    with st.form(key):
        left, right = st.columns(2, gap="large")
        with left:
            name = st.text_input("Name here", model.name if model else "", disabled=model is not None)
            base_url = st.text_input(
                "Address", (model.base_url or "") if model else "", placeholder="http://127.0.0.1:8000/v1"
            )
            served = st.text_input("Name on the server", (model.model or "") if model else "")
            kind = st.selectbox(
                "Kind", ["chat", "embedding"], index=int(bool(model and model.kind == "embedding"))
            )
            api_key_env = st.text_input(
                "Environment variable with its API key", (model.api_key_env or "") if model else "",
                placeholder="OPENAI_API_KEY; empty if it needs none",
                help="The variable's name, never the key. Set it in the environment or in .env.",
            )  # fmt: skip
            parent = st.text_input("Fine-tuned from", (model.parent or "") if model else "")
            revision = st.text_input("Revision", (model.revision or "") if model else "",
                                     help="Change it when the served model is retrained")  # fmt: skip
        with right:
            temperature = st.text_input(
                "Temperature (empty: not sent)", _shown(model.temperature) if model else "0"
            )
            max_tokens = st.text_input(
                "Max tokens per answer (empty: not sent)", _shown(model.max_tokens) if model else "300"
            )
            window = st.text_input("Context window, tokens", _shown(model.context_window) if model else "",
                                   placeholder="empty: what the server says")  # fmt: skip
            concurrency = st.number_input(
                "Concurrent requests", 1, 1024, model.limits.concurrency if model else 8
            )
            timeout = st.number_input(
                "Timeout, seconds", 1.0, 3600.0, float(model.limits.timeout_seconds) if model else 60.0
            )
            pricing = st.selectbox("Price", kinds, index=kinds.index(current_kind),
                                   help="Looked up in the offline list; else unpriced")  # fmt: skip
            first, second, third = st.columns(3)
            numbers = {
                "input": first.number_input(
                    "$ per million, input", 0.0, value=(price and price.input_per_million) or 0.0
                ),
                "output": second.number_input(
                    "$ per million, output", 0.0, value=(price and price.output_per_million) or 0.0
                ),
                "per_hour": third.number_input("$ per hour", 0.0, value=(price and price.per_hour) or 0.0),
            }
        further = _further_settings(model)
        if not st.form_submit_button("Save", type="primary"):
            return None
    data: dict[str, Any] = {
        "name": (model.name if model else name).strip(),
        "kind": kind,
        "base_url": base_url.strip() or None,
        "model": served.strip() or None,
        "api_key_env": api_key_env.strip() or None,
        "parent": parent.strip() or None,
        "revision": revision.strip() or None,
        "temperature": _optional(temperature, float, "Temperature"),
        "max_tokens": _optional(max_tokens, int, "Max tokens"),
        "context_window": _optional(window, int, "Context window"),
        **_read_further(further),
        "price": _price(pricing, numbers),
        "limits": {"concurrency": int(concurrency), "timeout_seconds": float(timeout)},
    }
    if model is not None:  # what the form does not show stays
        kept = model.model_dump(mode="json", exclude_defaults=True)
        data = kept | data | {"limits": kept.get("limits", {}) | data["limits"]}
    return validate(Model, data, "the model", ModelError)


def _shown(value: float | int | None) -> str:
    return "" if value is None else f"{value:g}"
