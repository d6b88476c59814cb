"""Adds corpora that are fetched, fetches them again, and tells how fresh they are.
Knows nothing about commands and pages, which show what is returned here."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from workbench.corpus.corpus import create_corpus, find_corpus, load_documents_of
from workbench.corpus.document_files import find_documents
from workbench.corpus.lost_quotes import EvidenceCheck, LostQuestion, check_evidence
from workbench.corpus.snapshot import DOCUMENTS, STAGING, Snapshot, read_snapshot
from workbench.errors import CorpusError
from workbench.formatting import counted, listed
from workbench.settings import Settings
from workbench.sources.fetched import Fetched
from workbench.sources.fetching import IsStopped, Tell, fetch_into
from workbench.sources.made_here import describe_unknown, is_known, remember
from workbench.sources.open_source import open_source
from workbench.sources.source_file import SourceFile, find_source, get_source, with_full_paths, write_source

NAMED = 10  # documents that a description names one by one


@dataclass(frozen=True)
class FetchReport:
    """What came of a fetch, and which questions it concerns."""

    fetched: Fetched
    lost: tuple[LostQuestion, ...] = ()
    """The questions whose quotes are gone, whenever that happened."""

    def to_json(self) -> dict[str, Any]:
        """Return the document of `corpus fetch --json`."""
        fetched = self.fetched
        return {
            "corpus": fetched.corpus,
            "state": fetched.state,
            "snapshot": _snapshot_json(fetched.snapshot),
            "new": list(fetched.new),
            "changed": list(fetched.changed),
            "gone": [{"document": name, "why": why} for name, why in fetched.gone],
            "unchanged": fetched.unchanged,
            "problems": [asdict(problem) for problem in fetched.problems],
            "notes": list(fetched.notes),
            "questions": [question.to_json() for question in self.lost],
            "in_words": self.headline(),
        }

    def headline(self) -> str:
        """Return the figures in one sentence."""
        fetched = self.fetched
        if fetched.state == "stopped":
            return (
                "Stopped: the documents are unchanged. What was fetched is kept, and the next fetch "
                "continues from there."
            )
        return (
            f"{len(fetched.new):,} new, {len(fetched.changed):,} changed, {len(fetched.gone):,} gone, "
            f"{fetched.unchanged:,} unchanged."
        )

    def describe(self) -> str:
        """Return it in words, for people: the figures on the first line."""
        fetched = self.fetched
        lines = [f"{fetched.corpus}: {self.headline()}"]
        lines += _listing("New", fetched.new) if fetched.unchanged or fetched.changed else []
        lines += _listing("Changed", fetched.changed)
        lines += _listing("Removed, now in the trash", [f"{name}: {why}" for name, why in fetched.gone])
        lines += describe_problems(fetched.problems)
        lines += fetched.notes
        return "\n".join([*lines, *describe_lost(self.lost)])


@dataclass(frozen=True)
class CorpusStatus:
    """How fresh a corpus is."""

    corpus: str
    source: SourceFile | None
    """What it is fetched from; None for a folder of files."""
    is_known: bool
    """Whether the user has described or allowed the source; True where there is none."""
    snapshot: Snapshot | None
    """None where nothing was fetched."""
    documents: int
    """Files of its documents, fetched or not."""
    is_unfinished: bool
    """Whether a fetch was stopped, so that the next one goes on."""
    lost: tuple[LostQuestion, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the document of `corpus status --json`."""
        return {
            "corpus": self.corpus,
            "source": self.source.to_json() if self.source else None,
            "kind": self.source.kind if self.source else None,
            "place": self.source.place if self.source else None,
            "allowed": self.is_known,
            "unknown": describe_unknown(self.corpus, self.source)
            if self.source and not self.is_known
            else None,
            "snapshot": _snapshot_json(self.snapshot),
            "documents": self.documents,
            "unfinished": self.is_unfinished,
            "problems": [asdict(problem) for problem in self.snapshot.problems] if self.snapshot else [],
            "questions": [question.to_json() for question in self.lost],
        }

    def describe(self) -> str:
        """Return it in words, for people."""
        lines = [f"{self.corpus}: {counted(self.documents, 'document')}."]
        if self.source is None:
            lines.append("It is a folder of files: nothing is fetched.")
        else:
            lines.append(f"Fetched from {self.source.place}.")
            lines.append(_describe_snapshot(self.snapshot))
        if self.is_unfinished:
            lines.append("A fetch was stopped; the next one continues.")
        lines += describe_problems(self.snapshot.problems) if self.snapshot else []
        return "\n".join([*lines, *(describe_lost(self.lost) or ["All quotes of its questions are there."])])


def _snapshot_json(snapshot: Snapshot | None) -> dict[str, Any] | None:
    if snapshot is None:
        return None
    return {
        "id": snapshot.id,
        "fetched": snapshot.fetched,
        "checked": snapshot.checked,
        "documents": len(snapshot.documents),
    }


def _describe_snapshot(snapshot: Snapshot | None) -> str:
    if snapshot is None:
        return "It was not fetched yet."
    documents = counted(len(snapshot.documents), "document")
    return (
        f"Snapshot {snapshot.id} of {snapshot.fetched}, {documents}; the source was last asked on "
        f"{snapshot.checked}."
    )


def _listing(title: str, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    more = [f"  … and {len(names) - NAMED:,} more"] if len(names) > NAMED else []
    return [f"{title}:", *(f"  {name}" for name in names[:NAMED]), *more]


def describe_problems(problems: Sequence[Any]) -> list[str]:
    """What could not be got, in lines; none where all could."""
    return _listing(
        "Could not be fetched",
        [f"{p.where} {p.why}" + (f" ({p.kept} keeps its older content)" if p.kept else "") for p in problems],
    )


def describe_lost(lost: Sequence[LostQuestion]) -> list[str]:
    """The questions whose quotes are gone, in lines; none where all are there."""
    if not lost:
        return []
    lines = [f"{counted(len(lost), 'question')} with quotes that are gone:"]
    for question in lost:
        lines.append(f"  {question.id}  {question.question}")
        for one in question.lost:
            what = f"the quote {one.quote[:120]!r} is not in {one.document}"
            if not one.has_document:
                what = f"there is no document {one.document}"
            lines.append(f"    {what}" + (f"; nearest: {one.nearest!r}" if one.nearest else ""))
    return lines


def _check(settings: Settings, path: Path) -> EvidenceCheck:
    return check_evidence(path, load_documents_of(path, settings.cache / "documents"))


def _report(settings: Settings, path: Path, fetched: Fetched) -> FetchReport:
    found = _check(settings, path)
    moved = sorted({question for question, document in found.by_position if document in fetched.changed})
    if moved:
        others = f" and {len(moved) - NAMED:,} more" if len(moved) > NAMED else ""
        note = (
            f"Check {listed(moved[:NAMED])}{others}: their evidence is given by its place in a document that "
            "has changed."
        )
        fetched = replace(fetched, notes=(*fetched.notes, note))
    return FetchReport(fetched, found.lost)


def get_status(settings: Settings, name: str) -> CorpusStatus:
    """How fresh a corpus is. Nothing is fetched. Raises CorpusError."""
    path = find_corpus(name, settings.corpora)
    source = find_source(path)
    lost = _check(settings, path).lost  # completes an exchange of documents that was cut off
    folder = path / DOCUMENTS if (path / DOCUMENTS).is_dir() else path
    return CorpusStatus(
        path.name, source, source is None or is_known(settings.home, source), read_snapshot(path),
        len(find_documents(folder)[0]), (path / STAGING).is_dir(), lost,
    )  # fmt: skip


async def fetch_corpus(
    settings: Settings, name: str, *, allow: bool = False, tell: Tell = lambda _: None,
    is_stopped: IsStopped = lambda: False,
) -> FetchReport:  # fmt: skip
    """Fetch what changed in a corpus's source.

    allow: the user says that this source may be fetched, though it was not described in this home.

    Raises CorpusError; the corpus then stays as it is.
    """
    path = find_corpus(name, settings.corpora)
    source = get_source(path)
    if not allow and not is_known(settings.home, source):
        raise CorpusError(
            describe_unknown(path.name, source),
            hint=f"If that is what you want, allow it once: corpus fetch {path.name} --allow.",
            about="allow",
        )
    remember(settings.home, source)
    opened = open_source(source, settings.cache)
    fetched = await fetch_into(path, opened, source.fingerprint, tell=tell, is_stopped=is_stopped)
    return await asyncio.to_thread(_report, settings, path, fetched)


async def add_corpus(
    settings: Settings, name: str, source: SourceFile, *, tell: Tell = lambda _: None,
    is_stopped: IsStopped = lambda: False,
) -> FetchReport:  # fmt: skip
    """Create a corpus that is fetched, and fetch it. Raises CorpusError, and then there is no such corpus."""
    path = create_corpus(settings.corpora, name)
    is_done = False
    try:
        source = with_full_paths(source)
        write_source(path, source)
        remember(settings.home, source)
        report = await fetch_corpus(settings, name, tell=tell, is_stopped=is_stopped)
        is_done = report.fetched.state == "done" or (path / STAGING).is_dir()
        return report
    finally:
        if not is_done:
            shutil.rmtree(path, ignore_errors=True)
