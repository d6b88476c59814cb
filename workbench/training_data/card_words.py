"""Says in words what a data card holds as figures.
Knows nothing about rows, so that pages load it quickly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.formatting import counted


def personal_data_in_words(found: Mapping[str, Any]) -> str:
    """How much personal data there is."""
    held = ", ".join(f"{kind} in {counted(rows, 'row')}" for kind, rows in found["answers"].items())
    shown = ", ".join(f"{kind} in {counted(rows, 'row')}" for kind, rows in found["passages"].items())
    lines = [
        f"Questions, earlier turns and answers contain: {held or 'none that was found'}.",
        f"Passages contain: {shown or 'none that was found'}.",
    ]
    if found["dropped"]:
        lines.append(f"{counted(found['dropped'], 'row')} left out for it.")
    return " ".join(lines)
