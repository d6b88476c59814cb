"""Leaves out passages that nearly equal a better one, by the runs of words that they share.
Knows nothing about vectors or evidence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from workbench.pipeline.given import Given
from workbench.text import UNSPACED
from workbench.typography import normalise

RUN = 3
"""Words of a run. In scripts without spaces between words, characters."""
NEAR = 0.8
"""The least Jaccard similarity of near-equal passages: the runs that both have, of all that either has."""

_WORD = re.compile(rf"{UNSPACED}|(?:(?!{UNSPACED})[^\W_])+")
_ASCII_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class _Words:
    """What two passages are compared by."""

    runs: frozenset[tuple[str, ...]]
    """All runs of RUN words; a shorter text is one run."""
    numbers: frozenset[str]
    """The words with digits."""

    def nearly_equals(self, other: _Words) -> bool:
        """Whether they share most runs and all numbers: one that says another price says something else."""
        if self.numbers != other.numbers:
            return False
        few, many = sorted((len(self.runs), len(other.runs)))
        if few < NEAR * many:
            return False
        shared = len(self.runs & other.runs)
        return shared >= NEAR * (few + many - shared)


@lru_cache(maxsize=4096)  # a chunk is compared for many questions
def _words(text: str) -> _Words:
    text = normalise(text).casefold()
    found = (_ASCII_WORD if text.isascii() else _WORD).findall(text)
    runs = frozenset(zip(*(found[n:] for n in range(RUN)), strict=False)) or frozenset([tuple(found)])
    others = (word for word in set(found) if not word.isalpha())
    return _Words(runs, frozenset(word for word in others if any(c.isdigit() for c in word)))


def drop_copies(passages: Sequence[Given], most: int | None = None) -> list[Given]:
    """The passages without those that nearly equal one before them, which keeps them as its `copies`.

    most: how many are kept at most; None for no limit. What comes after is not looked at.
    """
    kept: list[Given] = []
    read: list[_Words] = []
    for given in passages:
        if len(kept) == most:
            break
        words = _words(given.chunk.text)
        place = next((n for n, other in enumerate(read) if words.nearly_equals(other)), None)
        if place is None:
            kept.append(given)
            read.append(words)
        else:
            copies = (*kept[place].copies, given.chunk, *given.copies)
            kept[place] = replace(kept[place], copies=copies)
    return kept
