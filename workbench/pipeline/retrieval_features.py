"""Describes in numbers what was retrieved for a question: what a router sees before a model is asked.
Knows nothing about what a router makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.pipeline.types import Hit
from workbench.space.route import RETRIEVAL_FEATURES
from workbench.text import content_tokens, split_sentences

LOOKED_AT = 8
"""So many passages are looked at, however many the prompt gets."""


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage in a ranking."""

    document: str
    """The document's name."""
    text: str
    score: float
    """The retriever's or reranker's."""


def found_of(hits: Sequence[Hit]) -> list[FoundPassage]:
    """The passages of a ranking that are looked at."""
    return [FoundPassage(hit.chunk.document, hit.chunk.text, hit.score) for hit in hits[:LOOKED_AT]]


def retrieval_features(question: str, found: Sequence[FoundPassage]) -> dict[str, float]:
    """The features of a ranking, by the names of RETRIEVAL_FEATURES; all are 0 where nothing was found.

    found: the first LOOKED_AT passages, best first.

    Scores have no scale in common (cosines, BM25, rank sums): only how they fall is read, as a share of the
    first. The words are those of the question that say what it is about.
    """
    wanted = set(content_tokens(question))
    passages = [_cover(wanted, [passage.text]) for passage in found]
    sentences = [
        max((_cover(wanted, [sentence.text]) for sentence in split_sentences(passage.text)), default=0.0)
        for passage in found
    ]
    first, best = (passages[0], sentences[0]) if found else (0.0, 0.0)
    described = {
        "lead": _fall(found, 1),
        "spread": _fall(found, LOOKED_AT - 1),
        "covered": first,
        "covered_together": _cover(wanted, [passage.text for passage in found]),
        "covered_elsewhere": max(passages[1:], default=first) - first,
        "sentence": best,
        "sentence_elsewhere": max(sentences[1:], default=best) - best,
        "same_document": float(sum(passage.document == found[0].document for passage in found)),
    }
    assert tuple(described) == RETRIEVAL_FEATURES
    return described


def _cover(wanted: set[str], texts: Sequence[str]) -> float:
    """The share of the wanted words that stand in the texts."""
    held = {token for text in texts for token in content_tokens(text)}
    return len(wanted & held) / len(wanted) if wanted else 0.0


def _fall(found: Sequence[FoundPassage], place: int) -> float:
    """By what share of the first score the score at a place is lower; 1 where nothing is there."""
    if not found:
        return 0.0
    top = found[0].score
    if len(found) <= place:
        return 1.0
    return min(1.0, (top - found[place].score) / abs(top)) if top else 0.0
