"""Stores the keyword indexes of a corpus, and opens them by memory map.
Knows nothing about how terms are found or scored."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from workbench.pipeline.bm25 import KeywordIndex, terms_of
from workbench.pipeline.chunk_table import ChunkTable
from workbench.pipeline.postings import Vocabulary, build_postings
from workbench.pipeline.search_terms import Segmenter
from workbench.pipeline.stored_arrays import StoredArrays, find_arrays, new_arrays
from workbench.pipeline.types import Chunk
from workbench.user_code.packages import package_version

LEAST_STORED = 1_000
"""Chunks below which an index is built each time: it takes a quarter of a second."""

TERM_PACKAGES: dict[Segmenter, tuple[str, ...]] = {"bigrams": ("PyStemmer",), "icu": ("PyStemmer", "icu4py")}
"""The packages that find the terms of a text."""

LETTERS, ENDS = "letters", "ends"

_building = Lock()  # threads that want the same index build it once


@dataclass(frozen=True)
class KeywordFiles:
    """The stored keyword indexes of one corpus. Safe for threads."""

    folder: Path
    """The cache of keyword indexes."""
    key: str
    """Of the corpus's chunks and their contexts: see `fingerprints.keywords`."""

    def open(
        self, chunks: Sequence[Chunk], segmenter: Segmenter, contexts: Sequence[str] = ()
    ) -> KeywordIndex:
        """The stored index of these chunks, or else a new one, which is stored.

        contexts: one per chunk, or none at all.

        Raises StoreError when it cannot be stored.
        """
        if len(chunks) < LEAST_STORED:
            return KeywordIndex(chunks, segmenter, contexts)
        name, content = name_of(self.key, segmenter), content_of(chunks, contexts, segmenter)
        with _building:
            stored = find_arrays(self.folder, name, content)
            if stored is None:
                with new_arrays(self.folder, name, content) as new:
                    vocabulary, postings = build_postings(terms_of(chunks, segmenter, contexts))
                    for array_name, array in postings.items():
                        new.keep(array_name, array)
                    new.keep(LETTERS, vocabulary.letters)
                    new.keep(ENDS, vocabulary.ends)
                stored = find_arrays(self.folder, name, content)
        if stored is None:  # somebody has freed it at this moment
            return KeywordIndex.of_postings(vocabulary, postings, len(chunks), segmenter)
        return _opened(stored, len(chunks), segmenter)


def _opened(stored: StoredArrays, chunks: int, segmenter: Segmenter) -> KeywordIndex:
    postings = dict(stored.arrays)
    vocabulary = Vocabulary(postings.pop(LETTERS), postings.pop(ENDS))
    return KeywordIndex.of_postings(vocabulary, postings, chunks, segmenter)


def name_of(key: str, segmenter: Segmenter) -> str:
    """The name of the folder of an index."""
    return f"{key}-{segmenter}"


def content_of(chunks: Sequence[Chunk], contexts: Sequence[str], segmenter: Segmenter) -> str:
    """A hash of what an index is made of. A model may write other contexts for the same chunks under the same
    settings, and other versions of the packages that find terms find other terms."""
    digest = hashlib.sha256()
    for package in TERM_PACKAGES[segmenter]:
        digest.update(f"{package} {package_version(package)}\0".encode())
    if isinstance(chunks, ChunkTable):
        digest.update(chunks.digest().encode())
    else:
        for chunk in chunks:
            digest.update(f"{chunk.id}\0".encode())
    for context in contexts:
        digest.update(f"{len(context)}\0{context}".encode(errors="replace"))
    return digest.hexdigest()
