"""What reading a file of requests gives: requests of a service of one's own, before they are stored.
Knows nothing about formats or the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.corpus.types import History
from workbench.importing.types import RowProblem
from workbench.traces.spool import Spool


@dataclass(frozen=True)
class ImportedPassage:
    """A passage that a model was shown."""

    text: str
    document: str = ""
    """The name of its document; "" when that is not known."""
    title: str = ""
    page: int | None = None


@dataclass(frozen=True)
class ImportedRequest:
    """A request of a service of one's own."""

    key: str
    """What distinguishes it in its file: the same request has the same key in a later export."""
    question: str
    answer: str
    asked_at: float
    """Unix seconds."""
    passages: tuple[ImportedPassage, ...] = ()
    history: History = ()
    error: str = ""
    """What went wrong, in words; "" for a request that was answered."""
    user: str = ""
    model: str | None = None
    """The model's name; None when it is not known."""
    cost_usd: float | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    stage_seconds: Mapping[str, float] = field(default_factory=dict)
    """Seconds by stage, as in ServedRequest."""
    thumb: int = 0
    """1 for thumbs up, -1 for thumbs down, 0 for none."""
    comment: str = ""
    better_answer: str = ""


@dataclass(frozen=True)
class Span:
    """One span of a trace."""

    trace: str
    id: str
    parent: str
    """The id of the span that it is inside; "" for none."""
    name: str
    start: float | None
    """Unix seconds; None when it is not known."""
    end: float | None
    """Unix seconds; None when it is not known."""
    error: str
    """What went wrong, in words; "" when nothing did."""
    attributes: Mapping[str, Any]
    """By dotted names, as in attributes.py."""
    row: int
    """Where it stands in the file, from 1."""


@dataclass(frozen=True)
class ReadRequests:
    """What a file holds."""

    format: str
    """Its format, for people."""
    requests: Spool[ImportedRequest]
    """By their keys: of one that stands there several times, the last."""
    problems: tuple[RowProblem, ...]
    """What could not be read."""
