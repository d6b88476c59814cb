"""Page: one experiment while it runs, with progress by stage, spend, errors, stop and resume.
Knows nothing about how work is done: it reads what the worker stored."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.analysis.leaderboard import LeaderboardRow, measure
from workbench.errors import CodeNotAllowed, HostNotConfirmed
from workbench.formatting import counted, doubt_remarks, usage_remarks
from workbench.results.progress_words import about, of_expected, stage_lines
from workbench.space.experiment import COST_MEASURES
from workbench.store.records import ACTIVE, RESUMABLE, ExperimentRecord
from workbench.ui.run.cluster import show_cluster
from workbench.ui.run.trainings import show_trainings
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import run_page, show_error
from workbench.ui.widgets.code_permission import offer_code
from workbench.ui.widgets.data_table import data_table
from workbench.ui.widgets.figures import (
    STATES,
    figure_text,
    measure_text,
    money_text,
    seconds_text,
    spent_text,
    with_unit,
)
from workbench.ui.widgets.hosts import offer_trust
from workbench.ui.widgets.links import go_to, link
from workbench.ui.widgets.page_top import experiment_top
from workbench.ui.widgets.text import as_label, as_markdown, show_text

REFUSED = "run.refused"
COUNTER_WIDTHS = [4, 6, 5, 5, 5, 5]
COUNTER_HELP = {
    "Model calls made": "Calls to language and embedding models. One call embeds many texts, so calls and "
    "reused answers need not add up to the answers.",
}


def _counters(status: dict[str, Any]) -> None:
    """Show the figures, always at the same height, so that what is below them stays in place."""
    state, _, why = STATES[status["state"]].partition(": ")
    answers = of_expected(status["answers"], status["expected_answers"], at_most=status["expected_at_most"])
    left = status["seconds_left"]
    cap = status["budget_usd"]
    figures = (
        ("State", state, f"by the {why}" if why else None),
        ("Answers", answers, f"{status['failed_answers']:,} failed"),
        (
            "Configurations done",
            f"{status['trials_done']:,} of {status['trials']:,}",
            f"{status['trials_dropped']} dropped by the search" if status["trials_dropped"] else None,
        ),
        ("Model calls made", f"{status['calls']['made']:,}", f"{status['calls']['reused']:,} answers reused"),
        (
            f"Spent ({f'of {money_text(cap)}' if cap is not None else 'no cap'})",
            spent_text(status["spent_usd"]),
            f"{spent_text(status['saved_usd'])} saved",
        ),
        ("Time", seconds_text(status["seconds"]), None if left is None else f"{about(left)} left"),
    )
    for column, (label, value, below) in zip(st.columns(COUNTER_WIDTHS), figures, strict=True):
        column.metric(
            as_markdown(label), as_markdown(value), as_markdown(below) if below else None,
            delta_color="off", delta_arrow="off",
            help=COUNTER_HELP.get(label),
        )  # fmt: skip


def _progress(services: Services, status: dict[str, Any], record: ExperimentRecord) -> None:
    """Show how much of the answers is done, and what was done before them."""
    done, expected = status["answers"], status["expected_answers"]
    if expected and record.state != "done":
        text = " · ".join(filter(None, (f"{done / expected:.0%} of the answers", _search_message(record))))
        st.progress(min(1.0, done / expected), text=as_markdown(text))
    _spend(status)
    show_trainings(services, status, active=record.state in ACTIVE)
    lines = stage_lines(status["stages"], status["documents"])
    if lines:
        st.caption(as_markdown(" · ".join(lines)))


def _search_message(record: ExperimentRecord) -> str:
    """Return the search strategy's progress message; "" once the experiment does not run."""
    return str(record.progress.get("message", "")) if record.state in ACTIVE else ""


def _spend(status: dict[str, Any]) -> None:
    """Show the money spent against the budget cap, as a bar and in words, with a forecast."""
    cap, spent, whole = status["budget_usd"], status["spent_usd"], status["forecast_usd"]
    if cap is None:
        return
    if spent > cap:
        text = f"{money_text(spent)} spent, more than the cap of {money_text(cap)}."
    else:
        text = f"{money_text(spent)} of the cap of {money_text(cap)} spent ({spent / cap:.0%}), "
        text += f"{money_text(cap - spent)} left. "
        if whole is not None:
            end = "the cap will stop it before the end" if whole > cap else "the cap is enough"
            text += f"At this rate the whole run costs about {money_text(whole)}: {end}."
    st.progress(min(100, round(100 * spent / cap)), text=as_markdown(text))


def _remarks(status: dict[str, Any], record: ExperimentRecord) -> None:
    """Show why the experiment does not go on, and what to know about its figures."""
    line = record.message or ("The worker is starting." if record.state == "queued" else "")
    if line and record.state in ("paused", "failed", "stopped: budget", "interrupted"):
        st.warning(as_markdown(line))
    elif line and record.state != "done":
        st.caption(as_markdown(line))
    if status["unpriced_calls"]:
        st.caption(f"Calls without a price, not included in the sum: {status['unpriced_calls']:,}.")
    for remark in doubt_remarks(**status["doubtful"]):
        st.caption(as_markdown(remark))
    for remark in usage_remarks(status["estimated_calls"], status["disagreeing_calls"]):
        st.caption(as_markdown(remark))
    for sentence in status["defect_remarks"]:
        st.caption(as_markdown(sentence))


def _errors(services: Services, record: ExperimentRecord) -> None:
    for name, problem in record.progress.get("providers", {}).items():
        if problem and record.state in ACTIVE:
            st.warning(f"{as_label(name)}: {as_markdown(str(problem))}")
    groups = services.experiments.find_failures(record.id)
    if groups:
        st.subheader("Errors")
        for group in groups:
            with st.container(border=True):
                st.markdown(
                    f"**{counted(group.count, 'answer')} failed** ({as_label(group.kind)}); one of them:"
                )
                show_text(f"{group.error}\nQuestion: {group.question}", small=True)
        link("answers", "Look at the failed answers", "forum", experiment=record.id, show="failed")
        again = "Clone and run the experiment" if record.state == "done" else "Resume the experiment"
        st.caption(f"{again} to ask them again; successful answers are reused.")


def _cap(services: Services, record: ExperimentRecord) -> None:
    """Set, change or remove the budget cap of an unfinished experiment."""
    unpriced = [name for name, price in record.prices.items() if price is None]
    with st.popover("Change the cap" if record.budget_usd else "Set a cap", icon=":material/savings:"):
        if unpriced:
            st.caption(f"A cap needs a price for every model; {as_label(', '.join(unpriced))} has none.")
            return
        with st.form(f"run.cap.{record.id}.{record.budget_usd}", border=False):
            cap = st.number_input(
                "Budget cap in dollars (0: none)", 0.0, value=record.budget_usd or 0.0, format="%.4g"
            )
            if st.form_submit_button("Set cap", type="primary"):
                _change_cap(services, record, cap or None)
                st.rerun()
        st.caption(
            "A running experiment applies it within seconds. Calls in flight are finished and counted."
        )


def _change_cap(services: Services, record: ExperimentRecord, cap: float | None) -> None:
    """Change the cap. An error is kept until the next try, because the page redraws itself every second."""
    st.session_state.pop(REFUSED, None)
    try:
        services.experiments.change_budget(record.id, cap)
    except WorkbenchError as error:
        st.session_state[REFUSED] = (record.id, error)


def _finding(services: Services, record: ExperimentRecord) -> None:
    """Show what a finished experiment has found."""
    verdict = services.results.get_verdict(record.id)
    said = [*verdict.caveats, verdict.headline, *verdict.reasons, verdict.held_out.in_words]
    if verdict.baseline is not None:
        said.append(verdict.baseline.in_words)
    draw = st.success if verdict.kind == "winner" else st.info
    draw(as_markdown(" ".join(filter(None, said))), icon=":material/trophy:")


def _buttons(services: Services, record: ExperimentRecord) -> None:
    """Draw links and buttons.

    Links come first, so that they do not move when the run ends and buttons change.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        link("results", "Results", "trophy", experiment=record.id)
        link("answers", "Answers", "forum", experiment=record.id)
        if record.state in ("queued", "running") and st.button(
            "Stop", key="run.stop", icon=":material/stop_circle:"
        ):
            services.experiments.stop_experiment(record.id)
            st.rerun()
        if record.state in RESUMABLE and st.button(
            "Resume", type="primary", key="run.resume", icon=":material/play_arrow:"
        ):
            _resume(services, record)
            st.rerun()
        if record.state != "done":
            _cap(services, record)
        elif st.button("Clone into Design", key="run.clone", icon=":material/content_copy:"):
            go_to("design", **{"from": record.id})
    refused = st.session_state.get(REFUSED)
    if refused and refused[0] == record.id:
        show_error(refused[1])
        if isinstance(refused[1], HostNotConfirmed):
            offer_trust(services, refused[1].pairs, "run", lambda: _resume(services, record))
        if isinstance(refused[1], CodeNotAllowed):
            codes = services.code.find_refused_of(record.experiment)
            offer_code(services, codes, record.name, "run", lambda: _resume(services, record))


def _resume(services: Services, record: ExperimentRecord) -> None:
    """Queue the experiment. An error is kept, because the page redraws itself every second."""
    st.session_state.pop(REFUSED, None)
    try:
        services.experiments.resume_experiment(record.id)
    except WorkbenchError as error:
        st.session_state[REFUSED] = (record.id, error)


def _figure_text(row: LeaderboardRow, name: str) -> str:
    """Return the mean of a score with its interval and count, or a cost."""
    value = measure(row.search, name)
    if row.search is None or name not in COST_MEASURES:
        return figure_text(row.search.scores.get(name) if row.search else None)
    return "—" if value is None else measure_text(name, value)


def _top_five(services: Services, record: ExperimentRecord) -> None:
    names = list(dict.fromkeys((record.experiment.objective.target, "grounding")))
    rows = [r for r in services.results.get_ranking(record.id, names) if r.rank is not None][:5]
    if not rows:
        return
    st.subheader("Top five" + (" so far" if record.state in ACTIVE else ""))
    data_table(
        [
            {
                "Rank": row.rank,
                "Configuration": row.trial.name,
                **{with_unit(name): _figure_text(row, name) for name in names},
                "Meets constraints": "yes" if row.feasible else "no: " + "; ".join(row.broken),
            }
            for row in rows
        ],
        hide_index=True,
        column_config={
            "Rank": st.column_config.NumberColumn(width=50),
            "Configuration": st.column_config.TextColumn(width=330),
        },
        alt="The top five configurations",
    )


def render(services: Services) -> None:
    chosen = experiment_top(services, "Run")
    if chosen is None:
        return
    active = chosen.state in ACTIVE

    @st.fragment(run_every="1s" if active else None)
    def live() -> None:
        try:
            record = services.experiments.get_experiment(chosen.id)
            if record.state in ACTIVE:
                services.worker.wake_worker()
            status = services.experiments.get_status(chosen.id)
            if record.state == "done":
                _finding(services, record)
            _buttons(services, record)
            _counters(status)
            _progress(services, status, record)
            show_cluster(services, record)
            _remarks(status, record)
            _errors(services, record)
            _top_five(services, record)
        except WorkbenchError as error:
            show_error(error)
            return
        if active and record.state not in ACTIVE:
            st.rerun()

    live()
    notes = [*chosen.space_notes, *chosen.problems]
    if notes:
        with st.expander(f"{counted(len(notes), 'note')} on this experiment"):
            for note in notes:
                show_text(note, small=True)


run_page(render)
