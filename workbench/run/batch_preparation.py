"""Prepares the jobs of a trial's batch once its model is made and its rankings are there.
Knows nothing about who ranks or trains, nor about asking."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from workbench.calls.first_requests import ProviderUnusable
from workbench.corpus.types import PROBE, History
from workbench.pipeline.prompt_rendering import PromptRoom
from workbench.results.trained_on import describe_overlaps, find_all_trained_on
from workbench.run.jobs import Job, prepare_jobs
from workbench.run.retrieval_work import Group
from workbench.run.route_jobs import join_jobs, trials_of_ends
from workbench.run.run_context import RunContext
from workbench.run.search_loop import TrialBatch
from workbench.run.system_jobs import prepare_system_jobs
from workbench.run.trainings import NotTrained
from workbench.space.config import Config
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval
from workbench.store.records import CallRecord, TrialRecord

Prepared = tuple[list[Job], dict[str, CallRecord]]
"""Jobs, and the stored calls that may answer them."""
ReadyConfig = Callable[[Config], Awaitable[Config]]
"""The configuration with its models made. Raises NotTrained where one cannot be made."""
ReadyGroup = Callable[[Retrieval], Awaitable[Group]]
"""The rankings of a retrieval setting, once they are stored."""


class BatchPreparation:
    """ready_config, ready_group: what a batch waits for."""

    def __init__(self, run: RunContext, ready_config: ReadyConfig, ready_group: ReadyGroup) -> None:
        self._run = run
        self._ready_config = ready_config
        self._ready_group = ready_group
        self._trained_on: dict[str, frozenset[str]] = {}

    async def prepare(self, batch: TrialBatch) -> Prepared | None:
        """The jobs that a batch has left; None where a model that it needs cannot be used. Raises Stopped."""
        trial, run = batch.trial, self._run
        if trial.config.system is not None:
            repeats = run.record.experiment.repeats
            return await asyncio.to_thread(prepare_system_jobs, run.store, trial, batch.questions, repeats)
        if trial.config.route is not None:
            return await self._prepare_route(batch)
        return await self._prepare_end(batch, trial)

    async def _prepare_route(self, batch: TrialBatch) -> Prepared | None:
        """The jobs of a route, from those of its ends. Their calls are shared with trials of the ends."""
        route = batch.trial.config.route
        assert route is not None
        ends = [await self._prepare_end(batch, trial) for trial in trials_of_ends(batch.trial)]
        cheap, strong = ends
        if cheap is None or strong is None:
            return None
        jobs = await asyncio.to_thread(join_jobs, self._run.store, route, cheap[0], strong[0])
        return jobs, {**cheap[1], **strong[1]}

    async def _prepare_end(self, batch: TrialBatch, trial: TrialRecord) -> Prepared | None:
        """The jobs of one configuration once all that it asks is there."""
        run = self._run
        try:
            trial = replace(trial, config=await self._ready_config(trial.config))
        except NotTrained as failed:
            run.unusable.add(trial.config.model.name, failed.message)
            return None
        group = await self._ready_group(trial.config.retrieval)
        if group.unusable:
            run.unusable.add(group.asks, group.unusable)
            return None
        return await asyncio.to_thread(
            prepare_jobs,
            run.store,
            trial,
            batch.questions,
            run.record.experiment.repeats,
            run.record.today,
            group.keys,
            run.opener.texts,
            group.problems,
            batch.probes,
            run.corpus.injections,
            await self.find_room(trial.config, [item.question.history for item in batch.questions]),
            run.examples,
            await self._find_trained_on(trial.config.model),
        )

    async def find_room(self, config: Config, histories: Sequence[History]) -> PromptRoom:
        """How long the prompts of a configuration may be."""
        try:
            return await self._run.opener.rooms.of(config, self._run.caller, histories, self._run.examples)
        except ProviderUnusable:  # its calls will say so
            return PromptRoom(config.model.context_window)

    async def _find_trained_on(self, model: Model) -> frozenset[str]:
        """The questions of this experiment that a model was trained on, once it is trained."""
        if model.name not in self._trained_on:
            found = await asyncio.to_thread(find_all_trained_on, self._run.store, [model])
            asked = frozenset(item.question.id for item in self._run.questions if item.part != PROBE)
            for warning in describe_overlaps(found, asked):
                self._run.progress.problem(warning)
            self._trained_on[model.name] = found.get(model.name, frozenset()) & asked
        return self._trained_on[model.name]
