"""One question under one configuration, for the Playground: its pieces are told as they come.
Knows nothing about pages. Every call is a row of the ledger; one that is stored is not made again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from workbench.calls.open_caller import open_interactive_caller
from workbench.calls.trusted_hosts import load_trust
from workbench.corpus.conversation import read_turns
from workbench.corpus.corpus import load_corpus, require_own_folder
from workbench.corpus.types import AskedQuestion
from workbench.pipeline.caches import Caches
from workbench.pipeline.examples import ExamplePool
from workbench.pipeline.passages import Passage
from workbench.pipeline.types import Hit
from workbench.planning.preparation import catalogue_of
from workbench.replies.thinking import SplitReply
from workbench.scoring.grounding import claim_details
from workbench.scoring.refusal import is_refusal
from workbench.settings import Settings
from workbench.ship.serving import LivePipeline, Served, tokens_to_json
from workbench.space.code_needed import code_of_experiment
from workbench.space.config import Config
from workbench.space.files import parse_experiment
from workbench.space.resolving import resolve
from workbench.space.search_space import expand
from workbench.store.confirmed_hosts import find_named_folders
from workbench.store.database import Store
from workbench.tuning.made_config import get_made_config, get_served_config
from workbench.tuning.served import ServedModels
from workbench.user_code.permission import require

Payload = dict[str, Any]
Tell = Callable[[str, Payload], Coroutine[Any, Any, None]]

# Pieces are gathered for so long before they are told: an event is a row.
PIECE_SECONDS = 0.15


def read_config(text: str, store: Store, settings: Settings) -> tuple[str, Config]:
    """(corpus, configuration) of an experiment file that holds a single one. Raises InputError."""
    written = parse_experiment(text, "the configuration")
    require(code_of_experiment(written))
    experiment = resolve(written, catalogue_of(store, settings))
    require(code_of_experiment(experiment))
    return experiment.corpus, get_made_config(store, expand(experiment).configs[0])


def _passages(hits: Sequence[Hit]) -> list[Payload]:
    return [asdict(Passage.of(hit)) for hit in hits]


def _result(served: Served, config: Config) -> Payload:
    return {
        "config": config.name,
        "answer": served.text,
        "thinking": served.thinking,
        "refused": is_refusal(served.text),
        "passages": _passages(served.hits),
        "grounding": served.grounding.value,
        "claims": claim_details(served.grounding.claims),
        "tokens": tokens_to_json(served.usage),
        "cost_usd": served.cost_usd,
        "seconds": served.seconds,
        "flags": list(served.flags),
        "condition": served.condition,
        "stored": served.stored,
    }


class _Indexing:
    """Tells how many of the corpus's chunks have their context and are embedded; an `Observer` of the
    pipeline's stages.

    Chunks that are all stored are not told, nor is the question, which is embedded after them.

    tell: hears (stage, chunks done, chunks in all), the last time when all are done.
    """

    def __init__(self, tell: Callable[[str, int, int], None]) -> None:
        self._stages = {stage: _IndexingStage(partial(tell, stage)) for stage in ("context", "embed")}

    def expect(self, stage: str, more: int) -> None:
        if stage in self._stages:
            self._stages[stage].expect(more)

    def note(self, stage: str, done: int, *, reused: int = 0, failed: int = 0) -> None:
        if stage in self._stages:
            self._stages[stage].note(done, reused)

    def problem(self, text: str) -> None:
        """Not told: the plan of an experiment says it."""


class _IndexingStage:
    """One stage of it."""

    def __init__(self, tell: Callable[[int, int], None]) -> None:
        self._tell = tell
        self._done = self._total = 0
        self._told_at = float("-inf")
        self._is_over = False

    def expect(self, more: int) -> None:
        self._total = max(self._total, self._done + more)

    def note(self, done: int, reused: int) -> None:
        if self._is_over:
            return
        were_all_stored = reused == self._total
        self._done += done
        self._is_over, now = self._done >= self._total, time.monotonic()
        if not were_all_stored and (self._is_over or now - self._told_at >= PIECE_SECONDS):
            self._told_at = now
            self._tell(self._done, self._total)


async def try_question(store: Store, settings: Settings, payload: Payload, tell: Tell) -> Payload:
    """payload: `yaml`, an experiment file of a single configuration, `question`, and `history`, its earlier
    turns as questions.jsonl has them.

    tell: hears ("indexing", …) while the corpus is made searchable, ("passages", …) once, and ("text", …) as
    the answer and the thinking before it come. Returns answer, thinking, passages, grounding with its
    claims, tokens, cost and seconds.
    """
    corpus_name, config = await asyncio.to_thread(read_config, payload["yaml"], store, settings)
    async with ServedModels(store, settings) as served:
        config = await get_served_config(served, store, config, lambda words: None)
        return await _try(store, settings, corpus_name, config, payload, tell)


async def _try(
    store: Store, settings: Settings, corpus_name: str, config: Config, payload: Payload, tell: Tell
) -> Payload:
    trust, folders = await asyncio.to_thread(lambda: (load_trust(store), find_named_folders(store)))
    trust.require(config.models)
    require_own_folder(corpus_name, settings.corpora, named=folders)
    corpus = await asyncio.to_thread(
        load_corpus, corpus_name, settings.corpora, cache_dir=settings.cache / "documents", allow_empty=False
    )
    asked = AskedQuestion(
        payload["question"], read_turns(payload.get("history")).turns, payload.get("filter", "")
    )
    telling: list[asyncio.Task[None]] = []
    told_at = time.monotonic()

    def on_indexing(stage: str, done: int, total: int) -> None:
        piece = {"stage": stage, "done": done, "total": total}
        telling.append(asyncio.create_task(tell("indexing", piece)))

    pool = ExamplePool.of_questions(corpus.questions)
    caches = Caches.of(settings, store)
    pipeline = LivePipeline(config, corpus.documents, caches, _Indexing(on_indexing), pool)

    def on_hits(hits: Sequence[Hit]) -> None:
        telling.append(asyncio.create_task(tell("passages", {"passages": _passages(hits)})))

    def on_text(reply: SplitReply) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= PIECE_SECONDS:
            told_at = time.monotonic()
            telling.append(
                asyncio.create_task(tell("text", {"text": reply.answer, "thinking": reply.thinking}))
            )

    try:
        async with open_interactive_caller(store, config.models, settings, trust) as asker:
            served = await pipeline.answer(asked, asker, on_hits=on_hits, on_text=on_text)
    finally:
        await asyncio.gather(*telling, return_exceptions=True)
    return _result(served, config)
