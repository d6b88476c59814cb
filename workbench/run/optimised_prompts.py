"""After an experiment's search: improves prompts in its best cells, and adds a trial for each improved one.
Knows nothing about how a prompt is improved, nor about how a trial is asked."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import Session

from workbench.analysis.leaderboard import rank_trials
from workbench.calls.group_commit import GroupCommitWriter
from workbench.corpus.clusters import find_clusters
from workbench.corpus.train_part import train_questions
from workbench.corpus.types import Corpus, Question
from workbench.fingerprint import fingerprint
from workbench.formatting import counted
from workbench.pipeline.prompt_rendering import PromptRoom
from workbench.prompt_optimisation.aim import Aim, find_aim
from workbench.prompt_optimisation.checks import TrainTexts
from workbench.prompt_optimisation.optimise import VERSION, optimise_prompt
from workbench.prompt_optimisation.types import OptimisedPrompt, Proposal, TrainQuestion
from workbench.run.progress import Progress
from workbench.run.retrieval_work import Group
from workbench.run.train_answers import Asked, TrainAnswers
from workbench.space.config import Config, short_names
from workbench.space.prompt import Prompt
from workbench.space.prompt_optimisation import PromptOptimisation
from workbench.store.database import Store
from workbench.store.learning.prompt_proposals import (
    ProposalRecord,
    add_optimised_version,
    add_proposals,
    change_first,
    get_proposals,
)
from workbench.store.records import ExperimentQuestion, ExperimentRecord, TrialRecord
from workbench.store.summaries import get_summaries
from workbench.store.trials import add_trials, get_trials

Rank = Callable[[Config, Sequence[ExperimentQuestion]], Awaitable[tuple[Group, PromptRoom] | None]]
"""Ranks train questions for a configuration: their rankings and the room of its prompts; None where a model
that this needs cannot be used."""


@dataclass(frozen=True)
class OptimisedCell:
    """One optimisation of an experiment: a prompt in one cell of retrieval and model."""

    key: str
    """Hash of what decides it."""
    settings: PromptOptimisation
    found: dict[str, Any]
    """How it stands: `place` among the experiment's and `entry` of its settings, `cell` (id of the trial that
    the cell was chosen by), `parent_trial`, `parent_added` (whether the trial of the first prompt was added
    for it), `score`, `done`; when it is done `trial` (null where no prompt was accepted), `chosen`,
    `versions` (number → label), `ended`, `calls`, `cost_usd`, `tried`, `refused`."""

    @property
    def added_trials(self) -> set[str]:
        """Ids of the trials that were added for it."""
        own = {self.found["trial"]} if self.found.get("trial") else set()
        return own | ({self.found["parent_trial"]} if self.found.get("parent_added") else set())

    @property
    def trials(self) -> list[str]:
        """Ids of the trials to compare: that of the first prompt and that of the improved one."""
        return [self.found["parent_trial"], self.found["trial"]] if self.found.get("trial") else []


def read_cells(store: Store, record: ExperimentRecord) -> list[OptimisedCell]:
    """The optimisations that an experiment has begun, in order."""
    if not record.experiment.optimise:
        return []
    entries = record.experiment.optimise
    return [
        OptimisedCell(key, entries[of[0].found["entry"]], dict(of[0].found))
        for key, of in get_proposals(store, record.id).items()
    ]


class PromptImprovement:
    """Improves the prompts of one experiment.

    rank: see `Rank`.
    """

    def __init__(
        self,
        asked: Asked,
        writer: GroupCommitWriter,
        record: ExperimentRecord,
        corpus: Corpus,
        score_names: Sequence[str],
        rank: Rank,
        progress: Progress,
    ) -> None:
        self._asked = asked
        self._store = asked.store
        self._writer = writer
        self._record = record
        self._rank = rank
        self._progress = progress
        experiment = record.experiment
        self._train = train_questions(corpus.questions, experiment.questions.tags, experiment.holdout)
        self._clusters = find_clusters(self._train, corpus.documents) if experiment.optimise else {}
        self._aim = find_aim(experiment.objective, score_names)
        self._score = self._aim.score if self._aim else ""
        self.reflecting = ""
        """The name of the model that reflects at present."""

    async def run(self) -> list[OptimisedCell]:
        """Carry out what is left. Returns every optimisation of the experiment, in order. Raises Stopped."""
        assert self._aim is not None  # preparation has seen to it
        cells = await asyncio.to_thread(read_cells, self._store, self._record)
        if not cells:
            cells, added = await asyncio.to_thread(self._choose_cells)
            await self._writer.do(lambda session: _begin(session, self._record, cells, added))
        done: list[OptimisedCell] = []
        for number, cell in enumerate(cells, start=1):
            where = f"{cell.settings.from_.name}, cell {number} of {len(cells)}"
            finished = cell if cell.found["done"] else await self._improve(cell, self._aim, where)
            if finished is None:
                return done
            done.append(finished)
        self._progress.message = ""
        for cell in done:
            if not cell.found.get("trial"):
                self._progress.problem(_nothing_accepted(cell))
        return done

    def _choose_cells(self) -> tuple[list[OptimisedCell], list[tuple[Config, str, int]]]:
        """The best cells by the leaderboard, for each optimisation, each chosen by its best trial; and
        (configuration, name, number) of the trials of first prompts that the search did not try there."""
        trials = get_trials(self._store, self._record.id)
        summaries = get_summaries(self._store, self._record.id)
        rows = rank_trials(trials, summaries, self._record.experiment.objective)
        best: dict[tuple[str, str], TrialRecord] = {}
        for row in rows:
            config = row.trial.config
            if row.rank is not None and config.system is None and config.route is None:
                cell = fingerprint(config.retrieval.content), fingerprint(config.model.content)
                best.setdefault(cell, row.trial)
        number = max((trial.number for trial in trials), default=0)
        configs = [trial.config for trial in trials]
        by_config = {trial.config.id: trial.id for trial in trials}
        cells: list[OptimisedCell] = []
        additions: list[tuple[Config, str, int]] = []
        for entry, settings in enumerate(self._record.experiment.optimise):
            for trial in list(best.values())[: settings.cells]:
                parent = replace(trial.config, prompt=settings.from_)
                is_added = parent.id not in by_config
                if is_added:
                    number += 1
                    configs.append(parent)
                    additions.append((parent, short_names(configs)[-1], number))
                    by_config[parent.id] = f"{self._record.id}-{number:04d}"
                found = {
                    "place": len(cells), "entry": entry, "cell": trial.id, "done": False,
                    "parent_trial": by_config[parent.id], "parent_added": is_added, "score": self._score,
                }  # fmt: skip
                cells.append(OptimisedCell(self._key(settings, trial.config), settings, found))
        return cells, additions

    def _key(self, settings: PromptOptimisation, config: Config) -> str:
        questions = [[q.id, q.text, list(q.answers)] for q in self._train]
        return fingerprint(
            "optimised prompt", VERSION, self._record.id, settings.content, config.retrieval.content,
            config.model.content, questions, self._record.experiment.seed,
        )  # fmt: skip

    async def _improve(self, cell: OptimisedCell, aim: Aim, where: str) -> OptimisedCell | None:
        """Carry out one optimisation; None where a model that it needs cannot be used."""
        self._progress.message = f"Improving {where}: reading its answers"
        self.reflecting = cell.settings.model.name
        trials = {t.id: t for t in await asyncio.to_thread(get_trials, self._store, self._record.id)}
        base = trials[cell.found["cell"]]
        parent = replace(base, config=replace(base.config, prompt=cell.settings.from_))
        items = self._items(cell.settings)
        ranked = await self._rank(parent.config, items)
        if ranked is None:
            return None
        texts = TrainTexts(
            cell.settings.from_,
            (question.text for question in self._train),
            (answer for question in self._train for answer in question.answers),
        )
        asking = TrainAnswers(self._asked, parent, items, *ranked, cell.settings.model, aim, texts)
        loop = asyncio.get_running_loop()

        def on_change(settled: Sequence[Proposal], calls: int) -> None:
            """In the search's thread."""
            self._progress.message = f"Improving {where}: {calls:,} of {cell.settings.calls_each:,} calls"
            records = [_to_record(self._record.id, cell, proposal) for proposal in settled]
            if records:
                writing = self._writer.do(lambda session: add_proposals(session, records))
                asyncio.run_coroutine_threadsafe(writing, loop).result()

        questions = [_to_train(item) for item in items]
        seed = self._record.experiment.seed
        result = await optimise_prompt(cell.settings, questions, asking, aim, texts, seed, on_change)
        return await self._finish(cell, parent.config, result)

    def _items(self, settings: PromptOptimisation) -> list[ExperimentQuestion]:
        """The train questions that are used: all, or a sample that the calls suffice for."""
        most = settings.most_questions(len(self._train))
        chosen: list[Question] = self._train
        if most < len(chosen):
            places = random.Random(self._record.experiment.seed).sample(range(len(chosen)), most)
            chosen = [self._train[place] for place in sorted(places)]
        return [
            ExperimentQuestion(question, "train", number, self._clusters.get(question.id, ""))
            for number, question in enumerate(chosen)
        ]

    async def _finish(self, cell: OptimisedCell, config: Config, result: OptimisedPrompt) -> OptimisedCell:
        """Store how it ended: the accepted prompts as versions, and a trial for the one that gained most."""
        trials = await asyncio.to_thread(get_trials, self._store, self._record.id)
        found = dict(cell.found)
        finished = replace(cell, found=found)
        found |= {
            "done": True, "trial": None, "chosen": result.chosen, "ended": result.ended,
            "calls": result.calls, "cost_usd": result.cost_usd, "tried": result.tried,
            "refused": result.refused, **result.proposals[0].found,
        }  # fmt: skip

        def write(session: Session) -> None:
            versions = _save_versions(session, cell.settings, result)
            found["versions"] = {str(number): prompt.label for number, prompt in versions.items()}
            if result.chosen is not None:
                own = replace(config, prompt=versions[result.chosen])
                known = next((trial for trial in trials if trial.config.id == own.id), None)
                number = max(trial.number for trial in trials) + 1
                found["trial"] = known.id if known else f"{self._record.id}-{number:04d}"
                if known is None:
                    name = short_names([*(trial.config for trial in trials), own])[-1]
                    add_trials(session, self._record.id, [(own, name)], first=number)
            change_first(session, cell.key, found)

        await self._writer.do(write)
        return finished


def _begin(
    session: Session,
    record: ExperimentRecord,
    cells: Sequence[OptimisedCell],
    added: Sequence[tuple[Config, str, int]],
) -> None:
    """Store what will be optimised, and the trials of first prompts that the search did not try."""
    for config, name, number in added:
        add_trials(session, record.id, [(config, name)], first=number)
    for cell in cells:
        first = cell.settings.from_
        add_proposals(
            session,
            [
                ProposalRecord(
                    cell.key, record.id, 0, None, first.system or None, first.template, "", "accepted",
                    found=cell.found,
                )
            ],
        )  # fmt: skip


def _save_versions(
    session: Session, settings: PromptOptimisation, result: OptimisedPrompt
) -> dict[int, Prompt]:
    """Number → the version of each accepted proposal. Its parent is the nearest ancestor that has one."""
    versions = {0: settings.from_}
    for proposal in result.proposals:
        if proposal.state != "accepted" or proposal.parent is None or proposal.prompt is None:
            continue
        ancestor: int | None = proposal.parent
        while ancestor is not None and ancestor not in versions:
            ancestor = result.proposals[ancestor].parent
        parent = versions[ancestor or 0].label
        prompt = proposal.prompt.model_copy(update={"notes": f"Made from {parent}."})
        versions[proposal.number] = add_optimised_version(session, prompt, parent, proposal.reason)
    return versions


def _to_train(item: ExperimentQuestion) -> TrainQuestion:
    question = item.question
    return TrainQuestion(question.id, question.text, tuple(question.answers), item.cluster or question.id)


def _to_record(experiment_id: str, cell: OptimisedCell, proposal: Proposal) -> ProposalRecord:
    prompt = proposal.prompt
    found = dict(proposal.found)
    if proposal.number == 0:
        found = cell.found | found
    return ProposalRecord(
        cell.key, experiment_id, proposal.number, proposal.parent,
        prompt.system or None if prompt else None, prompt.template if prompt else "",
        proposal.reason, proposal.state, proposal.why, proposal.score, found,
    )  # fmt: skip


def _nothing_accepted(cell: OptimisedCell) -> str:
    tried, refused = counted(cell.found["tried"], "proposal"), cell.found["refused"]
    return (
        f"No better prompt than {cell.settings.from_.label} was found: {tried} tried, {refused} refused. "
        f"{cell.found['ended']}"
    )
