"""Shows one experiment on a few lines: how far it is, or what it has found, and the ways to it.
Knows nothing about how that is decided: the verdict comes as it is."""

from __future__ import annotations

import html

import streamlit as st

from workbench.results.progress_words import about, of_expected
from workbench.store.records import ExperimentRecord
from workbench.ui.services import Services
from workbench.ui.widgets.figures import STATES, ago
from workbench.ui.widgets.links import link
from workbench.ui.widgets.score_tint import TINT_OF_VERDICT, TINT_STYLE, TINTS, tinted_html
from workbench.ui.widgets.text import as_label, as_markdown


def show_row(services: Services, record: ExperimentRecord) -> None:
    """Draw the experiment in a box."""
    with st.container(border=True, gap="xxsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{as_label(record.name)}** · {STATES[record.state]}{_where(services, record)} · "
                f"{ago(record.created_at)}",
                width="stretch",
            )
            link("run", "Run", "play_circle", experiment=record.id)
            link("results", "Results", "trophy", experiment=record.id)
        if record.state == "done":
            st.html(_finding(services, record.id))
        else:
            st.caption(as_markdown(_how_far(services, record)))


def _where(services: Services, record: ExperimentRecord) -> str:
    """The machine that carries it out, in a store that several share."""
    is_shared = services.settings.database_url is not None
    return f" on {as_label(record.machine)}" if is_shared and record.machine else ""


def _finding(services: Services, experiment_id: str) -> str:
    """Return the verdict on a finished experiment, as HTML on a line."""
    verdict = services.results.get_verdict(experiment_id)
    tint = TINTS[TINT_OF_VERDICT[verdict.kind]]
    sign = tinted_html(tint.sign, tint, verdict.kind)
    return f'{TINT_STYLE}<div style="font-size:.9rem">{sign} {html.escape(verdict.headline)}</div>'


def _how_far(services: Services, record: ExperimentRecord) -> str:
    counters = services.experiments.get_counters(record.id)
    answers = of_expected(counters.answers, counters.expected_answers, at_most=counters.expected_at_most)
    left = counters.seconds_left
    return f"{answers} answers{'' if left is None else f' · {about(left)} left'}"
