"""What can be measured about a unit of a passage with regard to a question: one row of numbers a unit.
Knows nothing about how the numbers are weighed, nor about prompts."""

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
    """A text's stems and pairs of neighbours, made once a text."""

    stems: tuple[str, ...]
    kinds: frozenset[str]
    pairs: frozenset[tuple[str, str]]


@lru_cache(maxsize=50_000)
def words_of(text: str) -> Words:
    stems = tuple(content_tokens(text))
    return Words(stems, frozenset(stems), frozenset(zip(stems, stems[1:], strict=False)))


def question_type(question: str) -> str | None:
    """ "date", "number", "name", "reason", or None when the question's form does not say."""
    for pattern, kind in _TYPES:
        if pattern.search(question):
            return kind
    return None


def has_type(kind: str, unit: str, question_words: frozenset[str]) -> bool:
    """Whether a unit holds something of that kind which the question does not already name."""
    if kind == "reason":
        return bool(_REASON.search(unit))
    if kind == "name":
        return any(word.lower() not in question_words for word in _CAPITAL.findall(unit[1:]))
    pattern = _DATE if kind == "date" else _NUMBER
    for found in pattern.finditer(unit):
        token = words(found.group()) or [found.group()]
        if not question_words.issuperset(token):
            return True
    return False


class _Idf:
    """Weights of stems: rarer among the units at hand weighs more, never nothing."""

    def __init__(self, units: Sequence[Words]) -> None:
        counts = Counter(stem for unit in units for stem in unit.kinds)
        self._total = len(units)
        self._counts = counts

    def __call__(self, stem: str) -> float:
        return math.log((self._total + 1) / (self._counts[stem] + 1)) + 0.3

    def share(self, wanted: Sequence[str] | frozenset[str], present: frozenset[str]) -> float:
        total = sum(self(stem) for stem in wanted)
        return sum(self(stem) for stem in wanted if stem in present) / total if total else 0.0


def _names(text: str) -> frozenset[str]:
    return frozenset(word for found in _NAME.findall(text) for word in content_tokens(found))


def measure(
    question: str, passages: Sequence[NumberedPassage], units: Sequence[Unit], encode: Encode
) -> Matrix:
    """Rows of FEATURES for the units, float64 [len(units), len(FEATURES)], all finite.

    units: as `split_units` gave them, without gaps inside a passage.  encode: unit vectors of texts.
    """
    if not units:
        return np.zeros((0, len(FEATURES)))
    vectors = encode([question, *(unit.text for unit in units)])
    cosines = vectors[1:] @ vectors[0]
    asked = words_of(question)
    said = [words_of(unit.text) for unit in units]
    idf = _Idf(said)
    titles = [words_of(passage.title).kinds for passage in passages]
    whole = [set(title) for title in titles]
    for unit, unit_words in zip(units, said, strict=True):
        whole[unit.passage] |= unit_words.kinds
    in_passage = [idf.share(asked.kinds, frozenset(kinds)) for kinds in whole]
    overlaps = [idf.share(asked.kinds, unit_words.kinds) for unit_words in said]
    best_cosine, best_overlap = float(cosines.max()), max(overlaps)
    names, kind = _names(question), question_type(question)
    question_words = frozenset(words(question))
    rows = np.zeros((len(units), len(FEATURES)))
    for i, unit in enumerate(units):
        near = said[i].kinds | said[i - 1].kinds if unit.order else said[i].kinds
        above = words_of(f"{unit.heading} {unit.lead}").kinds
        typed = kind is not None and has_type(kind, unit.text, question_words)
        rows[i] = (
            cosines[i],
            cosines[i] - best_cosine,
            overlaps[i],
            overlaps[i] - best_overlap,
            idf.share(asked.kinds, near),
            in_passage[unit.passage],
            len(asked.pairs & said[i].pairs) / max(1, len(asked.pairs)),
            11 / (11 + unit.passage),
            len(names & said[i].kinds) / max(1, len(names)),
            idf.share(asked.kinds, above),
            typed,
            kind is not None and not typed,
            math.log1p(len(said[i].kinds - asked.kinds)),
            unit.order == 0,
            bool(_PRONOUN.match(unit.text)),
            unit.text.rstrip().endswith("?"),
            unit.fragment,
            idf.share(said[i].kinds, asked.kinds),
        )
    return rows
