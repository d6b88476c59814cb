"""Draws the settings of a model that have sensible defaults, and reads what was written there.
Knows nothing about the four that everybody fills in, nor about connecting to the server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from workbench.errors import ModelError
from workbench.space.known_prefixes import find_prefixes
from workbench.space.model import EMBEDDING_KINDS, Model
from workbench.ui.widgets.text import as_markdown

PRICES = ("look it up", "per million tokens", "per thousand searches", "per hour", "free")
KINDS = ("chat", "embedding", "sparse_embedding", "reranker")
EMBEDDING = ("query_prefix", "document_prefix", "dimensions")
TEXTS = ("revision", "parent", "key_header", "organization", "project")


def show_more(
    model: Model | None, kind: str, key: str, faults: Mapping[str, str], served: str | None
) -> dict[str, Any]:
    """Draw the settings under *More*, each with what is wrong with it; return what was written, by field.

    model: the one that is changed; None for a new one.
    kind: what a new one seems to be, one of KINDS.
    faults: field → a sentence.
    served: its name on the server, as far as it is written.
    """
    shown = model or Model(name="new", base_url="http://127.0.0.1/v1", model="new")
    written: dict[str, Any] = {}

    def text(field: str, label: str, value: str, *, lines: bool = False, **more: Any) -> None:
        draw = st.text_area if lines else st.text_input
        written[field] = draw(label, value, key=f"{key}.{field}", **more)
        if field in faults:
            st.error(as_markdown(faults[field]))

    left, middle, right = st.columns(3, gap="medium")
    with left:
        written["kind"] = st.selectbox(
            "Kind",
            KINDS,
            KINDS.index(model.kind if model else kind),
            key=f"{key}.kind.{kind}",
            format_func=lambda name: name.replace("_", " "),
            help="Chat models answer, embedding models search by dense or sparse vectors, rerankers score "
            "passages with a question",
        )
        if written["kind"] == "chat":
            _show_sampling(text, shown)
        if written["kind"] in EMBEDDING_KINDS:
            _show_prefixes(text, shown, served)
        if written["kind"] == "embedding":
            text("dimensions", "Dimensions (empty: not sent)", _shown(shown.dimensions),
                 help="Shorter vectors, if the model can truncate them")  # fmt: skip
        if written["kind"] != "reranker":
            text("context_window", "Context window, tokens", _shown(shown.context_window),
                 placeholder="empty: as the server reports")  # fmt: skip
    with middle:
        written["concurrency"] = st.number_input(
            "Concurrent requests", 1, 1024, shown.limits.concurrency, key=f"{key}.concurrency"
        )
        written["timeout_seconds"] = st.number_input(
            "Timeout, seconds", 1.0, 3600.0, float(shown.limits.timeout_seconds), key=f"{key}.timeout"
        )
        _show_price(shown, key, written)
        text("parent", "Fine-tuned from", shown.parent or "")
        text(
            "revision", "Revision", shown.revision or "", help="Change it when the served model is retrained"
        )
    with right:
        text("extra_query", "Query parameters", _lines(shown.extra_query), lines=True,
             placeholder="api-version=2024-10-21",
             help="Part of each request's address; one name=value per line")  # fmt: skip
        text("extra_headers", "Further headers", _lines(shown.extra_headers), lines=True,
             placeholder="x-route=eu", help="One name=value per line. Never a key.")  # fmt: skip
        text("key_header", "Header for the key", shown.key_header or "",
             placeholder="empty: Authorization, or Azure's api-key")  # fmt: skip
        text("organization", "Organization", shown.organization or "")
        text("project", "Project", shown.project or "")
    return written


def _show_sampling(text: Callable[..., None], shown: Model) -> None:
    """Draw what decides how a chat model writes."""
    text("temperature", "Temperature (empty: not sent)", _shown(shown.temperature))
    text("max_tokens", "Max tokens per answer (empty: not sent)", _shown(shown.max_tokens))
    text("top_p", "Top p (empty: not sent)", _shown(shown.top_p))
    text("seed", "Seed (empty: not sent)", _shown(shown.seed),
         help="Each repeat sends the seed plus its number")  # fmt: skip
    text("stop", "Stop at these texts, one per line", _stop_lines(shown.stop), lines=True,
         help=r"\n stands for a line break")  # fmt: skip


def _show_prefixes(text: Callable[..., None], shown: Model, served: str | None) -> None:
    """Draw what an embedding model reads before texts, with what its family is known to be trained with."""
    known = find_prefixes(served)
    text("query_prefix", "Prefix of questions", _escaped(shown.query_prefix), placeholder="empty",
         help=r"The prefix it expects before each question. \n stands for a line break.")  # fmt: skip
    text("document_prefix", "Prefix of passages", _escaped(shown.document_prefix), placeholder="empty",
         help="The same for each embedded passage")  # fmt: skip
    if known is not None:
        before = f" and `{_escaped(known.document)}` before passages" if known.document else ""
        said = f"Models of this name are trained with `{_escaped(known.query)}` before questions{before}."
        st.caption(said)


def _show_price(shown: Model, key: str, written: dict[str, Any]) -> None:
    price = shown.price
    chosen = PRICES[0]
    if price is not None:
        chosen = "free" if price.free else "per hour" if price.per_hour is not None else "per million tokens"
        if price.per_thousand_searches is not None:
            chosen = "per thousand searches"
    written["pricing"] = st.selectbox("Price", PRICES, PRICES.index(chosen), key=f"{key}.pricing",
                                      help="Looked up in the offline list; else unpriced")  # fmt: skip
    amounts: tuple[tuple[str, str, float | None], ...] = ()
    if written["pricing"] == "per million tokens":
        amounts = (
            ("input", "$ per million, input", price.input_per_million if price else None),
            ("output", "$ per million, output", price.output_per_million if price else None),
        )
    elif written["pricing"] == "per hour":
        amounts = (("per_hour", "$ per hour", price.per_hour if price else None),)
    elif written["pricing"] == "per thousand searches":
        searches = price.per_thousand_searches if price else None
        amounts = (("per_thousand_searches", "$ per thousand searches", searches),)
    for name, label, amount in amounts:
        written[name] = st.number_input(label, 0.0, value=amount or 0.0, key=f"{key}.{name}")


def read_more(written: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return (the fields of a model in what was written, field → what cannot be read)."""
    faults: dict[str, str] = {}
    read: dict[str, Any] = {
        "kind": written["kind"],
        "stop": [line.replace(r"\n", "\n") for line in written.get("stop", "").splitlines() if line],
        "price": _read_price(written),
        "limits": {
            "concurrency": int(written["concurrency"]),
            "timeout_seconds": float(written["timeout_seconds"]),
        },
        **{field: written[field].strip() or None for field in TEXTS},
    }
    numbers: dict[str, type[float] | type[int]] = {
        "temperature": float, "top_p": float, "seed": int, "max_tokens": int, "context_window": int,
        "dimensions": int,
    }  # fmt: skip
    read |= dict.fromkeys(EMBEDDING)  # another kind has none
    for field in ("query_prefix", "document_prefix"):
        read[field] = written.get(field, "").replace(r"\n", "\n")
    for field, what in numbers.items():
        if field not in written:  # of another kind: it keeps what it has
            continue
        try:
            read[field] = what(written[field]) if written[field].strip() else None
        except ValueError:
            faults[field] = f"{written[field]!r} must be a number, or empty."
    for field in ("extra_query", "extra_headers"):
        try:
            read[field] = _pairs(written[field])
        except ModelError as error:
            faults[field] = error.message
    return read, faults


def _read_price(written: Mapping[str, Any]) -> dict[str, Any] | None:
    if written["pricing"] == "free":
        return {"free": True}
    if written["pricing"] == "per hour":
        return {"per_hour": written["per_hour"]}
    if written["pricing"] == "per thousand searches":
        return {"per_thousand_searches": written["per_thousand_searches"]}
    if written["pricing"] == "per million tokens":
        return {"input_per_million": written["input"], "output_per_million": written["output"]}
    return None


def _pairs(text: str) -> dict[str, str]:
    """The values by name of lines such as `name=value`."""
    pairs = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        key, equals, value = line.partition("=")
        if not equals or not key.strip():
            raise ModelError(f"{line!r} is not of the form name=value.")
        pairs[key.strip()] = value.strip()
    return pairs


def _lines(pairs: Mapping[str, str]) -> str:
    return "\n".join(f"{name}={value}" for name, value in pairs.items())


def _stop_lines(stop: tuple[str, ...]) -> str:
    return "\n".join(_escaped(text) for text in stop)


def _escaped(text: str) -> str:
    return text.replace("\n", r"\n")


def _shown(value: float | int | None) -> str:
    return "" if value is None else f"{value:g}"
