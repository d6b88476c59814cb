"""Offsets of the tokens of a text, by the embedded tokenizer.
Knows nothing about chunks."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.providers.embedded.encoder import shared_encoder


@dataclass(frozen=True, slots=True)
class TokenOffsets:
    """Token offsets of one text; they tell how many tokens any part of it has."""

    starts: Sequence[int]
    """Offset of each token's first character, ascending."""
    ends: Sequence[int]
    """Offset after each token's last character."""

    @classmethod
    def of(cls, text: str) -> TokenOffsets:
        """The token offsets of a text."""
        spans = shared_encoder().token_spans(text)
        return cls([s for s, _ in spans], [e for _, e in spans])

    def count(self, start: int, end: int) -> int:
        """How many tokens begin in [start, end)."""
        return max(0, bisect_left(self.starts, end) - bisect_left(self.starts, start))

    def after(self, start: int, tokens: int) -> int:
        """The offset at which the first `tokens` tokens from `start` on end."""
        first = bisect_left(self.starts, start)
        last = min(first + tokens, len(self.ends)) - 1
        return self.ends[last] if last >= first else start
