"""One question under one configuration, for the Playground: its pieces are told as they come.
Knows nothing about pages. Every call is a row of the ledger; one that is stored is not made again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.calls.clients import model_key
from workbench.corpus.corpus import load_corpus
from workbench.fingerprint import fingerprint
from workbench.pipeline.generation import call_key
from workbench.pipeline.types import Hit
from workbench.planning.preparation import catalogue_of
from workbench.providers.prices import PriceSnapshot, find_price
from workbench.providers.types import ChatRequest, Usage
from workbench.scoring.refusal import is_refusal
from workbench.settings import Settings
from workbench.ship.serving import LivePipeline, OnPiece, Served, Spoken, complete, embed
from workbench.space.config import Config
from workbench.space.experiment import resolve
from workbench.space.files import parse_experiment
from workbench.space.grid import expand
from workbench.space.model import Model
from workbench.store.database import Store
from workbench.store.ledger import add_calls, find_calls
from workbench.store.records import CallRecord

Payload = dict[str, Any]
Tell = Callable[[str, Payload], Coroutine[Any, Any, None]]

# Pieces are gathered for so long before they are told: an event is a row.
PIECE_SECONDS = 0.15


class LedgerAsker:
    """Asks what is not stored yet, and books it."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._rate = settings.compute_usd_per_hour

    async def ask(
        self, model: Model, request: ChatRequest, kind: str, on_piece: OnPiece | None = None
    ) -> Spoken:
        key = call_key(model, request, 0, kind)
        found = (await asyncio.to_thread(find_calls, self._store, [key])).get(key)
        if found is not None:
            usage = Usage(
                found.input_tokens, found.output_tokens, found.cached_tokens, found.reasoning_tokens
            )
            return Spoken(found.text, usage, found.cost_usd, found.seconds, found.flags, stored=True)
        reply = await complete(model, request, on_piece)
        price = find_price(model, self._rate)
        cost = price.cost(reply.usage, reply.compute_seconds) if price else None
        await self._book(
            model, price, key=key, kind=kind, text=reply.text, flags=reply.flags, usage=reply.usage,
            cost_usd=cost, seconds=reply.seconds, compute_seconds=reply.compute_seconds,
            attempts=reply.attempts,
        )  # fmt: skip
        return Spoken(reply.text, reply.usage, cost, reply.seconds, reply.flags)

    async def embed(self, model: Model, text: str) -> tuple[NDArray[np.float32], float | None]:
        reply = await embed(model, text)
        price = find_price(model, self._rate)
        cost = price.cost(reply.usage, reply.compute_seconds) if price else None
        await self._book(
            model, price, key=fingerprint("embed_query", model.content, [text]), kind="embed_query",
            usage=reply.usage, cost_usd=cost, seconds=reply.seconds, compute_seconds=reply.compute_seconds,
            attempts=reply.attempts,
        )  # fmt: skip
        vector: NDArray[np.float32] = reply.vectors[0]
        return vector, cost

    async def _book(self, model: Model, price: PriceSnapshot | None, *, usage: Usage, **fields: Any) -> None:
        record = CallRecord(
            model_name=model.name,
            model_key=model_key(model),
            outcome="ok",
            input_tokens=usage.input,
            output_tokens=usage.output,
            cached_tokens=usage.cached,
            reasoning_tokens=usage.reasoning,
            usage_estimated=usage.estimated,
            price=price.to_json() if price else None,
            **fields,
        )

        def write() -> None:
            with self._store.write() as session:
                add_calls(session, [record])

        await asyncio.to_thread(write)


def read_config(text: str, store: Store) -> tuple[str, Config]:
    """(corpus, configuration) of an experiment file that holds a single one. Raises InputError."""
    experiment = resolve(parse_experiment(text, "the configuration"), catalogue_of(store))
    return experiment.corpus, expand(experiment).configs[0]


def _passage(hit: Hit) -> Payload:
    chunk = hit.chunk
    return {
        "document": chunk.document, "title": chunk.title, "start": chunk.start, "end": chunk.end,
        "page": chunk.page, "tokens": chunk.tokens, "text": chunk.text, "score": hit.score,
    }  # fmt: skip


def _result(served: Served, config: Config) -> Payload:
    return {
        "config": config.name,
        "answer": served.text,
        "refused": is_refusal(served.text),
        "passages": [_passage(hit) for hit in served.hits],
        "grounding": served.grounding.value,
        "claims": [asdict(claim) for claim in served.grounding.claims],
        "tokens": {"input": served.usage.input, "output": served.usage.output},
        "cost_usd": served.cost_usd,
        "seconds": served.seconds,
        "flags": list(served.flags),
        "stored": served.stored,
    }


async def try_question(store: Store, settings: Settings, payload: Payload, tell: Tell) -> Payload:
    """payload: `yaml`, an experiment file of a single configuration, and `question`.

    tell: hears ("passages", …) once and ("text", …) as the answer comes. Returns answer, passages, grounding
    with its claims, tokens, cost and seconds.
    """
    corpus_name, config = await asyncio.to_thread(read_config, payload["yaml"], store)
    corpus = await asyncio.to_thread(
        load_corpus, corpus_name, settings.corpora, cache_dir=settings.cache / "documents", allow_empty=False
    )
    pipeline = LivePipeline(config, corpus.documents, settings, LedgerAsker(store, settings))
    said: list[str] = []
    telling: list[asyncio.Task[None]] = []
    told_at = time.monotonic()

    def on_hits(hits: Sequence[Hit]) -> None:
        passages = [_passage(hit) for hit in hits]
        telling.append(asyncio.create_task(tell("passages", {"passages": passages})))

    def on_piece(piece: str) -> None:
        nonlocal told_at
        said.append(piece)
        if time.monotonic() - told_at >= PIECE_SECONDS:
            told_at = time.monotonic()
            telling.append(asyncio.create_task(tell("text", {"text": "".join(said)})))

    try:
        served = await pipeline.answer(payload["question"], on_hits=on_hits, on_piece=on_piece)
    finally:
        await asyncio.gather(*telling, return_exceptions=True)
    return _result(served, config)
