"""A model behind the server that changes as days pass: it answers ever more questions with something invented.
Knows nothing about HTTP."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from tests.protocol_server.chat import answer_from_passages
from tests.protocol_server.limits import Messages

INVENTED = "According to the newest guideline of the board it is nine thousand, in all regions since Monday."


@dataclass
class Decaying:
    """A server's `reply`. The same questions stay wrong once they are.

    day: the clock, in days.
    begins: the day on which it begins to decay.
    per_day: the share of questions that are added each day.
    most: the share that is never exceeded.
    """

    day: Callable[[], float]
    begins: float = 10.0
    per_day: float = 0.02
    most: float = 1.0

    @property
    def share(self) -> float:
        """The share of questions that get an invented answer today."""
        return min(self.most, max(0.0, self.per_day * (self.day() - self.begins)))

    def invents(self, question: str) -> bool:
        """Whether this question gets an invented answer today."""
        place = int.from_bytes(hashlib.sha256(question.encode()).digest()[:4], "big") / 2**32
        return place < self.share

    def __call__(self, messages: Messages) -> str:
        question = messages[-1]["content"].rpartition("Question: ")[2].partition("\n")[0].strip()
        return INVENTED if self.invents(question) else answer_from_passages(messages)
