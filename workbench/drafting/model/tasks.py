"""Chooses what a model is asked to draft from next, evenly over documents, sections and kinds.
Knows nothing about prompts and replies.

The same documents, seed and outcomes give the same tasks in the same order: drafting that was stopped asks
the same again, which the ledger answers, and then goes on."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from workbench.corpus.draft_types import FOLLOW_UP, MODEL_KINDS, UNANSWERABLE
from workbench.corpus.types import Document
from workbench.drafting.model.excerpts import Excerpt, read_excerpts
from workbench.drafting.passages import Passages
from workbench.text import content_tokens

# How many of 20 drafts are of each kind, where all are asked for.
SHARES = {
    "direct": 5, "search words": 3, "situational": 2, "numeric": 2, "two documents": 1, "comparison": 1,
    "false premise": 1, UNANSWERABLE: 3, FOLLOW_UP: 2,
}  # fmt: skip
MOST_PARTNERS = 8
"""Passages of each setting among which one of another document is looked for."""
PAIRS = ("two documents", "comparison")
"""The kinds that need two documents."""
MORE_TRIES = 3
"""So many more tries does a document get whose drafts fail, before others come first."""

LIKE = 0.2
"""The share of its words that an excerpt must have in common with one of another document."""


@dataclass(frozen=True)
class Task:
    """What one draft is made from."""

    kind: str
    """One of MODEL_KINDS."""
    excerpts: tuple[Excerpt, ...]
    """One, or two for a kind of PAIRS. The draft counts for the document of the first."""

    @property
    def document(self) -> str:
        """The name of the document that it is for."""
        return self.excerpts[0].document.name


@dataclass
class _Queue:
    """A document's excerpts, and how often each was used."""

    name: str
    excerpts: Sequence[Excerpt]
    kinds_of: list[set[str]]
    """For each excerpt the kinds that it was used for."""
    tries: int = 0
    passed: int = 0

    @property
    def rank(self) -> tuple[int, int]:
        """The document of the lowest rank is next: that with the fewest drafts, unless many of its fail."""
        return max(self.passed, self.tries - MORE_TRIES), self.tries


@dataclass
class TaskQueue:
    """The tasks of a corpus that were not given out yet."""

    documents: Sequence[Document]
    kinds: Sequence[str]
    seed: int
    passages: Passages
    """Those of the documents, in which excerpts that are alike are found."""
    _queues: list[_Queue] = field(init=False)
    _excerpts: dict[str, Sequence[Excerpt]] = field(default_factory=dict)
    _given: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        chance = random.Random(self.seed)
        self._queues = []
        for document in self.documents:
            excerpts = read_excerpts(document)
            self._excerpts[document.name] = tuple(excerpts)
            chance.shuffle(excerpts)
            if excerpts:
                self._queues.append(_Queue(document.name, excerpts, [set() for _ in excerpts]))
        chance.shuffle(self._queues)

    def take(self, most: int) -> list[Task]:
        """Up to `most` tasks; fewer when the documents give no more."""
        tasks: list[Task] = []
        while len(tasks) < most and self._queues:
            queue = min(self._queues, key=lambda queue: queue.rank)
            task = self._next_of(queue)
            if task is None:
                self._queues.remove(queue)
                continue
            queue.tries += 1
            self._given[task.kind] += 1
            tasks.append(task)
        return tasks

    def note(self, task: Task, passed: int) -> None:
        """Hear how many drafts of a task passed the filters."""
        for queue in self._queues:
            if queue.name == task.document:
                queue.passed += passed

    def _next_of(self, queue: _Queue) -> Task | None:
        """The next task of a document: of its least used excerpts, and the kind that is furthest behind."""
        by_use = sorted(range(len(queue.excerpts)), key=lambda place: len(queue.kinds_of[place]))
        for place in by_use:
            used = queue.kinds_of[place]
            for kind in self._by_need():
                if kind in used:
                    continue
                used.add(kind)
                task = self._task(kind, queue.excerpts[place])
                if task is not None:
                    return task
        return None

    def _task(self, kind: str, excerpt: Excerpt) -> Task | None:
        if kind == "numeric" and not re.search(r"\d", excerpt.text):
            return None
        if kind not in PAIRS:
            return Task(kind, (excerpt,))
        partner = self._partner(excerpt)
        return None if partner is None else Task(kind, (excerpt, partner))

    def _partner(self, excerpt: Excerpt) -> Excerpt | None:
        """The excerpt of another document that is most like this one; None where none is like it."""
        own = set(content_tokens(excerpt.text))
        for chunk in self.passages.find(f"{excerpt.heading} {excerpt.text}", MOST_PARTNERS):
            for other in (
                self._excerpts.get(chunk.document, ()) if chunk.document != excerpt.document.name else ()
            ):
                if other.place.start <= chunk.start < other.place.end:
                    shared = own & set(content_tokens(other.text))
                    if len(shared) >= LIKE * min(len(own), len(set(content_tokens(other.text)))):
                        return other
        return None

    def _by_need(self) -> Iterable[str]:
        """The kinds, first that of which the fewest were given out by its share."""
        return sorted(self.kinds, key=lambda kind: ((self._given[kind] + 0.5) / SHARES[kind], _place(kind)))


def _place(kind: str) -> int:
    return MODEL_KINDS.index(kind)


def choose_kinds(kinds: Sequence[str], *, follow_ups: bool) -> tuple[str, ...]:
    """The kinds to draft, in order.

    kinds: those that were asked for; none means all but follow-up questions, which are made on request.
    follow_ups: whether follow-up questions are asked for, too.
    """
    wanted = set(kinds) or set(MODEL_KINDS) - {FOLLOW_UP}
    if follow_ups:
        wanted.add(FOLLOW_UP)
    return tuple(kind for kind in MODEL_KINDS if kind in wanted)
