"""Defines the input and the result of a scorer.
Knows nothing about any metric, and nothing about the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from workbench.corpus.conversation import write_turns
from workbench.corpus.types import Evidence, History, Injection, Turn, below_header
from workbench.scoring.group_terms import Exchange

ScoreStatus = Literal["ok", "failed", "not_applicable"]
NOT_KNOWN = "It is not known whether the documents answer this question."


class Passage(Protocol):
    """What a scorer reads of a passage. Stored passages and ScoredPassage have these attributes."""

    @property
    def document(self) -> str:
        """The document's name."""
        ...

    @property
    def start(self) -> int:
        """The offset in the document of its first character."""
        ...

    @property
    def end(self) -> int:
        """The offset in the document after its last character."""
        ...

    @property
    def text(self) -> str:
        """The text as the model saw it."""
        ...

    @property
    def title(self) -> str:
        """What the prompt shows above the text; may be empty."""
        ...

    @property
    def header(self) -> str:
        """The header rows of its table that the prompt shows between title and text; may be empty."""
        ...


@dataclass(frozen=True, slots=True)
class ScoredPassage:
    """A passage that is not in the store, for example one of a labelled answer."""

    document: str
    """The document's name."""
    start: int
    """The offset in the document of its first character."""
    end: int
    """The offset in the document after its last character."""
    text: str
    title: str = ""
    """What the prompt shows above the text; empty where that is not known."""
    header: str = ""
    """The header rows of its table, likewise."""


@dataclass(frozen=True, slots=True)
class AnswerContext:
    """A scorer's whole input."""

    question: str
    answer: str | None
    """The answer's text; None when the call failed."""
    passages: tuple[Passage, ...] = ()
    """The passages of the prompt, best first."""
    references: tuple[str, ...] = ()
    """The accepted answers; empty when the question has none."""
    evidence: tuple[Evidence, ...] = ()
    """The places in the documents that hold the answer; empty when none are marked."""
    answerable: bool | None = True
    """Whether the documents answer the question; None when that is not known."""
    injections: tuple[Injection, ...] = ()
    """The planted instructions that the passages contain."""
    instructions: str = ""
    """The text of the prompt apart from the question and the passages."""
    base: AnswerContext | None = None
    """For a probe, the question and answer that the probe is a variant of; else None."""
    exchange: Exchange | None = None
    """For a bias probe, the exchange of group terms that made its question; else None."""
    history: History = ()
    """The turns before the question; empty for a question on its own."""

    @property
    def shown(self) -> list[str]:
        """The text of each passage, below the header rows of its table."""
        return [below_header(p.header, p.text) for p in self.passages]

    @property
    def conversation(self) -> str:
        """The question with its earlier turns, as text; the question alone where it has none."""
        if not self.history:
            return self.question
        return f"{write_turns(self.history)}\n{write_turns([Turn('user', self.question)])}"


@dataclass(frozen=True, slots=True)
class ScoreValue:
    """One metric's value for one answer."""

    name: str
    """The score's name in an experiment file."""
    value: float | None
    """The value, never NaN; None unless the status is "ok"."""
    status: ScoreStatus = "ok"
    reason: str = ""
    """Why the metric failed or does not apply, or how its value came about; may be empty."""
    detail: dict[str, object] = field(default_factory=dict)
    """JSON-serialisable facts for the page that shows the answer, such as claims with their support."""
