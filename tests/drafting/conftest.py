"""Provides a corpus of one's own and a registered chat model on the protocol server.
Knows nothing about what is drafted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PROJECT
from tests.drafting.drafting_model import draft
from tests.protocol_server import ProtocolServer
from workbench.calls.stop_signal import StopSignal
from workbench.corpus.corpus import copy_corpus
from workbench.drafting.draft_corpus import Drafted
from workbench.run.open_home import open_workbench
from workbench.settings import Settings
from workbench.space.model import Model
from workbench.store.catalogue import save_model
from workbench.worker.draft_plan import DraftPlan, plan_drafting
from workbench.worker.model_drafting import DraftRequest, draft_with_model

PRICE = {"input_per_million": 1.0, "output_per_million": 2.0}


class Desk:
    """A home, the corpus "own" (a copy of the first sample) and the model "local" on a server of its own."""

    def __init__(self, settings: Settings, server: ProtocolServer) -> None:
        self.settings, self.server = settings, server
        self.store = open_workbench(settings)
        self.corpus = settings.corpora / "own"
        self.register()

    def register(self, **fields: Any) -> None:
        given = {"name": "local", "base_url": self.server.base_url, "model": "test-chat", "price": PRICE,
                 "max_tokens": 250, "limits": {"timeout_seconds": 5}}  # fmt: skip
        save_model(self.store, Model.model_validate(given | fields))

    @staticmethod
    def request(count: int = 12, **fields: Any) -> DraftRequest:
        return replace(DraftRequest("own", "local", count), **fields)

    def draft(self, count: int = 12, **fields: Any) -> Drafted:
        async def work() -> Drafted:
            return await draft_with_model(
                self.store, self.settings, self.request(count, **fields), StopSignal(), lambda _: None
            )

        return asyncio.run(work())

    def plan(self, count: int = 12, **fields: Any) -> DraftPlan:
        return asyncio.run(plan_drafting(self.store, self.settings, self.request(count, **fields)))

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The lines of drafts.jsonl."""
        file = self.corpus / "drafts.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def calls(self) -> int:
        return len(self.server.posts)


@pytest.fixture
def desk(settings: Settings, tmp_path: Path) -> Iterator[Desk]:
    copy_corpus(PROJECT / "corpora" / "first-steps", tmp_path / "corpora", "own")
    with ProtocolServer(reply=draft) as server:
        yield Desk(replace(settings, corpora=tmp_path / "corpora"), server)
