"""The database: opening, migrations, leases, states, ratings, requests.
Knows nothing about which part of the program stores what."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from sqlalchemy import text

from workbench.errors import InputError, LeaseLost, StoreError
from workbench.space.experiment import Experiment
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.space.search_space import expand
from workbench.store.answers import add_answers
from workbench.store.catalogue import (
    StoreCatalogue,
    add_prompt,
    hide_prompt,
    import_entries,
    list_prompts,
    list_versions,
    remove_model,
    save_model,
)
from workbench.store.database import Store, open_store
from workbench.store.dialects.sqlite_errors import explain_database_error
from workbench.store.experiments import (
    create_experiment,
    delete_experiment,
    edit_experiment,
    get_experiment,
    list_experiments,
)
from workbench.store.leases import claim, finish, heartbeat, queue, request_stop
from workbench.store.processes import owner_name
from workbench.store.ratings import find_ratings, put_rating, seen_key, withdraw_rating
from workbench.store.records import NewAnswer, Rating, ScoreRecord
from workbench.store.requests import (
    add_event,
    add_request,
    cancel_request,
    get_events,
    has_waiting_work,
    take_requests,
)
from workbench.store.trials import get_trials


def make_experiment(store: Store, name: str = "t", owner: str | None = None) -> str:
    experiment = Experiment.model_validate(
        {
            "name": name, "corpus": "c", "prompts": [{"name": "p", "template": "{question}"}],
            "retrieval": {"retriever": ["keyword"], "embedding": [{"name": "embedded/minilm", "kind": "embedding"}]},
            "models": [{"name": "embedded/extractive"}],
        }
    )  # fmt: skip
    return create_experiment(
        store, experiment, configs=expand(experiment).configs, questions=[], corpus_path="c",
        corpus_version="1", today="2026-01-01", prices={}, owner=owner,
    )  # fmt: skip


def test_a_database_of_a_newer_version_is_left_alone_with_a_clear_message(tmp_path: Path) -> None:
    path = tmp_path / "workbench.db"
    open_store(path).dispose()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'ffff00001111'")
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    copy = tmp_path / "copy.db"  # a path this process has not opened yet
    copy.write_bytes(path.read_bytes())
    with pytest.raises(StoreError, match="newer version"):
        open_store(copy)


def test_what_is_no_database_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "workbench.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match="damaged"):
        open_store(tmp_path / "workbench.db")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("database or disk is full", "disk that holds"),
        ("database is locked", "stayed locked"),
        ("attempt to write a readonly database", "cannot be written"),
        ("database disk image is malformed", "damaged"),
    ],
)
def test_what_sqlite_says_becomes_words_and_a_next_step(text: str, words: str) -> None:
    error = explain_database_error(sqlite3.OperationalError(text), Path("workbench.db"))
    assert words in error.message and error.hint


def test_a_full_disk_loses_nothing_that_is_stored(tmp_path: Path) -> None:
    store = open_store(tmp_path / "workbench.db")
    make_experiment(store, "first")
    with store.writer.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        connection.rollback()
    with pytest.raises(StoreError, match="full"):
        for number in range(2000):
            put_rating(store, Rating(f"s{number}", "ann", 1, "x" * 4000, "q", "a", (), 0.0))
    assert [r.name for r in list_experiments(store)] == ["first"]


def test_what_is_created_for_somebody_is_taken_by_nobody_else(store: Store) -> None:
    mine = owner_name()
    experiment_id = make_experiment(store, owner=mine)
    assert claim(store, owner_name("other")) is None
    assert claim(store, owner_name("other"), experiment_id=experiment_id) is None
    request_stop(store, experiment_id)
    lease = claim(store, mine, experiment_id=experiment_id)
    assert lease is not None
    assert heartbeat(store, lease, None) == (True, None), "what was asked for meanwhile is heard"


def test_of_two_workers_one_gets_the_lease(store: Store) -> None:
    experiment_id = make_experiment(store)
    first = claim(store, owner_name("a"), experiment_id=experiment_id)
    assert first is not None
    assert claim(store, owner_name("b"), experiment_id=experiment_id) is None


def test_a_late_writer_is_stopped_by_its_epoch(store: Store) -> None:
    experiment_id = make_experiment(store)
    late = claim(store, "elsewhere:999999:a", experiment_id=experiment_id)
    assert late is not None
    with store.write() as session:  # its worker went to sleep: the lease ran out
        from workbench.store.tables import ExperimentRow

        row = session.get(ExperimentRow, experiment_id)
        assert row is not None
        row.lease_until = 0.0
        session.add(row)
    assert get_experiment(store, experiment_id).state == "interrupted"
    queue(store, experiment_id)
    assert claim(store, owner_name("b"), experiment_id=experiment_id) is not None
    with pytest.raises(LeaseLost):
        heartbeat(store, late, {})
    with pytest.raises(LeaseLost):
        finish(store, late, "done", "", seconds=1.0)


def test_time_at_work_counts_while_running_and_after_its_worker_died(store: Store) -> None:
    experiment_id = make_experiment(store)
    first = claim(store, "elsewhere:999999:a", experiment_id=experiment_id)
    assert first is not None
    heartbeat(store, replace(first, claimed_at=time.time() - 7), {})
    assert 7 <= get_experiment(store, experiment_id).seconds < 60
    with store.write() as session:
        session.execute(text("update experiment set lease_until = 0"))
    again = claim(store, owner_name("b"), experiment_id=experiment_id)
    assert again is not None
    finish(store, again, "stopped", "", seconds=2.0)
    assert 9 <= get_experiment(store, experiment_id).seconds < 62


def test_states_move_along_allowed_ways_only(store: Store) -> None:
    experiment_id = make_experiment(store)
    lease = claim(store, owner_name("a"), experiment_id=experiment_id)
    assert lease is not None and get_experiment(store, experiment_id).state == "running"
    assert request_stop(store, experiment_id) == "stopping"
    finish(store, lease, "stopped", "", seconds=2.0)
    assert queue(store, experiment_id) == "queued"
    lease = claim(store, owner_name("a"), experiment_id=experiment_id)
    assert lease is not None
    finish(store, lease, "done", "", seconds=1.0)
    assert get_experiment(store, experiment_id).seconds == 3.0
    with pytest.raises(InputError):
        queue(store, experiment_id)


def test_a_running_experiment_cannot_be_deleted_and_an_ended_one_can(store: Store) -> None:
    experiment_id = make_experiment(store)
    lease = claim(store, owner_name("a"), experiment_id=experiment_id)
    assert lease is not None
    with pytest.raises(InputError, match="running"):
        delete_experiment(store, experiment_id)
    finish(store, lease, "done", "", seconds=0.0)
    delete_experiment(store, experiment_id)
    assert list_experiments(store) == []


def test_names_notes_and_the_archive(store: Store) -> None:
    experiment_id = make_experiment(store)
    edit_experiment(store, experiment_id, name="Better", notes="Look here", archived=True)
    record = get_experiment(store, experiment_id)
    assert (record.name, record.notes, record.archived) == ("Better", "Look here", True)
    assert list_experiments(store) == [] and len(list_experiments(store, archived=True)) == 1
    with pytest.raises(InputError, match="empty"):
        edit_experiment(store, experiment_id, name="  ")


def thumb(value: int, rater: str = "ann", comment: str = "") -> Rating:
    return Rating(seen_key("q", "a", ["p"]), rater, value, comment, "q", "a", ("p",), 0.0)


def test_a_thumb_is_one_a_rater_and_can_be_changed_and_withdrawn(store: Store) -> None:
    seen = seen_key("q", "a", ["p"])
    for rating in (thumb(1), thumb(1), thumb(-1, comment="no"), thumb(1, "ben")):
        put_rating(store, rating)
    assert {(r.rater, r.value, r.comment) for r in find_ratings(store, [seen])[seen]} == {
        ("ann", -1, "no"),
        ("ben", 1, ""),
    }
    withdraw_rating(store, seen, "ann")
    assert [r.rater for r in find_ratings(store, [seen])[seen]] == ["ben"]


def test_what_was_seen_is_question_answer_and_passages() -> None:
    assert seen_key("q", "a", ["p"]) == seen_key("q", "a", ["p"])
    assert (
        len(
            {
                seen_key("q", "a", ["p"]),
                seen_key("q", "b", ["p"]),
                seen_key("q", "a", []),
                seen_key("r", "a", ["p"]),
            }
        )
        == 4
    )


def test_editing_a_prompt_makes_a_version_and_equal_text_does_not(store: Store) -> None:
    first = add_prompt(store, Prompt(name="p", template="{question}"))
    second = add_prompt(store, Prompt(name="p", template="{question}!"))
    again = add_prompt(store, Prompt(name="p", template="{question}"))
    assert (first.label, second.label, again.label) == ("p@1", "p@2", "p@1")
    assert len(list_versions(store, "p")) == 2
    catalogue = StoreCatalogue(store)
    found = catalogue.find_prompt("p@1")
    assert found is not None and found.template == "{question}" and catalogue.find_prompt("p@9") is None
    hide_prompt(store, "p")
    assert list_prompts(store) == [] and len(list_prompts(store, hidden=True)) == 1


def test_a_model_changed_in_the_app_is_not_undone_by_its_file(store: Store) -> None:
    from_file = Model(name="m", base_url="http://h/v1", model="a")
    import_entries(store, [], [from_file])
    save_model(store, from_file.model_copy(update={"model": "b"}))
    import_entries(store, [], [from_file])
    found = StoreCatalogue(store).find_model("m")
    assert found is not None and found.model == "b"
    with pytest.raises(InputError, match="registered already"):
        save_model(store, from_file, replace=False)
    remove_model(store, "m")
    assert StoreCatalogue(store).find_model("m") is None


def test_of_an_answer_that_two_store_the_first_stays_with_its_scores(store: Store) -> None:
    trial = get_trials(store, make_experiment(store))[0].id

    def answer(question: str, state: Literal["ok", "failed"], value: float) -> NewAnswer:
        return NewAnswer(
            trial_id=trial, question_id=question, repeat=0, part="search", state=state, ranking_key=None,
            call_key=None, passages=0, reused=False, seen="", refused=False, cost_usd=None, seconds=0.0,
            tokens=0, scores=(ScoreRecord("correctness", f"{question} {value}", value, "ok"),),
        )  # fmt: skip

    for stored in (
        [answer("b", "ok", 1.0), answer("c", "failed", 0.0)],
        [answer("c", "ok", 0.7), answer("b", "ok", 0.5), answer("a", "ok", 0.9)],
        [answer("a", "failed", 0.0), answer("c", "ok", 0.1)],
    ):
        with store.write() as session:
            add_answers(session, stored)
    with store.read() as session:
        rows = session.execute(
            text("SELECT question_id, state, value FROM answer JOIN score ON answer.id = answer_id")
        ).all()
    assert sorted(map(tuple, rows)) == [("a", "ok", 0.9), ("b", "ok", 1.0), ("c", "ok", 0.7)]


def test_requests_are_taken_once_and_answered_by_events(store: Store) -> None:
    first, second = add_request(store, "plan", {"a": 1}), add_request(store, "plan", {"a": 2})
    assert has_waiting_work(store)
    cancel_request(store, first)
    assert [r.id for r in take_requests(store)] == [second] and take_requests(store) == []
    add_event(store, second, "piece", {"x": 1})
    add_event(store, second, "result", {"x": 2})
    add_event(store, first, "result", {"x": 3})  # nobody waits for it any more
    assert [e.kind for e in get_events(store, second)] == ["piece", "result"] and get_events(
        store, first
    ) == []


def test_a_cancelled_requests_number_is_not_given_away_while_a_worker_owes_its_reply(store: Store) -> None:
    moot = add_request(store, "plan", {"a": 1})
    assert [r.id for r in take_requests(store)] == [moot]
    cancel_request(store, moot)
    wanted = add_request(store, "plan", {"a": 2})
    add_event(store, moot, "result", {"answers": "the old question"})
    assert wanted != moot and get_events(store, wanted) == []
