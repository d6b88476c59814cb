"""Searches a corpus for batches of questions, each for its texts and under its condition.
Knows nothing about how texts and conditions came about, or about reranking."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from workbench.errors import ProviderError
from workbench.input.conditions import Condition, condition_text
from workbench.parts.fusions import DEFAULT_FUSION
from workbench.pipeline.corpus_opener import CorpusOpener
from workbench.pipeline.fusion import merge_texts
from workbench.pipeline.searchable import Query, Ranked, SearchableCorpus
from workbench.pipeline.types import CANDIDATES, Hit
from workbench.space.retrieval import Retrieval


@dataclass(frozen=True)
class Found:
    """What a search found for one question."""

    hits: list[Hit]
    seconds: float
    """Per text that is searched for."""
    nothing_left: bool = False
    """Whether no chunk met the question's condition."""


def search_within(
    corpus: SearchableCorpus,
    opener: CorpusOpener,
    retrieval: Retrieval,
    queries: Sequence[Sequence[Query]],
    conditions: Sequence[Condition | None],
) -> list[Found | ProviderError]:
    """What is found for each question among the chunks that meet its condition, condition by condition.

    Raises IndexBuildError when the index is damaged.
    """
    by_condition: dict[str, list[int]] = {}
    for number, condition in enumerate(conditions):
        by_condition.setdefault("" if condition is None else condition_text(condition), []).append(number)
    found: dict[int, Found | ProviderError] = {}
    for numbers in by_condition.values():
        condition, searched = conditions[numbers[0]], corpus
        if condition is not None:
            searched = opener.within(corpus, opener.keys.metadata.allowed(condition))
        if not searched.chunks:
            found |= {number: Found([], 0.0, nothing_left=True) for number in numbers}
            continue
        of_condition = [queries[number] for number in numbers]
        hit_lists: Sequence[list[Hit] | ProviderError]
        try:
            hit_lists, seconds = _timed_search(searched, retrieval, of_condition)
        except ProviderError:  # only retrievers from outside fail: maybe not for every question
            hit_lists, seconds = _search_each(searched, retrieval, of_condition)
        for number, hits in zip(numbers, hit_lists, strict=True):
            found[number] = hits if isinstance(hits, ProviderError) else Found(hits, seconds)
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
