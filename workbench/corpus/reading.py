"""Reads a folder of documents, each file with the reader of its type; a file that fails becomes a Problem.
Knows nothing about questions or chunks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from workbench.corpus.bounded_reading import LIMITS, OverLimit, ReadingLimits, read_within
from workbench.corpus.document_files import SUPPORTED, find_documents
from workbench.corpus.metadata import metadata_of_file, plain_metadata
from workbench.corpus.readers import READERS
from workbench.corpus.readers.extracted_text import ReadText, Unreadable
from workbench.corpus.readers.titles import choose_title, distinct_titles, readable_name
from workbench.corpus.reading_cache import content_key, find_text, keep_text
from workbench.corpus.types import Document, LeftOut, Problem
from workbench.errors import CorpusError, reason_of
from workbench.files.reading import read_bytes

LARGE_SHARE = 1 / 3  # of a file's text; when more is left out, somebody should look at it
LEAST_LEFT_OUT = 1_000  # characters; a short page may well be menus and a footer for the most part

# Why a file was over a limit, by its content and the limits: so it is tried once while the program runs.
_over_limit: dict[tuple[str, ReadingLimits], str] = {}


def read_document(
    path: Path, name: str, cache: Path | None = None, limits: ReadingLimits = LIMITS
) -> tuple[Document | None, list[Problem]]:
    """Read one file: its document and any warnings, or None and the problem. Never raises for a bad file."""
    suffix = path.suffix.lower()
    try:
        data = read_bytes(path)
    except OSError as error:
        return None, [Problem(name, f"it cannot be read: {reason_of(error)}")]
    if not data.strip():
        return None, [Problem(name, "it is empty; remove it or give it some text")]
    try:
        read = _read_cached(data, suffix, cache, limits)
    except Unreadable as error:
        return None, [Problem(name, str(error))]
    if not read.text.strip():
        lost = f" ({describe_left_out(read.left_out)} left out)" if read.left_out else ""
        return None, [Problem(name, f"it has no text{lost}; remove it, or save it in another format")]
    document = Document(
        name=name,
        title=choose_title(None, read.title) or choose_title(None, readable_name(name)) or name,
        text=read.text,
        kind=READERS[suffix][0],
        page_starts=read.page_starts,
        left_out=read.left_out,
        metadata=metadata_of_file(name, path) | plain_metadata(read.metadata),
        record_tables=read.record_tables,
    )
    warnings = [text for text in (read.note, _large_share_left_out(document)) if text]
    return document, [Problem(name, text, "warning") for text in warnings]


def _read_cached(data: bytes, suffix: str, cache: Path | None, limits: ReadingLimits) -> ReadText:
    key = content_key(data, suffix)
    text = find_text(key, cache) if cache is not None else None
    if text is not None:
        return text
    if (key, limits) in _over_limit:
        raise OverLimit(_over_limit[key, limits])
    try:
        text = read_within(limits, suffix, data)
    except OverLimit as error:
        _over_limit[key, limits] = str(error)
        raise
    if cache is not None:
        keep_text(key, text, cache)
    return text


def describe_left_out(left_out: Collection[LeftOut]) -> str:
    """What was left out, as in "running heads (12, 480 characters), pictures (3)"."""
    return ", ".join(
        f"{item.kind} ({item.count:,}" + (f", {item.characters:,} characters)" if item.characters else ")")
        for item in left_out
    )


def _large_share_left_out(document: Document) -> str:
    """A warning when much of a file's text is not in the document; empty otherwise."""
    characters = sum(item.characters for item in document.left_out)
    total = characters + len(document.text)
    if characters < LEAST_LEFT_OUT or characters <= LARGE_SHARE * total:
        return ""
    largest = max(document.left_out, key=lambda item: item.characters)
    example = f", such as {largest.examples[0]!r}" if largest.examples else ""
    what = f"{characters:,} of its {total:,} characters are left out: {describe_left_out(document.left_out)}"
    return f"{what}{example}. If questions need them, save the document in another form"


def load_documents(
    folder: Path,
    cache: Path | None = None,
    *,
    allow_empty: bool = False,
    ignore: Collection[str] = (),
    limits: ReadingLimits = LIMITS,
) -> tuple[list[Document], list[Problem]]:
    """Read every document of a folder, sorted by name, and list what is wrong with the files.

    ignore: names of files that have another purpose.
    limits: what reading one file may take.

    Raises CorpusError when there is no such folder or, unless `allow_empty`, when no file can be read.
    """
    if not folder.is_dir():
        raise CorpusError(f"There is no folder {str(folder)!r}.")
    files, problems = find_documents(folder, ignore)
    documents: list[Document] = []
    for name, path in files:
        document, file_problems = read_document(path, name, cache, limits)
        problems.extend(file_problems)
        if document is not None:
            documents.append(document)
    if not documents and not allow_empty:
        why = "; ".join(f"{p.where}: {p.what}" for p in problems[:5])
        raise CorpusError(
            f"{str(folder)!r} has no document that can be read" + (f" ({why})." if why else "."),
            hint=f"Put files of these types into it: {SUPPORTED}.",
        )
    titles = distinct_titles({d.name: d.title for d in documents})
    return [replace(d, title=titles[d.name]) for d in documents], sorted(problems, key=lambda p: p.where)
