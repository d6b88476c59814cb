"""Says in plain words what an error of SQLite means: full, locked, read-only, on a network drive, damaged.
Knows nothing about any table."""

from __future__ import annotations

import os
from pathlib import Path

from workbench.errors import DiskFull, StoreError

BUSY_MILLISECONDS = 10_000
"""How long SQLite waits for another program's lock."""

FULL = ("SQLITE_FULL",)
LOCKED = ("SQLITE_BUSY", "SQLITE_LOCKED")
# What SQLite reports where a file cannot be locked, or its shared memory not be opened, as on network drives.
NO_LOCKS = (
    "SQLITE_PROTOCOL", "SQLITE_NOLFS", "SQLITE_IOERR_LOCK", "SQLITE_IOERR_UNLOCK", "SQLITE_IOERR_RDLOCK",
    "SQLITE_IOERR_CHECKRESERVEDLOCK", "SQLITE_IOERR_BLOCKED", "SQLITE_IOERR_SHM",
)  # fmt: skip
UNWRITABLE = ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH")
DAMAGED = (
    "SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_IOERR_SHORT_READ", "SQLITE_IOERR_DATA",
    "SQLITE_IOERR_CORRUPTFS",
)  # fmt: skip
# The same by SQLite's text, for errors that carry no code.
TEXTS = {
    FULL: ("full",),
    LOCKED: ("is locked", "busy"),
    NO_LOCKS: ("locking protocol",),
    UNWRITABLE: ("readonly", "unable to open"),
    DAMAGED: ("malformed", "not a database"),
}
NETWORK_FILE_SYSTEMS = frozenset(
    "nfs nfs4 cifs smb smb2 smb3 smbfs ncpfs afs 9p davfs ceph glusterfs lustre fuse.sshfs fuse.rclone "
    "fuse.gvfsd-fuse fuse.davfs2 fuse.glusterfs".split()
)
MOVE_HINT = (
    "Network drives and some synchronised folders cannot lock files as SQLite needs it. Stop all programs "
    "that use it, move the folder to a disk of this machine, and name it in WORKBENCH_HOME. "
    "Nothing stored is lost."
)


def explain_database_error(error: Exception, path: Path) -> StoreError:
    """Return a StoreError that says in plain words what SQLite's error means and what to do about it."""
    original = getattr(error, "orig", None) or error
    text = str(original)
    kind = _kind_of(getattr(original, "sqlite_errorname", None) or "", text.lower())
    if kind is FULL:
        return DiskFull(
            f"The disk that holds {path} is full.", hint="Free some space; nothing stored is lost."
        )
    if kind is NO_LOCKS:
        return StoreError(f"{path} cannot be locked ({text}).", hint=MOVE_HINT)
    if kind is LOCKED:
        hint = "Another program is using it; close that program and try again."
        if find_network_drive(path):
            hint += f" If there is none: {MOVE_HINT}"
        return StoreError(f"{path} stayed locked for {BUSY_MILLISECONDS // 1000} seconds.", hint=hint)
    if kind is UNWRITABLE:
        hint = "Check that the folder exists and is yours to write."
        return StoreError(f"{path} cannot be written.", hint=hint)
    if kind is DAMAGED:
        hint = "Move it away and restore a copy, or name another folder in WORKBENCH_HOME."
        return StoreError(f"{path} is damaged ({text}).", hint=hint)
    if "i/o error" in text.lower():
        return StoreError(
            f"{path} cannot be read or written: the disk reports an error ({text}).",
            hint="Check the disk, and the connection of a network or removable drive; then try again.",
        )
    return StoreError(f"The database {path} reported an error: {text}.")


def _kind_of(code: str, text: str) -> tuple[str, ...] | None:
    for kind, words in TEXTS.items():
        if code.startswith(kind) if code else any(word in text for word in words):
            return kind
    return None


def find_network_drive(path: Path, mounts: str | None = None) -> str | None:
    """The kind of network drive that holds a file, such as "nfs"; None on a disk of this machine, or where
    that cannot be told.

    mounts: the mounted file systems as /proc/self/mounts lists them; None reads that file.
    """
    if str(path).startswith("\\\\"):
        return "smb"
    if mounts is None:
        try:
            mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None
    best, kind = "", None
    for line in mounts.splitlines():
        _, folder, file_system, *_ = [*line.split(" "), "", "", ""]
        folder = folder.replace("\\040", " ")
        inside = str(path) == folder or str(path).startswith(folder.rstrip(os.sep) + os.sep)
        if inside and len(folder) >= len(best):
            best, kind = folder, file_system
    return kind if kind in NETWORK_FILE_SYSTEMS else None
