"""What the pieces of one run share: its experiment, documents, clients, caller, writer and progress.
Knows nothing about what is done with them, nor in which process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from workbench.calls.budget import Budget
from workbench.calls.caller import Caller
from workbench.calls.claims import SharedClaims
from workbench.calls.clients import Opened
from workbench.calls.group_commit import GroupCommitWriter
from workbench.calls.ledger import StoreLedger
from workbench.calls.purse_budget import PurseBudget
from workbench.calls.sending import Sending
from workbench.calls.shared_limits import SharedLimits
from workbench.calls.stop_signal import StopSignal
from workbench.corpus.types import Corpus
from workbench.errors import StoreError
from workbench.judges.judge_scores import JudgeScorer
from workbench.pipeline.caches import Caches
from workbench.pipeline.corpus_opener import CorpusOpener
from workbench.pipeline.examples import ExamplePool
from workbench.pipeline.system_passages import SystemPassages
from workbench.planning.probes import Probe, read_probes
from workbench.providers.prices import Prices, PriceSnapshot
from workbench.run.examples_of_experiment import require_examples
from workbench.run.progress import Progress
from workbench.run.unusable_models import UnusableModels
from workbench.scoring.judged import JudgedScore
from workbench.settings import Settings
from workbench.store.database import Store
from workbench.store.ledger import get_spend
from workbench.store.records import ExperimentQuestion, ExperimentRecord
from workbench.store.sharing.lost_calls import get_doubt
from workbench.store.sharing.participants import Role


@dataclass(frozen=True)
class RunContext:
    """One run of an experiment in one process and one event loop. Made by `open`."""

    store: Store
    settings: Settings
    record: ExperimentRecord
    corpus: Corpus
    questions: Sequence[ExperimentQuestion]
    """Those of all parts, probes included."""
    score_names: Sequence[str]
    """All scores of the experiment."""
    judged: Sequence[JudgedScore]
    """Those of its scores that ask a model."""
    opened: Opened
    """The clients and the limits of their providers."""
    stop_signal: StopSignal
    writer: GroupCommitWriter
    """What every row is written by. Somebody must run it."""
    budget: Budget
    claims: SharedClaims
    """Through which its calls are shared with other processes. Somebody must let it beat, and close it."""
    shared_limits: SharedLimits | None
    """Which somebody must run; None where it has its providers to itself."""
    prices: Prices
    """As they were when the experiment was created, not as a newer table has them."""
    caller: Caller
    judging: JudgeScorer | None
    """Asks the judges; None where no score asks one. Somebody must open it."""
    opener: CorpusOpener
    probes: Mapping[str, Sequence[Probe]]
    """By the id of the question that they vary."""
    examples: ExamplePool
    system_passages: SystemPassages
    progress: Progress
    unusable: UnusableModels = field(default_factory=UnusableModels)

    @classmethod
    def open(
        cls,
        store: Store,
        settings: Settings,
        record: ExperimentRecord,
        corpus: Corpus,
        questions: Sequence[ExperimentQuestion],
        score_names: Sequence[str],
        judged: Sequence[JudgedScore],
        opened: Opened,
        stop_signal: StopSignal,
        writer: GroupCommitWriter,
        role: Role = "run",
    ) -> RunContext:
        """The context of a run that begins now. Raises ExamplesChanged where its prompts would show other
        examples than before.

        role: as which it makes its calls. A run is alone; a coordinator and its workers share the budget.
        """
        examples = ExamplePool.of_questions(corpus.questions)
        require_examples(store, record, questions, examples)
        progress = Progress(record.progress, len(corpus.documents), record.id, started_at=time.time())
        prices = {name: PriceSnapshot.from_json(p) if p else None for name, p in record.prices.items()}
        claims = SharedClaims(store, writer, role, record.id)
        budget: Budget
        if role == "run":
            spent = get_spend(store, record.id).spent_usd
            budget = Budget(record.budget_usd, spent, _get_doubt(store, record, claims))
        else:
            budget = PurseBudget(store, record.id, claims.participant, record.budget_usd)
            writer.note_calls = budget.note_calls
        caches = Caches.of(settings, store, stop_signal.raise_if_set)
        ledger = StoreLedger(store, writer)
        caller = Caller(Sending(ledger, opened, prices, budget, record.id, stop_signal, claims=claims))
        return cls(
            store=store,
            settings=settings,
            record=record,
            corpus=corpus,
            questions=questions,
            score_names=score_names,
            judged=judged,
            opened=opened,
            stop_signal=stop_signal,
            writer=writer,
            budget=budget,
            claims=claims,
            shared_limits=None if role == "run" else SharedLimits(store, opened, claims.participant.name),
            prices=prices,
            caller=caller,
            judging=JudgeScorer(store, caller, judged) if judged else None,
            opener=CorpusOpener(corpus.documents, caches, progress, progress.observe_work),
            probes=read_probes(questions, corpus.injections),
            examples=examples,
            system_passages=SystemPassages(corpus.documents),
            progress=progress,
        )

    async def beat(self, cap: float | None) -> None:
        """Once a second: take over calls of the dead, and keep the budget true. cap: as it is now.

        That it is alive itself is said with the heartbeat (`SharedClaims.say_alive`).
        """
        await self.claims.look_after_others()
        if isinstance(self.budget, PurseBudget):
            await self.budget.beat()
        elif cap is not None:
            doubt = await asyncio.to_thread(_get_doubt, self.store, self.record, self.claims)
            self.budget.doubtful = doubt
        await self.budget.change_cap(cap)

    async def close(self) -> None:
        """Give up what is shared with other processes. The writer has ended by now."""
        if isinstance(self.budget, PurseBudget):
            with suppress(StoreError):  # it goes with its participant
                await self.budget.close()
        if self.shared_limits is not None:
            with suppress(StoreError):  # others find it silent
                await self.shared_limits.close()
        await self.claims.close()

    @property
    def free_scores(self) -> list[str]:
        """Names of the scores that ask no model."""
        asking = {score.name for score in self.judged}
        return [name for name in self.score_names if name not in asking]


def _get_doubt(store: Store, record: ExperimentRecord, claims: SharedClaims) -> float:
    """US dollars. A run is alone with its experiment: what others still claim for it died with them."""
    return get_doubt(store, record.id, is_lost=lambda holder: holder != claims.participant.name).usd
