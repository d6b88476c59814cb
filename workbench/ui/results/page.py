"""Page: an experiment's configurations by rank, their trade-offs, and the effect of each setting.
Knows nothing about statistics: it shows what is stored."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from workbench.analysis.held_out import FEW
from workbench.analysis.judge_summary import ladder_words
from workbench.analysis.leaderboard import LeaderboardRow
from workbench.analysis.noise import TIE_RULE
from workbench.formatting import counted, questions_text, uncapitalised
from workbench.space.experiment import COST_MEASURES, Objective
from workbench.store.records import ACTIVE, ExperimentRecord
from workbench.ui.results.effects import show_effects
from workbench.ui.results.export import show_export
from workbench.ui.results.other_objective import choose_objective
from workbench.ui.results.row import show_row
from workbench.ui.results.settings import find_varying
from workbench.ui.results.table import choose_rows, count_text, scores_of, show_table
from workbench.ui.results.ticked import offer_actions
from workbench.ui.results.trade_off import show_trade_off
from workbench.ui.results.winner_strip import show_strip
from workbench.ui.services import Services
from workbench.ui.session import run_page
from workbench.ui.widgets import address
from workbench.ui.widgets.figures import label_of
from workbench.ui.widgets.links import link
from workbench.ui.widgets.page_top import experiment_top
from workbench.ui.widgets.text import as_markdown
from workbench.ui.widgets.waiting import ask

TICKING = "Tick rows to compare them, or one to read more about it and to make it the baseline."
VIEWS = {"table": "Table", "trade": "Trade-offs", "effects": "What each setting does"}


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
    for warning in [*services.experiments.get_served_warnings(record.id), *warnings]:
        st.warning(as_markdown(warning))
    for name, facts in judging.items():
        if "escalated" in facts:
            st.caption(as_markdown(ladder_words(label_of(name), facts)))


def _note_copies(record: ExperimentRecord) -> None:
    """Say what grounding tells of answerers that copy."""
    if "grounding" in record.experiment.scores and all(m.embedded for m in record.experiment.models):
        st.caption(
            "The embedded answerers copy sentences from the passages. Their grounding is near 1 whatever "
            "they copy, so it does not tell good answers from bad ones; correctness does."
        )


def _request_comparisons(
    services: Services, record: ExperimentRecord, objective: Objective, baseline: str | None
) -> None:
    """Have the worker compare the rows by an objective, or with a baseline, where none are stored."""
    payload = {"experiment": record.id, "objective": objective.model_dump(mode="json", exclude_defaults=True)}
    ask(
        services,
        "results.findings",
        "findings",
        payload,
        doing="Testing which differences are significant…",
        version=baseline,
    )


def _effects(services: Services, record: ExperimentRecord, target: str) -> None:
    payload = {"experiment": record.id, "score": target}
    reply = ask(
        services, "results.effects", "effects", payload, doing="Estimating the effect of each setting…",
        version=record.state,
    )  # fmt: skip
    if reply.result is not None and not reply.stale:
        show_effects(reply.result)


def _notes(
    services: Services, record: ExperimentRecord, objective: Objective, rows: list[LeaderboardRow]
) -> None:
    """Say below the results what they rest on."""
    words = f"{_objective_text(objective)}. {TIE_RULE.partition('. ')[0]}. {_held_out_note(record, rows)}"
    st.caption(as_markdown(words), help=as_markdown(TIE_RULE))
    _note_copies(record)
    _judging(services, record)


def render(services: Services) -> None:
    record = experiment_top(services, "Results")
    if record is None:
        return
    figures = services.results.read_figures(record.id)
    searched = [parts["search"] for parts in figures.summaries.values() if "search" in parts]
    if not searched:
        st.info("No configuration has answers yet. They appear here while the experiment runs.")
        link("run", "Go to the run", "play_circle", experiment=record.id)
        return
    strip = st.container()
    tools = st.container(horizontal=True, vertical_alignment="center", key="results_tools")
    with tools:
        view = address.choose(
            st.segmented_control, "View", list(VIEWS), name="view", required=True,
            format_func=VIEWS.__getitem__, label_visibility="collapsed",
        )  # fmt: skip
        objective = choose_objective(record.id, record.experiment.objective, searched)
    rows = services.results.rank(figures, objective)
    verdict = services.results.judge(figures, rows, objective)
    is_own = objective == record.experiment.objective
    varying = find_varying([row.trial.config for row in rows])
    with strip:
        show_strip(
            record, verdict, varying=varying, by_own_objective=is_own, target=objective.target,
            asked=questions_text(figures.questions, figures.groups),
        )  # fmt: skip
        if record.state in ACTIVE:
            _note_running()
        elif services.results.lacks_comparisons(figures, rows):
            _request_comparisons(services, record, objective, figures.baseline)
    show_export(services, record)
    ranked = [row for row in rows if row.rank is not None]
    if view == "effects":
        _effects(services, record, objective.target)
        return
    row: LeaderboardRow | None = None
    if view == "trade":
        row = show_trade_off(ranked, [*scores_of(rows), *COST_MEASURES], objective.target)
    else:
        row = _table(services, record, tools, rows, varying, figures.baseline, objective)
    if row is not None:
        won = verdict.kind == "winner" and is_own and not verdict.so_far and row is verdict.leader
        show_row(record, row, is_winner=won)
    _notes(services, record, objective, rows)


def _note_running() -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            "This experiment is still running: figures are based on the answers so far.", width="content"
        )
        st.button("Refresh", key="results.refresh", icon=":material/refresh:", type="tertiary")


def _table(
    services: Services,
    record: ExperimentRecord,
    tools: DeltaGenerator,
    rows: list[LeaderboardRow],
    varying: list[str],
    baseline: str | None,
    objective: Objective,
) -> LeaderboardRow | None:
    """Draw the table and, on the line above, what can be done with its rows; return the one to show below."""
    with tools:
        kept, scores = choose_rows(objective, rows)
        actions = st.container(horizontal=True, vertical_alignment="center", width="content")
    ticked = show_table(objective.target, varying, baseline, kept, scores)
    with actions:
        offer_actions(services, record, ticked, baseline)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{count_text(kept, rows)} {TICKING}", width="content")
        st.download_button(
            "Download as CSV",
            # Written on demand, not at each drawing, which would also withdraw a file written before.
            lambda: services.results.leaderboard_csv(record.id, objective),
            f"{record.id}-leaderboard.csv",
            "text/csv",
            icon=":material/download:",
            key="results.csv",
            on_click="ignore",
            type="tertiary",
        )
    return ticked[0] if len(ticked) == 1 else None


run_page(render)
