"""Finds the question-answer pairs that are nearest to a question, as examples for its prompt.
Knows nothing about prompts, nor about experiments: who asks says which pairs there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

from workbench.corpus.types import AskedQuestion, Question, part_of
from workbench.fingerprint import fingerprint
from workbench.lru_cache import LruCache
from workbench.pipeline.vector_stores.exact import ExactIndex
from workbench.providers.types import Vectors
from workbench.space.config import Config
from workbench.space.experiment import DEFAULT_HOLDOUT
from workbench.typography import comparable

QUESTIONS_KEPT = 10_000
"""How many questions are remembered with their nearest examples."""


@dataclass(frozen=True)
class Example:
    """A question with the answer that it should get."""

    question: str
    answer: str
    group: str = ""
    """Examples of one group are wordings of one fact; empty for one on its own."""


class ExamplePool:
    """The examples that there are. Safe for threads.

    Nearness is the cosine of the embedded encoder's vectors.
    """

    def __init__(self, examples: Iterable[Example]) -> None:
        self.examples = tuple(sorted(examples, key=lambda e: (e.question, e.answer)))
        self._nearest: LruCache[str, list[int]] = LruCache(QUESTIONS_KEPT)
        self._lock = Lock()

    @cached_property
    def key(self) -> str:
        """Hash of the examples."""
        return fingerprint("examples", [[e.question, e.answer, e.group] for e in self.examples])

    @classmethod
    def of_questions(cls, questions: Iterable[Question]) -> ExamplePool:
        """The questions of the train part that have a reference answer and no earlier turns."""
        return cls(
            Example(q.text, q.answers[0], q.group or "")
            for q in questions
            if q.answers and not q.history and not q.is_draft and part_of(q, DEFAULT_HOLDOUT) == "train"
        )

    def for_prompt(self, config: Config, question: AskedQuestion) -> tuple[Example, ...]:
        """The examples for a configuration's prompt, the nearest first; none where it has no place for
        them."""
        if not config.retrieval.examples or not config.prompt.uses_examples:
            return ()
        return self.nearest(question.text, config.retrieval.examples)

    def nearest(self, question: str, n: int) -> tuple[Example, ...]:
        """Up to n examples, the nearest first; never the question itself, nor another one of its group."""
        same = comparable(question)
        itself = {e.question for e in self.examples if comparable(e.question) == same}
        groups = {e.group for e in self.examples if e.question in itself} - {""}
        order = (self.examples[position] for position in self._order(question))
        others = [e for e in order if e.question not in itself and e.group not in groups]
        return tuple(others[:n])

    def longest(self, n: int) -> tuple[Example, ...]:
        """The n longest examples: what a prompt may have to hold."""
        by_length = sorted(self.examples, key=lambda e: len(e.question) + len(e.answer), reverse=True)
        return tuple(by_length[:n])

    def _order(self, question: str) -> list[int]:
        found = self._nearest.find(question)
        if found is None and self.examples:
            with self._lock:
                index = self._index
            [ranked] = index.query(_encode([question]), len(self.examples))
            found = [position for position, _ in ranked]
            self._nearest.keep(question, found)
        return found or []

    @cached_property
    def _index(self) -> ExactIndex:
        return ExactIndex(_encode([e.question for e in self.examples]))


NO_EXAMPLES = ExamplePool(())


def _encode(texts: Sequence[str]) -> Vectors:
    from workbench.providers.embedded.encoder import shared_encoder

    return shared_encoder().encode(texts)
