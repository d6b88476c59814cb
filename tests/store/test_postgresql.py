"""A store on PostgreSQL: what goes wrong with servers, connections and locks, and that nothing is lost by it.
Knows nothing about SQLite; what holds for both is in the other files."""

from __future__ import annotations

import pickle
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from tests.postgresql_server import Server, running_server
from workbench.errors import InputError, MissingPackage, StoreError, StoreUnavailable
from workbench.store import schema
from workbench.store.answers import add_rankings, find_passages
from workbench.store.backup import back_up
from workbench.store.database import Store, open_store
from workbench.store.dialects import postgresql as dialect
from workbench.store.ledger import add_calls, find_calls, get_spend
from workbench.store.records import CallRecord, PassageRecord
from workbench.store.tables import CallRow, PromptRow, RatingRow

SECRET = "a-secret-word"


@pytest.fixture
def store(postgresql_url: str) -> Store:
    return open_store(postgresql_url)


def call(key: str, **fields: Any) -> CallRecord:
    given = {
        "key": key,
        "kind": "generate",
        "model_name": "m",
        "model_key": "k",
        "outcome": "ok",
        "text": "t",
    }
    return CallRecord(**given | {"cost_usd": 0.5, "price": None} | fields)


def passage(key: str, words: str = "text") -> PassageRecord:
    return PassageRecord(key=key, document="d", title="", start=0, end=4, page=None, tokens=1, text=words)


@pytest.mark.parametrize(
    ("user", "database", "words"),
    [
        (f"workbench:{SECRET}", "postgres", "refuses the user or the password"),
        ("workbench:PASSWORD", "none", "has no such database"),
    ],
)
def test_what_a_server_refuses_is_said_without_the_password(
    postgresql: Server, user: str, database: str, words: str
) -> None:
    url = f"postgresql://{user}@127.0.0.1:{postgresql.port}/{database}".replace(
        "PASSWORD", postgresql.password
    )
    with pytest.raises(StoreError, match=words) as raised:
        open_store(url)
    error: BaseException | None = raised.value
    assert raised.value.hint
    while error is not None:
        assert SECRET not in repr(error) + str(error) and postgresql.password not in repr(error) + str(error)
        error = error.__cause__


def test_a_server_that_is_not_there_is_said_at_once() -> None:
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        open_store("postgresql+psycopg://u:p@127.0.0.1:1/x")


def test_an_old_server_is_refused(postgresql: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialect, "OLDEST", 99)
    with pytest.raises(StoreError, match="is PostgreSQL 1") as raised:
        open_store(postgresql.url())
    assert "99 or newer" in str(raised.value.hint)


def test_a_database_of_a_newer_version_and_that_of_another_program_stay_as_they_are(
    postgresql: Server,
) -> None:
    for statement, words in (
        (
            "CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('ffff')",
            "newer version",
        ),
        ("CREATE TABLE accounts (id INTEGER)", "another program"),
    ):
        url = postgresql.make_database()
        postgresql.execute(statement, url)
        with pytest.raises(StoreError, match=words):
            open_store(url)
        postgresql.drop(url)


def test_without_psycopg_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(MissingPackage, match="psycopg") as raised:
        open_store("postgresql://u:p@127.0.0.1:1/without")
    assert "pip install" in str(raised.value.hint)


def test_a_store_goes_to_another_process_by_its_address_and_never_shows_the_password(
    store: Store, postgresql: Server
) -> None:
    assert pickle.loads(pickle.dumps(store)) is store
    shown = f"{store!r} {store.database!r} {store.address} {store.writer!r} {store.reader!r}"
    assert postgresql.password not in shown and "127.0.0.1" in store.address
    with pytest.raises(InputError, match="not a file"):
        _ = store.path


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "PostgreSQL"])
def test_each_spelling_that_settings_accept_opens_one_database(postgresql_url: str, scheme: str) -> None:
    other = open_store(postgresql_url.replace("postgresql", scheme, 1))
    with open_store(postgresql_url).write() as session:
        add_calls(session, [call("a")])
    assert set(find_calls(other, ["a"])) == {"a"}
    other.dispose()


def test_text_with_nul_is_stored_with_a_replacement(store: Store) -> None:
    with store.write() as session:
        add_rankings(session, [], [passage("p", "a\0b")])
        add_calls(session, [call("a", text="x\0", flags=("a\0b",))])
    assert find_passages(store, ["p"])["p"].text == "a\ufffdb"
    found = find_calls(store, ["a"])["a"]
    assert (found.text, found.flags) == ("x\ufffd", ("a\ufffdb",))


def test_rows_are_stored_as_in_a_file(store: Store, tmp_path: Path) -> None:
    """Floats that JSON has no number for, null as JSON and as none, other scripts, large numbers, defaults."""
    price = {"usd": 0.1 + 0.2, "für": ["ü", None, True]}
    calls = [
        call("a", text='Größe \\u0041 \\ " 日本', price=price, seconds=1e-300, input_tokens=10**15),
        call("b", price=None, seconds=float("inf"), compute_seconds=None),
    ]
    found = []
    for one in (store, open_store(tmp_path / "workbench.db")):
        with one.write() as session:
            add_calls(session, calls)
            add_calls(session, [call("c"), call("a")])
        with one.read() as session:
            rows = session.exec(select(CallRow).order_by(CallRow.id)).all()
            nulls = session.exec(
                select(CallRow.key).where(col(CallRow.price).is_(None), col(CallRow.passages).is_(None))
            ).all()
            assert all(0 < row.created_at <= time.time() + 1 for row in rows)
            found.append(([row.model_dump(exclude={"id", "created_at"}) for row in rows], list(nulls)))
    assert found[0] == found[1] and found[0][0][0]["price"] == price
    assert [row["outcome"] for row in found[0][0]] == ["ok", "ok", "ok", "duplicate"]


@pytest.mark.parametrize("beside", ["", "\0"])
def test_half_a_character_in_a_text_is_an_input_error_that_shows_it(store: Store, beside: str) -> None:
    with pytest.raises(InputError) as caught, store.write() as session:
        add_calls(session, [call("a", text=f"fine {beside}"), call("b", text="half \ud800")])
    assert str(caught.value).startswith(r"'half \ud800' is not text: it contains half a character")


@pytest.mark.parametrize("beside", ["", "\0"])
def test_half_a_character_in_a_json_column_is_replaced(store: Store, beside: str) -> None:
    price = {"half \ud800": [f"\ud83d\ude00 {beside}"]}
    with store.write() as session:
        add_calls(session, [call("a", text=f"fine{beside}", price=price), call("b")])
        session.add(
            RatingRow(
                seen="s",
                rater="r",
                value=1,
                question="?",
                answer="!",
                passages=price["half \ud800"],
                tags=["\ud800"],
            )
        )
    with store.read() as session:
        (row,) = session.exec(select(CallRow).where(CallRow.key == "a")).all()
        (rating,) = session.exec(select(RatingRow)).all()
    cleaned = beside.replace("\0", "\ufffd")
    assert row.price == {"half \ufffd": [f"\U0001f600 {cleaned}"]}
    assert (rating.passages, rating.tags) == ([f"\U0001f600 {cleaned}"], ["\ufffd"])
    assert row.text == f"fine{cleaned}"


def test_texts_sort_as_in_python_and_numbers_may_be_large(store: Store) -> None:
    names = ["b", "B", "a", "Ä", "_", "~"]
    with store.write() as session:
        for name in names:
            session.add(PromptRow(name=name, version=10**15, template="", source="app"))
    with store.read() as session:
        rows = session.exec(select(PromptRow.name, PromptRow.version).order_by(PromptRow.name)).all()
    assert rows == [(name, 10**15) for name in sorted(names)]


def test_the_same_indexes_hold_a_part_of_the_rows_as_in_sqlite(store: Store, tmp_path: Path) -> None:
    named = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %' ORDER BY name"
    with open_store(tmp_path / "workbench.db").read() as session:
        in_sqlite = session.connection().exec_driver_sql(named).scalars().all()
    named = "SELECT indexname FROM pg_indexes WHERE indexdef ILIKE '%% WHERE %%' AND schemaname = 'public'"
    with store.read() as session:
        assert sorted(session.connection().exec_driver_sql(named).scalars()) == in_sqlite != []


def test_an_ok_call_is_stored_once_and_others_under_its_key_as_often_as_they_were_paid(store: Store) -> None:
    with store.write() as session:
        add_calls(session, [call("a"), call("b")])
        assert add_calls(session, [call("a")]) == {"a"}
        add_calls(session, [call("a", outcome="failed"), call("b", outcome="failed")])
    assert get_spend(store).calls == 5 and get_spend(store).spent_usd == 2.5


def test_writers_that_share_keys_neither_deadlock_nor_lose_a_call(store: Store) -> None:
    """Each stores the same passages and calls in an order of its own, as experiments over one corpus do."""
    writers, commits = 4, 8

    def write(number: int) -> None:
        for commit in range(commits):
            keys = [f"{commit}-{n}" for n in range(12)]
            mine = keys[number:] + keys[:number]

            def add(session: Session, mine: list[str] = mine) -> None:
                add_calls(session, [call(key) for key in mine])
                add_rankings(session, [], [passage(key) for key in reversed(mine)])

            store.transact(add, shared=True)

    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(write, range(writers)))
    with store.read() as session:
        outcomes = [row.outcome for row in session.exec(select(CallRow))]
    assert outcomes.count("ok") == 12 * commits and len(outcomes) == 12 * commits * writers


def test_a_transaction_of_its_own_sees_no_other_between_reading_and_writing(store: Store) -> None:
    def count_up(_: int) -> None:
        with store.write() as session:
            highest = session.execute(text("SELECT coalesce(max(version), 0) FROM prompt")).scalar_one()
            session.add(PromptRow(name="p", version=highest + 1, template="", source="app"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count_up, range(20)))
    with store.read() as session:
        assert session.execute(text("SELECT max(version) FROM prompt")).scalar_one() == 20


def cut(session: Session) -> None:
    """End a session's connection, as a failing network or a restarted server does."""
    session.connection().connection.dbapi_connection.close()  # type: ignore[union-attr]


def test_a_transaction_whose_connection_breaks_is_run_again(store: Store) -> None:
    runs = []

    def add(session: Session) -> None:
        add_calls(session, [call("a")])
        session.flush()
        runs.append(1)
        if len(runs) == 1:
            cut(session)

    store.transact(add)
    assert len(runs) == 2 and get_spend(store).calls == 1


def test_a_look_whose_connection_breaks_is_taken_again(store: Store) -> None:
    store.transact(lambda session: add_calls(session, [call("a")]))
    looks = []

    def look(session: Session) -> list[str]:
        looks.append(1)
        if len(looks) == 1:
            cut(session)
        return list(session.exec(select(CallRow.key)))

    assert store.query(look) == ["a"] and len(looks) == 2


@pytest.mark.parametrize("is_told", [True, False])
def test_a_commit_whose_reply_is_lost_is_not_done_twice(
    store: Store, monkeypatch: pytest.MonkeyPatch, is_told: bool
) -> None:
    commit, runs = Session.commit, []
    if not is_told:
        monkeypatch.setattr(dialect, "RECONNECT_SECONDS", 0.0)
        monkeypatch.setattr(dialect, "_STATUS", text("SELECT 'in progress', :id"))

    def lose_the_reply(session: Session) -> None:
        connection = session.connection().connection.dbapi_connection
        if not runs[1:]:
            runs.append(1)
            assert connection is not None
            connection.commit()
            connection.close()
        commit(session)

    def add(session: Session) -> None:
        runs.append(0)
        add_calls(session, [call("a", outcome="failed")])

    monkeypatch.setattr(Session, "commit", lose_the_reply)
    if is_told:
        store.transact(add)
    else:
        with pytest.raises(StoreError, match="whether the last change was stored"):
            store.transact(add)
    assert runs.count(0) == 1 and get_spend(store).calls == 1


def test_who_says_nothing_in_a_transaction_loses_the_lock_before_others_give_up(postgresql_url: str) -> None:
    assert dialect.IDLE_SECONDS < dialect.LOCK_SECONDS
    soon = "options=-c%20idle_in_transaction_session_timeout%3D300ms"
    silent, other = open_store(f"{postgresql_url}?{soon}"), open_store(postgresql_url)
    with pytest.raises(StoreUnavailable), silent.write() as session:
        with other.write():  # waits for the lock
            pass
        session.execute(text("SELECT 1"))
    silent.dispose()


@pytest.fixture
def own_server() -> Iterator[Server]:
    with running_server() as server:
        yield server


def test_a_server_that_is_restarted_in_mid_run_loses_nothing_that_was_committed(own_server: Server) -> None:
    store = open_store(own_server.make_database())
    done: list[str] = []
    enough, restarted = threading.Event(), threading.Event()

    def write(name: str) -> None:
        number = 0
        while not restarted.is_set() or number < 10:
            key = f"{name}-{number}"
            store.transact(lambda session, key=key: add_calls(session, [call(key)]), shared=True)  # type: ignore[misc]
            done.append(key)
            number += 1
            if number == 10:
                enough.set()

    with ThreadPoolExecutor(3) as pool:
        writing = [pool.submit(write, name) for name in "abc"]
        assert enough.wait(60)
        own_server.stop()
        own_server.start()
        restarted.set()
        for future in writing:
            future.result(60)
    spend = get_spend(store)
    assert spend.calls == len(done) == len(find_calls(store, done))
    store.dispose()


def test_a_backup_is_a_file_that_opens_as_a_store_with_the_same_rows(store: Store, tmp_path: Path) -> None:
    with store.write() as session:
        add_calls(session, [call("a", price={"input": 1.0}), call("b", text="ünï")])
        add_rankings(session, [], [passage("p")])
    made = back_up(store.database.url, tmp_path / "copy.db")  # type: ignore[attr-defined]
    copy = open_store(made.file)
    assert made.rows["call"] == 2 and find_calls(copy, ["a", "b"]) == find_calls(store, ["a", "b"])
    copy.dispose()


MIGRATION = """
revision = "ffff00000001"
down_revision = "{head}"
branch_labels = depends_on = None
import sqlalchemy as sa
from alembic import op

def upgrade():
    with op.batch_alter_table("worker") as batch:
        batch.add_column(sa.Column("mood", sa.String(), nullable=False, server_default="calm"))
    op.create_index("ix_worker_mood", "worker", ["mood"])
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_migration_after_those_of_sqlite_alone_runs_on_both(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address: Any = (
        tmp_path / "workbench.db" if kind == "sqlite" else request.getfixturevalue("postgresql_url")
    )
    open_store(address).dispose()
    import shutil

    from workbench.store import database

    folder = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, folder)
    (folder / "versions" / "ffff00000001_mood.py").write_text(MIGRATION.format(head=schema.HEAD))
    monkeypatch.setattr(schema, "MIGRATIONS", folder)
    monkeypatch.setattr(schema, "HEAD", "ffff00000001")
    database._open.cache_clear()
    store = open_store(address)
    with store.write() as session:
        session.execute(
            text("INSERT INTO worker (id, host, pid, started_at, seen_at, doing) VALUES ('w','h',1,0,0,'')")
        )
        assert session.execute(text("SELECT mood FROM worker")).scalar_one() == "calm"
    store.dispose()
    database._open.cache_clear()
