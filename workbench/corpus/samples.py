"""Tells which corpora are samples, which nothing here changes, and copies the files of a corpus.
Knows nothing about documents and questions."""

from __future__ import annotations

import shutil
from pathlib import Path

from workbench.corpus.document_files import TRASH
from workbench.errors import CorpusError, reason_of

MARK = "sample.txt"
"""The file that marks a corpus as a sample; what it says is for people."""


def is_sample(path: Path) -> bool:
    """Whether a corpus came with the workbench, so that it is read-only."""
    return (path / MARK).is_file()


def require_own(path: Path) -> None:
    """Check that a corpus may be changed. Raises CorpusError for a sample."""
    if is_sample(path):
        raise CorpusError(
            f"{path.name} is a sample corpus, which is read-only.",
            hint=f"Make a copy to edit: on the Corpora page, or of the folder without its {MARK}.",
        )


def copy_files(source: Path, target: Path) -> None:
    """Copy a corpus's files into a folder that exists, without the trash and without the mark of a sample.

    Raises CorpusError when a file cannot be read or written; then nothing of the copy is left.
    """
    left_out = shutil.ignore_patterns(TRASH, MARK, ".fetch", ".*.lock")
    try:
        shutil.copytree(source, target, ignore=left_out, dirs_exist_ok=True)
    except (OSError, shutil.Error) as error:
        shutil.rmtree(target, ignore_errors=True)
        reason = str(error)[:200] if isinstance(error, shutil.Error) else reason_of(error)
        raise CorpusError(f"{source.name} cannot be copied: {reason}.") from None
