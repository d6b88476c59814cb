"""What the prompt gets of stored rankings. Where that is no plain cut at top_k, it is a ranking of its own.
Knows nothing about prompts, answers or scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from workbench.errors import ProviderError
from workbench.pipeline import fingerprints
from workbench.pipeline.corpus_texts import CorpusTexts
from workbench.pipeline.given import Given
from workbench.pipeline.passages import chunk_to_record, record_to_hit
from workbench.pipeline.selection import select
from workbench.pipeline.types import SCORE_DIGITS
from workbench.space.retrieval import Retrieval
from workbench.store.answers import find_passages, find_rankings
from workbench.store.database import Store
from workbench.store.records import PassageRecord, RankingRecord


@dataclass(frozen=True)
class GivenPassages:
    """What the prompt gets of one ranking."""

    ranking: RankingRecord
    """The ranking itself where its first passages are given as they are, else one of the passages given."""
    passages: tuple[tuple[PassageRecord, float], ...]
    """With their scores, best first."""
    unstored: tuple[PassageRecord, ...] | None = None
    """The passages of a ranking of its own, which may not be stored yet; None for the stored ranking."""
    selected: tuple[Given, ...] = ()
    """The passages with those that were left out in their favour; empty for a ranking as it is."""


def give_passages(
    store: Store, retrieval: Retrieval, keys: Sequence[str], texts: CorpusTexts
) -> Mapping[str, GivenPassages | ProviderError]:
    """By the keys of rankings, what the prompt gets of those that are stored, or why it gets nothing."""
    rankings = find_rankings(store, keys)
    needed = retrieval.top_k if retrieval.cuts_only else None
    passages = find_passages(store, {key for r in rankings.values() for key, _ in r.items[:needed]})
    own_keys = fingerprints.selections(list(rankings), retrieval)
    given: dict[str, GivenPassages | ProviderError] = {}
    for (key, ranking), own_key in zip(rankings.items(), own_keys, strict=True):
        found = tuple((passages[k], score) for k, score in ranking.items[:needed])
        try:
            given[key] = _give(ranking, found, own_key, retrieval, texts)
        except ProviderError as error:
            given[key] = error
    return given


def _give(
    ranking: RankingRecord,
    found: tuple[tuple[PassageRecord, float], ...],
    own_key: str,
    retrieval: Retrieval,
    texts: CorpusTexts,
) -> GivenPassages:
    """found: the passages of the ranking. own_key: of the ranking of what is given."""
    if own_key == ranking.key:
        return GivenPassages(ranking, found)
    selection = select([record_to_hit(*hit) for hit in found], retrieval, texts)
    records = tuple(chunk_to_record(given.chunk) for given in selection.passages)
    scores = [round(given.score, SCORE_DIGITS) for given in selection.passages]
    items = tuple((record.key, score) for record, score in zip(records, scores, strict=True))
    own = replace(ranking, key=own_key, items=items, flags=(*ranking.flags, *selection.flags))
    return GivenPassages(own, tuple(zip(records, scores, strict=True)), records, selection.passages)
