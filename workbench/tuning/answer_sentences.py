"""Finds the sentence of the passages that a short answer stands in: the embedded answerer copies sentences.
Knows nothing about rows, nor about how a sentence selector is fitted."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.providers.embedded.units import NumberedPassage, split_units
from workbench.text import content_tokens


def sentence_of(question: str, passages: Sequence[NumberedPassage], answer: str) -> str:
    """The sentence that holds every word of the answer and most of the question's; the answer itself where no
    sentence does, or where it is a sentence already."""
    wanted, asked = set(content_tokens(answer)), set(content_tokens(question))
    best, best_shared = answer, 0
    for unit in split_units(passages):
        if unit.kind == "heading":
            continue
        stems = set(content_tokens(unit.text))
        shared = len(stems & asked)
        if wanted and wanted <= stems and shared > best_shared:
            best, best_shared = unit.text, shared
    return best
