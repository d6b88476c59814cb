"""Compares configurations as data: which settings differ, which words differ.
Knows nothing about how this is drawn."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from workbench.parts.choice import in_few_words
from workbench.space.search_space import knob_settings
from workbench.store.records import TrialRecord
from workbench.ui.widgets.text import Mark

_WORDS = re.compile(r"\S+")


def differing_settings(trials: Sequence[TrialRecord]) -> dict[str, list[str]]:
    """Return setting → its value in each configuration, for the settings that differ. The model comes first
    where one without settings is among them, a system, say: all of the others' settings differ from it."""
    settings = [knob_settings(trial.config) for trial in trials]
    model_first = any(not trial.config.has_settings for trial in trials)
    knobs = sorted(settings[0], key=lambda knob: model_first and knob != "model")
    values = {knob: [s[knob] or "—" for s in settings] for knob in knobs}
    differing = {knob: found for knob, found in values.items() if len(set(found)) > 1}
    return {knob: [in_few_words(value) for value in found] for knob, found in differing.items()}


def word_marks(text: str, against: str) -> list[Mark]:
    """Mark the words of `text` that `against` does not have at the same place."""
    words, other_words = list(_WORDS.finditer(text)), _WORDS.findall(against)
    matcher = difflib.SequenceMatcher(None, [w.group() for w in words], other_words, autojunk=False)
    return [
        Mark(words[start].start(), words[end - 1].end(), "changed", "Differs from A")
        for what, start, end, _, _ in matcher.get_opcodes()
        if what in ("replace", "delete") and end > start
    ]
