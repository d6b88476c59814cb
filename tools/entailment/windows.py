"""Chooses the short texts of the passages that a claim is compared with by the entailment model.
Knows nothing about the model. Training and judging choose by the same rule."""

from __future__ import annotations

from workbench.scoring.grounding_evidence import Evidence, read_text
from workbench.scoring.word_rarity import weight_of

MOST_WORDS = 75  # of a window; with a claim of 20 words about 128 word pieces
MOST_SENTENCES = 3


def _gather(indexes: list[int], evidence: Evidence) -> str:
    """The sentences in the order of the passages, the later chosen left out where they are too long."""
    kept: list[int] = []
    words = 0
    for index in indexes:
        length = len(evidence.sentences[index].text.split())
        if kept and words + length > MOST_WORDS:
            continue
        kept.append(index)
        words += length
    return " ".join(" ".join(evidence.sentences[i].text.split()) for i in sorted(kept))


def choose_windows(claim: str, evidence: Evidence) -> tuple[str, ...]:
    """Return one or two different windows; none when no sentence shares a word with the claim.

    The first holds up to three sentences, from anywhere, that together have most of the claim's words by
    rarity. The second holds the best sentence with its neighbours, for what pronouns refer to.
    """
    weights = {token: weight_of(token) for token in dict.fromkeys(read_text(claim).stems)}
    shares: dict[int, set[str]] = {}
    for token in weights:
        for index in evidence.places.get(token, ()):
            shares.setdefault(index, set()).add(token)
    if not shares:
        return ()
    best = sorted(shares, key=lambda i: (-sum(weights[t] for t in shares[i]), evidence.sentences[i].text))[
        :40
    ]
    chosen, seen = [best[0]], set(shares[best[0]])
    while len(chosen) < MOST_SENTENCES:
        gains = [(sum(weights[t] for t in shares[i] - seen), -n, i) for n, i in enumerate(best)]
        gain, _, index = max(gains)
        if gain <= 0:
            break
        chosen.append(index)
        seen |= shares[index]
    home = evidence.sentences[best[0]].passage
    near = [
        i
        for i in (best[0], best[0] - 1, best[0] + 1)
        if 0 <= i < len(evidence.sentences) and evidence.sentences[i].passage == home
    ]
    return tuple(dict.fromkeys((_gather(chosen, evidence), _gather(near, evidence))))
