"""Handles the request of a page that holds a candidate against a base.
Knows nothing about pages, nor about how they are compared."""

from __future__ import annotations

from workbench.calls.stop_signal import StopSignal
from workbench.settings import Settings
from workbench.store.database import Store
from workbench.worker.progress_pieces import Payload, Tell, telling


async def compare_by_gate(
    store: Store, settings: Settings, payload: Payload, tell: Tell, stop_signal: StopSignal
) -> Payload:
    """The reply to {candidate, base, corpus, tags, margins, at_least, at_most, repeats, budget_usd}, with
    conditions as on the command line, is {gate: its id}, after pieces {done, count, spent_usd, doing}.

    Stopped, it gives the verdict on what was asked until then.
    """
    from workbench.gate.conditions import read_conditions
    from workbench.gate.preparation import GateRequest
    from workbench.gate.run_gate import run_gate

    conditions = read_conditions(*(payload.get(key) or () for key in ("margins", "at_least", "at_most")))
    request = GateRequest(
        payload["candidate"], payload["base"], payload.get("corpus") or None,
        tags=tuple(payload.get("tags") or ()), conditions=conditions,
        repeats=int(payload.get("repeats") or 1), budget_usd=payload.get("budget_usd"),
    )  # fmt: skip
    async with telling(tell) as tell_progress:
        gate = await run_gate(store, settings, request, stop_signal, tell_progress)
    return {"gate": gate.id}
