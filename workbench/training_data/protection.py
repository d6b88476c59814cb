"""Keeps search and held-out questions, and near copies of them, out of training data.
Knows nothing about rows: it is asked about questions and texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workbench.corpus.types import AskedQuestion, Question, part_of
from workbench.pipeline.question_copies import ProtectedQuestions
from workbench.store.database import Store
from workbench.store.questions import list_asked
from workbench.text import words
from workbench.training_data.basis import Basis
from workbench.typography import comparable

PARTS = {"search": "a search question", "holdout": "a held-out question"}
NEAR = "a near copy of "
EARLIER = "an earlier turn asks "
WITHIN = "its text holds "
FEWEST_WORDS = 4
"""Words from which a question is looked for inside other texts: those of a shorter one may stand anywhere."""


class Protection:
    """Says why a question may not be trained on. Strict: what is left out is told and costs little."""

    def __init__(self, questions: Iterable[tuple[Question, str]]) -> None:
        """questions: each with its part, "search" or "holdout"."""
        parts: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        self._groups: dict[str, str] = {}
        for question, part in questions:
            parts[question.text] = "holdout" if "holdout" in (part, parts.get(question.text)) else "search"
            self._ids[question.id] = part
            if question.group:
                self._groups[question.group] = part
        self._texts = ProtectedQuestions(parts)
        self._part_of = [parts[text] for text in self._texts.texts]
        self._beginning: dict[tuple[str, ...], list[tuple[tuple[str, ...], str]]] = {}
        for text, part in zip(self._texts.texts, self._part_of, strict=True):
            whole = tuple(words(text))
            if len(whole) >= FEWEST_WORDS:
                self._beginning.setdefault(whole[:FEWEST_WORDS], []).append((whole, PARTS[part]))

    def why_not_id(self, question_id: str, group: str | None = None) -> str:
        """Why a question of this id and group may not be used; "" when it may."""
        part = self._ids.get(question_id) or (self._groups.get(group) if group else None)
        return PARTS[part] if part else ""

    def why_not(self, asked: Sequence[AskedQuestion]) -> list[str]:
        """For each question why it may not be used, by its words and those of its earlier turns; "" when it
        may."""
        turns = [[turn.text for turn in one.history if turn.role == "user"] for one in asked]
        texts = dict.fromkeys([one.text for one in asked] + [text for some in turns for text in some])
        found = dict(zip(texts, self._texts.find_copies(list(texts)), strict=True))
        reasons = []
        for one, earlier in zip(asked, turns, strict=True):
            own = self._why(one.text, found[one.text])
            before = next((why for text in earlier if (why := self._why(text, found[text]))), "")
            reasons.append(own or (EARLIER + before if before else ""))
        return reasons

    def _why(self, text: str, copy_of: int | None) -> str:
        if copy_of is None:
            return ""
        part = PARTS[self._part_of[copy_of]]
        return part if comparable(self._texts.texts[copy_of]) == comparable(text) else NEAR + part

    def why_not_text(self, text: str) -> str:
        """Why a text may not be used: all words of a protected question stand in it in their order. "" when
        it may."""
        said = tuple(words(text))
        for place in range(len(said) - FEWEST_WORDS + 1):
            for whole, part in self._beginning.get(said[place : place + FEWEST_WORDS], ()):
                if said[place : place + len(whole)] == whole:
                    return WITHIN + part
        return ""


def find_protection(store: Store, basis: Basis) -> Protection:
    """Every search and held-out question of the home's experiments, and of the corpora as they are now."""
    questions = list(list_asked(store))
    for one in basis.corpora:
        for question in one.corpus.questions:
            part = part_of(question, one.holdout)
            if part != "train":
                questions.append((question, part))
    return Protection(questions)
