"""Shows advice beside the setting that it is about.
Knows nothing about how advice is found: the worker's plan brings it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from workbench.ui.widgets.text import as_markdown

Advices = Sequence[dict[str, str]]
# Advice about what makes no difference, what is expensive, what may mislead.
ICONS = {"idle": ":material/block:", "expensive": ":material/hourglass_top:", "care": ":material/warning:"}


class Places:
    """Where each setting's advice belongs: reserved as widgets are drawn, filled when it is known."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[DeltaGenerator, bool]] = {}

    def reserve(self, *about: str, hidden: bool = False) -> None:
        """A place for advice about these settings, here.  hidden: it may be folded away."""
        place = st.empty()
        for setting in about:
            self._places[setting] = (place, hidden)

    def fill(self, advice: Advices) -> list[dict[str, str]]:
        """Show each at its place; returns those that have none, and those whose place may not be seen."""
        by_place: dict[int, list[dict[str, str]]] = {}
        elsewhere = []
        for one in advice:
            place, hidden = self._places.get(one["about"], (None, True))
            if place is not None:
                by_place.setdefault(id(place), []).append(one)
            if hidden:
                elsewhere.append(one)
        for place, _ in self._places.values():
            if id(place) in by_place:
                with place.container():
                    for one in by_place.pop(id(place)):
                        show_advice(one)
        return elsewhere


def show_advice(one: dict[str, str]) -> None:
    st.caption(f"{ICONS[one['kind']]} {as_markdown(one['text'])}")
