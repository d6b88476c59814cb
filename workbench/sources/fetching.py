"""Fetches the documents of a corpus from its source: only what changed, and all of it or nothing.
Knows nothing about any single kind of source, nor about questions.

What is got waits in the staging folder; the documents of the corpus are exchanged at the end, in one step. A
fetch that is stopped or fails leaves the corpus as it is, and the next one goes on from what was got."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Mapping
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench.corpus.document_files import find_files
from workbench.corpus.samples import require_own
from workbench.corpus.snapshot import (
    DOCUMENTS,
    FetchedDocument,
    FetchProblem,
    Snapshot,
    commit,
    finish_commit,
    is_removed,
    read_snapshot,
)
from workbench.errors import CorpusError
from workbench.files.writing import locked
from workbench.formatting import byte_size, counted
from workbench.sources.document_naming import Names
from workbench.sources.fetched import Fetched
from workbench.sources.staging import Staged, Staging
from workbench.sources.types import Counted, Event, Failed, Gone, Got, Remark, Same, Source

MOST_BYTES = 2_000_000_000
"""The most bytes of one fetch."""
MOST_SECONDS = 2 * 3600.0
"""The longest that one fetch may take; the next one goes on."""
WATCH_SECONDS = 0.1  # between two looks at whether to stop
NOT_LISTED = "the source no longer lists it"

Tell = Callable[[dict[str, Any]], None]
"""Hears {done, count, bytes, doing}; count is 0 while it is not known."""
IsStopped = Callable[[], bool]


@contextmanager
def fetching_alone(corpus: Path) -> Iterator[None]:
    """Hold the corpus's lock for fetching. Raises CorpusError at once where another fetch holds it, and for a
    sample, which is read-only."""
    require_own(corpus)
    busy = f"{corpus.name} is being fetched already."
    with locked(corpus / "fetching", raise_as=CorpusError, seconds=0, busy=busy):
        yield


async def fetch_into(
    corpus: Path,
    source: Source,
    fingerprint: str,
    *,
    tell: Tell = lambda _: None,
    is_stopped: IsStopped = lambda: False,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    most_seconds: float = MOST_SECONDS,
) -> Fetched:
    """Fetch the documents of a corpus from a source.

    fingerprint: of the source, so that what was got from another one is not used.
    tell: hears how far it is.

    Raises CorpusError when the source cannot be read, gives no document, or another fetch is under way; the
    corpus then stays as it is.
    """
    with fetching_alone(corpus):
        _check_layout(corpus)
        await asyncio.to_thread(finish_commit, corpus)
        fetch = _Fetch(corpus, await asyncio.to_thread(Staging, corpus, fingerprint), tell, now)
        events = source.read(fetch.known())
        if not await _until_stopped(fetch.take_all(events), is_stopped, most_seconds):
            return Fetched(corpus.name, "stopped", fetch.before)
        return await asyncio.to_thread(fetch.finish)


async def _until_stopped(work: Coroutine[Any, Any, None], is_stopped: IsStopped, most_seconds: float) -> bool:
    """Do the work; return whether it was done, and not stopped before."""
    loop = asyncio.get_running_loop()
    end = loop.time() + most_seconds
    task = asyncio.ensure_future(work)
    try:
        while not task.done() and not is_stopped() and loop.time() < end:
            await asyncio.wait({task}, timeout=WATCH_SECONDS)
    finally:
        is_done = task.done()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    return is_done


def _check_layout(corpus: Path) -> None:
    if not (corpus / DOCUMENTS).is_dir() and any(
        _is_own_document(corpus, name) for name, _ in find_files(corpus)
    ):
        raise CorpusError(
            f"The documents of {corpus.name} are next to its source.yaml; new ones go into documents/.",
            hint=f"Move them into {corpus / DOCUMENTS}.",
        )


def _is_own_document(corpus: Path, name: str) -> bool:
    from workbench.corpus.corpus import QUESTION_FILES
    from workbench.corpus.document_files import is_document

    return is_document(name) and name not in QUESTION_FILES and (corpus / name).is_file()


@dataclass
class _Fetch:
    """One fetch under way."""

    corpus: Path
    staging: Staging
    tell: Tell
    now: Callable[[], datetime]
    before: Snapshot | None = field(init=False)
    same: set[str] = field(default_factory=set)
    """Keys of documents that have not changed."""
    problems: dict[str, str] = field(default_factory=dict)
    """Key → why it could not be got."""
    not_there: dict[str, str] = field(default_factory=dict)
    """Key → why the source says that it is not there."""
    got: dict[str, Staged] = field(default_factory=dict)
    """Key → what was got, new or changed."""
    notes: list[str] = field(default_factory=list)
    is_incomplete: bool = False
    _count: int = 0
    _bytes: int = 0

    def __post_init__(self) -> None:
        self.before = read_snapshot(self.corpus)
        self._old = {d.key: d for d in self.before.documents} if self.before else {}
        self._removed = {key for key, d in self._old.items() if is_removed(self.corpus, d.document)}

    def known(self) -> dict[str, str]:
        """Key → mark of what need not be fetched again."""
        here = {
            key: d.mark
            for key, d in self._old.items()
            if d.mark and (key in self._removed or (self.corpus / DOCUMENTS / d.document).is_file())
        }
        return here | {key: one.mark for key, one in self.staging.staged.items() if one.mark}

    async def take_all(self, events: AsyncGenerator[Event, None]) -> None:
        """Take what the source tells until its end."""
        self._say("asking the source")
        async with aclosing(events) as told:
            async for event in told:
                await self._take(event)

    async def _take(self, event: Event) -> None:
        match event:
            case Counted(count):
                self._count = count
            case Got():
                self._bytes += len(event.data)
                if self._bytes > MOST_BYTES:
                    raise CorpusError(
                        f"The documents have more than {byte_size(MOST_BYTES)}.",
                        hint="Fetch a part of them, or set most_documents.",
                    )
                self.got[event.key] = await asyncio.to_thread(self.staging.add, event, self._time())
            case Same(key) if key in self.staging.staged:
                self.got[key] = self.staging.staged[key]
            case Same(key):
                self.same.add(key)
            case Gone(key, why):
                self.not_there[key] = why
            case Failed(key, why):
                self.problems[key] = why
            case Remark():
                self.notes.append(event.text)
                self.is_incomplete |= event.is_incomplete
        if not isinstance(event, Counted | Remark):
            self._say(event.key)

    def _say(self, doing: str) -> None:
        done = len(self.got) + len(self.same) + len(self.not_there) + len(self.problems)
        self.tell({"done": done, "count": self._count, "bytes": self._bytes, "doing": doing})

    def _time(self) -> str:
        return self.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def finish(self) -> Fetched:
        """Exchange the documents of the corpus. Raises CorpusError where nothing was found."""
        if not self.got and not self.same:
            reasons = {**self.not_there, **self.problems}
            why = "; ".join(f"{key} {reason}" for key, reason in list(reasons.items())[:3])
            kept = " The documents fetched before stay." if self._old else ""
            raise CorpusError(f"No document could be fetched{f': {why}' if why else ''}.{kept}")
        outcome, documents, staged, metadata = self._sort()
        checked = self._time()
        is_changed = bool(staged or outcome.gone) or self.before is None
        fetched = checked if is_changed or self.before is None else self.before.fetched
        snapshot = Snapshot(
            fetched, checked, tuple(sorted(documents, key=lambda d: d.document)), outcome.problems
        )
        commit(self.corpus, snapshot, staged, [name for name, _ in outcome.gone], metadata)
        return Fetched(
            self.corpus.name, "done", snapshot, outcome.new, outcome.changed, outcome.gone, outcome.unchanged,
            outcome.problems, tuple(self.notes),
        )  # fmt: skip

    def _sort(
        self,
    ) -> tuple[Fetched, list[FetchedDocument], dict[str, str], dict[str, Mapping[str, Any]]]:
        """What becomes of each document: the outcome, the new snapshot's documents, files and metadata."""
        documents: list[FetchedDocument] = []
        staged: dict[str, str] = {}
        metadata: dict[str, Mapping[str, Any]] = {}
        new: list[str] = []
        changed: list[str] = []
        problems: list[FetchProblem] = []
        gone: list[tuple[str, str]] = []
        unchanged = 0
        on_disk = [name for name, _ in find_files(self.corpus / DOCUMENTS)]
        names = Names([*on_disk, *(old.document for old in self._old.values())])
        for key, old in self._old.items():
            why = self._why_gone(key)
            if why is not None:
                gone.append((old.document, why))
            elif key not in self.got:
                documents.append(old)
                unchanged += key in self.same
                if key in self.problems:
                    problems.append(FetchProblem(key, self.problems[key], old.document))
        for key, one in sorted(self.got.items()):
            before = self._old.get(key)
            document = self._name(one, before, names, gone)
            entry = FetchedDocument(document, key, one.url, one.mark, one.sha256, one.fetched)
            is_kept = before is not None and (before.document, before.sha256) == (document, one.sha256)
            if before is not None and (key in self._removed or is_kept and self._is_here(document)):
                # Only its mark is new, or a person has removed it.
                documents.append(
                    FetchedDocument(document, key, one.url, one.mark, one.sha256, before.fetched)
                )
                unchanged += 1
                continue
            documents.append(entry)
            staged[document] = one.file
            metadata[document] = {**one.metadata, "url": one.url, "fetched": one.fetched}
            (changed if before is not None else new).append(document)
        for key, why in {**self.problems, **self.not_there}.items():
            if key not in self._old:
                problems.append(FetchProblem(key, why))
        if removed := sum(self._why_gone(key) is None for key in self._removed):
            self.notes.append(f"Not fetched again, because you removed it: {counted(removed, 'document')}.")
        outcome = Fetched(
            self.corpus.name, new=tuple(new), changed=tuple(changed), gone=tuple(gone), unchanged=unchanged,
            problems=tuple(problems),
        )  # fmt: skip
        return outcome, documents, staged, metadata

    def _is_here(self, document: str) -> bool:
        return (self.corpus / DOCUMENTS / document).is_file()

    def _why_gone(self, key: str) -> str | None:
        """Why a document of the snapshot leaves the corpus; None for one that stays."""
        if key in self.not_there:
            return self.not_there[key]
        is_known = key in self.got or key in self.same or key in self.problems
        return None if is_known or self.is_incomplete else NOT_LISTED

    def _name(
        self, one: Staged, before: FetchedDocument | None, names: Names, gone: list[tuple[str, str]]
    ) -> str:
        """The document's name: that of before, unless its type is another one now."""
        if before is not None and Path(before.document).suffix == Path(one.name).suffix:
            return before.document
        if before is not None:
            gone.append((before.document, f"it is of the type {Path(one.name).suffix} now"))
        return names.take(one.name)
