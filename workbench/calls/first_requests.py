"""Notices a model that cannot be used: its first requests all fail alike, or one fails for good.
Knows nothing about sending requests, or about what becomes of the work that needs the model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from workbench.calls.clients import model_key
from workbench.errors import ProviderError, Stopped
from workbench.space.model import Model
from workbench.store.records import CallRecord

# So many failures of one kind before the first success: the model's settings are wrong, not the questions.
FIRST_REQUESTS = 5
# These say something about an answer or a prompt. The model's other requests may well succeed.
KINDS_OF_ONE_REQUEST = ("empty", "context")


class ProviderUnusable(Stopped):
    """Every further call to a model would fail in the same way, so the run pauses."""

    state = "paused"


class FirstRequests:
    """How the first requests to each model of one run ended."""

    def __init__(self) -> None:
        self._answering: set[str] = set()
        self._failures: dict[str, Counter[str]] = {}
        self._unusable: dict[str, str] = {}

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
