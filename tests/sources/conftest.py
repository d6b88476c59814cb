"""A home without corpora, a site on this machine, and what adds and fetches corpora there.
Knows nothing about any kind of source."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.sources.site import Site
from workbench.corpus.snapshot import read_snapshot
from workbench.settings import Settings
from workbench.sources.corpus_fetch import FetchReport, add_corpus, fetch_corpus
from workbench.sources.fetched import Fetched
from workbench.sources.fetching import fetch_into
from workbench.sources.http_reading import WebLimits
from workbench.sources.open_source import open_source
from workbench.sources.source_file import parse_source
from workbench.sources.web_pages import Sitemap, WebPages

QUICK = WebLimits(seconds=20.0, pause_seconds=0.01, longest_pause_seconds=0.5, most_bytes=200_000)


@dataclass
class Corpora:
    """The corpora of a home, fetched with limits that a test can wait for."""

    settings: Settings

    def path(self, name: str = "own") -> Path:
        return self.settings.corpora / name

    def document(self, document: str, name: str = "own") -> str:
        return (self.path(name) / "documents" / document).read_text(encoding="utf-8")

    def documents(self, name: str = "own") -> list[str]:
        folder = self.path(name) / "documents"
        return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())

    def metadata(self, name: str = "own") -> dict[str, Any]:
        lines = (self.path(name) / "metadata.jsonl").read_text(encoding="utf-8").splitlines()
        return {row["document"]: row for row in map(json.loads, lines)}

    def add(self, name: str = "own", **source: Any) -> FetchReport:
        """Add a corpus as the command does."""
        return asyncio.run(add_corpus(self.settings, name, parse_source(source, "test")))

    def refetch(self, name: str = "own", **more: Any) -> FetchReport:
        """Fetch it again as the command does."""
        return asyncio.run(fetch_corpus(self.settings, name, **more))

    def fetch(
        self, name: str = "own", *, limits: WebLimits = QUICK, at: datetime | None = None,
        is_stopped: Callable[[], bool] = lambda: False, tell: Callable[[dict[str, Any]], None] = lambda _: None,
        most_seconds: float = 60.0, **source: Any,
    ) -> Fetched:  # fmt: skip
        """Fetch into a folder, within quick limits."""
        self.path(name).mkdir(parents=True, exist_ok=True)
        file = parse_source(source, "test")
        opened = open_source(file, self.settings.cache)
        if isinstance(opened, WebPages | Sitemap):
            opened = replace(opened, limits=limits)
        now = at or datetime.now(UTC)
        return asyncio.run(
            fetch_into(
                self.path(name), opened, file.fingerprint, now=lambda: now, is_stopped=is_stopped, tell=tell,
                most_seconds=most_seconds,
            )
        )  # fmt: skip

    def snapshot(self, name: str = "own") -> Any:
        return read_snapshot(self.path(name))


@pytest.fixture
def corpora(settings: Settings, tmp_path: Path) -> Corpora:
    (tmp_path / "corpora").mkdir()
    return Corpora(replace(settings, corpora=tmp_path / "corpora"))


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running
