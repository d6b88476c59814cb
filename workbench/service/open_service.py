"""Opens a service: what answers, what writes requests down, and the application that programs talk to.
Knows nothing about ports and signals."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from starlette.types import ASGIApp

from workbench.calls.open_caller import ServiceModels, open_service_caller
from workbench.service.answering import AnswerService
from workbench.service.app import build_app
from workbench.service.endpoints import Endpoints
from workbench.service.ledger import ServiceLedger
from workbench.service.mcp_door import McpDoor
from workbench.service.mcp_tools import make_mcp_server
from workbench.service.metrics import Metrics
from workbench.service.request_log import RequestLog
from workbench.service.serve_settings import ServeSettings
from workbench.service.served_winner import ServedWinner
from workbench.service.users import hash_user, load_salt
from workbench.settings import Settings
from workbench.store.database import Store


@dataclass(frozen=True)
class OpenService:
    """A service while it runs."""

    app: ASGIApp
    """What programs talk to."""
    answers: AnswerService
    """Answers questions, whoever asks."""
    models: ServiceModels
    """The models that may be asked; those of a winner that replaces another are added."""
    log: RequestLog
    """Where requests are written down."""


@asynccontextmanager
async def open_service(
    winners: Sequence[ServedWinner],
    store: Store,
    settings: Settings,
    serving: ServeSettings,
    say: Callable[[str], None],
) -> AsyncIterator[OpenService]:
    """The service of these winners, whose corpora are still to be made searchable. At its end everything that
    was logged is stored."""
    models = ServiceModels(settings)
    for winner in winners:
        loaded = winner.running.loaded
        models.add(loaded.winner.to_config().models, loaded.trust)
    metrics = Metrics()
    salt = await asyncio.to_thread(load_salt, settings.home)
    async with (
        _writing(RequestLog(store, serving.log, say=say)) as log,
        open_service_caller(ServiceLedger(store, log, reuse=serving.cached_answers > 0), models) as asker,
    ):
        answers = AnswerService(
            winners,
            asker,
            log,
            kept=serving.cached_answers,
            most_characters=serving.most_question_characters,
            hash_user=partial(hash_user, salt),
            observe=metrics.note_request,
        )
        metrics.gauge(
            "workbench_problems", "What is wrong now; GET /healthz says what.", lambda: len(log.problems)
        )
        endpoints = Endpoints(answers, store, metrics, lambda: log.problems)
        mcp = McpDoor(partial(make_mcp_server, answers))
        try:
            yield OpenService(build_app(endpoints, mcp, serving, metrics), answers, models, log)
        finally:
            await mcp.close()


@asynccontextmanager
async def _writing(log: RequestLog) -> AsyncIterator[RequestLog]:
    writing = asyncio.create_task(log.run())
    try:
        yield log
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
