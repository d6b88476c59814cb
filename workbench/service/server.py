"""Runs a service: takes the port, indexes the corpora, answers until it is stopped, finishes its replies.
Knows nothing about how questions are answered."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import uvicorn

from workbench.calls.open_caller import ServiceModels, open_service_caller
from workbench.errors import InputError, ProviderError, WorkbenchError, reason_of
from workbench.operating_system import add_signal_handler
from workbench.service.answering import AnswerService
from workbench.service.app import build_app
from workbench.service.background import Background
from workbench.service.endpoints import Endpoints
from workbench.service.ledger import ServiceLedger
from workbench.service.metrics import Metrics
from workbench.service.request_log import RequestLog
from workbench.service.serve_settings import KEY_VARIABLE, ServeSettings
from workbench.service.served_winner import Running, ServedWinner
from workbench.service.users import hash_user, load_salt
from workbench.settings import Settings
from workbench.store.database import Store
from workbench.store.serving.records import ServedRequest

BACKLOG = 1024
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 2.0, 60.0
SHORTEST_KEY = 16

Say = Callable[[str], None]
logger = logging.getLogger("workbench.service")


def check_settings(settings: ServeSettings) -> None:
    """Raise InputError for a service that anybody in the network could use."""
    if settings.is_loopback:
        return
    if settings.key is None:
        raise InputError(
            f"With --host {settings.host}, other machines can reach the service, so it needs a key.",
            hint=f"Set {KEY_VARIABLE} in the environment or in .env; clients send it as a bearer token.",
        )
    if len(settings.key) < SHORTEST_KEY:
        raise InputError(
            f"The key in {KEY_VARIABLE} has fewer than {SHORTEST_KEY} characters, which can be guessed.",
            hint="Take a long random one, such as what `openssl rand -hex 24` prints.",
        )


def take_port(settings: ServeSettings) -> socket.socket:
    """A socket that listens where the settings say. Raises InputError when it cannot."""
    host, port = settings.host, settings.port
    try:
        [(family, kind, protocol, _, address), *_] = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        taken = socket.socket(family, kind, protocol)
    except OSError as error:
        raise InputError(f"--host {host} is no address of this machine: {reason_of(error)}.") from None
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows, where SO_REUSEADDR would share a used port
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
        taken.listen(BACKLOG)
    except OSError as error:
        taken.close()
        if error.errno == errno.EADDRINUSE:
            raise InputError(
                f"Port {port} of {host} is in use already, maybe by another `serve`.",
                hint="Stop that one, or take another port with --port.",
            ) from None
        raise InputError(f"{host}:{port} cannot be listened at: {reason_of(error)}.") from None
    taken.setblocking(False)
    return taken


def address_of(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """Uvicorn, which ends without passing the signal on: what was logged is still to be stored."""

    def __init__(self, config: uvicorn.Config, say: Say) -> None:
        super().__init__(config)
        self._say = say

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        import signal

        loop = asyncio.get_running_loop()
        removers = [
            add_signal_handler(loop, number, lambda _: self.stop())
            for number in (signal.SIGINT, signal.SIGTERM)
        ]
        try:
            yield
        finally:
            for remove in removers:
                remove()

    def stop(self) -> None:
        """Finish the replies under way, then end; the second time end at once."""
        if self.should_exit:
            self.force_exit = True
            return
        self._say("Stopping: replies under way are finished. Press Ctrl-C again to end at once.")
        self.should_exit = True


async def serve(
    winners: Sequence[ServedWinner],
    store: Store,
    settings: Settings,
    serving: ServeSettings,
    listening: socket.socket,
    say: Say,
    load: Callable[[ServedWinner], Running],
) -> None:
    """Serve until a signal comes. Raises what keeps a corpus from being indexed and will not pass.

    load: reads a winner's file and its corpus as they are now.
    """
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

        def write(request: ServedRequest) -> None:
            metrics.note_request(request)
            log.add(request)

        background = Background(
            winners,
            store,
            address_of(listening),
            asker,
            models,
            load=load,
            write=write,
            log_problems=lambda: log.problems,
            renewal=serving.renewal,
            split=serving.split,
            say=say,
        )
        service = AnswerService(
            winners,
            asker,
            log,
            kept=serving.cached_answers,
            most_characters=serving.most_question_characters,
            hash_user=partial(hash_user, salt),
            observe=metrics.note_request,
            choose=background.chooses_second,
            shadow=background.shadow,
        )
        endpoints = Endpoints(service, store, metrics, lambda: background.public_problems)
        metrics.gauge(
            "workbench_problems",
            "What is wrong now; GET /healthz says what.",
            lambda: len(background.problems),
        )
        app = build_app(endpoints, serving, metrics)
        server = _Server(_uvicorn_config(app, serving), say)
        indexing = asyncio.create_task(_index_all(winners, service, server, say))
        beside = asyncio.create_task(background.run())
        try:
            await server.serve([listening])
        finally:
            indexing.cancel()
            beside.cancel()
            outcome, _ = await asyncio.gather(indexing, beside, return_exceptions=True)
        if isinstance(outcome, Exception):
            raise outcome


@asynccontextmanager
async def _writing(log: RequestLog) -> AsyncIterator[RequestLog]:
    """The log, which is written until the end; what was added by then is stored."""
    writing = asyncio.create_task(log.run())
    try:
        yield log
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)


def _uvicorn_config(app: object, serving: ServeSettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=serving.grace_seconds,
        backlog=BACKLOG,
        proxy_headers=False,  # anybody could claim to be somebody else
    )


async def _index_all(
    winners: Sequence[ServedWinner], service: AnswerService, server: _Server, say: Say
) -> None:
    """Make the corpora searchable, one after another; what may pass is tried again. Other errors end the
    service."""
    try:
        for winner in winners:
            started = time.monotonic()
            await _index(winner, service, say)
            say(f"{winner.model_id} is ready ({time.monotonic() - started:.1f} s).")
    except WorkbenchError:
        server.should_exit = True
        raise


async def _index(winner: ServedWinner, service: AnswerService, say: Say) -> None:
    pause = FIRST_PAUSE_SECONDS
    while True:
        running = winner.running
        try:
            await running.loaded.pipeline.open(service.asker)
        except ProviderError as error:
            winner.problem = f"The documents cannot be made searchable now ({error.kind}). It is tried again."
            say(f"{winner.model_id}: {error} It is tried again in {pause:.0f} s.")
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE_SECONDS, 2 * pause)
            continue
        winner.exchange(running)
        return
