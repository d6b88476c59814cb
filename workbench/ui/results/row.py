"""Shows one configuration of the leaderboard: its figures in words, links, and its export.
Knows nothing about the table it was selected in."""

from __future__ import annotations

import streamlit as st

from workbench.analysis.leaderboard import LeaderboardRow
from workbench.store.records import ExperimentRecord
from workbench.ui.services import Services
from workbench.ui.widgets.figures import label_of, money_text, preferred_text, seconds_text
from workbench.ui.widgets.links import link
from workbench.ui.widgets.text import as_label, as_markdown, show_text
from workbench.ui.widgets.waiting import ask, forget


def show_row(
    services: Services, record: ExperimentRecord, row: LeaderboardRow, *, by_own_objective: bool
) -> None:
    """Show the row.

    by_own_objective: whether the rows are ranked by the experiment's own objective.
    """
    with st.container(border=True):
        best, ended = by_own_objective and row.rank == 1 and row.feasible, record.state == "done"
        st.markdown(
            f"**{as_label(row.trial.name)}** · rank {row.rank or '—'}"
            + ((" · the winner" if ended else " · first so far") if best else "")
        )
        if row.trial.note:
            show_text(f"Dropped: {row.trial.note}.", small=True)
        if row.broken:
            show_text("It does not meet: " + "; ".join(row.broken), small=True)
        if row.search:
            cost = row.search.cost_per_1k_questions
            per_1k = "no price" if cost is None else f"{as_markdown(money_text(cost))} per 1,000 questions"
            st.caption(
                f"{row.search.answers} answers, {row.search.failed_answers} failed · "
                f"{per_1k} · {seconds_text(row.search.seconds_p50)} at the median"
            )
        for remark in row.remarks:
            show_text(f"{remark[0].upper()}{remark[1:]}.", small=True)
        for failures in row.failures:
            show_text(f"{failures.count} failed ({failures.kind}): {failures.error}", small=True)
        if row.up or row.down or row.preferred.total:
            show_text(_people(row), small=True)
        if row.to_leader is not None:
            needed = row.to_leader.questions_needed
            show_text(
                f"By {label_of(row.to_leader.score)} {row.to_leader.verdict}"
                + (f"; about {needed:,} questions are needed to tell them apart" if needed else ""),
                small=True,
            )
        with st.container(horizontal=True, vertical_alignment="center"):
            link("answers", "Read its answers", "forum", experiment=record.id, trial=row.trial.id)
            if row.to_leader is not None:
                pair = f"{row.to_leader.other_id},{row.trial.id}"
                link(
                    "compare", "Compare with the leader", "compare_arrows", experiment=record.id, trials=pair
                )
            link(
                "playground",
                "Try it in the Playground",
                "experiment",
                trial=row.trial.id,
                corpus=record.experiment.corpus,
            )
            label = "Export the winner" if best and ended else "Export this one"
            if st.button(
                label,
                type="primary" if best else "secondary",
                key="results.export",
                icon=":material/download:",
            ):
                st.session_state["results.exporting"] = (record.id, row.trial.id)
        if st.session_state.get("results.exporting") == (record.id, row.trial.id):
            _export(services, record, row, winner=best)
        with st.expander("The full configuration"):
            config = row.trial.config
            st.caption("Prompt")
            show_text(f"{config.prompt.system or ''}\n\n{config.prompt.template}".strip(), small=True)
            st.caption("Retrieval and model")
            show_text(f"{config.retrieval.label}\n{config.model.name}", small=True)


def _people(row: LeaderboardRow) -> str:
    """Return what people thought of its answers."""
    thumbs = f"{row.up} 👍 {row.down} 👎" if row.up or row.down else ""
    won = preferred_text(row.preferred)
    return "People: " + "; ".join(part for part in (thumbs, f"chosen blind {won}" if won else "") if part)


def _export(services: Services, record: ExperimentRecord, row: LeaderboardRow, *, winner: bool) -> None:
    payload = {"experiment": record.id, "trial": None if winner else row.trial.id}
    reply = ask(services, "results.winner", "export", payload, doing="Writing the winner…")
    if reply.result is None or reply.stale:
        return
    st.success(f"Written to {as_markdown(reply.result['path'])}")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Download the YAML", reply.result["yaml"], f"{record.id}-winner.yaml", "application/yaml",
            key="results.download", icon=":material/download:", on_click="ignore",
        )  # fmt: skip
        if st.button("Close", key="results.close"):
            del st.session_state["results.exporting"]
            forget("results.winner")
            st.rerun()
    st.caption("Ask it a question from the command line:")
    st.code(f'python -m workbench ask "{reply.result["path"]}" "your question"', language="bash")
