"""Reads what ratings of traces have in common: the request that a trace traces, thumbs and stars as numbers.
Knows nothing about formats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from workbench.feedback.reasons import STARS, value_of_stars
from workbench.rating_files.types import ReadRating
from workbench.traces.types import ImportedRequest
from workbench.traces.values import read_number, read_thumb


def thumb_or_stars(value: Any, all_values: Sequence[float | None]) -> tuple[int, int | None] | None:
    """(thumb, stars or None); None for a value that is neither.

    all_values: what was given under the same name. Whole numbers from 1 to 5, and one above 1 among them, are
    stars; else 1 is a thumb up, and 0 and -1 are one down.
    """
    known = [number for number in all_values if number is not None]
    number = read_number(value)
    if number is not None and known and max(known) > 1 and all(n in STARS for n in known):
        stars = int(number)
        return value_of_stars(stars), stars
    thumb = read_thumb(value)
    return (thumb, None) if thumb else None


def with_request(rating: ReadRating, request: ImportedRequest | None) -> ReadRating:
    """The rating with the texts of the request that its trace traces; as it is where that is not known."""
    if request is None or not request.answer:
        return rating
    return replace(
        rating,
        question=request.question,
        answer=request.answer,
        history=request.history,
        passages=request.passages,
        user=rating.user or request.user,
        given_at=rating.given_at or request.asked_at,
    )
