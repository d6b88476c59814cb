"""Sends calls to models: each exact request once, within limits and budget, into the ledger.
Knows nothing about prompts, retrieval or scores."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from workbench.calls.budget import Reservation
from workbench.calls.claims import HeldElsewhere
from workbench.calls.clients import model_key
from workbench.calls.embedding_calls import EmbeddingCalls
from workbench.calls.retry_policy import (
    ATTEMPTS_OF_LATER_ROUNDS,
    gets_another_round,
)
from workbench.calls.sending import Sending
from workbench.calls.worst_case import worst_usage
from workbench.errors import ProviderError
from workbench.pipeline.asker import EmbeddedTexts, KeptVectors, Kind, Reply, RerankedTexts, TypicalCall
from workbench.pipeline.chat_request import call_key
from workbench.providers.rate_limits import PERMANENT_KINDS, Slot
from workbench.providers.types import (
    ChatReply,
    ChatRequest,
    OnText,
    RerankRequest,
)
from workbench.space.model import Model
from workbench.store.records import CallRecord


class Caller:
    """Shares stored calls and calls under way; every new call becomes a row of the ledger.

    It is an Asker: the pipeline's stages use `ask`, `embed` and `rerank`. Callers that need the row use
    `call`.
    """

    def __init__(self, sending: Sending) -> None:
        self._sending = sending
        self._embedding_calls = EmbeddingCalls(sending)
        self._in_flight: dict[str, asyncio.Task[tuple[CallRecord, bool]]] = {}
        self._made_here: set[str] = set()
        self.first_requests = sending.first_requests
        self.counts = sending.counts

    async def ask(
        self,
        model: Model,
        request: ChatRequest | RerankRequest,
        *,
        kind: Kind,
        repeat: int = 0,
        on_text: OnText | None = None,
    ) -> Reply:
        """See Asker. Raises BudgetSpent and Stopped as well."""
        record, stored = await self.call(model, request, kind=kind, repeat=repeat, on_text=on_text)
        if record.outcome != "ok":
            error_kind = record.error_kind or "rejected"
            raise ProviderError(record.error, kind=error_kind, attempts=record.attempts)
        return Reply.of(record, stored=stored)

    async def rerank(self, model: Model, request: RerankRequest, *, kind: Kind) -> RerankedTexts:
        """See Asker. The request is one row of the ledger. Raises as `ask` does."""
        return RerankedTexts.of(await self.ask(model, request, kind=kind))

    async def embed(
        self, model: Model, texts: Sequence[str], *, kind: Kind, kept: KeptVectors | None = None
    ) -> EmbeddedTexts:
        """See Asker. The batch is one row of the ledger. Raises BudgetSpent and Stopped as well."""
        return await self._embedding_calls.embed(model, texts, kind=kind, kept=kept)

    async def context_window(self, model: Model) -> int | None:
        if model.context_window is not None or model.base_url is None:
            return model.context_window
        return (await self._sending.opened.facts(model)).window_of(model.model)

    async def typical_call(self, model: Model, kind: Kind) -> TypicalCall | None:
        return await self._sending.ledger.typical_call(model_key(model), kind)

    async def call(
        self,
        model: Model,
        request: ChatRequest | RerankRequest,
        *,
        kind: str,
        repeat: int = 0,
        stored_calls: dict[str, CallRecord] | None = None,
        on_text: OnText | None = None,
    ) -> tuple[CallRecord, bool]:
        """The call's record, and whether it was stored or under way already.

        A failed call is a record with outcome "failed". Raises BudgetSpent and Stopped.

        stored_calls: stored calls by their keys, read beforehand and maybe some time ago.
        """
        key = call_key(model, request, repeat, kind)
        if stored_calls is not None and key in stored_calls:
            self.counts.reused += 1
            self.first_requests.trust([model])
            return stored_calls[key], True
        while (under_way := self._in_flight.get(key)) is not None:
            try:
                record, _ = await asyncio.shield(under_way)
            except asyncio.CancelledError:
                if not under_way.cancelled():
                    raise  # this caller's own work ends
                if self._in_flight.get(key) is under_way:  # whoever sent it no longer wants it
                    del self._in_flight[key]
                continue
            self.counts.reused += 1
            return record, True
        must_look_up = stored_calls is None
        task = asyncio.create_task(
            self._find_or_make(key, model, request, kind, repeat, on_text, must_look_up=must_look_up)
        )
        self._in_flight[key] = task
        try:
            record, stored = await task
        finally:
            if self._in_flight.get(key) is task:
                del self._in_flight[key]
        self.counts.reused += stored
        return record, stored

    async def _find_or_make(
        self,
        key: str,
        model: Model,
        request: ChatRequest | RerankRequest,
        kind: str,
        repeat: int,
        on_text: OnText | None,
        *,
        must_look_up: bool,
    ) -> tuple[CallRecord, bool]:
        """Look the call up where it may have been stored since the caller looked: by this run or, where a
        second call costs money and may differ, by another one."""
        while True:
            if not model.embedded:
                await self._sending.claims.wait_until_free(key, self._sending.stop_signal.race)
            if must_look_up or key in self._made_here or not model.embedded:
                stored_call = await self._sending.ledger.find(key)
                if stored_call is not None:
                    self.first_requests.trust([model])
                    return stored_call, True
            try:
                record = await self._make(key, model, request, kind, repeat, on_text)
                break
            except HeldElsewhere:
                continue
        if model.embedded and not must_look_up:  # others are always looked up; a long run would hold all keys
            self._made_here.add(key)
        return record, False

    async def _make(
        self,
        key: str,
        model: Model,
        request: ChatRequest | RerankRequest,
        kind: str,
        repeat: int,
        on_text: OnText | None,
    ) -> CallRecord:
        usage = worst_usage(request)
        texts = len(request.texts) if isinstance(request, RerankRequest) else 0
        sending = self._sending
        limits = await sending.limits(model)
        worst_case = sending.worst_cost(model, usage, texts)
        rounds, succeeded_before = 0, 0
        async with (
            sending.reserved(model, worst_case) as reservation,
            sending.hold(key, model, kind, worst_case) as hold,
        ):
            await hold.take(sending.stop_signal.race)
            while True:
                async with (
                    sending.first_requests.alone(model),
                    limits.slot(tokens=usage.input, race=sending.stop_signal.race) as slot,
                ):
                    sending.stop_signal.raise_if_set()
                    hold.note_place()
                    sending.first_requests.raise_if_unusable(model)
                    attempts = ATTEMPTS_OF_LATER_ROUNDS if rounds else sending.retry_policy.attempts
                    record = await self._send(
                        key, model, request, kind, repeat, on_text, reservation, slot, attempts
                    )
                    rounds += 1
                    if rounds == 1:
                        succeeded_before = limits.succeeded
                    if sending.retry_policy.waits_for_provider and gets_another_round(
                        record, rounds, limits, others_succeed=limits.succeeded > succeeded_before
                    ):
                        continue
                    if (
                        kind != "judge" and sending.retry_policy.waits_for_provider
                    ):  # answers stand without judges
                        sending.first_requests.note(model, record)
                    reservation.cost += record.cost_usd or 0.0
                    # The slot is held until the reply is stored: only what is under way can be lost.
                    duplicate = await sending.ledger.add(record)
                    if record.outcome == "ok":
                        hold.note_stored()
                    break
        sending.counts.made += 1
        sending.counts.failed += record.outcome == "failed"
        sending.counts.retried += record.attempts - 1
        if duplicate:  # another run was faster: both calls are paid for, and the first one is used
            return await sending.ledger.find(key) or record
        return record

    async def _send(
        self,
        key: str,
        model: Model,
        request: ChatRequest | RerankRequest,
        kind: str,
        repeat: int,
        on_text: OnText | None,
        reservation: Reservation,
        slot: Slot,
        attempts: int,
    ) -> CallRecord:
        try:
            reply = await self._sending.with_retries(
                model,
                lambda asked: self._complete(asked, request, on_text),
                lambda error: self._sending.book(key, model, kind, repeat, error, reservation, slot),
                slot,
                attempts,
                reservation,
            )
        except ProviderError as error:
            if error.kind in PERMANENT_KINDS and self._sending.retry_policy.waits_for_provider:
                raise self._sending.first_requests.give_up(model, error) from error
            return self._sending.records.build_failed(
                key, model, kind, repeat, error, reservation.charged_seconds(None)
            )
        return self._sending.records.build(
            key, model, kind, repeat, reply.usage, reply.cost_usd, outcome="ok", text=reply.text,
            thinking=reply.thinking, flags=reply.flags, passages=reply.passages,
            attempts=reply.attempts, seconds=reply.seconds, served_model=reply.served_model,
            compute_seconds=reservation.charged_seconds(reply.compute_seconds),
        )  # fmt: skip

    async def _complete(
        self, model: Model, request: ChatRequest | RerankRequest, on_text: OnText | None
    ) -> ChatReply:
        """The model's reply; a reranker's is its scores as JSON, so that they are stored like any reply."""
        if not isinstance(request, RerankRequest):
            return await self._sending.opened.chat_model(model).complete(request, on_text=on_text)
        reply = await self._sending.opened.reranker(model).rerank(request)
        return ChatReply(
            json.dumps(reply.scores), reply.usage, reply.seconds, reply.compute_seconds, flags=reply.flags
        )
