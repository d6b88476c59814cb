"""Formats dollars, durations, p values, sizes, remarks on token counts and texts from outside for people.
Knows nothing about where the numbers come from."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def dollars(amount: float) -> str:
    """An amount in cents, or with two significant digits below 10 cents: $0.00012, $0.034, $1.20, $1,234."""
    if amount == 0:
        return "$0"
    if amount >= 1000:
        return f"${amount:,.0f}"
    if amount >= 0.1:
        return f"${amount:.2f}"
    digits = min(10, 1 - math.floor(math.log10(abs(amount))))
    return f"${amount:.{digits}f}"


LEAST_DOLLARS = 0.0001


def spent_dollars(amount: float) -> str:
    """An amount as `dollars` writes it; one that nobody would pay for is "under $0.0001"."""
    return "under $0.0001" if 0 < amount < LEAST_DOLLARS else dollars(amount)


def dollars_per_thousand(amount: float) -> str:
    """The price of one of something, said for a thousand of them: "$0.23 per 1,000"."""
    return f"{spent_dollars(1000 * amount)} per 1,000"


def signed(value: float) -> str:
    """A difference with its sign and three decimals; a smaller one with two significant digits.

    What rounding leaves of a difference of nothing (4.8e-18) is zero.
    """
    if abs(value) < 1e-12:
        return "+0.000"
    return f"{value:+.2g}" if abs(value) < 0.0005 else f"{value:+.3f}"


def signed_interval(low: float | None, high: float | None) -> str:
    """The interval of a difference, "+0.020 to +0.140"; "" without one."""
    return "" if low is None or high is None else f"{signed(low)} to {signed(high)}"


def duration(seconds: float) -> str:
    """A duration as people write it: 0.25 s, 12 s, 3 min 20 s, 2 h 5 min."""
    if 0 < seconds < 0.001:
        return "< 0.001 s"
    if seconds < 10:
        return f"{seconds:.2g} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, remaining = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {remaining} s" if remaining else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def p_value(p: float) -> str:
    """A p value as people write it: "< 0.001", "0.012", "0.31"."""
    if p < 0.001:
        return "< 0.001"
    if 0.0495 <= p < 0.0505:  # or it would not be seen on which side of 0.05 it lies
        return f"{p:.4f}"
    return f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def p_text(p: float) -> str:
    """A p value with its name: "p < 0.001", "p = 0.012"."""
    return f"p {p_value(p)}" if p < 0.001 else f"p = {p_value(p)}"


def doubt_remarks(calls: int, usd: float, unpriced: int) -> list[str]:
    """What to know about calls that were cut off: nobody can tell whether they were charged.

    calls: how many.  usd: what they cost at most.  unpriced: those without a price.
    """
    if not usd and not unpriced:
        return []
    were = "1 call that was" if calls == 1 else f"{calls:,} calls that were"
    what = f"Up to {dollars(usd)} more may have been charged" if usd else "More may have been charged"
    without = f" ({unpriced:,} of them without a price)" if unpriced and usd else ""
    return [f"{what} for {were} under way when a process died or was stopped{without}."]


def usage_remarks(estimated: int, disagreeing: int) -> list[str]:
    """Remarks on token counts, and so on costs, that are less than certain; empty when all are.

    estimated: how many calls came back without usage.
    disagreeing: in how many calls the server's count of input tokens differs from ours by over 20 %.
    """
    remarks = []
    if estimated:
        remarks.append(f"{estimated:,} calls: the server reported no usage, so tokens were counted here.")
    if disagreeing:
        remarks.append(
            f"{disagreeing:,} calls: the server's count of input tokens differs from ours by over 20 %. "
            "Where it is lower, it may have cut the prompt."
        )
    return remarks


def printable(text: str) -> str:
    """The text with control characters shown as escapes, so that a terminal obeys none of them.

    Line breaks and tabs stay. Marks that reverse the direction of writing are shown, too: they make a text
    look like another one.
    """
    return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)


def printable_json(document: str) -> str:
    """The JSON with control characters as escapes, of the same value, so that a terminal obeys none."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", document)


def byte_size(count: int) -> str:
    """A number of bytes in megabytes or gigabytes: 0.3 MB, 64.1 GB."""
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"


def counted(count: int, noun: str) -> str:
    """A number with its noun: "1 document", "2,000 documents"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def questions_text(questions: int, groups: int | None = None, noun: str = "question") -> str:
    """How many questions figures rest on: "323 questions", "323 questions in 110 groups".

    groups: how many groups they fall into, which intervals and tests go by; None where each stands alone.
    """
    words = counted(questions, noun)
    return words if groups is None else f"{words} in {counted(groups, 'group')}"


def uncapitalised(label: str) -> str:
    """A label within a sentence: "Chunk size" is "chunk size"; "MRR", "nDCG@k" and "Recall@k" stay."""
    first = label.partition(" ")[0]
    is_term = "@" in first or any(c.isupper() for c in first[1:])
    return label if is_term else label[:1].lower() + label[1:]


def listed(names: Iterable[object]) -> str:
    """ "a", "a and b", "a, b and c"."""
    *most, last = [str(n) for n in names] or [""]
    return f"{', '.join(most)} and {last}" if most else last


def destination_line(destination: Mapping[str, Any]) -> str:
    """One entry of a plan's `hosts`: "https://api.openai.com gets questions and passages for the model …"."""
    where = f"{destination['host']}{' (this machine)' if destination['this_machine'] else ''}"
    key = f"with the key in {destination['api_key_env']}" if destination["api_key_env"] else "without a key"
    models = f"for the model{'s' if destination['models'][1:] else ''} {listed(destination['models'])}"
    purpose = models if destination["models"] else "to search them"
    what = f"{listed(destination['sends'])} {purpose}, {key}."
    if destination["confirmed"]:
        return f"{where} gets {what}"
    return f"{where} would get {what} You have not confirmed this: nothing is sent until you do."
