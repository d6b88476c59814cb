"""Compares costs and times beyond their noise: what differs by less counts as equal.
Knows nothing about trials: numbers in, levels out. The figures behind the bounds: docs/decisions.md."""

from __future__ import annotations

from collections.abc import Sequence

NOISE = {
    "cost_per_1k_questions": (0.10, 0.001),
    "seconds_p50": (0.25, 0.05),
    "seconds_p95": (0.25, 0.05),
}
"""Cost or time → the difference that does not count: a share of the smaller value, and at least so many
dollars per 1,000 questions, or seconds."""
TIE_RULE = (
    "Ties are broken by cost, then by median time, then by number. Costs that differ by less than 10 % or "
    "$0.001 per 1,000 questions count as equal, and so do times that differ by less than 25 % or 0.05 s."
)
"""How ties in the ranking are broken, in words."""


def levels(name: str, values: Sequence[float | None]) -> list[int]:
    """For each value, the number of its level, from 0 for the smallest; unknown values have the last level.

    Values of one level differ by no more than noise from the smallest of them. Scores and counts, such as
    tokens, have no noise: each different value is a level.

    name: the score or cost that the values are of.
    """
    relative, absolute = NOISE.get(name, (0.0, 0.0))
    level_of: dict[float, int] = {}
    level, top = -1, float("-inf")
    for value in sorted({v for v in values if v is not None}):
        if value > top:
            level += 1
            top = value + max(absolute, relative * value)
        level_of[value] = level
    return [level + 1 if value is None else level_of[value] for value in values]
