"""Writes files whole or not at all, to ordinary files only, and locks what several processes change.
Knows nothing about what is written."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from workbench.errors import InputError, reason_of

LOCK_SECONDS = 60.0
"""How long to wait while another process changes a file."""
REPLACE_ATTEMPTS = 20
"""On Windows a file that another program has open cannot be replaced; it is tried again, for a second."""


def already_there(path: Path, raise_as: type[InputError] = InputError) -> InputError:
    """The error that says that a file already exists."""
    return raise_as(f"{path} already exists.", hint="Name another file, or give --force.")


def check_destination(path: Path, *, overwrite: bool, raise_as: type[InputError] = InputError) -> Path:
    """Check that `path` may be written as an ordinary file; returns the file that a link leads to.

    overwrite: whether a file that is there already may be replaced.

    Raises `raise_as` for a folder, a device, a pipe, a link that leads nowhere, and a file that is there
    already or that may not be written.
    """
    try:
        path = path.expanduser()
        if path.is_symlink() and not path.exists():
            raise raise_as(f"{path} is a link to {path.readlink()}, which does not exist.")
        target = path.resolve()
        mode = target.stat().st_mode if target.exists() else None
    except (OSError, RuntimeError, ValueError) as error:
        raise raise_as(f"{str(path)!r} cannot be written: {reason_of(error)}.") from None
    if mode is None:
        return target
    if stat.S_ISDIR(mode):
        raise raise_as(f"{path} is a folder.", hint="Name a file in it.")
    if not stat.S_ISREG(mode):
        raise raise_as(f"{path} is not an ordinary file but a device, a pipe or a socket.")
    if not overwrite:
        raise already_there(path, raise_as)
    if not os.access(target, os.W_OK):
        raise raise_as(f"{path} cannot be written: it is read-only.")
    return target


def write_atomically(
    path: Path,
    data: str | bytes,
    *,
    overwrite: bool = True,
    private: bool = False,
    raise_as: type[InputError] = InputError,
) -> Path:
    """Write an ordinary file whole or not at all; returns the file. Whatever ends the process in the middle
    leaves the old file or the new one.

    A file that is there keeps its permissions, a link stays a link. Folders are created.
    private: whether only the owner may read a new file.
    overwrite: as in `check_destination`.

    Raises `raise_as` when it cannot be written, and as `check_destination` does.
    """
    target = check_destination(path, overwrite=overwrite, raise_as=raise_as)
    content = data.encode() if isinstance(data, str) else data
    try:
        _create_folder(target.parent)
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
        with _scratch_file(target.parent, 0o600 if private else 0o666) as scratch:
            with scratch.open("wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            if mode is not None:
                scratch.chmod(mode)
            move_into_place(scratch, target, overwrite=overwrite)
    except FileExistsError:
        raise already_there(path, raise_as) from None
    except OSError as error:
        raise raise_as(f"{str(path)!r} cannot be written: {reason_of(error)}.") from None
    return target


def write_cache_file(path: Path, text: str) -> None:
    """Write a file that can be made again, whole or not at all, for the owner alone, into a folder that is
    there. It may be lost in a power cut. Raises OSError."""
    with _scratch_file(path.parent, 0o600) as scratch:
        scratch.write_bytes(text.encode(errors="replace"))
        _replace(scratch, path)


def _create_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:  # a file has the name of one of the folders
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from None


@contextmanager
def _scratch_file(folder: Path, mode: int) -> Iterator[Path]:
    """A new hidden file, gone at the end of the block unless it was moved.

    mode: its permissions, before the process's umask.
    """
    scratch = folder / f".{secrets.token_hex(8)}.part"
    os.close(os.open(scratch, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))
    try:
        yield scratch
    finally:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)


def write_new_files(
    folder: Path, files: Mapping[str, str], *, raise_as: type[InputError] = InputError
) -> None:
    """Write many small files into a folder, each whole or not at all; a file that is there stays as it is.

    files: name → text.

    Raises `raise_as` when one cannot be written, or a name is taken; some of the others may then be there.
    """
    scratch = folder / f".{secrets.token_hex(8)}.parts"
    try:
        _create_folder(folder)
        scratch.mkdir()
        for number, text in enumerate(files.values()):
            (scratch / str(number)).write_bytes(text.encode(errors="replace"))
        if hasattr(os, "sync"):  # once for all: thousands of files one by one take minutes on some disks
            os.sync()
        for number, name in enumerate(files):
            try:
                _give_name(scratch / str(number), folder / name, overwrite=False)
            except FileExistsError:
                raise already_there(folder / name, raise_as) from None
        sync_folder(folder)
    except OSError as error:
        raise raise_as(f"{str(folder)!r} cannot be written: {reason_of(error)}.") from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def move_into_place(scratch: Path, target: Path, *, overwrite: bool) -> None:
    """Give a finished file its name, for good. Raises FileExistsError when it is taken and must stay."""
    _give_name(scratch, target, overwrite=overwrite)
    sync_folder(target.parent)


def _give_name(scratch: Path, target: Path, *, overwrite: bool) -> None:
    if overwrite:
        _replace(scratch, target)
    else:
        try:
            os.link(scratch, target)  # fails where the name is taken, also by a process that was faster
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links
            if target.exists():
                raise FileExistsError(target) from None
            _replace(scratch, target)


def _replace(scratch: Path, target: Path) -> None:
    for attempt in range(REPLACE_ATTEMPTS):
        try:
            scratch.replace(target)
            return
        except PermissionError:
            if os.name != "nt" or attempt == REPLACE_ATTEMPTS - 1:
                raise
            time.sleep(0.05)


def sync_folder(folder: Path) -> None:
    """Make a new name survive a power cut, where the operating system can do so."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def locked(
    path: Path,
    *,
    raise_as: type[InputError] = InputError,
    seconds: float = LOCK_SECONDS,
    busy: str | None = None,
) -> Iterator[None]:
    """Hold the lock of a file while it is read, changed and written, against other processes and threads.

    seconds: how long to wait while another process holds it.
    busy: what the error says then; None says it in general words.

    Raises `raise_as` when another process holds it for longer, or the folder cannot be written.
    """
    try:
        target = path.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(target.with_name(f".{target.name}.lock"), timeout=seconds)
        lock.acquire()
    except Timeout:
        raise raise_as(
            busy or f"{path} has been locked by another program for {seconds:.0f} seconds.",
            hint=None if busy else "Wait until it has finished, or end it.",
        ) from None
    except (OSError, RuntimeError, ValueError, NotImplementedError) as error:
        raise raise_as(f"{path} cannot be changed: it cannot be locked ({reason_of(error)}).") from None
    try:
        yield
    finally:
        lock.release()
