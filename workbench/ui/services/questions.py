"""The questions of a corpus: reading, adding, changing and counting them.
Knows nothing about answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.corpus import corpus, question_editing
from workbench.corpus.questions import ReadQuestions, read_pasted_questions
from workbench.corpus.types import Document, Question
from workbench.settings import Settings


@dataclass(frozen=True)
class Questions:
    """The questions of a corpus."""

    settings: Settings
    """Folders, prices and limits."""

    def _path(self, corpus_name: str) -> Path:
        return corpus.find_corpus(corpus_name, self.settings.corpora)

    def _documents(self, corpus_name: str) -> tuple[Document, ...]:
        """The documents of a corpus, whose texts are kept since a page showed them."""
        cache = self.settings.cache / "documents"
        found = corpus.load_corpus(corpus_name, self.settings.corpora, cache_dir=cache, allow_empty=True)
        return found.documents

    def read_pasted(self, corpus_name: str, text: str) -> ReadQuestions:
        """Read a pasted list of questions, whose evidence is looked for in the corpus's documents."""
        read = read_pasted_questions(text)
        if not read.mentions_documents:
            return read
        return read_pasted_questions(text, self._documents(corpus_name))

    def add_questions(self, corpus_name: str, questions: Sequence[Question]) -> tuple[int, int]:
        """Add questions that were read; return (number added, number that existed already)."""
        documents = self._documents(corpus_name) if any(q.evidence for q in questions) else ()
        return question_editing.add_questions(self._path(corpus_name), questions, documents)

    def put_question(self, corpus_name: str, row: dict[str, Any]) -> str:
        """Add a question, given as a JSONL row, or replace the one that has its id; return its id.

        Raises QuestionError for anything wrong with it, such as evidence that is not in its document.
        """
        documents = self._documents(corpus_name) if row.get("evidence") else ()
        return question_editing.put_question(self._path(corpus_name), row, documents).id

    def add_evidence(self, corpus_name: str, question_id: str, evidence: dict[str, Any]) -> None:
        """Add a piece of evidence, given as in a JSONL row, to a question."""
        path = self._path(corpus_name)
        question_editing.add_evidence(path, question_id, evidence, self._documents(corpus_name))

    def count_tagged(self, corpus_name: str, tag: str) -> int:
        """Return how many questions have a tag."""
        rows = question_editing.read_rows(self._path(corpus_name)).values()
        return sum(tag in (row.get("tags") or ()) for row in rows)

    def find_question_ids(self, corpus_name: str) -> set[str]:
        return question_editing.find_ids(self._path(corpus_name))

    def describe_counts(self, corpus_name: str, also: Sequence[Question] = ()) -> list[str]:
        """Say what a corpus's questions will be for once these are added, and when they are too few."""
        from workbench.planning.question_counts import count_parts

        groups = question_editing.find_groups(self._path(corpus_name)) | {q.id: q.group for q in also}
        counts = count_parts([Question(id_, "", group=group) for id_, group in groups.items()])
        return [text for text in (counts.in_words(), counts.advice()) if text]

    def change_questions(
        self, corpus_name: str, ids: list[str], *, add_tag: str = "", remove_tag: str = "",
        answerable: question_editing.NewAnswerable = "as it is",
    ) -> int:  # fmt: skip
        """Change several questions at once; return how many were changed."""
        return question_editing.change_questions(
            self._path(corpus_name), ids, add_tag=add_tag, remove_tag=remove_tag, answerable=answerable
        )

    def delete_questions(self, corpus_name: str, ids: list[str]) -> list[dict[str, Any]]:
        """Delete questions and return their rows, for restore_questions."""
        return question_editing.delete_questions(self._path(corpus_name), ids)

    def restore_questions(self, corpus_name: str, rows: list[dict[str, Any]]) -> None:
        question_editing.restore_questions(self._path(corpus_name), rows)
