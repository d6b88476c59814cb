"""Page: an experiment's configurations in order of rank, each figure with its interval and count.
Knows nothing about statistics: it shows the stored summaries."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.analysis.leaderboard import LeaderboardRow
from workbench.scoring.registry import SCORERS
from workbench.store.records import ACTIVE, ExperimentRecord
from workbench.ui.opened import run_page
from workbench.ui.services import Services
from workbench.ui.widgets.choosing import choose_experiment
from workbench.ui.widgets.figures import as_csv, figure_text, label_of, money_text, seconds_text
from workbench.ui.widgets.links import link
from workbench.ui.widgets.text import as_label, as_markdown, show_text
from workbench.ui.widgets.waiting import ask, forget

FEW_HELD_OUT = 20
COST = "$ per 1,000"
KNOBS = ("splitter", "chunk_tokens", "chunk_overlap", "embedding", "retriever", "top_k", "rerank", "query")


def _scores_of(rows: list[LeaderboardRow]) -> list[str]:
    found: dict[str, None] = {}
    for row in rows:
        if row.search is not None:
            found.update(dict.fromkeys(row.search.scores))
    return list(found)


def _cells(row: LeaderboardRow, scores: list[str], *, knobs: bool, holdout: bool) -> dict[str, Any]:
    """One table row. A score is one text, its mean first: with equal digits it sorts as the mean does."""
    cells: dict[str, Any] = {"Rank": row.rank, "Configuration": row.trial.name}
    cells["Against the leader"] = _against_leader(row)
    search = row.search
    for name in scores:
        cells[label_of(name)] = figure_text(search.scores.get(name) if search else None)
    cells[COST] = search.cost_per_1k_questions if search else None
    cells["Median, s"] = search.seconds_p50 if search else None
    cells["Meets constraints"] = (
        "yes" if row.feasible else ("no: " + "; ".join(row.broken) if row.broken else "")
    )
    for name in scores if holdout else ():
        held = row.holdout.scores.get(name) if row.holdout else None
        cells[f"{label_of(name)}, held out"] = figure_text(held)
    cells["95 % within, s"] = search.seconds_p95 if search else None
    cells["Tokens per answer"] = search.tokens_per_answer if search else None
    cells["Answers"] = search.answers if search else 0
    cells["Failed"] = search.failed_answers if search else 0
    cells["👍"], cells["👎"] = row.up, row.down
    if knobs:
        config = row.trial.config
        cells["Prompt"], cells["Model"] = config.prompt.label, config.model.name
        for knob in KNOBS:
            value = getattr(config.retrieval, knob)
            cells[knob] = value.name if knob == "embedding" and value else value
    return cells


def _against_leader(row: LeaderboardRow) -> str:
    """ "leads", "tied" or the difference that is real."""
    found = row.to_leader
    if row.rank is None:
        return ""
    if found is None:
        return "leads" if row.tied else ""
    if found.mean is None or found.p is None:
        return found.verdict
    return "tied" if found.better is None else f"{found.mean:+.3f}"


def _columns(scores: list[str]) -> dict[str, Any]:
    number = st.column_config.NumberColumn
    text = st.column_config.TextColumn
    found: dict[str, Any] = {}
    for n in scores:
        if n in SCORERS:
            what = f"{SCORERS[n].description}: mean, 95 % interval over questions, answers scored"
            found[label_of(n)] = text(help=what, width=160)
            found[f"{label_of(n)}, held out"] = text(
                help=f"{what}, on questions that had no part in the choice", width=170
            )
    found["Against the leader"] = text(
        help="tied: cannot be told apart from the first row on the same questions (paired permutation test, "
        "Holm's correction); else by how much it differs. More: docs/statistics.md"
    )
    found[COST] = number(
        format="$%.4f", help="What serving 1,000 questions with this configuration alone costs, in dollars; "
        "no indexing, no judging", width=88,
    )  # fmt: skip
    found["Tokens per answer"] = number(format="%.0f")
    found["Median, s"] = number(format="%.3f", help="Seconds of an answer: half take less", width=80)
    found["95 % within, s"] = number(format="%.3f", help="Seconds: 95 of 100 answers take less")
    found["Configuration"] = text(width=305, pinned=True)
    found["Rank"] = number(width=50, pinned=True)
    return found


def _objective_text(record: ExperimentRecord) -> str:
    objective = record.experiment.objective
    aim = f"{'highest' if objective.sign > 0 else 'lowest'} {label_of(objective.target)}"
    bounds = [f"{label_of(n)} at least {v:g}" for n, v in objective.at_least.items()]
    bounds += [f"{label_of(n)} at most {v:g}" for n, v in objective.at_most.items()]
    return f"Ranked by {aim}" + (f", with {' and '.join(bounds)}" if bounds else "")


def _held_out_note(record: ExperimentRecord, rows: list[LeaderboardRow]) -> str:
    counts = [row.holdout.answers for row in rows if row.holdout]
    if not counts:
        if record.experiment.holdout == 0:
            return "No questions are held out: the winner's figures are those it was picked by."
        return "The five best are scored on the held-out questions at the end."
    text = (
        f"The five best were asked held-out questions ({max(counts)} answers each) that had no part in the "
        "choice; those figures are shown and never re-rank."
    )
    if max(counts) < FEW_HELD_OUT:
        text += f" With fewer than {FEW_HELD_OUT} they confirm nothing."
    return text


def _table(record: ExperimentRecord, rows: list[LeaderboardRow]) -> LeaderboardRow | None:
    """Draw the table; the row that is selected in it, else the first."""
    scores = _scores_of(rows)
    main = [n for n in scores if n in ("correctness", "grounding", record.experiment.objective.target)]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shown = st.multiselect(
            "Scores", scores, default=main or scores[:3], format_func=label_of, key="leaderboard.scores",
            persist_state="session",
        )  # fmt: skip
        knobs = st.toggle("Settings as columns", key="leaderboard.knobs", persist_state="session")
        feasible = st.toggle("Only those that meet the constraints", key="leaderboard.feasible")
        dropped = False
        if any(r.trial.state == "dropped" for r in rows):
            dropped = st.toggle("Also what the search dropped", key="leaderboard.dropped")
    kept = [
        r
        for r in rows
        if r.search and (r.feasible or not feasible) and (dropped or r.trial.state != "dropped")
    ]
    if not kept:
        st.info("No configuration meets all constraints. The nearest one is first when all are shown.")
        return None
    holdout = any(row.holdout for row in kept)
    cells = [_cells(row, shown, knobs=knobs, holdout=holdout) for row in kept]
    event = st.dataframe(
        cells,
        hide_index=True,
        column_config=_columns(shown),
        on_select="rerun",
        selection_mode="single-row",
        key="leaderboard.table",
        alt="The leaderboard: one row a configuration",
    )
    every = [_cells(row, scores, knobs=True, holdout=holdout) for row in kept]
    st.download_button(
        "Download as CSV",
        as_csv(list(every[0]), [list(c.values()) for c in every]),
        f"{record.id}-leaderboard.csv",
        "text/csv",
        icon=":material/download:",
        key="leaderboard.csv",
    )
    waiting = sum(row.search is None for row in rows)
    if waiting:
        st.caption(f"{waiting} of {len(rows)} configurations have no answers yet.")
    selected = event["selection"]["rows"]
    return kept[selected[0]] if selected and selected[0] < len(kept) else kept[0]


def _detail(services: Services, record: ExperimentRecord, row: LeaderboardRow) -> None:
    with st.container(border=True):
        best, ended = row.rank == 1 and row.feasible, record.state == "done"
        st.markdown(
            f"**{as_label(row.trial.name)}** · rank {row.rank or '—'}"
            + ((" · the winner" if ended else " · first so far") if best else "")
        )
        if row.trial.note:
            show_text(f"Dropped: {row.trial.note}.", small=True)
        if row.broken:
            show_text("It does not meet: " + "; ".join(row.broken), small=True)
        if row.search:
            st.caption(
                f"{row.search.answers} answers, {row.search.failed_answers} failed · "
                f"{as_markdown(money_text(row.search.cost_per_1k_questions))} per 1,000 questions · "
                f"{seconds_text(row.search.seconds_p50)} at the median"
            )
        if row.to_leader is not None:
            needed = row.to_leader.questions_needed
            show_text(
                f"By {label_of(record.experiment.objective.target)} {row.to_leader.verdict}"
                + (f"; about {needed:,} questions would tell" if needed else ""),
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
                key="leaderboard.export",
                icon=":material/download:",
            ):
                st.session_state["leaderboard.exporting"] = (record.id, row.trial.id)
        if st.session_state.get("leaderboard.exporting") == (record.id, row.trial.id):
            _export(services, record, row)
        with st.expander("The whole configuration"):
            config = row.trial.config
            st.caption("Prompt")
            show_text(f"{config.prompt.system or ''}\n\n{config.prompt.template}".strip(), small=True)
            st.caption("Retrieval and model")
            show_text(f"{config.retrieval.label}\n{config.model.name}", small=True)


def _export(services: Services, record: ExperimentRecord, row: LeaderboardRow) -> None:
    payload = {"experiment": record.id, "trial": None if row.rank == 1 and row.feasible else row.trial.id}
    reply = ask(services, "leaderboard.winner", "export", payload, doing="Writing the winner…")
    if reply.result is None or reply.stale:
        return
    st.success(f"Written to {as_markdown(reply.result['path'])}")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Download the YAML", reply.result["yaml"], f"{record.id}-winner.yaml", "application/yaml",
            key="leaderboard.download", icon=":material/download:",
        )  # fmt: skip
        if st.button("Close", key="leaderboard.close"):
            del st.session_state["leaderboard.exporting"]
            forget("leaderboard.winner")
            st.rerun()
    st.caption("Ask it a question from the command line:")
    st.code(f'python -m workbench ask "{reply.result["path"]}" "your question"', language="bash")


def render(services: Services) -> None:
    st.title("Leaderboard")
    record = choose_experiment(services, "leaderboard")
    if record is None:
        return
    rows = services.get_leaderboard(record.id)
    if not any(row.search for row in rows):
        st.info("No configuration has answers yet. They appear here while the experiment runs.")
        link("run", "To the run", "play_circle", experiment=record.id)
        return
    if record.state in ACTIVE:
        st.warning("This experiment is still running: figures rest on the answers so far.")
        st.button("Refresh", key="leaderboard.refresh", icon=":material/refresh:")
    tied = sum(row.tied for row in rows) - 1
    alike = f" {tied} more cannot be told apart from the leader." if tied > 0 else ""
    st.caption(as_markdown(f"{_objective_text(record)}.{alike} {_held_out_note(record, rows)}"))
    row = _table(record, rows)
    if row is not None:
        _detail(services, record, row)


run_page(render)
