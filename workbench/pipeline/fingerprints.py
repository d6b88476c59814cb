"""Names each stage's result by what decides it (DESIGN section 4): settings, inputs, model files, versions.
Knows nothing about where results lie."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from workbench.corpus.types import Document
from workbench.fingerprint import fingerprint, fingerprint_each
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval

# Bumped by hand when a stage's output changes; tests/pipeline/test_golden.py notices a forgotten bump.
CHUNK_VERSION = 1
INDEX_VERSION = 2
RETRIEVE_VERSION = 1
RERANK_VERSION = 1
PROMPT_VERSION = 1


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
    return rankings(corpus, retrieval, [question])[0]


def rankings(corpus: str, retrieval: Retrieval, questions: Sequence[str]) -> list[str]:
    """`ranking` of each question."""
    return fingerprint_each(
        "ranking",
        RETRIEVE_VERSION,
        RERANK_VERSION if retrieval.rerank != "none" else None,
        corpus,
        model(retrieval.embedding) if retrieval.embedding else None,
        group(retrieval),
        last=questions,
    )
