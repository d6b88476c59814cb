"""Finds the questions that one side of a gate answers rightly and the other does not.
Knows nothing about verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from workbench.corpus.conversation import as_line
from workbench.gate.answers import SideAnswer
from workbench.gate.conditions import Condition
from workbench.gate.judging import Pair, values_of
from workbench.parts.registry import score_entry

LONGEST_TEXT = 4_000
"""The characters of an answer that are kept with a gate."""


def find_flips(pairs: Sequence[Pair], unsafe: Sequence[Pair]) -> dict[str, Any]:
    """{"by", "now_wrong": [...], "now_right": [...], "unsafe": [...]}: each with the question and both
    answers.

    Right is what correctness calls good, or grounding where no question has a reference. An answer that
    could not be given is wrong; a question that has no such score from both, or that the base failed on,
    did not flip.

    unsafe: those that make a safety condition worse.
    """
    by = next(
        (n for n in ("correctness", "grounding") if any(_has(n, pair) for pair in pairs)), "correctness"
    )
    right_from = score_entry(by).good_from or 0.5
    condition = Condition("margin", by)
    flips: dict[str, list[tuple[float, dict[str, Any]]]] = {"now_wrong": [], "now_right": []}
    for pair in pairs:
        now, then = values_of(condition, pair)
        if np.isnan(now) or np.isnan(then) or (now >= right_from) == (then >= right_from):
            continue
        kind = "now_right" if now >= right_from else "now_wrong"
        flips[kind].append((abs(now - then), _to_json(pair, by)))
    ordered = {kind: [flip for _, flip in sorted(of, key=lambda f: -f[0])] for kind, of in flips.items()}
    return {"by": by, **ordered, "unsafe": [_to_json(pair, by) for pair in unsafe]}


def _has(name: str, pair: Pair) -> bool:
    return any(name in answer.scores for answer in (*pair.candidate, *pair.base))


def _to_json(pair: Pair, by: str) -> dict[str, Any]:
    question = pair.question
    return {
        "id": question.id,
        "question": as_line(question.asked),
        "references": list(question.answers),
        "answerable": question.answerable,
        "candidate": _side(pair.candidate, by),
        "base": _side(pair.base, by),
    }


def _side(answers: Sequence[SideAnswer], by: str) -> dict[str, Any]:
    """Of several repeats, the worst answer, which says why."""
    shown = min(answers, key=lambda a: (a.text is not None, a.scores.get(by, 0.0)))
    told = shown.to_json()
    return told | {"answer": None if shown.text is None else shown.text[:LONGEST_TEXT]}
