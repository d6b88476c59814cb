"""Fingerprints of each stage's result: hashes of what decides it (settings, inputs, model files, versions).
Knows nothing about where results are stored."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import repeat
from typing import Any

from workbench.corpus.types import AskedQuestion, Document
from workbench.fingerprint import fingerprint, fingerprint_each
from workbench.parts.choice import choose
from workbench.parts.filters import DEFAULT_FILTER
from workbench.parts.part import Splitter
from workbench.parts.query_transforms import DEFAULT_QUERY_TRANSFORM
from workbench.parts.retrieval_settings import PART_AXES, PASSAGE_SETTINGS, SELECTING
from workbench.pipeline.vector_stores.registry import VectorIndexKind
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval
from workbench.space.system import SystemModel

# Bumped by hand when the output of a whole stage changes; each part has its own version in its entry.
# tests/pipeline/test_golden.py notices a forgotten bump of either.
CHUNK_VERSION = 3
TABLE_VERSION = 1
INDEX_VERSION = 2
KEYWORD_VERSION = 2
RETRIEVE_VERSION = 1
RERANK_VERSION = 1
SELECT_VERSION = 1


def model(description: Model) -> str:
    """The fingerprint of a model. One's that runs in this process includes the hashes of its files and its
    code's version. Raises ModelError when they are not there."""
    if isinstance(description, SystemModel):
        return fingerprint(description.content)
    if description.tuned is not None:  # as before it was trained; the code that asks it is its parent's
        return fingerprint(description.content, model(description.tuned.parent))
    if description.path is not None:  # its files may change while the program runs
        from workbench.providers.open_model import open_reranker

        return fingerprint(description.content, open_reranker(description).identity)
    if description.outside is not None:  # so may its code, whose hash is in the content
        return fingerprint(description.content)
    return _model(description.model_dump_json(include=IDENTITY))


def vectors(embedding: Model) -> str:
    """Of a model whose vectors are stored by their texts. The texts begin with its prefixes, so that another
    query_prefix embeds the questions anew, and no document."""
    return model(embedding.model_copy(update={"query_prefix": "", "document_prefix": ""}))


# The fields that can change a reply. The others (price, limits, key, name on a page) cannot.
IDENTITY = {
    "name", "kind", "base_url", "model", "revision", "variant", "llamaindex", "python", "with_",
    "temperature", "max_tokens", "top_p", "seed", "stop",
    "extra_body", "extra_query", "extra_headers", "context_window",
    "query_prefix", "document_prefix", "dimensions",
}  # fmt: skip


@lru_cache(maxsize=1024)
def _model(description_json: str) -> str:
    description = Model.model_validate_json(description_json)
    if not description.embedded:
        return fingerprint(description.content)
    from workbench.providers.open_model import open_chat_model, open_embedding_model

    open_model = open_embedding_model if description.kind == "embedding" else open_chat_model
    return fingerprint(description.content, open_model(description).identity)


def document_chunks(document: Document, splitter: str, chunk_tokens: int, chunk_overlap: int) -> str:
    """Of one document's chunks. The version of tables is in it only where the document has one."""
    from workbench.providers.embedded.encoder import shared_encoder

    chosen = choose(Splitter, splitter)
    return fingerprint(
        "chunks",
        CHUNK_VERSION,
        document.name,
        document.sha256,
        chosen.key,
        *((chunk_tokens, chunk_overlap) if chosen.part.sized else ()),
        *((shared_encoder().identity,) if chosen.part.uses_encoder else ()),
        *([TABLE_VERSION] if document.tables else []),
    )


def context(retrieval: Retrieval) -> list[str | None]:
    """What decides the contexts of given chunks: the part and its model; empty where chunks have none."""
    chosen = retrieval.situating
    if chosen.part.function is None:
        return []
    asked = retrieval.context_model if chosen.part.calls else None
    return [chosen.key, model(asked) if asked else None]


def document_contexts(document: Document, retrieval: Retrieval) -> str:
    """Of the contexts of one document's chunks."""
    setting = (retrieval.splitter, retrieval.chunk_tokens, retrieval.chunk_overlap)
    return fingerprint("contexts", document_chunks(document, *setting), *context(retrieval))


def corpus_chunks(documents: Sequence[Document], retrieval: Retrieval) -> str:
    """Of all documents' chunks together, whatever their order."""
    setting = (retrieval.splitter, retrieval.chunk_tokens, retrieval.chunk_overlap)
    return fingerprint("corpus", sorted(document_chunks(d, *setting) for d in documents))


def index(corpus: str, retrieval: Retrieval, embedding: Model | None) -> str:
    """Of a searchable corpus: its chunks with their contexts, and their vectors by an embedding model where
    there is one.

    corpus: the fingerprint from `corpus_chunks`.
    """
    identity = model(embedding) if embedding else None
    return fingerprint("index", INDEX_VERSION, corpus, identity, *context(retrieval))


def keywords(corpus: str, retrieval: Retrieval) -> str:
    """Of the keyword indexes of a corpus: its chunks with their contexts, and how terms are found in them.

    corpus: the fingerprint from `corpus_chunks`.
    """
    return fingerprint("keywords", KEYWORD_VERSION, corpus, *context(retrieval))


def group(retrieval: Retrieval) -> str:
    """Of a group of settings: those that differ only in what the prompt gets of a ranking share it."""
    content = {name: value for name, value in retrieval.content.items() if name not in SELECTING}
    content |= {a: choose(kind, content[a]).key for a, kind in PART_AXES.items() if a in content}
    return fingerprint("group", content)


def rankings(
    corpus: str,
    retrieval: Retrieval,
    index_kind: VectorIndexKind,
    questions: Sequence[str | AskedQuestion],
    within: Sequence[str] = (),
) -> list[str]:
    """Of each question's ranking. Earlier turns are part of it where the query transform or the filter reads
    them.

    corpus: the fingerprint from `corpus_chunks`.
    index_kind: part of the fingerprint, with its version, only for an approximate index that is searched,
        because it may miss a passage. All exact searches give the same ranking.
    within: of each question the part of the corpus that is searched, from `keys_within`; empty for all. So
        settings share rankings whose filters come to the same.
    """
    derives = retrieval.filtering.part.calls > 0
    if not derives:
        retrieval = retrieval.model_copy(update={"filter": DEFAULT_FILTER})
    asked = list(zip(map(AskedQuestion.of, questions), within or repeat(""), strict=bool(within)))
    if not retrieval.transforming.part.for_follow_ups:
        return _rankings(corpus, retrieval, index_kind, asked)
    # A question on its own is searched for as it is, so it shares its ranking with settings that do so.
    helper = retrieval.query_model if derives else None
    plain = retrieval.model_copy(update={"query": DEFAULT_QUERY_TRANSFORM, "query_model": helper})
    follow_ups = iter(_rankings(corpus, retrieval, index_kind, [item for item in asked if item[0].history]))
    others = iter(_rankings(corpus, plain, index_kind, [item for item in asked if not item[0].history]))
    return [next(follow_ups if q.history else others) for q, _ in asked]


def _embeddings(retrieval: Retrieval) -> str | list[str] | None:
    identities = [model(embedding) for embedding in retrieval.embeddings]
    return identities if len(identities) > 1 else next(iter(identities), None)


def _rankings(
    corpus: str, retrieval: Retrieval, index_kind: VectorIndexKind, asked: Sequence[tuple[AskedQuestion, str]]
) -> list[str]:
    reads_history = retrieval.transforming.part.function is not None or retrieval.filtering.part.calls > 0
    approximate = index_kind == "chroma" and retrieval.retrieving.part.needs_vectors
    group_key, reranker = group(retrieval), retrieval.rerank_model
    if reranker is not None and reranker.path is not None:  # the group knows its folder, not what is in it
        group_key = fingerprint(group_key, model(reranker))
    return fingerprint_each(
        "ranking",
        [RETRIEVE_VERSION, index_kind, INDEX_VERSION] if approximate else RETRIEVE_VERSION,
        RERANK_VERSION if retrieval.reranking.part.function is not None else None,
        corpus,
        _embeddings(retrieval),
        group_key,
        last=[_searched(q, part, with_history=bool(q.history) and reads_history) for q, part in asked],
    )


def without_contexts(ranking: str, late_contexts: Sequence[int]) -> str:
    """Of a ranking for which some chunks lacked a context that they will have later: it has a key of its own,
    so that nobody takes it for the setting's.

    ranking: the fingerprint from `rankings`.
    late_contexts: the positions of these chunks.
    """
    return fingerprint("without contexts", ranking, list(late_contexts)) if late_contexts else ranking


def _searched(question: AskedQuestion, within: str, *, with_history: bool) -> Any:
    turns = [[[turn.role, turn.text] for turn in question.history]] if with_history else []
    if within:
        return [question.text, *turns, {"within": within}]
    return [question.text, *turns] if turns else question.text


def selecting(retrieval: Retrieval) -> str:
    """Of what decides which passages of a ranking the prompt gets, its number of passages too."""
    if retrieval.cuts_only:
        return f"top {retrieval.top_k}"
    settings = {name: getattr(retrieval, name) for name in PASSAGE_SETTINGS}
    return fingerprint("selecting", SELECT_VERSION, settings | {"returns": retrieval.returning.key})


def selections(rankings: Sequence[str], retrieval: Retrieval) -> list[str]:
    """Of what the prompt gets of each of these rankings: it is stored as a ranking of its own.

    Where that is the first top_k as they are, they are the rankings themselves, whatever top_k is.

    rankings: the fingerprints from `rankings`.
    """
    if retrieval.cuts_only:
        return list(rankings)
    return fingerprint_each("selection", selecting(retrieval), last=rankings)
