"""Handles the request of a page that holds a judge to people's ratings.
Knows nothing about pages, nor about how a judge is asked."""

from __future__ import annotations

from workbench.calls.stop_signal import StopSignal
from workbench.calls.trusted_hosts import load_trust
from workbench.settings import Settings
from workbench.space.files import validate
from workbench.space.model import Model
from workbench.store.database import Store
from workbench.worker.progress_pieces import Payload, Tell, telling


async def check_judge(
    store: Store, settings: Settings, payload: Payload, tell: Tell, stop_signal: StopSignal
) -> Payload:
    """The reply to {judge: a model as JSON} is the document of `judge-check --json`, after pieces
    {done, count}. Stopped, what was asked until then is in the ledger, and nothing is replied."""
    from workbench.run.judge_check import check_judges
    from workbench.run.start_or_resume import new_client_pool
    from workbench.scoring.labelled_answers import labels_from_ratings

    judge = validate(Model, payload["judge"], "judge")
    rows = labels_from_ratings(store)
    async with telling(tell) as note:
        return await check_judges(
            store,
            settings,
            rows,
            [None, judge],
            new_client_pool(load_trust(store)),
            stop_signal=stop_signal,
            on_progress=lambda done, count: note({"done": done, "count": count}),
        )
