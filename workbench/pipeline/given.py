"""A passage that the prompt gets: what was found in it, and which near-equal passages it stands for.
Knows nothing about how passages are chosen."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.pipeline.types import Chunk, Hit


@dataclass(frozen=True)
class Given:
    """A passage that the prompt gets."""

    chunk: Chunk
    """The passage."""
    score: float
    """The score of the best chunk in it."""
    core: Chunk
    """The best chunk that was found in it; the passage itself where nothing was taken from around it."""
    copies: tuple[Chunk, ...] = ()
    """Passages that nearly equal it, or a chunk in it, and were left out in its favour."""

    @property
    def hit(self) -> Hit:
        return Hit(self.chunk, self.score)
