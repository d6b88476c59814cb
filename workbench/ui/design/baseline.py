"""Widgets for the baseline: the configuration that is used today, one value for each axis.
Knows nothing about how it is compared with the others."""

from __future__ import annotations

from functools import partial

import streamlit as st

from workbench.parts.retrieval_settings import DEFAULT_EMBEDDING, PART_AXES, SETTING_BY_NAME
from workbench.parts.setting_labels import label_of_setting
from workbench.ui.design import draft
from workbench.ui.design.advice import Places
from workbench.ui.design.axes import KEEP, USUAL_SIZES, askable
from workbench.ui.design.draft_values import BASELINE_AXES, NONE, USUAL
from workbench.ui.design.systems import list_names
from workbench.ui.services import Services
from workbench.ui.widgets.parts import label_of_part, part_options
from workbench.ui.widgets.text import as_label

COLUMNS = 3


def baseline_in_words() -> str:
    """Return what is set, as Markdown: the values, or what the results take where nothing is chosen."""
    if not draft.get("baseline_on"):
        return "the first configuration"
    if system := draft.get("baseline_system"):
        return as_label(str(system), 90)
    named = (draft.get(f"baseline_{axis}") for axis in BASELINE_AXES)
    return as_label(
        ", ".join(str(value) for value in named if value) or "the first value of every setting", 90
    )


def show_baseline(services: Services, places: Places) -> None:
    st.toggle(
        "Compare with what you run today",
        key="design.baseline_on",
        help="It runs with the others, and the results say which are better or worse. Its values need not be "
        "among those above.",
        **KEEP,
    )
    places.reserve("baseline", hidden=True)
    if not draft.get("baseline_on"):
        return
    _choose_system()
    if draft.get("baseline_system"):
        return
    usual = [axis for axis in BASELINE_AXES if axis not in SETTING_BY_NAME or _is_usual(axis)]
    _choose_in_columns(services, usual)
    if st.toggle("More settings", key="design.baseline_more", **KEEP):
        _choose_in_columns(services, [axis for axis in BASELINE_AXES if axis not in usual])


def _is_usual(axis: str) -> bool:
    """Return whether a setting is in sight without a click: the common ones, and those that are set."""
    return axis in USUAL or bool(draft.get(f"baseline_{axis}"))


def _choose_in_columns(services: Services, axes: list[str]) -> None:
    for start in range(0, len(axes), COLUMNS):
        for column, axis in zip(st.columns(COLUMNS), axes[start : start + COLUMNS], strict=False):
            with column:
                _choose(services, axis)


def _choose_system() -> None:
    """One of the systems of this design may be the baseline: then no setting belongs to it."""
    names, chosen = list_names(), draft.get("baseline_system")
    if names or chosen:
        st.selectbox(
            "One of your own systems",
            list(dict.fromkeys([*names, *([chosen] if chosen else [])])),
            key="design.baseline_system",
            index=None,
            placeholder="none: a configuration, as below",
            **KEEP,
        )


def _choose(services: Services, axis: str) -> None:
    kind = PART_AXES.get(axis)
    chosen = draft.get(f"baseline_{axis}")
    first = next(iter(draft.get(f"{axis}s" if axis in ("prompt", "model") else axis) or []), "")
    label = partial(label_of_part, kind) if kind else str
    st.selectbox(
        label_of_setting(axis, unit=True),
        list(dict.fromkeys([*_options(services, axis), *([chosen] if chosen else [])])),
        key=f"design.baseline_{axis}",
        format_func=label,
        accept_new_options=axis in USUAL_SIZES,
        placeholder=f"{label(first)} (first above)",
        **KEEP,
    )


def _options(services: Services, axis: str) -> list[str]:
    if axis in USUAL_SIZES:
        return USUAL_SIZES[axis]
    if axis in PART_AXES:
        return part_options(PART_AXES[axis], draft.get(axis) or [])
    if axis == "prompt":
        return [p.name for p in services.catalogue.list_prompts()]
    if axis in SETTING_BY_NAME and SETTING_BY_NAME[axis].values == "word":
        return [str(value) for value in SETTING_BY_NAME[axis].usual]
    models = [m.model for m in services.catalogue.list_models()]
    if axis == "model":
        return [model.name for model in models if model.kind == "chat"]
    if axis == "sparse_embedding":
        return askable(services, {"sparse_embedding"})
    if axis == "rerank_model":
        return askable(services, {"chat", "reranker"})
    names = [DEFAULT_EMBEDDING, *(model.name for model in models if model.kind == "embedding")]
    return names if axis == "embedding" else [NONE, *names]
