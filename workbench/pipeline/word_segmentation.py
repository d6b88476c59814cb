"""Finds the words of scripts that put no spaces between them, with ICU's dictionaries.
Knows nothing about search. ICU is an extra of its own (`pip install icu4py`)."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=10_000)
def words_by_icu(run: str) -> tuple[str, ...]:
    """The words of a run of Chinese, Japanese, Korean, Thai, Lao, Khmer or Burmese text, in order."""
    from icu4py.breakers import WordBreaker

    # ICU finds the script by itself; the locale only decides about words with hyphens.
    words = (str(word).strip() for word in WordBreaker(run, "en"))
    return tuple(word.lower() for word in words if any(letter.isalnum() for letter in word))
