"""Finds, loads and creates corpora, which are folders; adds, removes and restores their documents.
Knows nothing about experiments."""

from __future__ import annotations

import csv
import os
import re
import shlex
import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.corpus.document_files import SUPPORTED, TRASH, find_documents, find_files, is_document
from workbench.corpus.injections import FILE as INJECTION_FILE
from workbench.corpus.injections import load_injections
from workbench.corpus.metadata import FILE as METADATA_FILE
from workbench.corpus.metadata import add_metadata_file
from workbench.corpus.questions import load_questions
from workbench.corpus.reading import load_documents
from workbench.corpus.samples import copy_files, is_sample, require_own
from workbench.corpus.snapshot import STAGING, finish_commit
from workbench.corpus.types import Corpus, Document, Problem, Question
from workbench.errors import CorpusError, reason_of
from workbench.files.reading import MOST_BYTES
from workbench.files.writing import write_atomically
from workbench.input.plain_data import shown
from workbench.nearest import did_you_mean
from workbench.operating_system import is_portable_file_name

QUESTION_FILES = ("questions.jsonl", "questions.csv")
DRAFT_FILE = "drafts.jsonl"
"""Questions that nobody has accepted yet; they are not asked (workbench/drafting)."""
OTHER_FILES = (*QUESTION_FILES, INJECTION_FILE, DRAFT_FILE, METADATA_FILE)
"""Files that are no documents, although in a bare folder they are among them."""
SOURCE_FILE = "source.yaml"
"""What a corpus is fetched from (workbench/sources); a folder of files has none."""
NAME = re.compile(r"^\w[\w ._-]{0,79}$")


@dataclass(frozen=True)
class CorpusSummary:
    """A corpus as a list shows it, counted without reading its documents."""

    name: str
    path: Path
    documents: int
    """Files of a type that can be read; whether each one really can is not known yet."""
    questions: int
    """Rows of the question file, valid or not."""
    is_sample: bool = False
    """Whether it came with the workbench and is read-only."""
    changed: float = 0.0
    """When its folder was last changed, in seconds since the epoch."""


def documents_folder(path: Path) -> Path:
    """The folder of a corpus's documents: documents/ inside it, or the corpus itself if there is none."""
    inside = path / "documents"
    return inside if inside.is_dir() else path


def questions_file(path: Path) -> Path | None:
    """A corpus's question file, JSONL before CSV; None when it has none."""
    return next((path / name for name in QUESTION_FILES if (path / name).is_file()), None)


def _is_folder(path: Path) -> bool:
    """Whether there is such a folder; not for a name that is too long, or holds what no name can hold."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _expand(name_or_path: str | Path) -> Path | None:
    """The path with ~ replaced by the home folder; None for a user that is not known."""
    try:
        return Path(name_or_path).expanduser()
    except RuntimeError:
        return None


def find_corpus(name_or_path: str | Path, corpora: Path) -> Path:
    """Find a corpus's folder by its name under the corpora folder, or else by its path.

    Raises CorpusError, which suggests the nearest name, when there is no such folder.
    """
    inside = corpora / name_or_path
    if str(name_or_path) and _is_folder(inside):
        return inside
    path = _expand(name_or_path)
    if str(name_or_path) and path is not None and _is_folder(path):
        return path.resolve()
    suggestion = did_you_mean(str(name_or_path), [c.name for c in list_corpora(corpora)])
    raise CorpusError(
        f"There is no corpus {shown(str(name_or_path))}.",
        hint=f"{suggestion} A corpus is a folder under {corpora}, or a path to a folder.",
    )


def _is_below(path: Path, corpora: Path) -> bool:
    """Whether a folder is below the corpora folder, where links count: the user made them. Behind a `..` they
    would lead elsewhere, so such a path is followed to its end."""
    parts = path.relative_to(corpora).parts if path.is_relative_to(corpora) else ()
    if parts and ".." not in parts:
        return True
    path, corpora = path.resolve(), corpora.resolve()
    return path != corpora and path.is_relative_to(corpora)


def require_own_folder(
    name_or_path: str, corpora: Path, *, file: Path | None = None, named: Collection[str] = ()
) -> None:
    """Check that a corpus which a file names is one that the file may name.

    That is a folder under the corpora folder, a folder that came with the file (below the file's own folder),
    or a folder that the user named before. Anything else on this machine is the user's to name.

    file: the experiment or winner; None when it has no place.
    named: paths of folders that the user named.

    Raises CorpusError for any other folder.
    """
    try:
        path = find_corpus(name_or_path, corpora)  # the very folder that will be opened
    except CorpusError:
        return  # whoever opens it says that there is no such folder
    if _is_below(path, corpora):
        return
    path = path.resolve()
    if str(path) in named:
        return
    if file is not None and not name_or_path.startswith("~"):
        beside = file.expanduser().resolve().parent
        came_along = all(p.is_relative_to(beside) for p in (path, documents_folder(path).resolve()))
        if path != beside and came_along and not Path.home().is_relative_to(beside):
            return
    raise CorpusError(
        f"The file names the folder {shown(name_or_path)} as its corpus, which is not under {corpora}.",
        hint=f"If its documents are to be read, name it yourself: --corpus {shlex.quote(name_or_path)} "
        "(in Python: corpus=PATH). Or move the folder under the corpora.",
    )


def load_corpus(
    name_or_path: str | Path,
    corpora: Path,
    *,
    cache_dir: Path | None = None,
    strict_questions: bool = False,
    allow_empty: bool = False,
) -> Corpus:
    """Read a corpus: every readable document, its questions, its injections, and the problems in them.

    cache_dir: where extracted texts are kept; None reads every file anew.
    strict_questions: raise QuestionError for errors in the question file, instead of listing them.
    allow_empty: accept a corpus without a readable document.

    Raises CorpusError when there is no such corpus or when it holds no readable document.
    """
    path = find_corpus(name_or_path, corpora)
    documents, problems = _load_documents(path, cache_dir, allow_empty=allow_empty)
    file = questions_file(path)
    questions: list[Question] = []
    if file is not None:
        questions, question_problems = load_questions(file, documents, strict=strict_questions)
        problems += question_problems
    injections, injection_problems = load_injections(path, documents)
    problems += injection_problems
    return Corpus(path.name, tuple(documents), tuple(questions), tuple(problems), tuple(injections))


def find_corpus_files(path: Path) -> dict[str, Path]:
    """The files that `load_corpus` reads of a corpus, by their names below its folder."""
    folder = documents_folder(path)
    beside = {name: path / name for name in (*QUESTION_FILES, INJECTION_FILE, METADATA_FILE)}
    files = {name: file for name, file in beside.items() if file.is_file()}
    for _, file in find_documents(folder, OTHER_FILES if folder == path else ())[0]:
        files[file.relative_to(path).as_posix()] = file
    return files


def load_documents_of(path: Path, cache_dir: Path | None) -> list[Document]:
    """The documents of a corpus that can be read; none where there is none. Its questions are not read."""
    return _load_documents(path, cache_dir, allow_empty=True)[0]


def _load_documents(
    path: Path, cache_dir: Path | None, *, allow_empty: bool
) -> tuple[list[Document], list[Problem]]:
    finish_commit(path)
    folder = documents_folder(path)
    ignore = OTHER_FILES if folder == path else ()
    documents, problems = load_documents(folder, cache_dir, allow_empty=allow_empty, ignore=ignore)
    documents, metadata_problems = add_metadata_file(path, documents)
    return documents, [*problems, *metadata_problems]


def list_corpora(corpora: Path) -> list[CorpusSummary]:
    """The corpora of a folder by name, counted without reading their documents."""
    if not corpora.is_dir():
        return []
    summaries = []
    for path in sorted(p for p in corpora.iterdir() if p.is_dir() and not p.name.startswith(".")):
        file = questions_file(path)
        questions = count_rows(file) if file else 0
        documents = sum(is_document(name) for name, _ in find_files(documents_folder(path)))
        summaries.append(
            CorpusSummary(path.name, path, documents, questions, is_sample(path), _changed(path))
        )
    return summaries


def corpus_to_begin_with(corpora: Sequence[CorpusSummary]) -> CorpusSummary | None:
    """The corpus of one's own that was changed last; a sample where there is none of one's own."""
    own = [c for c in corpora if not c.is_sample]
    return max(own or corpora, key=lambda c: (c.questions > 0, c.changed), default=None)


def _changed(path: Path) -> float:
    return max(p.stat().st_mtime for p in (path, documents_folder(path)))


def count_rows(file: Path) -> int:
    """Count a file's questions without parsing them: lines that are not empty, minus a CSV file's header."""
    try:
        with file.open(encoding="utf-8", errors="replace", newline="") as lines:
            if file.suffix == ".csv":
                return max(0, sum(any(row) for row in csv.reader(lines)) - 1)
            return sum(bool(line.strip()) for line in lines)
    except (OSError, csv.Error):
        return 0  # load_questions says what is wrong with the file


def check_corpus_name(name: str) -> None:
    """Raise CorpusError when a corpus that is to be created cannot have this name."""
    if not NAME.match(name) or not is_portable_file_name(name):
        raise CorpusError(
            f"{shown(name)} cannot be the name of a corpus.",
            hint="Use at most 80 letters, digits, spaces, dots, dashes and underscores, and no name that "
            "Windows reserves, such as CON.",
        )


def check_new_corpus(corpora: Path, name: str) -> None:
    """Raise CorpusError when the name is taken or cannot name a folder."""
    check_corpus_name(name)
    if (corpora / name).exists():
        raise CorpusError(f"There is already a corpus {name!r}.")


def create_corpus(corpora: Path, name: str) -> Path:
    """Create an empty corpus. Raises CorpusError as `check_new_corpus` does."""
    check_new_corpus(corpora, name)
    path = corpora / name
    try:
        (path / "documents").mkdir(parents=True)
    except OSError as error:
        raise CorpusError(f"{path} cannot be created: {reason_of(error)}.") from None
    return path


def copy_corpus(path: Path, corpora: Path, name: str) -> Path:
    """Copy a corpus under another name; the copy may be changed, also that of a sample.

    Raises CorpusError when the name is taken or cannot name a folder, or a file cannot be copied.
    """
    copy = create_corpus(corpora, name)
    copy_files(path, copy)
    return copy


def add_document_file(path: Path, filename: str, data: bytes) -> str:
    """Store an uploaded file as a document of a corpus and return the name it got.

    A document of the same name is replaced. Raises CorpusError for a type that cannot be read, a file over
    the size limit, a sample corpus, or a disk that cannot be written.
    """
    require_own(path)
    name = Path(filename.replace("\\", "/")).name.lstrip(".").strip()
    if not is_document(name):
        raise CorpusError(
            f"Files like {shown(filename)} cannot be read.", hint=f"Supported types: {SUPPORTED}."
        )
    if os.name == "nt" and not is_portable_file_name(name):
        raise CorpusError(f"{name!r} cannot be the name of a file on Windows.", hint="Rename the file.")
    if len(data) > MOST_BYTES:
        raise CorpusError(f"{name} has {len(data) / 1e6:,.0f} MB; the limit is {MOST_BYTES / 1e6:.0f} MB.")
    folder = documents_folder(path)
    write_atomically(folder / name, data, raise_as=CorpusError)
    return name


def _inside(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
        raise CorpusError(f"There is no document {name!r}.")
    return path


def remove_document(path: Path, name: str) -> None:
    """Move a document to the corpus's trash, from which it can be restored."""
    require_own(path)
    _move(name, documents_folder(path), path / TRASH)


def restore_document(path: Path, name: str) -> None:
    """Move a removed document back among the corpus's documents."""
    require_own(path)
    _move(name, path / TRASH, documents_folder(path))


def _move(name: str, source: Path, target: Path) -> None:
    try:
        document = _inside(source, name)
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(document, target / name)
    except (OSError, ValueError) as error:
        raise CorpusError(f"{name} cannot be moved: {reason_of(error)}.") from None


def newest_change(path: Path) -> float:
    """A number that changes when a file in the folder does: the sum of the times of their last changes."""
    times = [path.stat().st_mtime]
    for folder, folders, files in os.walk(path):
        folders[:] = [name for name in folders if name != STAGING]  # it changes all the time during a fetch
        times.append(os.stat(folder).st_mtime)  # noqa: PTH116 (pages call it often, and Path is slow)
        times.extend(os.stat(f"{folder}/{file}").st_mtime for file in files)  # noqa: PTH116
    return sum(times)
