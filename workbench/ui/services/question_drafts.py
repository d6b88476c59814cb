"""The drafts of a corpus's questions: reading, keeping, dropping, editing and undoing.
Knows nothing about how they are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from workbench.corpus import corpus, draft_file
from workbench.corpus.conversation import as_line
from workbench.corpus.draft_file import DraftFile, StoredDraft
from workbench.corpus.draft_types import Draft, Quote
from workbench.corpus.kept_for_review import Kept, find_same, keep_for_review
from workbench.corpus.question_coverage import Coverage, count_coverage
from workbench.corpus.question_editing import find_evidence_documents, find_lines
from workbench.corpus.quotes import find_quotes
from workbench.corpus.sections import Place, evidence_around, read_sections
from workbench.corpus.types import AskedQuestion, Document, Turn
from workbench.settings import Settings


@dataclass(frozen=True)
class _Documents:
    """The documents of a corpus as they are kept in memory while its drafts are reviewed."""

    by_name: Mapping[str, Document]
    words: Mapping[str, int]
    """Document's name → its number of words."""


@lru_cache(maxsize=2)
def _read_documents(path: Path, corpora: Path, cache: Path, version: float) -> _Documents:
    """Read documents, once for each version: a key must be answered at once, also in a large corpus."""
    found = corpus.load_corpus(path, corpora, cache_dir=cache, allow_empty=True).documents
    return _Documents({d.name: d for d in found}, {d.name: len(d.text.split()) for d in found})


@dataclass(frozen=True)
class QuestionDrafts:
    """Questions made from the documents of a corpus that nobody has accepted yet."""

    settings: Settings
    """Folders, prices and limits."""

    def _path(self, corpus_name: str) -> Path:
        return corpus.find_corpus(corpus_name, self.settings.corpora)

    def _documents(self, corpus_name: str) -> _Documents:
        path = self._path(corpus_name)
        version = corpus.newest_change(corpus.documents_folder(path))
        return _read_documents(path, self.settings.corpora, self.settings.cache / "documents", version)

    def read(self, corpus_name: str) -> DraftFile:
        """Return the drafts of a corpus, in order, with what a person decided about each."""
        return draft_file.read_draft_file(self._path(corpus_name))

    def find_document(self, corpus_name: str, name: str) -> Document | None:
        """Return a document of a corpus as it is now; None when there is none of this name."""
        return self._documents(corpus_name).by_name.get(name)

    def count_coverage(self, corpus_name: str, drafts: Sequence[StoredDraft]) -> Coverage:
        """Return how many questions, and drafts that wait, are about each document."""
        waiting = [{q.document for q in one.draft.quotes} for one in drafts if one.review == "waiting"]
        asked = find_evidence_documents(self._path(corpus_name))
        return count_coverage(self._documents(corpus_name).words, asked, waiting)

    def keep(self, corpus_name: str, draft_ids: Sequence[str]) -> list[str]:
        """Add drafts to the corpus's questions; return the ids of those that were not kept before."""
        documents = self._documents(corpus_name).by_name.values()
        return draft_file.keep_drafts(self._path(corpus_name), draft_ids, documents)

    def drop(self, corpus_name: str, draft_ids: Sequence[str]) -> list[str]:
        return draft_file.drop_drafts(self._path(corpus_name), draft_ids)

    def undo(self, corpus_name: str, draft_ids: Sequence[str]) -> list[str]:
        """Have drafts be as before they were kept or dropped."""
        return draft_file.undo_review(self._path(corpus_name), draft_ids)

    def edit(
        self, corpus_name: str, draft: Draft, *, question: str, answers: Sequence[str], quotes: Sequence[str]
    ) -> StoredDraft:
        """Change the words of a draft, and check it again.

        quotes: the words of each of its quotes, in order; what is around a new one becomes the evidence.
        """
        from workbench.drafting.recheck import recheck

        path, documents = self._path(corpus_name), self._documents(corpus_name).by_name
        drafts = [one.draft for one in draft_file.read_draft_file(path).drafts]
        others = [*find_lines(path), *(as_line(other.asked) for other in drafts if other.id != draft.id)]
        new = [Quote(old.document, text.strip()) for old, text in zip(draft.quotes, quotes, strict=True)]
        evidence = [
            quote if changed == old else _evidence_of(changed, documents.get(changed.document))
            for quote, old, changed in zip(draft.evidence, draft.quotes, new, strict=False)
        ]
        return draft_file.edit_draft(
            path, draft.id, question=question, answers=answers, quotes=new,
            evidence=[*evidence, *draft.evidence[len(evidence) :]],
            check=lambda edited: recheck(edited, documents, others),
        )  # fmt: skip

    def find_same(self, corpus_name: str, asked: AskedQuestion) -> Kept | None:
        """Return whether a question is one of the corpus's or one of its drafts; None for neither."""
        return find_same(self._path(corpus_name), asked.text, asked.history)

    def keep_for_review(
        self, corpus_name: str, question: str, *, name: str, answers: Sequence[str] = (),
        quotes: Sequence[Quote] = (), answerable: bool = True, history: Sequence[Turn] = (),
    ) -> Kept:  # fmt: skip
        """Send a question that somebody asked to the drafts; return what became of it.

        name: where it was asked.
        """
        documents = self._documents(corpus_name).by_name.values()
        return keep_for_review(
            self._path(corpus_name), question, documents, name=name, answers=answers, quotes=quotes,
            answerable=answerable, history=history,
        )  # fmt: skip


def _evidence_of(quote: Quote, document: Document | None) -> Quote:
    """What is around a quote in its document; the quote itself where it is not found there."""
    places = find_quotes(document.text, quote.text) if document else []
    if document is None or not places:
        return quote
    around = evidence_around(read_sections(document), Place(*places[0]))
    return Quote(quote.document, document.text[around.start : around.end])
