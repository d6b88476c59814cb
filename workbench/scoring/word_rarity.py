"""How rare a word is in English text: counts of paragraphs that hold it, shipped as word_counts.json.
Knows nothing about passages or claims. tools/train_grounding.py makes the table."""

from __future__ import annotations

import json
import math
from functools import lru_cache
from pathlib import Path

COUNTS = Path(__file__).with_name("word_counts.json")


@lru_cache(maxsize=1)
def _table() -> tuple[int, dict[str, int]]:
    data = json.loads(COUNTS.read_text(encoding="utf-8"))
    return int(data["paragraphs"]), data["counts"]


def weight_of(stem: str) -> float:
    """ln(paragraphs / (paragraphs with the stem + 1)); rarest for one not in the table."""
    paragraphs, counts = _table()
    return math.log(paragraphs / (counts.get(stem, 1) + 1))


def is_common(stem: str) -> bool:
    return stem in _table()[1]
