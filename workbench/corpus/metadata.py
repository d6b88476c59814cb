"""The metadata of documents: folder, file date, front matter, and what metadata.jsonl says of them.
Knows nothing about conditions on metadata, or how a corpus is searched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from workbench.corpus.document_names import by_name, find_named
from workbench.corpus.types import Document, Problem
from workbench.errors import reason_of
from workbench.files.reading import NotUtf8, read_utf8
from workbench.input.json_reading import UnusableJson, parse_strict_json
from workbench.input.plain_data import shown
from workbench.nearest import did_you_mean
from workbench.typography import composed

FILE = "metadata.jsonl"
MODIFIED = "modified"
"""The key of the day on which a file was last changed, as YYYY-MM-DD in UTC."""
FOLDER = "folder"
"""The key of the folders that a document is in, from the outermost: "policies", "policies/returns"."""
MOST_KEYS = 100
LONGEST_VALUE = 1_000
"""The most characters of a value, and the most values of a list."""


def metadata_of_file(name: str, path: Path) -> dict[str, Any]:
    """What the path and the file system say of a document: its folders, and the day of its last change."""
    found: dict[str, Any] = {}
    folders = [str(folder) for folder in PurePosixPath(name).parents][-2::-1]
    if folders:
        found[FOLDER] = folders[0] if len(folders) == 1 else folders
    with suppress(OSError, ValueError, OverflowError):  # whoever reads the file says what is wrong with it
        found[MODIFIED] = datetime.fromtimestamp(path.stat().st_mtime, UTC).date().isoformat()
    return found


def plain_value(value: Any) -> Any:
    """A value as metadata hold it: a text, a number, true or false, or a list of these; None for others."""
    if isinstance(value, str):
        text = composed(value.strip())
        return text if 0 < len(text) <= LONGEST_VALUE else None
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, list) and value and len(value) <= LONGEST_VALUE:
        values = [plain_value(item) for item in value if not isinstance(item, list)]
        return values if len(values) == len(value) and None not in values else None
    return None


def plain_metadata(given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the given metadata that can be kept; nested ones cannot."""
    kept = {str(key).strip(): plain_value(value) for key, value in given.items()}
    return dict([item for item in kept.items() if item[0] and item[1] is not None][:MOST_KEYS])


def add_metadata_file(folder: Path, documents: Iterable[Document]) -> tuple[list[Document], list[Problem]]:
    """The documents with what metadata.jsonl says of them, and the problems of the file, line by line.

    Each line is an object: {"document": its name, and any keys with their values}. It counts more than front
    matter and the file's date. Lines and values that cannot be used are left out.
    """
    documents, file = list(documents), folder / FILE
    if not file.is_file():
        return documents, []
    try:
        lines = read_utf8(file).split("\n")
    except NotUtf8 as error:
        return documents, [Problem(FILE, f"{error}; save the file as UTF-8")]
    except OSError as error:
        return documents, [Problem(FILE, f"it cannot be read: {reason_of(error)}")]
    named, problems = by_name(documents), list[Problem]()
    rows: dict[str, dict[str, Any]] = {}
    for number, line in enumerate(lines, start=1):
        if line.strip():
            name, said, wrong = _read_line(line, named)
            rows[name] = rows.get(name, {}) | said
            problems += [Problem(f"{FILE}:{number}", what) for what in wrong]
    changed = [
        replace(document, metadata={**document.metadata, **rows[document.name]})
        if document.name in rows
        else document
        for document in documents
    ]
    return changed, problems


def _read_line(line: str, named: dict[str, Document]) -> tuple[str, dict[str, Any], list[str]]:
    """The document that a line names, what the line says of it, and what is wrong with the line."""
    try:
        row: Any = parse_strict_json(line)
    except UnusableJson as error:
        return "", {}, [f"it {error}; the line is left out"]
    if not isinstance(row, dict) or not isinstance(row.get("document"), str):
        return "", {}, ['it must be an object such as {"document": "a.md", "region": "NL"}; it is left out']
    document = find_named(named, row.pop("document"))
    if document is None:
        name = str(parse_strict_json(line)["document"])
        hint = did_you_mean(name, named)
        return "", {}, [f"there is no document {shown(name)}; the line is left out. {hint.rstrip('.')}"]
    said: dict[str, Any] = {}
    wrong = []
    for key, value in row.items():
        plain = plain_value(value)
        if plain is None or not key.strip():
            rule = "a value must be a text, a number, true or false, or a list of these"
            wrong.append(f"{shown(key)} is {shown(value)}; {rule}; it is left out")
        else:
            said[key.strip()] = plain
    return document.name, said, wrong
