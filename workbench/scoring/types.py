"""What a scorer is given and what it returns.
Knows nothing about any metric, and nothing about the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from workbench.corpus.types import Injection, Span
from workbench.scoring.group_terms import Exchange

ScoreStatus = Literal["ok", "failed", "not_applicable"]


class Passage(Protocol):
    """What a scorer reads of a passage: a stored one and a chunk have it."""

    @property
    def document(self) -> str:
        """The document's name."""
        ...

    @property
    def start(self) -> int:
        """Of its first character in the document."""
        ...

    @property
    def end(self) -> int:
        """Behind its last character."""
        ...

    @property
    def text(self) -> str:
        """As the model saw it."""
        ...


@dataclass(frozen=True, slots=True)
class ScoredPassage:
    """A passage that comes from neither: of a labelled answer, say."""

    document: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class AnswerContext:
    """A scorer's whole input.

    answer: text, or None when the generation failed.  references: accepted answers, maybe none.
    passages: what the prompt held, best first.  evidence: spans, maybe none.
    injections: planted instructions that the passages hold.  instructions: what the prompt says beside the
    question and the passages.  Of a probe: base is the answer to the question it is a variant of, exchange
    what was exchanged.
    """

    question: str
    answer: str | None
    passages: tuple[Passage, ...] = ()
    references: tuple[str, ...] = ()
    evidence: tuple[Span, ...] = ()
    answerable: bool = True
    injections: tuple[Injection, ...] = ()
    instructions: str = ""
    base: AnswerContext | None = None
    exchange: Exchange | None = None


@dataclass(frozen=True, slots=True)
class ScoreValue:
    """One metric's value for one answer. `value` is None unless status is "ok"; never NaN.

    reason: why it failed, does not apply, or how it came about.
    detail: JSON-able facts for the page that shows the answer (claims and their support, say).
    """

    name: str
    value: float | None
    status: ScoreStatus = "ok"
    reason: str = ""
    detail: dict[str, object] = field(default_factory=dict)
