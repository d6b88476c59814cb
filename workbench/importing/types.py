"""Defines what an import works with: a source as it was read, its rows, its documents, and a format.
Knows nothing about any one format, nor about where questions are stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Field = Literal[
    "question", "answer", "contexts", "document", "id", "tags", "answerable", "unanswerable", "group",
    "history", "source", "evidence", "any", "filter",
]  # fmt: skip
FIELDS: dict[Field, str] = {
    "question": "the question, or a conversation that ends with it",
    "answer": "a reference answer, or a list of them",
    "contexts": "texts that contain the answer; they are looked up in the documents",
    "document": "the name or title of the document that contains the answer",
    "id": "the question's id",
    "tags": "tags",
    "answerable": "whether the documents answer it",
    "unanswerable": "whether the documents do not answer it",
    "group": "questions that are wordings of one fact share it",
    "history": "the earlier turns of the conversation",
    "source": "who made the question, as in questions.jsonl",
    "evidence": "evidence, as in questions.jsonl",
    "any": "whether any one piece of evidence is enough, as in questions.jsonl",
    "filter": "the metadata that a document needs to be searched for it, as in questions.jsonl",
}
"""What a column can be understood as, and what that means."""

Kind = Literal["jsonl", "json", "csv", "parquet", "yaml", "folder"]
"""How a source is written. A zip file with several files in it is a folder."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Something about one row, or about the whole source, that could not be used as it is."""

    row: int | None
    """The row (see Record.row); None for the whole source."""
    what: str
    """What is wrong and what became of it, without a full stop."""

    def as_row(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"row": self.row, "what": self.what}


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a source: what it says about one question."""

    row: int
    """The line of a JSONL or CSV file, from 1; else the position of the entry, from 1."""
    values: dict[str, Any]
    """Column → value, as JSON."""


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A document that a source brings with it."""

    key: str
    """What its rows call it; unique in the source."""
    title: str
    """Empty when it has none."""
    text: str


@dataclass(frozen=True)
class Source:
    """A file or folder as it was read, before anybody knows which format it has."""

    name: str
    """Its file name, without folders."""
    kind: Kind
    value: Any = None
    """What a JSON or YAML file holds; None for the other kinds."""
    records: tuple[Record, ...] = ()
    """The rows of a JSONL, CSV or Parquet file; the objects of a list in JSON or YAML."""
    files: Mapping[str, Callable[[], bytes]] = field(default_factory=dict)
    """The files of a folder: path with forward slashes → a function that reads it. Empty for a file."""
    problems: tuple[RowProblem, ...] = ()
    """What could not be read."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of its first rows, in order."""
        return columns_of(self.records[:LOOKED_AT])


@dataclass(frozen=True, slots=True)
class Recognition:
    """Why a source seems to be in a format."""

    sure: float
    """0 to 1; the format with the largest is taken."""
    why: str
    """The reason, as the rest of a sentence: "it has the columns user_input and reference"."""


@dataclass(frozen=True)
class Content:
    """What a format finds in a source: one record for each question, and documents."""

    records: tuple[Record, ...]
    documents: tuple[SourceDocument, ...] = ()
    problems: tuple[RowProblem, ...] = ()


@dataclass(frozen=True)
class Format:
    """A form in which questions are kept elsewhere."""

    name: str
    """Its name for `--format`."""
    label: str
    """Its name for people."""
    recognise: Callable[[Source], Recognition | None]
    """Says how surely a source has this format, and why; None when it has not."""
    read: Callable[[Source], Content]
    """Returns the rows and documents of a source. Raises QuestionError for one that it cannot read."""
    understand: Callable[[Sequence[str], Sequence[Record]], dict[str, Field]]
    """Takes the columns and the rows; returns what the columns mean. A column that is not in the result is
    not used."""


AUTO = "auto"
"""The name of no format: it is to be recognised."""
FILE_TYPES = ("csv", "gz", "json", "jsonl", "ndjson", "parquet", "pq", "tsv", "yaml", "yml", "zip")
"""The endings of files that can be imported."""
LOOKED_AT = 200
"""How many rows are looked at to find the columns."""
MOST_COLUMNS = 200


def columns_of(records: Sequence[Record]) -> tuple[str, ...]:
    """The columns of rows, in the order in which they first appear; 200 at most."""
    columns = dict.fromkeys(column for record in records for column in record.values)
    return tuple(columns)[:MOST_COLUMNS]
