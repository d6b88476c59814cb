"""Defines what came of a fetch.
Knows nothing about how documents are fetched, nor about the words in which it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workbench.corpus.snapshot import FetchProblem, Snapshot


@dataclass(frozen=True)
class Fetched:
    """What came of a fetch."""

    corpus: str
    state: Literal["done", "stopped"] = "done"
    """"stopped": the corpus is as it was, and the next fetch goes on."""
    snapshot: Snapshot | None = None
    """The snapshot that the corpus has now; None where it has none."""
    new: tuple[str, ...] = ()
    """Documents that the corpus did not have."""
    changed: tuple[str, ...] = ()
    """Documents with another content than before."""
    gone: tuple[tuple[str, str], ...] = ()
    """(document, why) of those that left the corpus; they are in its trash."""
    unchanged: int = 0
    """How many documents are as before."""
    problems: tuple[FetchProblem, ...] = ()
    """What could not be got."""
    notes: tuple[str, ...] = ()
    """What else people should know."""
