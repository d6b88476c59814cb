"""Shows the axes: prompts and models side by side, below them the settings of retrieval.
Knows nothing about the configurations that they expand to."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Any

import streamlit as st

from workbench.parts.part import Part
from workbench.parts.registry import parts_of
from workbench.parts.retrieval_settings import (
    DEFAULT_EMBEDDING,
    PART_AXES,
    SETTING_BY_NAME,
    SETTINGS,
    STAGES,
    RetrievalSetting,
)
from workbench.parts.setting_labels import label_of_setting
from workbench.space.asked_models import can_be_asked, kind_asked, needed_model
from workbench.space.prompt import Prompt
from workbench.ui.design import draft
from workbench.ui.design.advice import Places
from workbench.ui.design.draft_values import NONE
from workbench.ui.design.optimised_prompts import describe_optimisation, offer_optimisation
from workbench.ui.design.part_variants import show_variants
from workbench.ui.design.training import offer_training
from workbench.ui.services import Services
from workbench.ui.widgets.links import link
from workbench.ui.widgets.parts import label_of_part, part_options
from workbench.ui.widgets.text import as_label, show_prompt

KEEP: dict[str, Any] = {"persist_state": "session"}
WRAP: dict[str, Any] = {"persist_state": "session", "wrap": True}
COLLAPSED: dict[str, Any] = {"label_visibility": "collapsed", **WRAP}
# What is always in sight, left and right; the other settings are folded.
LEFT, RIGHT = ("retriever", "splitter", "rerank"), ("top_k", "chunk_tokens", "returns")
USUAL_SIZES = {s.name: [str(value) for value in s.usual] for s in SETTINGS if s.values == "number"}
MOST_IN_HALF = 4
"""So many values fit into half of the width."""
MOST_READ = 12
"""So many chosen prompts are shown in full: a design may have hundreds."""


def served_chats(services: Services) -> list[str]:
    """Return the names of the chat models on a server: those that can rerank, rewrite queries and judge."""
    return askable(services, {"chat"})


def askable(services: Services, kinds: Collection[str | None]) -> list[str]:
    """Return the names of the models that parts which ask these kinds can ask."""
    return [m.model.name for m in services.catalogue.list_models() if can_be_asked(m.model, kinds)]


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
        offer_optimisation([label for label in by_label if label], served_chats(services))
        link("prompts", "Edit prompts", "edit_note")


def _read_prompt(label: str, by_label: dict[str, Prompt]) -> None:
    inline, prompt = draft.get("inline", {}).get(label), by_label.get(label)
    if inline is not None and "optimise" in inline:
        st.markdown(describe_optimisation(label, inline))
        return
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
        offer_training(services)
        link("models", "Add models", "model_training")


def _about_model(services: Services, name: str, registered: dict[str, Any]) -> str:
    """Return where a model runs, what it was tuned from and its price, as Markdown."""
    model = registered.get(name)
    if model is None:
        inline = draft.get("inline", {}).get(name)
        if inline and "tune" in inline:
            return f"**{as_label(name)}**: trained by the run, then asked"
        where = as_label(inline.get("base_url") or "this machine") if inline else "not registered here"
        return f"**{as_label(name)}**: {where}"
    parent = f", tuned from {as_label(model.parent)}" if model.parent else ""
    where = as_label(model.where)
    return f"**{as_label(name)}**: {where}{parent}; {as_label(services.catalogue.price_of(model))}"


def _retrieval(services: Services, places: Places) -> None:
    st.subheader("Retrieval", anchor="retrieval")
    for column, names in zip(st.columns([3, 2], gap="medium"), (LEFT, RIGHT), strict=True):
        with column:
            for name in names:
                _setting(services, places, SETTING_BY_NAME[name], hidden=False)
    folded = [s for s in SETTINGS if s.name not in (*LEFT, *RIGHT) and not _is_shown_with_its_part(s)]
    with st.expander(_folded_in_words(folded), key="design.rarely"):
        for stage, title in STAGES.items():
            st.markdown(f"**{title}**")
            _in_columns(services, places, [s for s in folded if s.stage == stage])
        st.markdown("**Parts with other settings**")
        with st.container(horizontal=True, gap="xsmall"):
            for axis, kind in PART_AXES.items():
                show_variants(kind, axis)


def _is_shown_with_its_part(setting: RetrievalSetting) -> bool:
    """Return whether a model stands below the part that asks it."""
    return bool(setting.asked_by)


def _in_columns(services: Services, places: Places, settings: list[RetrievalSetting]) -> None:
    """Show settings in two columns, row by row; one with many values takes a row of its own."""
    narrow = [s for s in settings if s.kind is None or len(parts_of(s.kind)) <= MOST_IN_HALF]
    for start in range(0, len(narrow), 2):
        for column, setting in zip(st.columns(2, gap="medium"), narrow[start : start + 2], strict=False):
            with column:
                _setting(services, places, setting, hidden=True)
    for setting in settings:
        if setting not in narrow:
            _setting(services, places, setting, hidden=True)


def _setting(services: Services, places: Places, setting: RetrievalSetting, *, hidden: bool) -> None:
    """Show a setting, the place for what is said about it, and the models that its part asks."""
    if setting.kind is not None:
        _parts(setting.name, setting.kind)
    elif setting.values == "number":
        _sizes(setting)
    elif setting.values == "word":
        _words(setting)
    else:
        _embedding(services, setting)
    places.reserve(setting.name, hidden=hidden)
    for role in SETTINGS:
        if setting.name == _place_of(role):
            _role(services, role)


def _place_of(role: RetrievalSetting) -> str:
    """Return the setting below which a model is chosen: the first whose chosen part asks it."""
    asking = (a for a in role.asked_by if any(kind_asked(PART_AXES[a], t) for t in draft.get(a) or []))
    return next(asking, "")


def _folded_in_words(folded: list[RetrievalSetting]) -> str:
    """Return what of the folded settings is changed, or that nothing is."""
    changed = []
    for setting in folded:
        values = [str(value) for value in draft.get(setting.name) or []]
        if values and values != [str(setting.default)]:
            labels = values if setting.kind is None else [label_of_part(setting.kind, v) for v in values]
            changed.append(f"{setting.label}: {', '.join(labels)}")
    if not changed:
        return (
            "More: embedding, query transform, chunk context, fusion, filter and others, with their defaults"
        )
    return f"More: {as_label('; '.join(changed), 160)}"


def _embedding(services: Services, setting: RetrievalSetting) -> None:
    embeddings = [m.model.name for m in services.catalogue.list_models() if m.model.kind == "embedding"]
    first = [DEFAULT_EMBEDDING] if setting.default else [NONE, DEFAULT_EMBEDDING]
    st.multiselect(
        setting.label,
        list(dict.fromkeys([*first, *embeddings, *(draft.get(setting.name) or [])])),
        key=f"design.{setting.name}",
        help=setting.help or None,
        placeholder="None",
        **WRAP,
    )


def _parts(axis: str, kind: type[Part]) -> None:
    st.pills(
        label_of_setting(axis),
        part_options(kind, draft.get(axis) or []),
        selection_mode="multi",
        key=f"design.{axis}",
        format_func=partial(label_of_part, kind),
        help="  \n".join(f"{part.label}: {part.help}" for part in parts_of(kind).values()),
        **WRAP,
    )


def _words(setting: RetrievalSetting) -> None:
    st.pills(
        setting.label,
        setting.usual,
        selection_mode="multi",
        key=f"design.{setting.name}",
        format_func=str.capitalize,
        help=setting.help or None,
        **WRAP,
    )


def _sizes(setting: RetrievalSetting) -> None:
    st.multiselect(
        label_of_setting(setting.name, unit=True),
        _with_chosen(setting.name),
        key=f"design.{setting.name}",
        accept_new_options=True,
        help=f"{setting.help} Choose numbers, or type your own.".strip(),
        placeholder="Not set",
        **WRAP,
    )


def _with_chosen(axis: str) -> list[str]:
    """Return the usual values and the chosen ones, numbers first, in ascending order."""
    values = {*USUAL_SIZES[axis], *(str(v) for v in draft.get(axis) or [])}
    return sorted(values, key=lambda v: (not v.isdecimal(), int(v) if v.isdecimal() else 0, v))


def _role(services: Services, setting: RetrievalSetting) -> None:
    """Choose the models that a part on its axis asks; nothing is shown where no chosen part asks one."""
    chosen_parts = [(PART_AXES[axis], text) for axis in setting.asked_by for text in draft.get(axis) or []]
    kinds = {kind_asked(kind, text) for kind, text in chosen_parts} - {None}
    if not kinds:
        return
    chosen = draft.get(setting.name) or []
    several = isinstance(chosen, list)
    options = list(dict.fromkeys([*askable(services, kinds), *(chosen if several else [chosen])]))
    if not options:
        st.warning(f"There is no {setting.label.lower()} yet: it is {needed_model(kinds)}.")
        link("models", "Register one", "model_training")
    elif several:
        st.multiselect(setting.label, options, key=f"design.{setting.name}", placeholder="Choose", **WRAP)
    else:
        st.selectbox(setting.label, options, key=f"design.{setting.name}", **KEEP)
