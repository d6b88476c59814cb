"""Dollars, durations, sizes and counts of tokens as a person reads them.
Knows nothing about where they come from."""

from __future__ import annotations

import math


def dollars(amount: float) -> str:
    """Two significant digits below a cent, cents above: $0.00012, $0.034, $1.20, $1,234."""
    if amount == 0:
        return "$0"
    if amount >= 1000:
        return f"${amount:,.0f}"
    if amount >= 0.1:
        return f"${amount:.2f}"
    digits = min(10, 1 - math.floor(math.log10(abs(amount))))
    return f"${amount:.{digits}f}"


def duration(seconds: float) -> str:
    """0.25 s, 12 s, 3 min 20 s, 2 h 5 min."""
    if seconds < 10:
        return f"{seconds:.2g} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def usage_remarks(estimated: int, disagreeing: int) -> list[str]:
    """What to know of token counts, and so of costs; nothing where all is well."""
    found = []
    if estimated:
        found.append(f"{estimated:,} calls: the server reported no usage, so tokens were counted here.")
    if disagreeing:
        found.append(
            f"{disagreeing:,} calls: the server's count of input tokens differs from ours by over 20 %. "
            "Where it is lower, it may have cut the prompt."
        )
    return found


def megabytes(count: int) -> str:
    """Of a number of bytes: 0.3 MB, 1,234.5 MB."""
    return f"{count / 1e6:,.1f} MB"
