"""Defines a quantity of a text, what it takes for a text to state one, and which of two that overlap counts.
Knows nothing about how quantities are found."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Protocol, TypeVar

WITHIN = "within "
"""The beginning of a fact that says that a day or month lies in a range; it answers no "which day?"."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number, amount, time or date of a text."""

    text: str
    """The quantity as written."""
    start: int
    """The offset in the text of its first character."""
    end: int
    """The offset in the text after its last character."""
    kind: str
    """What its number counts, such as "time", "usd", "date", "ordinal" or "name ember" (in "Ember 15"); empty
    for a bare number."""
    tokens: tuple[str, ...]
    """The quantity in normalised words, by which texts are compared."""
    offers: frozenset[str]
    """The normalised facts that a text with this quantity states, such as "time 5400" or "day 3-5"."""
    needs: tuple[frozenset[str], ...]
    """A text states this quantity when its offers include at least one fact of each of these sets."""
    value: float | None = None
    """Its number in the base unit of its kind; None for dates, names and version numbers."""
    within: float = 0.0
    """The share of the value by which an equal number may differ: 0.05 after "about", and up to 0.05 for a
    number with a scale, such as "5.2 million"."""


def is_stated(
    quantity: Quantity, offers: frozenset[str] | set[str], amounts: list[tuple[str, float]]
) -> bool:
    """Whether a text states the quantity.

    offers: the offers of the text's quantities.
    amounts: (kind, value) of those with a value.
    """
    if all(not need.isdisjoint(offers) for need in quantity.needs):
        return True
    if not quantity.within or quantity.value is None:
        return False
    tolerance = abs(quantity.value) * quantity.within
    return any(kind == quantity.kind and abs(value - quantity.value) <= tolerance for kind, value in amounts)


class Placed(Protocol):
    """What has a place in a text: a quantity, an amount."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


PlacedPart = TypeVar("PlacedPart", bound=Placed)


def with_free_ones(parts: Iterable[PlacedPart], others: Iterable[PlacedPart]) -> list[PlacedPart]:
    """The parts, in order, with those of the others that overlap none of them."""
    start = attrgetter("start")
    parts = sorted(parts, key=start)
    free = []
    for other in others:
        place = bisect_left(parts, other.end, key=start)
        if not place or parts[place - 1].end <= other.start:
            free.append(other)
    return sorted(parts + free, key=start) if free else parts
