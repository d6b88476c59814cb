"""Runs drafting with a model over a corpus: task by task, in batches that are stored as they are done.
Knows nothing about prompts and filters, nor about who opens the model."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from workbench.corpus.conversation import as_line
from workbench.corpus.draft_file import StoredDraft, unreviewed
from workbench.corpus.draft_types import Draft
from workbench.drafting.model.making import Made, Maker
from workbench.drafting.model.tasks import Task, TaskQueue
from workbench.drafting.types import DraftReport
from workbench.formatting import counted
from workbench.pipeline.question_copies import DUPLICATE, check_duplicate, question_key

BATCH = 12
"""Tasks that are worked on at a time, and whose drafts are stored together."""
MOST_TRIES = 2.0
"""So many tasks are tried at most for each draft that is asked for,"""
MORE_TRIES = 8
"""and so many more."""
BARREN = 30
"""After so many tasks without a draft that passes, drafting ends: the rest would fail, too."""

Store = Callable[[Sequence[Draft]], object]
"""Stores the drafts of a batch."""
Tell = Callable[["Progress"], None]


def batch_size(count: int, done: int, tries: int, wordings: int) -> int:
    """How many tasks are worked on next; 0 when enough were tried."""
    wanted = -(-(count - done) // wordings)  # rounded up
    return max(0, min(BATCH, wanted, int(count * MOST_TRIES) + MORE_TRIES - tries))


@dataclass
class Progress:
    """How far drafting is."""

    count: int
    """How many drafts are asked for."""
    done: int = 0
    """How many there are that passed."""
    left_out: int = 0
    """How many failed a filter, or could not be made."""
    tried: int = 0
    """How many tasks were carried out."""


@dataclass
class Session:
    """One run of drafting with a model."""

    queue: TaskQueue
    maker: Maker
    count: int
    """How many drafts are asked for, wordings included."""
    stored: dict[str, StoredDraft]
    """The drafts of the corpus's file by id: what an earlier run made is not made again."""
    questions: Iterable[str]
    """The corpus's own questions, each as a line."""
    store: Store
    tell: Tell
    drafts: list[Draft] = field(default_factory=list)
    """The new drafts that passed."""
    dropped: Counter[str] = field(default_factory=Counter)
    """Reason → how many failed for it."""
    known: int = 0
    """How many were there already."""
    barren: int = 0
    """How many tasks in a row gave no draft that passed."""
    ended: str = ""
    """Why fewer drafts were made than were asked for, in words."""

    def __post_init__(self) -> None:
        taken = [*self.questions, *(as_line(one.draft.asked) for one in self.stored.values())]
        self._keys = {question_key(question) for question in taken}
        self._seen: set[str] = set()  # the ids of this run
        self._progress = Progress(self.count)

    async def run(self) -> None:
        """Draft until there are as many as asked for. Raises Stopped; what was made until then is stored."""
        tries = 0
        while self._progress.done < self.count:
            size = batch_size(self.count, self._progress.done, tries, self.maker.wordings)
            tasks = self.queue.take(size) if self.barren < BARREN else []
            if not tasks:
                self.ended = self._why(tries, size)
                return
            tries += len(tasks)
            await self._run_batch(tasks)

    def _why(self, tries: int, left: int) -> str:
        made = f"{self._progress.done} of {self.count} drafts"
        if self.barren >= BARREN:
            main = ", ".join(f"{reason} ({n})" for reason, n in self.dropped.most_common(3))
            return (
                f"{made}: of the last {self.barren} tries none passed the filters, so drafting ended and "
                f"nothing more was paid. Why: {main}. Another model may do better."
            )
        if not left:
            return f"{made}: the others failed a filter, in {tries:,} tries."
        return f"{made}: the documents give no more with these kinds."

    async def _run_batch(self, tasks: Sequence[Task]) -> None:
        work = {asyncio.create_task(self._make(task)): task for task in tasks}
        try:
            await asyncio.wait(work)
        finally:  # also when this is cancelled: what is done is stored
            for one in work:
                one.cancel()
            finished = [(task, one.result()) for one, task in work.items() if _succeeded(one)]
            self._take_in(finished)
        for one in work:
            one.result()  # raises Stopped

    async def _make(self, task: Task) -> Made:
        made = await self.maker.make(task)
        self._progress.tried += 1
        self.tell(self._progress)
        return made

    def _take_in(self, finished: Sequence[tuple[Task, Made]]) -> None:
        new: list[Draft] = []
        for task, made in finished:
            passed = 0
            if made.failure:
                self.dropped[made.failure] += 1
                self._progress.left_out += 1
            for draft in self._deduplicated(made.drafts):
                passed += self._count(draft, new)
            self.barren = 0 if passed else self.barren + 1
            self.queue.note(task, passed)
        if new:
            self.store(new)
        self.tell(self._progress)

    def _deduplicated(self, drafts: Sequence[Draft]) -> Iterator[Draft]:
        """The drafts with their last check. Wordings of one fact may be alike, but not the same."""
        before, own = set(self._keys), set[frozenset[str]]()
        for draft in drafts:
            if draft.id not in self.stored:
                line = as_line(draft.asked)
                is_repeated = question_key(line) in own
                verdict = DUPLICATE if is_repeated else check_duplicate(line, before)
                draft = replace(draft, checks=draft.checks | {"duplicate": verdict})
                own.add(question_key(line))
                self._keys.add(question_key(line))
            yield draft

    def _count(self, draft: Draft, new: list[Draft]) -> bool:
        """Count a draft; returns whether it passed."""
        if draft.id in self._seen:  # the model has written the same once more
            self.dropped[DUPLICATE] += 1
            self._progress.left_out += 1
            return False
        self._seen.add(draft.id)
        stored = self.stored.get(draft.id)
        if stored is not None:
            self.known += 1
            passed = stored.review in ("waiting", "kept")
            self._progress.done += passed
            return passed
        self.stored[draft.id] = unreviewed(draft)
        new.append(draft)
        if draft.is_left_out:
            self.dropped[draft.left_out_for] += 1
            self._progress.left_out += 1
            return False
        self.drafts.append(draft)
        self._progress.done += 1
        return True

    def report(self, documents: int) -> DraftReport:
        """What was made. documents: how many the corpus has."""
        notes = [self.ended] if self.ended else []
        if self.known and not self.drafts:
            notes.insert(0, "All of these drafts exist already. Another seed or a larger count gives others.")
        elif self.known:
            was = "was" if self.known == 1 else "were"
            notes.append(f"{counted(self.known, 'draft')} of an earlier run {was} there already.")
        return DraftReport(tuple(self.drafts), dict(self.dropped), documents, tuple(notes))


def _succeeded(task: asyncio.Task[Made]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None
