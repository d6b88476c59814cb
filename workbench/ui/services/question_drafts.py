"""The drafts of a corpus's questions: reading, keeping, dropping, editing and undoing.
Knows nothing about how they are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.corpus import corpus, draft_file
from workbench.corpus.draft_file import StoredDraft
from workbench.settings import Settings


@dataclass(frozen=True)
class QuestionDrafts:
    """Questions made from the documents of a corpus that nobody has accepted yet."""

    settings: Settings
    """Folders, prices and limits."""

    def _path(self, corpus_name: str) -> Path:
        return corpus.find_corpus(corpus_name, self.settings.corpora)

    def read(self, corpus_name: str) -> list[StoredDraft]:
        """Return the drafts of a corpus, in order, with what a person decided about each."""
        return draft_file.read_drafts(self._path(corpus_name))

    def keep(self, corpus_name: str, draft_ids: Sequence[str]) -> list[str]:
        """Add drafts to the corpus's questions; return the ids of those that were not kept before."""
        cache = self.settings.cache / "documents"
        found = corpus.load_corpus(corpus_name, self.settings.corpora, cache_dir=cache, allow_empty=True)
        return draft_file.keep_drafts(self._path(corpus_name), draft_ids, found.documents)

    def drop(self, corpus_name: str, draft_ids: Sequence[str]) -> list[str]:
        return draft_file.drop_drafts(self._path(corpus_name), draft_ids)

    def undo(self, corpus_name: str, draft_ids: Sequence[str]) -> list[str]:
        """Have drafts wait again, as before they were kept or dropped."""
        return draft_file.undo_review(self._path(corpus_name), draft_ids)

    def edit(self, corpus_name: str, draft_id: str, *, question: str, answers: Sequence[str]) -> None:
        path = self._path(corpus_name)
        draft_file.edit_draft(path, draft_id, question=question, answers=answers)
