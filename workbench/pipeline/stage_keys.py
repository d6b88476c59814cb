"""The keys under which the stages store their results for one set of documents.
Knows nothing about whether anything is stored under them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from workbench.corpus.types import AskedQuestion, Document
from workbench.pipeline import fingerprints
from workbench.pipeline.filtering import keys_within
from workbench.pipeline.metadata_index import MetadataIndex
from workbench.pipeline.types import Chunking
from workbench.pipeline.vector_index import choose_index
from workbench.pipeline.vector_stores.registry import VectorIndexKind
from workbench.settings import VectorIndexChoice
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval


class StageKeys:
    """The keys of one set of documents. Safe for threads.

    Hashing the documents of a large corpus takes a while, so it is done once per chunking.
    """

    def __init__(self, documents: Sequence[Document], vector_index: VectorIndexChoice = "auto") -> None:
        self.documents = tuple(documents)
        self._choice = vector_index
        self._chunks: dict[Chunking, str] = {}
        self._kinds: dict[Chunking, VectorIndexKind] = {}

    def chunks(self, retrieval: Retrieval) -> str:
        """The key of all chunks together."""
        chunking = Chunking.of(retrieval)
        if chunking not in self._chunks:
            self._chunks[chunking] = fingerprints.corpus_chunks(self.documents, retrieval)
        return self._chunks[chunking]

    def index(self, retrieval: Retrieval, embedding: Model | None) -> str:
        """The key of the searchable corpus: its chunks, and their vectors by this embedding, if any."""
        return fingerprints.index(self.chunks(retrieval), retrieval, embedding)

    def indexes(self, retrieval: Retrieval) -> tuple[str, ...]:
        """The keys of all that this setting searches: the corpus with the vectors of each of its embeddings,
        or without vectors."""
        return tuple(self.index(retrieval, embedding) for embedding in retrieval.embeddings or (None,))

    def rankings(self, retrieval: Retrieval, questions: Sequence[str | AskedQuestion]) -> list[str]:
        """The keys of the questions' rankings."""
        kind, within = self.index_kind(retrieval), self.within(retrieval, questions)
        return fingerprints.rankings(self.chunks(retrieval), retrieval, kind, questions, within)

    @cached_property
    def metadata(self) -> MetadataIndex:
        """The metadata of the documents, indexed when a filter first needs them."""
        return MetadataIndex(self.documents)

    def within(self, retrieval: Retrieval, questions: Sequence[str | AskedQuestion]) -> list[str]:
        """The keys of the parts of the corpus in which the questions are searched for."""
        if retrieval.filtering.part.function is None:
            return [""] * len(questions)
        return keys_within(self.metadata, retrieval, [AskedQuestion.of(q) for q in questions])

    def index_kind(self, retrieval: Retrieval) -> VectorIndexKind:
        """How vectors are searched under this setting."""
        chunking = Chunking.of(retrieval)
        if chunking not in self._kinds:
            self._kinds[chunking] = choose_index(self._choice, self.documents, retrieval)
        return self._kinds[chunking]
