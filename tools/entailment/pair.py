"""A claim with its evidence, and how pairs are kept in a file of JSON lines.
Knows nothing about where pairs come from and what is trained on them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim, its evidence, and whether the evidence entails it."""

    source: str
    kind: str
    claim: str
    evidence: str
    entailed: bool
    changed: tuple[tuple[int, int], ...] | None = None
    """The characters of the claim that the evidence does not support; None where that is not known, empty
    where all are supported."""


def write_pairs(path: Path, pairs: Iterable[Pair]) -> None:
    with path.open("w", encoding="utf-8") as lines:
        for pair in pairs:
            lines.write(json.dumps(asdict(pair), ensure_ascii=False) + "\n")


def read_pairs(path: Path) -> list[Pair]:
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    for row in rows:
        if row["changed"] is not None:
            row["changed"] = tuple(tuple(span) for span in row["changed"])
    return [Pair(**row) for row in rows]
