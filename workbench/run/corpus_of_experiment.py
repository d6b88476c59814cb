"""Finds the documents of a stored experiment on this machine, which need not be the one it was created on.
Knows nothing about what is done with them."""

from __future__ import annotations

from pathlib import Path

from workbench.corpus.corpus import find_corpus_files, load_corpus
from workbench.corpus.types import Corpus
from workbench.errors import CorpusError
from workbench.settings import Settings
from workbench.store.database import Store
from workbench.store.records import ExperimentRecord
from workbench.store.sharing.corpus_copies import MOST_BYTES, CorpusCopy, fetch_copy, keep_copy, list_copies

FETCHED = "corpora"
"""The folder of the cache for corpora that came from the store, one subfolder for each copy."""


def folders_of(record: ExperimentRecord, settings: Settings) -> list[Path]:
    """Where the corpus may lie: where it was, else in this machine's corpora, or in those that all share."""
    name = Path(record.corpus_path).name
    folders = [Path(record.corpus_path), settings.corpora / name]
    return [*folders, settings.shared / name] if settings.shared is not None else folders


def read_corpus(record: ExperimentRecord, settings: Settings, store: Store) -> Corpus:
    """Read the corpus of an experiment. A machine that does not have it fetches a copy from the store, if
    there is one, into its cache.

    Where only other documents are found, its version is another one. Raises CorpusError where none are, and
    StoreError.
    """
    found = None
    for folder in folders_of(record, settings):
        if folder.is_dir():
            found = _load(folder, settings)
            if found.version == record.corpus_version:
                return found
    copy = _find_copy(record, store)
    if copy is not None:
        return _load(_fetched(store, copy, record, settings), settings)
    return found or _load(Path(record.corpus_path), settings)


def offer_corpus(record: ExperimentRecord, settings: Settings, store: Store) -> None:
    """Copy the corpus of an experiment into the store, for machines that do not have it.

    Raises CorpusError where it is too large for that, or not here any more, and StoreError.
    """
    for folder in folders_of(record, settings):
        if folder.is_dir() and _load(folder, settings).version == record.corpus_version:
            if keep_copy(store, record.corpus_version, find_corpus_files(folder)) is None:
                raise CorpusError(
                    f"The corpus has over {MOST_BYTES / 1e6:.0f} MB: it is not copied through the store.",
                    hint="Put it into a folder that all machines see and set WORKBENCH_SHARED to it.",
                )
            return
    if _find_copy(record, store) is None:
        raise CorpusError("The documents have changed: they are not copied through the store.")


def _find_copy(record: ExperimentRecord, store: Store) -> CorpusCopy | None:
    return next((copy for copy in list_copies(store) if copy.version == record.corpus_version), None)


def _load(folder: Path, settings: Settings) -> Corpus:
    return load_corpus(str(folder), settings.corpora, cache_dir=settings.cache / "documents")


def _fetched(store: Store, copy: CorpusCopy, record: ExperimentRecord, settings: Settings) -> Path:
    """The folder of a copy, named as the corpus is."""
    folder = settings.cache / FETCHED / copy.key / Path(record.corpus_path).name
    if not folder.is_dir():
        fetch_copy(store, copy, folder)
    return folder
