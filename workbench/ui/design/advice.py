"""Shows advice next to the setting that it concerns.
Knows nothing about how advice is worked out: it comes with the worker's plan."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from workbench.ui.widgets.text import as_markdown

Advices = Sequence[dict[str, str]]
# By kind of advice: a setting that makes no difference, one that is expensive, one that may mislead.
ICONS = {"idle": ":material/block:", "expensive": ":material/hourglass_top:", "care": ":material/warning:"}


class Places:
    """The places for advice: reserved while the widgets are drawn, filled once the plan is there."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[DeltaGenerator, bool]] = {}

    def reserve(self, *about: str, hidden: bool = False) -> None:
        """Reserve the present position on the page for advice.

        about: the settings that the advice concerns.
        hidden: whether the place may be folded away, so that its advice is also shown elsewhere.
        """
        place = st.empty()
        for setting in about:
            self._places[setting] = (place, hidden)

    def fill(self, advice: Advices) -> list[dict[str, str]]:
        """Show each piece of advice at its place. Return those without a place and those in a hidden one."""
        by_place: dict[int, list[dict[str, str]]] = {}
        elsewhere = []
        for item in advice:
            place, hidden = self._places.get(item["about"], (None, True))
            if place is not None:
                by_place.setdefault(id(place), []).append(item)
            if hidden:
                elsewhere.append(item)
        for place, _ in self._places.values():
            if id(place) in by_place:
                with place.container():
                    for item in by_place.pop(id(place)):
                        show_advice(item)
        return elsewhere


def show_advice(advice: dict[str, str]) -> None:
    """Show one piece of advice, with the icon of its kind."""
    st.caption(f"{ICONS[advice['kind']]} {as_markdown(advice['text'])}")
