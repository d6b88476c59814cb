"""Shows advice and errors next to the setting that they concern.
Knows nothing about how they are worked out: they come with the worker's plan."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from workbench.ui.design.fields import FieldError
from workbench.ui.widgets.text import as_markdown

Advices = Sequence[dict[str, str]]
# By kind of advice: a setting that makes no difference, one that is expensive, one that may mislead.
ICONS = {"idle": ":material/block:", "expensive": ":material/timer:", "care": ":material/warning:"}


class Places:
    """The places for advice and errors: reserved with the widgets, filled once the plan is there."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[DeltaGenerator, bool]] = {}
        self._only_errors: set[str] = set()

    def reserve(self, *about: str, hidden: bool = False, only_errors: bool = False) -> None:
        """Reserve the present position on the page for advice and an error.

        about: the settings that they concern.
        hidden: whether the place may be folded away, so that its advice is also shown elsewhere.
        only_errors: whether advice is shown elsewhere alone, because there may be much of it.
        """
        place = st.empty()
        self._only_errors.update(about if only_errors else ())
        for setting in about:
            self._places[setting] = (place, hidden)

    def fill(self, advice: Advices) -> list[dict[str, str]]:
        """Show each piece of advice at its place. Return those without a place and those in a hidden one."""
        by_place: dict[int, list[dict[str, str]]] = {}
        elsewhere = []
        for item in advice:
            place, hidden = self._places.get(item["about"], (None, True))
            if item["about"] in self._only_errors:
                place, hidden = None, True
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

    def show_errors(self, errors: Sequence[FieldError]) -> list[FieldError]:
        """Show each error at its field. Return those without a place and those in a hidden one."""
        elsewhere = []
        for error in errors:
            place, hidden = self._places.get(error.about, (None, True))
            if place is not None:
                place.error(as_text(error))
            if hidden:
                elsewhere.append(error)
        return elsewhere


def as_text(error: FieldError) -> str:
    """Return an error as Markdown."""
    return as_markdown(error.message) + (f"\n\n{as_markdown(error.hint)}" if error.hint else "")


def show_advice(advice: dict[str, str]) -> None:
    """Show one piece of advice, with the icon of its kind."""
    st.caption(f"{ICONS[advice['kind']]} {as_markdown(advice['text'])}")
