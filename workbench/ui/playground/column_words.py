"""Says in words what a column of the Playground is, how it differs from the first, and what to vary next.
Knows nothing about widgets."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from workbench.formatting import uncapitalised
from workbench.parts.choice import in_few_words
from workbench.parts.setting_labels import label_of_setting
from workbench.space.model import EMBEDDED_PREFIX
from workbench.ui.playground.columns import ROLES, START, Knobs, asks_role

SHOWN = ("prompt", "system", "template", "chunk_tokens", "retriever", "top_k", "model")


def summary(knobs: Knobs, newest: Collection[str]) -> str:
    """Return a column's settings on one line: "concise · 256 hybrid · top 4 · extractive".

    What a new column does not change is left out, but for prompt, chunk size, retriever, top k and model.

    newest: the prompts that are the latest of their name, which need no version.
    """
    if knobs["own"]:
        return f"{knobs['own']['name']} · your own RAG"
    prompt = str(knobs["prompt"] or "no prompt")
    parts = [
        (prompt.partition("@")[0] if prompt in newest else prompt)
        + (" (edited)" if knobs["template"] is not None else ""),
        f"{knobs['chunk_tokens']} {_short(knobs['retriever'])}",
        f"top {knobs['top_k']}",
        _short(knobs["model"]),
    ]
    for name, value in knobs.items():
        is_idle_role = name in ROLES and not asks_role(knobs, name)
        if name not in SHOWN and value != START[name] and not is_idle_role:
            parts.append(f"{_label(name)} {_short(value)}")
    return " · ".join(parts)


def differences(first: Knobs, other: Knobs) -> list[str]:
    """Return what a column changes against the first, in words."""
    if first["own"] or other["own"]:
        names = [str(knobs["own"]["name"]) if knobs["own"] else "settings" for knobs in (first, other)]
        return [] if first["own"] == other["own"] else [f"{names[1]} in place of {names[0]}"]
    changes = []
    for name, value in other.items():
        if value == first[name]:
            continue
        if name in ("system", "template"):
            changes.append(f"{name} edited")
        else:
            changes.append(f"{_label(name)}: {_short(first[name])} → {_short(value)}")
    return changes


def vary(tried: Sequence[Knobs], prompts: Sequence[str], models: Sequence[str]) -> Knobs:
    """Return a further column: the first one with one setting changed to a value that was not tried yet.

    The retriever is changed first, then top k, prompt, chunk size and model. With all of them tried, the new
    column is equal to the last one.
    """
    first = tried[0]
    values: list[tuple[str, Sequence[object]]] = [
        ("retriever", ("keyword", "hybrid", "dense")),
        ("top_k", (8, 2)),
        ("prompt", prompts),
        ("chunk_tokens", (128, 512)),
        ("model", models),
    ]
    for name, options in values:
        for value in options:
            column = {**first, name: value}
            if name == "prompt":
                column |= {"system": None, "template": None}
            if all(other[name] != value for other in tried):
                return column
    return dict(tried[-1])


def _label(name: str) -> str:
    return uncapitalised(label_of_setting(name))


def _short(value: object) -> str:
    return "—" if value is None else in_few_words(str(value)).removeprefix(EMBEDDED_PREFIX)
