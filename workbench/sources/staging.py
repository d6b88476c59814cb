"""Gathers what a fetch gets in the corpus's staging folder, so that a fetch that was stopped goes on.
Knows nothing about sources and about the documents of the corpus."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.corpus.snapshot import STAGING, hash_of
from workbench.errors import CorpusError, reason_of
from workbench.files.writing import write_atomically
from workbench.sources.types import Got

_INDEX = "staged.jsonl"


@dataclass(frozen=True, slots=True)
class Staged:
    """A document that was got and waits for the end of the fetch."""

    key: str
    """See Got."""
    name: str
    """The name that its source suggests."""
    mark: str
    """See Got."""
    url: str
    """See Got."""
    sha256: str
    """Of its content."""
    fetched: str
    """When it was got: ISO 8601, in UTC."""
    file: str
    """Its file in the staging folder."""
    metadata: dict[str, Any] = field(default_factory=dict)
    """See Got."""


class Staging:
    """The staging folder of one corpus, for one source."""

    def __init__(self, corpus: Path, fingerprint: str) -> None:
        """Open the folder; what was staged for another source is removed.

        fingerprint: of the source.
        """
        self._folder = corpus / STAGING
        self._fingerprint = fingerprint
        self.staged: dict[str, Staged] = {}
        """Key → the document that was got, in this fetch or one that was stopped."""
        self._reopen()
        if not self.staged:
            self.remove()

    def _reopen(self) -> None:
        """Take up what a fetch of the same source left when it was stopped."""
        # What a program that was killed wrote last may be half a line, or a file that is not whole.
        with suppress(OSError, ValueError, TypeError):
            lines = (self._folder / _INDEX).read_text(encoding="utf-8").split("\n")
            if json.loads(lines[0]) == self._fingerprint:
                for line in lines[1:-1]:
                    one = Staged(**json.loads(line))
                    if hash_of((self._folder / one.file).read_bytes()) == one.sha256:
                        self.staged[one.key] = one
        if self.staged:
            self._write_index()

    def _write_index(self) -> None:
        rows = [json.dumps(_as_row(one)) for one in self.staged.values()]
        text = "\n".join([json.dumps(self._fingerprint), *rows, ""])
        write_atomically(self._folder / _INDEX, text, raise_as=CorpusError)

    def add(self, got: Got, fetched: str) -> Staged:
        """Keep a document. Raises CorpusError when it cannot be written."""
        file = hashlib.sha256(got.key.encode()).hexdigest()[:32]
        one = Staged(
            got.key,
            got.name,
            got.mark,
            got.url or got.key,
            hash_of(got.data),
            fetched,
            file,
            dict(got.metadata),
        )
        try:
            self._folder.mkdir(exist_ok=True)
            (self._folder / file).write_bytes(got.data)
            if not self.staged:
                self._write_index()
            with (self._folder / _INDEX).open("a", encoding="utf-8") as index:
                index.write(json.dumps(_as_row(one)) + "\n")
        except OSError as error:
            raise CorpusError(f"{self._folder} cannot be written: {reason_of(error)}.") from None
        self.staged[got.key] = one
        return one

    def remove(self) -> None:
        """Remove everything that was gathered."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self.staged.clear()


def _as_row(one: Staged) -> Mapping[str, Any]:
    return {name: getattr(one, name) for name in Staged.__slots__}
