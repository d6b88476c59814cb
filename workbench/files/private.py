"""Makes folders and files that only their owner may read, and takes away what others may do with older ones.
Knows nothing about what is in them."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_private_folder(folder: Path) -> None:
    """Create a folder and its parents, those that are missing for the owner alone. Raises OSError."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(exist_ok=True)  # an error where a file is in the way


def make_private_file(file: Path) -> None:
    """Create an empty file for the owner alone; one that is there is tightened. Raises OSError."""
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        return
    tighten(file)


def tighten(*paths: Path) -> None:
    """Take away what the group and others may do. What is missing, or belongs to somebody else, stays."""
    for path in paths:
        with suppress(OSError):
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & OTHERS:
                path.chmod(mode & ~OTHERS)
