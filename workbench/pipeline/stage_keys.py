"""The keys under which the stages store what they make of one set of documents.
Knows nothing about whether anything is stored under them."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.corpus.types import Document
from workbench.pipeline import fingerprints
from workbench.pipeline.types import Chunking
from workbench.space.retrieval import Retrieval


class StageKeys:
    """Reading all documents' fingerprints takes a while over a large corpus: it is done once for each
    chunking. Safe for threads."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = tuple(documents)
        self._chunks: dict[Chunking, str] = {}

    def chunks(self, retrieval: Retrieval) -> str:
        """Of all chunks together."""
        chunking = Chunking.of(retrieval)
        if chunking not in self._chunks:
            self._chunks[chunking] = fingerprints.corpus_chunks(self.documents, retrieval)
        return self._chunks[chunking]

    def index(self, retrieval: Retrieval) -> str:
        """Of the searchable corpus: its chunks with their vectors, where the setting has an embedding."""
        return fingerprints.index(self.chunks(retrieval), retrieval)

    def rankings(self, retrieval: Retrieval, questions: Sequence[str]) -> list[str]:
        """Of each question's ranking."""
        return fingerprints.rankings(self.chunks(retrieval), retrieval, questions)
