"""Chooses units by score and writes them down as an answer: order, citations, quotation marks.
Knows nothing about prompts or features: it is given units, scores and what was asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.providers.embedded.directives import Directives
from workbench.providers.embedded.units import NumberedPassage, Unit
from workbench.text import content_tokens

# A further unit whose odds of being the answer are less than e^-2.5 of the best one's is left out, unless
# the prompt asks for a number of sentences.
_KEEP_WITHIN = 2.5
_SAME = 0.9  # share of the shorter one's stems from which two units say the same
_MOST_LEAD_CHARS = 120

_REFERENCE = re.compile(r"\s?\[\d{1,3}\]")
_CLOSED = re.compile(r"[.!?…。！？][\"'”’»)\]]*$")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A unit of the answer with its score."""

    unit: Unit
    score: float


def _repeats(unit: Unit, chosen: Sequence[Unit]) -> bool:
    stems = set(content_tokens(unit.text))
    for other in chosen:
        said = set(content_tokens(other.text))
        if stems and said and len(stems & said) / min(len(stems), len(said)) >= _SAME:
            return True
    return False


def choose(
    units: Sequence[Unit], scores: NDArray[np.float64], count: int, *, up_to: bool = False
) -> list[Chosen]:
    """The best `count` units, best first, none that repeats another (overlapping chunks hold copies).

    up_to: leave out what is far less likely than the best.
    """
    chosen: list[Chosen] = []
    for index in np.argsort(-scores, kind="stable"):
        unit, score = units[int(index)], float(scores[index])
        if len(chosen) >= count or (up_to and chosen and score < chosen[0].score - _KEEP_WITHIN):
            break
        if not _repeats(unit, [earlier.unit for earlier in chosen]):
            chosen.append(Chosen(unit, score))
    return chosen


def in_reading_order(chosen: Sequence[Chosen]) -> list[Chosen]:
    """Passages by their best unit, units of one passage as they stand in it."""
    passages = list(dict.fromkeys(item.unit.passage for item in chosen))
    return sorted(chosen, key=lambda item: (passages.index(item.unit.passage), item.unit.order))


def _closed(text: str) -> str:
    return text if _CLOSED.search(text) else text.rstrip(" ,;:") + "."


def write_down(
    chosen: Sequence[Chosen], passages: Sequence[NumberedPassage], directives: Directives
) -> list[str]:
    """One sentence of the answer for each chosen unit, in the order given."""
    sentences, led = [], set()
    for item in chosen:
        unit = item.unit
        text = _REFERENCE.sub("", unit.text) if directives.cite else unit.text
        lead = unit.lead if unit.lead and len(unit.lead) <= _MOST_LEAD_CHARS else ""
        if lead and (unit.passage, lead) not in led:
            led.add((unit.passage, lead))
            text = f"{lead} {text}"
        text = f"“{text}”" if directives.quote else _closed(text)
        sentences.append(f"{text} [{passages[unit.passage].number}]" if directives.cite else text)
    return sentences
