"""Runs a service at a port until a signal stops it; replies under way are finished.
Knows nothing about how questions are answered."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence

import uvicorn
from starlette.types import ASGIApp

from workbench.errors import InputError, reason_of
from workbench.operating_system import add_signal_handler
from workbench.service.connections import BoundedHttp
from workbench.service.indexing import index_all
from workbench.service.open_service import open_service
from workbench.service.serve_settings import KEY_VARIABLE, ServeSettings
from workbench.service.served_winner import Running, ServedWinner
from workbench.settings import Settings
from workbench.store.database import Store

BACKLOG = 1024
SHORTEST_KEY = 16
KEEP_ALIVE_SECONDS = 75
"""Longer than clients keep a connection: one that is closed as it is used again loses a request."""

Say = Callable[[str], None]


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
        raise InputError(f"--host {host} is not an address of this machine: {reason_of(error)}.") from None
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
                hint="Stop it, or choose another port with --port.",
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
        if threading.current_thread() is not threading.main_thread():  # no other gets signals
            yield
            return
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

    load: reads the file and the corpus of a winner as they are now.
    """
    address = address_of(listening)
    async with open_service(winners, store, settings, serving, say, address=address, load=load) as service:
        ignore_hang_up = _listen_for_hang_up(service.background.renew)
        server = _Server(uvicorn_config(service.app, serving), say)
        indexing = asyncio.create_task(index_all(winners, service.prepare, say))
        indexing.add_done_callback(lambda task: _stop_after_failure(task, server))
        try:
            await server.serve([listening])
        finally:
            ignore_hang_up()
            indexing.cancel()
            [outcome] = await asyncio.gather(indexing, return_exceptions=True)
        if isinstance(outcome, Exception):
            raise outcome


def _listen_for_hang_up(renew: Callable[[], None]) -> Callable[[], None]:
    """SIGHUP takes newer winners and corpora at once, where systems have it; returns what ends this."""
    if sys.platform == "win32":
        return lambda: None
    return add_signal_handler(asyncio.get_running_loop(), signal.SIGHUP, lambda _: renew())


def _stop_after_failure(indexing: asyncio.Task[None], server: _Server) -> None:
    if not indexing.cancelled() and indexing.exception() is not None:
        server.should_exit = True


def uvicorn_config(app: ASGIApp, serving: ServeSettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=BoundedHttp,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=serving.grace_seconds,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        proxy_headers=False,  # anybody could claim to be somebody else
    )
