"""Turns the key of a user into a hash that says nothing about the key, and into a place that stays the same.
Knows nothing about where keys come from."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from pathlib import Path

from workbench.errors import InputError
from workbench.files.writing import write_atomically

SALT_FILE = "user-salt"
"""In the home, beside the database: who has a copy of the database alone cannot try keys."""


def load_salt(home: Path) -> bytes:
    """The home's salt, made when it is first needed; of two servers that begin at once both get the same.

    Raises InputError when it cannot be written.
    """
    file = home / SALT_FILE
    if not file.exists():
        with suppress(InputError):  # another server was faster
            write_atomically(file, secrets.token_hex(32), overwrite=False, private=True)
    try:
        return bytes.fromhex(file.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file}, which hashes the keys of users, cannot be used: {error}.") from None


def hash_user(salt: bytes, key: str) -> str:
    """What is stored of a user's key; "" for none."""
    if not key:
        return ""
    return hashlib.blake2b(key.encode(errors="replace"), key=salt, digest_size=12).hexdigest()


def place_of(*names: str) -> float:
    """A number in [0, 1), always the same for the same names, and evenly spread."""
    digest = hashlib.blake2b("\0".join(names).encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
