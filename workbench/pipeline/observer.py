"""The interface to which the stages report their progress.
Knows nothing about who listens."""

from __future__ import annotations

from typing import Protocol


class Observer(Protocol):
    """Receives progress. A stage is one of chunk, context, embed, index, retrieve, rerank."""

    def expect(self, stage: str, more: int) -> None:
        """So many pieces of work are still to come, besides those that are done."""
        ...

    def note(self, stage: str, done: int, *, reused: int = 0, failed: int = 0) -> None:
        """So many more pieces of work are done; `reused` of them were stored already, and `failed` of them
        came to nothing without stopping the work."""
        ...

    def problem(self, text: str) -> None:
        """Something is not as it should be, in words; the work goes on."""
        ...


class _Unobserved:
    def expect(self, stage: str, more: int) -> None:
        """Do nothing."""

    def note(self, stage: str, done: int, *, reused: int = 0, failed: int = 0) -> None:
        """Do nothing."""

    def problem(self, text: str) -> None:
        """Do nothing."""


UNOBSERVED: Observer = _Unobserved()
