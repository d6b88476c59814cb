"""Names the documents that are fetched: from their addresses and paths, each with a name of its own.
Knows nothing about what is in them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from workbench.operating_system import portable_file_name
from workbench.typography import composed

LONGEST_PART = 100  # characters of a folder's or a file's name
INDEX = "index"
_ODD = re.compile(r"[^\w .,()+@~=-]+")


def name_of_url(url: str, suffix: str, *, with_host: bool = False) -> str:
    """The name of a page or file on the web: its path, with a suffix.

    with_host: whether the name begins with the host, because there are several.
    """
    parts = urlsplit(url)
    steps = [step for step in unquote(parts.path).split("/") if step]
    *folders, last = steps if steps and not parts.path.endswith("/") else [*steps, INDEX]
    stem = last.removesuffix(PurePosixPath(last).suffix) if _has_file_suffix(last) else last
    if parts.query:
        stem = f"{stem}-{hashlib.sha256(parts.query.encode()).hexdigest()[:6]}"
    host = [parts.hostname or ""] if with_host else []
    return safe_path([*host, *folders, f"{stem}{suffix}"])


def _has_file_suffix(name: str) -> bool:
    """Whether a name ends as files do, "guide.html" but not "v1.2"."""
    return bool(re.fullmatch(r"\.[A-Za-z][A-Za-z0-9]{0,4}", PurePosixPath(name).suffix))


def safe_path(steps: Collection[str]) -> str:
    """A path that every operating system takes, below the folder that it is meant for."""
    return "/".join(_safe(step) for step in steps)


def _safe(step: str) -> str:
    plain = _ODD.sub("-", composed(step)).strip("- ").lstrip(".")
    suffix = PurePosixPath(plain).suffix
    plain = f"{plain.removesuffix(suffix)[: LONGEST_PART - len(suffix)].rstrip('- ')}{suffix}"
    return portable_file_name(plain or "_")


class Names:
    """The names of a corpus that are taken, whatever their case."""

    def __init__(self, taken: Collection[str]) -> None:
        self._taken = {name.casefold() for name in taken}

    def take(self, name: str) -> str:
        """A name that nothing has yet: the one that is given, or with a number."""
        path = PurePosixPath(name)
        number, free = 1, name
        while free.casefold() in self._taken:
            number += 1
            free = path.with_name(f"{path.stem}-{number}{path.suffix}").as_posix()
        self._taken.add(free.casefold())
        return free
