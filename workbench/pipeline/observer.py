"""How far the stages are, told to whoever wants to hear of it.
Knows nothing about who that is."""

from __future__ import annotations

from typing import Protocol


class Observer(Protocol):
    """Stages: chunk, embed, index, retrieve, rerank."""

    def expect(self, stage: str, more: int) -> None:
        """So many more pieces of work are to come than are done."""
        ...

    def note(self, stage: str, done: int, *, reused: int = 0) -> None:
        """So many more are done, `reused` of them because they were stored."""
        ...


class _Unobserved:
    def expect(self, stage: str, more: int) -> None:
        """Nobody listens."""

    def note(self, stage: str, done: int, *, reused: int = 0) -> None:
        """Nobody listens."""


UNOBSERVED: Observer = _Unobserved()
