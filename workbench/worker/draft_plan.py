"""Plans drafting with a model before anything is sent: calls, price, minutes, drafts for each document.
Knows nothing about carrying it out."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.corpus.corpus import find_corpus, load_corpus
from workbench.corpus.draft_file import read_drafts
from workbench.corpus.draft_types import UNANSWERABLE
from workbench.corpus.types import Document
from workbench.drafting.coverage import DocumentDrafts, compare_coverage, count_drafts, coverage_lines
from workbench.drafting.draft_corpus import check_count, check_kinds
from workbench.drafting.draft_questions import ENGLISH_ONLY
from workbench.drafting.model.asking import NoReply
from workbench.drafting.model.making import ONE_FACT
from workbench.drafting.model.prompts import draft_prompt
from workbench.drafting.model.session import batch_size
from workbench.drafting.model.tasks import Task
from workbench.drafting.passages import SETTINGS
from workbench.formatting import counted, dollars, duration
from workbench.judges.judge_client import NotAsked, StoredCalls
from workbench.planning.cost_estimate import Estimate
from workbench.planning.plan_types import Range
from workbench.providers.token_counts import CHARACTERS_PER_TOKEN
from workbench.scoring.document_languages import foreign_in_words
from workbench.scoring.judged import as_judge
from workbench.settings import Settings
from workbench.store.database import Store
from workbench.worker.model_drafting import (
    DraftRequest,
    ReadyToDraft,
    make_maker,
    open_client,
    prepare_drafting,
)

MOST_OUTPUT_TOKENS = 200
"""Of a reply, about; a model that thinks writes more."""
CHECKS = 2
"""Calls that check an answerable draft: without documents, and with its quote alone."""
OTHER_PASSAGES = 1
"""Calls about other passages that may answer it, about."""


@dataclass(frozen=True)
class DraftPlan:
    """What drafting would take."""

    calls: int
    """Calls to the model that are not stored yet, when every draft passes at the first try."""
    stored: int
    """Drafts whose first call is stored, as drafting that was stopped leaves them."""
    cost_usd: Range | None
    """US dollars; None for a model without a price."""
    seconds: Range
    coverage: tuple[DocumentDrafts, ...]
    notes: tuple[str, ...]
    """What a person should know, in words."""

    def to_json(self) -> dict[str, Any]:
        """What `questions draft --plan --json` prints, and a page is sent."""
        return {
            "calls": self.calls,
            "stored": self.stored,
            "usd": None if self.cost_usd is None else {"low": self.cost_usd.low, "high": self.cost_usd.high},
            "seconds": {"low": self.seconds.low, "high": self.seconds.high},
            "coverage": [row.to_json() for row in self.coverage],
            "notes": list(self.notes),
        }

    def describe(self) -> str:
        """The plan in words, for people."""
        cost = "at an unknown price"
        if self.cost_usd is not None:
            cost = f"for {dollars(self.cost_usd.low)} to {dollars(self.cost_usd.high)}"
        took = f"in {duration(self.seconds.low)} to {duration(self.seconds.high)}"
        first = f"About {counted(self.calls, 'call')} to the model {cost}, {took}."
        return "\n".join(
            [first if self.calls else "No call to a model.", *self.notes, *coverage_lines(self.coverage)]
        )


@dataclass
class _Work:
    """What is left to do, as far as it is known before the model is asked."""

    expected: list[Task] = field(default_factory=list)
    """Those whose drafts will be new, and are taken to pass."""
    new: list[Task] = field(default_factory=list)
    """Those that the model was not asked before."""
    checking: int = 0
    """Calls that check drafts."""
    stored: int = 0
    """Tasks that the model was asked before."""
    passing: int = 0
    """Drafts that pass, those that are there already included."""
    is_complete: bool = True
    """Whether the documents give as many drafts as are asked for."""


async def _look_ahead(ready: ReadyToDraft, store: Store) -> _Work:
    """Go through the tasks as drafting will, with the stored replies; a new draft is taken to pass."""
    stored = {one.draft.id: one for one in ready.stored}
    seen: set[str] = set()
    maker = make_maker(ready, open_client(store, ready.model, StoredCalls()), stored)
    work, queue = _Work(), await asyncio.to_thread(ready.queue)
    count, wordings, tries = ready.request.count, ready.request.wordings, 0
    while work.passing < count:
        batch = queue.take(batch_size(count, work.passing, tries, wordings))
        tries += len(batch)
        if not batch:
            work.is_complete = False
            break
        for task in batch:
            passes, known = True, None
            try:
                draft = await maker.draft(task)
                work.stored += 1
                known = stored.get(draft.id)
                passes = draft.id not in seen and (known is None or known.review in ("waiting", "kept"))
                if known is None and passes and not draft.is_left_out:
                    work.checking += _checking_calls(task, wordings)
                seen.add(draft.id)
            except NotAsked:
                work.new.append(task)
                work.checking += _checking_calls(task, wordings)
            except NoReply:
                work.stored, passes = work.stored + 1, False
            passed = _drafts_of(task, wordings) if passes else 0
            work.expected += [task] if passes and known is None else []
            work.passing += passed
            queue.note(task, passed)
    return work


async def plan_drafting(store: Store, settings: Settings, request: DraftRequest) -> DraftPlan:
    """Plan drafting with a model; nothing is sent. Raises InputError as drafting itself would."""
    ready = await asyncio.to_thread(prepare_drafting, store, settings, request)
    work = await _look_ahead(ready, store)
    calls = len(work.new) + work.checking
    lengths = [len(draft_prompt(task.kind, task.excerpts)) for task in work.new]
    estimate = Estimate(ready.prices, store)
    tokens = sum(lengths) // max(1, len(lengths)) // CHARACTERS_PER_TOKEN
    estimate.price_calls(
        as_judge(ready.model), "draft", calls,
        tokens=tokens, most_output=MOST_OUTPUT_TOKENS, fewest=len(work.new),
    )  # fmt: skip
    estimate.note_price(ready.model)
    before = count_drafts(ready.stored)
    after = Counter(before)
    for task in work.expected:
        after[task.document] += _drafts_of(task, request.wordings)
    documents = ready.corpus.documents
    notes = _notes(request, estimate, work, documents)
    return DraftPlan(
        calls, work.stored, estimate.cost_usd, estimate.seconds, compare_coverage(documents, before, after),
        tuple(notes),
    )  # fmt: skip


def plan_rules(settings: Settings, corpus_name: str, count: int, kinds: Sequence[str]) -> DraftPlan:
    """Plan drafting by rules: no model is asked, so only the drafts that are there are counted."""
    check_count(count)
    check_kinds(kinds)
    corpus = load_corpus(corpus_name, settings.corpora, cache_dir=settings.cache / "documents")
    counts = count_drafts(read_drafts(find_corpus(corpus_name, settings.corpora)))
    seconds = Range(1, 2 + sum(len(d.text) for d in corpus.documents) / 20_000)
    coverage = compare_coverage(corpus.documents, counts, counts)
    foreign = foreign_in_words(corpus.documents)
    notes = (f"{foreign}; {ENGLISH_ONLY}.",) if foreign else ()
    return DraftPlan(0, 0, Range(0, 0), seconds, coverage, notes)


def _checking_calls(task: Task, wordings: int) -> int:
    if task.kind == UNANSWERABLE:
        return len(SETTINGS)
    rewording = wordings if wordings > 1 and task.kind in ONE_FACT else 0  # the wordings, and a check of each
    return CHECKS + rewording + (OTHER_PASSAGES if len(task.excerpts) == 1 else 0)


def _drafts_of(task: Task, wordings: int) -> int:
    return wordings if task.kind in ONE_FACT else 1


def _notes(
    request: DraftRequest, estimate: Estimate, work: _Work, documents: Sequence[Document]
) -> list[str]:
    notes = []
    if work.stored:
        notes.append(f"The model was asked for {counted(work.stored, 'draft')} before: not paid for again.")
    if not work.is_complete:
        notes.append(f"The documents give about {counted(work.passing, 'draft')} with these kinds.")
    if estimate.unpriced:
        notes.append(f"{request.model} has no price, so the cost of its calls is unknown.")
    elif request.budget_usd is not None and (cost := estimate.cost_usd) and cost.high > request.budget_usd:
        budget = dollars(request.budget_usd)
        notes.append(f"The budget of {budget} may end drafting midway; what was made until then is kept.")
    if estimate.unmeasured:
        notes.append(f"{request.model} has not been asked yet, so the time is a guess.")
    if foreign := foreign_in_words(documents):
        notes.append(f"{foreign}: questions that depend on missing context are detected in English only.")
    return notes
