"""Remembers which code the user of a home has said may run, and asks for the rest.
Knows nothing about experiments: a file from somebody else never runs code by itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from workbench.errors import CodeNotAllowed, StoreError, reason_of
from workbench.files.writing import write_cache_file
from workbench.settings import Settings, load_settings
from workbench.user_code.places import hash_file

FILE_NAME = "allowed_code.json"


@dataclass(frozen=True)
class Code:
    """Something that runs code: a file, or a part of an installed package with its settings."""

    what: str
    """The file's full path, or the part as it is written."""
    sha256: str
    """Of the file's bytes, or of the part's text: what has changed is asked about again."""
    package: str = ""
    """The installed package that the part comes with; "" for a file."""

    @classmethod
    def of_file(cls, file: Path) -> Code:
        """Raises OSError for a file that cannot be read."""
        return cls(str(file), hash_file(file))

    @classmethod
    def of_part(cls, text: str, package: str) -> Code:
        """A part of an installed package.

        text: its import path with its settings.
        """
        return cls(text, hashlib.sha256(text.encode()).hexdigest(), package)

    @property
    def in_words(self) -> str:
        """What it is, in one sentence."""
        if not self.package:
            return f"{self.what} contains Python code that you have not allowed to run."
        return (
            f"{self.what} comes with the installed package {self.package}. It could send what it is given "
            "anywhere, with any key of this computer, and you have not allowed it to run."
        )


@dataclass(frozen=True)
class AllowedCode:
    """A yes of the user."""

    what: str
    """As in Code."""
    sha256: str
    """As in Code."""
    at: str
    """When it was said: ISO 8601, in UTC."""


_settings: Settings | None = None
_folders: list[Path] = []


def use_settings(settings: Settings) -> None:
    """Take the permissions of this home, for the whole process. Without it, those of the environment's."""
    global _settings
    _settings = settings


def look_in(folder: Path) -> None:
    """Look for modules in this folder, too: that of an experiment file which the user named."""
    folder = folder.resolve()
    if folder in _folders:
        _folders.remove(folder)
    _folders.insert(0, folder)


def code_folders() -> list[Path]:
    """Where a user's own modules are looked for: beside the experiment file, in the experiments folder, in
    the working folder, and where a file is that was allowed."""
    allowed = [Path(a.what).parent for a in reversed(list_allowed()) if a.what.endswith(".py")]
    return list(dict.fromkeys([*_folders, _current().experiments, Path.cwd(), *allowed]))


def _current() -> Settings:
    return _settings or load_settings()


def list_allowed() -> list[AllowedCode]:
    """What was allowed in this home, oldest first. A file that cannot be read allows nothing."""
    try:
        entries = json.loads((_current().home / FILE_NAME).read_text(encoding="utf-8"))
        return [AllowedCode(**entry) for entry in entries]
    except (OSError, ValueError, TypeError):
        return []


def allow(codes: Iterable[Code]) -> None:
    """Remember that this code may run, as long as it stays the same. Raises StoreError."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    new = {code.what: AllowedCode(code.what, code.sha256, now) for code in codes}
    if new:
        _write([*(a for a in list_allowed() if a.what not in new), *new.values()])


def forget(what: str) -> bool:
    """Take a yes back. Returns whether there was one."""
    kept = [allowed for allowed in list_allowed() if allowed.what != what]
    was_there = len(kept) < len(list_allowed())
    if was_there:
        _write(kept)
    return was_there


def _write(entries: Sequence[AllowedCode]) -> None:
    file = _current().home / FILE_NAME
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_cache_file(file, json.dumps([asdict(entry) for entry in entries], indent=1))
    except OSError as error:
        raise StoreError(f"{file} cannot be written: {reason_of(error)}.") from None


def refused(codes: Iterable[Code]) -> list[Code]:
    """What may not run yet."""
    allowed = {(entry.what, entry.sha256) for entry in list_allowed()}
    return [code for code in dict.fromkeys(codes) if (code.what, code.sha256) not in allowed]


def require(codes: Iterable[Code]) -> None:
    """Raise CodeNotAllowed when some of this code may not run. Nothing was run then."""
    missing = refused(codes)
    if missing:
        error = CodeNotAllowed(
            " ".join([*(code.in_words for code in missing), "Nothing was run."]),
            hint="Read it. If you trust it, allow it in the app or with --allow-code. "
            "A change is asked about again.",
            remedy=("allow_code",),
        )
        raise error
