"""Balances rows: no row twice, not too many that decline, no document over all others, a limit cut evenly.
Knows nothing about where rows come from but their origin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from math import floor
from statistics import median

from workbench.fingerprint import fingerprint
from workbench.training_data.types import Options, Origin, Row

TWICE = "the same row exists already"
TOO_MANY_REFUSALS = "too many rows decline"
MUCH_OF_DOCUMENT = "its document has many more rows than others"
OVER_LIMIT = "over the limit"
BY_PEOPLE: tuple[Origin, ...] = (
    "liked answer", "disliked answer", "better answer", "choice", "corrected answer",
)  # fmt: skip
"""What people said is never left out for balance."""
MUCH = 3
"""How many times the median document's rows a document may have."""
ENOUGH = 12
"""Rows that every document may have."""


def balance(rows: Sequence[Row], options: Options, refused: Counter[str]) -> list[Row]:
    """The rows that are kept, in an order drawn by the seed.

    refused: counts what was left out, by reason.
    """
    drawn = sorted(_without_repeats(rows, refused), key=lambda pair: pair[0])
    kept = [row for _, row in drawn]
    kept = _cap_documents(kept, refused)
    kept = _cap_refusals(kept, options, refused)
    if options.limit is not None and len(kept) > options.limit:
        refused[OVER_LIMIT] += len(kept) - options.limit
        chosen = {id(row) for row in _evenly(kept)[: options.limit]}
        kept = [row for row in kept if id(row) in chosen]
    return sorted(kept, key=lambda row: fingerprint(options.seed, row.to_json()))


def _without_repeats(rows: Iterable[Row], refused: Counter[str]) -> list[tuple[str, Row]]:
    """Each row with a hash of its content, by which draws are made."""
    found: dict[str, Row] = {}
    for row in rows:
        key = fingerprint(row.to_json())
        if key in found:
            refused[TWICE] += 1
        else:
            found[key] = row
    return list(found.items())


def _keep(
    rows: Sequence[Row], may_go: Callable[[Row], bool], most: int, group: Callable[[Row], str],
    refused: Counter[str], reason: str,
) -> list[Row]:  # fmt: skip
    """The rows without those that are too many in their group; those that may not go are counted first."""
    counts = Counter(group(row) for row in rows if not may_go(row))
    kept = []
    for row in rows:
        if may_go(row):
            if counts[group(row)] >= most:
                refused[reason] += 1
                continue
            counts[group(row)] += 1
        kept.append(row)
    return kept


def _cap_documents(rows: Sequence[Row], refused: Counter[str]) -> list[Row]:
    sizes = Counter(row.document for row in rows if row.document)
    if len(sizes) < 2:
        return list(rows)
    most = max(ENOUGH, floor(MUCH * median(sizes.values())))
    return _keep(
        rows, lambda row: bool(row.document) and row.origin not in BY_PEOPLE, most,
        lambda row: row.document, refused, MUCH_OF_DOCUMENT,
    )  # fmt: skip


def _cap_refusals(rows: Sequence[Row], options: Options, refused: Counter[str]) -> list[Row]:
    answers = sum(not row.declines for row in rows)
    share = options.most_refusals
    if not answers or share >= 1:
        return list(rows)
    most = max(floor(answers * share / (1 - share)), 1 if share else 0)
    return _keep(
        rows, lambda row: row.declines and row.origin not in BY_PEOPLE, most,
        lambda row: str(row.declines), refused, TOO_MANY_REFUSALS,
    )  # fmt: skip


def _evenly(rows: Sequence[Row]) -> list[Row]:
    """One of each origin in turn, and within an origin one of each document in turn."""
    of_origin = _in_turn(rows, lambda row: row.origin)
    groups = [_flat(_in_turn(group, lambda row: row.document)) for group in of_origin]
    return _flat(groups)


def _in_turn(rows: Iterable[Row], key: Callable[[Row], Hashable]) -> list[list[Row]]:
    groups: dict[Hashable, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return list(groups.values())


def _flat(groups: Sequence[Sequence[Row]]) -> list[Row]:
    """The first of each group, then the second of each, and so on."""
    longest = max(map(len, groups), default=0)
    return [group[n] for n in range(longest) for group in groups if n < len(group)]
