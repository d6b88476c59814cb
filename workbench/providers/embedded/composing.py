"""Chooses units by score and turns them into the sentences of an answer, with citations or quotation marks.
Knows nothing about prompts or features: it is given units, their scores and the directives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.providers.embedded.directives import Directives
from workbench.providers.embedded.units import NumberedPassage, Unit
from workbench.text import content_tokens

# A unit whose odds of being the answer are less than e^-2.5 of the best unit's is left out, unless the prompt
# asks for a number of sentences.
_KEEP_WITHIN = 2.5
_SAME = 0.9  # two units say the same if they share this much of the shorter one's stems
_MOST_LEAD_CHARS = 120

_REFERENCE = re.compile(r"\s?\[\d{1,3}\]")
_CLOSED = re.compile(r"[.!?…。！？][\"'”’»)\]]*$")


@dataclass(frozen=True, slots=True)
class ScoredUnit:
    """A unit that was chosen for the answer, with its score."""

    unit: Unit
    score: float


def _repeats(unit: Unit, chosen: Sequence[Unit]) -> bool:
    stems = set(content_tokens(unit.text))
    for chosen_unit in chosen:
        chosen_stems = set(content_tokens(chosen_unit.text))
        shared = len(stems & chosen_stems)
        if stems and chosen_stems and shared / min(len(stems), len(chosen_stems)) >= _SAME:
            return True
    return False


def choose(
    units: Sequence[Unit], scores: NDArray[np.float64], count: int, *, up_to: bool = False
) -> list[ScoredUnit]:
    """The best `count` units, best first, without repetitions (overlapping chunks hold copies).

    scores: float64 [len(units)]; higher is better.
    up_to: take fewer than `count` when the next unit is far less likely to answer than the best.
    """
    chosen: list[ScoredUnit] = []
    for index in np.argsort(-scores, kind="stable"):
        unit, score = units[int(index)], float(scores[index])
        if len(chosen) >= count or (up_to and chosen and score < chosen[0].score - _KEEP_WITHIN):
            break
        if not _repeats(unit, [earlier.unit for earlier in chosen]):
            chosen.append(ScoredUnit(unit, score))
    return chosen


def in_reading_order(chosen: Sequence[ScoredUnit]) -> list[ScoredUnit]:
    """Sort units by passage, and within a passage by position. The passage of the first unit comes first."""
    passages = list(dict.fromkeys(item.unit.passage for item in chosen))
    return sorted(chosen, key=lambda item: (passages.index(item.unit.passage), item.unit.order))


def _with_full_stop(text: str) -> str:
    return text if _CLOSED.search(text) else text.rstrip(" ,;:") + "."


def write_sentences(
    chosen: Sequence[ScoredUnit], passages: Sequence[NumberedPassage], directives: Directives
) -> list[str]:
    """The sentences of an answer, one for each chosen unit, in the order of the units.

    The line that introduces a list stands before the first of its items only.
    """
    sentences, leads_used = [], set()
    for item in chosen:
        unit = item.unit
        text = _REFERENCE.sub("", unit.text) if directives.cite else unit.text
        lead = unit.lead if unit.lead and len(unit.lead) <= _MOST_LEAD_CHARS else ""
        if lead and (unit.passage, lead) not in leads_used:
            leads_used.add((unit.passage, lead))
            text = f"{lead} {text}"
        text = f"“{text}”" if directives.quote else _with_full_stop(text)
        sentences.append(f"{text} [{passages[unit.passage].number}]" if directives.cite else text)
    return sentences
