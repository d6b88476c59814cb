"""Opens a service: what answers, what writes requests down, and the application that programs talk to.
Knows nothing about ports and signals."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from starlette.types import ASGIApp

from workbench.calls.open_caller import ServiceModels, open_service_caller
from workbench.run.background_process import BackgroundRunner
from workbench.service.answering import AnswerService
from workbench.service.app import build_app
from workbench.service.background import Background
from workbench.service.endpoints import Endpoints
from workbench.service.ledger import ServiceLedger
from workbench.service.mcp_door import McpDoor
from workbench.service.mcp_tools import make_mcp_server
from workbench.service.metrics import Metrics
from workbench.service.model_servers import ModelServers
from workbench.service.refusals import Refusals
from workbench.service.request_log import RequestLog
from workbench.service.serve_settings import ServeSettings
from workbench.service.served_winner import Running, ServedWinner
from workbench.service.together import running
from workbench.service.users import hash_user, load_salt
from workbench.service.watching import Watching
from workbench.settings import Settings
from workbench.store.database import Store
from workbench.store.serving.records import ServedRequest
from workbench.traces.sending import ServedBy, TraceSender
from workbench.tuning.served import ServedModels


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
    background: Background
    """What goes on beside the answering."""
    prepare: Callable[[Running], Awaitable[None]]
    """Makes a winner ready to answer: its corpus can be searched, its trained models are served."""
    model_servers: ModelServers
    """Keeps trained models answering."""


@asynccontextmanager
async def open_service(
    winners: Sequence[ServedWinner],
    store: Store,
    settings: Settings,
    serving: ServeSettings,
    say: Callable[[str], None],
    *,
    address: str,
    load: Callable[[ServedWinner], Running],
    process: BackgroundRunner | None = None,
) -> AsyncIterator[OpenService]:
    """The service of these winners, whose corpora are still to be made searchable. At its end everything that
    was logged is stored.

    address: where it listens.
    load: reads the file and the corpus of a winner as they are now.
    process: where answers are scored; None takes a process of its own.
    """
    models = ServiceModels(settings)
    for winner in winners:
        loaded = winner.running.loaded
        models.add(loaded.winner.to_config().models, loaded.trust)
    metrics = Metrics()
    salt = await asyncio.to_thread(load_salt, settings.home)
    async with (
        _tracing(serving.traces, winners) as trace,
        _writing(RequestLog(store, serving.log, process=process, say=say, hear=trace)) as log,
        open_service_caller(ServiceLedger(store, log, reuse=serving.cached_answers > 0), models) as asker,
        ServedModels(store, settings) as served,
    ):
        refusals = Refusals(winners)
        servers = ModelServers(served, store, winners, say)

        async def prepare(running: Running) -> None:
            await servers.start(running)
            await running.loaded.pipeline.open(asker)

        def observe(request: ServedRequest) -> None:
            metrics.note_request(request)
            refusals.note(request)

        def write(request: ServedRequest) -> None:
            observe(request)
            log.add(request)

        watching = Watching(winners, store, settings, serving.watching, say)
        background = Background(
            winners,
            store,
            address,
            asker,
            models,
            load=load,
            prepare=prepare,
            write=write,
            other_problems=lambda: (*log.problems, *watching.problems, *servers.problems, *refusals.problems),
            renewal=serving.renewal,
            split=serving.split,
            say=say,
        )
        answers = AnswerService(
            winners,
            asker,
            log,
            kept=serving.cached_answers,
            most_characters=serving.most_question_characters,
            hash_user=partial(hash_user, salt),
            observe=observe,
            choose=background.chooses_second,
            shadow=background.shadow,
        )
        metrics.gauge(
            "workbench_problems",
            "What is wrong now; GET /healthz says what.",
            lambda: len(background.problems),
        )
        endpoints = Endpoints(
            answers, store, metrics, lambda: background.public_problems,
            tells_tasks_apart=serving.tells_tasks_apart,
        )  # fmt: skip
        mcp = McpDoor(partial(make_mcp_server, answers))
        try:
            async with running(background.run(), watching.run(), servers.run()):
                app = build_app(endpoints, mcp, serving, metrics)
                yield OpenService(app, answers, models, log, background, prepare, servers)
        finally:
            await mcp.close()


@asynccontextmanager
async def _tracing(
    endpoint: str | None, winners: Sequence[ServedWinner]
) -> AsyncIterator[Callable[[ServedRequest], None]]:
    """What hears of each request, and sends its trace where there is an endpoint."""
    if endpoint is None:
        yield lambda request: None
        return

    def find(service_id: str) -> ServedBy | None:
        by_id = {winner.running.service.id: winner.running for winner in winners}
        served = by_id.get(service_id)
        if served is None:
            return None
        return ServedBy(served.service.name, served.loaded.winner.to_config().model.name)

    sender = await asyncio.to_thread(TraceSender, endpoint, find)
    try:
        yield sender.send
    finally:
        await asyncio.to_thread(sender.close)


@asynccontextmanager
async def _writing(log: RequestLog) -> AsyncIterator[RequestLog]:
    async with running(log.run()):
        yield log
