"""Makes files of the documents that a source brings, under names that every operating system takes.
Knows nothing about questions and formats."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from workbench.corpus.bounded_reading import LIMITS, read_within
from workbench.corpus.readers.extracted_text import Unreadable
from workbench.corpus.readers.titles import choose_title, readable_name
from workbench.corpus.types import Document
from workbench.errors import QuestionError
from workbench.importing.types import RowProblem, SourceDocument
from workbench.operating_system import portable_file_name
from workbench.typography import composed

SUFFIX = ".md"
LONGEST_STEM = 80  # characters
MOST_DOCUMENTS = 60_000
"""The most documents of an import, each of which becomes a file."""


@dataclass(frozen=True)
class NewDocuments:
    """The documents of a source, named and read as they will be once their files are written."""

    documents: tuple[Document, ...]
    """Those that are new."""
    texts: dict[str, str]
    """Name of a new document → what its file will hold."""
    names: dict[str, str]
    """Key of a document of the source → the name of the document that holds it, new or not."""
    already: int
    """How many the corpus has already, by their texts."""
    problems: tuple[RowProblem, ...]


def name_documents(
    brought: Sequence[SourceDocument], existing: Iterable[Document], taken: Iterable[str] = ()
) -> NewDocuments:
    """Give the documents of a source names in a corpus; one that the corpus has word for word is not new.

    taken: names of files that are no document.

    Raises QuestionError when there are too many.
    """
    if len(brought) > MOST_DOCUMENTS:
        raise QuestionError(
            f"It brings {len(brought):,} documents; the limit is {MOST_DOCUMENTS:,}.",
            hint="Take a part of them.",
        )
    existing = list(existing)
    by_text = {_hash(document.text): document.name for document in existing}
    used = {_comparable(name) for name in (*(d.name for d in existing), *taken)}
    documents: list[Document] = []
    texts: dict[str, str] = {}
    names: dict[str, str] = {}
    problems: list[RowProblem] = []
    already = 0
    for one in brought:
        content = f"# {' '.join(one.title.split())}\n\n{one.text}\n" if one.title else f"{one.text}\n"
        try:
            read = read_within(LIMITS, SUFFIX, content.encode(errors="replace"))
        except Unreadable as error:
            problems.append(
                RowProblem(None, f"the document {one.key!r} cannot be read: {error}; it is left out")
            )
            continue
        key = _hash(read.text)
        if key in by_text:
            already += by_text[key] not in texts
            names[one.key] = by_text[key]
            continue
        name = _free_name(one, used)
        used.add(_comparable(name))
        by_text[key] = names[one.key] = name
        texts[name] = content
        title = choose_title(None, read.title) or choose_title(None, readable_name(name)) or name
        documents.append(Document(name, title, read.text, "markdown"))
    return NewDocuments(tuple(documents), texts, names, already, tuple(problems))


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="replace")).digest()


def _comparable(name: str) -> str:
    """What two names share that some file system takes for one."""
    return composed(name).casefold()


def _free_name(document: SourceDocument, used: set[str]) -> str:
    stem = portable_file_name(document.key.lstrip("."))[:LONGEST_STEM].rstrip(". ") or "document"
    name, number = f"{stem}{SUFFIX}", 1
    while _comparable(name) in used:
        number += 1
        name = f"{stem} ({number}){SUFFIX}"
    return name


class DocumentNames:
    """Finds a document by what a row calls it: its name, path, file without the type, or title."""

    def __init__(self, documents: Iterable[Document], keys: dict[str, str]) -> None:
        self._names: dict[str, str] = {}
        documents = list(documents)
        for document in documents:  # what is more exact comes last and wins
            self._names[_comparable(document.title)] = document.name
        for document in documents:
            self._names[_comparable(PurePosixPath(document.name).stem)] = document.name
        for document in documents:
            self._names[_comparable(PurePosixPath(document.name).name)] = document.name
        self._names |= {_comparable(document.name): document.name for document in documents}
        self._exact = {document.name for document in documents}
        self._keys = keys

    def find(self, called: str) -> str | None:
        """The document's name; None when there is none."""
        if called in self._keys:
            return self._keys[called]
        path = called.replace("\\", "/").split("#")[0].split("?")[0]
        for name in (called, path, path.rsplit("/", 1)[-1]):
            if name in self._exact:  # names may differ by case alone
                return name
            if name and (found := self._names.get(_comparable(name))) is not None:
                return found
        return None
