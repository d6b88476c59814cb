"""Names each stage's result by what decides it: settings, inputs, model files, versions.
Knows nothing about where results lie."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from workbench.corpus.types import Document
from workbench.fingerprint import fingerprint, fingerprint_each
from workbench.parts.choice import choose
from workbench.parts.part import Splitter
from workbench.pipeline.vector_index import VectorIndexKind
from workbench.space.model import Model
from workbench.space.retrieval import PART_AXES, Retrieval

# Bumped by hand when the output of a whole stage changes; a part has a version of its own in its entry.
# For both tests/pipeline/test_golden.py notices a forgotten bump.
CHUNK_VERSION = 1
INDEX_VERSION = 2
RETRIEVE_VERSION = 1
RERANK_VERSION = 1


def model(found: Model) -> str:
    """A model's identity; an embedded one's includes its files' hashes and its code's version."""
    return _model(found.model_dump_json(include=IDENTITY))


# What a model is, of all its fields: the rest (price, limits, key, name on a page) changes no reply.
IDENTITY = {
    "name", "kind", "base_url", "model", "revision", "variant",
    "temperature", "max_tokens", "top_p", "seed", "extra_body", "context_window",
}  # fmt: skip


@lru_cache(maxsize=1024)
def _model(written: str) -> str:
    found = Model.model_validate_json(written)
    if not found.embedded:
        return fingerprint(found.content)
    from workbench.providers.open_model import open_chat_model, open_embedding_model

    opened = open_embedding_model(found) if found.kind == "embedding" else open_chat_model(found)
    return fingerprint(found.content, opened.identity)


def document_chunks(document: Document, splitter: str, chunk_tokens: int, chunk_overlap: int) -> str:
    return fingerprint(
        "chunks",
        CHUNK_VERSION,
        document.name,
        document.sha256,
        choose(Splitter, splitter).key,
        chunk_tokens,
        chunk_overlap,
    )


def corpus_chunks(documents: Sequence[Document], retrieval: Retrieval) -> str:
    setting = (retrieval.splitter, retrieval.chunk_tokens, retrieval.chunk_overlap)
    return fingerprint("corpus", sorted(document_chunks(d, *setting) for d in documents))


def index(corpus: str, retrieval: Retrieval) -> str:
    """Of the searchable chunks that `corpus_chunks` names, with their vectors; without an embedding, of the
    chunks alone."""
    embedding = model(retrieval.embedding) if retrieval.embedding else None
    return fingerprint("index", INDEX_VERSION, corpus, embedding)


def group(retrieval: Retrieval) -> str:
    """Settings that differ in top_k alone share all of their retrieval."""
    content = dict(retrieval.content)
    del content["top_k"]
    content |= {axis: choose(kind, content[axis]).key for axis, kind in PART_AXES.items()}
    return fingerprint("group", content)


def rankings(
    corpus: str, retrieval: Retrieval, index_kind: VectorIndexKind, questions: Sequence[str]
) -> list[str]:
    """Of each question's ranking over the chunks that `corpus_chunks` names.

    An approximate index is named, with its version, where vectors are searched: it may miss a passage.
    An exact one is not: any exact search ranks alike.
    """
    approximate = index_kind == "chroma" and retrieval.retrieving.part.needs_vectors
    return fingerprint_each(
        "ranking",
        [RETRIEVE_VERSION, index_kind, INDEX_VERSION] if approximate else RETRIEVE_VERSION,
        RERANK_VERSION if retrieval.reranking.part.function is not None else None,
        corpus,
        model(retrieval.embedding) if retrieval.embedding else None,
        group(retrieval),
        last=questions,
    )
