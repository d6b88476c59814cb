"""Reads a folder of training data: TRL's rows as JSONL, checked, with what its card says.
Knows nothing about how rows are made or learnt from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench.errors import TuningError, reason_of
from workbench.space.tuning import Kind, TuneData
from workbench.training_data.file_names import CARD, ROWS

_COLUMNS: dict[Kind, tuple[str, ...]] = {
    "sft": ("prompt", "completion"), "dpo": ("prompt", "chosen", "rejected"),
    "kto": ("prompt", "completion", "label"),
}  # fmt: skip
FEWEST_ROWS = 2
FEW_ROWS = 20
"""Below, the job says that so few rows teach next to nothing."""


@dataclass(frozen=True)
class DataFile:
    """A file of training data."""

    rows_file: Path
    """The JSONL file."""
    kind: Kind
    rows: int
    """How many rows it has."""
    sha256: str
    """Hash of its bytes."""
    question_ids: tuple[str, ...] = ()
    """Ids of the questions that the rows rest on, from the card; () without one."""


def _rows_file(written: Path) -> Path:
    try:
        return _find_rows_file(written.expanduser())
    except (OSError, RuntimeError, ValueError) as error:  # too long a name, no permission, no such user
        raise TuningError(
            f"The training data {str(written)[:80]!r} cannot be read: {reason_of(error).rstrip('.')}."
        ) from None


def _find_rows_file(folder: Path) -> Path:
    if folder.is_file():
        return folder
    if (folder / ROWS).is_file():
        return folder / ROWS
    found = sorted(folder.glob("*.jsonl")) if folder.is_dir() else []
    if len(found) != 1:
        what = "is not there" if not folder.exists() else f"holds no {ROWS}"
        raise TuningError(
            f"The training data {str(folder)!r}: the folder {what}.",
            hint="Make it with `training-data … --kind sft --format trl --out FOLDER`.",
        )
    return found[0]


def read_rows(file: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file. Raises TuningError, which names file and line."""
    try:
        with file.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise TuningError(f"{file}:{number}: a row must be a JSON object.")
                yield row
    except (ValueError, RecursionError) as error:
        raise TuningError(f"{file}: this is not JSONL in UTF-8: {error}.") from None
    except OSError as error:
        raise TuningError(f"{file} cannot be read: {reason_of(error)}.") from None


def _kind_of(row: dict[str, Any]) -> Kind | None:
    if "chosen" in row and "rejected" in row:
        return "dpo"
    if "label" in row:
        return "kto"
    return "sft" if "completion" in row or "messages" in row else None


def read_data(folder: Path, kind: Kind) -> DataFile:
    """Check the rows of a folder (or of one file) and read its card.

    Raises TuningError when there are none, or they are of another kind or format.
    """
    file = _rows_file(folder)
    count = 0
    for count, row in enumerate(read_rows(file), start=1):  # noqa: B007
        found = _kind_of(row)
        if found is None:
            raise TuningError(
                f"{file}: row {count} is not in TRL's format: it needs {', '.join(_COLUMNS[kind])}.",
                hint="Write the data with --format trl.",
            )
        if found != kind:
            raise TuningError(f"{file} contains data of kind {found}, and {kind} is asked for.")
    if count < FEWEST_ROWS:
        rows = "one row" if count else "no row"
        raise TuningError(
            f"{file} has {rows}: nothing can be learnt from it.",
            hint="Rate answers, or add questions with references and evidence, and make the data again.",
        )
    data = DataFile(file, kind, count, hashlib.sha256(file.read_bytes()).hexdigest())
    return _with_card(data)


def _with_card(data: DataFile) -> DataFile:
    try:
        card = json.loads((data.rows_file.parent / CARD).read_text(encoding="utf-8"))
        return replace(data, question_ids=tuple(map(str, card["question_ids"])))
    except (OSError, ValueError, KeyError, TypeError):
        return data


def messages_of(value: object) -> list[dict[str, str]]:
    """A prompt or a completion as messages; a plain text is the user's, or the reply."""
    if isinstance(value, str):
        return [{"role": "user", "content": value}]
    if isinstance(value, list):
        return [
            {"role": str(m.get("role", "user")), "content": str(m.get("content", ""))}
            for m in value
            if isinstance(m, dict)
        ]
    return []


def split_row(row: dict[str, Any]) -> tuple[list[dict[str, str]], str]:
    """(the messages of a row's prompt, the reply that it holds up as right; of KTO the one rated)."""
    if "messages" in row:
        messages = messages_of(row["messages"])
        return messages[:-1], messages[-1]["content"] if messages else ""
    reply = messages_of(row.get("completion", row.get("chosen")))
    return messages_of(row.get("prompt")), reply[-1]["content"] if reply else ""


def folder_key(data: TuneData) -> str:
    """What the key of a training has of a folder of data: its content. Raises TuningError."""
    assert data.folder is not None
    return read_data(Path(data.folder), data.kind).sha256


def kind_of_folder(folder: Path) -> Kind:
    """The kind of a folder of training data, by its first row. Raises TuningError."""
    file = _rows_file(folder)
    kind = next((_kind_of(row) for row in read_rows(file)), None)
    if kind is None:
        raise TuningError(
            f"{file} contains no rows in TRL's format.",
            hint="Write the data with `training-data --format trl`.",
        )
    return kind
