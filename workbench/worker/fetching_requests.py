"""Handles the requests of pages that add a corpus from a source, fetch it again, and ask how fresh it is.
Knows nothing about pages, nor about how documents are fetched."""

from __future__ import annotations

import asyncio
from typing import Any

from workbench.calls.stop_signal import StopSignal
from workbench.settings import Settings
from workbench.store.database import Store
from workbench.worker.progress_pieces import Payload, Tell, telling


async def read_status(_: Store, settings: Settings, payload: Payload) -> Payload:
    """The document of `corpus status --json` about {corpus}; nothing is fetched."""
    from workbench.sources.corpus_fetch import get_status

    return (await asyncio.to_thread(get_status, settings, payload["corpus"])).to_json()


async def fetch(
    _: Store, settings: Settings, payload: Payload, tell: Tell, stop_signal: StopSignal
) -> Payload:
    """Fetch {corpus, allow} again and return the document of `corpus fetch --json`.

    In between, pieces of progress: {done, count, bytes, doing}.
    """
    from workbench.sources.corpus_fetch import fetch_corpus

    async with telling(tell) as tell_progress:
        report = await fetch_corpus(
            settings, payload["corpus"], allow=bool(payload.get("allow")), tell=tell_progress,
            is_stopped=lambda: bool(stop_signal),
        )  # fmt: skip
    return report.to_json()


async def add(_: Store, settings: Settings, payload: Payload, tell: Tell, stop_signal: StopSignal) -> Payload:
    """Add {corpus, source: as in source.yaml} and fetch it; the same replies."""
    from workbench.sources.corpus_fetch import add_corpus
    from workbench.sources.source_file import parse_source

    source: Any = parse_source(payload["source"], "the source")
    async with telling(tell) as tell_progress:
        report = await add_corpus(
            settings, payload["corpus"], source, tell=tell_progress, is_stopped=lambda: bool(stop_signal)
        )
    return report.to_json()
