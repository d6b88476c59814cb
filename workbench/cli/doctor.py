"""Checks the installation: packages, models, folders, database, disk space, and how to fix what is wrong.
Knows nothing about how any of it works, and changes nothing."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from workbench.errors import WorkbenchError
from workbench.formatting import byte_size, counted
from workbench.scoring.ragas_packages import INSTALL_COMMAND, find_missing_packages
from workbench.settings import CHROMA_TOKEN, PROJECT, Settings, find_key

if TYPE_CHECKING:
    from workbench.store.database import Store
    from workbench.store.records import ExperimentRecord

Status = Literal["ok", "warning", "error"]
LOWEST_PYTHON = (3, 11)
LITTLE_DISK_BYTES = 1_000_000_000
NEEDED = (
    "streamlit", "llama-index-core", "chromadb", "openai", "sqlmodel", "alembic", "onnxruntime",
    "tokenizers", "bm25s", "pypdfium2", "lxml", "selectolax", "scipy",
    "genai-prices",
)  # fmt: skip

SLOW_SECONDS = 0.02

RESTORE = (
    "Stop all programs that use it, keep a copy of the file and restore a backup, or name another folder in "
    "WORKBENCH_HOME."
)
VECTOR_SEARCH = {
    "auto": "exact, or in Chroma for very many chunks; WORKBENCH_VECTOR_INDEX can force one",
    "exact": "exact, forced by WORKBENCH_VECTOR_INDEX",
    "chroma": "in Chroma, forced by WORKBENCH_VECTOR_INDEX",
}


@dataclass(frozen=True)
class Check:
    """The result of one check."""

    name: str
    status: Status
    found: str
    """What the check saw, in a few words."""
    mend: str | None = ""
    """The command or setting that fixes it; empty or None when there is nothing to fix or to say."""


def run_checks(settings: Settings) -> list[Check]:
    """Run all checks, the most basic first. Each model server gets one request for a few tokens."""
    return [
        *_python(),
        *_packages(),
        *_embedded(),
        *_folders(settings),
        *_database(settings),
        *_cluster(settings),
        *_corpora(settings),
        *_catalogue_files(settings),
        *_models(settings),
        *_browser(),
    ]


def _python() -> Iterator[Check]:
    installed = ".".join(map(str, sys.version_info[:3]))
    lowest = ".".join(map(str, LOWEST_PYTHON))
    if sys.version_info < LOWEST_PYTHON:
        mend = f"Install Python {lowest} or newer, delete .venv and run `make app`."
        yield Check("Python", "error", installed, mend)
    else:
        yield Check("Python", "ok", installed)


def _pins() -> dict[str, str]:
    """The pinned version of each package in requirements.txt."""
    pins: dict[str, str] = {}
    lock = PROJECT / "requirements.txt"
    if lock.exists():
        for line in lock.read_text(encoding="utf-8").splitlines():
            name, equals, rest = line.partition("==")
            if equals and not line.startswith((" ", "#")):
                pins[name.split("[")[0].strip().lower()] = rest.split()[0].split(";")[0].strip(" \\")
    return pins


def _packages() -> Iterator[Check]:
    pins, missing, different, count = _pins(), [], [], 0
    for name in sorted({*NEEDED, *pins}):
        try:
            installed = version(name)
        except PackageNotFoundError:
            if name in NEEDED:
                missing.append(name)
            continue
        count += 1
        if pins.get(name, installed) != installed:
            different.append(f"{name} {installed} (pinned: {pins[name]})")
    mend = "Run `.venv/bin/pip install -r requirements.txt`, or delete .venv and run `make app`."
    if missing:
        yield Check("Packages", "error", f"missing: {', '.join(missing)}", mend)
    elif different:
        yield Check("Packages", "warning", f"not the pinned versions: {', '.join(different)}", mend)
    else:
        yield Check("Packages", "ok", f"{count} packages as pinned")
    yield from _ragas(mend)


def _ragas(mend: str) -> Iterator[Check]:
    """The one part that may be left out: only ragas's scores need it."""
    if missing := find_missing_packages():
        found = f"its scores are unavailable; not installed: {', '.join(missing)}"
        yield Check("ragas", "warning", found, f"To add it: `{INSTALL_COMMAND}`.")
    elif not requires("ragas"):
        yield Check("ragas", "warning", "its metadata is damaged", mend)


def _embedded() -> Iterator[Check]:
    try:
        from workbench.providers.embedded.encoder import shared_encoder
        from workbench.providers.embedded.variant import shipped_variants

        vector = shared_encoder().encode(["A test."])
        yield Check("Embedded encoder", "ok", f"embedded/minilm, {vector.shape[1]} dimensions")
        yield Check("Embedded answerers", "ok", ", ".join(shipped_variants()))
    except Exception as error:  # whatever is wrong with the files, the fix is the same
        yield Check(
            "Embedded models",
            "error",
            f"{type(error).__name__}: {error}",
            "Restore its files: `git checkout -- workbench/providers/embedded`.",
        )


def size_of(folder: Path) -> int:
    """The size in bytes of all files below a folder; 0 when the folder does not exist."""
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file() and not f.is_symlink())


def _folders(settings: Settings) -> Iterator[Check]:
    home = settings.home
    existing = next(p for p in (home, *home.parents) if p.exists())
    if not os.access(existing, os.W_OK):
        mend = "Set WORKBENCH_HOME to a folder you may write to."
        yield Check("Data folder", "error", f"{home} cannot be written", mend)
        return
    parts = {"indexes": settings.indexes, "caches": settings.cache}
    sizes = ", ".join(f"{name} {byte_size(size_of(p))}" for name, p in parts.items())
    yield Check("Data folder", "ok", f"{home} ({byte_size(size_of(home))}: {sizes})")
    yield Check("Vector search", "ok", VECTOR_SEARCH[settings.vector_index])
    yield from _chroma_server(settings)
    free = shutil.disk_usage(existing).free
    if free < LITTLE_DISK_BYTES:
        mend = "Free some space, run `python -m workbench clean`, or set WORKBENCH_HOME to another disk."
        yield Check("Free disk", "warning", f"only {byte_size(free)} left", mend)
    else:
        yield Check("Free disk", "ok", byte_size(free))


def _chroma_server(settings: Settings) -> Iterator[Check]:
    """The server that keeps the vectors, where one is named."""
    if settings.chroma_url is None:
        return
    from workbench.pipeline.vector_stores.chroma_http import connect
    from workbench.pipeline.vector_stores.chroma_server import read_stored
    from workbench.store.database import find_home_store
    from workbench.store.sharing.store_name import find_store_name

    try:
        server = connect(settings.chroma_url, find_key(CHROMA_TOKEN))
        version, collections = server.version(), server.list_all()
        store = find_home_store(settings)
        name = find_store_name(store) if store else None
    except WorkbenchError as error:
        yield Check("Chroma server", "error", error.message, error.hint)
        return
    own = read_stored(collections, name) if name else []
    indexes = "1 index" if len(own) == 1 else f"{len(own)} indexes"
    found = f"{server.host}, version {version}: {indexes} of this store"
    if own:
        found += f" ({byte_size(sum(one.bytes for one in own))} of vectors)"
    if len(collections) > len(own):
        found += f", {counted(len(collections) - len(own), 'collection')} of others"
    unused = settings.vector_index == "exact"
    mend = "WORKBENCH_VECTOR_INDEX=exact never uses it." if unused else ""
    yield Check("Chroma server", "warning" if unused else "ok", found, mend)


def _cluster(settings: Settings) -> Iterator[Check]:
    """Where the work of experiments goes, where that is not this process alone."""
    if settings.cluster is None:
        return
    if settings.shared is not None and not settings.shared.is_dir():
        mend = "Mount it here, or set WORKBENCH_SHARED to a folder that all machines see."
        yield Check("Shared folder", "error", f"{settings.shared} is not there", mend)
    if settings.cluster.startswith("local:"):
        missing = find_spec("distributed") is None
        mend = "Install it: `pip install 'rag-workbench[cluster]'`." if missing else ""
        found = (
            "the package distributed is not installed" if missing else "workers of this machine for each run"
        )
        yield Check("Cluster", "error" if missing else "ok", f"{settings.cluster}: {found}", mend)
        return
    from workbench.cluster.dask_scheduler import count_workers

    try:
        workers, places = asyncio.run(count_workers(settings.cluster))
    except WorkbenchError as error:
        yield Check("Cluster", "error", error.message, error.hint)
        return
    found = f"{settings.cluster}: {counted(workers, 'worker')}, {counted(places, 'order')} at a time"
    mend = (
        "" if workers else "Start some: docs/cluster.md shows how. Until then each run does the work itself."
    )
    yield Check("Cluster", "ok" if workers else "warning", found, mend)


def _database(settings: Settings) -> Iterator[Check]:
    if settings.database_url is not None:
        yield from _shared_database(settings)
        return
    if not settings.database.exists():
        yield Check("Database", "ok", "does not exist yet: the first command creates it")
        return
    from workbench.store.database import open_home_store
    from workbench.store.dialects.sqlite_errors import MOVE_HINT, find_network_drive
    from workbench.store.dialects.sqlite_integrity import find_damage
    from workbench.store.experiments import list_experiments
    from workbench.store.requests import living_workers

    drive = find_network_drive(settings.database)
    if drive:
        yield Check("Data folder's drive", "warning", f"a network drive ({drive})", MOVE_HINT)
    try:
        damage = find_damage(settings.database)
        if damage:
            yield Check("Database", "error", f"damaged: {'; '.join(damage)}", RESTORE)
            return
        store = open_home_store(settings)
        experiments = list_experiments(store, archived=True)
        workers = living_workers(store)
    except WorkbenchError as error:
        yield Check("Database", "error", error.message, error.hint)
        return
    size = byte_size(settings.database.stat().st_size)
    yield Check("Database", "ok", f"{counted(len(experiments), 'experiment')}, {size}, integrity checked")
    yield from _work(store, experiments, workers)


def _shared_database(settings: Settings) -> Iterator[Check]:
    """The PostgreSQL database of WORKBENCH_DATABASE_URL. Its password is never shown."""
    from workbench.store.database import open_home_store
    from workbench.store.dialects.postgresql_facts import ask_server
    from workbench.store.experiments import list_experiments
    from workbench.store.requests import living_workers

    try:
        store = open_home_store(settings)
        with store.read() as session:
            facts = ask_server(session)
        size = byte_size(store.database.size_bytes())
        experiments = list_experiments(store, archived=True)
        workers = living_workers(store)
    except WorkbenchError as error:
        yield Check("Shared database", "error", error.message, error.hint)
        return
    latency = f"answers in {facts.latency_seconds * 1000:.1f} ms"
    holds = f"{counted(len(experiments), 'experiment')}, {size}"
    found = f"{store.address}: PostgreSQL {facts.version}, {holds}, {latency}"
    yield Check("Shared database", "ok", found)
    if facts.latency_seconds > SLOW_SECONDS:
        mend = "Each answer takes several round trips to the server: run the workbench closer to it."
        yield Check("Shared database's speed", "warning", latency, mend)
    who = "; ".join(f"{name} ({counted(count, 'connection')})" for name, count in facts.connected)
    yield Check("Connected to it", "ok", who)
    if settings.database.exists():
        mend = "To copy it into an empty database: `python -m workbench move-store URL`."
        yield Check("Database of this home", "ok", f"{settings.database} exists, but is not used", mend)
    yield from _work(store, experiments, workers)


def _work(
    store: Store, experiments: Sequence[ExperimentRecord], workers: Sequence[object]
) -> Iterator[Check]:
    """Who works on what is stored, and what waits to be resumed."""
    yield Check(
        "Worker", "ok", f"{len(workers)} running" if workers else "none; the app starts one when needed"
    )
    yield from _servers(store)
    for record in experiments:
        if record.state == "interrupted":
            mend = f"Resume it with `python -m workbench resume {record.id}`."
            yield Check(f"Experiment {record.id}", "warning", f"{record.name!r} was interrupted", mend)


def _servers(store: Store) -> Iterator[Check]:
    """What serves winners now, and what those servers say is wrong."""
    from workbench.store.serving.requests import count_requests
    from workbench.store.serving.servers import list_servers

    servers, requests = list_servers(store), count_requests(store)
    if requests or servers:
        logged = f"{counted(requests, 'request')} logged"
        yield Check("Servers", "ok", f"{len(servers)} running, {logged}" if servers else f"none; {logged}")
    for server in servers:
        for problem in server.problems:
            yield Check(f"Server {server.address}", "warning", problem, "")


def _corpora(settings: Settings) -> Iterator[Check]:
    from workbench.corpus.corpus import list_corpora

    try:
        corpora = list_corpora(settings.corpora)
    except WorkbenchError as error:
        yield Check("Corpora", "error", error.message, error.hint)
        return
    if not corpora:
        mend = "Create one on the Corpora page, or set WORKBENCH_CORPORA to the folder that holds them."
        yield Check("Corpora", "warning", f"none in {settings.corpora}", mend)
    for corpus in corpora:
        figures = f"{counted(corpus.documents, 'file')}, {counted(corpus.questions, 'question')}"
        if not corpus.questions:
            mend = "Add questions on the Questions page, or write a questions.jsonl next to documents/."
            yield Check(f"Corpus {corpus.name}", "warning", figures, mend)
        else:
            yield Check(f"Corpus {corpus.name}", "ok", figures)


def _catalogue_files(settings: Settings) -> Iterator[Check]:
    """The files of prompts and models. A broken one stops nothing else: what was stored before is used."""
    from workbench.run.open_home import read_catalogue_files

    for error in read_catalogue_files(settings).broken:
        yield Check("Prompts and models", "error", error.message, error.hint or "Correct the file.")


def _models(settings: Settings) -> Iterator[Check]:
    from workbench.providers.connection_test import test_connection
    from workbench.providers.trust import Trust, find_key_of
    from workbench.run.open_home import read_catalogue_files
    from workbench.space.model import Model
    from workbench.space.model_input import find_fault
    from workbench.store.catalogue import list_models
    from workbench.store.database import find_home_store

    models: dict[str, Model] = {m.name: m for m in read_catalogue_files(settings).models}
    try:
        if (store := find_home_store(settings)) is not None:
            models |= {m.model.name: m.model for m in list_models(store)}
    except WorkbenchError:
        pass  # the database check reports it
    for model in models.values():
        if model.embedded and model.path is None:
            continue
        if (fault := find_fault(model.model_dump(mode="json"))) is not None:
            yield Check(f"Model {model.name}", "error", fault.message, fault.hint)
            continue
        if model.api_key_env and not find_key_of(model):
            mend = f"Set {model.api_key_env} in the environment or in .env."
            yield Check(f"Model {model.name}", "error", f"its key {model.api_key_env} is not set", mend)
            continue
        report = asyncio.run(test_connection(model, Trust.of([model])))  # it is registered
        if report.warnings:
            mend = "Correct `model`, or start the server with the intended model."
            yield Check(f"Model {model.name}", "warning", " ".join(report.messages), mend)
        elif report.ok:
            yield Check(f"Model {model.name}", "ok", " ".join(report.messages))
        else:
            mend = (
                report.messages[1] if len(report.messages) > 1 else f"Check {model.base_url or model.path}."
            )
            yield Check(f"Model {model.name}", "error", report.messages[0], mend)


def _browser() -> Iterator[Check]:
    """A browser, which only the tests need: checked only where the packages of the tests are installed."""
    if find_spec("playwright") is None:
        return
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    if browser := next(filter(None, map(shutil.which, names)), None):
        yield Check("Browser for the tests", "ok", Path(browser).name)
    else:
        mend = "Install it with `apt-get install chromium-headless-shell`."
        yield Check("Browser for the tests", "warning", "no Chromium", mend)
