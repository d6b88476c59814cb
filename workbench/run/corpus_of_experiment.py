"""Finds the documents of a stored experiment on this machine, which need not be the one it was created on.
Knows nothing about what is done with them."""

from __future__ import annotations

from pathlib import Path

from workbench.corpus.corpus import load_corpus
from workbench.corpus.types import Corpus
from workbench.settings import Settings
from workbench.store.records import ExperimentRecord


def folders_of(record: ExperimentRecord, settings: Settings) -> list[Path]:
    """Where the corpus may lie: where it was, else in this machine's corpora, or in those that all share."""
    name = Path(record.corpus_path).name
    folders = [Path(record.corpus_path), settings.corpora / name]
    return [*folders, settings.shared / name] if settings.shared is not None else folders


def find_folder(record: ExperimentRecord, settings: Settings) -> Path | None:
    """The folder of the corpus on this machine; None where it is not there."""
    return next((folder for folder in folders_of(record, settings) if folder.is_dir()), None)


def read_corpus(record: ExperimentRecord, settings: Settings) -> Corpus:
    """Read the corpus as it is now; its version may be another. Raises CorpusError where it is not there."""
    folder = find_folder(record, settings) or record.corpus_path
    return load_corpus(str(folder), settings.corpora, cache_dir=settings.cache / "documents")
