"""Makes one check over a home's ledger, within a budget, stopped by a signal: for `check` and for servers.
Knows nothing about what a check finds."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbench.calls.open_caller import open_unattended_caller
from workbench.calls.stop_signal import StopSignal
from workbench.corpus.corpus import find_corpus
from workbench.settings import Settings
from workbench.ship.load import LoadedWinner
from workbench.store.database import Store
from workbench.watch.check import CheckPlan, run_check


def locate_corpus(loaded: LoadedWinner, corpus: str | None, settings: Settings) -> Path:
    """The folder of the documents that a loaded winner searches.

    corpus: the corpus by name or path that was named in place of the winner's own.
    """
    return find_corpus(corpus or loaded.winner.corpus.name, settings.corpora)


async def check_here(
    store: Store,
    settings: Settings,
    loaded: LoadedWinner,
    plan: CheckPlan,
    *,
    path: Path,
    corpus_path: Path,
    budget_usd: float | None = None,
    make_stop_signal: Callable[[], StopSignal] = StopSignal,
    now: Callable[[], float] = time.time,
    on_answer: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """See `run_check`. Raises ModelError for a model without a price under a budget, and Stopped."""
    models = loaded.pipeline.config.models
    async with open_unattended_caller(
        store, models, settings, loaded.trust, budget_usd=budget_usd, stop_signal=make_stop_signal()
    ) as asker:
        return await run_check(
            store, loaded, asker, plan, path=path, corpus_path=corpus_path, now=now, on_answer=on_answer
        )
