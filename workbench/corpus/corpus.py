"""A corpus as a folder: finding, loading, creating; adding, removing and restoring its documents.
Knows nothing about experiments."""

from __future__ import annotations

import csv
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from workbench.corpus.injections import FILE as INJECTION_FILE
from workbench.corpus.injections import load_injections
from workbench.corpus.questions import load_questions
from workbench.corpus.readers import READERS
from workbench.corpus.reading import MAX_BYTES, find_files, load_documents
from workbench.corpus.types import Corpus, Question
from workbench.errors import CorpusError
from workbench.nearest import did_you_mean

QUESTION_FILES = ("questions.jsonl", "questions.csv")
TRASH = ".trash"
NAME = re.compile(r"^\w[\w ._-]{0,79}$")


@dataclass(frozen=True)
class CorpusSummary:
    """questions: rows of its question file, whether or not they are good."""

    name: str
    path: Path
    documents: int
    questions: int


def documents_folder(path: Path) -> Path:
    """documents/ inside a corpus; a bare folder of documents is its own."""
    inside = path / "documents"
    return inside if inside.is_dir() else path


def questions_file(path: Path) -> Path | None:
    return next((path / name for name in QUESTION_FILES if (path / name).is_file()), None)


def find_corpus(named: str | Path, corpora: Path) -> Path:
    """A corpus by name under the corpora folder, else as a path. Raises CorpusError with the nearest name."""
    inside = corpora / named
    if str(named) and inside.is_dir():
        return inside
    path = Path(named).expanduser()
    if str(named) and path.is_dir():
        return path.resolve()
    names = [c.name for c in list_corpora(corpora)]
    raise CorpusError(
        f"There is no corpus {str(named)!r}.",
        hint=f"{did_you_mean(str(named), names)} A corpus is a folder under {corpora}, or a path to one.",
    )


def load_corpus(
    named: str | Path,
    corpora: Path,
    *,
    cache_dir: Path | None = None,
    strict_questions: bool = False,
    allow_empty: bool = False,
) -> Corpus:
    """Read a corpus: every readable document, its questions, and what is wrong with either.

    Raises CorpusError when it is not there or (unless `allow_empty`) holds nothing readable; QuestionError
    with `strict_questions`.
    """
    path = find_corpus(named, corpora)
    folder = documents_folder(path)
    documents, problems = load_documents(folder, cache_dir, allow_empty=allow_empty)
    file = questions_file(path)
    if folder == path and file is not None:  # a bare folder: its question file is no document
        documents = [d for d in documents if d.name != file.name]
        problems = [p for p in problems if p.where != file.name]
    questions: list[Question] = []
    if file is not None:
        questions, found = load_questions(file, documents, strict=strict_questions)
        problems += found
    if folder == path:
        problems = [p for p in problems if p.where != INJECTION_FILE]
    injections, found = load_injections(path, documents)
    problems += found
    return Corpus(path.name, tuple(documents), tuple(questions), tuple(problems), tuple(injections))


def list_corpora(corpora: Path) -> list[CorpusSummary]:
    """The corpora of a folder by name, counted without reading their documents."""
    if not corpora.is_dir():
        return []
    found = []
    for path in sorted(p for p in corpora.iterdir() if p.is_dir() and not p.name.startswith(".")):
        file = questions_file(path)
        lines = count_rows(file) if file else 0
        count = sum(Path(n).suffix.lower() in READERS for n, _ in find_files(documents_folder(path)))
        found.append(CorpusSummary(path.name, path, count, lines))
    return found


def count_rows(file: Path) -> int:
    """Questions of a file, counted and not read: lines that hold something; of a table, without its head."""
    try:
        with file.open(encoding="utf-8", errors="replace", newline="") as lines:
            if file.suffix == ".csv":
                return max(0, sum(any(row) for row in csv.reader(lines)) - 1)
            return sum(bool(line.strip()) for line in lines)
    except (OSError, csv.Error):
        return 0  # whoever reads it says what is wrong


def create_corpus(corpora: Path, name: str) -> Path:
    """Make an empty corpus. Raises CorpusError for a name that is taken or no good for a folder."""
    if not NAME.match(name):
        raise CorpusError(
            f"{name!r} cannot be a corpus's name: use letters, digits, spaces, dots, dashes, at most 80."
        )
    path = corpora / name
    if path.exists():
        raise CorpusError(f"There is a corpus {name!r} already.")
    try:
        (path / "documents").mkdir(parents=True)
    except OSError as error:
        raise CorpusError(f"{path} cannot be made: {error.strerror}.") from None
    return path


def add_document_file(path: Path, filename: str, data: bytes) -> str:
    """Store an uploaded file among a corpus's documents, replacing one of its name; returns its name.

    Raises CorpusError for a type that is not read, a file over the limit, or a full disk.
    """
    name = Path(filename.replace("\\", "/")).name.lstrip(".").strip()
    if not name or Path(name).suffix.lower() not in READERS:
        raise CorpusError(
            f"{filename!r} is not of a type that is read.", hint=f"These are: {', '.join(sorted(READERS))}."
        )
    if len(data) > MAX_BYTES:
        raise CorpusError(f"{name} has {len(data) / 1e6:,.0f} MB; at most {MAX_BYTES / 1e6:.0f} MB are read.")
    folder = documents_folder(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=".upload-")
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(folder / name)
    except OSError as error:
        raise CorpusError(f"{name} cannot be stored: {error.strerror}.") from None
    return name


def _inside(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
        raise CorpusError(f"There is no document {name!r}.")
    return path


def remove_document(path: Path, name: str) -> None:
    """Take a document out; it can be restored."""
    source = _inside(documents_folder(path), name)
    target = path / TRASH / name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(source, target)


def restore_document(path: Path, name: str) -> None:
    """Bring a removed document back."""
    source = _inside(path / TRASH, name)
    target = documents_folder(path) / name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(source, target)
