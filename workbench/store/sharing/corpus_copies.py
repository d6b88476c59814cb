"""Keeps copies of corpora in the store, for machines that do not have their folders.
Knows nothing about documents: to it, a corpus is named files and a version."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from sqlalchemy import delete, func, select
from sqlmodel import Session

from workbench.errors import StoreError, reason_of
from workbench.files.private import make_private_folder
from workbench.fingerprint import fingerprint
from workbench.store import clock
from workbench.store.database import Store
from workbench.store.dialects.inserts import put
from workbench.store.sharing.tables import CorpusCopyRow, CorpusFileRow
from workbench.store.tables import sql_table

MOST_BYTES = 500_000_000
"""Of a corpus that is copied into the store."""

_COPY, _FILE = sql_table(CorpusCopyRow), sql_table(CorpusFileRow)


@dataclass(frozen=True)
class CorpusCopy:
    """A whole copy of a corpus in the store."""

    key: str
    """A hash of its files: of their names, times and contents."""
    version: str
    """That of the corpus."""
    bytes: int
    """What its files hold together."""


class Needs(NamedTuple):
    """What corpora are needed of the store."""

    versions: Set[str]
    """Those of the corpora whose copies are kept."""
    copies_may_grow: bool
    """Whether somebody may be making a copy: files without a whole copy are kept as well."""


class _File(NamedTuple):
    name: str
    modified: int
    sha256: str

    @classmethod
    def of(cls, name: str, modified: float, data: bytes) -> _File:
        return cls(name, int(modified), hashlib.sha256(data).hexdigest())


def keep_copy(store: Store, version: str, files: Mapping[str, Path]) -> CorpusCopy | None:
    """Copy a corpus into the store, unless it is there; None where it is too large for that.

    version: the corpus's.
    files: its files by their names below the corpus's folder.

    Raises StoreError, also when a file cannot be read.
    """
    try:
        size = sum(path.stat().st_size for path in files.values())
        if size > MOST_BYTES:
            return None
        listed = [_File.of(name, path.stat().st_mtime, path.read_bytes()) for name, path in files.items()]
        copy = CorpusCopy(_key_of(listed), version, size)
        if copy in list_copies(store):
            return copy
        for file in listed:  # one at a time: they need not all be in memory
            _keep_file(store, copy.key, file, files[file.name].read_bytes())
    except OSError as error:
        raise StoreError(f"The corpus cannot be copied into the store: {reason_of(error)}.") from None

    def finish(session: Session) -> None:
        kept_at = clock.shared_seconds(session)
        put(session, _COPY, [{"key": copy.key, "version": version, "bytes": size, "kept_at": kept_at}])

    store.transact(finish, shared=True)
    return copy


def _keep_file(store: Store, key: str, file: _File, data: bytes) -> None:
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise StoreError(f"{file.name} of the corpus was changed while it was copied into the store.")
    row = {"copy_key": key, "path": file.name, "modified": file.modified, "data": data}
    store.transact(lambda session: put(session, _FILE, [row]), shared=True)


def _key_of(files: Sequence[_File]) -> str:
    return fingerprint(*sorted(files))


def list_copies(store: Store) -> list[CorpusCopy]:
    """The whole copies, the newest first."""
    rows = store.query(
        lambda session: session.execute(select(_COPY).order_by(_COPY.c.kept_at.desc(), _COPY.c.key)).all()
    )
    return [CorpusCopy(row.key, row.version, row.bytes) for row in rows]


def fetch_copy(store: Store, copy: CorpusCopy, folder: Path) -> None:
    """Write the files of a copy into a new folder: all of them or none.

    A copy that is not whole is forgotten, so that it can be made again.

    Raises StoreError when the copy is gone or damaged, or the folder cannot be written.
    """
    scratch = folder.with_name(f".{folder.name}-{secrets.token_hex(4)}")
    try:
        make_private_folder(scratch)
        written = []
        for name, modified, data in _files_of(store, copy):
            inside = PurePosixPath(name)
            if inside.is_absolute() or ".." in inside.parts or "\\" in name:
                raise StoreError(f"A file of a corpus in the store is named {name!r}, which leads elsewhere.")
            target = scratch / inside
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            os.utime(target, (modified, modified))
            written.append(_File.of(name, modified, data))
        if _key_of(written) != copy.key:
            store.transact(lambda session: session.execute(delete(_COPY).where(_COPY.c.key == copy.key)))
            raise StoreError("A corpus in the store is not whole.", hint="Run the experiment again.")
        try:
            scratch.rename(folder)
        except OSError:
            if not folder.is_dir():  # else somebody was faster
                raise
    except OSError as error:
        raise StoreError(f"{folder} cannot be written: {reason_of(error)}.") from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _files_of(store: Store, copy: CorpusCopy) -> Iterator[tuple[str, int, bytes]]:
    """Name, time and content of each file, one in memory at a time."""
    of_it = _FILE.c.copy_key == copy.key
    names = store.query(lambda session: session.execute(select(_FILE.c.path).where(of_it)).scalars().all())
    for name in names:
        one = select(_FILE).where(of_it, _FILE.c.path == name)
        row = store.query(lambda session, one=one: session.execute(one).one_or_none())  # type: ignore[misc]
        if row is not None:
            yield name, row.modified, row.data


def free_copies(store: Store, find_needs: Callable[[Session], Needs], *, dry_run: bool) -> tuple[int, int]:
    """Remove copies, and what is left of unfinished ones. Returns (how many, their bytes).

    find_needs: says what is needed, in the transaction that removes: what begins meanwhile waits for it.
    dry_run: only count.
    """

    def work(session: Session) -> dict[str, int]:
        versions, copies_may_grow = find_needs(session)
        copies = {row.key: row.version for row in session.execute(select(_COPY.c.key, _COPY.c.version))}
        sizes = select(_FILE.c.copy_key, func.sum(func.length(_FILE.c.data))).group_by(_FILE.c.copy_key)
        unused = {
            key: int(size)
            for key, size in session.execute(sizes)
            if (copies[key] not in versions if key in copies else not copies_may_grow)
        }
        if unused and not dry_run:
            session.execute(delete(_COPY).where(_COPY.c.key.in_(unused)))
            session.execute(delete(_FILE).where(_FILE.c.copy_key.in_(unused)))
        return unused

    unused = store.query(work) if dry_run else store.transact(work)
    return len(unused), sum(unused.values())
