"""Writes training data into a folder that one trainer reads, with their card: whole or not at all.
Knows nothing about how the data were made."""

from __future__ import annotations

import json
import secrets
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

from workbench.errors import InputError, reason_of
from workbench.files.writing import sync_folder, write_new_files
from workbench.training_data.card import make_card, write_readme
from workbench.training_data.file_names import CARD, README
from workbench.training_data.formats import EARLIER_TURNS, get_shape, write_rows
from workbench.training_data.types import Format, TrainingData


def check_folder(out: Path, *, overwrite: bool = False) -> Path:
    """Check that a folder may be written; returns it.

    overwrite: whether training data that are there already may be replaced. Other files never are.

    Raises InputError.
    """
    try:
        folder = out.expanduser()
        if not folder.exists() and not folder.is_symlink():
            return folder
        if not folder.is_dir():
            raise InputError(f"{out} is a file.", hint="Name a folder that is not there yet.")
        names = {path.name for path in folder.iterdir()}
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(f"{str(out)!r} cannot be written: {reason_of(error)}.") from None
    if names and CARD not in names:
        raise InputError(f"{out} contains files that are not training data.", hint="Name another folder.")
    if names and not overwrite:
        raise InputError(
            f"{out} already contains training data.", hint="Name another folder, or give --force."
        )
    return folder


def write_training_data(
    data: TrainingData, format: Format, out: Path, *, overwrite: bool = False
) -> dict[str, Any]:
    """Write the rows, what the format needs beside them, card.json and README.md; returns the card.

    Raises InputError when the format has no such kind, or the folder cannot be written; then it is left as it
    was.
    """
    shape = get_shape(format, data.kind)
    folder = check_folder(out, overwrite=overwrite)
    written = [shape.write(row) for row in data.rows]
    rows = [row for row in written if row is not None]
    refused = Counter(data.refused)
    if len(rows) < len(written):
        refused[EARLIER_TURNS] += len(written) - len(rows)
    if not rows:
        raise InputError(f"No row can be written for {format}: {EARLIER_TURNS}.")
    files = {shape.file: write_rows(rows, shape.file), **shape.further()}
    card = make_card(data, format, len(rows), refused, files)
    files[README] = write_readme(card, shape.how)
    files[CARD] = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    _put(folder, files)
    return card


def _put(folder: Path, files: dict[str, str]) -> None:
    """Give a folder exactly these files, whatever was there of earlier training data."""
    scratch = folder.parent / f".{secrets.token_hex(8)}.part"
    before = folder.parent / f".{secrets.token_hex(8)}.old"
    try:
        try:
            write_new_files(scratch, files)
        except InputError as error:  # it names a folder that only we know
            message = error.message.replace(repr(str(scratch)), repr(str(folder)))
            raise InputError(message, hint=error.hint) from None
        if folder.exists():
            folder.rename(before)
        try:
            scratch.rename(folder)
        except OSError:
            if before.exists():
                before.rename(folder)
            raise
        sync_folder(folder.parent)
    except OSError as error:
        raise InputError(f"{str(folder)!r} cannot be written: {reason_of(error)}.") from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.rmtree(before, ignore_errors=True)
