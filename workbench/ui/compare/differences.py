"""Compares configurations as data: which settings differ, which questions flip, which words differ.
Knows nothing about how this is drawn."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.parts.setting_labels import label_of_setting
from workbench.space.search_space import knob_settings
from workbench.store.records import TrialRecord
from workbench.ui.widgets.text import Mark

RIGHT_FROM = 0.5  # a score from here on counts as right
_WORDS = re.compile(r"\S+")


def differing_knobs(trials: Sequence[TrialRecord]) -> list[dict[str, str]]:
    """Return one row per setting that differs, with one column per configuration: A, B, …"""
    settings = [knob_settings(t.config) for t in trials]
    rows = []
    for knob in settings[0]:
        values = [s[knob] or "—" for s in settings]
        if len(set(values)) > 1:
            rows.append({"Setting": label_of_setting(knob), **dict(zip("ABCDEF", values, strict=False))})
    return rows


@dataclass(frozen=True)
class QuestionRow:
    """One question's scores under the compared configurations."""

    question_id: str
    values: tuple[float | None, ...]
    """One score per configuration; None where it has none."""
    flips: bool
    """Whether the question is right under some configurations and wrong under others."""
    spread: float
    """The highest score minus the lowest."""
    differ: bool
    """Whether the texts of the answers differ."""


def order_questions(
    scores: dict[str, dict[str, float]], texts: dict[str, dict[str, str]], trial_ids: Sequence[str]
) -> list[QuestionRow]:
    """Return the rows of the questions: flips first, then by how far the scores lie apart.

    scores: question → trial → score.
    texts: question → trial → the answer's text.
    """
    rows = []
    for question_id, trial_texts in texts.items():
        trial_scores = scores.get(question_id, {})
        values = tuple(trial_scores.get(t) for t in trial_ids)
        scored = [v for v in values if v is not None]
        sides = {v >= RIGHT_FROM for v in scored}
        spread = max(scored) - min(scored) if scored else 0.0
        rows.append(
            QuestionRow(question_id, values, len(sides) > 1, spread, len(set(trial_texts.values())) > 1)
        )
    return sorted(rows, key=lambda r: (not r.flips, -r.spread, not r.differ, r.question_id))


def word_marks(text: str, against: str) -> list[Mark]:
    """Mark the words of `text` that `against` does not have at the same place."""
    words, other_words = list(_WORDS.finditer(text)), _WORDS.findall(against)
    matcher = difflib.SequenceMatcher(None, [w.group() for w in words], other_words, autojunk=False)
    return [
        Mark(words[start].start(), words[end - 1].end(), "changed", "Differs from A")
        for what, start, end, _, _ in matcher.get_opcodes()
        if what in ("replace", "delete") and end > start
    ]
