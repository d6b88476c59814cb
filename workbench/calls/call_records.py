"""Builds the ledger's rows of one run: what a call was, what it cost, how it ended.
Knows nothing about sending calls or storing rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.calls.clients import model_key
from workbench.errors import ProviderError
from workbench.providers.prices import Prices
from workbench.providers.types import Usage
from workbench.space.model import Model
from workbench.store.records import CallRecord


@dataclass(frozen=True)
class CallRecordBuilder:
    """Builds the records of one run's calls."""

    prices: Prices
    """By model name. A model without a price has calls of unknown cost."""
    experiment_id: str | None
    """None for calls outside an experiment."""

    def build(
        self,
        key: str,
        model: Model,
        kind: str,
        repeat: int,
        usage: Usage | None,
        told_usd: float | None = None,
        **fields: Any,
    ) -> CallRecord:
        """A row of the ledger.

        usage: the tokens billed; None when nothing was billed as far as we know.
        told_usd: the cost in US dollars as a system told it; None where the price decides.
        fields: further fields of CallRecord.
        """
        price = self.prices.get(model.name)
        billed: dict[str, Any] = {}
        if usage is not None:
            billed = {
                "input_tokens": usage.input,
                "output_tokens": usage.output,
                "cached_tokens": usage.cached,
                "reasoning_tokens": usage.reasoning,
                "usage_estimated": usage.estimated,
                "cost_usd": price.cost(usage, fields.get("compute_seconds")) if price else None,
            }
        if told_usd is not None:
            billed["cost_usd"] = told_usd
        return CallRecord(
            key=key,
            kind=kind,
            model_name=model.name,
            model_key=model_key(model),
            repeat=repeat,
            experiment_id=self.experiment_id,
            price=price.to_json() if price else None,
            **billed,
            **fields,
        )

    def build_failed(
        self,
        key: str,
        model: Model,
        kind: str,
        repeat: int,
        error: ProviderError,
        compute_seconds: float | None,
    ) -> CallRecord:
        """The row of a call that failed. It was billed nothing, except the time of a machine that is paid by
        the hour: `compute_seconds`."""
        usage = None if compute_seconds is None else Usage()
        return self.build(
            key, model, kind, repeat, usage, compute_seconds=compute_seconds, outcome="failed",
            error_kind=error.kind, error=str(error), attempts=error.attempts, flags=error.flags,
        )  # fmt: skip

    def build_billed_failure(
        self,
        key: str,
        model: Model,
        kind: str,
        repeat: int,
        error: ProviderError,
        usage: Usage,
        compute_seconds: float | None,
    ) -> CallRecord:
        """The row of an attempt whose reply was billed but is of no use."""
        return self.build(
            key, model, kind, repeat, usage, outcome="failed", error_kind=error.kind, error=str(error),
            seconds=error.seconds, compute_seconds=compute_seconds,
        )  # fmt: skip
