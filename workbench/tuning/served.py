"""Serves made models: starts the server of a result on a free port, waits until it answers, ends it.
Knows nothing about how a model is trained, nor about what is asked of it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from workbench.calls.stop_signal import StopSignal
from workbench.errors import ProviderError, TuningFailed, reason_of
from workbench.files.log_end import last_words
from workbench.files.private import make_private_folder
from workbench.operating_system import end_session, kill_session, own_session
from workbench.providers.connection import Connection
from workbench.providers.trust import Trust
from workbench.settings import Settings
from workbench.space.model import Model
from workbench.store.database import Store
from workbench.store.learning.tuning_jobs import find_job
from workbench.tuning.environment import variables_of_recipes
from workbench.tuning.hidden_secrets import find_secrets
from workbench.tuning.left_running import SUFFIX, end_all_left_running, forget_process, note_process
from workbench.tuning.made import find_made
from workbench.tuning.moved_home import read_result
from workbench.tuning.progress_lines import Log, keep_lines
from workbench.tuning.result import PORT
from workbench.tuning.types import TuningResult

START_SECONDS = 300.0
"""How long a server may take to load its model."""
END_SECONDS = 10.0
PAUSE_SECONDS = 0.2
LOG_FOLDER = "servers"
Say = Callable[[str], None]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_of(base_url: str | None) -> int:
    return urlsplit(base_url or "").port or 0


async def lists(model: Model) -> bool:
    """Whether a server at the model's address answers now, and knows the model by its name."""
    short = model.model_copy(update={"limits": model.limits.model_copy(update={"timeout_seconds": 3.0})})
    connection = Connection(short, Trust.of([model]))
    try:
        reply = await connection.get("/models")
    except ProviderError:
        return False
    finally:
        await connection.close()
    rows = reply.get("data") if isinstance(reply, dict) else None
    return any(isinstance(row, dict) and row.get("id") == model.model for row in rows or ())


@dataclass
class ManagedServer:
    """The process of one model's server."""

    model: Model
    """With the address at which this process serves it."""
    process: asyncio.subprocess.Process
    log: Path
    """What it prints, without keys."""
    process_file: Path
    """Names the process, for whoever ends it when this program was killed."""
    printing: asyncio.Task[None]
    """Writes what it prints."""

    async def wait_until_ready(self, stop_signal: StopSignal | None = None) -> None:
        """Raise TuningFailed when it ends or does not answer in time."""
        loop = asyncio.get_running_loop()
        until = loop.time() + START_SECONDS
        while not await lists(self.model):
            if self.process.returncode is not None:
                await asyncio.wait({self.printing}, timeout=END_SECONDS)
                raise self._failed(f"ended with exit code {self.process.returncode}")
            if loop.time() > until:
                raise self._failed(f"does not answer after {START_SECONDS:.0f} s")
            if stop_signal is not None:
                stop_signal.raise_if_set()
            await asyncio.sleep(PAUSE_SECONDS)

    def _failed(self, how: str) -> TuningFailed:
        said = last_words(self.log)
        return TuningFailed(
            f"The server of {self.model.name} {how}. It last said: {said}", hint=f"Its log: {self.log}"
        )

    async def end(self) -> None:
        if self.process.returncode is None:
            end_session(self.process.pid)
            try:
                await asyncio.wait_for(self.process.wait(), END_SECONDS)
            except TimeoutError:
                kill_session(self.process.pid)
                await self.process.wait()
        kill_session(self.process.pid)
        self.printing.cancel()
        await asyncio.gather(self.printing, return_exceptions=True)
        forget_process(self.process_file)


async def start_server(
    model: Model, result: TuningResult, settings: Settings, *, port: int | None = None
) -> ManagedServer:
    """Start a result's server; `wait_until_ready` says when it answers.

    port: None takes a free one. Raises TuningFailed where nothing here can serve it.
    """
    if not result.serve:
        raise TuningFailed(
            f"{model.name} is trained, but nothing on this machine serves it: {result.folder}.",
            hint=f"Serve it yourself as {result.served_name}, and give the model its address as base_url.",
        )
    missing = [str(path) for path in result.paths if not path.exists()]
    if missing:
        raise TuningFailed(
            f"{model.name} was trained here, but its files are gone: {', '.join(missing)}.",
            hint="Restore the home's folder trainings/, which copies of the database do not contain. "
            "Another seed trains the model again.",
        )
    port = free_port() if port is None else port
    command = [word.replace(PORT, str(port)) for word in result.serve]
    folder = settings.home / LOG_FOLDER
    make_private_folder(folder)
    path = folder / f"{result.served_name}.txt"
    variables = variables_of_recipes()
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT, env=variables, **own_session(),
        )  # fmt: skip
    except OSError as error:
        raise TuningFailed(
            f"The server of {model.name} cannot be started: {command[0]}: {reason_of(error)}."
        ) from None
    served = model.model_copy(update={"base_url": f"http://127.0.0.1:{port}/v1"})
    process_file = folder / f"{port}{SUFFIX}"
    note_process(process_file, process.pid)
    secrets = find_secrets(variables, model.api_key_env)
    return ManagedServer(
        served, process, path, process_file, asyncio.create_task(_write(process, path, secrets))
    )


async def _write(process: asyncio.subprocess.Process, path: Path, secrets: Sequence[bytes]) -> None:
    assert process.stdout is not None
    with closing(Log(path, anew=True)) as log:
        await keep_lines(process.stdout, log, secrets)


def result_of(store: Store, model: Model, home: Path) -> TuningResult | None:
    """What the training of a model made, below this home; None for one that was not trained here, or not
    yet."""
    return read_result(find_job(store, model.tuned.key) if model.tuned is not None else None, home)


class ServedModels:
    """Made models that can be asked, for the length of a run: `async with ServedModels(store, settings)`.

    One whose own address answers is asked there; of any other the server is started, once, and ended with
    the block.
    """

    def __init__(self, store: Store, settings: Settings, stop_signal: StopSignal | None = None) -> None:
        self._store = store
        self._settings = settings
        self._stop_signal = stop_signal
        self._servers: dict[str, ManagedServer] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(end_all_left_running, self._settings.home / LOG_FOLDER)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def has_ended(self) -> bool:
        """Whether a server that was started here has ended by itself."""
        return any(server.process.returncode is not None for server in self._servers.values())

    async def close(self) -> None:
        """End the servers that were started here."""
        servers, self._servers = list(self._servers.values()), {}
        await asyncio.gather(*(server.end() for server in servers))

    async def ready(self, model: Model, say: Say = lambda words: None) -> Model:
        """The model at an address that answers; the same for one that was not trained here.

        Raises TuningFailed when its server cannot be started, and Stopped.
        """
        if model.tuned is None:
            return model
        model = find_made(self._store, model)
        result = result_of(self._store, model, self._settings.home)
        if result is None or model.embedded or result.kind == "hosted":
            return model
        return await self.serve(model, result, say)

    async def serve(self, model: Model, result: TuningResult, say: Say = lambda words: None) -> Model:
        """As `ready`, of a result that is at hand."""
        assert model.tuned is not None
        key = model.tuned.key
        async with self._locks.setdefault(key, asyncio.Lock()):
            server = self._servers.get(key)
            if server is not None and server.process.returncode is None:
                return model.model_copy(update={"base_url": server.model.base_url})
            if await lists(model):
                return model
            if result.loaded:
                return await self._load(model, result, say)
            say(f"Starting the server of {model.name}")
            server = await start_server(model, result, self._settings)
            self._servers[key] = server
            await server.wait_until_ready(self._stop_signal)
            return server.model

    async def _load(self, model: Model, result: TuningResult, say: Say) -> Model:
        """Give the adapter to the server of its parent, which is running."""
        from workbench.calls.trusted_hosts import load_trust
        from workbench.tuning.hosting.adapters import LOADERS

        assert model.tuned is not None and result.served_name is not None
        parent = model.tuned.parent
        say(f"Giving the adapter to {parent.base_url}")
        kind = "peft" if result.loaded == "vllm" else "gguf"
        adapter = Path(result.folder) / result.files[kind]
        trust = load_trust(self._store)
        changes = await LOADERS[result.loaded](parent, result.served_name, adapter, trust)
        return model.model_copy(update={"base_url": parent.base_url, **changes})
