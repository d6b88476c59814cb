"""Marks on a service's time line: when its model, its corpus, the winner or a score changed, and when it was
checked.
Knows nothing about figures, nor about what a change did."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from workbench.parts.registry import score_entry
from workbench.ship.service import corpus_of
from workbench.store.database import Store
from workbench.store.serving.changes import find_first_times
from workbench.store.serving.checks import list_checks
from workbench.store.serving.records import Service
from workbench.store.serving.services import list_services
from workbench.watch.score_changes import ScoreChange, find_score_changes

MarkKind = Literal["model", "corpus", "winner", "score", "check", "alarm"]
LONGEST_VERSION = 8
"""So many characters of a corpus's version tell it from the others."""


@dataclass(frozen=True)
class TimeMark:
    """Something that happened to a service at one moment."""

    at: float
    """Unix seconds."""
    kind: MarkKind
    what: str
    """What happened, in words."""


def find_marks(store: Store, service: Service, since: float = 0.0, until: float = math.inf) -> list[TimeMark]:
    """The marks within a span of time, in order. A service's first model and corpus are no change."""
    models = find_first_times(store, service.id, "served_model")
    versions = find_first_times(store, service.id, "corpus_version")
    marks = [TimeMark(at, "model", f"The model answers as {name}.") for name, at in models[1:]]
    marks += [
        TimeMark(at, "corpus", f"The corpus changed to version {version[:LONGEST_VERSION]}.")
        for version, at in versions[1:]
    ]
    marks += [
        TimeMark(change.at, "score", _score_words(change)) for change in find_score_changes(store, service.id)
    ]
    marks += [
        TimeMark(check.started_at, "check", f"Its canaries were asked again on day {check.day}.")
        for check in list_checks(store, service.id)
        if check.finished_at is not None
    ]
    corpus = corpus_of(service)
    marks += [
        TimeMark(other.created_at, "winner", f"{other.name} was served from the same corpus.")
        for other in list_services(store, archived=True)
        if other.id != service.id and corpus and corpus_of(other) == corpus
        and other.created_at > service.created_at
    ]  # fmt: skip
    return sorted((m for m in marks if since <= m.at < until), key=lambda mark: mark.at)


def _score_words(change: ScoreChange) -> str:
    return f"{score_entry(change.score).label} is computed by version {change.version}."
