"""The texts of chunks as they are embedded, made when they are asked for.
Knows nothing about models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import overload

from workbench.pipeline.types import Chunk, searched_text


@dataclass(frozen=True)
class SearchedTexts(Sequence[str]):
    """What is embedded of each chunk."""

    chunks: Sequence[Chunk]
    contexts: Sequence[str] = ()
    """One per chunk, or none at all."""

    def __len__(self) -> int:
        return len(self.chunks)

    def __iter__(self) -> Iterator[str]:
        for chunk, context in zip(self.chunks, self.contexts or repeat(""), strict=False):
            yield searched_text(chunk, context)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> SearchedTexts: ...
    def __getitem__(self, place: int | slice) -> str | SearchedTexts:
        if isinstance(place, slice):
            return SearchedTexts(self.chunks[place], self.contexts[place])
        return searched_text(self.chunks[place], self.contexts[place] if self.contexts else "")
