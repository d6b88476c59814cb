"""Reads a JSONL file line by line, so that a file of any size takes little memory.
Knows nothing about what the lines mean."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from workbench.corpus.question_rows import JSON_NAMES, LEFT_OUT
from workbench.errors import QuestionError, reason_of
from workbench.importing.types import Record, RowProblem
from workbench.input.json_reading import UnusableJson, parse_strict_json

MOST_CHARACTERS = 20_000_000
"""Of a line; longer ones are left out."""
SUFFIXES = (".jsonl", ".ndjson")
GZIP = b"\x1f\x8b"
_PIECE = 1_000_000
_ESCAPED_BYTE = re.compile("[\udc80-\udcff]")  # as Python decodes a byte with `surrogateescape`


def row_of(number: int, value: object) -> Record | RowProblem:
    """A row of a JSON value, or why it is none."""
    if isinstance(value, dict):
        return Record(number, {str(key): inner for key, inner in value.items()})
    return RowProblem(
        number, f"expected an object, found {JSON_NAMES.get(type(value), 'something else')}; {LEFT_OUT}"
    )


def parse_line(number: int, line: str) -> Record | RowProblem | None:
    """The row of a line, or why it is none; None for an empty line."""
    if not line.strip():
        return None
    try:
        return row_of(number, parse_strict_json(line, lenient=True))
    except UnusableJson as error:
        return RowProblem(number, f"it {error}; {LEFT_OUT}")


def is_json_lines(path: Path) -> bool:
    """Whether a file is JSONL in UTF-8, plain or in gzip: by its name, or since it has an object on each of
    its first two lines. It may end within a character, as a log that is being written. Raises OSError when it
    cannot be read, QuestionError when it is damaged."""
    with _opened(path) as file:
        named = path.name.lower().removesuffix(".gz").endswith(SUFFIXES)
        return (named or _begins_with_objects(file)) and _is_utf8(file)


def read_json_lines(path: Path) -> Iterator[Record | RowProblem]:
    """The rows of such a file, and the lines that are none. Raises as `is_json_lines` does."""
    # A byte that is not UTF-8 must end neither the other lines nor the search for the end of its own.
    with _opened(path) as raw, io.TextIOWrapper(raw, "utf-8-sig", errors="surrogateescape") as file:
        for number, line in _lines(file):
            if line is None:
                yield RowProblem(number, f"it has more than {MOST_CHARACTERS:,} characters; {LEFT_OUT}")
            elif _ESCAPED_BYTE.search(line):
                yield RowProblem(number, f"it is not in UTF-8; {LEFT_OUT}")
            elif (row := parse_line(number, line)) is not None:
                yield row


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
        file.seek(0)
        try:
            yield cast(BinaryIO, gzip.GzipFile(fileobj=file)) if packed else file
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise QuestionError(f"{path.name} is damaged: {reason_of(error)}.") from None


def _begins_with_objects(file: BinaryIO) -> bool:
    lines = (file.readline(MOST_CHARACTERS) for _ in range(2))
    rows = [parse_line(1, line.decode("utf-8-sig", errors="replace")) for line in lines]
    file.seek(0)
    return all(isinstance(row, Record) for row in rows)


def _is_utf8(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while piece := file.read(_PIECE):
            decoder.decode(piece)
    except UnicodeDecodeError:
        return False
    return True


def _lines(file: TextIO) -> Iterator[tuple[int, str | None]]:
    """(number from 1, line) of each line; None for one that is too long."""
    number = 0
    while line := file.readline(MOST_CHARACTERS + 1):
        number += 1
        is_long = len(line) > MOST_CHARACTERS
        yield number, None if is_long else line
        while is_long and line and not line.endswith("\n"):
            line = file.readline(_PIECE)  # the rest of it
