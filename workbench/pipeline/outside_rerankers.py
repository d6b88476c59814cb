"""Rerankers from outside: LlamaIndex's node postprocessors and functions of a user.
Knows nothing about who reranks: an experiment file names it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from workbench.outside.functions import load_user_function
from workbench.outside.guard import call_guarded
from workbench.pipeline.outside_retrievers import read_ranking
from workbench.pipeline.stage_context import RerankContext
from workbench.pipeline.types import Hit
from workbench.providers.embedded.encoder import shared_encoder
from workbench.providers.types import Message

CHANGED_TEXT = "rerank_changed_text"
LLM_REMEDY = "Write `calls: 1` next to it, the maximum number of calls per question, and name a rerank_model."

Reranked = tuple[list[Hit], tuple[str, ...]]


async def rerank_by_llamaindex(
    question: str,
    hits: Sequence[Hit],
    context: RerankContext,
    *,
    part: str,
    with_: dict[str, Any],
    revision: str = "1",
    cut: str | None = None,
    calls: int = 0,
) -> Reranked:
    """(hits, flags): those that a BaseNodePostprocessor keeps, in its order. It may drop hits, not add any.

    A text that it changes stays as it was, since evidence is scored by the chunk's place; that gives the flag
    "rerank_changed_text". Where it takes an `llm`, it gets the rerank_model, where it takes an `embed_model`,
    the embedded encoder. `cut` and `revision` decide nothing here. Raises ProviderError when it fails.
    """
    loop = asyncio.get_running_loop()

    async def _answer(messages: tuple[Message, ...]) -> str:
        return await context.ask(messages)

    def ask(turns: Sequence[tuple[str, str]]) -> str:
        messages = tuple(Message(role, text) for role, text in turns)  # type: ignore[arg-type]
        return asyncio.run_coroutine_threadsafe(_answer(messages), loop).result()

    work = partial(_postprocess, question, hits, ask if calls else None, part, with_)
    return await asyncio.to_thread(call_guarded, work, part)


def _postprocess(question: str, hits: Sequence[Hit], ask: Any, part: str, with_: dict[str, Any]) -> Reranked:
    from llama_index.core.postprocessor.types import BaseNodePostprocessor
    from llama_index.core.schema import MetadataMode, NodeWithScore, QueryBundle

    from workbench.outside.adapters import AskedLLM, GivenEmbedding, RefusingLLM
    from workbench.outside.building import build
    from workbench.outside.defaults import no_default_models
    from workbench.pipeline.llama_nodes import to_node

    offers = {
        "llm": lambda: AskedLLM(ask) if ask else RefusingLLM(part, LLM_REMEDY),
        "embed_model": lambda: GivenEmbedding(lambda texts: shared_encoder().encode(list(texts)).tolist()),
    }
    nodes = [NodeWithScore(node=to_node(hit.chunk), score=hit.score) for hit in hits]
    with no_default_models(part, LLM_REMEDY):
        postprocessor = build(part, with_, BaseNodePostprocessor, offers)
        kept = postprocessor.postprocess_nodes(nodes, query_bundle=QueryBundle(question))
    reranked = _read([(node.node.node_id, node.score) for node in kept], hits, part)
    texts = {hit.chunk.id: hit.chunk.text for hit in hits}
    changed = any(
        node.node.get_content(metadata_mode=MetadataMode.NONE) != texts[node.node.node_id] for node in kept
    )
    return reranked, (CHANGED_TEXT,) if changed else ()


async def rerank_by_python(
    question: str,
    hits: Sequence[Hit],
    context: RerankContext,
    *,
    part: str,
    with_: dict[str, Any],
    revision: str = "1",
    cut: str | None = None,
) -> Reranked:
    """(hits, flags): as `function(question, texts, **with)` returns them: a score for each text, or pairs
    (position in texts, score), best first, which may leave texts out. Raises ProviderError when it fails."""
    function = load_user_function(part)
    texts = [hit.chunk.text for hit in hits]
    found = await asyncio.to_thread(call_guarded, partial(function, question, texts, **with_), part)
    return _read(_with_positions(found, hits), hits, part), ()


def _with_positions(found: Any, hits: Sequence[Hit]) -> Any:
    """Pairs (id, score), best first."""
    try:
        items = list(found)
    except TypeError:
        return found
    if len(items) == len(hits) and not any(isinstance(item, tuple | list) for item in items):
        scored = list(zip((hit.chunk.id for hit in hits), items, strict=True))
        try:
            return sorted(scored, key=lambda pair: -float(pair[1]))
        except (TypeError, ValueError):
            return scored  # the reading says what is wrong
    by_position = dict(enumerate(hit.chunk.id for hit in hits))
    return [
        (by_position.get(item[0], item[0]), item[1])
        if isinstance(item, tuple | list) and len(item) == 2 and isinstance(item[0], int)
        else item
        for item in items
    ]


def _read(found: Any, hits: Sequence[Hit], part: str) -> list[Hit]:
    positions = {hit.chunk.id: position for position, hit in enumerate(hits)}
    ranked = read_ranking(found, positions, len(hits), part, "passage")
    return [Hit(hits[position].chunk, score) for position, score in ranked]
