"""Finds the questions whose evidence is not in the documents any more, because these have changed.
Knows nothing about why documents change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.corpus.corpus import questions_file
from workbench.corpus.question_rows import LostEvidence
from workbench.corpus.questions import ReadQuestions, read_question_file
from workbench.corpus.types import Document, Question


@dataclass(frozen=True, slots=True)
class LostQuestion:
    """A question with evidence that is gone."""

    id: str
    question: str
    line: int
    """Its line, from 1, in the question file."""
    lost: tuple[LostEvidence, ...]
    has_other: bool
    """Whether other evidence of it is still there."""

    def to_json(self) -> dict[str, Any]:
        """Return it as `corpus status --json` has it."""
        return {
            "id": self.id,
            "question": self.question,
            "line": self.line,
            "has_other_evidence": self.has_other,
            "gone": [
                {
                    "document": one.document,
                    "quote": one.quote or None,
                    "why": "quote" if one.has_document else "document",
                    "nearest": one.nearest or None,
                }
                for one in self.lost
            ],
        }


@dataclass(frozen=True, slots=True)
class EvidenceCheck:
    """What became of the evidence of a corpus's questions."""

    lost: tuple[LostQuestion, ...] = ()
    """The questions whose quotes, or whose whole documents, are gone, by line."""
    by_position: tuple[tuple[str, str], ...] = ()
    """(question's id, document) of evidence that is given by its place alone: where the document has changed,
    nothing tells whether it is still the right one."""


def check_evidence(corpus: Path, documents: Iterable[Document]) -> EvidenceCheck:
    """Look for the evidence of a corpus's questions in its documents as they are now."""
    file = questions_file(corpus)
    if file is None:
        return EvidenceCheck()
    read = read_question_file(file, documents, file.name)
    questions = dict(read.questions)
    placed = tuple((questions[line].id, name) for line, name in read.by_position if line in questions)
    return EvidenceCheck(tuple(_lost_of(read, questions)), placed)


def _lost_of(read: ReadQuestions, questions: dict[int, Question]) -> list[LostQuestion]:
    by_line: dict[int, list[LostEvidence]] = {}
    for one in read.lost:
        by_line.setdefault(one.line, []).append(one)
    return [
        LostQuestion(
            questions[line].id, questions[line].text, line, tuple(lost), bool(questions[line].evidence)
        )
        for line, lost in sorted(by_line.items())
        if line in questions
    ]
