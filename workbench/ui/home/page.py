"""Page: what the workbench does and the ways in; later an overview of the experiments, and what to do next.
Knows nothing about how anything is done: each step links to the page that does it."""

from __future__ import annotations

import time

import streamlit as st

from workbench.store.records import ACTIVE, RESUMABLE, ExperimentRecord
from workbench.ui.home.experiment_row import show_row
from workbench.ui.home.first_visit import show_first_visit
from workbench.ui.services import Services
from workbench.ui.session import run_page
from workbench.ui.widgets.alarm_lines import show_open_alarms
from workbench.ui.widgets.figures import spent_text
from workbench.ui.widgets.links import NEW_CORPUS, link
from workbench.ui.widgets.page_top import page_top
from workbench.ui.widgets.text import as_label, as_markdown

WEEK_SECONDS = 7 * 86_400.0
STEPS_SHOWN = 6
EXPERIMENTS_SHOWN = 4
RESUMED = 2  # stopped experiments to offer at most, so that they do not crowd out the other steps
GUIDE = (
    ("results", "trophy", "Results", "Rows marked *tied* may be as good as the first."),
    ("compare", "compare_arrows", "Compare", "Each question under several configurations."),
    ("answers", "forum", "Answers", "Evidence is green, unsupported claims are orange."),
    ("review", "rate_review", "Review", "Judge answers without seeing which configuration gave them."),
    ("playground", "chat", "Playground", "Change one setting and see how the answer changes."),
)


def _guide(services: Services, newest: ExperimentRecord) -> None:
    """Show what to look at, until a person dismisses it."""
    if services.guide_is_dismissed():
        return
    with st.container(border=True, gap=None):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown("**What to look at**")
            if st.button(
                "Do not show this again", key="home.guide", icon=":material/close:", type="tertiary"
            ):
                services.dismiss_guide()
                st.rerun()
        for page, icon, name, what in GUIDE:
            left, right = st.columns([3, 8], vertical_alignment="center")
            with left:
                query = {} if page == "playground" else {"experiment": newest.id}
                link(page, name, icon, **query)
            right.caption(what)


def _calls(count: int) -> str:
    return f"{count:,} call" if count == 1 else f"{count:,} calls"


def _figures(
    services: Services, listed: list[ExperimentRecord], done: ExperimentRecord | None, waiting: int
) -> None:
    week = services.experiments.get_bill(time.time() - WEEK_SECONDS)
    columns = st.columns(4)
    columns[0].metric("Experiments", len(listed))
    columns[1].metric("Running now", sum(r.state in ACTIVE for r in listed))
    paid = f"{_calls(week.unpriced)} without a price" if week.unpriced else _calls(week.calls)
    columns[2].metric(
        "Spent in the last 7 days", as_markdown(spent_text(week.spent_usd)), paid, delta_color="off",
        delta_arrow="off",
    )  # fmt: skip
    columns[3].metric(
        "Pairs to review", f"{waiting:,}",
        f"in {as_label(done.name, 40)}" if done else None, delta_color="off", delta_arrow="off",
    )  # fmt: skip


def _next(
    services: Services, listed: list[ExperimentRecord], done: ExperimentRecord | None, waiting: int
) -> None:
    """Show the next steps, the most urgent first."""
    steps: list[tuple[str, str, str, dict[str, str]]] = []
    for record in [r for r in listed if r.state in RESUMABLE][:RESUMED]:
        text = f"Resume {record.name} ({record.state})"
        steps.append(("run", text, "play_circle", {"experiment": record.id}))
    if all(corpus.is_sample for corpus in services.corpora.list_corpora()):
        steps.append(("corpora", "Use my own documents", "upload_file", NEW_CORPUS))
    if done is not None:
        name, query = done.name, {"experiment": done.id}
        is_won = services.results.get_verdict(done.id).kind == "winner"
        text = f"Export the winner of {name}" if is_won else f"See why {name} has no winner yet"
        steps.append(("results", text, "trophy", query))
        if waiting:
            steps.append(("review", f"Review answers of {name} blind", "rate_review", query))
        if services.ratings.count_ratings_of(done.id) and not services.trainings.list_trainings():
            steps.append(("training_data", f"Make training data with {name}", "dataset", query))
    if all(m.model.embedded for m in services.catalogue.list_models()):
        steps.append(("models", "Register a language model", "model_training", {}))
    steps.append(("design", "Design an experiment", "tune", {}))
    st.subheader("What to do next", anchor=False)
    with st.container(gap=None):
        for page, text, icon, query in steps[:STEPS_SHOWN]:
            link(page, as_label(text), icon, **query)


def _recent(services: Services, listed: list[ExperimentRecord]) -> None:
    st.subheader("Recent experiments", anchor=False)
    for record in listed[:EXPERIMENTS_SHOWN]:
        show_row(services, record)
    link("experiments", "All experiments", "science")


def render(services: Services) -> None:
    page_top("Home", corner=lambda: link("cluster", "Cluster", "lan"))
    show_open_alarms(services)
    listed = services.experiments.list_experiments()
    if not listed:
        show_first_visit(services)
        return
    done = next((r for r in listed if r.state == "done"), None)
    rater = st.session_state.get("rater") or services.settings.rater
    waiting = services.ratings.count_open_pairs(done.id, rater) if done else 0
    _figures(services, listed, done, waiting)
    left, right = st.columns(2, gap="large")
    with left:
        _next(services, listed, done, waiting)
        if done:
            _guide(services, done)
    with right:
        _recent(services, listed)


run_page(render)
