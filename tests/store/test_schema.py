"""A database at the newest schema, whether created or migrated: the same schema, never half of it.
Knows nothing about what the tables hold."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

import workbench.store.learning.tables  # noqa: F401
import workbench.store.serving.tables  # noqa: F401
from workbench.corpus.types import Question
from workbench.errors import StoreError
from workbench.store import schema
from workbench.store.database import open_store
from workbench.store.questions import count_questions, get_clusters, get_questions
from workbench.store.ratings import list_ratings
from workbench.store.records import ExperimentQuestion, SearchStepRecord
from workbench.store.schema import HEAD, MIGRATIONS
from workbench.store.search_steps import add_search_step, get_search_steps
from workbench.store.tables import Table


def migrated(
    path: Path, revision: str = "head", change: Callable[[Config, str], None] = command.upgrade
) -> Path:
    """A database that Alembic created or changed, migration by migration."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with create_engine(f"sqlite:///{path}").begin() as connection:
        config.attributes["connection"] = connection
        change(config, revision)
    return path


def schema_of(path: Path) -> dict[str, object]:
    """Everything SQLite reports about the tables except the order of columns."""
    found: dict[str, object] = {}
    with sqlite3.connect(path) as database:
        for kind, name, sql in database.execute("SELECT type, name, sql FROM sqlite_master").fetchall():
            if kind == "index":
                found[name] = sql
                continue
            columns = {row[1:] for row in database.execute(f"PRAGMA table_xinfo({name!r})")}
            keys = {row[2:] for row in database.execute(f"PRAGMA foreign_key_list({name!r})")}
            indexes = set()
            for _, index, *kind_of in database.execute(f"PRAGMA index_list({name!r})").fetchall():
                parts = tuple(row[2] for row in database.execute(f"PRAGMA index_info({index!r})"))
                indexes.add((*kind_of, parts))
            constraints = set(re.findall(r"CONSTRAINT \"?\w+|CHECK *\([^)]*\)", sql))
            found[name] = columns, keys, indexes, constraints
    return found


def test_a_new_database_is_what_the_migrations_make(tmp_path: Path) -> None:
    open_store(tmp_path / "new.db").dispose()
    made, by_migrations = schema_of(tmp_path / "new.db"), schema_of(migrated(tmp_path / "migrated.db"))
    assert made == by_migrations
    assert len(made) > 30 and "alembic_version" in made


def test_the_migrations_make_exactly_the_tables_of_the_code(tmp_path: Path) -> None:
    with create_engine(f"sqlite:///{migrated(tmp_path / 'workbench.db')}").connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Table.metadata) == []


def test_alembic_is_loaded_for_an_older_database_alone(tmp_path: Path) -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    assert script.get_current_head() == HEAD
    code = (
        "import sys; from workbench.store.database import open_store; open_store(sys.argv[1]); "
        "print('alembic' in sys.modules)"
    )
    older = migrated(tmp_path / "older.db", str(script.get_revision(HEAD).down_revision))
    new = tmp_path / "new.db"
    for path, loaded in ((new, "False"), (new, "False"), (older, "True"), (older, "False")):
        said = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True)
        assert said.stdout.strip() == loaded, (path, said.stderr)
        with create_engine(f"sqlite:///{path}").connect() as connection:
            assert MigrationContext.configure(connection).get_current_revision() == HEAD
    assert schema_of(older) == schema_of(new)


def test_an_experiment_of_before_search_steps_were_stored_has_none_and_takes_them(tmp_path: Path) -> None:
    path = migrated(tmp_path / "workbench.db", "e81c05b7d3a4")
    with sqlite3.connect(path) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info('experiment')")]
        values = ["e-1" if column == "id" else "{}" for column in columns]
        database.execute(f"INSERT INTO experiment VALUES ({', '.join('?' * len(columns))})", values)
    store = open_store(path)
    assert get_search_steps(store, "e-1") == []
    step = SearchStepRecord(asks=[(1, ["q-1", "q-2"]), (2, None)], drops={3: "worse"})
    with store.write() as session:
        add_search_step(session, "e-1", 1, step)
    assert get_search_steps(store, "e-1") == [step] and get_search_steps(store, "e-2") == []
    store.dispose()


def insert(database: sqlite3.Connection, table: str, **values: object) -> None:
    """Insert a row; columns that are not given are 0 or an empty list."""
    columns = [row[1:3] for row in database.execute(f"PRAGMA table_info({table!r})")]
    row = [values.get(name, 0 if kind in ("INTEGER", "FLOAT", "BOOLEAN") else "[]") for name, kind in columns]
    database.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)


def test_questions_of_before_groups_were_stored_stand_alone_and_survive_the_way_back(tmp_path: Path) -> None:
    before = "b93d5e07c184"
    path = migrated(tmp_path / "workbench.db", before)
    with sqlite3.connect(path) as database:
        insert(
            database, "experiment_question", experiment_id="e", question_id="q", part="search", text="Why?"
        )
        insert(database, "comparison", experiment_id="e", verdict="A is better")
        insert(database, "rating", question="Why?")
    store = open_store(path)
    [stored] = get_questions(store, "e")
    assert stored == ExperimentQuestion(Question("q", "Why?", answerable=False), "search", 0)
    assert count_questions(store, "e", "search") == (1, None) and get_clusters(store, "e") == {}
    assert list_ratings(store)[0].history == ()
    store.dispose()
    migrated(path, before, command.downgrade)
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT text FROM experiment_question").fetchall() == [("Why?",)]
        assert database.execute("SELECT verdict FROM comparison").fetchall() == [("A is better",)]
    assert schema_of(path) == schema_of(migrated(tmp_path / "never.db", before))


def test_summaries_of_before_defects_were_counted_have_what_was_recorded(tmp_path: Path) -> None:
    path = migrated(tmp_path / "workbench.db", "3c85b158d0f3")
    with sqlite3.connect(path) as database:
        cut = '["usage_estimated", "cut_at_max_tokens"]'
        for n, flags, kind in ((1, cut, None), (2, "[]", "empty"), (3, cut, None), (4, "[]", "timeout")):
            insert(
                database, "answer", id=n, trial_id="t", part="search", question_id=f"q{n}", flags=flags,
                error_kind=kind,
            )  # fmt: skip
        for part in ("search", "holdout"):
            insert(database, "trial_summary", trial_id="t", part=part, consistency=None)
        insert(database, "call", id=1, text="<think>Hm.</think>Nine.", outcome="ok")
    store = open_store(path)
    with sqlite3.connect(path) as database:
        counted = dict(database.execute("SELECT part, defects FROM trial_summary").fetchall())
        assert json.loads(counted["search"]) == {"cut_at_max_tokens": 2, "empty": 1}
        assert json.loads(counted["holdout"]) == {}
        assert database.execute("SELECT text, thinking FROM call").fetchall() == [
            ("<think>Hm.</think>Nine.", None)
        ]
    store.dispose()


def test_of_many_that_start_at_once_one_makes_the_database(tmp_path: Path) -> None:
    path = tmp_path / "workbench.db"
    with ThreadPoolExecutor(6) as pool:
        for store in pool.map(open_store, [path] * 6):
            store.dispose()
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]


def test_a_database_that_could_not_be_made_whole_is_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "workbench.db"
    monkeypatch.setattr(schema, "HEAD", object())  # SQLite takes no such thing: it fails after the last table
    with pytest.raises(StoreError):
        open_store(path)
    assert schema_of(path) == {}
    monkeypatch.undo()
    open_store(path).dispose()
    assert len(schema_of(path)) > 30


def test_a_file_whose_tables_have_our_names_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "workbench.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE experiment (theirs TEXT)")
        database.execute("INSERT INTO experiment VALUES ('kept')")
    with pytest.raises(StoreError):
        open_store(path)
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT theirs FROM experiment").fetchall() == [("kept",)]
        assert list(schema_of(path)) == ["experiment"]
