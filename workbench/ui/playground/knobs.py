"""Shows every setting of one configuration in one column: prompt, model, retrieval, sampling.
Knows nothing about the question."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from workbench.parts.choice import split_text
from workbench.parts.retrieval_settings import (
    DEFAULT_EMBEDDING,
    PART_AXES,
    SETTING_BY_NAME,
    SETTINGS,
    RetrievalSetting,
)
from workbench.parts.setting_labels import label_of_setting
from workbench.space.asked_models import can_be_asked, kind_asked, needed_model
from workbench.space.model import Model
from workbench.ui.design.systems import where_of
from workbench.ui.playground.columns import KNOB, RANGES, START, asks_role, list_own, round_of_widgets
from workbench.ui.services import Services
from workbench.ui.widgets.links import link
from workbench.ui.widgets.parts import label_of_part, part_options, show_settings
from workbench.ui.widgets.text import as_markdown

USUAL = (
    "splitter", "retriever", "chunk_tokens", "chunk_overlap", "top_k", "embedding", "returns", "query",
    "rerank",
)  # fmt: skip
"""The settings of retrieval that are in sight, row by row; the others are folded."""
NO_MODEL = "None"
OURS = "Prompt, retrieval and model"


def show_knobs(services: Services, number: int, knobs: dict[str, Any]) -> None:
    """Draw the knobs of a column and write what is chosen into `knobs`."""
    _own(services, number, knobs)
    if knobs["own"]:
        return
    models = [m.model for m in services.catalogue.list_models()]
    chats = [m.name for m in models if m.kind == "chat"]
    left, right = st.columns(2)
    with left:
        _prompt(services, number, knobs)
    before = knobs["model"]
    with right:
        knobs["model"] = _choice(number, knobs, "model", "Model", chats)
    _prompt_text(services, number, knobs)
    if knobs["model"] != before:  # the new model brings its own sampling settings
        knobs["temperature"] = knobs["max_tokens"] = None
    chosen = next((m for m in models if m.name == knobs["model"]), None)
    with st.expander("Retrieval", expanded=True):
        _settings(number, knobs, models, USUAL)
    others = [setting.name for setting in SETTINGS if setting.name not in USUAL and not setting.asked_by]
    changed = [label_of_setting(name) for name in others if knobs[name] != START[name]]
    title = f"More settings: {', '.join(changed)} changed" if changed else "More retrieval settings"
    with st.expander(title, key=_key(number, "more")):
        _settings(number, knobs, models, others)
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


def _own(services: Services, number: int, knobs: dict[str, Any]) -> None:
    """Choose between settings and a system, where there is one."""
    own = list_own(services) | ({knobs["own"]["name"]: knobs["own"]} if knobs["own"] else {})
    if not own:
        return
    options, now = [OURS, *own], knobs["own"]["name"] if knobs["own"] else OURS
    chosen = st.selectbox("Answered by", options, options.index(now), key=_key(number, "own"))
    knobs["own"] = own.get(chosen)
    if knobs["own"]:
        st.caption(
            f"Your own RAG: it does its own retrieval and answering. {as_markdown(where_of(knobs['own']))}"
        )


def _settings(number: int, knobs: dict[str, Any], models: list[Model], names: Sequence[str]) -> None:
    """Show settings of retrieval in two columns, each with the model that its part asks."""
    for column, of_column in zip(st.columns(2), (names[::2], names[1::2]), strict=True):
        with column:
            for name in of_column:
                _setting(number, knobs, models, SETTING_BY_NAME[name])


def _setting(number: int, knobs: dict[str, Any], models: list[Model], setting: RetrievalSetting) -> None:
    name, label = setting.name, label_of_setting(setting.name, unit=True)
    if setting.kind is not None:
        knobs[name] = _part(number, knobs, name, label)
    elif setting.values == "number":
        knobs[name] = _number(number, knobs, setting, label)
    elif setting.values == "word":
        words = [str(value) for value in setting.usual]
        knobs[name] = _choice(number, knobs, name, label, words, format_func=str.capitalize)
    else:
        embeddings = [DEFAULT_EMBEDDING, *(m.name for m in models if m.kind == "embedding")]
        options = list(dict.fromkeys(embeddings))
        chosen = _choice(number, knobs, name, label, options if setting.default else [NO_MODEL, *options])
        knobs[name] = None if chosen == NO_MODEL else chosen
    for role in SETTINGS:
        asking = [
            axis for axis in role.asked_by if axis in knobs and kind_asked(PART_AXES[axis], knobs[axis])
        ]
        if asking[:1] == [name] and (kind := asks_role(knobs, role.name)) is not None:
            _role(number, knobs, models, role, kind)


def _role(number: int, knobs: dict[str, Any], models: list[Model], role: RetrievalSetting, kind: str) -> None:
    """Choose the model that a part asks. kind: the kind of model that it asks."""
    fitting = [m.name for m in models if can_be_asked(m, {kind})]
    if fitting:
        if knobs[role.name] not in fitting:  # chosen for a part that asks another kind
            knobs[role.name] = None
        knobs[role.name] = _choice(number, knobs, role.name, role.label, fitting)
    else:
        st.warning(f"There is no {role.label.lower()} yet: it is {needed_model({kind})}.")
        link("models", "Register one", "model_training")


def _key(number: int, name: str) -> str:
    return f"{KNOB}{round_of_widgets()}.{number}.{name}"


def _choice(
    number: int, knobs: dict[str, Any], name: str, label: str, options: list[str], **more: Any
) -> Any:
    if knobs[name] is not None and knobs[name] not in options:
        options = [*options, knobs[name]]
    at = options.index(knobs[name]) if knobs[name] in options else 0
    return st.selectbox(label, options, at if options else None, key=_key(number, name), **more)


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


def _number(number: int, knobs: dict[str, Any], setting: RetrievalSetting, label: str) -> Any:
    """Return the number; None for an empty field of a setting that needs none."""
    shape = float if any(isinstance(usual, float) for usual in setting.usual) else int
    ends = (setting.low, setting.high, knobs[setting.name])
    low, high, value = (None if end is None else shape(end) for end in ends)
    more: dict[str, Any] = {"min_value": low, "max_value": high, "value": value}
    more |= {"step": 0.05 if shape is float else 1, "help": setting.help or None, "placeholder": "Not set"}
    return st.number_input(label, key=_key(number, setting.name), **more)


def _prompt(services: Services, number: int, knobs: dict[str, Any]) -> None:
    versions = [v.label for v in services.catalogue.list_all_versions()]
    newest = [p.label for p in services.catalogue.list_prompts()]
    options = list(dict.fromkeys([*newest, *versions]))
    before = knobs["prompt"]
    knobs["prompt"] = _choice(number, knobs, "prompt", "Prompt", options)
    if knobs["prompt"] != before:
        knobs["system"] = knobs["template"] = None


def _prompt_text(services: Services, number: int, knobs: dict[str, Any]) -> None:
    """Show the chosen prompt, or the text that was written in its place for this column."""
    versions = {v.label: v for v in services.catalogue.list_all_versions()}
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
