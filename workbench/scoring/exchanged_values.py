"""Finds a claim that is a stretch of a sentence with one value exchanged for another of its values: "in from
2 pm, out by 11 am" of "in from 3 pm, out by 11 am; a late departure until 2 pm costs extra".
Knows nothing about passages and support."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.scoring.grounding_evidence import Reading
from workbench.scoring.quantities import Quantity, is_stated

_LEAST_WORDS = 2  # beside the values
_YEAR = re.compile(r"1[1-9]\d\d|20\d\d")


def find_exchanged_value(claim: Reading, sentence: Reading) -> tuple[str, str] | None:
    """(the claim's value, the sentence's in its place), or None.

    Where all values differ, the words may be shared by several: "sold 300 units in 2001 and 500 in 2002". So
    they may be where values stand side by side ("in 2010 and 2011"), or where those of the claim come one
    after another elsewhere in the sentence.
    """
    said, written = _words_and_values(claim), _words_and_values(sentence)
    claimed, values = _quantities(said), _quantities(written)
    if len(said) - len(claimed) < _LEAST_WORDS or _come_together(claimed, values):
        return None
    marks, searched = [*map(_mark, said)], [*map(_mark, written)]
    for start in range(len(searched) - len(marks) + 1):
        if searched[start : start + len(marks)] != marks:
            continue
        compared = [(a, start + i) for i, a in enumerate(said) if isinstance(a, Quantity)]
        differing = [(a, place) for a, place in compared if not _states(written[place], a)]
        exchanged = [(a, place) for a, place in differing if any(_states(b, a) for b in values)]
        if not exchanged or len(differing) == len(compared):
            continue
        value, place = exchanged[0]
        if searched[place] not in (*searched[max(0, place - 1) : place], *searched[place + 1 : place + 2]):
            return value.text.strip(), _quantities(written[place : place + 1])[0].text.strip()
    return None


def _words_and_values(reading: Reading) -> list[str | Quantity]:
    """The stems of a text's words, and its quantities, in order."""
    quantities = {q.start: q for q in reading.quantities}
    parts: list[str | Quantity] = []
    for token in reading.tokens:
        if not token.quantity:
            parts.append(token.stem)
        elif token.start in quantities:
            parts.append(quantities.pop(token.start))
    return parts


def _quantities(parts: Sequence[str | Quantity]) -> list[Quantity]:
    return [part for part in parts if isinstance(part, Quantity)]


def _mark(part: str | Quantity) -> str:
    """A word, or what a number counts; years are not of the kind of other bare numbers."""
    if isinstance(part, str):
        return part
    return (
        "year quantity" if not part.kind and _YEAR.fullmatch(part.text.strip()) else f"{part.kind} quantity"
    )


def _states(part: str | Quantity, quantity: Quantity) -> bool:
    return isinstance(part, Quantity) and is_stated(quantity, part.offers, [])


def _come_together(claimed: Sequence[Quantity], values: Sequence[Quantity]) -> bool:
    """Whether a sentence's values state all of a claim's, one after another."""
    return any(
        all(_states(b, a) for a, b in zip(claimed, values[i:], strict=False))
        for i in range(len(values) - len(claimed) + 1)
    )
