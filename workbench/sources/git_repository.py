"""Fetches the files of a git repository's folder, by the program git: each commit brings only what changed.
Knows nothing about corpora.

Nothing of the repository is checked out, so that no hook, filter or link in it has any effect."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from workbench.corpus.document_files import is_document
from workbench.errors import CorpusError, MissingPackage
from workbench.files.private import make_private_folder
from workbench.files.reading import MOST_BYTES
from workbench.formatting import byte_size, counted
from workbench.sources.document_naming import safe_path
from workbench.sources.source_file import GitSource
from workbench.sources.types import (
    Counted,
    Event,
    Failed,
    Got,
    Remark,
    Same,
    is_hidden,
    other_files,
    too_many,
)

SECONDS = 1800.0
"""The longest that git may take for one step."""
_ALLOWED = "https:http:ssh:git:file"  # not ext:, which runs a command
_LFS = b"version https://git-lfs.github.com/spec/"
_ENTRY = re.compile(r"(\d+) (\w+) ([0-9a-f]+) +(\d+|-)\t(.*)", re.DOTALL)
_LINK = "120000"


@dataclass(frozen=True, slots=True)
class _File:
    mode: str
    blob: str
    """The hash of its content."""
    size: int
    path: str
    """Below the folder that is fetched."""


@dataclass(frozen=True)
class GitRepository:
    """The files below a folder of a repository, as a branch has them."""

    source: GitSource
    cache: Path
    """The folder for copies of repositories; a lost one is fetched whole again."""

    async def read(self, known: Mapping[str, str]) -> AsyncGenerator[Event, None]:
        """See Source."""
        repository = self._copy
        await self._fetch(repository)
        files = await self._list(repository)
        documents = [f for f in files if _is_document(f) and f.mode != _LINK]
        for remark in _describe_others(files):
            yield remark
        if len(documents) > self.source.most_documents:
            most = self.source.most_documents
            yield Remark(too_many(len(documents), most))
            documents = documents[:most]
        yield Counted(len(documents))
        for file in documents:
            yield await self._read_file(repository, file, known.get(file.path, ""))

    @property
    def _copy(self) -> Path:
        name = hashlib.sha256(f"{self.source.git}\0{self.source.branch}".encode()).hexdigest()[:16]
        return self.cache / f"{name}.git"

    async def _fetch(self, repository: Path) -> None:
        if not (repository / "HEAD").is_file():
            make_private_folder(repository.parent)
            await _git("init", "--quiet", "--bare", str(repository))
        try:
            await _git(
                "-C", str(repository), "fetch", "--quiet", "--depth=1", "--no-tags", "--force",
                "--end-of-options",
                _as_git_takes_it(self.source.git), f"{self.source.branch or 'HEAD'}:refs/fetched",
            )  # fmt: skip
        except _GitFailed as error:
            branch = f" (branch {self.source.branch})" if self.source.branch else ""
            raise CorpusError(
                f"{self.source.place}{branch} cannot be fetched: {error}.",
                hint="Does `git ls-remote` reach it on this machine, without asking for a password?",
            ) from None

    async def _list(self, repository: Path) -> list[_File]:
        folder = PurePosixPath(self.source.folder.strip("/") or ".")
        if ".." in folder.parts:
            raise CorpusError(f"The folder {self.source.folder!r} leads out of the repository.")
        tree = "refs/fetched" if folder == PurePosixPath(".") else f"refs/fetched:{folder}"
        try:
            listing = await _git("-C", str(repository), "ls-tree", "-r", "-l", "-z", "--end-of-options", tree)
        except _GitFailed:
            raise CorpusError(f"{self.source.git} has no folder {self.source.folder!r}.") from None
        entries = map(_ENTRY.fullmatch, listing.decode("utf-8", "replace").split("\0"))
        return [
            _File(entry[1], entry[3], int(entry[4]) if entry[4].isdigit() else 0, entry[5])
            for entry in entries
            if entry is not None
        ]

    async def _read_file(self, repository: Path, file: _File, mark: str) -> Event:
        if mark == file.blob:
            return Same(file.path)
        if file.size > MOST_BYTES:
            return Failed(file.path, f"has {byte_size(file.size)}; the limit is {byte_size(MOST_BYTES)}")
        try:
            data = await _git("-C", str(repository), "cat-file", "blob", file.blob)
        except _GitFailed as error:
            return Failed(file.path, f"cannot be read: {error}")
        if data.startswith(_LFS):
            return Failed(file.path, "is kept by Git LFS, which is not fetched")
        name = safe_path(file.path.split("/"))
        folder = self.source.folder.strip("/")
        url = f"{self.source.git}#{f'{folder}/' if folder else ''}{file.path}"
        return Got(file.path, name, data, file.blob, re.sub(r"//[^/@]*@", "//", url))


def _is_document(file: _File) -> bool:
    return is_document(file.path) and not is_hidden(file.path)


def _describe_others(files: list[_File]) -> list[Remark]:
    remarks = []
    if others := other_files([f.path for f in files if not _is_document(f)]):
        remarks.append(Remark(others))
    if links := [f for f in files if f.mode == _LINK and _is_document(f)]:
        remarks.append(Remark(f"{counted(len(links), 'link')} left out, such as {links[0].path}."))
    return remarks


def _as_git_takes_it(repository: str) -> str:
    """A path on this machine in full; git would take it as relative to its copy."""
    path = Path(repository).expanduser()
    with suppress(OSError):
        if path.exists():
            return str(path.resolve())
    return repository


class _GitFailed(Exception):
    """What git said when it failed, on one line."""


async def _git(*arguments: str) -> bytes:
    """What git prints. Raises _GitFailed, and MissingPackage where there is no git."""
    environment = {
        **os.environ,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": _ALLOWED,
        "GIT_SSH_COMMAND": os.environ.get("GIT_SSH_COMMAND", "ssh -o BatchMode=yes"),
        "LC_ALL": "C",
    }
    try:
        process = await asyncio.create_subprocess_exec(
            "git", "-c", "core.hooksPath=/dev/null", *arguments, env=environment,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
    except OSError:
        raise MissingPackage(
            "Repositories are fetched by the program git, which is not installed.",
            hint="Install it: https://git-scm.com/downloads.",
        ) from None
    try:
        async with asyncio.timeout(SECONDS):
            out, errors = await process.communicate()
    except TimeoutError:
        raise _GitFailed(f"git takes more than {SECONDS / 60:.0f} minutes") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        lines = [line.strip() for line in errors.decode("utf-8", "replace").splitlines() if line.strip()]
        said = next((line for line in lines if line.startswith(("fatal:", "ERROR:", "error:"))), "")
        what = (said or " ".join(lines)).partition(": ")[2] or said or f"exit code {process.returncode}"
        raise _GitFailed(re.sub(r"//[^/@ ]*@", "//", what).rstrip(".")[:300])
    return out
