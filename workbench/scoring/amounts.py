"""Defines an amount, a number with its unit as written, and makes it a quantity: "1.5 h" states "time 5400".
Knows nothing about how amounts are found in a text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from workbench.scoring.quantity import Quantity
from workbench.scoring.units import find_unit

# Kinds whose sign is said wherever they are: "5%" is not stated by a bare "5".
_EXACT_KINDS = frozenset({"share"})
_TEMPERATURES = frozenset({"celsius", "fahrenheit"})


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its unit or currency, where it has one."""

    text: str
    """The amount as written."""
    start: int
    """The offset in the text of its first character."""
    value: float
    """Its number, with its scale: 5000000 for "5 million"."""
    unit: str = ""
    """Its unit or currency as written."""
    within: float = 0.0
    """The share of the value by which an equal number may differ (see Quantity)."""
    scale: float = 1.0
    """The scale within the value: 1000000 for "5 million"."""
    is_fraction: bool = False
    """Whether it is written as one ("1/2", "a quarter"), which without a unit is a share, too."""

    @property
    def end(self) -> int:
        """The offset in the text after its last character."""
        return self.start + len(self.text)


def plain_number(value: float) -> str:
    """The number in up to 12 significant digits."""
    return f"{value:.12g}"


def make_quantity(amount: Amount) -> Quantity:
    """The quantity of an amount. A number with a unit is stated by the number alone, and the other way round,
    but for shares, whose sign is always written."""
    kind, base, tokens, offers, needs = _read(amount.value, amount.unit, amount.is_fraction)
    text, start, within = amount.text, amount.start, amount.within
    return Quantity(text, start, start + len(text), kind, tokens, offers, needs, base, within)


@lru_cache(maxsize=4096)
def _read(
    value: float, unit: str, is_fraction: bool
) -> tuple[str, float, tuple[str, ...], frozenset[str], tuple[frozenset[str]]]:
    """(kind, value in its base unit, tokens, offers, needs) of a quantity."""
    raw = plain_number(value)
    meanings = find_unit(unit) if unit else ()
    if not meanings:
        share = {f"share {plain_number(float(f'{100 * value:.9g}'))}"} if is_fraction else set()
        return "", value, (raw,), frozenset({raw, f"bare {raw}"} | share), (frozenset({raw} | share),)
    kind = meanings[0].kind
    offers = {f"{m.kind} {plain_number(float(f'{value * m.factor:.9g}'))}" for m in meanings}
    needs = set(offers)
    if kind not in _EXACT_KINDS:
        offers.add(raw)
        needs.add(f"bare {raw}")
    if kind in _TEMPERATURES:  # "-18 degrees" leaves open which
        offers.add(f"degree {raw}")
        needs.add(f"any degree {raw}")
        other, converted = _other_scale(kind, value)
        offers.add(f"{other} {converted}")
    elif kind == "degree":
        offers.add(f"any degree {raw}")
    tokens = (raw, *meanings[0].word.split())
    return kind, value * meanings[0].factor, tokens, frozenset(offers), (frozenset(needs),)


def _other_scale(kind: str, value: float) -> tuple[str, str]:
    """The kind and number of a temperature on the other scale."""
    if kind == "celsius":
        return "fahrenheit", plain_number(float(f"{value * 9 / 5 + 32:.9g}"))
    return "celsius", plain_number(float(f"{(value - 32) * 5 / 9:.9g}"))
