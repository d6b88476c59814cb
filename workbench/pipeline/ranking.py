"""Ranks a batch of questions under one retrieval setting: transform, embed, search, rerank.
Knows nothing about experiments or where rankings are stored."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from workbench.corpus.types import AskedQuestion
from workbench.errors import IndexBuildError, ProviderError
from workbench.input.conditions import Condition, condition_text
from workbench.parts.fusions import DEFAULT_FUSION
from workbench.pipeline.asker import Asker, Kind, Reply, RerankedTexts, TypicalCall
from workbench.pipeline.batch_sizes import LEARNT
from workbench.pipeline.chat_request import build_request
from workbench.pipeline.concurrency import gather_all
from workbench.pipeline.corpus_opener import CorpusOpener
from workbench.pipeline.embedding import UnembeddedTexts, check_dimensions
from workbench.pipeline.filtering import FilterContext, fixed_condition
from workbench.pipeline.fusion import merge_texts
from workbench.pipeline.observer import UNOBSERVED, Observer
from workbench.pipeline.prompt_rendering import PromptRoom, count_prompt_tokens
from workbench.pipeline.query_history import with_history
from workbench.pipeline.searchable import Query, Ranked, SearchableCorpus
from workbench.pipeline.stage_context import RerankContext, TransformContext
from workbench.pipeline.types import CANDIDATES, FAILURES_OF_MODELS, Hit, Ranking
from workbench.providers.types import Message, RerankRequest
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval

log = logging.getLogger(__name__)

NOTHING_LEFT = "filter_empty"
"""The flag of a question whose condition no document meets: it has no passages."""


@dataclass(frozen=True)
class SearchText:
    """The text or the texts that are searched for to answer a question."""

    question: str
    """What the reranker judges passages by: the question, or what was made of a follow-up question."""
    texts: tuple[str, ...]
    """The question itself, or what the query transform made of it: one text at least, each once. A reranker
    that compares vectors reads the first."""
    seconds: float = 0.0
    """How long the transform's calls took."""
    cost_usd: float | None = 0.0
    """What they cost in US dollars; None when one of them has no price."""
    flags: tuple[str, ...] = ()
    """"query_failed", and why, when the transform's model failed. Then the question itself is searched for, a
    follow-up question with what the user said before it. "filter_failed" likewise when no condition could be
    derived: all documents are searched."""
    condition: Condition | None = None
    """What the metadata of the documents must be; None where all are searched."""


@dataclass
class _Meter:
    """Calls one model on behalf of one question, and adds up time and cost."""

    asker: Asker
    model: Model | None
    """None for a part that needs no model."""
    kind: Kind
    calls: int = 0
    seconds: float = 0.0
    cost_usd: float | None = 0.0
    """None when a call has no price."""

    async def ask(self, messages: tuple[Message, ...]) -> str:
        assert self.model is not None  # Retrieval checks that the setting names one
        reply = await self.asker.ask(self.model, build_request(self.model, messages), kind=self.kind)
        self._note(reply)
        return reply.text

    async def score(self, question: str, texts: Sequence[str]) -> RerankedTexts:
        assert self.model is not None
        reply = await self.asker.rerank(self.model, RerankRequest(question, tuple(texts)), kind=self.kind)
        self._note(reply)
        return reply

    def _note(self, reply: Reply | RerankedTexts) -> None:
        self.calls += 1
        self.seconds += reply.seconds
        self.cost_usd = add_costs(self.cost_usd, reply.cost_usd)


def _flags_of_failure(stage: str, error: ProviderError) -> tuple[str, ...]:
    """The flags of a ranking that goes without a helping model's reply: that it failed, and why. Empty when
    the error is its server's, not the model's: then the same request may well be answered later."""
    if error.kind not in FAILURES_OF_MODELS:
        return ()
    return (f"{stage}_failed", f"{stage}_{error.kind}")


def add_costs(*costs: float | None) -> float | None:
    """The sum in US dollars; None when one of them has no price."""
    return None if None in costs else sum(cost for cost in costs if cost is not None)


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
        transformed = await _filter_questions(opener, retrieval, questions, transformed, asker)
    searches = [item for item in transformed if isinstance(item, SearchText)]
    if corpus.lacks_contexts:
        searches = [replace(item, flags=(*item.flags, "context_failed")) for item in searches]
    rankings = iter(await _rank(opener, corpus, retrieval, searches, asker, observer) if searches else [])
    return [next(rankings) if isinstance(item, SearchText) else item for item in transformed]


async def transform_questions(
    retrieval: Retrieval, questions: Sequence[str | AskedQuestion], asker: Asker
) -> list[SearchText | ProviderError]:
    """The search text for each question, or the error of its query transform."""
    asked = [AskedQuestion.of(question) for question in questions]
    chosen = retrieval.transforming
    part = chosen.part
    if part.function is None:
        return [SearchText(question.text, (question.text,)) for question in asked]
    transform = part.load()

    async def transform_one(question: AskedQuestion) -> SearchText | ProviderError:
        if part.for_follow_ups and not question.history:
            return SearchText(question.text, (question.text,))
        meter = _Meter(asker, retrieval.query_model, part.call_kind)
        context = TransformContext(meter.ask, question.history)
        flags: tuple[str, ...] = ()
        try:
            made = await transform(question.text, context, **chosen.arguments)
        except ProviderError as error:
            flags = _flags_of_failure("query", error)
            if not flags:
                return ProviderError(f"Query transform: {error}", kind=error.kind)
            made = with_history(question.text, question.history) if part.for_follow_ups else question.text
        texts = (made,) if isinstance(made, str) else tuple(dict.fromkeys(filter(str.strip, made)))
        texts = texts or (question.text,)
        judged_by = texts[0] if part.for_follow_ups else question.text
        return SearchText(judged_by, texts, meter.seconds, meter.cost_usd, flags)

    return await gather_all([transform_one(question) for question in asked])


async def _filter_questions(
    opener: CorpusOpener,
    retrieval: Retrieval,
    questions: Sequence[str | AskedQuestion],
    searches: Sequence[SearchText | ProviderError],
    asker: Asker,
) -> list[SearchText | ProviderError]:
    """The search texts with the conditions under which they are searched for."""
    chosen = retrieval.filtering
    asked = [AskedQuestion.of(question) for question in questions]
    if not chosen.part.calls:
        return [
            replace(item, condition=fixed_condition(retrieval, question))
            if isinstance(item, SearchText)
            else item
            for item, question in zip(searches, asked, strict=True)
        ]
    derive = chosen.part.load()
    metadata = await asyncio.to_thread(lambda: opener.keys.metadata)

    async def filter_one(
        question: AskedQuestion, item: SearchText | ProviderError
    ) -> SearchText | ProviderError:
        if isinstance(item, ProviderError):
            return item
        meter = _Meter(asker, retrieval.query_model, "filter")
        condition: Condition | None = None
        flags: tuple[str, ...] = ()
        try:
            context = FilterContext(meter.ask, metadata)
            condition = await derive(question, context, **chosen.arguments)
        except ProviderError as error:
            flags = _flags_of_failure("query", error)  # the query model's, whatever it is asked
            if not flags:
                return ProviderError(f"Filter: {error}", kind=error.kind)
            flags = ("filter_failed", *flags[1:])
        cost = add_costs(item.cost_usd, meter.cost_usd)
        seconds = item.seconds + meter.seconds
        return replace(item, condition=condition, seconds=seconds, cost_usd=cost, flags=(*item.flags, *flags))

    return await gather_all([filter_one(*pair) for pair in zip(asked, searches, strict=True)])


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
        found = await asyncio.to_thread(_search_within, corpus, *arguments)
    except IndexBuildError as error:  # damaged since it was opened
        log.warning("%s It is being rebuilt.", error)
        corpus = await opener.reopen(retrieval, asker)
        found = await asyncio.to_thread(_search_within, corpus, *arguments)
    observer.note("retrieve", len(searches))

    async def finish(
        item: SearchText, of_texts: Sequence[Query], found: _Found | ProviderError
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
        return await _rerank(opener, corpus, retrieval, item.question, of_texts, ranking, asker, observer)

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
    made = iter([Query(*query) for query in zip(texts, first, second, strict=True)])
    queries = [[next(made) for _ in item.texts] for item in searches]
    costs = add_costs(typical.cost_usd, other.cost_usd)
    return queries, TypicalCall(typical.seconds + other.seconds, costs)


async def _embed_queries(
    opener: CorpusOpener, model: Model | None, width: int | None, texts: Sequence[str], asker: Asker
) -> tuple[Sequence[NDArray[np.float32] | None], TypicalCall]:
    """The texts' vectors, and the time and cost of one; neither where the setting has no model.

    width: the dimensions of the chunks' vectors; None when there are none.
    """
    if model is None:
        return [None] * len(texts), TypicalCall(0.0, 0.0)
    vectors = await opener.embed_queries(model, texts, asker)
    if width is not None:
        check_dimensions(model, vectors.shape[1], width)
    return list(vectors), await asker.typical_call(model, "embed_query") or TypicalCall(0.0, None)


@dataclass(frozen=True)
class _Found:
    """What a search found for one question."""

    hits: list[Hit]
    seconds: float
    """Per text that is searched for."""
    nothing_left: bool = False
    """Whether no chunk met the question's condition."""


def _search_within(
    corpus: SearchableCorpus,
    opener: CorpusOpener,
    retrieval: Retrieval,
    queries: Sequence[Sequence[Query]],
    conditions: Sequence[Condition | None],
) -> list[_Found | ProviderError]:
    """What is found for each question among the chunks that meet its condition, condition by condition.

    Raises IndexBuildError when the index is damaged.
    """
    by_condition: dict[str, list[int]] = {}
    for number, condition in enumerate(conditions):
        by_condition.setdefault("" if condition is None else condition_text(condition), []).append(number)
    found: dict[int, _Found | ProviderError] = {}
    for numbers in by_condition.values():
        condition, searched = conditions[numbers[0]], corpus
        if condition is not None:
            searched = opener.within(corpus, opener.keys.metadata.allowed(condition))
        if not searched.chunks:
            found |= {number: _Found([], 0.0, nothing_left=True) for number in numbers}
            continue
        of_condition = [queries[number] for number in numbers]
        hit_lists: Sequence[list[Hit] | ProviderError]
        try:
            hit_lists, seconds = _timed_search(searched, retrieval, of_condition)
        except ProviderError:  # only retrievers from outside fail: maybe not for every question
            hit_lists, seconds = _search_each(searched, retrieval, of_condition)
        for number, hits in zip(numbers, hit_lists, strict=True):
            found[number] = hits if isinstance(hits, ProviderError) else _Found(hits, seconds)
    return [found[number] for number in range(len(queries))]


def _timed_search(
    corpus: SearchableCorpus, retrieval: Retrieval, questions: Sequence[Sequence[Query]]
) -> tuple[list[list[Hit]], float]:
    """The hits, and the seconds per query.

    One search comes before the timing: it builds what the retriever needs, which serving does only once.
    """
    search(corpus, retrieval, questions[:1])
    started = time.perf_counter()
    hits = search(corpus, retrieval, questions)
    return hits, (time.perf_counter() - started) / sum(len(queries) for queries in questions)


def _search_each(
    corpus: SearchableCorpus, retrieval: Retrieval, questions: Sequence[Sequence[Query]]
) -> tuple[list[list[Hit] | ProviderError], float]:
    """For each question its hits or why it has none, and the seconds per query."""
    found: list[list[Hit] | ProviderError] = []
    started = time.perf_counter()
    for queries in questions:
        try:
            found.extend(search(corpus, retrieval, [queries]))
        except ProviderError as error:
            found.append(ProviderError(f"Retriever: {error}", kind=error.kind))
    return found, (time.perf_counter() - started) / sum(len(queries) for queries in questions)


def search(
    corpus: SearchableCorpus, retrieval: Retrieval, questions: Sequence[Sequence[Query]]
) -> list[list[Hit]]:
    """For each question up to CANDIDATES hits, best first, whatever number of texts it is searched for by.

    Raises IndexBuildError when the index is damaged.
    """
    queries = [query for of_question in questions for query in of_question]
    if not queries:
        return []
    chosen = retrieval.retrieving
    arguments = chosen.arguments
    if retrieval.fuses and retrieval.fusion != DEFAULT_FUSION:
        combining = retrieval.fusing
        arguments["fuse"] = partial(combining.part.load(), **combining.arguments)
    found: list[Ranked] = chosen.part.load()(corpus, queries, CANDIDATES, **arguments)
    rankings = iter(found)
    in_turn = retrieval.transforming.part.in_turn
    merged = [
        merge_texts([next(rankings) for _ in of_question], CANDIDATES, in_turn=in_turn)
        for of_question in questions
    ]
    return [[Hit(corpus.chunks[position], score) for position, score in ranking] for ranking in merged]


async def _rerank(
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
    meter = _Meter(asker, model, "rerank")
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
        hits, flags = ranking.hits, _flags_of_failure("rerank", error)
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
    `candidates` of its own leaves the others where they are by itself.
    """
    chosen, count = retrieval.reranking, retrieval.candidates_read
    arguments = dict(chosen.arguments)
    if "candidates" in chosen.part.settings.model_fields:
        arguments["candidates"] = count
        count = len(hits)
    first, others = hits[:count], hits[count:]
    reranked, flags = await chosen.part.load()(question, first, context, **arguments)
    lowest = min((hit.score for hit in reranked), default=0.0)
    return (*reranked, *(Hit(hit.chunk, lowest) for hit in others)), flags


def _fits(room: PromptRoom, model: Model, messages: tuple[Message, ...]) -> bool:
    if room.window is None:  # counting loads a tokenizer
        return True
    return room.fits(sum(count_prompt_tokens(m.content) for m in messages), model.max_tokens)
