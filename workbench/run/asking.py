"""Asks jobs: shorter where the server refuses a prompt, the base of a probe first, a cascade end by end.
Knows nothing about queues, scores or what is stored of an answer."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from workbench.calls.caller import Caller
from workbench.run.jobs import AskedJob, Job, shorten_job
from workbench.run.route_jobs import escalated, must_escalate
from workbench.space.route import Route
from workbench.store.records import CallRecord

StoredCalls = dict[str, CallRecord]


class JobAsking:
    """today: the date that prompts of the experiment name. Every method raises Stopped."""

    def __init__(self, caller: Caller, today: str) -> None:
        self._caller = caller
        self._today = today

    async def ask_as_needed(self, job: Job, stored_calls: StoredCalls, route: Route | None) -> AskedJob:
        """The job as it was asked; of a cascade, that of the end whose answer counts."""
        first = await self._ask_with_base(job, stored_calls)
        if route is None or job.stronger is None:
            return first
        if not await asyncio.to_thread(must_escalate, route, first):
            return first
        second = await self._ask_with_base(escalated(job.stronger), stored_calls)
        return replace(second, cheap=first)

    async def _ask_with_base(self, job: Job, stored_calls: StoredCalls) -> AskedJob:
        """The job as it was asked, with its call and that of its base."""
        base = None
        if job.base is not None:  # a probe: what it is compared with is stored, under way, or asked now
            asked, base, _ = await self.ask(job.base, stored_calls)
            job = replace(job, base=asked)
        if base is not None and base.outcome == "failed":
            return AskedJob(
                job, base, False, base
            )  # nothing to compare with: the probe fails for the same reason
        job, call, reused = await self.ask(job, stored_calls)
        return AskedJob(job, call, reused, base)

    async def ask(self, job: Job, stored_calls: StoredCalls) -> tuple[Job, CallRecord | None, bool]:
        """The job as it was asked, its call, and whether that was stored or under way already; without a
        request, no call. A prompt that the server refuses as too long is sent again with fewer passages."""
        while True:
            if job.request is None:
                return job, None, False
            call, reused = await self._caller.call(
                job.trial.config.model,
                job.request,
                kind="generate",
                repeat=job.repeat,
                stored_calls=stored_calls,
            )
            if call.outcome == "ok" or call.error_kind != "context":
                return job, call, reused
            shorter = await asyncio.to_thread(shorten_job, job, call.error, self._today)
            if shorter is None:
                return job, call, reused
            job = shorter
