"""The Playground's columns as data: in the session and in addresses.
Knows nothing about how a column is drawn or asked."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from workbench.errors import ExperimentError
from workbench.parts.choice import choose
from workbench.parts.part import Part
from workbench.parts.retrieval_settings import (
    DEFAULT_EMBEDDING,
    MODEL_ROLES,
    PART_AXES,
    SETTING_BY_NAME,
    SETTINGS,
)
from workbench.space.asked_models import can_be_asked, kind_asked
from workbench.space.config import Config
from workbench.ui.design.systems import as_entry
from workbench.ui.design.systems import entries as design_systems
from workbench.ui.services import Services

MOST_COLUMNS = 4
COLUMNS = "playground.columns"
KNOB = "playground.knob."
ROUND = "playground.round"
# Knob → its value in a new column. None for the prompt's text and the sampling: those of prompt and model.
# "own" is a system as an experiment file has it, which is asked in place of all other knobs.
START: dict[str, Any] = {
    "prompt": None,
    "system": None,
    "template": None,
    "model": None,
    "temperature": None,
    "max_tokens": None,
    "own": None,
    **{setting.name: setting.default for setting in SETTINGS},
}
# Role → the axes whose parts ask that model.
ROLES = {s.name: s.asked_by for s in SETTINGS if s.asked_by}
RANGES: dict[str, tuple[float, float]] = {
    **{s.name: (-1e9 if s.low is None else s.low, s.high or 1e9) for s in SETTINGS if s.values == "number"},
    "temperature": (0.0, 2.0),
    "max_tokens": (1, 1_000_000),
}
RETRIEVAL = tuple(setting.name for setting in SETTINGS)
Knobs = dict[str, Any]


def new_column(services: Services) -> Knobs:
    """Return a column with the first prompt and the first chat model."""
    prompts = [p.label for p in services.catalogue.list_prompts()]
    models = [m.model.name for m in services.catalogue.list_models() if m.model.kind == "chat"]
    return START | {"prompt": prompts[0] if prompts else None, "model": models[0] if models else None}


def list_own(services: Services) -> dict[str, dict[str, Any]]:
    """Return the systems that a column may ask, by name: those of the design and of stored experiments. An
    address may name no others, so that a link sends nothing to a host that nobody here has written down."""
    stored = {name: as_entry(system) for name, system in services.experiments.list_systems().items()}
    return stored | {str(entry["name"]): entry for entry in design_systems().values()}


def columns(services: Services) -> list[Knobs]:
    """Return the columns; on the first visit one, with the first prompt and the first chat model."""
    if COLUMNS not in st.session_state:
        st.session_state[COLUMNS] = [new_column(services)]
    stored: list[Knobs] = st.session_state[COLUMNS]
    return stored


def round_of_widgets() -> int:
    """Return the number in the widgets' keys: another number makes new widgets."""
    return int(st.session_state.get(ROUND, 0))


def forget_knobs() -> None:
    """Make all widgets anew, with their values from the columns' data."""
    st.session_state[ROUND] = round_of_widgets() + 1


def to_text(knobs: Knobs) -> str:
    """Return a column for an address: what differs from a new one, as JSON."""
    changed = {name: value for name, value in knobs.items() if value != START[name]}
    return json.dumps(changed, separators=(",", ":"), ensure_ascii=False)


def from_text(services: Services, text: str) -> tuple[Knobs, list[str]]:
    """Return (the column in an address, what of it is ignored, in words)."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        return new_column(services), ["it is not a column"]
    allowed, own = _names(services), list_own(services)
    knobs, ignored = new_column(services), []
    for name, value in data.items():
        if value in own.values() if name == "own" else _is_sound(name, value, allowed):
            knobs[name] = value
        else:
            ignored.append(f"{str(name)[:40].replace('_', ' ')} {str(value)[:60]!r} is not available")
    return knobs, ignored


def _names(services: Services) -> dict[str, list[str]]:
    """Return the prompts and models that a knob may name."""
    models = [m.model for m in services.catalogue.list_models()]
    served = [m.name for m in models if can_be_asked(m, {"chat"})]
    return {
        "prompt": [v.label for v in services.catalogue.list_all_versions()],
        "model": [m.name for m in models if m.kind == "chat"],
        "embedding": [DEFAULT_EMBEDDING, *(m.name for m in models if m.kind == "embedding")],
        "second_embedding": [m.name for m in models if m.kind == "embedding"],
        **dict.fromkeys(ROLES, served),
        "sparse_embedding": [m.name for m in models if can_be_asked(m, {"sparse_embedding"})],
        "rerank_model": [m.name for m in models if can_be_asked(m, {"chat", "reranker"})],
    }


def _is_sound(name: str, value: Any, allowed: dict[str, list[str]]) -> bool:
    if name in RETRIEVAL and value == START[name]:
        return True
    if name in PART_AXES:
        return isinstance(value, str) and _is_part(PART_AXES[name], value)
    if name in allowed:
        return value in allowed[name]
    if name in RANGES:
        low, high = RANGES[name]
        whole = isinstance(value, int) and not isinstance(value, bool)
        fraction = name in ("temperature", "min_score") and isinstance(value, float)
        return (whole or fraction) and low <= value <= high
    if name in SETTING_BY_NAME and SETTING_BY_NAME[name].values == "word":
        return value in SETTING_BY_NAME[name].usual
    return name in ("system", "template") and isinstance(value, str)


def _is_part(kind: type[Part], text: str) -> bool:
    try:
        return choose(kind, text).text == text
    except ExperimentError:
        return False


def asks_role(knobs: Knobs, role: str) -> str | None:
    """Return the kind of model that the column's part asks in this role; None where it asks none."""
    kinds = (kind_asked(PART_AXES[axis], knobs[axis]) for axis in ROLES[role])
    return next((kind for kind in kinds if kind is not None), None)


def from_config(config: Config) -> Knobs:
    """Return a stored configuration as a column. Models go by name: only registered ones can be asked."""
    if config.system is not None:
        return START | {"own": as_entry(config.system)}
    retrieval = config.retrieval
    knobs = START | {name: getattr(retrieval, name) for name in RETRIEVAL}
    for role in MODEL_ROLES:
        model = getattr(retrieval, role)
        knobs[role] = model.name if model else START[role]
    return knobs | {"prompt": config.prompt.label, "model": config.model.name}
