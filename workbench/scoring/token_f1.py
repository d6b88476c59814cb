"""Computes token F1, the overlap of two texts as bags of words.
Knows nothing about questions, passages and scores."""

from __future__ import annotations

import re
from collections import Counter

from workbench.text import normalize_squad, stem
from workbench.typography import normalise

CITATION = re.compile(r"\s*\[\d+(?:\s*[,;]\s*\d+)*\]")


def answer_tokens(text: str) -> list[str]:
    """The stems of a text's words, without citations, in one typography, after SQuAD's normalisation."""
    return [stem(token) for token in normalize_squad(CITATION.sub("", normalise(text))).split()]


def token_f1(answer: str, reference: str) -> float:
    """Return the harmonic mean of precision and recall over bags of tokens (Rajpurkar et al. 2016)."""
    answer_counts, reference_counts = Counter(answer_tokens(answer)), Counter(answer_tokens(reference))
    if not answer_counts or not reference_counts:
        return float(answer_counts == reference_counts)
    common = (answer_counts & reference_counts).total()
    return 2 * common / (answer_counts.total() + reference_counts.total())
