"""Retrievers from outside: LlamaIndex's over our chunks and vectors, and functions of a user.
Knows nothing about who retrieves: an experiment file names it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from workbench.errors import ProviderError
from workbench.outside.functions import load_user_function
from workbench.outside.guard import DOCUMENT_SECONDS, call_guarded
from workbench.pipeline.searchable import Query, Ranked, SearchableCorpus

RETRIEVER_REMEDY = (
    "Switch it off in the part's settings, or give it one under `with`, such as "
    "llm: {llamaindex: …, with: {…}}. Its calls are then not counted."
)


def retrieve_by_llamaindex(
    corpus: SearchableCorpus,
    queries: Sequence[Query],
    n: int,
    *,
    part: str,
    with_: dict[str, Any],
    revision: str = "1",
    vectors: bool = False,
) -> list[Ranked]:
    """For each query up to n chunks, as a BaseRetriever returns them.

    It is made once over the chunks: it gets `nodes` or an `index` (a VectorStoreIndex with our vectors) where
    it takes them. Raises ProviderError when it fails, and for nodes that are no chunks.
    """
    from llama_index.core.schema import QueryBundle

    key = f"{part} {with_}"
    if key not in corpus.built:
        make = partial(_without_defaults, part, partial(_make, corpus, n, part, with_))
        corpus.built[key] = call_guarded(make, part, DOCUMENT_SECONDS)
    retriever, known = corpus.built[key]

    def retrieve(query: Query) -> Ranked:
        vector = None if query.vector is None else query.vector.tolist()
        if vector is not None:
            known[query.text] = vector
        bundle = QueryBundle(query.text, embedding=vector)
        found = call_guarded(partial(_without_defaults, part, lambda: retriever.retrieve(bundle)), part)
        return read_ranking(
            [(hit.node.node_id, hit.score) for hit in found], corpus.positions, n, part, "node"
        )

    return [retrieve(query) for query in queries]


def _without_defaults(part: str, work: Callable[[], Any]) -> Any:
    from workbench.outside.defaults import no_default_models

    with no_default_models(part, RETRIEVER_REMEDY):
        return work()


def _make(
    corpus: SearchableCorpus, n: int, part: str, with_: dict[str, Any]
) -> tuple[Any, dict[str, list[float]]]:
    """(the retriever, the vectors of the questions that it may ask for)."""
    from llama_index.core import VectorStoreIndex
    from llama_index.core.retrievers import BaseRetriever

    from workbench.outside.adapters import GivenEmbedding, RefusingLLM
    from workbench.outside.building import build
    from workbench.pipeline.llama_nodes import to_node

    known: dict[str, list[float]] = {}

    def embed(texts: Sequence[str]) -> list[list[float]]:
        missing = [text for text in texts if text not in known]
        if missing:
            raise ProviderError(
                f"{part} asks for the vector of {missing[0]!r:.80}, which is not the question.",
                kind="rejected",
            )
        return [known[text] for text in texts]

    def nodes() -> list[Any]:
        vectors = corpus.all_vectors
        rows = None if vectors is None else vectors.tolist()
        return [to_node(chunk, rows[i] if rows else None) for i, chunk in enumerate(corpus.chunks)]

    def index() -> Any:
        if corpus.all_vectors is None:
            raise ValueError("it compares vectors: write `vectors: true` next to it")
        return VectorStoreIndex(nodes(), embed_model=GivenEmbedding(embed))

    offers = {
        "nodes": nodes,
        "index": index,
        "embed_model": lambda: GivenEmbedding(embed),
        "similarity_top_k": lambda: min(n, len(corpus.chunks)),
        "llm": lambda: RefusingLLM(part, RETRIEVER_REMEDY),
    }
    return build(part, with_, BaseRetriever, offers), known


def retrieve_by_python(
    corpus: SearchableCorpus,
    queries: Sequence[Query],
    n: int,
    *,
    part: str,
    with_: dict[str, Any],
    revision: str = "1",
) -> list[Ranked]:
    """For each query up to n chunks, as `function(question, chunks, n, **with)` returns them: pairs
    (position in chunks, score), best first. Raises ProviderError when it fails."""
    function = load_user_function(part)
    positions = {position: position for position in range(len(corpus.chunks))}
    if "chunks" not in corpus.built:
        corpus.built["chunks"] = list(corpus.chunks)
    chunks = corpus.built["chunks"]
    return [
        read_ranking(
            call_guarded(partial(function, query.text, chunks, n, **with_), part),
            positions,
            n,
            part,
            "position",
        )
        for query in queries
    ]


def read_ranking(found: Any, positions: Mapping[Any, int], n: int, part: str, noun: str) -> Ranked:
    """What a part returns, checked: at most n pairs (position, score), each position once.

    found: pairs (id, score), best first. Scores may be missing: then all become the reciprocals of ranks.
    positions: by id.
    noun: what an id is, for messages.

    Raises ProviderError for an unknown id and for a score that is no finite number.
    """
    ranked: dict[int, float | None] = {}
    for pair in _listed(found, part):
        if not (isinstance(pair, tuple | list) and len(pair) == 2):
            raise _nonsense(f"{part} must return pairs ({noun}, score), not {pair!r:.80}.")
        id_, score = pair
        try:
            position = positions[id_]
        except (KeyError, TypeError):
            raise _nonsense(f"{part} returned the {noun} {id_!r:.80}, which is none of the chunks.") from None
        ranked.setdefault(position, _score(score, part))
    first = list(ranked.items())[:n]
    if any(score is None for _, score in first):
        return [(position, 1.0 / rank) for rank, (position, _) in enumerate(first, start=1)]
    return [(position, score) for position, score in first if score is not None]


def _listed(found: Any, part: str) -> list[Any]:
    try:
        return list(found)
    except TypeError:
        raise _nonsense(f"{part} must return a list, not {found!r:.80}.") from None


def _score(score: Any, part: str) -> float | None:
    if score is None:
        return None
    try:
        number = float(score)
    except (TypeError, ValueError):
        raise _nonsense(f"{part} returned the score {score!r:.80}, which is no number.") from None
    if not math.isfinite(number):
        raise _nonsense(f"{part} returned the score {number}, which is no finite number.")
    return number


def _nonsense(message: str) -> ProviderError:
    return ProviderError(message, kind="nonsense")
