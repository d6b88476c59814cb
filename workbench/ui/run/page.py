"""Page: one experiment while it runs, with progress by stage, spend, errors, stop and resume.
Knows nothing about how work is done: it reads what the worker stored."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.errors import HostNotConfirmed
from workbench.formatting import usage_remarks
from workbench.store.records import ACTIVE, RESUMABLE, ExperimentRecord
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import run_page, show_error
from workbench.ui.widgets.data_table import data_table
from workbench.ui.widgets.figures import STATES, figure_text, label_of, money_text, seconds_text
from workbench.ui.widgets.hosts import offer_trust
from workbench.ui.widgets.links import link
from workbench.ui.widgets.page_top import experiment_top
from workbench.ui.widgets.text import as_label, as_markdown, show_text

REFUSED = "run.refused"
ENOUGH = 20  # answers needed before their cost and time are extrapolated
STAGES = {
    "chunk": ("Chunk", "documents split"),
    "embed": ("Embed", "texts embedded"),
    "index": ("Index", "indexes opened"),
    "retrieve": ("Retrieve", "searches"),
    "rerank": ("Rerank", "rankings reranked"),
    "generate": ("Answer", "answers"),
    "score": ("Score", "scores"),
}


def _headline(status: dict[str, Any], record: ExperimentRecord) -> None:
    """Show the figures, always at the same height, so that the buttons below them stay in place."""
    progress = record.progress
    calls = progress.get("calls", {}) if record.state in ACTIVE else {}
    made = calls.get("made", status["calls"]["made"])
    reused = calls.get("reused", status["calls"]["reused"])
    cap = f"of {money_text(record.budget_usd)}" if record.budget_usd is not None else "no cap"
    columns = st.columns([4, 4, 4, 4, 5])  # small amounts have many digits
    state, _, why = STATES[record.state].partition(": ")
    columns[0].metric("State", state, f"by the {why}" if why else None, delta_color="off", delta_arrow="off")
    columns[1].metric(
        "Configurations done",
        f"{status['trials_done']} of {status['trials']}",
        f"{status['trials_dropped']} dropped by the search" if status["trials_dropped"] else None,
        delta_color="off",
        delta_arrow="off",
    )
    columns[2].metric(
        "Answers",
        f"{status['answers']:,}",
        f"{status['failed_answers']} failed",
        delta_color="off",
        delta_arrow="off",
    )
    columns[3].metric(
        "Model calls made", f"{made:,}", f"{reused:,} reused", delta_color="off", delta_arrow="off"
    )
    spent, saved = (as_markdown(money_text(status[name])) for name in ("spent_usd", "saved_usd"))
    columns[4].metric(
        f"Spent ({as_markdown(cap)})", spent, f"{saved} saved by reuse", delta_color="off", delta_arrow="off"
    )


def _remarks(status: dict[str, Any], record: ExperimentRecord) -> None:
    """Show why the experiment does not go on, and what to know about its figures."""
    line = (
        record.message
        or _search_message(record)
        or ("" if record.state != "queued" else "The worker is starting.")
    )
    if line and record.state in ("paused", "failed", "stopped: budget", "interrupted"):
        st.warning(as_markdown(line))
        line = ""
    st.caption(f"{as_markdown(line)} {seconds_text(record.seconds)} of work{_time_left(record)}")
    if status["unpriced_calls"]:
        st.caption(f"{status['unpriced_calls']:,} calls have no price and are not included in the sum.")
    for remark in usage_remarks(status["estimated_calls"], status["disagreeing_calls"]):
        st.caption(as_markdown(remark))
    for sentence in status["defect_remarks"]:
        st.caption(as_markdown(sentence))


def _spend(record: ExperimentRecord, spent: float) -> None:
    """Show the money spent against the budget cap, as a bar and in words, with a forecast."""
    cap = record.budget_usd
    if cap is None:
        return
    if spent > cap:
        text = f"{money_text(spent)} spent, more than the cap of {money_text(cap)}."
    else:
        text = f"{money_text(spent)} of the cap of {money_text(cap)} spent ({spent / cap:.0%}), "
        text += f"{money_text(cap - spent)} left. {_forecast(record, spent, cap)}"
    st.progress(min(1.0, spent / cap), text=as_markdown(text))


def _forecast(record: ExperimentRecord, spent: float, cap: float) -> str:
    """Return whether the cap will suffice, judging by the cost of the answers so far; "" while it is too
    early."""
    done, total = _answers_done(record)
    if not done or record.state == "done":
        return ""
    whole = spent / done * total
    if whole > cap:
        return f"At this rate the whole costs about {money_text(whole)}: the cap will stop it before the end."
    return f"At this rate the whole costs about {money_text(whole)}: the cap will do."


def _answers_done(record: ExperimentRecord) -> tuple[int, int]:
    """Return (answers done, the most there will be); (0, 0) while too few are new to extrapolate, or all are
    done."""
    stage = record.progress.get("stages", {}).get("generate", {})
    done, total, reused = stage.get("done", 0), stage.get("total", 0), stage.get("reused", 0)
    return (done, total) if done - reused >= ENOUGH and total > done else (0, 0)


def _stages(record: ExperimentRecord) -> None:
    stages = record.progress.get("stages", {})
    for name, (label, what) in STAGES.items():
        stage = stages.get(name)
        if not stage or not stage["total"]:
            continue
        done, total = stage["done"], max(stage["total"], stage["done"])
        text = f"{label}: {done:,} of {total:,} {what}"
        if stage["reused"]:
            text += f", {stage['reused']:,} of them reused"
        st.progress(min(1.0, done / total), text=text)


def _search_message(record: ExperimentRecord) -> str:
    """Return the search strategy's progress message; "" once the experiment does not run."""
    return str(record.progress.get("message", "")) if record.state in ACTIVE else ""


def _time_left(record: ExperimentRecord) -> str:
    """Return the time left, judging by the share of answers done; "" while it is too early."""
    done, total = _answers_done(record)
    if record.state not in ACTIVE or not done or not record.seconds:
        return ""
    return f" · about {seconds_text(record.seconds / done * (total - done))} left"


def _errors(services: Services, record: ExperimentRecord) -> None:
    for name, problem in record.progress.get("providers", {}).items():
        if problem and record.state in ACTIVE:
            st.warning(f"{as_label(name)}: {as_markdown(str(problem))}")
    groups = services.find_failures(record.id)
    if groups:
        st.subheader("Errors")
        for group in groups:
            with st.container(border=True):
                st.markdown(f"**{group.count} answers failed** ({as_label(group.kind)}); one of them:")
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
        st.caption("A running experiment obeys it within seconds. Calls in flight are finished and counted.")


def _change_cap(services: Services, record: ExperimentRecord, cap: float | None) -> None:
    """Change the cap. An error is kept until the next try, because the page redraws itself every second."""
    st.session_state.pop(REFUSED, None)
    try:
        services.change_budget(record.id, cap)
    except WorkbenchError as error:
        st.session_state[REFUSED] = (record.id, error)


def _buttons(services: Services, record: ExperimentRecord) -> None:
    """Draw links and buttons.

    Links come first, so that they do not move when the run ends and buttons change.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        link("results", "Results", "trophy", experiment=record.id)
        link("answers", "Answers", "forum", experiment=record.id)
        if record.state in ("queued", "running") and st.button(
            "Stop", key="run.stop", icon=":material/stop_circle:"
        ):
            services.stop_experiment(record.id)
            st.rerun()
        if record.state in RESUMABLE and st.button(
            "Resume", type="primary", key="run.resume", icon=":material/play_arrow:"
        ):
            _resume(services, record)
            st.rerun()
        if record.state != "done":
            _cap(services, record)
    refused = st.session_state.get(REFUSED)
    if refused and refused[0] == record.id:
        show_error(refused[1])
        if isinstance(refused[1], HostNotConfirmed):
            offer_trust(services, refused[1].pairs, "run", lambda: _resume(services, record))


def _resume(services: Services, record: ExperimentRecord) -> None:
    """Queue the experiment. An error is kept, because the page redraws itself every second."""
    st.session_state.pop(REFUSED, None)
    try:
        services.resume_experiment(record.id)
    except WorkbenchError as error:
        st.session_state[REFUSED] = (record.id, error)


def _top_five(services: Services, record: ExperimentRecord) -> None:
    names = list(dict.fromkeys((record.experiment.objective.target, "grounding")))
    rows = [r for r in services.get_ranking(record.id, names) if r.rank is not None][:5]
    if not rows:
        return
    st.subheader("Top five" + (" so far" if record.state in ACTIVE else ""))
    data_table(
        [
            {
                "Rank": row.rank,
                "Configuration": row.trial.name,
                **{
                    label_of(name): figure_text(row.search.scores.get(name)) if row.search else "—"
                    for name in names
                },
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
            record = services.get_experiment(chosen.id)
            if record.state in ACTIVE:
                services.wake_worker()
            status = services.get_status(chosen.id)
            _headline(status, record)
            _buttons(services, record)
            _spend(record, status["spent_usd"])
            _remarks(status, record)
            _stages(record)
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
        with st.expander(f"{len(notes)} notes on this experiment"):
            for note in notes:
                show_text(note, small=True)


run_page(render)
