"""Defines what reading a file of ratings gives, before they are matched to what a home shows.
Knows nothing about formats or the store."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.corpus.types import History
from workbench.importing.types import RowProblem
from workbench.store.records import PassageRecord, Preference
from workbench.traces.types import ImportedPassage


@dataclass(frozen=True)
class ReadRating:
    """A rating as a file has it."""

    row: int
    """The line of the file, or the position of the entry, from 1."""
    value: int
    """1 for thumbs up, -1 for thumbs down."""
    question: str = ""
    answer: str = ""
    history: History = ()
    """The turns before the question."""
    passages: tuple[ImportedPassage, ...] = ()
    """What was shown with the answer, as far as the file tells."""
    passage_keys: tuple[str, ...] = ()
    """Keys of the passages, in an export of this program."""
    stored_passages: tuple[PassageRecord, ...] = ()
    """Those of them whose texts the export has, as a home stores them."""
    trace: str = ""
    """The trace whose reply was rated, for a file that has no texts; "" for one that has."""
    rater: str = ""
    """The rater's name; "" where there is only a key."""
    user: str = ""
    """What distinguishes the rater elsewhere; only a hash of it is stored."""
    stars: int | None = None
    """1 to 5; None for a plain thumb."""
    tags: tuple[str, ...] = ()
    """Names of REASONS."""
    comment: str = ""
    better_answer: str = ""
    source: str = ""
    """Where it was given, such as "open-webui"."""
    given_at: float | None = None
    """Unix seconds; None where the file does not say."""


@dataclass(frozen=True)
class ReadRatings:
    """What a file holds."""

    format: str
    """The name of its format, as for `--format`."""
    ratings: tuple[ReadRating, ...]
    problems: tuple[RowProblem, ...]
    """What could not be used, by line."""
    choices: tuple[Preference, ...] = ()
    """Choices between two answers, in an export of this program."""
