"""The family of a prompt: versions as a tree, each with its reason, its held-out gain and what it changed.
Knows nothing about how a version was made."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from workbench.results.optimised_prompts import OptimisedPrompts
from workbench.store.catalogue import PromptVersion
from workbench.ui.prompts.editor import as_one_text
from workbench.ui.services import Services
from workbench.ui.widgets.difference import show_difference
from workbench.ui.widgets.links import link
from workbench.ui.widgets.proposals import show_proposals
from workbench.ui.widgets.text import as_label, as_markdown

MOST_OPTIMISATIONS = 5
LONGEST_REASON = 90


def show_family(services: Services, name: str) -> None:
    """Draw the tree, then the optimisations that made any of its versions, with their proposals."""
    family = services.catalogue.list_family(name)
    by_label = {version.prompt.label: version for version in family}
    optimised = services.catalogue.find_optimised(list(by_label))
    for depth, version in _tree(family):
        _show_version(version, by_label.get(version.parent or ""), depth, _gains(optimised, version))
    if not optimised:
        st.caption(
            "No optimisation has made a version of it. An experiment file asks for one: "
            f"`prompts: [{{optimise: {{from: {as_markdown(name)}, model: NAME}}}}]`."
        )
    for one in optimised[:MOST_OPTIMISATIONS]:
        with st.container(border=True):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{as_label(f'{one.start} improved by {one.model}')}**", width="content")
                link("results", "Its experiment", "trophy", experiment=one.experiment_id)
            st.caption(as_markdown(one.in_words))
            show_proposals(one)


def _tree(family: Sequence[PromptVersion]) -> list[tuple[int, PromptVersion]]:
    """(depth, version): each version below the one that it was made from, else below the version before."""
    labels = [version.prompt.label for version in family]
    children: dict[str, list[PromptVersion]] = {}
    for place, version in enumerate(family):
        before = labels[place - 1] if place and family[place - 1].prompt.name == version.prompt.name else ""
        parent = version.parent if version.parent in labels else ("" if version.parent else before)
        children.setdefault(parent or "", []).append(version)
    rows: list[tuple[int, PromptVersion]] = []

    def add(parent: str, depth: int) -> None:
        for version in children.get(parent, ()):
            rows.append((depth, version))
            add(version.prompt.label, depth + 1)

    add("", 0)
    return rows


def _gains(optimised: Sequence[OptimisedPrompts], version: PromptVersion) -> list[str]:
    return [
        one.gain_in_words for one in optimised if one.prompt == version.prompt.label and one.gain_in_words
    ]


def _show_version(
    version: PromptVersion, parent: PromptVersion | None, depth: int, gains: Sequence[str]
) -> None:
    made = {"optimising": "by optimising", "file": "from prompts.yaml", "app": "in the app"}[version.source]
    title = f"{'↳ ' * depth}{version.prompt.label} · {made}"
    shown = [gains[0].partition(": ")[2] if gains else "", version.reason[:LONGEST_REASON]]
    with st.expander(as_label(" · ".join([title, *filter(None, shown)]), 220)):
        for gain in gains:
            st.markdown(as_markdown(gain))
        if version.reason:
            st.caption(as_markdown(f"Made from {version.parent}: {version.reason}"))
        if parent is not None:
            texts = [as_one_text(v.prompt.system, v.prompt.template) for v in (parent, version)]
            if not show_difference(*texts):
                st.caption("Its text is the same as its parent's.")
        else:
            st.caption("It is the first version.")
