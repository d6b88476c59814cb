"""Lets a person see only the questions that tell no configurations of a finished experiment apart.
Knows nothing about what makes a question so."""

from __future__ import annotations

import streamlit as st

from workbench.store.records import ExperimentRecord
from workbench.ui.services import Services
from workbench.ui.widgets import address
from workbench.ui.widgets.text import as_markdown

MOST_EXPERIMENTS = 3
PARAMETER = "show"


def choose_told_apart(services: Services, corpus: str) -> dict[str, str] | None:
    """Draw the choice where a finished experiment over the corpus has such questions.

    Returns question id → "too easy" or "too hard"; None for all questions.
    """
    done = [r for r in services.experiments.list_experiments() if r.state == "done"]
    over = [r for r in done if r.experiment.corpus == corpus][:MOST_EXPERIMENTS]
    verdicts = {record.id: found for record in over if (found := _verdicts(services, record))}
    if not verdicts:
        address.defer(PARAMETER)
        return None
    names = {record.id: record.name for record in over}
    chosen = address.choose(
        st.selectbox, "Those that tell nothing apart", ["", *verdicts], name=PARAMETER, width=210,
        label_visibility="collapsed",
        format_func=lambda i: f"Tell nothing apart in {names[i]}" if i else "All questions",
    )  # fmt: skip
    return verdicts.get(chosen)


def _verdicts(services: Services, record: ExperimentRecord) -> dict[str, str]:
    found = services.results.find_told_apart(record.id)
    if found is None:
        return {}
    return dict.fromkeys(found.too_easy, "too easy") | dict.fromkeys(found.too_hard, "too hard")


def explain(verdicts: dict[str, str], there: int) -> None:
    """Say what these questions are.

    there: how many of them are among the questions of the corpus.
    """
    words = "Every configuration answers these equally well or equally badly, so they change no ranking."
    gone = len(verdicts) - there
    if gone:
        words += f" {gone:,} more {'is a draft' if gone == 1 else 'are drafts'} or no longer in the corpus."
    st.caption(as_markdown(words))
