"""Defines what a source of documents tells while it is read, and what every kind of source can do.
Knows nothing about any single kind, nor about where documents are kept."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Protocol

from workbench.formatting import counted, listed


@dataclass(frozen=True, slots=True)
class Counted:
    """The source has said how many documents it will look at."""

    count: int


@dataclass(frozen=True, slots=True)
class Got:
    """A document, new or changed."""

    key: str
    """What the source calls it; the same at every fetch."""
    name: str
    """The name that it should have in the corpus, with a suffix that the readers know."""
    data: bytes
    """The content of its file."""
    mark: str = ""
    """What tells at the next fetch whether it has changed; empty where nothing does."""
    url: str = ""
    """Where it comes from, for people; empty where that is the key."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """What else the source says about it: texts, numbers, true and false."""


@dataclass(frozen=True, slots=True)
class Same:
    """A document that has not changed since its mark."""

    key: str


@dataclass(frozen=True, slots=True)
class Gone:
    """A document that the source says is not there."""

    key: str
    why: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A document that could not be got this time."""

    key: str
    why: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that people should know."""

    text: str
    is_incomplete: bool = False
    """Whether documents may be there that were not looked at, so that nothing counts as gone."""


def too_many(count: int, most: int, what: str = "documents") -> str:
    """What is said where a source has more than are fetched."""
    return f"There are {count:,} {what}; {most:,} are fetched. Set most_documents to fetch more."


def is_hidden(path: str) -> bool:
    """Whether a file, or a folder that it is in, is hidden."""
    return any(step.startswith(".") for step in path.split("/"))


def other_files(paths: Collection[str]) -> str | None:
    """What is said about files that are no documents, because they are hidden or of another type; None where
    there is none."""
    hidden = sum(map(is_hidden, paths))
    suffixes = sorted({PurePosixPath(path).suffix or "no type" for path in paths if not is_hidden(path)})
    reasons = [f"{len(paths) - hidden:,} of other types ({', '.join(suffixes[:6])})"] if suffixes else []
    reasons += [f"{hidden:,} hidden"] if hidden else []
    return f"{counted(len(paths), 'file')} left out: {listed(reasons)}." if paths else None


Event = Counted | Got | Same | Gone | Failed | Remark


class Source(Protocol):
    """One place that documents are fetched from."""

    def read(self, known: Mapping[str, str]) -> AsyncGenerator[Event, None]:
        """Look at every document, and get those that are not known or have changed.

        known: key → mark of the documents that are here already.

        Raises CorpusError when the source cannot be read at all.
        """
        ...
