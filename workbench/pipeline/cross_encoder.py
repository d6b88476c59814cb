"""Reranks with a cross-encoder, which scores each passage together with the question. Never loses a passage.
Knows nothing about servers, limits or costs: the model is called through the context."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.errors import ProviderError
from workbench.pipeline.asker import RerankedTexts
from workbench.pipeline.stage_context import RerankContext
from workbench.pipeline.types import Hit

# What is kept of a passage that the model refuses as too long, and how often.
KEPT, MOST_CUTS = 0.5, 6


async def rerank_cross_encoder(
    question: str, hits: Sequence[Hit], context: RerankContext
) -> tuple[list[Hit], tuple[str, ...]]:
    """(hits, flags): all hits by the model's scores, which become theirs.

    Passages that the model leaves out follow in their old order and give "rerank_partial". Too many passages
    for one request are sent in several. Of a passage that is too long for the model only the beginning is
    sent, which gives "rerank_cut". Raises ProviderError when a call fails.
    """
    if not hits:
        return [], ()
    scores, flags = await _score(question, [hit.chunk.shown for hit in hits], context)
    scored = [(hit, score) for hit, score in zip(hits, scores, strict=True) if score is not None]
    if len(scored) < len(hits):
        flags = (*flags, "rerank_partial")
    scored.sort(key=lambda pair: -pair[1])  # stable: equal scores keep their old order
    lowest = scored[-1][1]
    left_out = [Hit(hit.chunk, lowest) for hit, score in zip(hits, scores, strict=True) if score is None]
    return [*(Hit(hit.chunk, score) for hit, score in scored), *left_out], flags


async def _score(
    question: str, texts: Sequence[str], context: RerankContext
) -> tuple[list[float | None], tuple[str, ...]]:
    """(scores in the order of the texts, flags), in as few requests as the model takes."""
    scores: list[float | None] = []
    flags: list[str] = []
    size = usual = min(len(texts), context.most_texts)
    while len(scores) < len(texts):
        batch = texts[len(scores) : len(scores) + size]
        try:
            reply = await context.score(question, batch)
        except ProviderError as error:
            if len(batch) > 1 and error.kind == "batch":
                size = (len(batch) + 1) // 2
                continue
            if len(batch) > 1 or error.kind != "context":
                raise
            reply = await _score_beginning(question, batch[0], context, error)
            flags.append("rerank_cut")
            size = usual  # it was the text, not the number of texts
        scores += reply.scores
        flags += reply.flags
    if size < usual:
        context.learn_texts(size)
    return scores, tuple(dict.fromkeys(flags))


async def _score_beginning(
    question: str, text: str, context: RerankContext, error: ProviderError
) -> RerankedTexts:
    """The score of as much of a passage as the model takes. error: its refusal of the whole."""
    for _ in range(MOST_CUTS):
        text = text[: max(1, int(KEPT * len(text)))]
        try:
            return await context.score(question, [text])
        except ProviderError as refusal:
            if refusal.kind != "context":
                raise
            error = refusal
    raise error
