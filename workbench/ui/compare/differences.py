"""Compared configurations as data: which knobs differ, which questions flip, which words were changed.
Knows nothing about how it is drawn."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.space.search_space import knob_settings
from workbench.store.records import TrialRecord
from workbench.ui.widgets.text import Mark

RIGHT_FROM = 0.5  # a correctness from here on counts as right
_WORDS = re.compile(r"\S+")


def differing_knobs(trials: Sequence[TrialRecord]) -> list[dict[str, str]]:
    """One row a knob that is not the same in all; a column a configuration, A, B, …"""
    settings = [knob_settings(t.config) for t in trials]
    rows = []
    for knob in settings[0]:
        values = [s[knob] or "—" for s in settings]
        if len(set(values)) > 1:
            rows.append({"Setting": knob.replace("_", " "), **dict(zip("ABCDEF", values, strict=False))})
    return rows


@dataclass(frozen=True)
class QuestionRow:
    """One question's scores, a value a configuration. flips: not all on the same side of right."""

    question_id: str
    values: tuple[float | None, ...]
    flips: bool
    spread: float
    differ: bool


def order_questions(
    cells: dict[str, dict[str, float]], said: dict[str, dict[str, str]], trial_ids: Sequence[str]
) -> list[QuestionRow]:
    """Flips first, then by how far scores lie apart. cells: question → trial → score; said: likewise, its
    answer's text."""
    rows = []
    for question_id, texts in said.items():
        scores = cells.get(question_id, {})
        values = tuple(scores.get(t) for t in trial_ids)
        known = [v for v in values if v is not None]
        sides = {v >= RIGHT_FROM for v in known}
        spread = max(known) - min(known) if known else 0.0
        rows.append(QuestionRow(question_id, values, len(sides) > 1, spread, len(set(texts.values())) > 1))
    return sorted(rows, key=lambda r: (not r.flips, -r.spread, not r.differ, r.question_id))


def word_marks(text: str, against: str) -> list[Mark]:
    """The words of `text` that `against` does not have at that place."""
    words, others = list(_WORDS.finditer(text)), _WORDS.findall(against)
    matcher = difflib.SequenceMatcher(None, [w.group() for w in words], others, autojunk=False)
    return [
        Mark(words[start].start(), words[end - 1].end(), "changed", "Not so in A")
        for what, start, end, _, _ in matcher.get_opcodes()
        if what in ("replace", "delete") and end > start
    ]
