"""Says whose questions an experiment asks, and how many of them nobody has reviewed.
Knows nothing about figures: by_source.py computes them."""

from __future__ import annotations

from workbench.corpus.question_sources import Source, count_sources, drafts_in_words, is_from
from workbench.store.database import Store
from workbench.store.questions import get_question_headers


def count_experiment_sources(store: Store, experiment_id: str) -> dict[Source, int]:
    """How many selection questions are from each source that can be chosen; empty where all are from one."""
    return count_sources(q.source for q in get_question_headers(store, experiment_id) if q.part == "search")


def describe_drafts(store: Store, experiment_id: str, source: Source | None = None) -> str:
    """How many of the selection questions are drafts that nobody has reviewed, in words; "" for none.

    source: counts only its questions; None counts all.
    """
    drafts, questions = count_drafts(store, experiment_id, source)
    return drafts_in_words(drafts, questions)


def count_drafts(store: Store, experiment_id: str, source: Source | None = None) -> tuple[int, int]:
    """(unreviewed drafts, all questions) among the selection questions of one source, or of all."""
    searched = [
        q
        for q in get_question_headers(store, experiment_id)
        if q.part == "search" and (source is None or is_from(q.source, source))
    ]
    return sum(q.is_draft for q in searched), len(searched)
