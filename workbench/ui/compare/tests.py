"""Says what the test of each configuration against the baseline found: in short, in words, and as a table.
Knows nothing about statistics: the worker compares, and analysis/comparison_words.py words it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from workbench.formatting import p_value, questions_text
from workbench.store.records import ExperimentRecord, TrialRecord
from workbench.ui.compare.choice import LETTERS
from workbench.ui.services import Services
from workbench.ui.widgets.data_table import data_table
from workbench.ui.widgets.figures import measure_text
from workbench.ui.widgets.text import as_markdown
from workbench.ui.widgets.waiting import ask

Test = Mapping[str, Any]
"""A comparison as `compare --json` gives it."""


def ask_tests(
    services: Services, record: ExperimentRecord, trials: Sequence[TrialRecord], score: str
) -> list[Test]:
    """Return the comparison of each configuration with the first; none while the worker computes them."""
    ids, first = [trial.id for trial in trials], LETTERS[0]
    stored = services.comparisons.find_tests(record.id, ids, score, called=first)
    if stored is not None:
        return list(stored)
    reply = ask(
        services, "compare.tests", "compare",
        {"experiment": record.id, "trials": ids, "score": score, "called": first},
        doing="Testing the differences by question…", version=record.state,
    )  # fmt: skip
    return [] if reply.result is None or reply.stale else list(reply.result["comparisons"])


def short_verdict(test: Test) -> str:
    """Return the verdict in a word or two. It is the one after correction, as on the leaderboard."""
    if test["p"] is None:
        return "no test"
    if test["better"] is None:
        return "tied"
    return "better" if test["better"] else "worse"


def show_tests(tests: Sequence[Test], score: str) -> None:
    """Show the verdicts in words; the figures behind them on demand."""
    for letter, test in zip(LETTERS[1:], tests, strict=False):
        st.caption(as_markdown(f"{letter}: {test['in_words']}"))
    with st.expander("Test results"):
        rows = [_figures(letter, test, score) for letter, test in zip(LETTERS[1:], tests, strict=False)]
        data_table(rows, hide_index=True, alt="Differences from the baseline, paired by question")
        for letter, test in zip(LETTERS[1:], tests, strict=False):
            if test["interval_note"]:
                st.caption(as_markdown(f"{letter}: {test['interval_note']}"))


def _figures(letter: str, test: Test, score: str) -> dict[str, Any]:
    def signed(value: float | None) -> str:
        if value is None:
            return "—"
        return ("−" if value < 0 else "+") + measure_text(score, abs(value), digits=3)

    return {
        "": f"{letter} − A",
        "Difference": signed(test["mean"]),
        "95 % interval": f"{signed(test['low'])} to {signed(test['high'])}"
        if test["low"] is not None
        else "—",
        "p, this pair": "—" if test["p"] is None else p_value(test["p"]),
        "p, corrected": "—" if test["p_corrected"] is None else p_value(test["p_corrected"]),
        "Common questions": questions_text(test["questions"], test["groups"]),
        "Questions needed": test["needed_in_words"],
    }
