"""Finds a short answer in the passages, near what its question asks: "€20" may be another thing's price.
Knows nothing about answers in whole sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.scoring.grounding_evidence import Evidence, Reading, read_text
from workbench.scoring.grounding_features import Occurrences, find_occurrences
from workbench.scoring.quantities import is_stated
from workbench.scoring.word_rarity import weight_of

_MOST_STEMS = 4  # a quantity counts as one; longer answers say on their own what they are about
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|been|can|could|may|might|must|shall|should|will|would|has|have|had|do|does|"
    r"did|cannot)\b|n't\b",
    re.IGNORECASE,
)
_REFERS_BACK = re.compile(r"^\W*(?:it|they|he|she|this|that|these|those|there)\b", re.IGNORECASE)
_BEFORE = 0.7  # what the sentence before says counts by so much for a sentence: "It costs 20 euros."


@dataclass(frozen=True)
class ShortAnswer:
    """Where a short answer stands in the passages."""

    beside: float
    """How much of the question the sentence of the answer and the one before have, as a share of the most
    that any has."""
    place: int
    """The index in Evidence.sentences of the sentence of the answer."""
    asked: int
    """The index of the sentence that has most of the question."""


def is_short(text: str, reading: Reading) -> bool:
    """Whether a claim does not say on its own what it is about: "80 kg", "It costs €20." """
    words = len([t for t in reading.tokens if not t.quantity]) + len(reading.quantities)
    if not 0 < words <= _MOST_STEMS:
        return False
    return bool(_REFERS_BACK.match(text)) or not _VERB.search(text.replace("’", "'"))


def find_short_answer(answer: Reading, question: str, evidence: Evidence) -> ShortAnswer | None:
    """Find the sentence with all words of a short answer that is closest to what the question asks.

    None where no sentence has them all, or none has a word of the question.
    answer: at least one stem. evidence: at least one sentence.
    """
    stems = list(dict.fromkeys(answer.stems))
    if not all(is_stated(q, evidence.offers, evidence.amounts) for q in answer.quantities):
        return None
    holds = np.flatnonzero(find_occurrences(stems, evidence).all(axis=0))
    asked = [s for s in dict.fromkeys(read_text(question).stems) if s not in stems]
    if not len(holds) or not asked:
        return None
    near = _near(asked, evidence)
    most = float(near.max())
    if most <= 0:
        return None
    place = max(holds.tolist(), key=lambda i: (round(float(near[i]), 9), evidence.sentences[i].text))
    return ShortAnswer(float(near[place]) / most, place, int(near.argmax()))


def _near(stems: list[str], evidence: Evidence) -> NDArray[np.float64]:
    """For each sentence the summed rarity of the stems in it, and with less weight in the one before."""
    own: Occurrences = find_occurrences(stems, evidence)
    before = np.zeros_like(own)
    for i in range(1, len(evidence.sentences)):
        if evidence.sentences[i].passage == evidence.sentences[i - 1].passage:
            before[:, i] = own[:, i - 1] & ~own[:, i]
    weights = np.array([weight_of(token) for token in stems])
    near: NDArray[np.float64] = weights @ (own + _BEFORE * before)
    return near
