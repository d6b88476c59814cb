"""Page: two to six configurations on the same questions: what differs, and which questions flip.
Knows nothing about statistics: the worker compares and stores the comparisons."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from workbench.csv_text import to_csv
from workbench.store.records import AnswerRecord, ExperimentRecord, TrialRecord
from workbench.ui.compare.differences import QuestionRow, differing_knobs, order_questions, word_marks
from workbench.ui.services import Services
from workbench.ui.session import run_page
from workbench.ui.widgets import address
from workbench.ui.widgets.data_table import data_table
from workbench.ui.widgets.figures import label_of
from workbench.ui.widgets.links import link
from workbench.ui.widgets.page_top import experiment_top
from workbench.ui.widgets.text import as_label, as_markdown, citations_of, show_text
from workbench.ui.widgets.waiting import ask

MOST_TRIALS = 6
PAGE = 8
SHOW = {"flips": "Flips", "differ": "Different answers", "all": "All"}


def _choose(services: Services, record: ExperimentRecord) -> list[TrialRecord]:
    """Return the trials to compare, in the order chosen; the first is the baseline."""
    rows = [row for row in services.get_ranking(record.id) if row.search]
    names = {row.trial.id: f"{row.rank or '—'}. {row.trial.name}" for row in rows}
    trials = {row.trial.id: row.trial for row in rows}
    chosen = address.choose_several(
        "Configurations", list(trials), name="trials", default=list(trials)[:2],
        format_func=names.__getitem__, max_selections=MOST_TRIALS, wrap=True,
    )  # fmt: skip
    return [trials[t] for t in chosen]


def _legend(trials: Sequence[TrialRecord]) -> None:
    for letter, trial in zip("ABCDEF", trials, strict=False):
        st.caption(f"**{letter}**  {as_label(trial.name)}")
    rows = differing_knobs(trials)
    if rows:
        data_table(rows, hide_index=True, alt="Settings that differ")
    else:
        st.caption("No setting differs by name: the content of the prompt or model does.")


def _statistics(services: Services, record: ExperimentRecord, trials: Sequence[TrialRecord]) -> None:
    target = record.experiment.objective.target
    reply = ask(
        services, "compare.statistics", "compare",
        {"experiment": record.id, "trials": [t.id for t in trials]},
        doing="Comparing by question…", version=record.state,
    )  # fmt: skip
    if reply.result is None or reply.stale:
        return
    rows = []
    for letter, comparison in zip("BCDEF", reply.result["comparisons"], strict=False):
        has_mean = comparison["mean"] is not None
        interval = (
            f"{comparison['low']:+.3f} to {comparison['high']:+.3f}" if comparison["low"] is not None else "—"
        )
        rows.append(
            {
                "": f"{letter} − A",
                "Difference": f"{comparison['mean']:+.3f}" if has_mean else "—",
                "95 %": interval,
                "p": "—" if comparison["p"] is None else f"{comparison['p']:.3f}",
                "Questions": comparison["questions"],
                "Questions needed": comparison["questions_needed"],
                "In words": comparison["verdict"],
            }
        )
    st.caption(as_markdown(f"{label_of(target)}, paired by question, on the search questions"))
    data_table(rows, hide_index=True, alt="Paired differences")


def _filtered(rows: list[QuestionRow], show: str) -> list[QuestionRow]:
    if show == "flips":
        return [r for r in rows if r.flips]
    return [r for r in rows if r.differ] if show == "differ" else rows


def _question(
    row: QuestionRow, trials: Sequence[TrialRecord], answers: dict[tuple[str, str], AnswerRecord], target: str
) -> None:
    row_answers = [answers.get((t.id, row.question_id)) for t in trials]
    first = next((a for a in row_answers if a is not None), None)
    if first is None:
        return
    with st.container(border=True):
        tags = f" · {as_label(', '.join(first.question.tags))}" if first.question.tags else ""
        st.caption(("Flips" if row.flips else "Does not flip") + tags)
        show_text(first.question.text)
        if first.question.answers:
            st.caption("Reference answer")
            show_text(" / ".join(first.question.answers), small=True)
        for letter, place, answer, value in zip(
            "ABCDEF", st.columns(len(trials)), row_answers, row.values, strict=False
        ):
            with place:
                score = "—" if value is None else f"{value:.2f}"
                st.caption(as_markdown(f"{letter} · {label_of(target)} {score}"))
                if answer is None:
                    st.caption("Not asked.")
                elif answer.state != "ok":
                    st.caption(as_markdown(f"Failed: {answer.error}"))
                else:
                    reference = row_answers[0].text if row_answers[0] is not None else ""
                    changed = word_marks(answer.text, reference) if letter != "A" else []
                    show_text(
                        answer.text or "(an empty answer)", [*citations_of(answer.text), *changed], small=True
                    )


def _questions(services: Services, record: ExperimentRecord, trials: Sequence[TrialRecord]) -> None:
    target = record.experiment.objective.target
    ids = [t.id for t in trials]
    compared = services.compare_by_question(record.id, ids, target)
    rows = order_questions(compared.scores, compared.answers, ids)
    flips = sum(r.flips for r in rows)
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    show = address.choose(
        left.segmented_control, "Show", list(SHOW), name="show", required=True,
        format_func=lambda s: f"{SHOW[s]} ({len(_filtered(rows, s))})",
    )  # fmt: skip
    tags = sorted({tag for q in compared.tags.values() for tag in q})
    tag = address.choose(right.selectbox, "Tag", ["", *tags], name="tag", format_func=lambda t: t or "All")
    matching = [r for r in _filtered(rows, show) if not tag or tag in compared.tags.get(r.question_id, ())]
    st.caption(
        as_markdown(
            f"{flips} of {len(rows)} questions flip: {label_of(target)} at least 0.5 in one and less in "
            "another. Marked words differ from A."
        )
    )
    if not matching:
        st.info("No question matches. Show all questions or clear the tag.")
        return
    page = address.choose_page(-(-len(matching) // PAGE), name="page")
    shown = matching[(page - 1) * PAGE : page * PAGE]
    st.caption(f"Questions {(page - 1) * PAGE + 1} to {(page - 1) * PAGE + len(shown)} of {len(matching)}")
    answers = services.find_compared_answers(record.id, ids, [r.question_id for r in shown])
    for row in shown:
        _question(row, trials, answers, target)
    head = ["question", *(t.name for t in trials), "flips"]
    st.download_button(
        "Download as CSV",
        to_csv(head, [[compared.texts[r.question_id], *r.values, r.flips] for r in matching]),
        f"{record.id}-compared.csv", "text/csv", key="compare.csv", icon=":material/download:",
        on_click="ignore",
    )  # fmt: skip


def render(services: Services) -> None:
    record = experiment_top(services, "Compare")
    if record is None:
        return
    trials = _choose(services, record)
    if len(trials) < 2:
        st.info("Choose two to six configurations that have answers. The first is the baseline.")
        link("results", "Go to the results", "trophy", experiment=record.id)
        return
    _legend(trials)
    _statistics(services, record, trials)
    _questions(services, record, trials)


run_page(render)
