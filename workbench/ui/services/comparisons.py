"""Configurations side by side: the matrix of questions, the tests between two, and their answers.
Knows nothing about the leaderboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.csv_text import to_csv
from workbench.results import matrix
from workbench.store import answers
from workbench.store.answer_filters import AnswerFilter
from workbench.store.database import Store
from workbench.store.matrix import find_rows
from workbench.store.matrix_types import MatrixFilter, Row, Scale
from workbench.store.records import AnswerRecord


@dataclass(frozen=True)
class Comparisons:
    """Configurations side by side, question by question."""

    store: Store

    def get_matrix(
        self, experiment_id: str, trial_ids: Sequence[str], scale: Scale, wanted: MatrixFilter
    ) -> matrix.Matrix:
        return matrix.get_matrix(self.store, experiment_id, trial_ids, scale, wanted)

    def find_matrix_rows(
        self, experiment_id: str, trial_ids: Sequence[str], scale: Scale, wanted: MatrixFilter, *,
        offset: int, limit: int,
    ) -> list[Row]:  # fmt: skip
        """Return the questions that match with what each trial scored, in order, from `offset` on."""
        return find_rows(self.store, experiment_id, trial_ids, scale, wanted, offset=offset, limit=limit)

    def matrix_csv(
        self, experiment_id: str, names: Mapping[str, str], scale: Scale, wanted: MatrixFilter
    ) -> str:
        """Return all questions that match as CSV, with numbers.

        names: trial id → the name above its column.
        """
        return to_csv(*matrix.matrix_table(self.store, experiment_id, names, scale, wanted))

    def find_tests(
        self, experiment_id: str, trial_ids: Sequence[str], score: str, *, called: str
    ) -> list[dict[str, Any]] | None:
        """Return the stored comparison of each trial with the first; None where one is to be asked for.

        called: what to call the first trial in words.
        """
        return matrix.find_tests(self.store, experiment_id, score, trial_ids, called=called)

    def find_compared_answers(
        self, experiment_id: str, trial_ids: Sequence[str], question_ids: Sequence[str]
    ) -> dict[tuple[str, str], list[AnswerRecord]]:
        """Return (trial, question) → the answers to a selection question, one per repeat."""
        answer_filter = AnswerFilter(
            trial_ids=tuple(trial_ids), question_ids=tuple(question_ids), part="search"
        )
        found: dict[tuple[str, str], list[AnswerRecord]] = {}
        for answer in answers.find_answers(self.store, experiment_id, answer_filter, limit=None):
            found.setdefault((answer.trial_id, answer.question.id), []).append(answer)
        return found
