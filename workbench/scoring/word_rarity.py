"""Tells how rare a word is in English text, by counts of paragraphs, shipped as word_counts.json.
Knows nothing about passages or claims. tools/train_grounding.py makes the table."""

from __future__ import annotations

import json
import math
from functools import lru_cache
from pathlib import Path

COUNTS = Path(__file__).with_name("word_counts.json")


@lru_cache(maxsize=1)
def _table() -> tuple[int, dict[str, int]]:
    """The number of paragraphs, and stem → the number of them that contain it."""
    data = json.loads(COUNTS.read_text(encoding="utf-8"))
    return int(data["paragraphs"]), data["counts"]


def weight_of(stem: str) -> float:
    """Return ln(paragraphs / (paragraphs with the stem + 1)); a stem not in the table counts as in one."""
    paragraphs, counts = _table()
    return math.log(paragraphs / (counts.get(stem, 1) + 1))


def is_common(stem: str) -> bool:
    """Whether the table has the stem."""
    return stem in _table()[1]
