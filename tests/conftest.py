"""What all tests share: a guard that fails any look-up beyond this machine, and settings on a fresh home.
Knows nothing about what is tested."""

from __future__ import annotations

import gc
import ipaddress
import itertools
import os
import re
import shutil
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

# Before numpy is imported. Four test processes on two cores: the threads of linear algebra would wait for one
# another, spinning (beside two busy processes a simulation took 12 s with two threads, 6 with one).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from tests.chroma_server import ChromaServerProcess  # noqa: E402
from tests.postgresql_server import Server, running_server  # noqa: E402
from workbench.providers import retries  # noqa: E402
from workbench.run.open_home import open_workbench  # noqa: E402
from workbench.settings import Settings, quieten_libraries  # noqa: E402
from workbench.store.database import Store, open_store  # noqa: E402

quieten_libraries()

# Beside other processes an example may take a second. Tests that measure time say so themselves. Where changes are
# checked, the same examples are tried each time, so that a change is judged by what it does; here others each time.
hypothesis.settings.register_profile("workbench", deadline=None, derandomize=os.environ.get("CI") == "true")
hypothesis.settings.load_profile("workbench")

# SQLAlchemy compiles each statement once for every engine, and nearly every test opens a store of its own: that
# took half of a small run. Here all engines share what is compiled; two of one kind compile alike.
SQLiteDialect_pysqlite.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[method-assign,assignment]
SQLiteDialect_pysqlite.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]
COMPILED: LRUCache[Any, Any] = LRUCache(2_000)


# Those that a test opened and did not close: a thousand tests kept 2,000 files open and a gigabyte.
USED: weakref.WeakSet[Engine] = weakref.WeakSet()


@event.listens_for(Engine, "engine_connect")
def _share_what_is_compiled(connection: Connection) -> None:
    connection.engine._compiled_cache = COMPILED
    USED.add(connection.engine)


PROJECT = Path(__file__).parent.parent
PROMPTS = PROJECT / "experiments" / "prompts.yaml"
LONGEST_ID = 80  # characters of a parameter in a test's name
LOCAL_NAMES = {"localhost", "", None, b"localhost"}


class BeyondLoopback(AssertionError):
    """A test (or what it tests) tried to reach another machine."""


def _is_local(host: Any) -> bool:
    if host in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host)).is_loopback
    except ValueError:
        return False


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        address = arguments[1]
        if isinstance(address, tuple) and not _is_local(address[0]):
            raise BeyondLoopback(f"a connection to {address!r}")
    elif event == "socket.getaddrinfo" and not _is_local(arguments[0]):
        raise BeyondLoopback(f"a look-up of {arguments[0]!r}")


sys.addaudithook(_guard)


def pytest_make_parametrize_id(val: object) -> str | None:
    """The processes tell each other the names of all tests, and some parameters are a text of 100,000 characters."""
    is_long = isinstance(val, str | bytes) and len(val) > LONGEST_ID
    return f"{ascii(val[:LONGEST_ID])}..." if is_long else None  # type: ignore[index]


IN_MEMORY = Path("/dev/shm")  # where Linux keeps files in memory; in many containers too small to be of use
if IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > 4 * 2**30:
    # Thousands of tests write a database of their own, and each of them waited for the disk.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(IN_MEMORY))


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """Note what failed by the names that tests have in one process: where several run, each that is in a group
    has the group's name behind it, and would not be found again."""
    yield
    cache = getattr(session.config, "cache", None)  # it may be switched off
    if cache is not None and not hasattr(session.config, "workerinput"):
        failed = cache.get("cache/lastfailed", {})
        cache.set("cache/lastfailed", {re.sub(r"@[\w ]+$", "", name): True for name, true in failed.items()})


gc.disable()  # until all is loaded: of what is loaded nothing goes


def pytest_collection_finish() -> None:
    """What is loaded by now stays. Scanning it for garbage again and again took a twentieth of all tests' time."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server of this process's own."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def empty_postgresql(postgresql: Server) -> str:
    """The name of a database with the store's tables, which others are copied from."""
    url = postgresql.make_database()
    open_store(url).dispose()
    return url.rpartition("/")[2]


@pytest.fixture
def postgresql_url(postgresql: Server, empty_postgresql: str) -> Iterator[str]:
    """The address of an empty store on PostgreSQL."""
    url = postgresql.make_database(empty_postgresql)
    yield url
    open_store(url).dispose()
    postgresql.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty store in each of the two databases: what holds for one holds for the other."""
    if request.param == "postgresql":
        return open_store(str(request.getfixturevalue("postgresql_url")))
    return open_store(tmp_path / "home" / "workbench.db")


@pytest.fixture(autouse=True)
def own_environment(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """No test sees the settings, keys or .env of whoever runs it.

    Its home is where its files are. Most tests have none: a folder for each of them would take longer than they do.
    """
    if "tmp_path" in request.fixturenames:
        place: Path = request.getfixturevalue("tmp_path")
    else:
        place = tmp_path_factory.getbasetemp() / f"without-files-{next(NUMBERS)}"
    for name in list(os.environ):
        if name.startswith(("WORKBENCH_", "OPENAI_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("WORKBENCH_HOME", str(place / "home"))
    monkeypatch.setenv("WORKBENCH_LOCAL_SERVERS", "off")  # what runs on this machine is no matter of a test
    yield
    _end_workers()
    permission = sys.modules.get("workbench.user_code.permission")
    if permission is not None:
        permission._folders.clear()  # of experiment files: the next test's modules may lie in one of them
    for engine in list(USED):
        engine.dispose()  # one that lives on connects again
    USED.clear()


def _end_workers() -> None:
    """A worker that a test let start waits ten minutes for more work, and takes time from all other tests."""
    launcher = sys.modules.get("workbench.worker.launcher")
    started: list[subprocess.Popen[bytes]] = launcher._started if launcher is not None else []
    for worker in started:
        if worker.poll() is None:
            worker.kill()
            worker.wait()
    started.clear()


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as a new home has it, with the catalogue taken in. Hundreds of tests begin with it, and making
    it takes longer than many of them."""
    folder = tmp_path_factory.mktemp("new")
    experiments = folder / "experiments"
    experiments.mkdir()
    shutil.copy(PROMPTS, experiments)
    store = open_workbench(Settings(folder / "home", folder, experiments, 0.10, "tester"))
    store.dispose()
    return store.path


@pytest.fixture
def settings(tmp_path: Path, new_database: Path) -> Settings:
    """A fresh home; the project's own corpora; an experiments folder of the test's own."""
    (tmp_path / "home").mkdir()
    shutil.copy(new_database, tmp_path / "home" / "workbench.db")
    experiments = tmp_path / "experiments"
    experiments.mkdir()
    shutil.copy(PROMPTS, experiments)
    return Settings(
        home=tmp_path / "home",
        corpora=PROJECT / "corpora",
        experiments=experiments,
        compute_usd_per_hour=0.10,
        rater="tester",
    )


@pytest.fixture(scope="session")
def chroma_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServerProcess]:
    """A real one for all tests that ask for it. Each of them has a store, and so collections, of its own.

    It takes a second or two to start: such tests are of the group "chroma server".
    """
    server = ChromaServerProcess(tmp_path_factory.mktemp("chroma-server") / "data")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails is tried again at once, as often as ever. The waits between attempts have tests of their own."""
    monkeypatch.setattr(retries, "FIRST_WAIT_SECONDS", 0.02)
