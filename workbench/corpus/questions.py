"""Reads and writes questions: JSONL and CSV files, pasted lists, evidence given as quotes or spans.
Knows nothing about parts, experiments or scores."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from workbench.corpus.question_csv import COLUMNS, CSV_SEPARATOR, read_question_csv
from workbench.corpus.quotes import find_quotes, nearest_text
from workbench.corpus.types import Document, Evidence, Problem, Question
from workbench.errors import QuestionError, reason_of
from workbench.files.reading import NotUtf8, decode_utf8, read_bytes
from workbench.files.writing import write_atomically
from workbench.input.json_reading import UnusableJson, parse_strict_json
from workbench.input.plain_data import find_unusable, shown
from workbench.nearest import nearest

KEYS = ("id", "question", "answer", "answers", "evidence", "any", "answerable", "tags")
EVIDENCE_KEYS = ("document", "quote", "start", "end")
LONGEST_ID = 200  # characters
LEFT_OUT = "the line is left out"
NO_EVIDENCE = "this evidence is left out"
JSON_NAMES = {list: "a list", str: "a text", int: "a number", float: "a number", bool: "true or false",
              type(None): "null"}  # fmt: skip
NUMBERING = re.compile(r"^\s*(?:[-*•]|\(?\d{1,4}[.):])\s+")


def _can_be_id(value: Any) -> bool:
    return value is None or (
        isinstance(value, str | int | float) and not isinstance(value, bool) and len(str(value)) <= LONGEST_ID
    )


def make_question_id(text: str) -> str:
    """An id made from a question's text, for a question without an id. Case and white space do not matter."""
    return "q-" + hashlib.sha256(" ".join(text.split()).lower().encode()).hexdigest()[:8]


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


@dataclass
class _Reader:
    """Reads one file row by row and collects its questions and its problems."""

    file: str
    """The file's name in messages."""
    documents: dict[str, Document]
    """The corpus's documents by name, its accents composed: file systems and editors differ in that."""
    questions: list[Question] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    line_of_id: dict[str, int] = field(default_factory=dict)
    """The line (from 1) of each question's id."""

    def add_problem(self, line: int, what: str, severity: str = "error") -> None:
        self.problems.append(Problem(f"{self.file}:{line}", what, severity))  # type: ignore[arg-type]

    def add_row(self, line: int, row: Any) -> None:
        """Add the row's question, or the problem that keeps it out."""
        if not isinstance(row, dict):
            return self.add_problem(line, f"expected an object, found {JSON_NAMES[type(row)]}; {LEFT_OUT}")
        unusable = find_unusable(row)
        if unusable is not None:
            path, reason = unusable
            return self.add_problem(line, f"{'.'.join(map(str, path)) or 'it'} {reason}; {LEFT_OUT}")
        text = row.get("question")
        if not isinstance(text, str) or not text.strip():
            return self.add_problem(line, f"it has no question; {LEFT_OUT}")
        for key in row:
            if key not in KEYS:
                close = nearest(str(key), KEYS)
                hint = f"; did you mean {close!r}?" if close else ""
                self.add_problem(line, f"{shown(key)} is not a known key and is ignored{hint}", "warning")
        if not _can_be_id(row.get("id")):
            what = f"the id is {shown(row['id'])}; it must be a text of at most {LONGEST_ID} characters"
            return self.add_problem(line, f"{what}; {LEFT_OUT}")
        question_id = str(row.get("id") or make_question_id(text))
        if question_id in self.line_of_id:
            first = self.line_of_id[question_id]
            return self.add_problem(line, f"the id {question_id!r} is on line {first} already; {LEFT_OUT}")
        self.line_of_id[question_id] = line
        answerable = self._truth(line, row, "answerable", default=True)
        any_suffices = self._truth(line, row, "any", default=False)
        evidence = self._evidence(line, row.get("evidence"))
        if any_suffices and len(evidence) > 1:
            evidence = (replace(evidence[0], alternatives=evidence[1:]),)
        self.questions.append(
            Question(
                id=question_id,
                text=text.strip(),
                answers=self._answers(line, row),
                evidence=evidence,
                answerable=answerable,
                tags=self._tags(line, row.get("tags")),
            )
        )
        return None

    def _truth(self, line: int, row: dict[str, Any], key: str, *, default: bool) -> bool:
        value = row.get(key, default)
        if isinstance(value, bool):
            return value
        read_as = str(default).lower()
        self.add_problem(line, f"{key} is {shown(value)}; it must be true or false; it is read as {read_as}")
        return default

    def _answers(self, line: int, row: dict[str, Any]) -> tuple[str, ...]:
        value = row.get("answers", row.get("answer"))
        if value is None:
            return ()
        answers = value if isinstance(value, list) else [value]
        if not all(isinstance(a, str | int | float) and not isinstance(a, bool) for a in answers):
            self.add_problem(
                line, f"answer is {shown(value)}; it must be a text or a list of texts; it is left out"
            )
            return ()
        return tuple(str(a).strip() for a in answers if str(a).strip())

    def _tags(self, line: int, value: Any) -> tuple[str, ...]:
        if value is None:
            return ()
        tags = [value] if isinstance(value, str) else value
        if not isinstance(tags, list) or not all(isinstance(tag, str | int | float) for tag in tags):
            self.add_problem(line, f"tags is {shown(value)}; it must be a list of texts; it is left out")
            return ()
        return tuple(str(tag) for tag in tags)

    def _evidence(self, line: int, value: Any) -> tuple[Evidence, ...]:
        if value is None:
            return ()
        items = [value] if isinstance(value, dict) else value
        if not isinstance(items, list):
            self.add_problem(line, f"evidence is {shown(value)}; it must be a list; it is left out")
            return ()
        return tuple(span for item in items if (span := self._span(line, item)) is not None)

    def _span(self, line: int, item: Any) -> Evidence | None:
        if not isinstance(item, dict) or not isinstance(item.get("document"), str):
            self.add_problem(line, f"evidence {shown(item)} does not name its document; it is left out")
            return None
        document = self.documents.get(_composed(item["document"]))
        if document is None:
            close = nearest(item["document"], self.documents)
            hint = f"; did you mean {close!r}?" if close else ""
            self.add_problem(line, f"there is no document {shown(item['document'])}{hint}; {NO_EVIDENCE}")
            return None
        if isinstance(item.get("quote"), str):
            places = find_quotes(document.text, item["quote"])
            if not places:
                close = nearest_text(document.text, item["quote"])
                hint = f" (the nearest text in it: {close!r})" if close else ""
                quote = item["quote"][:120]
                self.add_problem(line, f"the quote {quote!r} is not in {document.name}{hint}; {NO_EVIDENCE}")
                return None
            first, *others = places
            return Evidence(document.name, *first, tuple(others))
        if set(item) == {"document"}:
            return Evidence(document.name, 0, len(document.text), whole=True)
        start, end = item.get("start"), item.get("end")
        if type(start) is int and type(end) is int and 0 <= start < end <= len(document.text):
            return Evidence(document.name, start, end)
        unknown = [str(key) for key in item if key not in EVIDENCE_KEYS]
        typing_error = f"; {shown(unknown[0])} is not a known key" if unknown else ""
        self.add_problem(
            line,
            f"evidence in {document.name} needs a quote, or a start and an end within its "
            f"{len(document.text)} characters (they are {shown(start)} and {shown(end)}), or nothing but the "
            f"document where all of it is the evidence{typing_error}",
        )
        return None


def load_questions(
    path: Path, documents: Iterable[Document], *, strict: bool = False, display_name: str | None = None
) -> tuple[list[Question], list[Problem]]:
    """Read the questions of a JSONL or CSV file, and its problems, line by line.

    strict: raise QuestionError, which lists the errors; otherwise lines that cannot be used are left out.
    display_name: the file's name in messages; None takes the name of the path.
    """
    display_name = display_name or path.name
    reader = _Reader(display_name, {_composed(d.name): d for d in documents})
    try:
        text = read_question_text(path)
        is_table = path.suffix.lower() == ".csv"
        for line, row in _csv_rows(text, reader) if is_table else _jsonl_rows(text, reader):
            reader.add_row(line, row)
    except QuestionError as error:
        reader.problems.append(Problem(display_name, str(error)))
    errors = [p for p in reader.problems if p.severity == "error"]
    if strict and errors:
        leniencies = (f"; {LEFT_OUT}", f"; {NO_EVIDENCE}")  # not true here: nothing is read at all
        listing = "\n".join(f"{p.where}: {_without_endings(p.what, leniencies)}" for p in errors[:20])
        more = f"\n… and {len(errors) - 20} more." if len(errors) > 20 else ""
        raise QuestionError(listing + more, hint=f"Correct or delete these lines of {path}.")
    return reader.questions, reader.problems


def _without_endings(text: str, endings: Sequence[str]) -> str:
    for ending in endings:
        text = text.removesuffix(ending)
    return text


def read_question_text(path: Path) -> str:
    """A question file's text.

    It is UTF-8, or UTF-16 with a byte order mark, which spreadsheets call "Unicode text".

    Raises QuestionError, which does not name the file, when it cannot be opened or is in another encoding.
    """
    try:
        data = read_bytes(path)
        if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            data = data.decode("utf-16", "replace").encode()
        return decode_utf8(data)
    except NotUtf8 as error:
        raise QuestionError(
            f"{error}.", hint="Save the file as UTF-8 (in a spreadsheet: “CSV UTF-8”)."
        ) from None
    except OSError as error:
        raise QuestionError(f"it cannot be read: {reason_of(error)}.") from None


def read_row(row: dict[str, Any], documents: Iterable[Document]) -> Question:
    """The question of one JSONL row. Raises QuestionError for anything that is wrong with it."""
    reader = _Reader("the question", {d.name: d for d in documents})
    reader.add_row(1, row)
    errors = [p.what for p in reader.problems if p.severity == "error"]
    if errors:
        raise QuestionError(" ".join(f"{e[:1].upper()}{e[1:]}." for e in errors))
    return reader.questions[0]


def _jsonl_rows(text: str, reader: _Reader) -> Iterable[tuple[int, Any]]:
    # Not splitlines(): a text may hold other line separators (U+2028), which JSON leaves as they are.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = parse_strict_json(line)
        except UnusableJson as error:
            reader.add_problem(number, f"it {error}; {LEFT_OUT}")
            continue
        yield number, row


def _csv_rows(text: str, reader: _Reader) -> Iterable[tuple[int, Any]]:
    table = read_question_csv(text)
    for column in table.unknown_columns:
        close = nearest(column.lower(), COLUMNS)
        hint = f"; did you mean {close!r}?" if close else ""
        reader.add_problem(1, f"the column {shown(column)} is not known and is ignored{hint}", "warning")
    return table.rows


def parse_question_list(text: str) -> list[Question]:
    """Questions from pasted lines. Numbering and bullets are removed; a tab or || separates an answer."""
    questions: dict[str, Question] = {}
    for line in text.splitlines():
        bare = NUMBERING.sub("", line).strip()
        if not bare:
            continue
        question, _, answer = bare.partition("\t") if "\t" in bare else bare.partition(CSV_SEPARATOR)
        question = question.strip()
        if question:
            question_id = make_question_id(question)
            answers = (answer.strip(),) if answer.strip() else ()
            questions.setdefault(question_id, Question(question_id, question, answers))
    return list(questions.values())


def question_to_json(question: Question, documents: dict[str, Document]) -> dict[str, Any]:
    """The JSONL row of a question. Evidence becomes quotes, which survive small edits of the document."""
    row: dict[str, Any] = {"id": question.id, "question": question.text}
    if question.answers:
        row["answer"] = question.answers[0] if len(question.answers) == 1 else list(question.answers)
    if question.evidence:
        options = [option for piece in question.evidence for option in piece.options]
        row["evidence"] = [_evidence_json(option, documents) for option in options]
        if any(piece.alternatives for piece in question.evidence):
            row["any"] = True
    row["answerable"] = question.answerable
    if question.tags:
        row["tags"] = list(question.tags)
    return row


def _evidence_json(span: Evidence, documents: dict[str, Document]) -> dict[str, Any]:
    if span.whole:
        return {"document": span.document}
    document = documents.get(span.document)
    if document is None:
        return {"document": span.document, "start": span.start, "end": span.end}
    quote = document.text[span.start : span.end]
    if find_quotes(document.text, quote) == [(span.start, span.end), *span.elsewhere]:
        return {"document": span.document, "quote": quote}
    return {"document": span.document, "start": span.start, "end": span.end}


def save_questions(path: Path, questions: Sequence[Question], documents: Iterable[Document] = ()) -> None:
    """Write a JSONL file of questions, whole or not at all. Raises QuestionError when that fails."""
    by_name = {d.name: d for d in documents}
    lines = [json.dumps(question_to_json(q, by_name), ensure_ascii=False) for q in questions]
    write_lines(path, lines)


def write_lines(path: Path, lines: Sequence[str]) -> None:
    """Write a file of lines, whole or not at all. Raises QuestionError when it cannot be written."""
    write_atomically(path, "".join(f"{line}\n" for line in lines), raise_as=QuestionError)
