"""What tells supported answers from others without trying: length, word overlap, cosine.
Knows nothing about labels. A score that does no better than these has measured nothing."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from workbench.scoring.claims import split_claims
from workbench.text import content_tokens, split_sentences, words


def length_alone(answers: Sequence[str]) -> list[float]:
    """Fewer words count as better supported."""
    return [-float(len(words(answer))) for answer in answers]


def overlap_alone(answers: Sequence[str], passages: Sequence[Sequence[str]]) -> list[float]:
    """The share of an answer's words that its passages hold, weighted by how rare they are in all of them."""
    contexts = [set(content_tokens("\n".join(own))) for own in passages]
    counts = Counter(token for context in contexts for token in context)

    def weight(token: str) -> float:
        return math.log((len(answers) + 1) / (counts[token] + 1)) + 1.0

    def share(answer: str, context: set[str]) -> float:
        tokens = sorted(set(content_tokens(answer)))
        whole = sum(map(weight, tokens))
        return sum(weight(token) for token in tokens if token in context) / whole if whole else 0.0

    return [share(answer, context) for answer, context in zip(answers, contexts, strict=True)]


def cosine_alone(answers: Sequence[str], passages: Sequence[Sequence[str]]) -> list[float]:
    """The embedded encoder's nearest passage sentence for each claim, averaged; 0 without either."""
    from workbench.providers.embedded.encoder import shared_encoder

    claims = [[claim.text for claim in split_claims(answer)] for answer in answers]
    sentences = [[s.text for passage in own for s in split_sentences(passage)] for own in passages]
    texts = list(dict.fromkeys(text for group in (*claims, *sentences) for text in group))
    if not texts:
        return [0.0] * len(answers)
    vectors = shared_encoder().encode(texts)
    place = {text: i for i, text in enumerate(texts)}

    def nearest(own: list[str], against: list[str]) -> float:
        if not own or not against:
            return 0.0
        mine, theirs = vectors[[place[t] for t in own]], vectors[[place[t] for t in against]]
        return float((mine @ theirs.T).max(axis=1).mean())

    return [nearest(own, against) for own, against in zip(claims, sentences, strict=True)]
