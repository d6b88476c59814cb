"""Writes the Playground's columns as experiment files: one column to ask, all of them to compare.
Knows nothing about widgets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.parts.retrieval_settings import SETTING_BY_NAME
from workbench.space.file_writing import to_yaml
from workbench.ui.design.systems import system_file
from workbench.ui.playground.columns import RETRIEVAL, ROLES, START, Knobs, asks_role
from workbench.ui.services import Services


def to_file(services: Services, corpus: str, knobs: Knobs) -> str:
    """Return a column as an experiment file with a single configuration."""
    if knobs["own"]:
        return to_yaml(system_file(corpus, knobs["own"]))
    prompt: Any = knobs["prompt"]
    if knobs["template"] is not None:
        prompt = {"name": "tried-here", "system": knobs["system"] or None, "template": knobs["template"]}
    model: Any = knobs["model"]
    registered = {m.model.name: m.model for m in services.catalogue.list_models()}.get(model)
    changed = {n: knobs[n] for n in ("temperature", "max_tokens") if knobs[n] is not None}
    if registered is not None and changed and not registered.embedded:
        model = registered.model_copy(update=changed).model_dump(mode="json", exclude_defaults=True)
    retrieval = {name: knobs[name] for name in RETRIEVAL if knobs[name] is not None}
    for role in ROLES:
        if not asks_role(knobs, role):
            retrieval.pop(role, None)
    data = {
        "name": "playground",
        "corpus": corpus,
        "prompts": [prompt],
        "retrieval": retrieval,
        "models": [model],
    }
    return to_yaml(data)


def as_axes(services: Services, corpus: str, tried: list[Knobs]) -> str:
    """Return all columns as an experiment file: each axis has the values that occur in some column."""
    return to_yaml(_axes(services, corpus, tried))


def _axes(services: Services, corpus: str, tried: list[Knobs]) -> dict[str, Any]:
    systems = [k["own"] for k in tried if k["own"]]
    tried = [k for k in tried if not k["own"]]
    of_systems = {"systems": [s for i, s in enumerate(systems) if s not in systems[:i]]} if systems else {}
    if not tried:
        return {"name": "from-playground", "corpus": corpus, **of_systems}
    prompts: list[Any] = []
    for number, knobs in enumerate(tried, start=1):
        if knobs["template"] is None:
            prompts.append(knobs["prompt"])
        else:
            name = f"tried-{number}"
            prompts.append({"name": name, "system": knobs["system"] or None, "template": knobs["template"]})
    retrieval: dict[str, Any] = {
        name: list(dict.fromkeys(k[name] for k in tried))
        for name in RETRIEVAL
        if name not in ROLES
        and (SETTING_BY_NAME[name].always_identifies or any(k[name] != START[name] for k in tried))
    }
    for role in ROLES:
        asked = list(dict.fromkeys(k[role] for k in tried if k[role] and asks_role(k, role)))
        if asked:
            retrieval[role] = asked if SETTING_BY_NAME[role].is_axis else asked[0]
    return {
        "name": "from-playground",
        "corpus": corpus,
        "prompts": [p for i, p in enumerate(prompts) if p not in prompts[:i]],
        "retrieval": retrieval,
        "models": list(dict.fromkeys(k["model"] for k in tried)),
        **of_systems,
    }


def add_to_draft(draft: Mapping[str, Any], services: Services, corpus: str, knobs: Knobs) -> str:
    """Return an experiment file with a column's values added to the axes of another file's.

    draft: the other file's data.
    """
    column = _axes(services, corpus, [knobs])
    retrieval = {**draft.get("retrieval", {})}
    for name, values in column.get("retrieval", {}).items():
        if isinstance(values, list):
            retrieval[name] = _union(retrieval.get(name), values)
        else:
            retrieval.setdefault(name, values)
    lists = [name for name in ("prompts", "models", "systems") if name in column]
    added = {name: _union(draft.get(name), column[name]) for name in lists}
    return to_yaml({**draft, **added, **({"retrieval": retrieval} if retrieval else {})})


def _union(values: Any, more: list[Any]) -> list[Any]:
    """Return the values of an axis, which may be a single one, and those of `more` that it lacks."""
    listed = [] if values is None else values if isinstance(values, list) else [values]
    return [*listed, *(value for value in more if value not in listed)]
