"""Page: an experiment's configurations by rank, their trade-offs, and the effect of each setting.
Knows nothing about statistics: it shows what is stored."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from workbench.analysis.finalists import find_families
from workbench.analysis.leaderboard import LeaderboardRow
from workbench.corpus.question_sources import LABELS
from workbench.formatting import questions_text
from workbench.results.status import Figures
from workbench.space.experiment import COST_MEASURES, Objective
from workbench.store.records import ACTIVE, ExperimentRecord
from workbench.ui.results.effects import show_effects
from workbench.ui.results.export import show_export
from workbench.ui.results.liked_line import ask_for_ratings, show_liked_line
from workbench.ui.results.notes import show_notes
from workbench.ui.results.optimised_prompts import show_optimised_prompts
from workbench.ui.results.other_objective import choose_objective
from workbench.ui.results.route_line import show_route
from workbench.ui.results.row import show_row
from workbench.ui.results.settings import find_varying
from workbench.ui.results.source_choice import (
    choose_source,
    describe_rankings,
    read_figures_of,
)
from workbench.ui.results.table import choose_rows, count_text, scores_of, show_table
from workbench.ui.results.ticked import offer_actions
from workbench.ui.results.trade_off import show_trade_off
from workbench.ui.results.winner_strip import show_strip
from workbench.ui.services import Services
from workbench.ui.session import run_page
from workbench.ui.widgets import address
from workbench.ui.widgets.families import show_families
from workbench.ui.widgets.links import link
from workbench.ui.widgets.page_top import experiment_top
from workbench.ui.widgets.waiting import ask

TICKING = "Tick rows to compare them, or one to read more about it and to make it the baseline."
VIEWS = {
    "table": "Table", "trade": "Trade-offs", "effects": "What each setting does",
    "families": "Tuned against parent",
}  # fmt: skip


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


def _refresh_liked(services: Services, record: ExperimentRecord, figures: Figures) -> None:
    """Have the worker estimate what people like from all ratings, where the page shows what was before them.
    While the experiment runs, the run does so itself."""
    outdated = None if record.state in ACTIVE else services.results.find_outdated_liked(figures)
    if outdated is not None:
        ask(
            services, "results.liked", "liked", {"experiment": record.id},
            doing="Estimating the share liked from all ratings…", version=outdated,
        )  # fmt: skip


def _effects(services: Services, record: ExperimentRecord, objective: Objective) -> None:
    payload = {"experiment": record.id, "score": objective.target}
    liked = services.results.version_of_liked(record.id, objective)
    reply = ask(
        services, "results.effects", "effects", payload, doing="Estimating the effect of each setting…",
        version=[record.state, liked],
    )  # fmt: skip
    if reply.result is not None and not reply.stale:
        show_effects(reply.result)


def render(services: Services) -> None:
    record = experiment_top(services, "Results")
    if record is None:
        return
    figures = services.results.read_figures(record.id)
    searched = [parts["search"] for parts in figures.summaries.values() if "search" in parts]
    if not searched:
        address.defer("source")
        st.info("No configuration has answers yet. They appear here while the experiment runs.")
        link("run", "Go to the run", "play_circle", experiment=record.id)
        return
    strip = st.container()
    tools = st.container(horizontal=True, vertical_alignment="center", key="results_tools")
    with tools:
        has_families = bool(find_families(record.experiment.models))
        views = [view for view in VIEWS if view != "families" or has_families]
        view = address.choose(
            st.segmented_control, "View", views, name="view", required=True,
            format_func=VIEWS.__getitem__, label_visibility="collapsed",
        )  # fmt: skip
        objective = choose_objective(record.id, record.experiment.objective, searched)
        source = choose_source(services, record, view)
    if source is not None:
        of_source = read_figures_of(services, record, figures, source, objective)
        if of_source is None:
            return
        figures = of_source
    _results(services, record, figures, objective, view, strip, tools)


def _results(
    services: Services,
    record: ExperimentRecord,
    figures: Figures,
    objective: Objective,
    view: str,
    strip: DeltaGenerator,
    tools: DeltaGenerator,
) -> None:
    """Draw the verdict into the strip, and below it the chosen view with its notes."""
    rows = services.results.rank(figures, objective)
    verdict = services.results.judge(figures, rows, objective)
    ranked_by = _ranked_by(record, objective, figures)
    _refresh_liked(services, record, figures)
    varying = find_varying([row.trial.config for row in rows])
    main, notes = st.container(), st.container()
    with notes:
        rankings, differ = describe_rankings(services, record, figures, objective)
    with strip:
        show_strip(
            record, verdict, varying=varying, ranked_by=ranked_by, target=objective.target,
            asked=questions_text(figures.questions, figures.groups), remarks=[rankings] if differ else [],
        )  # fmt: skip
        ask_for_ratings(services, record, objective, figures.liked)
        if record.state in ACTIVE:
            _note_running()
        elif services.results.lacks_comparisons(figures, rows):
            _request_comparisons(services, record, objective, figures.baseline)
    with main:
        show_export(services, record)
        if view == "effects":
            _effects(services, record, objective)
            return
        if view == "families":
            show_families(services, record, key="results", score=objective.target)
            return
        if view == "trade":
            ranked = [row for row in rows if row.rank is not None]
            show_route(services, record, tools, sum(row.search.answers for row in rows if row.search))
            row = show_trade_off(ranked, [*scores_of(rows), *COST_MEASURES], objective.target)
        else:
            row = _table(services, record, tools, rows, varying, figures, objective)
            show_liked_line(services, record, figures.liked)
        if row is not None:
            won = verdict.kind == "winner" and not ranked_by and not verdict.so_far and row is verdict.leader
            show_row(record, row, is_winner=won)
    with notes:
        show_optimised_prompts(services, record)
        show_notes(services, record, objective, rows, "" if differ else rankings)


def _ranked_by(record: ExperimentRecord, objective: Objective, figures: Figures) -> str:
    """Return what ranks the rows; empty for the experiment's own objective over all its questions."""
    by = [] if objective == record.experiment.objective else ["another objective"]
    by += [] if figures.source is None else [f"{LABELS[figures.source]} questions"]
    return " on ".join(by)


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
    figures: Figures,
    objective: Objective,
) -> LeaderboardRow | None:
    """Draw the table and, on the line above, what can be done with its rows; return the one to show below."""
    with tools:
        kept, scores = choose_rows(objective, rows)
        actions = st.container(horizontal=True, vertical_alignment="center", width="content")
    ticked = show_table(objective.target, varying, figures.baseline, kept, scores)
    with actions:
        offer_actions(services, record, ticked, figures.baseline)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{count_text(kept, rows)} {TICKING}", width="content")
        st.download_button(
            "Download as CSV",
            # Written on demand, not at each drawing, which would also withdraw a file written before.
            lambda: services.results.leaderboard_csv(figures, objective),
            f"{record.id}-leaderboard.csv",
            "text/csv",
            icon=":material/download:",
            key="results.csv",
            on_click="ignore",
            type="tertiary",
        )
    return ticked[0] if len(ticked) == 1 else None


run_page(render)
