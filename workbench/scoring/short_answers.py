"""Compares a short answer with its question and the passages: "€20" is wrong where 20 is another thing's price.
Knows nothing about answers in whole sentences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.scoring.grounding_evidence import Evidence, Reading, read_text
from workbench.scoring.grounding_features import Occurrences, find_occurrences
from workbench.scoring.word_rarity import weight_of

MOST_STEMS = 4  # a quantity counts as one; longer answers say on their own what they are about
_BEFORE = 0.7  # what the sentence before says counts by so much for a sentence: "It costs 20 euros."


@dataclass(frozen=True)
class ShortAnswer:
    """How a short answer stands in the passages."""

    found: float
    """The share of its words, by rarity, in the sentence that has most of them."""
    beside: float
    """How much of the question that sentence and the one before have, as a share of the most that any has."""
    place: int | None
    """The index in Evidence.sentences of that sentence; None where no sentence has a word of the answer."""
    asked: int | None
    """The index of the sentence that has most of the question; None where none has a word of it."""


def is_short(reading: Reading) -> bool:
    """Whether a claim is too short to say on its own what it is about."""
    return len([t for t in reading.tokens if not t.quantity]) + len(reading.quantities) <= MOST_STEMS


def measure_short_answer(answer: Reading, question: str, evidence: Evidence) -> ShortAnswer:
    """Find the sentence in which a short answer stands closest to what the question asks.

    answer: at least one stem. evidence: at least one sentence.
    """
    stems = list(dict.fromkeys(answer.stems))
    asked = [s for s in dict.fromkeys(read_text(question).stems) if s not in stems]
    said = _share(stems, evidence)
    own, has_words = _asked_share(asked, evidence)
    if not said.any():
        return ShortAnswer(0.0, 0.0, None, int(own.argmax()) if has_words else None)
    holds = np.flatnonzero(said >= said.max() - 1e-9)
    place = max(holds.tolist(), key=lambda i: (round(float(own[i]), 9), evidence.sentences[i].text))
    beside = float(own[place] / own.max()) if has_words else 1.0
    return ShortAnswer(float(said.max()), beside, int(place), int(own.argmax()) if has_words else None)


def _share(stems: list[str], evidence: Evidence) -> NDArray[np.float64]:
    """For each sentence the share of the stems, by rarity, that it has in some form."""
    weights = np.array([weight_of(token) for token in stems])
    return weights @ find_occurrences(stems, evidence) / (float(weights.sum()) or 1.0)


def _asked_share(stems: list[str], evidence: Evidence) -> tuple[NDArray[np.float64], bool]:
    """For each sentence the rarity of the question's stems that it or the sentence before has; whether any has."""
    if not stems:
        return np.zeros(len(evidence.sentences)), False
    own: Occurrences = find_occurrences(stems, evidence)
    before = np.zeros_like(own)
    for i in range(1, len(evidence.sentences)):
        if evidence.sentences[i].passage == evidence.sentences[i - 1].passage:
            before[:, i] = own[:, i - 1] & ~own[:, i]
    weights = np.array([weight_of(token) for token in stems])
    share = weights @ (own + _BEFORE * before)
    return share, bool(share.any())
