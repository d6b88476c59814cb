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
        st.selectbox, "Show", ["", *verdicts], name=PARAMETER, label_visibility="collapsed", width=210,
        format_func=lambda i: f"Tell nothing apart in {names[i]}" if i else "All questions",
    )  # fmt: skip
    return verdicts.get(chosen)


def _verdicts(services: Services, record: ExperimentRecord) -> dict[str, str]:
    found = services.results.find_told_apart(record.id)
    if found is None:
        return {}
    return dict.fromkeys(found.too_easy, "too easy") | dict.fromkeys(found.too_hard, "too hard")


def explain(verdicts: dict[str, str], there: int) -> None:
    """Say what these questions are, and what can be done about them.

    there: how many of them are among the questions of the corpus.
    """
    words = (
        "Every configuration answers these equally well (too easy) or equally badly (too hard), so they "
        "change no ranking. Delete or tag those that you do not need."
    )
    gone = len(verdicts) - there
    if gone:
        words += f" {gone} more {'is a draft' if gone == 1 else 'are drafts'}, or not in the corpus any more."
    st.caption(as_markdown(words))
