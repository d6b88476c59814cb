"""Ranks an experiment's questions, group by group, and stores the rankings.
Knows nothing about how questions are ranked, nor about prompts, answers or trials."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from workbench.calls.first_requests import FirstRequests, ProviderUnusable
from workbench.calls.group_commit import GroupCommitWriter
from workbench.calls.stop_signal import StopSignal
from workbench.corpus.types import Question
from workbench.errors import (
    CodeNotAllowed,
    CorpusError,
    ExperimentError,
    MissingPackage,
    ProviderError,
    Stopped,
)
from workbench.parts.retrieval_settings import MODEL_ROLES
from workbench.pipeline import fingerprints
from workbench.pipeline.asker import Asker
from workbench.pipeline.corpus_opener import CorpusOpener
from workbench.pipeline.passages import chunk_to_record
from workbench.pipeline.ranking import rank_questions
from workbench.pipeline.types import SCORE_DIGITS, Ranking
from workbench.run.progress import TIMED, Progress
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval
from workbench.store.answers import find_ranking_flags
from workbench.store.database import Store
from workbench.store.records import PassageRecord, RankingRecord


@dataclass
class Group:
    """Retrieval settings that share their rankings: they differ only in what the prompt gets of them."""

    retrieval: Retrieval
    keys: dict[str, str] = field(default_factory=dict)
    """By question id, the key of its ranking."""
    problems: dict[str, ProviderError] = field(default_factory=dict)
    """By question id, why it has no ranking."""
    to_rank: dict[str, Question] = field(default_factory=dict)
    """By id, the questions to rank in this round."""
    ranked: set[str] = field(default_factory=set)
    """Ids of the questions whose rankings are stored."""
    unusable: str = ""
    """Why none of its questions can be ranked: what a model that it needs says; empty when they can."""

    @property
    def asks(self) -> str:
        """The models that it needs, by name."""
        models = (getattr(self.retrieval, role) for role in MODEL_ROLES)
        return ", ".join(dict.fromkeys(model.name for model in models if model is not None))

    @property
    def asks_models(self) -> bool:
        """Whether ranking a question costs a call of its own."""
        return bool(self.helping_models)

    @property
    def helping_models(self) -> list[Model]:
        """Those that are asked about each question."""
        models = (self.retrieval.query_model, self.retrieval.rerank_model)
        return [model for model in models if model is not None]

    def transforms(self, question: Question) -> bool:
        """Whether the query transform does anything about a question: some only about follow-up questions."""
        return bool(question.history) or not self.retrieval.transforming.part.for_follow_ups

    def models_that_replied(
        self, flags: Collection[Sequence[str]], transformed: Collection[Sequence[str]] | None = None
    ) -> list[Model]:
        """Its helping models that have replied to one question at least.

        flags: of its stored rankings.
        transformed: those of rankings that the query model was asked about; None for all of them.
        """
        helping = (
            (
                self.retrieval.query_model if self.retrieval.transforming.part.calls else None,
                "query_failed",
                flags if transformed is None else transformed,
            ),
            (self.retrieval.query_model if self.derives else None, "filter_failed", flags),
            (self.retrieval.rerank_model, "rerank_failed", flags),
        )
        return [
            model
            for model, failed, of in helping
            if model is not None and any(failed not in one for one in of)
        ]

    @property
    def derives(self) -> bool:
        """Whether a model derives the condition under which a question is searched."""
        return self.retrieval.filtering.part.calls > 0

    @property
    def reranks(self) -> bool:
        return self.retrieval.reranking.part.function is not None


class RetrievalWork:
    """Told what to expect, works group by group; `ready` hands a group out once its rankings are stored."""

    def __init__(
        self,
        store: Store,
        opener: CorpusOpener,
        asker: Asker,
        first_requests: FirstRequests,
        writer: GroupCommitWriter,
        progress: Progress,
        stop_signal: StopSignal,
    ) -> None:
        self._store = store
        self._opener = opener
        self._asker = asker
        self._first_requests = first_requests
        self._writer = writer
        self._progress = progress
        self._stop_signal = stop_signal
        self._groups: dict[str, Group] = {}
        self._ready: dict[str, asyncio.Future[Group]] = {}

    def expect(self, asked: Sequence[tuple[Retrieval, Sequence[Question]]], part: Sequence[Question]) -> None:
        """Name the work before `run`. part: all questions that may yet be asked; where ranking them costs no
        call of their own they are ranked at once, since opening an index again for each round is slow."""
        loop = asyncio.get_running_loop()
        self._ready = {}
        for retrieval, questions in asked:
            key = fingerprints.group(retrieval)
            group = self._groups.setdefault(key, Group(retrieval))
            self._ready.setdefault(key, loop.create_future())
            group.to_rank.update((q.id, q) for q in (questions if group.asks_models else part))
        for key in self._ready:
            group = self._groups[key]
            group.to_rank = {id_: q for id_, q in group.to_rank.items() if id_ not in group.ranked}
            self._expect("retrieve", len(group.to_rank))
            self._expect("rerank", len(group.to_rank) * group.reranks)

    def _expect(self, stage: str, more: int) -> None:
        self._progress[stage].total += more
        self._progress.time_left.expect(stage, more)

    async def ready(self, retrieval: Retrieval) -> Group:
        """Wait for a group. Raises what made it impossible."""
        return await asyncio.shield(self._ready[fingerprints.group(retrieval)])

    async def run(self) -> None:
        """Rank every question under every expected setting. A provider's failure is kept as a problem of its
        question; one that concerns all questions makes the group unusable."""
        for stage in TIMED:
            self._progress.time_left.begin(stage)
        try:
            for key, ready in self._ready.items():
                self._stop_signal.raise_if_set()
                group = self._groups[key]
                if group.to_rank:
                    await self._rank_group(group)
                ready.set_result(group)
        except Stopped as stopped:
            # Not raised: it would cancel the provider queues, and with them calls that are under way and
            # paid for.
            self._stop_signal.set(stopped.state, str(stopped))
        finally:
            for stage in TIMED:  # what could not be ranked is not left
                self._progress.time_left.set_left(stage, 0)
            # Nobody may wait for ever for a group that will not come.
            for future in self._ready.values():
                if not future.done():
                    future.set_exception(Stopped(self._stop_signal.message or "The retrieval ended."))
                    future.exception()  # seen, if nobody waits for it

    async def _rank_group(self, group: Group) -> None:
        questions, group.to_rank = list(group.to_rank.values()), {}
        missing = await self._find_missing(group, questions)
        if not missing:
            return
        for question in missing:
            group.problems.pop(question.id, None)
        asked = [question.asked for question in missing]
        try:
            results = await rank_questions(self._opener, group.retrieval, asked, self._asker, self._progress)
            # All that it was asked failed alike: that is its settings or its server, so nothing is stored.
            for model in group.helping_models:
                self._first_requests.raise_if_unusable(model)
        except (ProviderError, ProviderUnusable) as error:  # the documents or the queries have no vectors
            group.unusable = str(error)
            return
        except CodeNotAllowed:
            raise
        except (CorpusError, ExperimentError, MissingPackage) as error:  # a part of these settings
            results = [ProviderError(str(error), kind="rejected")] * len(missing)
        rankings = {}
        for question, result in zip(missing, results, strict=True):
            if isinstance(result, ProviderError):
                group.problems[question.id] = result
            else:
                key = fingerprints.without_contexts(group.keys[question.id], result.late_contexts)
                group.keys[question.id] = key
                rankings[key] = result
        await self._writer.add_rankings(*await asyncio.to_thread(_to_records, rankings, group.derives))
        group.ranked.update(q.id for q in missing if q.id not in group.problems)

    async def _find_missing(self, group: Group, questions: Sequence[Question]) -> list[Question]:
        """Those of the questions whose rankings are not stored; the others are done."""
        asked = [q.asked for q in questions]
        keys = await asyncio.to_thread(self._opener.keys.rankings, group.retrieval, asked)
        group.keys.update(zip((q.id for q in questions), keys, strict=True))
        stored = await asyncio.to_thread(find_ranking_flags, self._store, keys)
        group.ranked.update(q.id for q in questions if group.keys[q.id] in stored)
        by_key = {group.keys[q.id]: q for q in questions}
        transformed = [flags for key, flags in stored.items() if group.transforms(by_key[key])]
        self._first_requests.trust(group.models_that_replied(stored.values(), transformed))
        missing = [q for q in questions if q.id not in group.ranked]
        reused = len(questions) - len(missing)
        self._progress.note("retrieve", reused, reused=reused)
        if group.reranks:
            self._progress.note("rerank", reused, reused=reused)
        return missing


def _to_records(
    rankings: dict[str, Ranking], derives: bool
) -> tuple[list[RankingRecord], list[PassageRecord]]:
    """The rows of rankings by their keys, and those of the passages that they name.

    derives: whether a model derived their conditions. Others are known from the setting and the question.
    """
    records, passages = [], {}
    for key, ranking in rankings.items():
        hits = [(chunk_to_record(hit.chunk), hit.score) for hit in ranking.hits]
        passages.update({passage.key: passage for passage, _ in hits})
        items = tuple((passage.key, round(score, SCORE_DIGITS)) for passage, score in hits)
        condition = ranking.condition if derives else None
        records.append(RankingRecord(key, items, ranking.seconds, ranking.cost_usd, ranking.flags, condition))
    return records, list(passages.values())
