"""One verdict of a check: what became of the model, the corpus, the questions or the answers, in words.
Knows nothing about how it is reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from workbench.store.serving.records import CanaryAnswer, ServiceCheck

VerdictKind = Literal["unchanged", "changed", "worse", "cannot be told"]
FALSE_ALARM = 0.05
"""The chance that a verdict ever says "changed" or "worse" of a service where nothing changed."""


@dataclass(frozen=True)
class Verdict:
    """What a check says about one thing."""

    kind: VerdictKind
    """ "worse" is said of answers only."""
    sentences: tuple[str, ...]
    """What was found, or why nothing can be told."""
    since_day: int | None = None
    """The day of the first check that found it, counted from the export; None unless something was found."""
    detail: Mapping[str, Any] = field(default_factory=dict)
    """The figures and ids behind it, as JSON."""

    def to_json(self) -> dict[str, Any]:
        """What stands behind the verdict's word in `check --json`."""
        return {"sentences": list(self.sentences), "since_day": self.since_day, **self.detail}


@dataclass(frozen=True)
class CheckedCanaries:
    """A check with the answers that it got."""

    check: ServiceCheck
    answers: Mapping[str, tuple[CanaryAnswer, ...]]
    """Canary's id → its answers that did not fail, by repeat."""


def counted_canaries(count: int) -> str:
    """ "1 canary", "40 canaries"."""
    return "1 canary" if count == 1 else f"{count:,} canaries"
