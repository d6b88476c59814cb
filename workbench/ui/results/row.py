"""Shows one configuration of the leaderboard: its figures in words, links, and its export.
Knows nothing about the table it was selected in."""

from __future__ import annotations

import streamlit as st

from workbench.analysis.comparison_words import comparison_in_words, needed_in_words
from workbench.analysis.leaderboard import LeaderboardRow
from workbench.space.config import Config
from workbench.space.route import Route
from workbench.store.records import ExperimentRecord
from workbench.ui.results.export import offer_export
from workbench.ui.widgets.figures import label_of, per_1k_text, preferred_text, seconds_text
from workbench.ui.widgets.links import link
from workbench.ui.widgets.text import as_label, as_markdown, show_text


def show_row(record: ExperimentRecord, row: LeaderboardRow, *, is_winner: bool) -> None:
    """Show the row.

    is_winner: whether it is the winner of a finished experiment.
    """
    with st.container(border=True):
        st.markdown(
            f"**{as_label(row.trial.name)}** · rank {row.rank or '—'}{' · the winner' if is_winner else ''}"
        )
        if row.trial.note:
            show_text(f"Dropped: {row.trial.note}.", small=True)
        if row.broken:
            show_text("Constraints not met: " + "; ".join(row.broken), small=True)
        if row.search:
            st.caption(
                f"{row.search.answers:,} answers, {row.search.failed_answers:,} failed · "
                f"{as_markdown(per_1k_text(row.search.cost_per_1k_questions))} · "
                f"median {seconds_text(row.search.seconds_p50)}"
            )
        for remark in row.remarks:
            show_text(f"{remark[0].upper()}{remark[1:]}.", small=True)
        for failures in row.failures:
            show_text(f"{failures.count} failed ({failures.kind}): {failures.error}", small=True)
        if row.up or row.down or row.preferred.total:
            show_text(_people(row), small=True)
        for comparison, name in ((row.to_leader, "the leader"), (row.to_baseline, "the baseline")):
            if comparison is not None:
                words = f"By {label_of(comparison.score)}: {comparison_in_words(comparison, name)}"
                note = needed_in_words(comparison)
                show_text(
                    words if comparison.better is not None else f"{words} Questions needed: {note}.",
                    small=True,
                )
        with st.container(horizontal=True, vertical_alignment="center"):
            link("answers", "Read its answers", "forum", experiment=record.id, trial=row.trial.id)
            if row.to_leader is not None:
                pair = f"{row.to_leader.other_id},{row.trial.id}"
                link(
                    "compare", "Compare with the leader", "compare_arrows", experiment=record.id, trials=pair
                )
            if row.trial.config.system is None:  # the Playground turns settings, which a system has not
                link(
                    "playground",
                    "Try it in the Playground",
                    "experiment",
                    trial=row.trial.id,
                    corpus=record.experiment.corpus,
                )
            offer_export(record, row, is_winner=is_winner, key="results.export_row")
        with st.expander("The full configuration"):
            _show_config(row.trial.config)


def _show_config(config: Config) -> None:
    if config.system is not None:
        st.caption("A system with its own prompt, retrieval and model")
        show_text(f"{config.system.name}\n{config.system.where}", small=True)
        return
    if config.route is not None:
        _show_route(config.route)
        return
    st.caption("Prompt")
    show_text(f"{config.prompt.system or ''}\n\n{config.prompt.template}".strip(), small=True)
    st.caption("Retrieval and model")
    show_text(f"{config.retrieval.label}\n{config.model.name}", small=True)


def _show_route(route: Route) -> None:
    """Its rule, and what each end has of its own."""
    st.caption(f"A {route.kind}: the cheap end answers, unless the rule sends a question to the strong one")
    cheap, strong = (model.name for model in route.models)
    if route.kind == "cascade":
        signs = route.escalate_when.model_dump(exclude_defaults=True)
        rule = "Escalates when " + " or ".join(
            f"{sign.replace('_', ' ')}{'' if value is True else f' {value:g}'}"
            for sign, value in signs.items()
        )
    else:
        rule = f"Strong above a probability of {route.weights.strong_above:g}"
    show_text(f"Cheap: {cheap}\nStrong: {strong}\n{rule}", small=True)
    for name, retrieval in zip((cheap, strong), route.retrievals, strict=True):
        show_text(f"{name}: {retrieval.label}", small=True)


def _people(row: LeaderboardRow) -> str:
    """Return what people thought of its answers."""
    thumbs = f"{row.up} 👍 {row.down} 👎" if row.up or row.down else ""
    won = preferred_text(row.preferred)
    return "People: " + "; ".join(
        part for part in (thumbs, f"preferred in blind review {won}" if won else "") if part
    )
