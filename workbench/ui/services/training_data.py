"""Training data that the app has made: their cards, some of their rows, and the folder as one file.
Knows nothing about how they are made: the worker does."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.settings import Settings
from workbench.training_data.file_names import CARD

TRAINED_ON = "trl"
"""The format that trainings here read."""
LONGEST_CARD = 50_000_000
"""Bytes: a longer file is no card of ours."""


@dataclass(frozen=True)
class DataSet:
    """One folder of training data."""

    name: str
    """The folder's name."""
    folder: Path
    card: dict[str, Any]
    made_at: float
    """Unix seconds."""


@dataclass(frozen=True)
class TrainingDataSets:
    """The training data in the home."""

    settings: Settings

    def list_made(self) -> list[DataSet]:
        """Return what was made, the newest first; folders whose card cannot be read are left out."""
        sets = []
        for file in self.settings.training_data.glob(f"*/{CARD}"):
            try:
                if file.stat().st_size > LONGEST_CARD:
                    continue
                card = json.loads(file.read_text(encoding="utf-8"))
                sets.append(DataSet(file.parent.name, file.parent, card, file.stat().st_mtime))
            except (OSError, ValueError):
                continue
        return sorted(sets, key=lambda one: (-one.made_at, one.name))

    def read_rows(self, made: DataSet, count: int) -> list[dict[str, Any]]:
        """Return the first rows, as they were written."""
        rows: list[dict[str, Any]] = []
        for file in sorted(made.folder.glob("train.json*")):
            with file.open(encoding="utf-8") as lines:
                for line in lines:
                    text = line.strip().rstrip(",")
                    if text not in ("[", "]", "") and len(rows) < count:
                        rows.append(json.loads(text))
                    if len(rows) >= count:
                        break
        return rows

    def zip(self, made: DataSet) -> bytes:
        """Return all files of a folder in one."""
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(path for path in made.folder.iterdir() if path.is_file()):
                archive.write(file, f"{made.name}/{file.name}")
        return whole.getvalue()
