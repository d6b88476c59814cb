"""Finds how far raters disagree on what several of them have rated, and how each of them rates.
Knows nothing about what was rated."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from workbench.analysis.liked.types import Choice, Disagreement, Thumb


def find_disagreement(thumbs: Sequence[Thumb], choices: Sequence[Choice]) -> Disagreement:
    """How far thumbs on one answer differ; each answer that several people rated is weighted alike."""
    by_item: dict[str, list[bool]] = {}
    ups: Counter[str] = Counter()
    given: Counter[str] = Counter()
    for thumb in thumbs:
        by_item.setdefault(thumb.seen, []).append(thumb.liked)
        given[thumb.rater] += 1
        ups[thumb.rater] += thumb.liked
    ratings = given + Counter(choice.rater for choice in choices)
    several = [votes for votes in by_item.values() if len(votes) > 1]
    pairs = [math.comb(len(votes), 2) for votes in several]
    shares = [sum(v) * (len(v) - sum(v)) / pair for v, pair in zip(several, pairs, strict=True)]
    return Disagreement(
        len(several),
        sum(pairs),
        sum(shares) / len(shares) if shares else None,
        {
            rater: (count, ups[rater] / given[rater] if given[rater] else math.nan)
            for rater, count in sorted(ratings.items())
        },
    )
