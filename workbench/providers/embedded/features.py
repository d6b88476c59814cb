"""Measures how each unit of the passages relates to a question: one row of numbers per unit.
Knows nothing about prompts or the weights of the numbers."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from workbench.providers.embedded.feature_names import FEATURES
from workbench.providers.embedded.units import NumberedPassage, Unit
from workbench.providers.types import Vectors
from workbench.text import content_tokens, words

Encode = Callable[[Sequence[str]], Vectors]
Matrix = NDArray[np.float64]

_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][\w-]*|\b\d[\d,.]*\b")
_NUMBER = re.compile(
    r"\d|\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|"
    r"hundred|thousand|million|billion|dozen|half|third|quarter|percent|twice|once)\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\b(?:1\d{3}|20\d\d)s?\b|\bcentur(?:y|ies)\b|\b\d{1,2}(?::\d\d)?\s?(?:am|pm|a\.m|p\.m)\b|"
    r"\b\d+\s(?:\w+\s)?(?:minutes?|hours?|days?|weeks?|months?|years?)\b|"
    r"\b(?:Jan|Febr|April|June|July|August|Sept|Octo|Novem|Decem|Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)\w*|"
    r"\bMarch\b|\bMay\b"
)
_CAPITAL = re.compile(r"\b[A-Z][\w-]+")
_REASON = re.compile(
    r"\b(?:because|due to|since|so that|in order|owing|therefore|reason|as a result|caus\w+|to)\b"
)
_PRONOUN = re.compile(
    r"^(?:he|she|it|its|his|her|their|they|this|these|that|those|such|there)\b", re.IGNORECASE
)
_TYPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"\b(?:when|(?:what|which) (?:year|date|day|month|century|time)|how long)\b", re.I),
        "date",
    ),
    (
        re.compile(
            r"\bhow (?:many|much|old|far|tall|large|big|high|often|deep|fast)\b|"
            r"\b(?:what|which) (?:\w+ ){0,2}(?:number|percent\w*|amount|price|cost|fee|limit|rate)\b",
            re.I,
        ),
        "number",
    ),
    (re.compile(r"\b(?:who|whom|whose)\b", re.I), "name"),
    (re.compile(r"\bwhere\b|\b(?:what|which) (?:city|country|state|place|town|location)\b", re.I), "name"),
    (re.compile(r"\bwhy\b|\breason\b", re.I), "reason"),
)


@dataclass(frozen=True, slots=True)
class Words:
    """The stems of a text's content words."""

    stems: tuple[str, ...]
    """In the order of the text."""
    distinct: frozenset[str]
    """Each stem once."""
    pairs: frozenset[tuple[str, str]]
    """Adjacent stems."""


@lru_cache(maxsize=50_000)
def words_of(text: str) -> Words:
    """The stems of a text, cached."""
    stems = tuple(content_tokens(text))
    return Words(stems, frozenset(stems), frozenset(zip(stems, stems[1:], strict=False)))


def question_type(question: str) -> str | None:
    """What a question asks for by its form: "date", "number", "name", "reason"; None if unclear."""
    for pattern, kind in _TYPES:
        if pattern.search(question):
            return kind
    return None


def has_type(kind: str, unit: str, question_words: frozenset[str]) -> bool:
    """Whether a unit has something of a question_type that the question does not name itself."""
    if kind == "reason":
        return bool(_REASON.search(unit))
    if kind == "name":
        return any(word.lower() not in question_words for word in _CAPITAL.findall(unit[1:]))
    pattern = _DATE if kind == "date" else _NUMBER
    for match in pattern.finditer(unit):
        tokens = words(match.group()) or [match.group()]
        if not question_words.issuperset(tokens):
            return True
    return False


class _Idf:
    """Inverse document frequencies of stems among the given units; always above 0."""

    def __init__(self, units: Sequence[Words]) -> None:
        counts = Counter(stem for unit in units for stem in unit.distinct)
        self._total = len(units)
        self._counts = counts

    def __call__(self, stem: str) -> float:
        return math.log((self._total + 1) / (self._counts[stem] + 1)) + 0.3

    def share(self, stems: frozenset[str], present: frozenset[str]) -> float:
        """The weighted share of `stems` that is in `present`; 0 when there are no stems."""
        total = sum(self(stem) for stem in stems)
        return sum(self(stem) for stem in stems if stem in present) / total if total else 0.0


def _names(text: str) -> frozenset[str]:
    return frozenset(stem for name in _NAME.findall(text) for stem in content_tokens(name))


def measure(
    question: str, passages: Sequence[NumberedPassage], units: Sequence[Unit], encode: Encode
) -> Matrix:
    """Measure FEATURES for each unit: float64 [len(units), len(FEATURES)], all finite.

    passages: best first.
    units: as `split_units` returns them, in order, with or without the headings.
    encode: turns texts into unit vectors.
    """
    if not units:
        return np.zeros((0, len(FEATURES)))
    vectors = encode([question, *(unit.text for unit in units)])
    cosines = vectors[1:] @ vectors[0]
    question_stems = words_of(question)
    unit_stems = [words_of(unit.text) for unit in units]
    idf = _Idf(unit_stems)
    titles = [words_of(passage.title).distinct for passage in passages]
    passage_stems = [set(title) for title in titles]
    for unit, stems in zip(units, unit_stems, strict=True):
        passage_stems[unit.passage] |= stems.distinct
    passage_overlaps = [idf.share(question_stems.distinct, frozenset(stems)) for stems in passage_stems]
    overlaps = [idf.share(question_stems.distinct, stems.distinct) for stems in unit_stems]
    best_cosine, best_overlap = float(cosines.max()), max(overlaps)
    names, kind = _names(question), question_type(question)
    question_words = frozenset(words(question))
    rows = np.zeros((len(units), len(FEATURES)))
    for i, unit in enumerate(units):
        near = unit_stems[i].distinct | unit_stems[i - 1].distinct if unit.order else unit_stems[i].distinct
        above = words_of(f"{unit.heading} {unit.lead}").distinct
        typed = kind is not None and has_type(kind, unit.text, question_words)
        rows[i] = (
            cosines[i],
            cosines[i] - best_cosine,
            overlaps[i],
            overlaps[i] - best_overlap,
            idf.share(question_stems.distinct, near),
            passage_overlaps[unit.passage],
            len(question_stems.pairs & unit_stems[i].pairs) / max(1, len(question_stems.pairs)),
            11 / (11 + unit.passage),
            len(names & unit_stems[i].distinct) / max(1, len(names)),
            idf.share(question_stems.distinct, above),
            typed,
            kind is not None and not typed,
            math.log1p(len(unit_stems[i].distinct - question_stems.distinct)),
            unit.order == 0,
            bool(_PRONOUN.match(unit.text)),
            unit.text.rstrip().endswith("?"),
            unit.fragment,
            idf.share(unit_stems[i].distinct, question_stems.distinct),
        )
    return rows
