"""Page: every experiment with its state, and what can be done with it.
Knows nothing about how one is run."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from workbench.store.records import ACTIVE, RESUMABLE
from workbench.ui.opened import flash, run_page
from workbench.ui.services import ExperimentCard, Services
from workbench.ui.widgets.figures import STATES, ago, money_text, seconds_text
from workbench.ui.widgets.links import go_to, link
from workbench.ui.widgets.text import as_label, as_markdown, show_text
from workbench.ui.widgets.waiting import ask, forget


def _first_visit() -> None:
    st.subheader("Tune prompts, retrieval and models together")
    st.markdown(
        "An experiment asks your questions under many configurations (prompt × retrieval × model), scores "
        "the answers, and says which configuration is best and what it costs. The sample experiment needs "
        "no key and no network: 48 configurations over a sample knowledge base, a few minutes on a laptop."
    )


def _sample(services: Services, *, first: bool) -> None:
    """first: there is no experiment yet, so the sample is the thing to do."""
    with st.container(horizontal=True):
        sample: Literal["primary", "secondary"] = "primary" if first else "secondary"
        own: Literal["primary", "secondary"] = "secondary" if first else "primary"
        if st.button("Run the sample experiment", type=sample, key="experiments.sample"):
            st.session_state["experiments.starting"] = True
        if st.button("Look at it in Design first", key="experiments.sample_design"):
            st.session_state["design.load"] = services.experiment_yaml(services.sample_experiment())
            go_to("design")
        if st.button("Design one of your own", type=own, key="experiments.new"):
            go_to("design")
    if st.session_state.get("experiments.starting"):
        payload = {"yaml": services.experiment_yaml(services.sample_experiment())}
        reply = ask(
            services, "experiments.create", "create", payload, doing="Preparing the sample experiment…"
        )
        if not reply.stale:
            st.session_state["experiments.starting"] = False
            forget("experiments.create")
            if reply.result is not None:
                go_to("run", experiment=reply.result["experiment"])


def _edit(services: Services, card: ExperimentCard) -> None:
    record = card.record
    key = f"experiments.{record.id}"
    with st.popover("More", icon=":material/more_horiz:"):
        name = st.text_input("Name", record.name, key=f"{key}.name")
        notes = st.text_area("Notes", record.notes, key=f"{key}.notes", height=80)
        if st.button("Save name and notes", key=f"{key}.save"):
            services.rename_experiment(record.id, name)
            services.write_notes(record.id, notes)
            flash("Saved.")
            st.rerun()
        if st.button("Clone into Design", key=f"{key}.clone", icon=":material/content_copy:"):
            st.session_state["design.load"] = services.experiment_yaml(services.as_written(record.experiment))
            go_to("design")
        label = "Take out of the archive" if record.archived else "Archive"
        if st.button(label, key=f"{key}.archive", icon=":material/archive:"):
            services.archive_experiment(record.id, not record.archived)
            flash(f"{record.name}: {'back in the list' if record.archived else 'archived'}.")
            st.rerun()
        sure = st.checkbox("Delete it and its answers for good", key=f"{key}.sure")
        st.caption("Paid calls and thumbs stay: the same request is never bought twice.")
        if st.button("Delete", key=f"{key}.delete", disabled=not sure, icon=":material/delete:"):
            services.delete_experiment(record.id)
            flash(f"{record.name} is deleted.")
            st.rerun()


def _row(services: Services, card: ExperimentCard) -> None:
    record = card.record
    with st.container(border=True):
        left, middle, right = st.columns([3, 3, 6], vertical_alignment="center")
        with left:
            st.markdown(f"**{as_label(record.name)}**")
            st.caption(f"{as_label(record.experiment.corpus)} · {ago(record.created_at)}")
        with middle:
            st.markdown(STATES[record.state])
            st.caption(
                f"{card.trials_done} of {card.trials} configurations · "
                f"{as_markdown(money_text(card.spent_usd))} spent · {seconds_text(record.seconds)}"
            )
        with right, st.container(horizontal=True, vertical_alignment="center"):
            active = record.state in ACTIVE or record.state in RESUMABLE
            link("run", "Run", "play_circle", experiment=record.id)
            link("leaderboard", "Leaderboard", "leaderboard", experiment=record.id)
            if not active:
                link("answers", "Answers", "forum", experiment=record.id)
            _edit(services, card)
        if record.message and record.state != "done":
            show_text(record.message, small=True)
        if record.notes:
            show_text(record.notes, small=True)


def render(services: Services) -> None:
    st.title("Experiments")
    archived = st.toggle("Show archived ones", key="archived", bind="query-params")
    cards = services.list_experiments(archived=archived)
    if not cards:
        _first_visit()
    _sample(services, first=not cards)
    for card in cards:
        _row(services, card)


run_page(render)
