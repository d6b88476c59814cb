"""Runs a gate: asks candidate and base the same questions until the verdict is certain, and stores it.
Knows nothing about command lines and pages.

Questions are asked by cluster, a few at a time. What was asked before is in the ledger and is not asked
again, and no call is made that might exceed the budget.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from operator import methodcaller
from typing import Any

from workbench.calls.budget import Budget, BudgetSpent
from workbench.calls.caller import Caller
from workbench.calls.open_caller import open_caller
from workbench.calls.retry_policy import INTERACTIVE
from workbench.calls.stop_signal import StopSignal
from workbench.errors import ProviderError, Stopped
from workbench.gate.answers import SideAnswer, SideAsker
from workbench.gate.conditions import measures_of
from workbench.gate.flips import find_flips
from workbench.gate.judging import Evidence, Judged, Pair, judge
from workbench.gate.preparation import GateRequest, ReadyGate, prepare_gate
from workbench.gate.verdict_words import describe_end
from workbench.pipeline.caches import Caches
from workbench.planning.probes import Probe, make_probes
from workbench.run.start_or_resume import new_client_pool
from workbench.scoring import prompt_injection
from workbench.settings import Settings
from workbench.store.database import Store
from workbench.store.records import ExperimentQuestion
from workbench.store.serving.gates import add_gate
from workbench.store.serving.records import Gate
from workbench.tuning.made_config import get_served_config
from workbench.tuning.served import ServedModels

UNITS_AT_ONCE = 8
"""How many clusters are asked between two looks at the verdict."""
BASE_FAILURES = 5
"""So many failures of the base without one answer end the gate: there is nothing to compare with."""
GIVE_UP_SECONDS = 30.0
"""A server that could not be reached for so long ends the gate: that says nothing about its answers."""
Tell = Callable[[dict[str, Any]], None]
"""Hears {done, count, spent_usd, doing}."""


@dataclass
class _Run:
    """A gate under way."""

    ready: ReadyGate
    caller: Caller
    budget: Budget
    stop_signal: StopSignal
    tell: Tell
    candidate: SideAsker
    base: SideAsker
    pairs: list[Pair] = field(default_factory=list)
    probes: list[Pair] | None = None
    ended: str = ""
    """Why it ended before the verdict was certain: "budget", "stopped"; "" otherwise."""
    asked_all: bool = False

    def evidence(self) -> Evidence:
        complete = self.asked_all or self.ended == "budget"
        same = self.ready.candidate.config.id == self.ready.base.config.id
        return Evidence(self.pairs, self.ready.questions.clusters, complete, same, self.probes)

    def look(self, *, in_detail: bool = False) -> Judged:
        return judge(self.ready.conditions, self.evidence(), in_detail=in_detail)

    async def ask_pair(self, ask: Callable[[SideAsker], Any]) -> tuple[SideAnswer, SideAnswer]:
        """One question's answers of both; both are awaited before an error of one is raised."""
        asking = (ask(self.candidate), ask(self.base))
        both: list[Any] = list(await asyncio.gather(*asking, return_exceptions=True))
        for answer in both:
            if isinstance(answer, BaseException):
                raise answer
        return both[0], both[1]

    async def ask_questions(self) -> Judged:
        """Ask until it is certain, or all is asked."""
        units, repeats = self.ready.questions.units, self.ready.request.repeats
        for first in range(0, len(units), UNITS_AT_ONCE):
            chosen = [question for unit in units[first : first + UNITS_AT_ONCE] for question in unit]
            asked = await asyncio.gather(
                *(
                    self.ask_pair(methodcaller("ask", q, self.caller, r))
                    for q in chosen
                    for r in range(repeats)
                ),
                return_exceptions=True,
            )
            self._keep(chosen, asked)
            self.tell_progress("asking both")
            self.asked_all = first + UNITS_AT_ONCE >= len(units)
            judged = await asyncio.to_thread(self.look)
            rest = [r for r in judged.conditions if r.condition.kind != "safety"]
            if judged.verdict == "worse" or (rest and all(r.verdict == "pass" for r in rest)):
                return judged
        return await asyncio.to_thread(self.look)

    def _keep(self, chosen: Sequence[Any], asked: Sequence[Any]) -> None:
        """Keep the pairs that are whole, then raise what ended the others."""
        repeats = self.ready.request.repeats
        for at, question in enumerate(chosen):
            answers = asked[at * repeats : (at + 1) * repeats]
            if not any(isinstance(a, BaseException) for a in answers):
                self.pairs.append(Pair(question, tuple(a[0] for a in answers), tuple(a[1] for a in answers)))
        for answer in asked:
            if isinstance(answer, BaseException):
                raise answer
        answers_of_base = [a for pair in self.pairs for a in pair.base]
        failed = [a.error for a in answers_of_base if a.text is None]
        if len(failed) >= BASE_FAILURES and len(failed) == len(answers_of_base):
            raise ProviderError(
                f"The base cannot be asked, so there is nothing to compare with: {failed[0]}", kind="refused"
            )

    async def ask_probes(self) -> None:
        """Ask again with instructions planted among the passages."""
        probes = self._make_probes()
        kept: list[Pair] = []
        for first in range(0, len(probes), UNITS_AT_ONCE):
            chosen = probes[first : first + UNITS_AT_ONCE]
            asked = await asyncio.gather(
                *(self.ask_pair(methodcaller("ask_probe", p, self.caller)) for p in chosen)
            )
            kept += [Pair(p.item.question, (a,), (b,)) for p, (a, b) in zip(chosen, asked, strict=True)]
            self.tell_progress("asking with planted instructions")
        self.probes = kept

    def _make_probes(self) -> list[Probe]:
        """None where a side is a system, among whose passages nothing can be planted."""
        if not self.ready.plants:
            return []
        asked = [ExperimentQuestion(pair.question, "search", i) for i, pair in enumerate(self.pairs)]
        return make_probes(
            asked,
            [prompt_injection.NAME],
            self.ready.corpus.injections,
            seed=self.ready.request.seed,
            position=0,
        )

    def tell_progress(self, doing: str) -> None:
        self.tell(
            {
                "done": len(self.pairs),
                "count": self.ready.questions.count,
                "spent_usd": self.budget.spent,
                "doing": doing,
            }
        )


async def run_gate(
    store: Store, settings: Settings, request: GateRequest, stop_signal: StopSignal, tell: Tell
) -> Gate:
    """Compare a candidate with a base; returns the stored gate, whose `found` is the document of `gate
    --json`.

    Stopped by the signal or by the budget, it gives the verdict on what was asked until then.

    Raises InputError for a wrong request, ProviderError when the base cannot be asked at all, or when a
    server has not been reachable for GIVE_UP_SECONDS.
    """
    ready = await asyncio.to_thread(prepare_gate, store, settings, request)
    return await carry_out_gate(store, settings, ready, stop_signal, tell)


async def carry_out_gate(
    store: Store, settings: Settings, ready: ReadyGate, stop_signal: StopSignal, tell: Tell
) -> Gate:
    """As `run_gate`, of a request that was checked."""
    started = time.monotonic()
    async with _open(store, settings, ready, stop_signal, tell) as run:
        run.tell_progress("reading the documents")
        try:
            judged = await run.ask_questions()
            if judged.verdict != "worse":
                await run.ask_probes()
        except BudgetSpent:
            run.ended = "budget"
        except Stopped as stopped:
            if not stop_signal:
                raise
            if stop_signal.state == "paused":
                raise ProviderError(
                    f"The gate was abandoned: {stop_signal.message} What was answered is stored; run it "
                    "again when the server is back.",
                    kind="refused",
                ) from None
            run.ended = "budget" if stopped.state == "stopped: budget" else "stopped"
    found = await asyncio.to_thread(_document, run, time.monotonic() - started)
    gate = Gate(ready.candidate.name, ready.base.name, found["verdict"], found)
    return await asyncio.to_thread(add_gate, store, gate)


@asynccontextmanager
async def _open(
    store: Store, settings: Settings, ready: ReadyGate, stop_signal: StopSignal, tell: Tell
) -> AsyncIterator[_Run]:
    budget = Budget(ready.request.budget_usd, 0.0)
    scores = measures_of(ready.conditions)
    async with (
        ServedModels(store, settings, stop_signal) as served,
        open_caller(
            store, new_client_pool(ready.trust), ready.prices, retry_policy=INTERACTIVE,
            give_up_seconds=GIVE_UP_SECONDS, budget=budget, stop_signal=stop_signal,
        ) as caller,
    ):  # fmt: skip
        sides = [
            replace(side, config=await get_served_config(served, store, side.config, lambda words: None))
            for side in (ready.candidate, ready.base)
        ]
        ready = replace(ready, candidate=sides[0], base=sides[1])
        caches = Caches.of(settings, store, stop_signal.raise_if_set)
        candidate = SideAsker(ready.candidate, ready.corpus, caches, scores)
        base = SideAsker(ready.base, ready.corpus, caches, scores)
        yield _Run(ready, caller, budget, stop_signal, tell, candidate, base)


def _document(run: _Run, seconds: float) -> dict[str, Any]:
    """The document of `gate --json`."""
    judged, ready = run.look(in_detail=True), run.ready
    every = [*run.pairs, *(run.probes or ())]
    answers = [a for pair in every for a in (*pair.candidate, *pair.base)]
    unsafe_ids = {id_ for one in judged.conditions for id_ in one.unsafe}
    document = {
        "verdict": judged.verdict,
        "conditions": [one.to_json() for one in judged.conditions],
        "answers_asked": sum(not a.stored for a in answers),
        "answers_stored": sum(a.stored for a in answers),
        "spent_usd": run.budget.spent,
        "seconds": round(seconds, 3),
        "candidate": {"name": ready.candidate.name, "named": ready.candidate.text},
        "base": {"name": ready.base.name, "named": ready.base.text},
        "corpus": ready.corpus.name,
        "corpus_version": ready.corpus.version,
        "questions": {"asked": len(run.pairs), "of": ready.questions.count, "tags": list(ready.request.tags)},
        "repeats": ready.request.repeats,
        "ended": run.ended,
        "notes": list(ready.notes),
        "flips": find_flips(run.pairs, [p for p in every if p.question.id in unsafe_ids]),
    }
    return document | {"text": describe_end(document)}
