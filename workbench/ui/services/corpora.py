"""Corpora and their documents.
Knows nothing about experiments, nor of what the questions hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbench.corpus import corpus
from workbench.corpus.corpus import CorpusSummary
from workbench.errors import CorpusError
from workbench.settings import Settings


@dataclass(frozen=True)
class Corpora:
    """Corpora and their documents."""

    settings: Settings
    """Folders, prices and limits."""

    def list_corpora(self) -> list[CorpusSummary]:
        return corpus.list_corpora(self.settings.corpora)

    def sample_corpora(self) -> set[str]:
        """Return the names of the corpora that come with the workbench and are read-only."""
        return {c.name for c in self.list_corpora() if c.is_sample}

    def _path(self, name: str) -> Path:
        return corpus.find_corpus(name, self.settings.corpora)

    def create_corpus(self, name: str) -> Path:
        return corpus.create_corpus(self.settings.corpora, name)

    def copy_corpus(self, corpus_name: str, new_name: str) -> Path:
        """Copy a corpus; the copy may be changed, also that of a sample."""
        return corpus.copy_corpus(self._path(corpus_name), self.settings.corpora, new_name)

    def add_document(self, corpus_name: str, filename: str, data: bytes) -> str:
        return corpus.add_document_file(self._path(corpus_name), filename, data)

    def remove_document(self, corpus_name: str, name: str) -> None:
        corpus.remove_document(self._path(corpus_name), name)

    def restore_document(self, corpus_name: str, name: str) -> None:
        corpus.restore_document(self._path(corpus_name), name)

    def version_of(self, corpus_name: str) -> float:
        """Return a number that changes when a file of the corpus does, so that pages read it again."""
        try:
            return corpus.newest_change(self._path(corpus_name))
        except CorpusError:
            return 0.0  # reading the corpus reports the error
