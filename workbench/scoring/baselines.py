"""Computes trivial baselines of a grounding score: length, word overlap, cosine.
Knows nothing about labels. A score that does no better than these has measured nothing."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from workbench.scoring.claims import split_claims
from workbench.text import content_tokens, split_sentences, words


def length_alone(answers: Sequence[str]) -> list[float]:
    """Minus the number of words of each answer: fewer words count as better supported."""
    return [-float(len(words(answer))) for answer in answers]


def overlap_alone(answers: Sequence[str], passages: Sequence[Sequence[str]]) -> list[float]:
    """The share of each answer's words that its passages contain, weighted by rarity in all passages.

    passages: the texts of the passages of each answer.
    """
    contexts = [set(content_tokens("\n".join(texts))) for texts in passages]
    counts = Counter(token for context in contexts for token in context)

    def weight(token: str) -> float:
        return math.log((len(answers) + 1) / (counts[token] + 1)) + 1.0

    def share(answer: str, context: set[str]) -> float:
        tokens = sorted(set(content_tokens(answer)))
        whole = sum(map(weight, tokens))
        return sum(weight(token) for token in tokens if token in context) / whole if whole else 0.0

    return [share(answer, context) for answer, context in zip(answers, contexts, strict=True)]


def cosine_alone(answers: Sequence[str], passages: Sequence[Sequence[str]]) -> list[float]:
    """The mean over each answer's claims of the cosine with the nearest sentence of its passages.

    The embedded encoder makes the vectors. An answer without claims, or without passages, has 0.
    passages: the texts of the passages of each answer.
    """
    from workbench.providers.embedded.encoder import shared_encoder

    claims = [[claim.text for claim in split_claims(answer)] for answer in answers]
    sentences = [[s.text for passage in group for s in split_sentences(passage)] for group in passages]
    texts = list(dict.fromkeys(text for group in (*claims, *sentences) for text in group))
    if not texts:
        return [0.0] * len(answers)
    vectors = shared_encoder().encode(texts)
    place = {text: i for i, text in enumerate(texts)}

    def mean_of_nearest(claim_texts: list[str], sentence_texts: list[str]) -> float:
        if not claim_texts or not sentence_texts:
            return 0.0
        rows, columns = [place[t] for t in claim_texts], [place[t] for t in sentence_texts]
        return float((vectors[rows] @ vectors[columns].T).max(axis=1).mean())

    return [mean_of_nearest(*texts) for texts in zip(claims, sentences, strict=True)]
