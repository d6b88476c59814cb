"""What follows the search of a run: prompts are improved in the best cells, and the finalists are chosen.
Knows nothing about how batches are carried out, nor about the search itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from workbench.analysis.finalists import choose_finalists
from workbench.analysis.leaderboard import rank_trials
from workbench.calls.first_requests import ProviderUnusable
from workbench.pipeline.prompt_rendering import PromptRoom
from workbench.results.measured import get_summaries
from workbench.run.asking import JobAsking
from workbench.run.awaiting_ratings import FINALISTS_WAIT, lacks_ratings
from workbench.run.batch_preparation import BatchPreparation
from workbench.run.optimised_prompts import OptimisedCell, PromptImprovement
from workbench.run.retrieval_work import Group, RetrievalWork
from workbench.run.run_context import RunContext
from workbench.run.search_loop import TrialBatch
from workbench.run.train_answers import Asked
from workbench.space.config import Config
from workbench.store.records import ExperimentQuestion, TrialRecord
from workbench.store.trials import get_trials, set_trial_states


async def choose_final_trials(run: RunContext, improved: Sequence[str] = ()) -> list[TrialRecord]:
    """The best on the search part, and variants beside their parents, chosen once: a resumed final keeps
    its finalists.

    The run pauses where ratings are to choose them and there are none.

    improved: ids of the trials of improved prompts and of those that they began with, which are asked, too.
    """
    trials = await asyncio.to_thread(get_trials, run.store, run.record.id)
    chosen = [t for t in trials if t.in_final]
    if chosen:
        return chosen
    experiment = run.record.experiment
    if await asyncio.to_thread(lacks_ratings, run.store, run.record.id, experiment.objective):
        run.stop_signal.set("paused", FINALISTS_WAIT)
        return []
    summaries = await asyncio.to_thread(get_summaries, run.store, run.record.id)
    rows = rank_trials(trials, summaries, experiment.objective)
    best = choose_finalists(rows, experiment.models)
    best += [t for t in trials if t.id in improved and t not in best]
    ids = [t.id for t in best]
    await run.writer.do(lambda session: set_trial_states(session, ids, "running", in_final=True))
    return best


class ImprovedPrompts:
    """Improves the prompts that the experiment names, always in this process: each proposal rests on the
    answers to the one before."""

    def __init__(
        self, run: RunContext, asking: JobAsking, retrieval: RetrievalWork, preparation: BatchPreparation
    ) -> None:
        self._run = run
        self._asking = asking
        self._retrieval = retrieval
        self._preparation = preparation

    async def improve(self, search: Sequence[ExperimentQuestion]) -> list[TrialBatch]:
        """Improve them. Returns what is to be asked then: the improved ones and those that they began with,
        each with all search questions and their probes."""
        run = self._run
        asked = Asked(
            run.store, run.caller, run.prices, self._asking.ask, run.free_scores, run.judging,
            run.opener.texts, run.corpus.injections, run.examples, run.record.today,
        )  # fmt: skip
        improvement = PromptImprovement(
            asked, run.writer, run.record, run.corpus, run.score_names, self._rank_train, run.progress
        )
        cells: list[OptimisedCell] = []
        try:
            cells = await improvement.run()
        except ProviderUnusable as unusable:
            run.unusable.add(improvement.reflecting, f"{improvement.reflecting}: {unusable}")
        ids = list(dict.fromkeys(trial for cell in cells for trial in cell.trials))
        trials = [t for t in await asyncio.to_thread(get_trials, run.store, run.record.id) if t.id in ids]
        run.progress.trials += sum(trial.state == "queued" for trial in trials)
        probes = [probe for q in search for probe in run.probes.get(q.question.id, ())]
        return [TrialBatch(t, search, completes=True, probes=probes) for t in trials]

    async def _rank_train(
        self, config: Config, items: Sequence[ExperimentQuestion]
    ) -> tuple[Group, PromptRoom] | None:
        """Rank train questions for a configuration: their rankings, and the room of its prompts."""
        run, questions = self._run, [item.question for item in items]
        self._retrieval.expect([(config.retrieval, questions)], questions)
        await self._retrieval.run()
        run.stop_signal.raise_if_set()
        group = await self._retrieval.ready(config.retrieval)
        if group.unusable:
            run.unusable.add(group.asks, group.unusable)
            return None
        return group, await self._preparation.find_room(config, [question.history for question in questions])
