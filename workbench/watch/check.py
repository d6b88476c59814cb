"""Checks a winner: asks its canaries again and says what became of model, corpus, questions and answers.
Knows nothing about when checks are made or how their findings are shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from workbench.errors import Stopped
from workbench.formatting import dollars
from workbench.input.time_span import DAY, HOUR
from workbench.pipeline.asker import Asker
from workbench.ship.kept_questions import Canary
from workbench.ship.load import LoadedWinner
from workbench.ship.service import service_id, service_of
from workbench.ship.winner import Winner
from workbench.store.database import Store
from workbench.store.serving.checks import (
    finish_check,
    interrupt_check,
    list_canary_answers,
    list_checks,
    start_check,
)
from workbench.store.serving.records import CanaryAnswer, ServiceCheck
from workbench.store.serving.services import put_service
from workbench.watch.answer_verdict import judge_answers, scores_to_json
from workbench.watch.asking import ReadCanaries, ask_canaries
from workbench.watch.corpus_verdict import judge_corpus
from workbench.watch.model_verdict import judge_model
from workbench.watch.question_verdict import judge_questions
from workbench.watch.verdict import CheckedCanaries, Verdict, counted_canaries

TAKEN_UP_WITHIN = 20 * HOUR
"""A check that was interrupted is taken up again within so many seconds; after that it is begun anew."""
MOST_FAILED = 0.2
"""Where a larger share of the canaries failed, nothing is said of the answers."""
NO_CANARIES = (
    "The winner's file keeps no canaries, because an older version exported it or because they were left "
    "out. Export it again, with --canaries."
)


def exported_at(winner: Winner) -> float:
    """When a winner was exported, in Unix seconds."""
    return datetime.fromisoformat(winner.exported_at).timestamp()


def day_of(winner: Winner, now: float) -> int:
    """Whole days since the export; 0 where the clock is before it."""
    return max(0, int((now - exported_at(winner)) // DAY))


@dataclass(frozen=True)
class CheckPlan:
    """What a check is going to ask."""

    canaries: int
    asks_each: int
    """How often each canary is asked: twice in the first check, where nothing else tells how often the
    model's replies differ by themselves."""
    stored: int
    """Answers that are there, because the check was interrupted."""
    unfinished: ServiceCheck | None
    """The check that is taken up again; None for a new one."""
    usd_per_answer: float | None
    """What an answer cost in the experiment, in US dollars; None when a price is not known."""

    @property
    def left(self) -> int:
        """Questions that are left to ask."""
        return self.canaries * self.asks_each - self.stored

    @property
    def cost_usd(self) -> float | None:
        """About what that will cost."""
        return None if self.usd_per_answer is None else self.usd_per_answer * self.left

    def __str__(self) -> str:
        if not self.canaries:
            return NO_CANARIES
        cost = "at an unknown cost" if self.cost_usd is None else f"for about {dollars(self.cost_usd)}"
        twice = ", each twice to see how much replies vary anyway" if self.asks_each > 1 else ""
        again = f"; {self.stored} answers are stored from before it was interrupted" if self.stored else ""
        return f"Asks {counted_canaries(self.canaries)}{twice}, {cost}{again}."


def past_checks(store: Store, winner: Winner) -> list[ServiceCheck]:
    """The checks of this export, the oldest first; those of an earlier export had other canaries."""
    since = exported_at(winner)
    return [check for check in list_checks(store, service_id(winner)) if check.started_at >= since - HOUR]


def plan_check(store: Store, winner: Winner, corpus_version: str, now: float) -> CheckPlan:
    """What a check would ask now."""
    past = past_checks(store, winner)
    finished = [check for check in past if check.finished_at is not None]
    open_ = past[-1] if past and past[-1].finished_at is None else None
    if open_ and (
        open_.corpus_version != corpus_version or not 0 <= now - open_.started_at < TAKEN_UP_WITHIN
    ):
        open_ = None
    canaries = winner.canaries.questions if winner.canaries else []
    stored = [a for a in list_canary_answers(store, open_.id) if a.state == "ok"] if open_ else []
    knows_its_noise = bool(finished) or not canaries or _has_repeats(winner, canaries)
    per_thousand = winner.evidence.cost_per_1k_questions
    return CheckPlan(
        canaries=len(canaries),
        asks_each=1 if knows_its_noise else 2,
        stored=len(stored),
        unfinished=open_,
        usd_per_answer=None if per_thousand is None else per_thousand / 1_000,
    )


def _is_seeded(winner: Winner) -> bool:
    return getattr(winner.to_config().model, "seed", None) is not None


def _has_repeats(winner: Winner, canaries: Sequence[Canary]) -> bool:
    return not _is_seeded(winner) and all(len(canary.then) > 1 for canary in canaries)


async def run_check(
    store: Store,
    loaded: LoadedWinner,
    asker: Asker,
    plan: CheckPlan,
    *,
    path: Path,
    corpus_path: Path,
    now: Callable[[], float],
    on_answer: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Check a winner. Returns the document of `check --json`, which is stored with the check.

    path: the winner's file.
    corpus_path: the folder of its documents.
    now: the clock, in Unix seconds.
    on_answer: called after each answer.

    Raises Stopped when the budget is spent or a model cannot be asked. The next check then goes on.
    """
    winner, corpus = loaded.winner, loaded.corpus
    service = service_of(winner, path=path, corpus_path=corpus_path, corpus_version=corpus.version)
    service = await asyncio.to_thread(put_service, store, service)
    started = now()
    check = plan.unfinished
    if check is None:
        day, version = day_of(winner, started), corpus.version
        check = await asyncio.to_thread(
            start_check, store, service.id, day=day, corpus_version=version, now=started
        )
    read = await asyncio.to_thread(ReadCanaries.of, winner.canaries, corpus.documents)
    done = {
        (a.canary_id, a.repeat)
        for a in await asyncio.to_thread(list_canary_answers, store, check.id)
        if a.state == "ok"
    }
    todo = [
        (question, repeat)
        for repeat in range(plan.asks_each)
        for question in read.questions.values()
        if (question.id, repeat) not in done
    ]
    try:
        await ask_canaries(
            store, check.id, loaded.pipeline, asker, todo, on_answer=on_answer,
            today=winner.canaries.today if winner.canaries else "", scores=_score_names(winner),
        )  # fmt: skip
    except Stopped as stopped:
        await asyncio.to_thread(interrupt_check, store, check.id, str(stopped))
        raise
    found = await asyncio.to_thread(_find, store, loaded, check, read)
    await asyncio.to_thread(finish_check, store, check.id, found, now=now())
    return found


def _score_names(winner: Winner) -> list[str]:
    canaries = winner.canaries.questions if winner.canaries else []
    return sorted({name for canary in canaries for reply in canary.then for name in reply.scores})


def _find(store: Store, loaded: LoadedWinner, check: ServiceCheck, read: ReadCanaries) -> dict[str, Any]:
    """The document of a check whose answers are there."""
    winner = loaded.winner
    canaries = winner.canaries.questions if winner.canaries else []
    finished = [c for c in past_checks(store, winner) if c.finished_at is not None and c.id != check.id]
    answers = list_canary_answers(store, check.id)
    checks = [_checked(c, list_canary_answers(store, c.id)) for c in finished] + [_checked(check, answers)]
    same_corpus = [c.day for c in (*finished, check) if c.corpus_version == loaded.corpus.version]
    verdicts = {
        "model": judge_model(canaries, checks, seeded=_is_seeded(winner)),
        "corpus": judge_corpus(winner.corpus, loaded.corpus, canaries, read.lost, same_corpus[0]),
        "questions": judge_questions(store, check.service_id, exported_at(winner)),
        "answers": judge_answers(canaries, checks, winner.evidence.objective.get("maximize")),
    }
    failed = [a for a in answers if a.state == "failed"]
    if not canaries:
        verdicts["model"] = verdicts["answers"] = Verdict("cannot be told", (NO_CANARIES,))
    elif len(failed) > MOST_FAILED * len(answers):
        verdicts["answers"] = _too_many_failed(failed, len(answers))
    known = {name: verdict for name, verdict in verdicts.items() if verdict is not None}
    costs = [a.cost_usd for a in answers if a.state == "ok"]
    return {
        "winner": winner.name,
        "service": check.service_id,
        "day": check.day,
        "canaries": len(canaries),
        "answers": len(answers),
        "failed": len(failed),
        "cost_usd": None if None in costs else sum(c for c in costs if c is not None),
        "verdicts": {name: verdict.kind for name, verdict in known.items()},
        "why": {name: verdict.to_json() for name, verdict in known.items()},
        "scores": scores_to_json(canaries, checks[-1]),
    }


def _checked(check: ServiceCheck, answers: Sequence[CanaryAnswer]) -> CheckedCanaries:
    by_canary: dict[str, tuple[CanaryAnswer, ...]] = {}
    for answer in answers:
        if answer.state == "ok":
            by_canary[answer.canary_id] = (*by_canary.get(answer.canary_id, ()), answer)
    return CheckedCanaries(check, by_canary)


def _too_many_failed(failed: Sequence[CanaryAnswer], all_: int) -> Verdict:
    said = f"{len(failed)} of {all_} answers failed: {failed[0].error}"
    return Verdict("cannot be told", (said,), detail={"error": failed[0].error})


def is_worse(found: dict[str, Any]) -> bool:
    """Whether a check's document says that something got worse beyond chance."""
    return "worse" in found["verdicts"].values()
