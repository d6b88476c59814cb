"""Reads a file or a folder into rows, whichever way it is written: JSONL, JSON, CSV, Parquet, YAML, zip,
gzip.
Knows nothing about what the rows mean. The bytes, rows and levels that it reads are bounded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

from workbench.corpus.question_csv import read_csv_table
from workbench.corpus.readers.extracted_text import Unreadable
from workbench.corpus.readers.text_encoding import decode
from workbench.errors import ExperimentError, QuestionError, reason_of
from workbench.files.reading import read_bytes
from workbench.importing.archives import MOST_BYTES, Files, list_folder, list_zip, unpack_gzip
from workbench.importing.json_lines import is_json_lines, parse_line, read_json_lines, row_of
from workbench.importing.parquet import read_parquet
from workbench.importing.types import LOOKED_AT, Kind, Record, RowProblem, Source
from workbench.input.json_reading import UnusableJson, parse_strict_json
from workbench.input.yaml_reading import parse_yaml, to_plain

MOST_ROWS = 500_000
MOST_CONTAINERS = 5_000_000
"""The most lists and objects of a JSON text; each takes some 60 bytes of memory."""
SUFFIXES: dict[str, Kind] = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".csv": "csv", ".tsv": "csv",
    ".parquet": "parquet", ".pq": "parquet", ".yaml": "yaml", ".yml": "yaml",
}  # fmt: skip
SUPPORTED = "What can be: JSONL, JSON, CSV, Parquet, YAML, a zip or gzip file of these, and a folder of BEIR."
LISTS = (
    "data",
    "examples",
    "items",
    "goldens",
    "tests",
    "samples",
    "rows",
    "questions",
    "records",
    "results",
)
"""The keys under which a JSON object may hold its rows."""


def read_source(path: Path) -> Source:
    """Read a file or a folder.

    Raises QuestionError when it is not there, is empty, too large, damaged, or of another type.
    """
    try:
        path = path.expanduser()
        if path.is_dir():
            return _read_files(path.resolve().name, list_folder(path))
        data = read_bytes(path, MOST_BYTES)
    except FileNotFoundError:
        raise QuestionError(f"There is no file {str(path)!r}.") from None
    except (OSError, ValueError, RuntimeError) as error:
        raise QuestionError(f"{str(path)!r} cannot be read: {reason_of(error)}.") from None
    return read_source_bytes(path.name, data)


@dataclass(frozen=True)
class Rows:
    """The rows of a file, to be read one after the other."""

    source: Source
    """The file as it was read, which says what format it has: of one that is read line by line, the first
    rows."""
    stream: Iterator[Record | RowProblem] | None
    """All rows of a JSONL file, and the lines that are none; None for another file: the source has them."""


def open_rows(path: Path) -> Rows:
    """Open a file whose rows are to be read one after the other: JSONL in UTF-8 may have any size. Any other
    file is read whole. Raises QuestionError as `read_source` does, also while rows are read."""
    try:
        path = path.expanduser()
        if not path.is_file() or not is_json_lines(path):
            return Rows(read_source(path), None)
        first = [row for row in islice(read_json_lines(path), LOOKED_AT) if isinstance(row, Record)]
        return Rows(Source(path.name, "jsonl", records=tuple(first)), read_json_lines(path))
    except (OSError, ValueError, RuntimeError) as error:
        raise QuestionError(f"{str(path)!r} cannot be read: {reason_of(error)}.") from None


def read_source_bytes(name: str, data: bytes) -> Source:
    """Read a file, such as one that was uploaded. Raises QuestionError as `read_source` does."""
    if not data.strip():
        raise QuestionError(f"{name} is empty.")
    if data.startswith(b"\x1f\x8b"):
        return read_source_bytes(name.removesuffix(".gz"), unpack_gzip(name, data))
    if data.startswith(b"PK\x03\x04"):
        return _read_files(name, list_zip(name, data))
    if data.startswith(b"PAR1"):
        records, problems = read_parquet(name, data, MOST_ROWS)
        return Source(name, "parquet", records=records, problems=problems)
    kind = _kind_of(name, data)
    try:
        text, note = decode(data)
    except Unreadable as error:
        raise QuestionError(f"{name} cannot be imported: {error}.", hint=SUPPORTED) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    return _read_text(name, kind, text, (RowProblem(None, note),) if note else ())


def _kind_of(name: str, data: bytes) -> Kind:
    """How a text is written: by its file's name, else by its beginning."""
    suffix = Path(name).suffix.lower()
    if suffix in SUFFIXES:
        if SUFFIXES[suffix] == "parquet":
            raise QuestionError(f"{name} is damaged: it does not start like a Parquet file.")
        return SUFFIXES[suffix]
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return "json"
    if suffix in ("", ".txt"):
        return "csv"
    raise QuestionError(f"Files of type {suffix!r} cannot be imported.", hint=SUPPORTED)


def _read_text(name: str, kind: Kind, text: str, notes: tuple[RowProblem, ...]) -> Source:
    if kind == "yaml":
        try:
            value = to_plain(parse_yaml(text, name))
        except ExperimentError as error:
            raise QuestionError(error.message, hint=error.hint) from None
        return _source_of_value(name, "yaml", value, notes)
    if kind == "csv":
        return _read_csv(name, text, notes)
    if kind == "json":
        try:
            return _source_of_value(name, "json", _parse_json(name, text), notes)
        except UnusableJson as error:
            if not _begins_as_jsonl(text):
                raise QuestionError(
                    f"{name} {error}. Nothing is imported.", hint="The file may be cut off; export it again."
                ) from None
    return _read_jsonl(name, text, notes)


def _read_files(name: str, files: Files) -> Source:
    """Read the one file that can be imported; several are a folder."""
    usable = [path for path in files if Path(path.removesuffix(".gz")).suffix.lower() in SUFFIXES]
    if not usable:
        raise QuestionError(f"{name} contains no file that can be imported.", hint=SUPPORTED)
    if len(usable) == 1:
        return read_source_bytes(PurePosixPath(usable[0]).name, files[usable[0]]())
    return Source(name, "folder", files=files)


def _read_csv(name: str, text: str, notes: tuple[RowProblem, ...]) -> Source:
    try:
        table = read_csv_table(text, any_length=True)
    except QuestionError as error:
        raise QuestionError(f"{name}: {error.message}", hint=error.hint) from None
    records = tuple(Record(line, dict(cells)) for line, cells in table.rows if any(cells.values()))
    longer = tuple(
        RowProblem(line, "it has more cells than there are columns; the cells behind the last are not used")
        for line in table.longer
    )
    return Source(name, "csv", records=_bounded(name, records), problems=notes + longer)


def _read_jsonl(name: str, text: str, notes: tuple[RowProblem, ...]) -> Source:
    records: list[Record] = []
    problems = list(notes)
    # Not splitlines(): a text may hold other line separators (U+2028), which JSON leaves as they are.
    for number, line in enumerate(text.split("\n"), start=1):
        row = parse_line(number, line)
        if row is not None:
            _add_row(records, problems, row)
    return Source(name, "jsonl", records=_bounded(name, tuple(records)), problems=tuple(problems))


def _begins_as_jsonl(text: str) -> bool:
    """Whether the first line that is not empty is a JSON object of its own."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def _parse_json(name: str, text: str) -> Any:
    if text.count("[") + text.count("{") > MOST_CONTAINERS:
        raise QuestionError(
            f"{name} holds more than {MOST_CONTAINERS:,} lists and objects.", hint="Split it, or write JSONL."
        )
    return parse_strict_json(text, lenient=True)


def _source_of_value(name: str, kind: Kind, value: Any, notes: tuple[RowProblem, ...]) -> Source:
    records: list[Record] = []
    problems = list(notes)
    for number, row in enumerate(_rows_of(value), start=1):
        _add_row(records, problems, row_of(number, row))
    return Source(name, kind, value, _bounded(name, tuple(records)), problems=tuple(problems))


def _add_row(records: list[Record], problems: list[RowProblem], row: Record | RowProblem) -> None:
    if isinstance(row, Record):
        records.append(row)
    else:
        problems.append(row)


def _rows_of(value: Any) -> Iterator[Any]:
    """The rows of a JSON value: a list, an object that holds a list, or columns as data frames write them."""
    if isinstance(value, list):
        yield from (_row_of_viewer(row) for row in value)
    elif isinstance(value, dict):
        lists = [value[key] for key in LISTS if isinstance(value.get(key), list)]
        columns = {key: _column(cells) for key, cells in value.items()}
        if lists:
            yield from _rows_of(lists[0])
        elif len(columns) > 1 and all(columns.values()):
            for i in range(max(len(cells) for cells in columns.values())):
                yield {key: cells[i] for key, cells in columns.items() if i < len(cells)}
        else:
            yield value


def _column(cells: Any) -> list[Any]:
    """A column as data frames write it: a list, or an object whose keys are 0, 1, 2, …; [] for others."""
    if isinstance(cells, dict) and all(key == str(i) for i, key in enumerate(cells)):
        return list(cells.values())
    return cells if isinstance(cells, list) else []


def _row_of_viewer(row: Any) -> Any:
    """The row itself, where Hugging Face's viewer has put it into another object."""
    if isinstance(row, dict) and isinstance(row.get("row"), dict) and "row_idx" in row:
        return row["row"]
    return row


def _bounded(name: str, records: tuple[Record, ...]) -> tuple[Record, ...]:
    if len(records) > MOST_ROWS:
        raise QuestionError(
            f"{name} has {len(records):,} rows; the limit is {MOST_ROWS:,}.", hint="Split it."
        )
    return records
