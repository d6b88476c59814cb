"""An experiment's search: a strategy's steps become orders of trials and questions, their answers evidence.
Knows nothing about how an order is carried out, nor about any strategy."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from workbench.calls.group_commit import Writer
from workbench.planning.probes import Probe, count_probe_answers
from workbench.run.search_evidence import EvidenceTable
from workbench.search.strategies import count_answers, start_search
from workbench.search.types import Ask, Evidence, Field, Step, Steps
from workbench.space.config import Config, short_names
from workbench.space.grid import expand, knob_settings
from workbench.store.database import Store
from workbench.store.records import ExperimentQuestion, ExperimentRecord, TrialRecord
from workbench.store.trials import add_trials, drop_trials, get_trials

NOT_ASKED_ON = "not asked further: others promised more"


@dataclass(frozen=True)
class Order:
    """Ask a trial these questions, and the probes that vary them. completes: it has then been asked all
    questions of their part."""

    trial: TrialRecord
    questions: Sequence[ExperimentQuestion]
    completes: bool
    probes: Sequence[Probe] = ()


class Contest:
    """Replays the search from its beginning; what is stored already is not asked again.

    probes: by the id of the question they vary.
    """

    def __init__(
        self,
        store: Store,
        writer: Writer,
        record: ExperimentRecord,
        questions: Sequence[ExperimentQuestion],
        probes: Mapping[str, Sequence[Probe]],
    ) -> None:
        self._probes = probes
        self._store = store
        self._writer = writer
        self._record = record
        # In random order, so that any number of first questions is a fair sample of all.
        self._questions = list(questions)
        random.Random(record.experiment.seed).shuffle(self._questions)
        self._configs: list[Config] = []
        self._names: list[str] = []
        self._trials: dict[int, TrialRecord] = {}
        self._dropped: set[int] = set()

    async def open(self) -> None:
        """Read the configurations that compete; of a search that proposes them, all it may propose."""
        trials = await asyncio.to_thread(get_trials, self._store, self._record.id)
        if self._record.experiment.search.proposes:
            self._configs = list(expand(self._record.experiment).configs)
            self._names = short_names(self._configs)
            place = {config.id: i for i, config in enumerate(self._configs)}
            self._trials = {place[t.config.id]: t for t in trials if t.config.id in place}
        else:
            self._configs = [t.config for t in trials]
            self._trials = dict(enumerate(trials))
        experiment = self._record.experiment
        ids = [q.question.id for q in self._questions]
        self._table = EvidenceTable(experiment.objective, len(self._configs), ids)

    @property
    def trials(self) -> list[TrialRecord]:
        """Those there are so far, in the order of their numbers."""
        return sorted(self._trials.values(), key=lambda t: t.number)

    @property
    def size(self) -> int:
        """How many configurations compete."""
        return len(self._configs)

    @property
    def answers_at_most(self) -> int:
        """Answers that the search may ask for, repeats not counted."""
        return count_answers(self._record.experiment.search, self.size, len(self._questions))[1]

    @property
    def probes_at_most(self) -> int:
        counts = {q.question.id: len(self._probes.get(q.question.id, ())) for q in self._questions}
        search, questions = self._record.experiment.search, len(self._questions)
        answers = count_answers(search, self.size, questions)
        return count_probe_answers(search, self.size, questions, answers, counts)[1]

    @property
    def in_words(self) -> str:
        """How the search stands; empty while it has told nobody apart."""
        if not self._dropped:
            return ""
        return f"{len(self._configs) - len(self._dropped)} of {len(self._configs)} configurations are left"

    async def rounds(self) -> AsyncGenerator[list[Order], None]:
        """What to ask, round by round; each must be answered before the next is taken."""
        experiment = self._record.experiment
        field = Field([knob_settings(c) for c in self._configs], len(self._questions), experiment.seed)
        steps = start_search(experiment.search, experiment.objective, field)
        step = await asyncio.to_thread(_advance, steps, None)
        while step is not None:
            await self._drop(step.drops)
            yield await self._orders(step.asks)
            trials = {ask.config: self._trials[ask.config].id for ask in step.asks}
            await asyncio.to_thread(self._table.read, self._store, trials)
            step = await asyncio.to_thread(_advance, steps, self._table.evidence())
        complete = [bool(row.all()) for row in self._table.asked]
        await self._drop({c: NOT_ASKED_ON for c in self._trials if not complete[c]})

    async def _orders(self, asks: Sequence[Ask]) -> list[Order]:
        wanted: dict[int, set[int]] = {}
        for ask in asks:
            wanted.setdefault(ask.config, set()).update(ask.questions)
        await self._add([c for c in wanted if c not in self._trials])
        for config, questions in wanted.items():
            self._table.asked[config, list(questions)] = True
        return [
            Order(
                self._trials[config],
                [self._questions[q] for q in sorted(questions)],
                completes=bool(self._table.asked[config].all()),
                probes=[
                    probe
                    for q in sorted(questions)
                    for probe in self._probes.get(self._questions[q].question.id, ())
                ],
            )
            for config, questions in sorted(wanted.items())
        ]

    async def _add(self, configs: Sequence[int]) -> None:
        if not configs:
            return
        named = [(self._configs[c], self._names[c]) for c in configs]
        first = max((t.number for t in self._trials.values()), default=0) + 1
        await self._writer.do(partial(add_trials, experiment_id=self._record.id, configs=named, first=first))
        place = {self._configs[c].id: c for c in configs}
        for trial in await asyncio.to_thread(get_trials, self._store, self._record.id):
            if trial.config.id in place:
                self._trials[place[trial.config.id]] = trial

    async def _drop(self, drops: Mapping[int, str]) -> None:
        fresh = {c: note for c, note in drops.items() if c not in self._dropped}
        if not fresh:
            return
        self._dropped.update(fresh)
        notes = {self._trials[c].id: note for c, note in fresh.items()}
        await self._writer.do(lambda session: drop_trials(session, notes))


def _advance(steps: Steps, evidence: Evidence | None) -> Step | None:
    """The next step; None at the end. (StopIteration cannot cross from a thread to its awaiter.)"""
    try:
        return next(steps) if evidence is None else steps.send(evidence)
    except StopIteration:
        return None
