"""Loads the labelled answers of two real small models, for measuring scores against what people say of them.
Knows nothing about any score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from benchmarks.labelled.files import answers_file, labels_file, passages_file, read_lines, stored_batches

SentenceLabel = Literal["supported", "partly", "unsupported", "no_claim"]
Correct = Literal["right", "partly", "wrong", "declined"]
Faithful = Literal["yes", "no", "none"]


@dataclass(frozen=True, slots=True)
class LabelledSentence:
    """A sentence or line of an answer."""

    start: int
    """The offset in the answer of its first character."""
    end: int
    """The offset in the answer after its last character."""
    label: SentenceLabel | None
    """What both readings say; None where they disagree."""


@dataclass(frozen=True, slots=True)
class LabelledAnswer:
    """An answer that a small language model really wrote, and what two readings say of it."""

    id: str
    batch: int
    """Which batch it is of: 1, 2, …"""
    corpus: str
    model: str
    question: str
    references: tuple[str, ...]
    """What the documents say; empty for a question that they do not answer."""
    passages: tuple[tuple[str, str], ...]
    """(title, text) of the passages that the model was shown, best first."""
    answer: str
    sentences: tuple[LabelledSentence, ...]
    correct: Correct | None
    """Whether it says what the reference says; None where the readings disagree."""
    faithful: Faithful | None
    """Whether the passages support all that it claims; None where the readings disagree."""


def _agreed(labels: list[Any]) -> Any:
    return labels[0] if all(label == labels[0] for label in labels) else None


def load_labelled(batches: Sequence[int] | None = None) -> list[LabelledAnswer]:
    """The answers that both readings labelled, each with the labels that they agree on, and None else.

    batches: their numbers; None for all. A batch that is not read twice has no answers here.
    """
    chosen = stored_batches() if batches is None else batches
    return [answer for batch in chosen for answer in _load_batch(batch)]


def _load_batch(batch: int) -> list[LabelledAnswer]:
    files = [labels_file(reader, batch) for reader in (1, 2)]
    if not all(file.exists() for file in files):
        return []
    passages = {row["key"]: (row["title"], row["text"]) for row in read_lines(passages_file(batch))}
    readings = [{row["id"]: row for row in read_lines(file)} for file in files]
    found = []
    for row in read_lines(answers_file(batch)):
        labels = [reading[row["id"]] for reading in readings if row["id"] in reading]
        if len(labels) < len(readings):
            continue
        by_sentence = zip(row["sentences"], *(label["sentences"] for label in labels), strict=True)
        found.append(
            LabelledAnswer(
                id=row["id"],
                batch=batch,
                corpus=row["corpus"],
                model=row["model"],
                question=row["question"],
                references=tuple(row["references"]),
                passages=tuple(passages[key] for key in row["passages"]),
                answer=row["answer"],
                sentences=tuple(
                    LabelledSentence(start, end, _agreed(said)) for (start, end), *said in by_sentence
                ),
                correct=_agreed([label["correct"] for label in labels]),
                faithful=_agreed([label["faithful"] for label in labels]),
            )
        )
    return found
