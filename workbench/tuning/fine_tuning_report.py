"""Says in words what tuning changed.
Knows nothing about how a variant is trained, nor where the words are shown."""

from __future__ import annotations

from typing import Any


def tuning_lines(metrics: dict[str, Any]) -> list[str]:
    """What tuning changed, by cross-validation on the training questions."""
    before, after, declining = metrics["before"], metrics["after"], metrics["declining"]
    lines = ["By cross-validation on its training questions:"]
    for n in (1, 2, 3):
        was, now = before[f"hit@{n}"], after[f"hit@{n}"]
        where = "its first sentence" if n == 1 else f"one of its first {n} sentences"
        lines.append(f"  the evidence is in {where}: {was:.3f} before, {now:.3f} after")
    if declining:
        answered, wrongly = declining["answered_of_answerable"], declining["answered_of_unanswerable"]
        lines.append(f"  it answers {answered:.2f} of what can be answered, {wrongly:.2f} of what cannot")
    return lines
