"""Counts the personal data in rows, and leaves out rows that hold some where that is asked for.
Knows nothing about how personal data are found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from workbench.scoring.personal_data import find_personal_data
from workbench.training_data.types import PersonalData, Row


@lru_cache(maxsize=20_000)  # the same passages stand in many rows
def _kinds(text: str) -> frozenset[str]:
    return frozenset(item.kind for item in find_personal_data(text))


def _in_answers(row: Row) -> frozenset[str]:
    """The kinds that the question, the earlier turns and the answers hold."""
    texts = (
        row.question,
        *(m.content for m in row.messages[:-1] if m.role != "system"),
        row.answer,
        row.rejected,
    )
    return frozenset().union(*map(_kinds, texts))


def look_for_personal_data(rows: Sequence[Row], *, drop: bool) -> tuple[list[Row], PersonalData]:
    """The rows that are kept, and what they hold.

    drop: whether to leave out rows whose question, earlier turns or answers hold some. What passages hold
        stands in the documents, and drops no row.
    """
    found = [(row, _in_answers(row)) for row in rows]
    kept = [(row, kinds) for row, kinds in found if not (drop and kinds)]
    answers = Counter(kind for _, kinds in kept for kind in kinds)
    passages = Counter(kind for row, _ in kept for kind in frozenset().union(*map(_kinds, row.passages)))
    data = PersonalData(
        dict(sorted(answers.items())),
        dict(sorted(passages.items())),
        sum(bool(kinds) for _, kinds in kept),
        len(found) - len(kept),
    )
    return [row for row, _ in kept], data
