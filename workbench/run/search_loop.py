"""An experiment's search: a strategy's steps become batches of trials and questions, their answers evidence.
Knows nothing about how a batch is carried out, nor about any strategy."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from workbench.calls.group_commit import GroupCommitWriter
from workbench.planning.probes import Probe, count_probe_answers
from workbench.run.search_evidence import EvidenceTable
from workbench.search.replay import advance, replay
from workbench.search.strategies import count_answers, start_search
from workbench.search.types import Ask, Field, Step
from workbench.space.config import Config, short_names
from workbench.space.search_space import expand, find_baseline_config, knob_settings
from workbench.store.database import Store
from workbench.store.records import ExperimentQuestion, ExperimentRecord, SearchStepRecord, TrialRecord
from workbench.store.search_steps import add_search_step, get_search_steps
from workbench.store.trials import add_trials, drop_trials, get_trials, set_trial_states

NOT_ASKED_ON = "not asked further: others promised more"


@dataclass(frozen=True)
class TrialBatch:
    """Ask a trial these questions, and the probes that vary them. completes: it has then been asked all
    questions of their part."""

    trial: TrialRecord
    questions: Sequence[ExperimentQuestion]
    completes: bool
    probes: Sequence[Probe] = ()


class SearchLoop:
    """Goes through the search from its beginning: stored steps stand, stored answers are not asked again.

    A strategy chooses among settings, so it knows nothing of systems and of routes without settings: each of
    them is asked everything, beside its first step.

    probes: by the id of the question they vary.
    added: ids of trials that were added after the search, which it knows nothing of.
    """

    def __init__(
        self,
        store: Store,
        writer: GroupCommitWriter,
        record: ExperimentRecord,
        questions: Sequence[ExperimentQuestion],
        probes: Mapping[str, Sequence[Probe]],
        added: Collection[str] = (),
    ) -> None:
        self._probes = probes
        self._added = added
        self._highest = 0  # of the numbers of all trials, those that were added later, too
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
        self.waits_for_ratings = False
        """Whether the rounds ended early, as the search follows `liked` and nobody has rated an answer."""

    async def open(self) -> None:
        """Read the configurations that compete; of a search that proposes them, all it may propose."""
        every = await asyncio.to_thread(get_trials, self._store, self._record.id)
        self._highest = max((trial.number for trial in every), default=0)
        trials = [trial for trial in every if trial.id not in self._added]
        if self._record.experiment.search.proposes:
            self._configs = list(expand(self._record.experiment).configs)
            self._names = short_names(self._configs)
            place = {config.id: i for i, config in enumerate(self._configs)}
            self._trials = {place[t.config.id]: t for t in trials if t.config.id in place}
        else:
            trials = sorted(trials, key=lambda t: not t.config.has_settings)
            self._configs = [t.config for t in trials]
            self._trials = dict(enumerate(trials))
        self._competing = sum(config.has_settings for config in self._configs)
        experiment = self._record.experiment
        ids = [q.question.id for q in self._questions]
        self._table = EvidenceTable(experiment.objective, self._competing, ids)

    @property
    def trials(self) -> list[TrialRecord]:
        """Those there are so far, in the order of their numbers."""
        return sorted(self._trials.values(), key=lambda t: t.number)

    @property
    def size(self) -> int:
        """How many configurations there are, systems included."""
        return len(self._configs)

    @property
    def answers_at_most(self) -> int:
        """Answers that the search may ask for, repeats not counted."""
        return self._count_answers()[1]

    @property
    def may_ask_less(self) -> bool:
        """Whether the search may end with fewer answers than `answers_at_most`."""
        fewest, most = self._count_answers()
        return fewest < most

    @property
    def probes_at_most(self) -> int:
        counts = {q.question.id: len(self._probes.get(q.question.id, ())) for q in self._questions}
        search, questions = self._record.experiment.search, len(self._questions)
        of_systems = self._answers_of_systems
        fewest, most = (n - of_systems for n in self._count_answers())
        return count_probe_answers(search, self._competing, questions, (fewest, most), counts)[1]

    def _count_answers(self) -> tuple[int, int]:
        experiment = self._record.experiment
        has_baseline = experiment.baseline is not None and experiment.baseline.system is None
        fewest, most = count_answers(
            experiment.search, self._competing, len(self._questions), baseline=has_baseline
        )
        return fewest + self._answers_of_systems, most + self._answers_of_systems

    @property
    def _is_unfinished(self) -> bool:
        """Whether the search may ask for more than it has asked so far."""
        most = count_answers(self._record.experiment.search, self._competing, len(self._questions))[1]
        return int(self._table.asked.sum()) < most

    @property
    def _answers_of_systems(self) -> int:
        return (self.size - self._competing) * len(self._questions)

    @property
    def in_words(self) -> str:
        """How the search stands; empty while it has told nobody apart."""
        if not self._dropped:
            return ""
        return f"{self._competing - len(self._dropped)} of {self._competing} configurations are left"

    async def rounds(self) -> AsyncGenerator[list[TrialBatch], None]:
        """What to ask, round by round; each must be answered before the next is taken."""
        experiment = self._record.experiment
        knobs = [knob_settings(c) for c in self._configs[: self._competing]]
        field = Field(knobs, len(self._questions), experiment.seed)
        stored = await asyncio.to_thread(get_search_steps, self._store, self._record.id)
        taken = [self._read_step(step) for step in stored]
        beside = [Ask(c, range(len(self._questions))) for c in range(self._competing, self.size)]
        if not self._competing:
            await self._take(Step(beside, {}), None)
            yield self._batches(beside)
            return
        steps = replay(start_search(experiment.search, experiment.objective, field), taken)
        number, step = 1, await asyncio.to_thread(advance, steps, None)
        while step is not None:
            await self._take(step, number if number > len(stored) else None)
            if beside:
                await self._take(Step(beside, {}), None)
            yield self._batches([*step.asks, *beside])
            beside = []
            trials = {ask.config: self._trials[ask.config].id for ask in step.asks}
            await asyncio.to_thread(self._table.read, self._store, self._record.id, trials)
            if self._table.lacks_ratings and self._is_unfinished:
                self.waits_for_ratings = True
                return
            number, step = number + 1, await asyncio.to_thread(advance, steps, self._table.evidence())
        last = self._rest_of_baseline()
        if last.asks:
            await self._take(last, None)
            yield self._batches(last.asks)
        complete = [bool(row.all()) for row in self._table.asked]
        competing = (c for c in self._trials if c < self._competing)
        await self._take(Step([], {c: NOT_ASKED_ON for c in competing if not complete[c]}), None)

    def _takes_probes(self, config: int) -> bool:
        """What a probe varies is a prompt of ours, given to one model."""
        return config < self._competing and self._configs[config].route is None

    def _rest_of_baseline(self) -> Step:
        """Ask the file's baseline what the strategy left out: the others are held against it."""
        named = find_baseline_config(self._record.experiment)
        for config, candidate in enumerate(self._configs[: self._competing]):
            if named is not None and candidate.id == named.id:
                left = [q for q, asked in enumerate(self._table.asked[config]) if not asked]
                return Step([Ask(config, left)] if left else [], {})
        return Step([], {})

    async def _take(self, step: Step, number: int | None) -> None:
        """In one transaction, before anything of it is asked: the step under its number (None: it is stored
        already, or none of the strategy's), the trials it adds, and whom it drops."""
        asked = [ask.config for ask in step.asks]
        added = [c for c in dict.fromkeys(asked) if c not in self._trials]
        first = max([self._highest, *(t.number for t in self._trials.values())]) + 1
        numbers = {c: t.number for c, t in self._trials.items()}
        numbers |= {c: first + i for i, c in enumerate(added)}
        back = [self._trials[c].id for c in self._dropped.intersection(asked)]
        self._dropped -= set(asked)
        drops = {c: why for c, why in step.drops.items() if c not in self._dropped}
        self._dropped |= drops.keys()
        named = [(self._configs[c], self._names[c]) for c in added]
        notes = {self._trials[c].id: why for c, why in drops.items()}

        def write(session: Session) -> None:
            add_trials(session, self._record.id, named, first=first)
            if number is not None:
                add_search_step(session, self._record.id, number, self._step_record(step, numbers))
            if back:
                set_trial_states(session, back, "running")
            drop_trials(session, notes)

        if number is not None or added or back or notes:
            await self._writer.do(write)
        if added:
            place = {numbers[c]: c for c in added}
            for trial in await asyncio.to_thread(get_trials, self._store, self._record.id):
                if trial.number in place:
                    self._trials[place[trial.number]] = trial

    def _step_record(self, step: Step, numbers: Mapping[int, int]) -> SearchStepRecord:
        """numbers: configuration → trial number."""
        ids = [q.question.id for q in self._questions]
        everything = set(range(len(ids)))
        asks = [
            (
                numbers[ask.config],
                None if set(ask.questions) == everything else [ids[q] for q in ask.questions],
            )
            for ask in step.asks
        ]
        return SearchStepRecord(asks, {numbers[c]: why for c, why in step.drops.items()})

    def _read_step(self, record: SearchStepRecord) -> Step:
        config = {trial.number: c for c, trial in self._trials.items()}
        place = {q.question.id: i for i, q in enumerate(self._questions)}
        everything = range(len(self._questions))
        asks = [
            Ask(config[number], everything if ids is None else [place[id_] for id_ in ids])
            for number, ids in record.asks
        ]
        return Step(asks, {config[number]: why for number, why in record.drops.items()})

    def _batches(self, asks: Sequence[Ask]) -> list[TrialBatch]:
        wanted: dict[int, set[int]] = {}
        for ask in asks:
            wanted.setdefault(ask.config, set()).update(ask.questions)
        for config, questions in wanted.items():
            if config < self._competing:
                self._table.asked[config, list(questions)] = True
        return [
            TrialBatch(
                self._trials[config],
                [self._questions[q] for q in sorted(questions)],
                completes=config >= self._competing or bool(self._table.asked[config].all()),
                probes=[
                    probe
                    for q in sorted(questions)
                    if self._takes_probes(config)
                    for probe in self._probes.get(self._questions[q].question.id, ())
                ],
            )
            for config, questions in sorted(wanted.items())
        ]
