"""Models as a tree: below each what was tuned from it.
Knows nothing about what else is shown of a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.space.model import Model


@dataclass(frozen=True)
class Member:
    """drawn: its name behind the tree's lines."""

    model: Model
    drawn: str


def in_families(models: Sequence[Model]) -> list[Member]:
    """Every model once, in the tree's order. A parent that is not here makes no branch; those that are each
    other's parents begin where the first of them stands."""
    known = {model.name: model for model in models}
    found: list[Member] = []
    seen: set[str] = set()

    def add(model: Model, lines: str, branch: str) -> None:
        seen.add(model.name)
        found.append(Member(model, f"{lines}{branch}{model.name}"))
        below = [m for m in known.values() if m.parent == model.name and m.name not in seen]
        inner = lines + {"": "", "├─ ": "│\u2002 ", "└─ ": "\u2002\u2002 "}[branch]
        for child in below:
            if child.name not in seen:
                add(child, inner, "└─ " if child is below[-1] else "├─ ")

    for model in known.values():
        if model.parent not in known:
            add(model, "", "")
    for model in known.values():
        if model.name not in seen:
            add(model, "", "")
    return found
