"""A store moves from a SQLite file to a real PostgreSQL server and back: whole, or not at all.
Knows nothing about what its rows mean."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.cli.in_process import run_command
from tests.conftest import PROJECT
from tests.postgresql_server import Server
from tests.tiny_experiment import Runner, experiment, write_corpus
from workbench.errors import InputError, StoreError
from workbench.feedback.ratings import rate_answer
from workbench.results.status import get_status
from workbench.settings import Settings
from workbench.store.answers import find_answers
from workbench.store.database import Store, open_store
from workbench.store.leases import claim
from workbench.store.moving.move import NOT_MOVED, move_store
from workbench.store.processes import owner_name
from workbench.store.ratings import list_ratings
from workbench.store.records import PassageRecord
from workbench.store.schema import all_tables
from workbench.store.serving.records import ServedRequest, ServedScore, Service
from workbench.store.serving.records import Server as ServingServer
from workbench.store.serving.requests import add_requests, find_requests
from workbench.store.serving.servers import beat
from workbench.store.serving.services import put_service

pytestmark = pytest.mark.xdist_group("postgresql")

Opener = Callable[[str], Store]
NUL = "a text with \0 in it"


@pytest.fixture
def database(postgresql: Server) -> Iterator[str]:
    """The address of an empty database."""
    url = postgresql.make_database()
    yield url
    postgresql.drop(url)


@pytest.fixture
def shared() -> Iterator[Callable[[str], Store]]:
    """Opens a store at an address, until the end of the test."""
    opened: list[Store] = []

    def open_one(address: str) -> Store:
        opened.append(open_store(address))
        return opened[-1]

    yield open_one
    for store in opened:
        store.dispose()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two experiments, thumbs, served requests, and texts that PostgreSQL cannot hold. Copy it."""
    folder = tmp_path_factory.mktemp("filled")
    write_corpus(folder / "corpora" / "tiny")
    (folder / "experiments").mkdir()
    shutil.copy(PROJECT / "experiments" / "prompts.yaml", folder / "experiments")
    runner = Runner(Settings(folder / "home", folder / "corpora", folder / "experiments", 0.10, "tester"))
    first = runner.run(experiment(retrieval={"retriever": ["keyword"], "chunk_tokens": [64], "top_k": [1]}))
    runner.run(experiment(name="second", retrieval={"retriever": ["keyword"], "chunk_tokens": [64]}))
    answers = find_answers(runner.store, first.id, limit=2)
    rate_answer(runner.store, answers[0].id, "up", rater="Ada", comment=NUL)
    rate_answer(runner.store, answers[1].id, "down", rater="Ben", tags=["wrong"])
    put_service(
        runner.store, Service("s1", "support", "winner", {"format": 1}, path="w.yaml", created_at=5.0)
    )
    passage = PassageRecord("p1", "returns.md", "Returns", 0, 12, None, 3, "Within 30 days")
    request = ServedRequest(
        "r1", service_id="s1", asked_at=10.0, question="How long?", answer="30 days.", passages=(passage,),
        scores=(ServedScore("grounding", 0.5, "ok", detail={"claims": [1], "said": NUL}),),
    )  # fmt: skip
    with runner.store.write() as session:
        add_requests(session, [request])
    runner.store.dispose()
    return runner.store.path


@pytest.fixture
def source(filled: Path, tmp_path: Path) -> Store:
    path = tmp_path / "old" / "workbench.db"
    path.parent.mkdir()
    with closing(sqlite3.connect(filled)) as whole, closing(sqlite3.connect(path)) as own:
        whole.backup(own)
    return open_store(path)


def rows_of(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables that are moved, as they come out of the database."""
    with store.read() as session:
        return {
            table.name: [tuple(row) for row in session.execute(table.select().order_by(*table.primary_key))]
            for table in all_tables()
            if table.name not in NOT_MOVED
        }


def without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, dict):
        return {key: without_nul(item) for key, item in value.items()}
    return type(value)(map(without_nul, value)) if isinstance(value, list | tuple) else value


def test_a_store_moves_to_postgresql_with_every_row_and_goes_on_there(
    source: Store, database: str, shared: Opener
) -> None:
    heard: list[tuple[str, int, int]] = []
    moved = move_store(source, database, lambda *what: heard.append(what))
    store = shared(database)
    before = rows_of(source)
    assert {name: [without_nul(row) for row in rows] for name, rows in before.items()} == rows_of(store)
    assert moved.tables["answer"].rows == moved.tables["answer"].written == len(before["answer"]) > 10
    assert sum(table.without_nul for table in moved.tables.values()) == 2
    assert ("rating", 2, 2) in heard
    for record_id in {row[0] for row in before["experiment"]}:
        here, there = (get_status(of, record_id) for of in (source, store))
        assert there == here | {name: pytest.approx(here[name]) for name in ("spent_usd", "saved_usd")}
    assert find_requests(store, ["r1"])["r1"].scores[0].detail["claims"] == [1]
    [answer] = find_answers(store, next(iter(before["experiment"]))[0], limit=1)
    rate_answer(store, answer.id, "up", rater="Cleo")  # a new number comes after those that were moved
    assert len(list_ratings(store)) == 3


def test_queries_are_planned_for_the_rows_that_were_moved(
    source: Store, database: str, shared: Opener
) -> None:
    answers = move_store(source, database).tables["answer"].rows
    with shared(database).read() as session:
        expected = session.execute(text("SELECT reltuples FROM pg_class WHERE relname = 'answer'")).scalar()
    assert expected == answers


def test_it_moves_back_into_a_file_as_it_was(
    source: Store, database: str, shared: Opener, tmp_path: Path
) -> None:
    move_store(source, database)
    there = shared(database)
    move_store(there, tmp_path / "new" / "workbench.db")
    assert rows_of(open_store(tmp_path / "new" / "workbench.db")) == rows_of(there)


SCRIPT = """
import sys, time
from workbench.store.database import open_store
from workbench.store.moving import move, table_copy
table_copy.BATCH = 5
def on_progress(table, done, rows):
    if table == sys.argv[3]:
        print(done, flush=True)
        time.sleep(60)
move.move_store(open_store(sys.argv[1]), sys.argv[2], on_progress)
"""


def kill_at(source: Store, database: str, table: str) -> None:
    """Begin a move in another process, and kill that with a part of this table copied."""
    command = [sys.executable, "-c", SCRIPT, str(source.path), database, table]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None and int(child.stdout.readline()) <= 5
        child.kill()


def test_a_move_that_was_killed_goes_on_and_nobody_uses_half_a_store(
    source: Store, database: str, shared: Opener
) -> None:
    kill_at(source, database, "answer")
    with pytest.raises(StoreError, match="The move of a store into .* is not finished"):
        shared(database)
    with source.write() as session:  # what changes until then is moved as well
        session.execute(text("UPDATE experiment SET notes = 'changed'"))
    moved = move_store(source, database)
    assert (moved.tables["answer"].written, moved.tables["call"].written) == (
        moved.tables["answer"].rows - 5,
        0,
    )
    assert moved.tables["experiment"].written == 2
    with shared(database).read() as session:
        assert set(session.execute(text("SELECT notes FROM experiment")).scalars()) == {"changed"}
    assert shared(database).address == moved.target and "***" in moved.target


def test_a_database_that_holds_anything_else_is_left_as_it_is(
    source: Store, database: str, postgresql: Server, tmp_path: Path
) -> None:
    move_store(source, database)
    with pytest.raises(InputError, match="already contains this store's data"):
        move_store(source, database)
    other = open_store(tmp_path / "other.db")
    with pytest.raises(InputError, match=r"contains another home's data \(.*experiment"):
        move_store(other, database)
    half = postgresql.make_database()
    kill_at(source, half, "experiment")
    with pytest.raises(InputError, match="contains a part of another home's data"):
        move_store(other, half)
    postgresql.drop(half)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE alembic_version SET version_num = 'newer'", "another version .* 'newer'"),
        ("DROP TABLE alembic_version", "the database of another program"),
    ],
)
def test_a_database_of_another_version_or_program_is_refused(
    source: Store, tmp_path: Path, statement: str, message: str
) -> None:
    target = tmp_path / "target.db"
    with open_store(target).write() as session:
        session.execute(text(statement))
    with pytest.raises(StoreError, match=message):
        move_store(source, target)


def test_a_row_that_appears_or_vanishes_meanwhile_is_noticed(source: Store, tmp_path: Path) -> None:
    def write(table: str, done: int, rows: int) -> None:
        if table == "rating":
            with source.write() as session:
                session.execute(text("DELETE FROM rating"))

    with pytest.raises(StoreError, match="of the table rating, .* hold 0 rows and 2 rows") as caught:
        move_store(source, tmp_path / "target.db", write)
    assert "Stop the app" in str(caught.value.hint)


def test_a_store_in_use_is_not_moved(source: Store, tmp_path: Path) -> None:
    target = tmp_path / "target.db"
    with source.write() as session:
        session.execute(text("UPDATE experiment SET state = 'stopped' WHERE name = 'second'"))
        [running] = session.execute(text("SELECT id FROM experiment WHERE name = 'second'")).scalars()
    assert claim(source, owner_name(), experiment_id=running)
    with pytest.raises(InputError, match=f"Experiment {running} is running"):
        move_store(source, target)
    with source.write() as session:
        session.execute(text("UPDATE experiment SET state = 'paused', lease_owner = NULL"))
    now = time.time()
    here = "another-host", 1, "http://127.0.0.1:8600"
    beat(source, ServingServer("x", *here, services=("s1",), started_at=now, seen_at=now))
    with pytest.raises(InputError, match="A server answers with this store"):
        move_store(source, target)
    assert not target.exists()


def test_where_the_store_is_already_is_no_place_to_move_it_to(source: Store) -> None:
    with pytest.raises(InputError, match="already contains this store's data"):
        move_store(source, source.path)


@pytest.mark.parametrize("address", ["mysql://host/database", "postgres://host/database"])
def test_an_address_of_another_kind_is_no_path(source: Store, address: str) -> None:
    with pytest.raises(InputError, match="neither that of a PostgreSQL database nor a path"):
        move_store(source, address)


def test_the_command_says_what_moved_and_what_to_set(source: Store, database: str, tmp_path: Path) -> None:
    environment = {**os.environ, "WORKBENCH_HOME": str(source.path.parent), "PYTHONPATH": str(PROJECT)}
    # Whoever has set the variable already means the home's file.
    set_already = environment | {"WORKBENCH_DATABASE_URL": database}
    done = run_command(["move-store", database], tmp_path, set_already)
    assert done.returncode == 0, done.stderr
    assert "The counts of all tables and the sums of all numbers agree." in done.stdout
    assert "In 2 rows a text had a NUL character" in done.stdout
    assert "Set WORKBENCH_DATABASE_URL" in done.stdout and database not in done.stdout
    again = run_command(["move-store", database], tmp_path, environment)
    assert again.returncode == 2 and "already contains this store's data" in again.stderr
    file = tmp_path / "back" / "workbench.db"
    back = run_command(["move-store", str(file), "--json"], tmp_path, set_already)
    said = json.loads(back.stdout)
    assert said["rows"] == said["written"] and said["tables"]["rating"]["rows"] == 2
    assert "set WORKBENCH_HOME to its folder" in said["next"]
