"""Counts what a document holds and its text does not.
Knows nothing about Word."""

from __future__ import annotations

from dataclasses import dataclass, field

from workbench.corpus.types import LeftOut

EXAMPLES = 3
EXAMPLE_CHARACTERS = 80


@dataclass
class _Tally:
    count: int = 0
    characters: int = 0
    examples: list[str] = field(default_factory=list)


class Tallies:
    """One tally per kind of thing that is left out."""

    def __init__(self) -> None:
        self._tallies: dict[str, _Tally] = {}

    def add(self, kind: str, text: str = "") -> None:
        """Count one thing of a kind (in the plural), with its text if it has any."""
        text = " ".join(text.split())
        tally = self._tallies.setdefault(kind, _Tally())
        tally.count += 1
        tally.characters += len(text)
        example = text[:EXAMPLE_CHARACTERS]
        if example and len(tally.examples) < EXAMPLES and example not in tally.examples:
            tally.examples.append(example)

    def result(self) -> tuple[LeftOut, ...]:
        """Return the tallies, in the order in which their first things were counted."""
        return tuple(
            LeftOut(kind, tally.count, tally.characters, tuple(tally.examples))
            for kind, tally in self._tallies.items()
        )
