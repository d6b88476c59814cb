"""Corpora and their documents.
Knows nothing about experiments, nor of what the questions hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.corpus import corpus
from workbench.corpus.corpus import SOURCE_FILE, CorpusSummary
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

    def check_new_name(self, name: str) -> None:
        """Raise CorpusError when a corpus that is to be created cannot have this name."""
        corpus.check_new_corpus(self.settings.corpora, name)

    def is_fetched(self, corpus_name: str) -> bool:
        """Return whether the corpus says what it is fetched from."""
        return (self._path(corpus_name) / SOURCE_FILE).is_file()

    def parse_source(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return a source as in source.yaml once it is checked. Raises CorpusError for a wrong one."""
        from workbench.sources.source_file import parse_source

        return parse_source(data, "The source").to_json()

    def parse_source_yaml(self, text: str) -> dict[str, Any]:
        """The same for the text of a source.yaml."""
        from workbench.input.yaml_reading import parse_yaml

        return self.parse_source(parse_yaml(text, "The source"))

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
