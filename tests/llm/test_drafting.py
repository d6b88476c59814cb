"""A real small language model drafts questions. What it writes is mostly useless: the filters must see that.
Knows nothing about the quality of drafts."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from tests.conftest import PROJECT
from tests.llm.conftest import as_model
from tests.llm.llama_server import LlamaServer
from workbench.calls.stop_signal import StopSignal
from workbench.corpus.corpus import copy_corpus
from workbench.corpus.draft_file import read_drafts
from workbench.drafting.draft_corpus import Drafted
from workbench.run.open_home import open_workbench
from workbench.settings import Settings
from workbench.store.catalogue import save_model
from workbench.store.ledger import get_spend
from workbench.worker.model_drafting import DraftRequest, draft_with_model


def test_a_small_model_drafts_within_its_window_and_all_it_writes_is_checked(
    chat_server: LlamaServer, settings: Settings, tmp_path: Path
) -> None:
    copy_corpus(PROJECT / "corpora" / "first-steps", tmp_path / "corpora", "own")
    settings = replace(settings, corpora=tmp_path / "corpora")
    store = open_workbench(settings)
    save_model(store, as_model(chat_server, max_tokens=160))
    request = DraftRequest("own", "real", 1, kinds=("direct", "unanswerable"))

    def draft() -> Drafted:
        return asyncio.run(draft_with_model(store, settings, request, StopSignal(), lambda _: None))

    drafted = draft()
    assert drafted.state == "done" and drafted.report.examined > 0
    ledger = get_spend(store)
    assert ledger.failed == 0 and drafted.spent_usd == ledger.spent_usd > 0
    for one in read_drafts(tmp_path / "corpora" / "own"):
        assert one.draft.source_name == "smollm2" and one.draft.checks
        assert one.review == ("left out" if one.draft.is_left_out else "waiting")
    assert draft().spent_usd == 0.0
