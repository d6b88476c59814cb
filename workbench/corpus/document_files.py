"""Finds the files of a folder of documents, and names those that are no documents and why.
Knows nothing about what is in the files."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path

from workbench.corpus.readers import CODE_SUFFIXES, READERS
from workbench.corpus.readers.extracted_text import SURROGATE
from workbench.corpus.types import Problem
from workbench.files.reading import MOST_BYTES

TRASH = ".trash"
"""The folder of removed documents, inside the corpus."""
ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst")
NEWER = {".doc": ".docx", ".xls": ".xlsx", ".xlsb": ".xlsx", ".ppt": ".pptx", ".pps": ".pptx"}
"""A format of Office that is not read → the one to save a file in."""
MOST_NAMED = 3  # files of one kind that are named one by one; of more, the first and the count
SUPPORTED = f"{', '.join(sorted(READERS.keys() - set(CODE_SUFFIXES)))}, and source code such as .py"


def is_document(name: str) -> bool:
    """Whether a file's type is one that can be read."""
    return Path(name).suffix.lower() in READERS


def find_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield (name, path) of the files below a folder, sorted by name.

    Hidden files, links that lead out of the folder and pipes (which would block a reader forever) are
    skipped; find_skipped names them.
    """
    root = folder.resolve()
    for directory, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for file in sorted(files):
            path = Path(directory) / file
            # Only a link can lead out: folders that are links are not entered. To resolve every path is slow.
            if (
                not file.startswith(".")
                and path.is_file()
                and (not path.is_symlink() or path.resolve().is_relative_to(root))
            ):
                yield path.relative_to(folder).as_posix(), path


def find_documents(
    folder: Path, ignore: Collection[str] = ()
) -> tuple[list[tuple[str, Path]], list[Problem]]:
    """Return (name, path) of a folder's documents, and a problem for every file that is none.

    ignore: names of files that have another purpose.
    """
    documents, reasons = [], defaultdict[tuple[str, str], list[str]](list)
    for name, path in find_files(folder):
        if name in ignore:
            continue
        if SURROGATE.search(name):
            reasons["its name is not UTF-8; rename the file", "error"].append(_printable(name))
        elif not is_document(name):
            reasons[_why_not_a_document(path), "warning"].append(name)
        elif (size := _size(path)) > MOST_BYTES:
            too_large = f"it has {size / 1e6:,.0f} MB; the limit is {MOST_BYTES / 1e6:.0f} MB; split it"
            reasons[too_large, "error"].append(name)
        else:
            documents.append((name, path))
    for why, names in _find_skipped(folder).items():
        reasons[why, "warning"].extend(names)
    problems = [
        problem for (why, severity), names in reasons.items() for problem in _problems(names, why, severity)
    ]
    return documents, problems


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # whoever opens it will say what is wrong


def _why_not_a_document(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix in ARCHIVES:
        return f"archives ({suffix}) are not read; unpack it"
    if suffix in NEWER:
        return f"files of type {path.suffix!r} cannot be read; save it as {NEWER[suffix]}"
    kind = f"files of type {path.suffix!r}" if suffix else "files without a type"
    return f"{kind} cannot be read (supported: {SUPPORTED})"


def _find_skipped(folder: Path) -> dict[str, list[str]]:
    """Why → names of the documents that find_files skips; a hidden folder is named once."""
    root = folder.resolve()
    skipped = defaultdict[str, list[str]](list)

    def add(path: Path, why: str, more: str = "") -> None:
        skipped[why].append(_printable(path.relative_to(folder).as_posix()) + more)

    def add_error(error: OSError) -> None:
        add(Path(error.filename), f"the folder cannot be opened: {error.strerror}")

    for directory, folders, files in os.walk(folder, onerror=add_error):
        inside = Path(directory)
        for name in sorted(f for f in folders if f.startswith(".") and f != TRASH):
            if count := sum(map(is_document, _names_below(inside / name))):
                documents = " (1 document)" if count == 1 else f" ({count} documents)"
                add(inside / name, "hidden folders are not read; rename it if it is needed", documents)
        for name in sorted(f for f in folders if (inside / f).is_symlink()):
            add(inside / name, "links to folders are not followed; copy the folder here")
        folders[:] = [f for f in folders if not f.startswith(".")]
        for name in sorted(filter(is_document, files)):
            path = inside / name
            if name.startswith("."):
                add(path, "hidden files are not read; rename it if it is needed")
            elif not path.exists():
                add(path, "it is a link to a file that does not exist")
            elif not path.resolve().is_relative_to(root):
                add(path, "it is a link to a file outside the folder, which is not read; copy the file here")
    return skipped


def _names_below(folder: Path) -> Iterator[str]:
    for _, _, files in os.walk(folder):
        yield from files


def _printable(name: str) -> str:
    return name.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _problems(names: list[str], why: str, severity: str) -> list[Problem]:
    """One problem for each file; of many alike, one for all."""
    if len(names) > MOST_NAMED:
        names = [f"{names[0]} and {len(names) - 1} more"]
    return [Problem(name, why, severity) for name in names]  # type: ignore[arg-type]
