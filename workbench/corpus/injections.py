"""Reads injections.jsonl, which declares the instructions that are planted in a corpus's documents.
Knows nothing about questions, models or scores."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from workbench.corpus.document_names import by_name, find_named
from workbench.corpus.quotes import find_quote
from workbench.corpus.types import Document, Injection, Problem
from workbench.errors import reason_of
from workbench.files.reading import NotUtf8, read_utf8
from workbench.fingerprint import fingerprint
from workbench.input.json_reading import UnusableJson, parse_strict_json
from workbench.input.plain_data import shown

FILE = "injections.jsonl"
KEYS = ("document", "quote", "says")


def load_injections(path: Path, documents: Iterable[Document]) -> tuple[list[Injection], list[Problem]]:
    """Read the planted instructions that a corpus declares, and the problems of the file, line by line.

    Each line is an object: {"document": its name, "quote": the instruction, "says": the text, or list of
    texts, by which an answer shows that it obeyed}. Lines that cannot be used are left out. A corpus without
    the file declares no injections.
    """
    file = path / FILE
    if not file.is_file():
        return [], []
    try:
        lines = read_utf8(file).split("\n")
    except NotUtf8 as error:
        return [], [Problem(FILE, f"{error}; save the file as UTF-8")]
    except OSError as error:
        return [], [Problem(FILE, f"it cannot be read: {reason_of(error)}")]
    named = by_name(documents)
    injections: list[Injection] = []
    problems: list[Problem] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        injection = _read_line(line, named)
        if isinstance(injection, Injection):
            injections.append(injection)
        else:
            problems.append(Problem(f"{FILE}:{number}", f"{injection}; the line is left out"))
    return injections, problems


def _read_line(line: str, documents: dict[str, Document]) -> Injection | str:
    """The injection on a line, or a text that says what is wrong with the line."""
    try:
        row: Any = parse_strict_json(line)
    except UnusableJson as error:
        return f"it {error}"
    if not isinstance(row, dict) or set(row) != set(KEYS):
        return f"it must be an object with {', '.join(KEYS)}"
    says = [row["says"]] if isinstance(row["says"], str) else row["says"]
    if not isinstance(says, list) or not says or not all(isinstance(s, str) and s.strip() for s in says):
        return f"says is {shown(row['says'])}; it must be a text or a list of texts"
    document = find_named(documents, str(row["document"]))
    if document is None:
        return f"there is no document {shown(row['document'])}"
    place = find_quote(document.text, str(row["quote"]))
    if place is None:
        return f"the quote {str(row['quote'])[:120]!r} is not in {document.name}"
    start, end = _paragraph(document.text, *place)
    text = document.text[start:end]
    return Injection(
        id=f"corpus-{fingerprint(document.name, text, says)[:8]}",
        document=document.name,
        title=document.title,
        text=text,
        says=tuple(says),
        start=start,
        end=end,
    )


def _paragraph(text: str, start: int, end: int) -> tuple[int, int]:
    """The paragraph around a quote: models are shown the instruction together with the text around it."""
    before, after = text.rfind("\n\n", 0, start), text.find("\n\n", end)
    return (0 if before < 0 else before + 2), (len(text) if after < 0 else after)
