"""Lets a person choose whose questions the leaderboard rests on; kept in the address.
Knows nothing about how figures are computed: the worker does it."""

from __future__ import annotations

import streamlit as st

from workbench.corpus.question_sources import LABELS, Source
from workbench.results.status import Figures
from workbench.space.experiment import Objective
from workbench.store.records import ExperimentRecord
from workbench.ui.services import Services
from workbench.ui.widgets import address
from workbench.ui.widgets.waiting import ask


def choose_source(services: Services, record: ExperimentRecord, view: str) -> Source | None:
    """Draw the choice where the experiment's questions are from several sources; None is all of them.

    view: "effects" always rests on all questions; the choice stays in the address meanwhile.
    """
    counts = services.results.count_sources(record.id)
    if not counts or view == "effects":
        address.defer("source")
        return None
    labels = {"": "All questions"} | {source: f"{_words(source)} ({n:,})" for source, n in counts.items()}
    chosen = address.choose(
        st.selectbox, "Questions", list(labels), name="source", format_func=labels.__getitem__,
        label_visibility="collapsed", width=190,
    )  # fmt: skip
    return next((source for source in counts if source == chosen), None)


def _words(source: Source) -> str:
    return f"{LABELS[source][:1].upper()}{LABELS[source][1:]} questions"


def read_figures_of(
    services: Services, record: ExperimentRecord, figures: Figures, source: Source, objective: Objective
) -> Figures | None:
    """Return the figures over one source's questions; None while the worker computes them.

    figures: those over all questions.
    """
    payload = _payload(record, objective) | {"source": source}
    reply = ask(
        services, "results.by_source", "by_source", payload,
        doing=f"Computing the figures of the {LABELS[source]} questions…",
        version=[figures.baseline, record.state, _answers(figures)],
    )  # fmt: skip
    if reply.result is None or reply.stale:
        return None
    return services.results.figures_of(figures, source, reply.result)


def describe_rankings(
    services: Services, record: ExperimentRecord, figures: Figures, objective: Objective
) -> tuple[str, bool]:
    """Return how drafted and people's questions rank the configurations, in words, and whether differently.

    The words are empty where there is nothing to compare, and while the worker compares.
    """
    counts = services.results.count_sources(record.id)
    if "drafted" not in counts:
        return "", False
    reply = ask(
        services, "results.rankings", "source_rankings", _payload(record, objective),
        doing="Comparing how drafted and people's questions rank the configurations…",
        version=[record.state, _answers(figures)],
    )  # fmt: skip
    rankings = None if reply.result is None or reply.stale else reply.result["rankings"]
    return ("", False) if rankings is None else (rankings["in_words"], bool(rankings["differ"]))


def _payload(record: ExperimentRecord, objective: Objective) -> dict[str, object]:
    return {"experiment": record.id, "objective": objective.model_dump(mode="json", exclude_defaults=True)}


def _answers(figures: Figures) -> int:
    """How many answers are stored: with more, the worker is asked again."""
    return sum(part.answers for parts in figures.summaries.values() for part in parts.values())
