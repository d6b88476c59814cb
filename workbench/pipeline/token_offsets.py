"""Offsets of the tokens of a text, by the embedded tokenizer, at which the text may be cut.
Knows nothing about chunks."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from workbench.lru_cache import LruCache
from workbench.providers.embedded.encoder import shared_encoder

CHARACTERS_PER_UNKNOWN_TOKEN = 3
"""How many characters of a word that the tokenizer does not know count as one token. It gives such a word one
token however long it is; other models' tokenizers have about one token for so many characters of Thai or
base64."""

LONGEST_CLUSTER = 32
"""Characters of a letter with its marks, or of an emoji with its parts; a longer heap of marks may be cut."""

LONGEST_TOKEN = 48
"""Characters of one token with the marks that the tokenizer passes over."""

MARKED_TOKEN = 12
"""Characters, at least, of each token into which a longer one is cut."""

KNOWN_TEXTS = 512
"""Texts whose offsets are remembered: a document is cut once for each setting, and its chunks are counted."""

_BEYOND_ASCII = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]+")
_CLUSTER = regex.compile(r"\X")


@dataclass(frozen=True, slots=True)
class TokenOffsets:
    """Token offsets of one text; they tell how many tokens any part of it has.

    Every character but white space is in a token. Tokens end only where grapheme clusters end: a letter stays
    with its combining marks, and an emoji of several parts stays whole.
    """

    starts: Sequence[int]
    """Offset of each token's first character, ascending."""
    ends: Sequence[int]
    """Offset after each token's last character."""

    @classmethod
    def of(cls, text: str) -> TokenOffsets:
        """The token offsets of a text. Those of the texts used last are remembered, 8 bytes per token."""
        offsets = _known.find(text)
        if offsets is None:
            offsets = cls._read(text)
            _known.keep(text, offsets)
        return offsets

    @classmethod
    def _read(cls, text: str) -> TokenOffsets:
        spans, unknown = shared_encoder().tokenise(text)
        if not text.isascii() or unknown:
            clusters = _clusters(text)
            spans = tuple(_without_gaps(text, _cut_unknown(spans, unknown, clusters)))
            spans = tuple(
                (clusters.get(start, (start, 0))[0], clusters.get(end, (0, end))[1]) for start, end in spans
            )
            spans = tuple(_cut_long(spans, clusters))
        return cls(array("I", [s for s, _ in spans]), array("I", [e for _, e in spans]))

    def count(self, start: int, end: int) -> int:
        """How many tokens begin in [start, end)."""
        return max(0, bisect_left(self.starts, end) - bisect_left(self.starts, start))

    def after(self, start: int, tokens: int) -> int:
        """The offset at which the first `tokens` tokens from `start` on end."""
        first = bisect_left(self.starts, start)
        last = min(first + tokens, len(self.ends)) - 1
        return self.ends[last] if last >= first else start


_known: LruCache[str, TokenOffsets] = LruCache(KNOWN_TEXTS)

_Span = tuple[int, int]


def _clusters(text: str) -> dict[int, _Span]:
    """The grapheme clusters of several characters, by each place inside one."""
    return {
        place: match.span()
        for run in _BEYOND_ASCII.finditer(text)
        for match in _CLUSTER.finditer(text, run.start(), run.end())
        if len(match[0]) <= LONGEST_CLUSTER
        for place in range(match.start() + 1, match.end())
    }


def _cut_unknown(spans: Sequence[_Span], unknown: frozenset[int], clusters: dict[int, _Span]) -> list[_Span]:
    """The tokens, with long unknown words cut into several between grapheme clusters."""
    pieces: list[_Span] = []
    for place, (start, end) in enumerate(spans):
        if place in unknown and end - start > CHARACTERS_PER_UNKNOWN_TOKEN:
            places = range(start + CHARACTERS_PER_UNKNOWN_TOKEN, end, CHARACTERS_PER_UNKNOWN_TOKEN)
            cuts = sorted({start, end, *(min(end, clusters.get(place, (0, place))[1]) for place in places)})
            pieces += zip(cuts, cuts[1:], strict=False)
        else:
            pieces.append((start, end))
    return pieces


def _cut_long(spans: Sequence[_Span], clusters: dict[int, _Span]) -> Iterator[_Span]:
    """The tokens, with those that hold heaps of marks cut into several."""
    for start, end in spans:
        while end - start > LONGEST_TOKEN:
            cut = clusters.get(start + MARKED_TOKEN, (0, start + MARKED_TOKEN))[1]
            yield start, cut
            start = cut
        yield start, end


def _without_gaps(text: str, spans: Sequence[_Span]) -> list[_Span]:
    """The tokens, each with the marks and joiners behind it that the tokenizer passes over."""
    if not spans:
        stripped = text.strip()
        start = text.find(stripped)
        return [(start, start + len(stripped))] if stripped else []
    filled: list[_Span] = []
    next_starts = [start for start, _ in spans[1:]] + [len(text)]
    for (start, end), next_start in zip(spans, next_starts, strict=True):
        passed_over = text[end:next_start].rstrip()
        filled.append((start, end + len(passed_over)))
    first_start, first_end = filled[0]
    before = len(text) - len(text.lstrip())
    filled[0] = (min(before, first_start), first_end)
    return filled
