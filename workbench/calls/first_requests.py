"""Lets each model's first request go alone, and notices a model that cannot be used: its first requests all
fail alike, or one fails for good. Knows nothing about sending requests, or what becomes of the work."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from workbench.calls.clients import model_key
from workbench.errors import ProviderError, Stopped
from workbench.space.model import Model
from workbench.store.records import CallRecord

# So many failures of one kind before the first success: the model's settings are wrong, not the questions.
FIRST_REQUESTS = 5
# What a refusal teaches is learnt from the first request, before many are sent. A server that is slow, or
# loads a model for its first request, must not keep the others waiting for longer.
ALONE_SECONDS = 5.0
# These say something about an answer or a prompt. The model's other requests may well succeed.
KINDS_OF_ONE_REQUEST = ("empty", "context", "batch")


class ProviderUnusable(Stopped):
    """Every further call to a model would fail in the same way, so the run pauses."""

    state = "paused"


class FirstRequests:
    """How the first requests to each model of one run ended."""

    def __init__(self) -> None:
        self._answering: set[str] = set()
        self._failures: dict[str, Counter[str]] = {}
        self._unusable: dict[str, str] = {}
        self._ended: dict[str, asyncio.Event] = {}

    @asynccontextmanager
    async def alone(self, model: Model) -> AsyncIterator[None]:
        """Send a request: a model's first one goes alone, the others once it has ended, or soon."""
        key = model_key(model)
        first = key not in self._ended
        ended = self._ended.setdefault(key, asyncio.Event())
        if not first and not ended.is_set():
            try:
                await asyncio.wait_for(ended.wait(), ALONE_SECONDS)
            except TimeoutError:
                ended.set()
        try:
            yield
        finally:
            ended.set()

    def trust(self, models: Iterable[Model]) -> None:
        """Take it that these models answer: they have answered in this experiment before, or their stored
        replies are reused. Requests that fail again would otherwise be the first of a run."""
        self._answering.update(model_key(model) for model in models)

    def note(self, model: Model, record: CallRecord) -> None:
        """Hear how a call ended, after its last attempt."""
        key = model_key(model)
        if record.outcome == "ok":
            self._answering.add(key)
        elif key not in self._answering and record.error_kind not in KINDS_OF_ONE_REQUEST:
            failures = self._failures.setdefault(key, Counter())
            failures[record.error_kind or ""] += 1
            if failures[record.error_kind or ""] >= FIRST_REQUESTS:
                why = f"The first {FIRST_REQUESTS} requests to {model.name} failed alike: {record.error}"
                self._unusable.setdefault(key, why)

    def give_up(self, model: Model, error: ProviderError) -> ProviderUnusable:
        """Let no further request go to this model: no retry can help. Returns what to raise."""
        return ProviderUnusable(self._unusable.setdefault(model_key(model), str(error)))

    def raise_if_unusable(self, model: Model) -> None:
        """Raises ProviderUnusable."""
        why = self._unusable.get(model_key(model))
        if why is not None:
            raise ProviderUnusable(why)
