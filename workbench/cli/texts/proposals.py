"""Formats the prompts that optimisations proposed.
Knows nothing about how they were proposed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.cli.texts.tables import table


def proposals_text(optimised: Sequence[dict[str, Any]]) -> str:
    """Each optimisation with its proposals: number, parent, state, score, and why."""
    if not optimised:
        return "This experiment optimises no prompt, or has not begun to."
    return "\n\n".join(_one(found) for found in optimised)


def _one(found: dict[str, Any]) -> str:
    rows = [
        [
            str(p["number"]),
            "–" if p["parent"] is None else str(p["parent"]),
            p["version"] or p["state"],
            "–" if p["score"] is None else f"{p['score']:.3f}",
            " ".join(filter(None, [p["reason"], p["why"]])),
        ]
        for p in found["proposals"]
    ]
    return f"{found['in_words']}\n{table(['number', 'from', 'became', 'score', 'why'], rows)}"
