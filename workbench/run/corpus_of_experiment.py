"""Finds the documents of a stored experiment on this machine, which need not be the one it was created on.
Knows nothing about what is done with them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from workbench.corpus.corpus import find_corpus_files, load_corpus
from workbench.corpus.types import Corpus
from workbench.errors import CorpusError, StoreError, StoreUnavailable
from workbench.pipeline.examples import ExamplePool
from workbench.run.examples_of_experiment import ExamplesChanged, require_examples, shows_examples
from workbench.settings import Settings
from workbench.store.database import Store
from workbench.store.questions import get_questions
from workbench.store.records import ExperimentRecord
from workbench.store.sharing.corpus_copies import MOST_BYTES, CorpusCopy, fetch_copy, keep_copy, list_copies

log = logging.getLogger(__name__)

FETCHED = "corpora"
"""The folder of the cache for corpora that came from the store, one subfolder for each copy."""


class CorpusNotFetched(CorpusError):
    """The corpus is not here, and its copy in the store cannot be used."""


def folders_of(record: ExperimentRecord, settings: Settings) -> list[Path]:
    """Where the corpus may lie: where it was, else in this machine's corpora, or in those that all share."""
    name = Path(record.corpus_path).name
    folders = [Path(record.corpus_path), settings.corpora / name]
    return [*folders, settings.shared / name] if settings.shared is not None else folders


def read_corpus(record: ExperimentRecord, settings: Settings, store: Store, copy_key: str = "") -> Corpus:
    """Read the corpus of an experiment. A machine that does not have it, with the examples that its prompts
    show, fetches a copy from the store, if there is one, into its cache.

    copy_key: that of the copy to fetch; "" for the newest one.

    Where only other documents are found, its version is another one; where only other examples are found,
    they are those of the corpus. Raises CorpusError where none are, and StoreUnavailable.
    """
    found = None
    for _, corpus in _corpora_here(record, settings):
        if _suits(corpus, record, store):
            return corpus
        if found is None or corpus.version == record.corpus_version:
            found = corpus
    copy = _find_copy(record, store, copy_key)
    if copy is not None:
        try:
            return _load(_fetched(store, copy, record, settings), settings)
        except StoreUnavailable:
            raise
        except StoreError as error:
            log.warning("The copy of a corpus in the store cannot be used: %s", error)
            raise CorpusNotFetched(error.message, hint=error.hint) from None
    return found or _load(Path(record.corpus_path), settings)


def is_in_reach(record: ExperimentRecord, settings: Settings, store: Store) -> bool:
    """Whether `read_corpus` would find the corpus of an experiment. Fetches nothing. A copy in the store does
    not tell which examples it has: it does only where no prompt shows any. Raises StoreError."""
    if any(_suits(corpus, record, store) for _, corpus in _corpora_here(record, settings)):
        return True
    return not shows_examples(record.experiment) and _find_copy(record, store) is not None


def offer_corpus(record: ExperimentRecord, settings: Settings, store: Store) -> CorpusCopy:
    """Copy the corpus of an experiment into the store, for machines that do not have it. Returns the copy.

    Raises CorpusError where it is too large for that, or not here any more, and StoreError.
    """
    for folder, corpus in _corpora_here(record, settings):
        if _suits(corpus, record, store):
            kept = keep_copy(store, record.corpus_version, find_corpus_files(folder))
            if kept is None:
                raise CorpusError(
                    f"The corpus is larger than {MOST_BYTES / 1e6:.0f} MB, so it is not copied to workers "
                    "through the store.",
                    hint="Put it into a folder that all machines see and set WORKBENCH_SHARED to it.",
                )
            return kept
    copy = _find_copy(record, store)
    if copy is None:
        raise CorpusError(
            "The documents have changed since the experiment was created, so they cannot be sent to workers."
        )
    return copy


def _corpora_here(record: ExperimentRecord, settings: Settings) -> Iterator[tuple[Path, Corpus]]:
    """The folders of this machine that have readable documents, with these."""
    for folder in folders_of(record, settings):
        if folder.is_dir():
            try:
                yield folder, _load(folder, settings)
            except CorpusError as error:  # another folder may have the corpus
                log.info("%s is not read: %s", folder, error)


def _suits(corpus: Corpus, record: ExperimentRecord, store: Store) -> bool:
    """Whether these are the documents of the experiment, and the examples that its prompts show."""
    if corpus.version != record.corpus_version or not shows_examples(record.experiment):
        return corpus.version == record.corpus_version
    try:
        pool = ExamplePool.of_questions(corpus.questions)
        require_examples(store, record, get_questions(store, record.id), pool)
    except ExamplesChanged:
        return False
    return True


def _find_copy(record: ExperimentRecord, store: Store, key: str = "") -> CorpusCopy | None:
    """The newest copy of this version; where a key is given, that copy alone."""
    copies = (copy for copy in list_copies(store) if copy.version == record.corpus_version)
    return next((copy for copy in copies if key in ("", copy.key)), None)


def _load(folder: Path, settings: Settings) -> Corpus:
    return load_corpus(str(folder), settings.corpora, cache_dir=settings.cache / "documents")


def _fetched(store: Store, copy: CorpusCopy, record: ExperimentRecord, settings: Settings) -> Path:
    """The folder of a copy, named as the corpus is."""
    folder = settings.cache / FETCHED / copy.key / Path(record.corpus_path).name
    if not folder.is_dir():
        fetch_copy(store, copy, folder)
    return folder
