"""Page: all experiments with their state, and actions on them.
Knows nothing about how an experiment is run."""

from __future__ import annotations

import streamlit as st

from workbench.formatting import uncapitalised
from workbench.store.records import ACTIVE, RESUMABLE
from workbench.ui.services import ExperimentCard, Services
from workbench.ui.session import flash, run_page
from workbench.ui.widgets import address
from workbench.ui.widgets.figures import STATES, ago, label_of, seconds_text, spent_text
from workbench.ui.widgets.links import go_to, link
from workbench.ui.widgets.page_top import page_top
from workbench.ui.widgets.sample import offer_sample
from workbench.ui.widgets.text import as_label, as_markdown, show_text

ON_A_PAGE = 8


def _edit(services: Services, card: ExperimentCard) -> None:
    record = card.record
    key = f"experiments.{record.id}"
    with st.popover("More", icon=":material/more_horiz:"):
        name = st.text_input("Name", record.name, key=f"{key}.name")
        notes = st.text_area("Notes", record.notes, key=f"{key}.notes", height=80)
        if st.button("Save name and notes", key=f"{key}.save"):
            services.experiments.rename_experiment(record.id, name)
            services.experiments.write_notes(record.id, notes)
            flash("Saved.")
            st.rerun()
        if st.button("Clone into Design", key=f"{key}.clone", icon=":material/content_copy:"):
            go_to("design", **{"from": record.id})
        label = "Restore from the archive" if record.archived else "Archive"
        if st.button(label, key=f"{key}.archive", icon=":material/archive:"):
            services.experiments.archive_experiment(record.id, not record.archived)
            flash(f"{record.name}: {'restored' if record.archived else 'archived'}.")
            st.rerun()
        sure = st.checkbox("Delete it and its answers permanently", key=f"{key}.sure")
        st.caption("Paid calls and thumbs are kept, so the same request is never paid for twice.")
        if st.button("Delete", key=f"{key}.delete", disabled=not sure, icon=":material/delete:"):
            services.experiments.delete_experiment(record.id)
            flash(f"{record.name} is deleted.")
            st.rerun()


def _row(services: Services, card: ExperimentCard) -> None:
    record = card.record
    with st.container(border=True, gap="xxsmall"):
        left, right = st.columns([6, 5], vertical_alignment="center")
        with left:
            st.markdown(f"**{as_label(record.name)}** · {STATES[record.state]}")
            st.caption(" · ".join(_facts(services, card)))
        with right, st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="right"):
            link("run", "Run", "play_circle", experiment=record.id)
            link("results", "Results", "trophy", experiment=record.id)
            if record.state not in (*ACTIVE, *RESUMABLE):
                link("answers", "Answers", "forum", experiment=record.id)
            _edit(services, card)
        if record.message and record.state != "done":
            show_text(record.message, small=True)
        if record.notes:
            show_text(record.notes, small=True)


def _facts(services: Services, card: ExperimentCard) -> list[str]:
    """Return what the line under an experiment's name says, as Markdown."""
    record = card.record
    facts = [as_label(record.experiment.corpus.rsplit("/", 1)[-1], 30), ago(record.created_at)]
    best = services.results.get_best(record.id)
    if best.target is not None:
        target = uncapitalised(label_of(record.experiment.objective.target))
        facts.append(f"best {as_markdown(target)} {best.target:.3f}")
    facts.append(f"{card.trials_done:,} of {card.trials:,} configurations")
    facts.append(f"{as_markdown(spent_text(card.spent_usd))} spent")
    return [*facts, seconds_text(record.seconds)]


def _ways_in(services: Services) -> bool:
    """Draw what starts an experiment; return whether archived ones are shown, too."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Design an experiment", type="primary", key="experiments.new", icon=":material/tune:"):
            go_to("design")
        offer_sample(services)
        return address.switch("Show archived experiments", name="archived")


def render(services: Services) -> None:
    page_top("Experiments")
    cards = services.experiments.list_cards(archived=_ways_in(services))
    if not cards:
        st.info("There is no experiment yet. The sample shows what one looks like.")
    pages = -(-len(cards) // ON_A_PAGE)
    page = address.choose_page(pages, name="page") if pages else 1
    for card in cards[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]:
        _row(services, card)


run_page(render)
