"""One piece of advice: what is said about which setting.
Knows nothing about how any is found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

# idle: the choice cannot matter.  dear: it takes much time or money.  care: it may mislead.
Kind = Literal["idle", "dear", "care"]


@dataclass(frozen=True)
class Advice:
    """about: the key of the experiment file that it belongs to (of retrieval, the axis).  text: whole
    sentences that name the setting and what to do."""

    about: str
    text: str
    kind: Kind = "care"

    def to_json(self) -> dict[str, str]:
        return asdict(self)


def listed(names: Iterable[object]) -> str:
    """ "a", "a and b", "a, b and c"."""
    *most, last = [str(n) for n in names]
    return f"{', '.join(most)} and {last}" if most else last
