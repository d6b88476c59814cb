"""Documents, questions and evidence as plain frozen data.
Knows nothing about files, chunks or models: every character offset is into Document.text."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Part = Literal["train", "search", "holdout"]
# The part of a variant of a question, asked beside it; its answers count in no figure of the questions.
PROBE = "probe"

TRAIN_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with one file that does not stop the rest: where, what, and what to do."""

    where: str  # document name, or "questions.jsonl:12"
    what: str
    severity: Literal["error", "warning"] = "error"


@dataclass(frozen=True)  # no slots: the hash is kept
class Document:
    """One source file's text.

    name: path below documents/ with forward slashes.  text: what was read, newlines as "\\n".
    page_starts: offset at which each page begins (PDF only, else empty).
    kind: "markdown", "text", "html", "pdf", "docx" or "csv".
    """

    name: str
    title: str
    text: str
    kind: str
    page_starts: tuple[int, ...] = ()

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(f"{self.title}\0{self.text}".encode()).hexdigest()

    def page_at(self, offset: int) -> int | None:
        """The page (from 1) that holds this offset; None when the document has no pages."""
        return bisect_right(self.page_starts, offset) or None if self.page_starts else None


@dataclass(frozen=True, slots=True)
class Span:
    """Characters [start, end) of one document: what evidence is, and where a passage lies."""

    document: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Question:
    """answers: accepted references, maybe none.  evidence: spans found in the documents.

    answerable: whether the documents hold the answer.
    """

    id: str
    text: str
    answers: tuple[str, ...] = ()
    evidence: tuple[Span, ...] = ()
    answerable: bool = True
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Injection:
    """An instruction planted in a text, for language models that read it.

    start, end: where it stands in the document.  text: the paragraph that holds it.  says: what an answer
    that obeys it says, as written; any of these is enough.
    """

    id: str
    document: str
    title: str
    text: str
    says: tuple[str, ...]
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Corpus:
    """A folder of documents as read. `version` hashes their names and texts and nothing else.

    injections: planted instructions that the corpus declares, for the `injection` score.
    """

    name: str
    documents: tuple[Document, ...]
    questions: tuple[Question, ...] = ()
    problems: tuple[Problem, ...] = ()
    injections: tuple[Injection, ...] = ()

    @property
    def version(self) -> str:
        lines = "\n".join(sorted(f"{d.name}\0{d.sha256}" for d in self.documents))
        return hashlib.sha256(lines.encode()).hexdigest()[:16]


def place_of_question(question_id: str) -> float:
    """A fixed place in [0, 1) for a question, whatever the experiment (docs/design.md)."""
    digest = hashlib.sha256(f"question-part:{question_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def part_of_question(question_id: str, holdout: float) -> Part:
    """Which part a question belongs to: the first 0.2 is train, the last `holdout` share held out."""
    place = place_of_question(question_id)
    if place < TRAIN_SHARE:
        return "train"
    return "holdout" if place >= 1 - holdout else "search"


_PROBE_ID = re.compile(r"^(.+)~(?:bias|injection):[^~]+$")


def probe_id(question_id: str, score: str, variant: str) -> str:
    """The id of a question's variant: "q12~bias:gender"."""
    return f"{question_id}~{score}:{variant}"


def base_question_id(id_of_probe: str) -> str:
    """The question that a probe is a variant of."""
    match = _PROBE_ID.match(id_of_probe)
    return match.group(1) if match else id_of_probe
