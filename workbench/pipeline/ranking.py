"""Ranks a batch of questions under one retrieval setting: transform, embed, search, rerank.
Knows nothing about experiments or where rankings are stored."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from workbench.corpus.types import AskedQuestion
from workbench.errors import IndexBuildError, ProviderError
from workbench.input.conditions import condition_text
from workbench.pipeline.asker import Asker, TypicalCall
from workbench.pipeline.concurrency import gather_all
from workbench.pipeline.corpus_opener import CorpusOpener
from workbench.pipeline.embedding import UnembeddedTexts, check_dimensions
from workbench.pipeline.helping_calls import add_costs
from workbench.pipeline.observer import UNOBSERVED, Observer
from workbench.pipeline.reranking import rerank
from workbench.pipeline.search_texts import SearchText, filter_questions, transform_questions
from workbench.pipeline.searchable import Query, SearchableCorpus
from workbench.pipeline.searching import Found, search_within
from workbench.pipeline.types import Ranking
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval

log = logging.getLogger(__name__)

NOTHING_LEFT = "filter_empty"
"""The flag of a question whose condition no document meets: it has no passages."""


async def rank_questions(
    opener: CorpusOpener,
    retrieval: Retrieval,
    questions: Sequence[str | AskedQuestion],
    asker: Asker,
    observer: Observer = UNOBSERVED,
) -> list[Ranking | ProviderError]:
    """For each question its ranking, or the error of its query transform, its vector or its reranking.

    A helping model that fails for its own reasons costs a question nothing but its help, which is flagged.

    Raises errors that concern all questions: those of CorpusOpener.open, and ProviderError when the queries
    cannot be embedded.
    """
    corpus = await opener.open(retrieval, asker)
    transformed = await transform_questions(retrieval, questions, asker)
    if retrieval.filtering.part.function is not None:
        transformed = await filter_questions(opener, retrieval, questions, transformed, asker)
    searches = [item for item in transformed if isinstance(item, SearchText)]
    if corpus.lacks_contexts:
        searches = [replace(item, flags=(*item.flags, "context_failed")) for item in searches]
    rankings = iter(await _rank(opener, corpus, retrieval, searches, asker, observer) if searches else [])
    return [next(rankings) if isinstance(item, SearchText) else item for item in transformed]


async def _rank(
    opener: CorpusOpener,
    corpus: SearchableCorpus,
    retrieval: Retrieval,
    searches: Sequence[SearchText],
    asker: Asker,
    observer: Observer,
) -> list[Ranking | ProviderError]:
    try:
        queries, embedding = await _make_queries(opener, corpus, retrieval, searches, asker)
    except UnembeddedTexts as unembedded:  # the others' vectors are stored by now
        problems = [
            next((unembedded.errors[text] for text in item.texts if text in unembedded.errors), None)
            for item in searches
        ]
        rest = [item for item, problem in zip(searches, problems, strict=True) if problem is None]
        rankings = iter(await _rank(opener, corpus, retrieval, rest, asker, observer) if rest else [])
        return [problem or next(rankings) for problem in problems]
    conditions = [item.condition for item in searches]
    arguments = (opener, retrieval, queries, conditions)
    try:
        found = await asyncio.to_thread(search_within, corpus, *arguments)
    except IndexBuildError as error:  # damaged since it was opened
        log.warning("%s It is reopened, and rebuilt if it is damaged.", error)
        corpus = await opener.reopen(retrieval, asker)
        found = await asyncio.to_thread(search_within, corpus, *arguments)
    observer.note("retrieve", len(searches))

    async def finish(
        item: SearchText, of_texts: Sequence[Query], found: Found | ProviderError
    ) -> Ranking | ProviderError:
        if isinstance(found, ProviderError):
            return found
        # All texts are embedded by one request, but each costs what it costs.
        cost = None if embedding.cost_usd is None else embedding.cost_usd * len(of_texts)
        total_seconds = item.seconds + (embedding.seconds + found.seconds) * len(of_texts)
        flags = (*item.flags, NOTHING_LEFT) if found.nothing_left else item.flags
        condition = None if item.condition is None else condition_text(item.condition)
        ranking = Ranking(
            tuple(found.hits),
            total_seconds,
            add_costs(item.cost_usd, cost),
            flags,
            corpus.late_contexts,
            condition,
        )
        return await rerank(opener, corpus, retrieval, item.question, of_texts, ranking, asker, observer)

    items = list(zip(searches, queries, found, strict=True))
    if retrieval.rerank_model is not None:
        return await gather_all([finish(*item) for item in items])
    return [
        await finish(*item) for item in items
    ]  # computed on this machine, where they would only wait for each other


async def _make_queries(
    opener: CorpusOpener,
    corpus: SearchableCorpus,
    retrieval: Retrieval,
    searches: Sequence[SearchText],
    asker: Asker,
) -> tuple[list[list[Query]], TypicalCall]:
    """The queries of each question, and the time and cost of embedding one of them.

    Those are averages over all such calls, because the vectors of these queries may be stored.
    """
    texts = [text for item in searches for text in item.texts]
    width = None if corpus.vectors is None else corpus.vectors.shape[1]
    first, typical = await _embed_queries(opener, retrieval.embedding, width, texts, asker)
    width = None if corpus.second_vectors is None else corpus.second_vectors.shape[1]
    second, other = await _embed_queries(opener, retrieval.second_embedding, width, texts, asker)
    sparse, third = await _embed_queries(opener, retrieval.sparse_embedding, None, texts, asker)
    made = iter([Query(*query) for query in zip(texts, first, second, sparse, strict=True)])
    queries = [[next(made) for _ in item.texts] for item in searches]
    calls = (typical, other, third)
    return queries, TypicalCall(sum(call.seconds for call in calls), add_costs(*(c.cost_usd for c in calls)))


async def _embed_queries(
    opener: CorpusOpener, model: Model | None, width: int | None, texts: Sequence[str], asker: Asker
) -> tuple[Sequence[NDArray[np.float32] | None], TypicalCall]:
    """The texts' vectors, and the time and cost of one; neither where the setting has no model.

    width: the dimensions of the chunks' vectors; None when there are none, or they have no fixed number.
    """
    if model is None:
        return [None] * len(texts), TypicalCall(0.0, 0.0)
    vectors = await opener.embed_queries(model, texts, asker)
    if width is not None:
        check_dimensions(model, vectors.shape[1], width)
    return list(vectors), await asker.typical_call(model, "embed_query") or TypicalCall(0.0, None)
