"""Says below the results what they rest on: how rows are ranked, held-out questions, sources, judges.
Knows nothing about the table."""

from __future__ import annotations

import streamlit as st

from workbench.analysis.held_out import FEW
from workbench.analysis.judge_summary import ladder_words
from workbench.analysis.leaderboard import LeaderboardRow
from workbench.analysis.noise import TIE_RULE
from workbench.formatting import counted, uncapitalised
from workbench.space.code_needed import UNCOUNTED, uncounted_parts
from workbench.space.experiment import Objective
from workbench.store.records import ExperimentRecord
from workbench.ui.services import Services
from workbench.ui.widgets.figures import label_of
from workbench.ui.widgets.links import link
from workbench.ui.widgets.text import as_markdown


def show_notes(
    services: Services,
    record: ExperimentRecord,
    objective: Objective,
    rows: list[LeaderboardRow],
    rankings: str,
) -> None:
    """Show the notes.

    rankings: how drafted and people's questions rank the configurations, in words; empty for nothing to say.
    """
    words = f"{_objective_text(objective)}. {TIE_RULE.partition('. ')[0]}. {_held_out_note(record, rows)}"
    st.caption(as_markdown(words), help=as_markdown(TIE_RULE))
    if rankings:
        st.caption(as_markdown(rankings))
    _told_apart(services, record, objective)
    _note_copies(record)
    _note_own_calls(record)
    _judging(services, record)


def _told_apart(services: Services, record: ExperimentRecord, objective: Objective) -> None:
    """Say how many questions tell no configurations apart, and lead to them."""
    found = services.results.find_told_apart(record.id, objective)
    if found is None or not found.in_words:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(as_markdown(found.in_words), width="content")
        link(
            "questions", "Show these questions", "filter_alt", corpus=record.experiment.corpus, show=record.id
        )


def _objective_text(objective: Objective) -> str:
    aim = f"{'highest' if objective.sign > 0 else 'lowest'} {uncapitalised(label_of(objective.target))}"
    bounds = [f"{uncapitalised(label_of(n))} at least {v:g}" for n, v in objective.at_least.items()]
    bounds += [f"{uncapitalised(label_of(n))} at most {v:g}" for n, v in objective.at_most.items()]
    return f"Ranked by {aim}" + (f", with {' and '.join(bounds)}" if bounds else "")


def _held_out_note(record: ExperimentRecord, rows: list[LeaderboardRow]) -> str:
    counts = [row.holdout.answers for row in rows if row.holdout]
    if not counts:
        if record.experiment.holdout == 0:
            return (
                "No questions are held out, so the winner's figures come from the questions that selected it."
            )
        return "The top five are scored on the held-out questions at the end."
    text = (
        f"The top five were asked held-out questions ({counted(max(counts), 'answer')} each) that had no "
        "part in the selection; these figures are shown but never change the ranking."
    )
    if max(counts) < FEW:
        text += f" With fewer than {FEW} they confirm nothing."
    return text


def _judging(services: Services, record: ExperimentRecord) -> None:
    """Show what to know about the models and the judges before reading their figures."""
    judging, warnings = services.results.get_judging(record.id)
    drafting = services.results.get_drafting_warnings(record.id)
    for warning in [*services.experiments.get_served_warnings(record.id), *drafting, *warnings]:
        st.warning(as_markdown(warning))
    for name, facts in judging.items():
        if "escalated" in facts:
            st.caption(as_markdown(ladder_words(label_of(name), facts)))


def _note_own_calls(record: ExperimentRecord) -> None:
    """Say whose calls are not among the costs."""
    for _, name in uncounted_parts(record.experiment.retrieval):
        st.caption(as_markdown(f"{name} {UNCOUNTED}"))


def _note_copies(record: ExperimentRecord) -> None:
    """Say what grounding tells of answerers that copy."""
    if (
        "grounding" in record.experiment.scores
        and (models := record.experiment.models)
        and all(m.embedded for m in models)
    ):
        st.caption(
            "The embedded answerers copy sentences from the passages. Their grounding is near 1 whatever "
            "they copy, so it does not tell good answers from bad ones; correctness does."
        )
