"""Keeps what was fetched into a corpus: CORPUS/snapshot.json, and the step that exchanges the documents.
Knows nothing about where documents come from.

A fetch gathers files in CORPUS/.fetch and ends with `commit`. Whatever ends the program before leaves the old
documents; whatever ends it within `commit` is made good by `finish_commit`, which every reading of the corpus
begins with."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from workbench.corpus.document_files import TRASH
from workbench.errors import CorpusError, reason_of
from workbench.files.reading import read_text
from workbench.files.writing import locked, write_atomically
from workbench.input.json_reading import UnusableJson, parse_strict_json

FILE = "snapshot.json"
STAGING = ".fetch"
"""The folder of a fetch that is under way, inside the corpus."""
METADATA_FILE = "metadata.jsonl"
DOCUMENTS = "documents"
FORMAT = 1
_COMMIT = "commit.json"
_SOURCE_KEYS = ("url", "fetched")  # of a row of metadata.jsonl that a fetch may always change


@dataclass(frozen=True, slots=True)
class FetchedDocument:
    """A document of a snapshot."""

    document: str
    """Its name below documents/."""
    key: str
    """What its source calls it: a URL, a path, an id."""
    url: str
    """Where it comes from, for people."""
    mark: str
    """What tells whether it has changed: "ETag: …", a hash; empty where the source gives nothing."""
    sha256: str
    """The hash of the file, as hexadecimal digits."""
    fetched: str
    """When this content was fetched, in UTC as YYYY-MM-DDTHH:MM:SSZ."""


@dataclass(frozen=True, slots=True)
class FetchProblem:
    """Something that the last fetch could not get."""

    where: str
    """The URL or path."""
    why: str
    kept: str = ""
    """The document that keeps its older content; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The documents that were fetched, and what could not be."""

    fetched: str
    """When the documents last changed, in UTC as YYYY-MM-DDTHH:MM:SSZ."""
    checked: str
    """When the source was last asked, likewise."""
    documents: tuple[FetchedDocument, ...]
    """By name."""
    problems: tuple[FetchProblem, ...] = ()

    @property
    def id(self) -> str:
        """A hash of the documents' names and contents: equal ids mean equal documents."""
        lines = "\n".join(f"{d.document}\0{d.sha256}" for d in self.documents)
        return hashlib.sha256(lines.encode()).hexdigest()[:12]

    def to_json(self) -> dict[str, Any]:
        """Return the content of the file."""
        return {"format": FORMAT, "id": self.id} | asdict(self)


def read_snapshot(corpus: Path) -> Snapshot | None:
    """The snapshot of a corpus; None where nothing was fetched. Raises CorpusError for a damaged file."""
    file = corpus / FILE
    if not file.is_file():
        return None
    try:
        return _snapshot_of(parse_strict_json(read_text(file)))
    except (UnusableJson, KeyError, TypeError, ValueError) as error:
        raise CorpusError(
            f"{file} is damaged ({error}).", hint="Remove it and fetch again: everything is then fetched."
        ) from None


def _snapshot_of(row: Mapping[str, Any]) -> Snapshot:
    return Snapshot(
        str(row["fetched"]),
        str(row["checked"]),
        tuple(FetchedDocument(**entry) for entry in row["documents"]),
        tuple(FetchProblem(**entry) for entry in row["problems"]),
    )


def is_removed(corpus: Path, document: str) -> bool:
    """Whether a person has removed a document, which then stays away: it is in the trash."""
    return not (corpus / DOCUMENTS / document).is_file() and (corpus / TRASH / document).is_file()


def commit(
    corpus: Path,
    snapshot: Snapshot,
    staged: Mapping[str, str],
    gone: Iterable[str],
    metadata: Mapping[str, Mapping[str, Any]],
) -> None:
    """Exchange the documents of a corpus for those of a new snapshot.

    staged: document → its file in the staging folder, of the new and the changed ones.
    gone: documents that leave the corpus; they go to the trash.
    metadata: document → what is known about it, of the new and the changed ones.

    Raises CorpusError where something cannot be written; `finish_commit` then goes on.
    """
    plan = {
        "snapshot": snapshot.to_json(),
        "staged": dict(staged),
        "gone": list(gone),
        "metadata": {name: dict(row) for name, row in metadata.items()},
    }
    write_atomically(corpus / STAGING / _COMMIT, json.dumps(plan, ensure_ascii=False), raise_as=CorpusError)
    finish_commit(corpus)


def finish_commit(corpus: Path) -> None:
    """Carry out the exchange that was begun, if one was. Each step may be done already."""
    if not (corpus / STAGING / _COMMIT).is_file():
        return
    with locked(corpus / FILE, raise_as=CorpusError):
        file = corpus / STAGING / _COMMIT
        if not file.is_file():  # another process was faster
            return
        try:
            plan = json.loads(file.read_text(encoding="utf-8"))
            _exchange(corpus, plan)
        except (OSError, ValueError) as error:
            raise CorpusError(
                f"The documents that were fetched for {corpus.name} cannot be put in place: "
                f"{reason_of(error)}.",
                hint="Make room or correct the permissions; then they will be.",
            ) from None
        write_atomically(
            corpus / FILE, json.dumps(plan["snapshot"], ensure_ascii=False, indent=1), raise_as=CorpusError
        )
        file.unlink()
        shutil.rmtree(corpus / STAGING, ignore_errors=True)


def _exchange(corpus: Path, plan: Mapping[str, Any]) -> None:
    before = read_snapshot(corpus)
    hashes = {d.document: d.sha256 for d in before.documents} if before else {}
    for name, staged in plan["staged"].items():
        source, target = corpus / STAGING / staged, corpus / DOCUMENTS / name
        if source.is_file():
            if target.is_file() and hash_of(target.read_bytes()) != hashes.get(name):
                _to_trash(corpus, name)  # somebody has changed it here
            target.parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)
    for name in plan["gone"]:
        if (corpus / DOCUMENTS / name).is_file():
            _to_trash(corpus, name)
    _write_metadata(corpus, plan["metadata"], set(plan["gone"]))


def hash_of(data: bytes) -> str:
    """The hash of a document's file, as hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def _to_trash(corpus: Path, name: str) -> None:
    target = corpus / TRASH / name
    target.parent.mkdir(parents=True, exist_ok=True)
    (corpus / DOCUMENTS / name).replace(target)


def _write_metadata(corpus: Path, rows: Mapping[str, Mapping[str, Any]], gone: set[str]) -> None:
    """Put the rows of fetched documents into metadata.jsonl; other lines and keys stay as they are."""
    if not rows and not gone:
        return
    file = corpus / METADATA_FILE
    left = dict(rows)
    lines = []
    for line in file.read_text(encoding="utf-8").split("\n") if file.is_file() else []:
        row = _row_of(line)
        name = row.get("document") if row else None
        if row is None or not isinstance(name, str):
            lines += [line] if line.strip() else []
        elif name in left:
            lines.append(_as_line(name, row | dict(left.pop(name))))
        elif name not in gone or set(row) - {"document", *_SOURCE_KEYS}:
            lines.append(line)
    lines += [_as_line(name, row) for name, row in left.items()]
    write_atomically(file, "".join(f"{line}\n" for line in lines), raise_as=CorpusError)


def _row_of(line: str) -> dict[str, Any] | None:
    with suppress(UnusableJson):
        row = parse_strict_json(line)
        return row if isinstance(row, dict) else None
    return None


def _as_line(name: str, row: Mapping[str, Any]) -> str:
    return json.dumps({"document": name} | dict(row) | {"document": name}, ensure_ascii=False)
