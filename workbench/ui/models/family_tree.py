"""Arranges models as a tree, each above the models tuned from it.
Knows nothing about what else is shown of a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.space.model import Model


@dataclass(frozen=True)
class Member:
    """A model with its place in the tree."""

    model: Model
    drawn: str
    """Its name, preceded by the lines of the tree."""


def in_families(models: Sequence[Model]) -> list[Member]:
    """Return every model once, in the order of the tree.

    A model whose parent is not among them is a root. Of models that are each other's parents, the first is
    the root.
    """
    by_name = {model.name: model for model in models}
    members: list[Member] = []
    seen: set[str] = set()

    def add(model: Model, lines: str, branch: str) -> None:
        seen.add(model.name)
        members.append(Member(model, f"{lines}{branch}{model.name}"))
        below = [m for m in by_name.values() if m.parent == model.name and m.name not in seen]
        inner = lines + {"": "", "├─ ": "│\u2002 ", "└─ ": "\u2002\u2002 "}[branch]
        for child in below:
            if child.name not in seen:
                add(child, inner, "└─ " if child is below[-1] else "├─ ")

    for model in by_name.values():
        if model.parent not in by_name:
            add(model, "", "")
    for model in by_name.values():
        if model.name not in seen:
            add(model, "", "")
    return members
