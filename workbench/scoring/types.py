"""What a scorer is given and what it returns.
Knows nothing about any metric, and nothing about the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from workbench.corpus.types import Injection, Span
from workbench.scoring.group_terms import Exchange

ScoreStatus = Literal["ok", "failed", "not_applicable"]


@dataclass(frozen=True, slots=True)
class ScoredPassage:
    """A passage as the model saw it, best first."""

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
    passages: tuple[ScoredPassage, ...] = ()
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
