"""Handles the requests of pages that plan drafting and draft questions, by rules or with a chat model.
Knows nothing about pages, nor about how questions are drafted.

Both have the payload {corpus, count, kinds, seed, model, budget_usd, wordings, follow_ups}; without a model,
rules draft, and budget_usd and follow_ups have no meaning."""

from __future__ import annotations

import asyncio
from typing import Any

from workbench.calls.stop_signal import StopSignal
from workbench.settings import Settings
from workbench.store.database import Store
from workbench.worker.progress_pieces import Payload, Tell, TellProgress, telling

DOING_RULES = "looking for questions"
READING = "reading the documents"  # and encoding their passages, which takes most of the time


async def plan_drafts(store: Store, settings: Settings, payload: Payload) -> Payload:
    """{calls, stored, usd: {low, high} | null, seconds: {low, high}, coverage, notes}; nothing is sent."""
    from workbench.worker.draft_plan import plan_drafting, plan_rules
    from workbench.worker.model_drafting import DraftRequest

    if payload.get("model"):
        return (await plan_drafting(store, settings, DraftRequest.from_payload(payload))).to_json()
    kinds = payload.get("kinds") or ()
    plan = await asyncio.to_thread(plan_rules, settings, payload["corpus"], int(payload["count"]), kinds)
    return plan.to_json()


async def draft_questions(
    store: Store, settings: Settings, payload: Payload, tell: Tell, stop_signal: StopSignal
) -> Payload:
    """The document of `questions draft --json`, and "text" for people; in between, pieces of progress:
    {done, count, spent_usd, doing}.

    Stopped, it ends with what was made until then; the same request goes on without paying twice.
    """
    from workbench.drafting.draft_corpus import describe
    from workbench.worker.model_drafting import DraftRequest, draft_with_model

    async with telling(tell) as tell_progress:
        if payload.get("model"):
            request = DraftRequest.from_payload(payload)
            drafted = await draft_with_model(store, settings, request, stop_signal, tell_progress)
        else:
            drafted = await asyncio.to_thread(_draft_by_rules, settings, payload, tell_progress, stop_signal)
    return drafted.to_json() | {"text": describe(drafted)}


def _draft_by_rules(settings: Settings, payload: Payload, tell: TellProgress, stop: StopSignal) -> Any:
    from workbench.drafting.draft_corpus import draft_corpus

    def say(done: int, count: int) -> None:
        tell({"done": done, "count": count, "spent_usd": 0.0, "doing": DOING_RULES if done else READING})

    say(0, int(payload["count"]))
    return draft_corpus(
        settings, payload["corpus"], int(payload["count"]), kinds=payload.get("kinds") or (),
        seed=int(payload.get("seed", 7)), wordings=int(payload.get("wordings") or 1), tell=say,
        is_stopped=lambda: bool(stop),
    )  # fmt: skip
