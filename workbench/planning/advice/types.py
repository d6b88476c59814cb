"""Defines a piece of advice: what is said about which setting.
Knows nothing about how it is found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Kind = Literal["idle", "expensive", "care"]
"""The choice makes no difference, takes much time or money, or may mislead."""


@dataclass(frozen=True)
class Advice:
    """A piece of advice on one setting."""

    about: str
    """The key of the experiment file that it belongs to; under `retrieval`, the axis."""
    text: str
    """Whole sentences that name the setting and say what to do."""
    kind: Kind = "care"

    def to_json(self) -> dict[str, str]:
        return asdict(self)
