"""Drafts questions with a chat model, for the command and for requests of pages: checks and runs.
Knows nothing about prompts, filters and pages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench.calls.budget import Budget
from workbench.calls.open_caller import open_caller
from workbench.calls.retry_policy import UNATTENDED
from workbench.calls.stop_signal import StopSignal
from workbench.calls.trusted_hosts import load_trust
from workbench.corpus.conversation import as_line
from workbench.corpus.corpus import find_corpus, load_corpus
from workbench.corpus.draft_file import StoredDraft, add_drafts, read_drafts
from workbench.corpus.draft_types import Draft
from workbench.corpus.question_editing import today
from workbench.corpus.samples import require_own
from workbench.corpus.sections import read_sections
from workbench.corpus.types import Corpus
from workbench.drafting.coverage import compare_coverage, count_drafts
from workbench.drafting.draft_corpus import (
    Drafted,
    DraftingState,
    check_count,
    check_kinds,
    check_wordings,
    drafting_alone,
)
from workbench.drafting.model.asking import NO_REPLY, UNUSABLE, NoReply, Shape, correction
from workbench.drafting.model.making import Maker
from workbench.drafting.model.session import Progress, Session
from workbench.drafting.model.tasks import TaskQueue, choose_kinds
from workbench.drafting.passages import Passages, read_passages
from workbench.errors import InputError, ModelError, Stopped
from workbench.judges.judge_client import Calls, CallTally, JudgeClient, JudgeFailed
from workbench.providers.prices import Prices, find_price
from workbench.run.start_or_resume import new_client_pool
from workbench.scoring.judged import as_judge
from workbench.settings import Settings
from workbench.space.model import Model
from workbench.store.catalogue import get_model
from workbench.store.database import Store

GIVE_UP_SECONDS = 60.0
GRACE_SECONDS = 10.0
"""How long running calls are waited for once drafting is told to stop."""

Tell = Callable[[dict[str, Any]], None]
"""Hears {done, count, spent_usd, doing}."""


@dataclass(frozen=True)
class DraftRequest:
    """What is to be drafted."""

    corpus: str
    """The corpus by name or path."""
    model: str
    """A registered chat model."""
    count: int
    """How many drafts, wordings included."""
    kinds: tuple[str, ...] = ()
    """Of MODEL_KINDS; empty for all but follow-up questions."""
    seed: int = 7
    budget_usd: float | None = None
    """The most that this run may spend in US dollars; None for no limit."""
    wordings: int = 1
    """How many wordings each fact gets."""
    follow_ups: bool = False
    """Whether follow-up questions are drafted, too."""

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> DraftRequest:
        """Read the payload of a page's request."""
        budget = payload.get("budget_usd")
        return cls(
            payload["corpus"], str(payload["model"]), int(payload["count"]),
            tuple(payload.get("kinds") or ()), int(payload.get("seed", 7)),
            None if budget is None else float(budget),
            int(payload.get("wordings") or 1), bool(payload.get("follow_ups")),
        )  # fmt: skip


@dataclass(frozen=True)
class ReadyToDraft:
    """A request that was checked, with what it works on."""

    request: DraftRequest
    model: Model
    kinds: tuple[str, ...]
    path: Path
    corpus: Corpus
    stored: tuple[StoredDraft, ...]
    passages: Passages
    prices: Prices

    def queue(self) -> TaskQueue:
        return TaskQueue(self.corpus.documents, self.kinds, self.request.seed, self.passages)


def _find_drafter(store: Store, name: str) -> Model:
    """The model by name. Raises ModelError for one that is not registered or cannot write questions."""
    model = get_model(store, name)
    if model.kind != "chat":
        raise ModelError(
            f"{name} is an embedding model, which cannot write questions.", hint="Name a chat model.",
            about="model",
        )  # fmt: skip
    if model.embedded:
        raise ModelError(
            f"{name} answers with sentences of the documents and cannot write questions.",
            hint="Name a chat model on a server, or leave the model out: rules draft without one.",
            about="model",
        )
    return model


def _check_budget(model: Model, prices: Prices, budget_usd: float | None) -> None:
    if budget_usd is None:
        return
    if not budget_usd > 0:
        raise InputError(f"The budget is {budget_usd}; it must be more than 0 dollars.", about="budget_usd")
    price = prices[model.name]
    if price is None:
        raise InputError(
            f"A budget needs a price for {model.name}, which has none.",
            hint="Give it a price, `price: {free: true}`, or leave the budget out.",
            about="budget_usd",
        )
    if price.output_per_million > 0 and as_judge(model).max_tokens is None:
        raise InputError(
            f"A budget needs max_tokens on {model.name}: without it a reply has no highest price.",
            hint="Set max_tokens on the model, or leave the budget out.",
            about="budget_usd",
        )


def prepare_drafting(store: Store, settings: Settings, request: DraftRequest) -> ReadyToDraft:
    """Check a request and read its corpus; nothing is sent. Raises InputError."""
    check_count(request.count)
    check_wordings(request.wordings)
    kinds = choose_kinds(check_kinds(request.kinds, with_model=True), follow_ups=request.follow_ups)
    model = _find_drafter(store, request.model)
    prices: Prices = {model.name: find_price(model, settings.compute_usd_per_hour)}
    _check_budget(model, prices, request.budget_usd)
    load_trust(store).require([model])
    path = find_corpus(request.corpus, settings.corpora)
    require_own(path)
    corpus = load_corpus(request.corpus, settings.corpora, cache_dir=settings.cache / "documents")
    stored = tuple(read_drafts(path))
    return ReadyToDraft(request, model, kinds, path, corpus, stored, read_passages(corpus.documents), prices)


class _ModelAsker:
    """Asks one model in the given shapes, through the limits, budget and ledger of a caller."""

    def __init__(self, client: JudgeClient) -> None:
        self._client = client

    async def ask(self, prompt: str, shape: type[Shape]) -> Shape:
        """See Asks."""
        try:
            return await self._client.ask(prompt, shape, CallTally())
        except JudgeFailed as failed:
            raise NoReply(NO_REPLY if failed.error_kind else UNUSABLE, failed.reason) from None


def open_client(store: Store, model: Model, calls: Calls) -> JudgeClient:
    """What asks the model for replies in a shape. calls: what makes its calls."""
    return JudgeClient(calls, store, model, kind="draft", correct=correction)


async def draft_with_model(
    store: Store, settings: Settings, request: DraftRequest, stop_signal: StopSignal, tell: Tell
) -> Drafted:
    """Draft questions with a model and add them to the corpus's drafts, batch by batch.

    Stopped by the signal, the budget or a server that does not answer, it returns what it made until then;
    with the same request it goes on, and what was asked before costs nothing.

    Raises InputError for a wrong request, and while another run drafts.
    """
    ready = await asyncio.to_thread(prepare_drafting, store, settings, request)
    with drafting_alone(ready.path):
        stored = await asyncio.to_thread(
            read_drafts, ready.path
        )  # a run that has just ended may have added some
        ready = replace(ready, stored=tuple(stored))
        budget = Budget(request.budget_usd, 0.0)
        async with open_caller(
            store, new_client_pool(load_trust(store)), ready.prices, retry_policy=UNATTENDED,
            give_up_seconds=GIVE_UP_SECONDS, budget=budget, stop_signal=stop_signal,
        ) as caller:  # fmt: skip
            client = open_client(store, ready.model, caller)
            session = await asyncio.to_thread(_session, ready, client, budget, tell)
            state, message = await _carry_out(session, stop_signal)
        after = count_drafts(await asyncio.to_thread(read_drafts, ready.path))
    report = session.report(len(ready.corpus.documents))
    coverage = compare_coverage(ready.corpus.documents, count_drafts(ready.stored), after)
    notes = () if ready.prices[ready.model.name] else (_unpriced(ready.model),)
    report = replace(report, notes=(*report.notes, *notes))
    return Drafted(ready.corpus.name, report, len(report.drafts), coverage, budget.spent, state, message)


def _unpriced(model: Model) -> str:
    return f"{model.name} has no price, so the cost of its calls is unknown."


def make_maker(ready: ReadyToDraft, client: JudgeClient, stored: Mapping[str, StoredDraft]) -> Maker:
    """What makes drafts. stored: the drafts that are there already, by id."""

    def find_stored(draft_id: str) -> Draft | None:
        return stored[draft_id].draft if draft_id in stored else None

    return Maker(
        _ModelAsker(client), ready.passages, {d.name: read_sections(d) for d in ready.corpus.documents},
        ready.model.model or ready.model.name, today(), ready.request.wordings, find_stored,
    )  # fmt: skip


def _session(ready: ReadyToDraft, client: JudgeClient, budget: Budget, tell: Tell) -> Session:
    stored = {one.draft.id: one for one in ready.stored}

    def on_progress(progress: Progress) -> None:
        doing = f"{progress.tried:,} tried, {progress.left_out:,} left out"
        tell({
            "done": progress.done, "count": progress.count, "spent_usd": budget.spent, "doing": doing,
        })  # fmt: skip

    questions = [as_line(question.asked) for question in ready.corpus.questions]
    return Session(
        ready.queue(), make_maker(ready, client, stored), ready.request.count, stored, questions,
        lambda drafts: add_drafts(ready.path, drafts), on_progress,
    )  # fmt: skip


async def _carry_out(session: Session, stop_signal: StopSignal) -> tuple[DraftingState, str]:
    """Run a session to its end or until it is stopped; returns (state, why it ended before)."""
    running, stopping = asyncio.create_task(session.run()), asyncio.create_task(stop_signal.wait())
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            await asyncio.wait({running}, timeout=GRACE_SECONDS)
        if not running.done():  # calls that are still under way are cut off
            running.cancel()
        await running
    except Stopped as stopped:
        return (_state(stop_signal), stop_signal.message) if stop_signal else (stopped.state, stopped.message)
    except asyncio.CancelledError:
        if not stop_signal:  # the worker ends
            raise
        return _state(stop_signal), stop_signal.message
    finally:
        running.cancel()
        stopping.cancel()
    return "done", ""


def _state(stop_signal: StopSignal) -> DraftingState:
    return "paused" if stop_signal.state == "paused" else "stopped"
