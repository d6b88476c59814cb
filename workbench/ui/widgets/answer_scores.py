"""Shows the scores of one answer: as badges with sign and colour, and as a table with reasons and verdicts.
Knows nothing about how an answer is scored."""

from __future__ import annotations

import streamlit as st

from workbench.parts.scores import SCORES
from workbench.store.records import AnswerRecord, ScoreRecord
from workbench.ui.widgets.downloads import offer_csv
from workbench.ui.widgets.figures import label_of, money_text
from workbench.ui.widgets.score_tint import TINT_STYLE, signed, tint_of, tinted_html
from workbench.ui.widgets.text import as_label, as_markdown

_PLACES = {score.name: place for place, score in enumerate(SCORES)}


def show_badges(answer: AnswerRecord, first: str) -> None:
    """Show each score as a small tinted badge, with its reason as the tooltip.

    first: the score that stands first, such as the objective's target.
    """
    if answer.scores:
        st.html(TINT_STYLE + f"<div class='wb-badges'>{''.join(map(_badge, _ordered(answer, first)))}</div>")


def show_scores(answer: AnswerRecord, first: str) -> None:
    """Show each score with its reason, and a judge's verdicts.

    first: as for show_badges.
    """
    if not answer.scores:
        st.caption("Not scored.")
        return
    scores = _ordered(answer, first)
    st.table([_row(s) for s in scores], border="horizontal", hide_index=True, alt="Scores of this answer")
    offer_csv(
        ["score", "status", "value", "why"],
        [[x.name, x.status, x.value, x.reason] for x in scores],
        f"answer-{answer.id}-scores.csv",
    )
    for score in scores:
        _show_verdicts(score)


def _ordered(answer: AnswerRecord, first: str) -> list[ScoreRecord]:
    return sorted(answer.scores, key=lambda s: (s.name != first, _PLACES.get(s.name, len(_PLACES)), s.name))


def _badge(score: ScoreRecord) -> str:
    tint = tint_of(score.name, score.value, score.status)
    text = f"{label_of(score.name)} {signed(score.name, score.value, score.status)}"
    return tinted_html(text, tint, ": ".join(filter(None, [tint.words, score.reason])))


def _row(score: ScoreRecord) -> dict[str, str]:
    value = signed(score.name, score.value, score.status)
    return {"Score": as_markdown(label_of(score.name)), "Value": value, "Why": as_markdown(score.reason)}


def _show_verdicts(score: ScoreRecord) -> None:
    """Show a judge's verdict on each claim, and what its calls cost."""
    verdicts = score.detail.get("verdicts") or ()
    judging = score.detail.get("judging") or {}
    if not verdicts:
        return
    yes = sum(v["verdict"] for v in verdicts)
    with st.expander(f"{as_label(label_of(score.name))}: {yes} of {len(verdicts)} verdicts are yes"):
        rows = [
            {
                "Verdict": "✓" if v["verdict"] else "✗",
                "Of": as_markdown(v["text"]),
                "Why": as_markdown(v["reason"]),
            }
            for v in verdicts
        ]
        st.table(rows, border="horizontal", hide_index=True, alt="The judge's verdicts")
        spent = f"{judging.get('calls', 0)} calls, {as_markdown(money_text(judging.get('cost_usd')))}"
        st.caption(f"By {as_label(str(judging.get('judge', '')))}: {spent}.")
