"""Counts the distinct work an experiment has left at each stage, and prices it, before anything is spent.
Knows nothing about doing the work: it reads the store and the caches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from workbench.analysis.leaderboard import FINALISTS
from workbench.engine import plan_judging
from workbench.engine.calls import model_key
from workbench.engine.preparation import Prepared
from workbench.pipeline import fingerprints
from workbench.pipeline.chunk_cache import count_stored, find_stored_chunks
from workbench.pipeline.embedding import VectorCache
from workbench.pipeline.index import has_index
from workbench.providers.types import Usage
from workbench.scoring.judged import as_judge
from workbench.settings import Settings
from workbench.space.config import Config
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval
from workbench.store.answers import (
    count_stored_scores,
    find_answered,
    find_ranking_keys,
)
from workbench.store.engine import Store
from workbench.store.ledger import get_call_statistics

# Where a model has not been called yet: what an answer takes, at the least and at the most.
FEWEST_OUTPUT_TOKENS = 20
MOST_OUTPUT_TOKENS = 300
INSTRUCTION_TOKENS = 60
SECONDS_PER_CALL = (0.5, 6.0)
# Embedded models and scores: measured on 2 cores, once with texts of 64 and once of 400 tokens.
EMBEDDED_SECONDS_PER_CALL = (0.003, 0.012)
EMBEDDED_SECONDS_PER_TEXT = (0.002, 0.03)
SCORE_SECONDS = (0.0002, 0.001)
CHARACTERS_PER_TOKEN = 4.0


@dataclass(frozen=True)
class StageCount:
    """distinct: pieces of work; stored: done already, by any experiment; left: at most this many to do."""

    distinct: int
    stored: int

    @property
    def left(self) -> int:
        return self.distinct - self.stored


@dataclass(frozen=True)
class Range:
    low: float
    high: float

    def __add__(self, other: Range) -> Range:
        return Range(self.low + other.low, self.high + other.high)

    def __mul__(self, factor: float) -> Range:
        return Range(self.low * factor, self.high * factor)


@dataclass(frozen=True)
class Plan:
    """cost_usd is None when work is left for a model without a price; `unpriced` names those."""

    configs: int
    grid_size: int
    questions: int
    holdout_questions: int
    repeats: int
    stages: dict[str, StageCount]
    cost_usd: Range | None
    seconds: Range | None
    unpriced: tuple[str, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "configs": self.configs,
            "grid_size": self.grid_size,
            "questions": self.questions,
            "holdout_questions": self.holdout_questions,
            "repeats": self.repeats,
            "stages": {
                name: {"distinct": s.distinct, "stored": s.stored, "left": s.left}
                for name, s in self.stages.items()
            },
            "cost_usd": _range_json(self.cost_usd),
            "seconds": _range_json(self.seconds),
            "unpriced": list(self.unpriced),
            "notes": list(self.notes),
            "warnings": list(self.warnings),
        }


def _range_json(found: Range | None) -> dict[str, float] | None:
    return None if found is None else {"low": found.low, "high": found.high}


class _Planner:
    """One planning: what the store and caches hold is read once."""

    def __init__(self, prepared: Prepared, settings: Settings, store: Store) -> None:
        self.prepared = prepared
        self.settings = settings
        self.store = store
        self.search = [q.question for q in prepared.questions_of("search")]
        self.holdout = [q.question for q in prepared.questions_of("holdout")]
        self.repeats = prepared.experiment.repeats
        self.configs = prepared.space.configs
        self.finalists = min(FINALISTS, len(self.configs)) if self.holdout else 0
        self.costs: list[Range | None] = []
        self.seconds = Range(0, 0)
        self.unpriced: dict[str, None] = {}
        self.judge_calls = StageCount(0, 0)

    # -- which settings there are -------------------------------------------------------------------

    @cached_property
    def retrievals(self) -> list[Retrieval]:
        """Distinct retrieval settings, whatever the prompt and model."""
        return list({id(c.retrieval): c.retrieval for c in self.configs}.values())

    @cached_property
    def groups(self) -> dict[str, Retrieval]:
        return {fingerprints.group(r): r for r in self.retrievals}

    @cached_property
    def group_of(self) -> dict[int, str]:
        return {id(r): fingerprints.group(r) for r in self.retrievals}

    @cached_property
    def chunkings(self) -> dict[tuple[str, int, int], Retrieval]:
        return {(r.splitter, r.chunk_tokens, r.chunk_overlap): r for r in self.retrievals}

    @cached_property
    def ranking_keys(self) -> dict[str, list[str]]:
        """Group → ranking key of each search question, then of each held-out one."""
        documents = self.prepared.corpus.documents
        corpora = {s: fingerprints.corpus_chunks(documents, r) for s, r in self.chunkings.items()}
        found = {}
        for key, r in self.groups.items():
            corpus = corpora[(r.splitter, r.chunk_tokens, r.chunk_overlap)]
            found[key] = [fingerprints.ranking(corpus, r, q.text) for q in (*self.search, *self.holdout)]
        return found

    # -- stages ------------------------------------------------------------------------------------

    def chunk(self) -> StageCount:
        documents = self.prepared.corpus.documents
        folder = self.settings.cache / "chunks"
        stored = sum(count_stored(documents, *s, folder) for s in self.chunkings)
        return StageCount(len(documents) * len(self.chunkings), stored)

    def embed(self) -> StageCount:
        """Distinct passages of each embedding model; estimated from lengths where not chunked yet."""
        vectors = VectorCache(self.settings.cache / "vectors.db")
        models: dict[str, Model] = {}
        texts: dict[str, set[str]] = {}
        guessed: dict[str, int] = {}
        settings = {
            (model_key(r.embedding), r.splitter, r.chunk_tokens, r.chunk_overlap): r
            for r in self.retrievals
            if r.embedding is not None
        }
        for (key, *_), r in settings.items():
            assert r.embedding is not None
            models[key] = r.embedding
            stored, unknown = self._chunk_texts(r)
            texts.setdefault(key, {q.text for q in (*self.search, *self.holdout)}).update(stored)
            guessed[key] = guessed.get(key, 0) + unknown
        total = done = 0
        for key, model in models.items():
            cached = vectors.count_stored(fingerprints.model(model), texts[key])
            distinct = len(texts[key]) + guessed[key]
            total += distinct
            done += cached
            self._price_texts(model, distinct - cached)
        return StageCount(total, done)

    def _chunk_texts(self, r: Retrieval) -> tuple[list[str], int]:
        """Texts of the chunks that are stored, and about how many there are in documents not chunked yet."""
        texts: list[str] = []
        unknown = 0
        folder = self.settings.cache / "chunks"
        step = max(1, r.chunk_tokens - r.chunk_overlap)
        for document in self.prepared.corpus.documents:
            chunks = find_stored_chunks(document, r.splitter, r.chunk_tokens, r.chunk_overlap, folder)
            if chunks is None:
                unknown += int(len(document.text) / CHARACTERS_PER_TOKEN / step) + 1
            else:
                texts.extend(c.text for c in chunks)
        return texts, unknown

    def index(self) -> StageCount:
        documents = self.prepared.corpus.documents
        keys = {fingerprints.index(documents, r) for r in self.retrievals if r.embedding is not None}
        return StageCount(len(keys), sum(has_index(self.settings.indexes, k) for k in keys))

    def retrieve_and_rerank(self) -> tuple[StageCount, StageCount]:
        """Held-out questions are retrieved for the finalists' settings only, which are not known yet."""
        searched, held = len(self.search), len(self.holdout)
        stored = find_ranking_keys(self.store, (key for keys in self.ranking_keys.values() for key in keys))
        done = reranked = reranked_done = 0
        for group, keys in self.ranking_keys.items():
            found = sum(key in stored for key in keys[:searched])
            done += found
            if self.groups[group].rerank != "none":
                reranked += searched
                reranked_done += found
            self._price_retrieval(self.groups[group], searched - found)
        final = min(self.finalists, len(self.groups)) * held
        found_final = min(
            final, sum(key in stored for keys in self.ranking_keys.values() for key in keys[searched:])
        )
        return (
            StageCount(len(self.groups) * searched + final, done + found_final),
            StageCount(reranked, reranked_done),
        )

    def generate_and_score(self) -> tuple[StageCount, StageCount]:
        """An answer of the same configuration to the same question over the same passages is stored."""
        searched = len(self.search)
        by_config = {c.id: c for c in self.configs}
        answered = find_answered(self.store, by_config)
        expected: dict[str, set[str]] = {g: set(keys[:searched]) for g, keys in self.ranking_keys.items()}
        final: dict[str, set[str]] = {g: set(keys[searched:]) for g, keys in self.ranking_keys.items()}
        stored_by_config: dict[str, int] = {}
        final_stored = 0
        for config_id, ranking_key, repeat in answered:
            if repeat >= self.repeats:
                continue
            group = self.group_of[id(by_config[config_id].retrieval)]
            if ranking_key in expected[group]:
                stored_by_config[config_id] = stored_by_config.get(config_id, 0) + 1
            elif ranking_key in final[group]:
                final_stored += 1
        each = searched * self.repeats
        final_total = self.finalists * len(self.holdout) * self.repeats
        total = len(self.configs) * each + final_total
        final_stored = min(final_total, final_stored)
        stored = sum(min(each, n) for n in stored_by_config.values()) + final_stored
        self._price_generation(each, stored_by_config, final_total - final_stored)
        judged = {s.name for s in self.prepared.judged}
        names = [n for n in self.prepared.score_names if n not in judged]
        scored = count_stored_scores(self.store, by_config, names) if answered else 0
        scored = min(scored, stored * len(names)) + self._count_judging(final_total)
        return StageCount(total, stored), StageCount(total * len(self.prepared.score_names), scored)

    def _count_judging(self, final_answers: int) -> int:
        """Count and price the judges' calls, an upper bound; returns the judged scores that are stored."""
        prepared, searched = self.prepared, len(self.search)
        scores = 0
        for work in plan_judging.judge_work(
            prepared, self.store, searched=searched, final_answers=final_answers
        ):
            self.judge_calls = StageCount(
                self.judge_calls.distinct + work.calls, self.judge_calls.stored + work.stored
            )
            scores += work.scores_stored
            judge = as_judge(work.score.judge)
            most = min(judge.max_tokens or plan_judging.MOST_OUTPUT_TOKENS, plan_judging.MOST_OUTPUT_TOKENS)
            # A ladder may never need its judge, and a declined answer needs none.
            self._price_calls(judge, "judge", work.left, tokens=work.tokens, most_output=most, least=0.0)
        return scores

    # -- prices ------------------------------------------------------------------------------------

    def _price_generation(self, each: int, stored: dict[str, int], final_left: int) -> None:
        left: dict[tuple[int, int], int] = {}
        sample: dict[tuple[int, int], Config] = {}
        for config in self.configs:
            key = (id(config.model), config.retrieval.top_k * config.retrieval.chunk_tokens)
            sample.setdefault(key, config)
            left[key] = left.get(key, 0) + each - min(each, stored.get(config.id, 0))
        for key, calls in left.items():
            self._price_calls(sample[key].model, "generate", calls, tokens=key[1] + INSTRUCTION_TOKENS)
        if final_left:
            # Which configurations get there is not known: priced as the dearest would be.
            dearest = max(sample, key=lambda k: k[1])
            self._price_calls(
                sample[dearest].model, "generate", final_left, tokens=dearest[1] + INSTRUCTION_TOKENS
            )

    def _price_retrieval(self, r: Retrieval, left: int) -> None:
        if r.query == "hyde" and r.query_model:
            self._price_calls(r.query_model, "hyde", left, tokens=2 * INSTRUCTION_TOKENS)
        if r.rerank == "llm" and r.rerank_model:
            self._price_calls(r.rerank_model, "rerank", left, tokens=20 * r.chunk_tokens)

    def _price_calls(
        self,
        model: Model,
        kind: str,
        calls: int,
        *,
        tokens: int,
        most_output: int | None = None,
        least: float = 1.0,
    ) -> None:
        """Add what `calls` calls cost: from past calls of this model where there are some. least: the share
        of them that is sure to be made."""
        if calls <= 0:
            return
        past = get_call_statistics(self.store, kind, model_key(model))
        seconds = Range(*(EMBEDDED_SECONDS_PER_CALL if model.embedded else SECONDS_PER_CALL))
        if past.calls >= 10 and past.mean_seconds is not None:
            seconds = Range(past.mean_seconds * 0.8, past.mean_seconds * 1.25)
        at_a_time = 2 if model.embedded else model.limits.concurrency
        self.seconds += Range(seconds.low * least, seconds.high) * (calls / at_a_time)
        price = self.prepared.prices.get(model.name)
        if price is None:
            self.unpriced[model.name] = None
            return
        low = Usage(input=tokens // 3, output=FEWEST_OUTPUT_TOKENS)
        high = Usage(input=int(tokens * 1.3), output=most_output or model.max_tokens or MOST_OUTPUT_TOKENS)
        costs = (price.cost(low, seconds.low), price.cost(high, seconds.high))
        if past.calls >= 10 and past.mean_cost_usd is not None:
            costs = (past.mean_cost_usd * 0.7, past.mean_cost_usd * 1.5)
        self.costs.append(Range((costs[0] or 0.0) * least, costs[1] or 0.0) * calls)

    def _price_texts(self, model: Model, texts: int) -> None:
        if texts <= 0:
            return
        each = Range(*EMBEDDED_SECONDS_PER_TEXT) if model.embedded else Range(0.002, 0.05)
        self.seconds += each * texts
        price = self.prepared.prices.get(model.name)
        if price is None:
            self.unpriced[model.name] = None
            return
        tokens = max(r.chunk_tokens for r in self.retrievals)
        low = price.cost(Usage(input=tokens // 2), each.low) or 0.0
        high = price.cost(Usage(input=tokens), each.high) or 0.0
        self.costs.append(Range(low, high) * texts)


def make_plan(prepared: Prepared, settings: Settings, store: Store) -> Plan:
    """Count and price what is left to do. Spends nothing and writes nothing."""
    planner = _Planner(prepared, settings, store)
    stages = {"chunk": planner.chunk(), "embed": planner.embed(), "index": planner.index()}
    stages["retrieve"], stages["rerank"] = planner.retrieve_and_rerank()
    stages["generate"], stages["score"] = planner.generate_and_score()
    if prepared.judged:
        stages["judge"] = planner.judge_calls
    seconds = planner.seconds + Range(*SCORE_SECONDS) * stages["score"].left
    cost: Range | None = Range(0, 0)
    for part in planner.costs:
        cost = None if cost is None or part is None else cost + part
    return Plan(
        configs=len(prepared.space.configs),
        grid_size=prepared.space.grid_size,
        questions=len(planner.search),
        holdout_questions=len(planner.holdout),
        repeats=planner.repeats,
        stages=stages,
        cost_usd=None if planner.unpriced else cost,
        seconds=seconds,
        unpriced=tuple(planner.unpriced),
        notes=prepared.space.notes,
        warnings=prepared.warnings,
    )
