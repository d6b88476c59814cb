"""Reads and writes questions: JSONL and CSV files, pasted lists, evidence given as quotes or spans.
Knows nothing about parts, experiments or scores."""

from __future__ import annotations

import json
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.corpus.conversation import ReadTurns, read_turns, turns_to_json
from workbench.corpus.pasted_questions import read_pasted
from workbench.corpus.question_csv import explain_unknown_column, read_question_csv
from workbench.corpus.question_rows import LEFT_OUT, NO_EVIDENCE, LostEvidence, RowReader
from workbench.corpus.quotes import find_quotes
from workbench.corpus.types import Document, Evidence, Problem, Question, QuestionSource
from workbench.errors import QuestionError, reason_of
from workbench.files.reading import NotUtf8, decode_utf8, read_bytes
from workbench.files.writing import write_atomically
from workbench.input.json_reading import UnusableJson, parse_strict_json

MOST_BYTES = 200_000_000
"""The most bytes of a question file: a hundred thousand questions, each with a long quote."""


@dataclass(frozen=True)
class ReadQuestions:
    """Questions as they were read, before they are added to a corpus."""

    questions: tuple[tuple[int, Question], ...]
    """(line from 1, question) of each one."""
    problems: tuple[Problem, ...] = ()
    """What is wrong with the lines; most of them are left out."""
    comments: int = 0
    """How many lines are comments, which are left out."""
    mentions_documents: bool = False
    """Whether some line names evidence, to be looked for in the documents."""
    lost: tuple[LostEvidence, ...] = ()
    """The evidence whose document or quote is not there."""
    by_position: tuple[tuple[int, str], ...] = ()
    """(line, document) of the evidence that is given by its place alone."""


def read_pasted_questions(text: str, documents: Iterable[Document] = ()) -> ReadQuestions:
    """Read pasted questions in whichever form they are written (see `read_pasted`)."""
    pasted = read_pasted(text)
    reader = RowReader("", documents)
    for line, row in pasted.rows:
        reader.add_row(line, row)
    for line, what in pasted.problems:
        reader.add_problem(line, what)
    evidence = any(isinstance(row, dict) and row.get("evidence") for _, row in pasted.rows)
    return ReadQuestions(reader.with_lines(), tuple(reader.problems), pasted.comments, evidence)


def read_question_file(path: Path, documents: Iterable[Document], display_name: str) -> ReadQuestions:
    """Read the questions of a JSONL or CSV file, with their lines.

    display_name: the file's name in messages.
    """
    reader = RowReader(display_name, documents)
    try:
        text = read_question_text(path)
        is_table = path.suffix.lower() == ".csv"
        rows = list(_csv_rows(text, reader) if is_table else _jsonl_rows(text, reader))
        reader.look_up(row for _, row in rows)
        for line, row in rows:
            reader.add_row(line, row)
    except QuestionError as error:
        reader.problems.append(Problem(display_name, str(error)))
    return ReadQuestions(
        reader.with_lines(), tuple(reader.problems), lost=tuple(reader.lost),
        by_position=tuple(reader.by_position),
    )  # fmt: skip


def read_question_rows(rows: Iterable[dict[str, Any]], documents: Iterable[Document]) -> ReadQuestions:
    """As `read_question_file`, of rows that are no file's. Evidence that is gone is among `lost`."""
    reader = RowReader("", documents)
    reader.look_up(rows := list(rows))
    for line, row in enumerate(rows, start=1):
        reader.add_row(line, row)
    return ReadQuestions(
        reader.with_lines(), tuple(reader.problems), lost=tuple(reader.lost),
        by_position=tuple(reader.by_position),
    )  # fmt: skip


def load_questions(
    path: Path, documents: Iterable[Document], *, strict: bool = False, display_name: str | None = None
) -> tuple[list[Question], list[Problem]]:
    """Read the questions of a JSONL or CSV file, and its problems, line by line.

    strict: raise QuestionError, which lists the errors; otherwise lines that cannot be used are left out.
    display_name: the file's name in messages; None takes the name of the path.
    """
    read = read_question_file(path, documents, display_name or path.name)
    errors = [p for p in read.problems if p.severity == "error"]
    if strict and errors:
        leniencies = (f"; {LEFT_OUT}", f"; {NO_EVIDENCE}")  # not true here: nothing is read at all
        listing = "\n".join(f"{p.where}: {_without_endings(p.what, leniencies)}" for p in errors[:20])
        more = f"\n… and {len(errors) - 20} more." if len(errors) > 20 else ""
        raise QuestionError(listing + more, hint=f"Correct or delete these lines of {path}.")
    return [question for _, question in read.questions], list(read.problems)


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
        data = read_bytes(path, MOST_BYTES)
        if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            data = data.decode("utf-16", "replace").encode()
        return decode_utf8(data)
    except NotUtf8 as error:
        raise QuestionError(
            f"{error}.", hint="Save the file as UTF-8 (in a spreadsheet: “CSV UTF-8”)."
        ) from None
    except OSError as error:
        raise QuestionError(f"it cannot be read: {reason_of(error)}.") from None


def read_turns_file(path: Path, question: str) -> ReadTurns:
    """Read the earlier turns of a question from a file of JSON or of lines such as “User: …”.

    Raises QuestionError, which names the file.
    """
    try:
        text = read_question_text(path).strip()
        if not text.startswith(("[", "{")):
            return read_turns(text, question)
        return read_turns(parse_strict_json(text), question)
    except QuestionError as error:
        raise QuestionError(f"{path}: {error.message}", hint=error.hint) from None
    except UnusableJson as error:
        raise QuestionError(f"{path} {error}.") from None


def read_row(row: dict[str, Any], documents: Iterable[Document]) -> Question:
    """The question of one JSONL row. Raises QuestionError for anything that is wrong with it."""
    reader = RowReader("the question", documents)
    reader.add_row(1, row)
    errors = [p.what for p in reader.problems if p.severity == "error"]
    if errors:
        raise QuestionError(" ".join(f"{e[:1].upper()}{e[1:]}." for e in errors))
    return reader.questions[0]


def _jsonl_rows(text: str, reader: RowReader) -> Iterable[tuple[int, Any]]:
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


def _csv_rows(text: str, reader: RowReader) -> Iterable[tuple[int, Any]]:
    table = read_question_csv(text)
    for column in table.unknown_columns:
        reader.add_problem(1, explain_unknown_column(column), "warning")
    return table.rows


def question_to_json(question: Question, documents: dict[str, Document]) -> dict[str, Any]:
    """The JSONL row of a question. Evidence becomes quotes, which survive small edits of the document."""
    row: dict[str, Any] = {"id": question.id, "question": question.text}
    if question.answers:
        row["answer"] = question.answers[0] if len(question.answers) == 1 else list(question.answers)
    if len(question.evidence) == 1:
        row["evidence"] = [_evidence_json(option, documents) for option in question.evidence[0].options]
        if question.evidence[0].alternatives:
            row["any"] = True
    elif question.evidence:
        row["evidence"] = [_piece_json(piece, documents) for piece in question.evidence]
    if question.answerable is not None:
        row["answerable"] = question.answerable
    if question.tags:
        row["tags"] = list(question.tags)
    if question.source is not None:
        row["source"] = source_to_json(question.source)
    if question.group is not None:
        row["group"] = question.group
    if question.history:
        row["history"] = turns_to_json(question.history)
    if question.filter is not None:
        row["filter"] = dict(question.filter)
    return row


def source_to_json(source: QuestionSource) -> dict[str, str]:
    """The `source` of a row; what is not known is left out."""
    known = {"prompt": source.prompt, "date": source.date, "edited": source.edited}
    return {"by": source.by, "name": source.name} | {key: text for key, text in known.items() if text}


def _piece_json(piece: Evidence, documents: dict[str, Document]) -> dict[str, Any]:
    """A piece of several that are all needed; its alternatives stand under a key of their own."""
    if not piece.alternatives:
        return _evidence_json(piece, documents)
    return {"any": [_evidence_json(option, documents) for option in piece.options]}


def _evidence_json(span: Evidence, documents: dict[str, Document]) -> dict[str, Any]:
    if span.whole:
        return {"document": span.document}
    document = documents.get(span.document)
    quote = document.text[span.start : span.end] if document else ""
    if document and find_quotes(document.text, quote) == [(span.start, span.end), *span.elsewhere]:
        return {"document": span.document, "quote": quote}
    place: dict[str, Any] = {"document": span.document, "start": span.start, "end": span.end}
    return place | {"elsewhere": [list(other) for other in span.elsewhere]} if span.elsewhere else place


def save_questions(path: Path, questions: Sequence[Question], documents: Iterable[Document] = ()) -> None:
    """Write a JSONL file of questions, whole or not at all. Raises QuestionError when that fails."""
    by_name = {d.name: d for d in documents}
    lines = [json.dumps(question_to_json(q, by_name), ensure_ascii=False) for q in questions]
    write_lines(path, lines)


def write_lines(path: Path, lines: Sequence[str]) -> None:
    """Write a file of lines, whole or not at all.

    Raises QuestionError when it cannot be written, or would be too large to be read again.
    """
    data = "".join(f"{line}\n" for line in lines).encode(errors="replace")
    if len(data) > MOST_BYTES:
        size, most = len(data) / 1e6, MOST_BYTES / 1e6
        raise QuestionError(
            f"{path.name} would have {size:,.0f} MB; the limit is {most:,.0f} MB.", hint="Add fewer."
        )
    write_atomically(path, data, raise_as=QuestionError)
