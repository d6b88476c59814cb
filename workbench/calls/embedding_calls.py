"""Sends batches of texts to embedding models: each batch once, its vectors kept before anybody asks again.
Knows nothing about what the texts are, nor about where vectors are kept."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from workbench.calls.claims import UNSHARED, HeldElsewhere
from workbench.calls.sending import Sending
from workbench.calls.worst_case import worst_embedding_usage
from workbench.errors import ProviderError
from workbench.fingerprint import fingerprint
from workbench.pipeline.asker import EmbeddedTexts, KeptVectors, Kind
from workbench.providers.rate_limits import PERMANENT_KINDS
from workbench.space.model import Model


class EmbeddingCalls:
    """Calls of embedding models."""

    def __init__(self, sending: Sending) -> None:
        self._sending = sending

    async def embed(
        self, model: Model, texts: Sequence[str], *, kind: Kind, kept: KeptVectors | None = None
    ) -> EmbeddedTexts:
        """See Asker. The batch is one row of the ledger. Raises BudgetSpent and Stopped as well."""
        key = fingerprint(kind, model.content, list(texts))
        claims, stop_signal = self._sending.claims, self._sending.stop_signal
        while True:
            if not model.embedded and await claims.wait_until_free(key, stop_signal.race):
                found = await self._find_kept(key, kept)
                if found is not None:
                    return found
            with suppress(HeldElsewhere):
                return await self._embed(key, model, texts, kind, kept)

    async def _find_kept(self, key: str, kept: KeptVectors | None) -> EmbeddedTexts | None:
        """The vectors of a call that somebody else has made. Vectors of other calls do not count: what this
        one costs and takes is not known from them."""
        record = await self._sending.ledger.find(key) if kept is not None else None
        vectors = await kept.find() if kept is not None and record is not None else None
        if vectors is None or record is None:
            return None
        self._sending.counts.reused += 1
        return EmbeddedTexts(vectors, record.cost_usd, record.seconds, stored=True)

    async def _embed(
        self, key: str, model: Model, texts: Sequence[str], kind: Kind, kept: KeptVectors | None
    ) -> EmbeddedTexts:
        usage = worst_embedding_usage(texts)
        sending = self._sending
        limits = await sending.limits(model)
        worst_case = sending.worst_cost(model, usage, len(texts))
        async with (
            sending.reserved(model, worst_case) as reservation,
            sending.hold(key, model, kind, worst_case, is_stored_whole=False) as hold,
        ):
            await hold.take(sending.stop_signal.race)
            if hold is not UNSHARED:  # somebody else may have made them since the texts were looked up
                found = await self._find_kept(key, kept)
                if found is not None:
                    return found
            while True:
                async with limits.slot(tokens=usage.input, race=sending.stop_signal.race) as slot:
                    sending.stop_signal.raise_if_set()
                    hold.note_place()
                    try:
                        reply = await sending.with_retries(
                            model,
                            lambda asked: sending.opened.embedding_model(asked).embed(texts),
                            lambda error, slot=slot: sending.book(  # type: ignore[misc]
                                key, model, kind, 0, error, reservation, slot
                            ),
                            slot,
                            sending.retry_policy.attempts,
                            reservation,
                        )
                    except ProviderError as error:
                        if not sending.retry_policy.waits_for_provider:
                            raise
                        if error.kind in PERMANENT_KINDS:
                            raise sending.first_requests.give_up(model, error) from error
                        if limits.is_open:
                            continue
                        raise
                    record = sending.records.build(
                        key, model, kind, 0, reply.usage, outcome="ok", items=len(texts),
                        attempts=reply.attempts, seconds=reply.seconds,
                        compute_seconds=reservation.charged_seconds(reply.compute_seconds),
                    )  # fmt: skip
                    reservation.cost += record.cost_usd or 0.0
                    try:
                        if kept is not None:  # before others may ask the same
                            await kept.keep(reply.vectors)
                    finally:
                        await sending.ledger.add(record)
                        hold.note_stored()
                    break
        sending.counts.made += 1
        return EmbeddedTexts(reply.vectors, record.cost_usd, reply.seconds, reply.too_long)
