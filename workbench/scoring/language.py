"""Whether a text looks English, by its letters and its small words.
Knows nothing about which other language it may be."""

from __future__ import annotations

from workbench.text import STOP_WORDS, words

_FEW = 8  # words; fewer say too little (a name, a number)
_LEAST_SHARE = 0.12  # English prose has about 0.45 of such words, German and French under 0.1


def looks_english(text: str) -> bool:
    found = words(text[:5_000])
    letters = [c for c in text[:5_000] if c.isalpha()]
    if letters and sum(c.isascii() for c in letters) < 0.7 * len(letters):
        return False
    return len(found) < _FEW or sum(w in STOP_WORDS for w in found) >= _LEAST_SHARE * len(found)
