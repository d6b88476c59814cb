"""Names each stage's result by what decides it (DESIGN section 4): settings, inputs, model files, versions.
Knows nothing about where results lie."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.corpus.types import Document
from workbench.fingerprint import fingerprint
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval

# Bumped by hand when a stage's output changes; tests/pipeline/test_golden.py notices a forgotten bump.
CHUNK_VERSION = 1
INDEX_VERSION = 1
RETRIEVE_VERSION = 1
RERANK_VERSION = 1
PROMPT_VERSION = 1


def model(found: Model) -> str:
    """A model's identity; an embedded encoder's includes its file's hash."""
    if found.embedded and found.kind == "embedding":
        from workbench.providers.embedded.encoder import shared_encoder

        return fingerprint(found.content, shared_encoder().fingerprint)
    return fingerprint(found.content)


def document_chunks(document: Document, splitter: str, chunk_tokens: int, chunk_overlap: int) -> str:
    return fingerprint(
        "chunks", CHUNK_VERSION, document.name, document.sha256, splitter, chunk_tokens, chunk_overlap
    )


def corpus_chunks(documents: Sequence[Document], retrieval: Retrieval) -> str:
    setting = (retrieval.splitter, retrieval.chunk_tokens, retrieval.chunk_overlap)
    return fingerprint("corpus", sorted(document_chunks(d, *setting) for d in documents))


def index(documents: Sequence[Document], retrieval: Retrieval) -> str:
    """Of the searchable chunks with their vectors; without an embedding, of the chunks alone."""
    embedding = model(retrieval.embedding) if retrieval.embedding else None
    return fingerprint("index", INDEX_VERSION, corpus_chunks(documents, retrieval), embedding)


def group(retrieval: Retrieval) -> str:
    """Settings that differ in top_k alone share all of their retrieval."""
    content = dict(retrieval.content)
    del content["top_k"]
    return fingerprint("group", content)


def ranking(corpus: str, retrieval: Retrieval, question: str) -> str:
    """Of one question's ranking over the chunks that `corpus_chunks` names."""
    return fingerprint(
        "ranking",
        RETRIEVE_VERSION,
        RERANK_VERSION if retrieval.rerank != "none" else None,
        corpus,
        model(retrieval.embedding) if retrieval.embedding else None,
        group(retrieval),
        question,
    )
