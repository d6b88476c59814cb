"""The nearest allowed word to a mistaken one, for error messages.
Knows nothing about what the words mean."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

LONGEST_WORD = 200
"""The most characters of a word that is compared: comparing takes time that grows with the square."""


def nearest(word: str, allowed: Iterable[str]) -> str | None:
    if len(word) > LONGEST_WORD:
        return None
    found = get_close_matches(word, list(allowed), n=1, cutoff=0.5)
    return found[0] if found else None


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """ "Did you mean 'x'?", or the list of what there is."""
    names = sorted(set(allowed))
    close = nearest(word, names)
    if close:
        return f"Did you mean {close!r}?"
    return f"There is: {', '.join(names[:20])}." if names else "There is none yet."
