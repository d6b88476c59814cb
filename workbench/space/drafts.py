"""Keeps drafts of experiments, one file each in the data folder, so that they survive a reload and a restart.
Knows nothing about what a draft's content means: the page that writes it reads it again."""

from __future__ import annotations

import json
import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import InputError, reason_of
from workbench.files.private import make_private_folder
from workbench.files.reading import read_utf8
from workbench.files.writing import locked, write_atomically
from workbench.input.json_reading import UnusableJson, parse_strict_json

FORMAT = 1
_ID = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True)
class Draft:
    """A stored draft."""

    id: str
    """Eight hexadecimal digits; also the name of its file."""
    revision: int
    """How often it was saved. Whoever saves says which revision the changes were made on."""
    saved_at: float
    """When it was saved last, in seconds since the epoch."""
    name: str
    """The experiment's name, for lists."""
    corpus: str
    """The experiment's corpus, for lists."""
    content: dict[str, Any]
    """The draft itself, as plain data."""


class DraftChanged(InputError):
    """The draft was saved by somebody else since it was read."""


class DraftUnreadable(InputError):
    """The file of a draft cannot be read. It was renamed, so that nothing overwrites it."""


class DraftFiles:
    """The drafts in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def list_newest_first(self) -> list[Draft]:
        """Return the drafts that can be read; the others are reported when they are opened."""
        drafts = []
        for path in self.folder.glob("*.json"):
            with suppress(OSError, ValueError):
                drafts.append(_parse(path.stem, read_utf8(path)))
        return sorted(drafts, key=lambda draft: (-draft.saved_at, draft.id))

    def find(self, draft_id: str) -> Draft | None:
        """Return a draft, None if there is none of this id.

        Raises DraftUnreadable, after the file was renamed, when it is no draft of this version.
        """
        path = self._path(draft_id)
        if path is None or not path.exists():
            return None
        try:
            return _parse(draft_id, read_utf8(path))
        except OSError as error:  # it may be readable later, so it stays
            raise DraftUnreadable(f"The draft {path} cannot be read: {reason_of(error)}.") from None
        except ValueError as error:
            raise self.set_aside(draft_id, str(error)) from None

    def set_aside(self, draft_id: str, why: str) -> DraftUnreadable:
        """Rename a draft that cannot be used, and return the error that says so."""
        path = self.folder / f"{draft_id}.json"
        aside = path.with_suffix(f".unreadable-{secrets.token_hex(2)}")
        try:
            path.replace(aside)
        except OSError as error:
            reason = reason_of(error)
            return DraftUnreadable(f"The draft {path} cannot be read ({why}), nor renamed: {reason}.")
        return DraftUnreadable(f"The draft cannot be read ({why}). Its file is kept as {aside}.")

    def save(
        self, draft_id: str | None, content: dict[str, Any], *, revision: int, name: str, corpus: str
    ) -> Draft:
        """Write a draft whole or not at all, for its owner alone.

        draft_id: None makes a new draft.
        revision: the one that was read, 0 for a new draft.

        Raises DraftChanged when the stored draft has another revision, and InputError when it cannot be
        written.
        """
        path = self._path(draft_id or secrets.token_hex(4))
        if path is None:
            raise InputError(f"{draft_id!r} is not the id of a draft.")
        self._make_folder()
        with locked(path):
            stored = self.find(path.stem)
            if stored is not None and stored.revision != revision:
                raise DraftChanged("The draft was also changed in another tab or window.")
            draft = Draft(path.stem, revision + 1, time.time(), name, corpus, content)
            data = {"format": FORMAT, **{k: v for k, v in vars(draft).items() if k != "id"}}
            write_atomically(path, json.dumps(data, ensure_ascii=False, indent=1), private=True)
        return draft

    def delete(self, draft_id: str) -> None:
        path = self._path(draft_id)
        if path is not None:
            with locked(path):
                path.unlink(missing_ok=True)

    def _path(self, draft_id: str) -> Path | None:
        return self.folder / f"{draft_id}.json" if _ID.fullmatch(draft_id) else None

    def _make_folder(self) -> None:
        try:
            make_private_folder(self.folder)
        except OSError as error:
            raise InputError(f"{self.folder} cannot be created: {reason_of(error)}.") from None


def _parse(draft_id: str, text: str) -> Draft:
    """Raises ValueError for anything but a draft of this version."""
    try:
        data = parse_strict_json(text)
    except UnusableJson as error:
        raise ValueError(f"it {error}") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ValueError("it is not a draft of this version")
    fields = {"revision": int, "saved_at": int | float, "name": str, "corpus": str, "content": dict}
    for name, kind in fields.items():
        if not isinstance(data.get(name), kind):
            raise ValueError(f"it has no usable {name!r}")
    return Draft(draft_id, **{name: data[name] for name in fields})
