"""Shows on a few lines what an experiment has found: the winner with its figures, or why there is none yet.
Knows nothing about how that is decided: the verdict comes as it is."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from workbench.analysis.verdict import Verdict
from workbench.space.experiment import LIKED
from workbench.store.records import ExperimentRecord
from workbench.ui.results.cells import figure_of
from workbench.ui.results.export import offer_export
from workbench.ui.results.settings import settings_in_words
from workbench.ui.widgets.figures import label_of, mean_text, per_1k_text, seconds_text
from workbench.ui.widgets.links import link
from workbench.ui.widgets.score_tint import TINT_OF_VERDICT, TINT_STYLE, TINTS, tinted_html

STYLE = (
    "<style>.st-key-winner_strip{padding:.5rem .8rem .55rem;gap:.2rem!important}"
    ".st-key-winner_head>:first-child{flex:1 1 20rem!important;min-width:0}"
    ".wb-strip{line-height:1.35}.wb-strip .name{font-weight:650;font-size:1.05rem;margin-left:.4rem}"
    ".wb-strip .first{margin-left:.4rem}.wb-strip .small{font-size:.84rem}"
    ".wb-strip .figures>span{display:inline-block;margin-right:1.4rem}"
    ".wb-strip .figures b{font-size:1.05rem}.wb-strip .facts>span{margin-right:1rem}</style>"
)
HEADS = {
    "winner": "Winner",
    "no winner yet": "No winner yet",
    "nothing feasible": "None meets the constraints",
    "nothing ranked": "Nothing is ranked yet",
}
HELD_OUT = {"confirmed": "good", "not confirmed": "poor", "too few": "unclear", "none": "none"}


def show_strip(
    record: ExperimentRecord,
    verdict: Verdict,
    *,
    varying: Sequence[str],
    ranked_by: str,
    target: str,
    asked: str,
    remarks: Sequence[str] = (),
) -> None:
    """Show the verdict.

    varying: the settings that differ between the configurations.
    ranked_by: what ranks the rows, such as "another objective"; empty for the experiment's own objective over
        all its questions.
    target: the measure that ranks them.
    asked: how many questions the figures rest on, in words.
    remarks: what else is to be known of the questions, in sentences.
    """
    st.html(STYLE + TINT_STYLE)
    with st.container(border=True, key="winner_strip"):
        leader, head = verdict.leader, _head(verdict, ranked_by)
        if leader is None:
            _draw(f"<div>{head}</div>{_facts(verdict, ranked_by, remarks)}")
            return
        is_winner = verdict.kind == "winner" and not verdict.so_far and not ranked_by
        with st.container(horizontal=True, vertical_alignment="center", key="winner_head"):
            settings = html.escape(settings_in_words(leader.trial.config, varying))
            first = "" if verdict.kind == "winner" else '<span class="first">First:</span>'
            name = f'{first}<span class="name">{html.escape(leader.trial.name)}</span>'
            _draw(f'<div>{head}{name}</div><div class="small">{settings}</div>')
            with st.container(
                horizontal=True, vertical_alignment="center", width="content", gap="xsmall", wrap=False
            ):
                offer_export(record, leader, is_winner=is_winner, key="results.export")
                link("answers", "Read answers", "forum", experiment=record.id, trial=leader.trial.id)
                _compare(record, verdict)
        _draw(_figures(verdict, target, asked) + _facts(verdict, ranked_by, remarks))


def _draw(content: str) -> None:
    st.html(f'<div class="wb-strip">{content}</div>')


def _head(verdict: Verdict, ranked_by: str) -> str:
    words = HEADS[verdict.kind]
    if verdict.kind == "winner":
        words = "Best so far" if verdict.so_far else words
        words = f"Best by {ranked_by}" if ranked_by else words
    return tinted_html(words, TINTS[TINT_OF_VERDICT[verdict.kind]], verdict.headline)


def _figures(verdict: Verdict, target: str, asked: str) -> str:
    """Return the main scores, cost and time of the first configuration, as HTML on one line."""
    row = verdict.leader
    if row is None or row.search is None:
        return ""
    names = [
        name for name in dict.fromkeys((target, "correctness", "grounding", LIKED)) if figure_of(row, name)
    ]
    parts = []
    for name in names:
        mean, interval = mean_text(figure_of(row, name))
        parts.append(f"{html.escape(label_of(name))} <b>{mean}</b>" + (f" ({interval})" if interval else ""))
    parts.append(html.escape(per_1k_text(row.search.cost_per_1k_questions)))
    parts.append(f"median {seconds_text(row.search.seconds_p50)}")
    parts.append(html.escape(asked))
    return f'<div class="figures">{"".join(f"<span>{part}</span>" for part in parts)}</div>'


def _facts(verdict: Verdict, ranked_by: str, remarks: Sequence[str]) -> str:
    """Return what else the verdict says, as HTML in small type."""
    parts = [_to_know(text) for text in (*verdict.caveats, *remarks)]
    parts += [html.escape(text) for text in (*verdict.reasons, *verdict.advice)]
    parts += [_to_know(f"{text}.") for text in (verdict.leader.remarks if verdict.leader else ())]
    if verdict.kind == "winner":
        told = (verdict.tied_in_words, verdict.dropped_in_words)
        parts += [html.escape(text) for text in told if text]
    if verdict.held_out.in_words and not ranked_by:
        tint = TINTS[HELD_OUT[verdict.held_out.kind]]
        parts.append(f"{tinted_html(tint.sign, tint, 'held out')} {html.escape(verdict.held_out.in_words)}")
    if verdict.baseline is not None:
        parts.append(html.escape(verdict.baseline.in_detail))
    return f'<div class="small facts">{"".join(f"<span>{part}</span>" for part in parts)}</div>'


def _to_know(text: str) -> str:
    return f"{tinted_html('!', TINTS['unclear'], 'to know')} {html.escape(text)}"


def _compare(record: ExperimentRecord, verdict: Verdict) -> None:
    """Offer to compare the first configuration with the baseline, or else with the second."""
    leader, tally = verdict.leader, verdict.baseline
    if leader is None:
        return
    if tally is not None and tally.trial_id != leader.trial.id:
        other, label = tally.trial_id, "Compare with baseline"
    elif verdict.tied:
        other, label = verdict.tied[0].trial.id, "Compare with second"
    else:
        return
    link("compare", label, "compare_arrows", experiment=record.id, trials=f"{other},{leader.trial.id}")
