"""Reranks what was found for a question. A reranker that fails for its own reasons costs only its help.
Knows nothing about how it was found."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from workbench.errors import ProviderError
from workbench.pipeline.asker import Asker
from workbench.pipeline.batch_sizes import LEARNT
from workbench.pipeline.corpus_opener import CorpusOpener
from workbench.pipeline.helping_calls import Meter, add_costs, flags_of_failure
from workbench.pipeline.observer import Observer
from workbench.pipeline.prompt_rendering import PromptRoom, count_prompt_tokens
from workbench.pipeline.searchable import Query, SearchableCorpus
from workbench.pipeline.stage_context import RerankContext
from workbench.pipeline.types import CANDIDATES, Hit, Ranking
from workbench.providers.types import Message
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval


async def rerank(
    opener: CorpusOpener,
    corpus: SearchableCorpus,
    retrieval: Retrieval,
    question: str,
    queries: Sequence[Query],
    ranking: Ranking,
    asker: Asker,
    observer: Observer,
) -> Ranking | ProviderError:
    chosen = retrieval.reranking
    if chosen.part.function is None or not ranking.hits:
        observer.note("rerank", int(chosen.part.function is not None))
        return ranking
    model = retrieval.rerank_model
    meter = Meter(asker, model, "rerank")
    context = RerankContext(queries[0], corpus.vectors_of, meter.ask, further=tuple(queries[1:]))
    if model is not None and model.kind == "reranker":
        most, learn = LEARNT.most(model, CANDIDATES), partial(LEARNT.learn, model)
        context = replace(context, score=meter.score, most_texts=most, learn_texts=learn)
    elif model is not None:
        room = await opener.rooms.of_reranker(retrieval, asker)
        context = replace(context, fits=partial(_fits, room, model))
    started = time.perf_counter()
    try:
        hits, flags = await rerank_first(retrieval, question, ranking.hits, context)
    except ProviderError as error:
        hits, flags = ranking.hits, flags_of_failure("rerank", error)
        if not flags:
            return ProviderError(f"Rerank: {error}", kind=error.kind)
    observer.note("rerank", 1)
    # The reply may have been stored: then the time of the original call counts, not that of the look-up.
    seconds = meter.seconds if meter.calls else time.perf_counter() - started
    return replace(
        ranking,
        hits=tuple(hits),
        seconds=ranking.seconds + seconds,
        cost_usd=add_costs(ranking.cost_usd, meter.cost_usd),
        flags=(*ranking.flags, *flags),
    )


async def rerank_first(
    retrieval: Retrieval, question: str, hits: Sequence[Hit], context: RerankContext
) -> tuple[Sequence[Hit], tuple[str, ...]]:
    """(all hits, flags): the first candidates as the reranker orders them, then the others as they were.

    The others get the lowest of the new scores: theirs are of another scale. A reranker with a setting
    `candidates` of its own leaves the others where they are by itself. After one that arranges there are no
    others: the prompt gets what it was given, and nothing in the place of what it drops.
    """
    chosen, count = retrieval.reranking, retrieval.candidates_read
    arguments = dict(chosen.arguments)
    if "candidates" in chosen.part.settings.model_fields:
        arguments["candidates"] = count
        count = len(hits)
    first, others = hits[:count], hits[count:]
    reranked, flags = await chosen.part.load()(question, first, context, **arguments)
    if chosen.part.arranges:
        return reranked, flags
    lowest = min((hit.score for hit in reranked), default=0.0)
    return (*reranked, *(Hit(hit.chunk, lowest) for hit in others)), flags


def _fits(room: PromptRoom, model: Model, messages: tuple[Message, ...]) -> bool:
    if room.window is None:  # counting loads a tokenizer
        return True
    return room.fits(sum(count_prompt_tokens(m.content) for m in messages), model.max_tokens)
