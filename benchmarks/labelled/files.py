"""The files of this folder: where they lie, and how their lines are read and written.
Knows nothing about models or about how labels are compared."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from workbench.text import split_sentences

FOLDER = Path(__file__).parent


def _file(name: str, batch: int) -> Path:
    """A file of a batch: the first has the plain name, answers.jsonl, and the next answers_2.jsonl."""
    return FOLDER / (f"{name}.jsonl" if batch == 1 else f"{name}_{batch}.jsonl")


def answers_file(batch: int) -> Path:
    return _file("answers", batch)


def passages_file(batch: int) -> Path:
    return _file("passages", batch)


def labels_file(reader: int, batch: int) -> Path:
    """The labels of reader 1 or 2; there is none before the reader has read."""
    return _file(f"labels_{reader}", batch)


def stored_batches() -> list[int]:
    """The numbers of the batches whose answers are stored."""
    return [batch for batch in range(1, 10) if answers_file(batch).exists()]


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")


def split_answer(answer: str) -> list[list[int]]:
    """[start, end) of each sentence and line of an answer, as they are cut when answers are stored."""
    return [[sentence.start, sentence.end] for sentence in split_sentences(answer) if sentence.text.strip()]
