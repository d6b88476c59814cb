"""Defines documents, questions, evidence and corpora as frozen data; offsets are characters of Document.text.
Knows nothing about files, chunks or models."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from workbench.corpus.tables import TablePlace

from workbench.input.conditions import condition_text

QuestionPart = Literal["train", "search", "holdout"]
"""A part of the questions. Probes have a part of their own, PROBE."""
# The part of a probe: a variant of a question, whose answers count only for the score that it belongs to.
PROBE = "probe"

TRAIN_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong with one file or line and does not stop the rest from being read."""

    where: str
    """A document's name, or a file and its line: "questions.jsonl:12"."""
    what: str
    """What is wrong, and what to do about it where that is not plain."""
    severity: Literal["error", "warning"] = "error"
    """A warning may need no action: an unknown key, a type of file that is not read, a guessed encoding."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that a file holds and its document does not: running heads, a site's menu, hidden text."""

    kind: str
    """What it is, in a user's words and in the plural: "running heads", "pictures without text"."""
    count: int
    """How many there were."""
    characters: int = 0
    """How much text it was; 0 for a picture."""
    examples: tuple[str, ...] = ()
    """The beginnings of a few of them, 80 characters at most each."""


@dataclass(frozen=True, slots=True)
class TableRows:
    """Where the rows of a table are in its document, and what their cells hold."""

    columns: tuple[str, ...]
    """The names of the columns; empty for a column without one."""
    rows: tuple[tuple[int, int, tuple[str, ...]], ...]
    """(start, end, cells) of each row, in order; a row may have fewer cells than columns, or more. One
    without cells is text between tables."""


@dataclass(frozen=True)  # no slots: cached_property needs a __dict__
class Document:
    """The text of one source file."""

    name: str
    """The path below documents/, with forward slashes."""
    title: str
    text: str
    """The extracted text, with "\\n" as the only line break."""
    kind: str
    """The format: "markdown", "text", "html", "pdf", "docx", "pptx", "xlsx", "csv" or "code"."""
    page_starts: tuple[int, ...] = ()
    """The offset at which each page begins; empty for anything but a PDF and a presentation,
    whose pages are its slides."""
    left_out: tuple[LeftOut, ...] = ()
    """What the file holds beside the text; it has no part in the document's hash."""
    metadata: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """What is known about it, such as {"region": "NL", "year": 2025}: texts, numbers, truth values and lists
    of these. No part of the hash: it decides which documents are searched, and nothing about their text."""
    record_tables: tuple[TableRows, ...] = field(default=(), compare=False, repr=False)
    """The rows of a CSV file or of the tables of a workbook, where columns have names, in the order of the
    text. No part of the hash either."""

    @property
    def has_records(self) -> bool:
        """Whether each line is a row of a table that makes sense by itself, as in CSV files and workbooks."""
        return self.kind in ("csv", "xlsx")

    @cached_property
    def sha256(self) -> str:
        """A hash of the title and the text, as hexadecimal digits."""
        return hashlib.sha256(f"{self.title}\0{self.text}".encode()).hexdigest()

    @cached_property
    def tables(self) -> tuple[TablePlace, ...]:
        """The tables that have a header, in order; a file of code has none."""
        # It loads the parser of Markdown, which pages do not need.
        from workbench.corpus.tables import find_tables

        return () if self.kind == "code" else tuple(find_tables(self.text))

    def page_at(self, offset: int) -> int | None:
        """The page (from 1) that holds this offset; None when the document has no pages."""
        return bisect_right(self.page_starts, offset) or None if self.page_starts else None


def below_header(header: str, text: str) -> str:
    """A passage's text below the header rows of its table, as the model is shown it.

    header: "" where there are none.
    """
    return f"{header}\n{text}" if header else text


@dataclass(frozen=True, slots=True)
class Span:
    """The characters [start, end) of one document, such as the place of a passage."""

    document: str
    """The document's name."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Evidence(Span):
    """One piece of evidence: the place of a quote that holds an answer, or a whole document.

    It may have several places or alternatives; a passage that holds any one of them holds it.
    """

    elsewhere: tuple[tuple[int, int], ...] = ()
    """(start, end) of the other places in the document; empty when the words stand there once."""
    whole: bool = False
    """Whether the document as a whole is the evidence, so that any passage of it counts."""
    alternatives: tuple[Evidence, ...] = ()
    """Other pieces, any of which does as well; none of them has alternatives itself."""

    @property
    def options(self) -> tuple[Evidence, ...]:
        """This piece and its alternatives, any of which suffices."""
        return (self, *self.alternatives)

    @property
    def places(self) -> tuple[Span, ...]:
        """All places of quotes, its own first; a whole document has none."""
        return tuple(
            place
            for option in self.options
            if not option.whole
            for place in (option, *(Span(option.document, start, end) for start, end in option.elsewhere))
        )

    def is_touched_by(self, document: str, start: int, end: int) -> bool:
        """Whether the characters [start, end) of a document hold some of it."""
        return any(option.whole and option.document == document for option in self.options) or any(
            place.document == document and place.start < end and start < place.end for place in self.places
        )

    def as_row(self) -> list[Any]:
        """Return it as JSON: document, start, end, and where there are any the other places and forms."""
        row: list[Any] = [self.document, self.start, self.end]
        forms: dict[str, Any] = {"whole": True} if self.whole else {}
        if self.alternatives:
            forms["any"] = [option.as_row() for option in self.alternatives]
        if self.elsewhere or forms:
            row.append([list(place) for place in self.elsewhere])
        return [*row, forms] if forms else row

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> Evidence:
        """Return the evidence that `as_row` gave."""
        document, start, end, *rest = row
        elsewhere = rest[0] if rest else []
        forms = rest[1] if len(rest) > 1 else {}
        return cls(
            document,
            int(start),
            int(end),
            tuple((int(a), int(b)) for a, b in elsewhere),
            bool(forms.get("whole")),
            tuple(cls.from_row(option) for option in forms.get("any", ())),
        )


@dataclass(frozen=True, slots=True)
class QuestionSource:
    """Who made a question."""

    by: str
    """"rule" and "model" for a draft that was kept, "person" or "import"."""
    name: str
    """The name of the rule, model or file."""
    prompt: str = ""
    """The version of the prompts that a model drafted it with; empty for everyone else."""
    date: str = ""
    """The day on which it was made, as YYYY-MM-DD; empty when nobody said it."""
    edited: str = ""
    """The day on which a person last changed the words, as YYYY-MM-DD; empty when nobody did, and for a
    person's own question."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the conversation before a question."""

    role: Literal["user", "assistant"]
    text: str


History = tuple[Turn, ...]
"""The turns before a question, oldest first; empty for a question on its own."""


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """What is asked: all of a question that retrieval and generation may read."""

    text: str
    history: History = ()
    filter: str = ""
    """The condition on the metadata of documents, as `condition_text` writes it; empty for none."""

    @classmethod
    def of(cls, question: str | AskedQuestion) -> AskedQuestion:
        """A plain text is a question without earlier turns."""
        return question if isinstance(question, AskedQuestion) else cls(question)


@dataclass(frozen=True, slots=True)
class Question:
    """A question about the documents, with what its answers are scored against."""

    id: str
    text: str
    answers: tuple[str, ...] = ()
    """Reference answers, any of which is accepted; empty when there is none."""
    evidence: tuple[Evidence, ...] = ()
    """The pieces of the documents that hold the answer; empty when nobody marked them. Where any one of
    several suffices, they are one piece with alternatives."""
    answerable: bool | None = True
    """Whether the documents answer the question. One that they do not answer should be declined. None when
    nobody said it and nothing tells it; scores that need to know do not apply then."""
    tags: tuple[str, ...] = ()
    source: QuestionSource | None = None
    """Who made the question; None when nobody said it."""
    group: str | None = None
    """Questions of one group are wordings of one fact: they stay in one part, and intervals count them once.
    None for a question on its own."""
    history: History = ()
    """The earlier turns of the conversation, oldest first, in which it is a follow-up question."""
    is_draft: bool = False
    """Whether nobody has reviewed it. A draft is never held out."""
    filter: Mapping[str, Any] | None = field(default=None, hash=False)
    """The metadata that a document needs to be searched for it, such as {"region": "NL"}; None for none."""

    @property
    def asked(self) -> AskedQuestion:
        """What retrieval and generation read of it."""
        return AskedQuestion(
            self.text, self.history, "" if self.filter is None else condition_text(self.filter)
        )


@dataclass(frozen=True, slots=True)
class Injection:
    """An instruction planted in a document to mislead the language models that read it."""

    id: str
    document: str
    """The document's name."""
    title: str
    """The document's title."""
    text: str
    """The paragraph that holds the instruction."""
    says: tuple[str, ...]
    """Texts by which an answer shows that it obeyed; one of them, word for word, is enough."""
    start: int = 0
    """The offset in the document at which the paragraph begins."""
    end: int = 0
    """The offset in the document at which the paragraph ends; 0 for an injection that is in no document."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """A folder of documents as read, with its questions."""

    name: str
    documents: tuple[Document, ...]
    questions: tuple[Question, ...] = ()
    problems: tuple[Problem, ...] = ()
    """What is wrong with the files of the corpus."""
    injections: tuple[Injection, ...] = ()
    """The planted instructions that the corpus declares, for the `injection` score."""

    @property
    def version(self) -> str:
        """A hash of the documents' names, titles and texts, and of nothing else."""
        lines = "\n".join(sorted(f"{d.name}\0{d.sha256}" for d in self.documents))
        return hashlib.sha256(lines.encode()).hexdigest()[:16]


def place_of_question(question_id: str) -> float:
    """A number in [0, 1) that decides a question's part; a hash of its id, the same in every experiment."""
    digest = hashlib.sha256(f"question-part:{question_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def part_of_question(question_id: str, holdout: float) -> QuestionPart:
    """The part that a question belongs to: the first 0.2 is train, the last `holdout` share is held out."""
    place = place_of_question(question_id)
    if place < TRAIN_SHARE:
        return "train"
    return "holdout" if place >= 1 - holdout else "search"


def part_of(question: Question, holdout: float) -> QuestionPart:
    """The part that a question belongs to: that of its group, and never the held-out one for a draft."""
    part = part_of_question(question.group or question.id, holdout)
    return "search" if part == "holdout" and question.is_draft else part


_PROBE_ID = re.compile(r"^(.+)~(?:bias|injection):[^~]+$")


def probe_id(question_id: str, score: str, variant: str) -> str:
    """The id of a probe, which is a question's variant for one score: "q12~bias:gender"."""
    return f"{question_id}~{score}:{variant}"


def base_question_id(id_of_probe: str) -> str:
    """The id of the question that a probe is a variant of; an id that is no probe's is returned as it is."""
    match = _PROBE_ID.match(id_of_probe)
    return match.group(1) if match else id_of_probe
