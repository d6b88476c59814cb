"""Reads a folder of documents, each file with the reader of its type; a file that fails becomes a Problem.
Knows nothing about questions or chunks."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from workbench.corpus.readers import READERS, VERSION
from workbench.corpus.readers.extracted_text import SURROGATE, ReadText, Unreadable
from workbench.corpus.types import Document, LeftOut, Problem
from workbench.errors import CorpusError
from workbench.private_files import make_private_folder

MAX_BYTES = 50_000_000


def find_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield (name, path) of the files below a folder, sorted by name.

    Hidden files, links that lead out of the folder and pipes (which would block a reader forever) are
    skipped.
    """
    root = folder.resolve()
    for directory, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for file in sorted(files):
            path = Path(directory) / file
            if not file.startswith(".") and path.is_file() and path.resolve().is_relative_to(root):
                yield path.relative_to(folder).as_posix(), path


def read_document(path: Path, name: str, cache: Path | None = None) -> tuple[Document | None, list[Problem]]:
    """Read one file: its document and any warnings, or None and the problem. Never raises for a bad file."""
    kind_and_reader = READERS.get(path.suffix.lower())
    if kind_and_reader is None:
        supported = ", ".join(sorted(READERS))
        what = f"files of type {path.suffix!r} cannot be read (supported: {supported})"
        return None, [Problem(name, what, "warning")]
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            what = f"it has {size / 1e6:,.0f} MB; the limit is {MAX_BYTES / 1e6:.0f} MB. Split it"
            return None, [Problem(name, what)]
        data = path.read_bytes()
    except OSError as error:
        return None, [Problem(name, f"it cannot be opened: {error.strerror}")]
    kind, reader = kind_and_reader
    if not data.strip():
        return None, [Problem(name, "it is empty; remove it or give it some text")]
    try:
        read = _read_cached(data, kind, reader, cache)
    except Unreadable as error:
        return None, [Problem(name, str(error))]
    except Exception as error:  # a parser that fails on a damaged file must not end the rest
        return None, [Problem(name, f"it cannot be read: {type(error).__name__}: {error}")]
    if not read.text.strip():
        return None, [Problem(name, "it has no text; remove it, or save it in another format")]
    title = " ".join((read.title or Path(name).stem.replace("_", " ").replace("-", " ")).split())
    document = Document(
        name=name,
        title=title[:200],
        text=read.text,
        kind=kind,
        page_starts=read.page_starts,
        left_out=read.left_out,
    )
    return document, [Problem(name, read.note, "warning")] if read.note else []


def _cache_file(data: bytes, kind: str, cache: Path) -> Path:
    key = hashlib.sha256(f"{VERSION}:{kind}:".encode() + data).hexdigest()
    return cache / key[:2] / f"{key}.json"


def cache_files(folder: Path, cache: Path) -> set[Path]:
    """The cache files of a folder's documents, whether or not they exist yet."""
    files = set()
    for _, path in find_files(folder):
        kind_and_reader = READERS.get(path.suffix.lower())
        if kind_and_reader is not None and path.stat().st_size <= MAX_BYTES:
            files.add(_cache_file(path.read_bytes(), kind_and_reader[0], cache))
    return files


def _read_cached(data: bytes, kind: str, reader, cache: Path | None) -> ReadText:  # type: ignore[no-untyped-def]
    if cache is None:
        text: ReadText = reader(data)
        return text
    file = _cache_file(data, kind, cache)
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        left_out = tuple(
            LeftOut(**(row | {"examples": tuple(row["examples"])})) for row in stored["left_out"]
        )
        return ReadText(**(stored | {"page_starts": tuple(stored["page_starts"]), "left_out": left_out}))
    except (OSError, ValueError, TypeError, KeyError):
        text = reader(data)
    try:
        make_private_folder(file.parent)
        handle, name = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(asdict(text), out, ensure_ascii=False)
        Path(name).replace(file)
    except OSError:
        pass  # a cache that cannot be written costs time but loses nothing
    return text


def load_documents(
    folder: Path, cache: Path | None = None, *, allow_empty: bool = False
) -> tuple[list[Document], list[Problem]]:
    """Read every document of a folder, sorted by name, and list what is wrong with the files.

    Raises CorpusError when there is no such folder or, unless `allow_empty`, when no file can be read.
    """
    if not folder.is_dir():
        raise CorpusError(f"There is no folder {str(folder)!r}.")
    documents: list[Document] = []
    problems: list[Problem] = []
    for name, path in find_files(folder):
        if SURROGATE.search(name):
            escaped_name = name.encode(errors="surrogateescape").decode(errors="backslashreplace")
            problems.append(Problem(escaped_name, "its name is not UTF-8; rename the file"))
            continue
        document, file_problems = read_document(path, name, cache)
        problems.extend(file_problems)
        if document is not None:
            documents.append(document)
    if not documents and not allow_empty:
        why = "; ".join(f"{p.where}: {p.what}" for p in problems[:5])
        raise CorpusError(
            f"{str(folder)!r} has no document that can be read" + (f" ({why})." if why else "."),
            hint=f"Put files of these types into it: {', '.join(sorted(READERS))}.",
        )
    return documents, problems
