"""Edits a corpus's question file line by line; lines that are not edited stay as they were written.
Knows nothing about pages. The first edit turns a CSV file into a JSONL file and keeps the CSV file."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from workbench.corpus.conversation import as_line
from workbench.corpus.corpus import questions_file
from workbench.corpus.question_csv import read_question_csv
from workbench.corpus.question_rows import id_of_row, turns_of_row
from workbench.corpus.questions import (
    question_to_json,
    read_question_text,
    read_row,
    write_lines,
)
from workbench.corpus.samples import require_own
from workbench.corpus.types import AskedQuestion, Document, Question
from workbench.errors import QuestionError
from workbench.files.writing import locked
from workbench.input.json_reading import UnusableJson, parse_strict_json

FILE = "questions.jsonl"
NewAnswerable = bool | Literal["not known", "as it is"]
"""Whether the documents answer a question, when it is changed."""


def _lines(corpus: Path) -> list[str]:
    """The file's questions as lines of JSON.

    Raises QuestionError when part of the file cannot be read, because writing it again would lose that part.
    """
    file = questions_file(corpus)
    if file is None:
        return []
    try:
        text = read_question_text(file)
        if file.suffix == ".jsonl":
            return [line for line in text.split("\n") if line.strip()]
        rows = [row for _, row in read_question_csv(text).rows]
    except QuestionError as error:
        raise QuestionError(
            f"{file.name} is left as it is: {error.message}", hint=error.hint, remedy=error.remedy
        ) from None
    return [json.dumps({"id": id_of_row({"question": ""} | row)} | row, ensure_ascii=False) for row in rows]


def _locked(corpus: Path) -> AbstractContextManager[None]:
    """The lock under which a corpus's questions are read, changed and written, whichever file holds them.

    Raises CorpusError for a sample corpus, which is read-only.
    """
    require_own(corpus)
    return locked(corpus / FILE, raise_as=QuestionError)


def _write(corpus: Path, lines: Sequence[str]) -> None:
    write_lines(corpus / FILE, lines)
    old = corpus / "questions.csv"
    if old.exists():
        old.replace(corpus / "questions.csv.old")


@lru_cache(maxsize=4096)  # a review of drafts reads all lines again for every one that is kept
def _id_of(line: str) -> str | None:
    row = _row_of(line)
    return None if row is None else id_of_row(row)


def _row_of(line: str) -> dict[str, Any] | None:
    """The row of a question; None for a line that is none."""
    try:
        row = parse_strict_json(line)
    except UnusableJson:
        return None
    return row if isinstance(row, dict) and isinstance(row.get("question"), str) else None


def put_question(corpus: Path, row: dict[str, Any], documents: Iterable[Document]) -> Question:
    """Add a question, given as a JSONL row, or replace the question that has its id.

    Its source and its group stay where the row does not name them; the source says when a person changed the
    words of another's question.

    Raises QuestionError for anything wrong with the row, such as evidence that is not in its document.
    """
    question = read_row(row, documents)
    new_row = {"id": question.id} | row
    with _locked(corpus):
        lines = _lines(corpus)
        same_id = [i for i, line in enumerate(lines) if _id_of(line) == question.id]
        if same_id:
            old = parse_strict_json(lines[same_id[0]])
            kept = {key: old[key] for key in ("group", "source") if key in old and key not in row}
            if "source" in kept and _words_of(old) != _words_of(new_row):
                kept["source"] = _edited(kept["source"])
            lines[same_id[0]] = json.dumps(new_row | kept, ensure_ascii=False)
        else:
            lines.append(json.dumps(new_row, ensure_ascii=False))
        _write(corpus, lines)
    return question


def _words_of(row: dict[str, Any]) -> list[Any]:
    """The question and its answers, however they are written."""
    answers = row.get("answers", row.get("answer")) or []
    return [row["question"], *(answers if isinstance(answers, list) else [answers])]


def _edited(source: Any) -> Any:
    """A row's source, which says from now on that a person changed the words of another's question."""
    is_own = not isinstance(source, dict) or source.get("by") in (None, "person")
    return source if is_own else source | {"edited": today()}


def today() -> str:
    """The day, as YYYY-MM-DD where the person is."""
    return datetime.now(UTC).astimezone().date().isoformat()


def add_evidence(
    corpus: Path, question_id: str, evidence: dict[str, Any], documents: Iterable[Document]
) -> None:
    """Add a piece of evidence, given as in a JSONL row, to a question, which the documents then answer.

    Raises QuestionError when there is no such question, or the evidence is not in its document.
    """
    read_row({"question": "?", "evidence": evidence}, documents)  # raises for evidence that is not there
    with _locked(corpus):
        lines = _lines(corpus)
        for i, line in enumerate(lines):
            if _id_of(line) == question_id:
                row = parse_strict_json(line)
                old = row.get("evidence") or []
                row["evidence"] = [*(old if isinstance(old, list) else [old]), evidence]
                if row.get("answerable") is False:
                    row["answerable"] = True
                lines[i] = json.dumps(row, ensure_ascii=False)
                _write(corpus, lines)
                return
    raise QuestionError(f"There is no question {question_id!r}.")


def find_ids(corpus: Path) -> set[str]:
    """The ids of the questions that a corpus has. Raises QuestionError when its file cannot be read."""
    return {question_id for line in _lines(corpus) if (question_id := _id_of(line)) is not None}


def find_lines(corpus: Path) -> list[str]:
    """The questions that a corpus has, each as a line: a follow-up question with what was said before it."""
    rows = read_rows(corpus).values()
    return [as_line(AskedQuestion(row["question"], turns_of_row(row))) for row in rows]


def find_evidence_documents(corpus: Path) -> list[frozenset[str]]:
    """For each question that a corpus has, the documents that it names as evidence."""
    return [_evidence_documents_of(line) for line in _lines(corpus) if _id_of(line) is not None]


@lru_cache(maxsize=4096)
def _evidence_documents_of(line: str) -> frozenset[str]:
    evidence = parse_strict_json(line).get("evidence") or []
    pieces = evidence if isinstance(evidence, list) else [evidence]
    return frozenset(str(p["document"]) for p in pieces if isinstance(p, dict) and "document" in p)


def read_rows(corpus: Path) -> dict[str, dict[str, Any]]:
    """Id → row of the questions that a corpus has. Raises QuestionError when its file cannot be read."""
    rows = filter(None, map(_row_of, _lines(corpus)))
    return {id_of_row(row): row for row in rows}


def find_groups(corpus: Path) -> dict[str, str | None]:
    """Question id → its group, for the questions that a corpus has; the documents are not read."""
    groups = {id_: row.get("group") for id_, row in read_rows(corpus).items()}
    return {id_: group if isinstance(group, str) else None for id_, group in groups.items()}


def add_questions(
    corpus: Path, questions: Sequence[Question], documents: Iterable[Document] = ()
) -> tuple[int, int]:
    """Append the questions whose ids are new; returns (number added, number already there).

    documents: those that the questions' evidence is in.
    """
    with _locked(corpus):
        lines = _lines(corpus)
        ids = {_id_of(line) for line in lines}
        new = [q for q in questions if q.id not in ids]
        if new:
            by_name = {d.name: d for d in documents}
            new_lines = [json.dumps(question_to_json(q, by_name), ensure_ascii=False) for q in new]
            _write(corpus, [*lines, *new_lines])
    return len(new), len(questions) - len(new)


def delete_questions(corpus: Path, ids: Collection[str]) -> list[dict[str, Any]]:
    """Delete questions, all or none, and return their rows, so that they can be restored.

    Raises QuestionError when one of them is not there.
    """
    with _locked(corpus):
        lines = _lines(corpus)
        found = {i: line for i, line in enumerate(lines) if _id_of(line) in ids}
        missing = set(ids) - {_id_of(line) for line in found.values()}
        if missing:
            raise QuestionError(f"There is no question {min(missing)!r}.")
        _write(corpus, [line for i, line in enumerate(lines) if i not in found])
    return [parse_strict_json(line) for line in found.values()]


def restore_questions(corpus: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Put deleted questions back, at the end; one that has been added again meanwhile stays as it is."""
    with _locked(corpus):
        lines = _lines(corpus)
        ids = {_id_of(line) for line in lines}
        restored = [json.dumps(row, ensure_ascii=False) for row in rows]
        _write(corpus, [*lines, *(line for line in restored if _id_of(line) not in ids)])


def change_questions(
    corpus: Path,
    ids: Collection[str],
    *,
    add_tag: str = "",
    remove_tag: str = "",
    answerable: NewAnswerable = "as it is",
) -> int:
    """Change the tags or `answerable` of many questions at once; returns how many were changed."""
    changed = 0
    with _locked(corpus):
        lines = _lines(corpus)
        for i, line in enumerate(lines):
            if _id_of(line) not in ids:
                continue
            row = parse_strict_json(line)
            new = _changed_row(row, add_tag, remove_tag, answerable)
            if new != row:
                lines[i], changed = json.dumps(new, ensure_ascii=False), changed + 1
        if changed:
            _write(corpus, lines)
    return changed


def _changed_row(
    row: dict[str, Any], add_tag: str, remove_tag: str, answerable: NewAnswerable
) -> dict[str, Any]:
    old_tags = row["tags"] if isinstance(row.get("tags"), list) else []
    tags = [t for t in old_tags if t not in (add_tag, remove_tag)]
    if add_tag:
        tags.append(add_tag)
    new = {key: value for key, value in row.items() if key != "tags"} | ({"tags": tags} if tags else {})
    if isinstance(answerable, bool):
        new["answerable"] = answerable
    elif answerable == "not known":
        new.pop("answerable", None)
    return new


def settle_unanswered(questions: Iterable[Question], answerable: bool | None) -> list[Question]:
    """Return the questions, with `answerable` where nothing tells whether the documents answer them."""
    return [replace(q, answerable=answerable) if q.answerable is None else q for q in questions]
