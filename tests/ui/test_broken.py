"""Every page with something gone wrong below it: it says what, in words, and shows no traceback.
Knows nothing about how such a store comes to be; tests/store has what the store itself does about it."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from tests.tiny_experiment import Runner
from tests.ui.conftest import Draw, serve, texts
from workbench.settings import Settings
from workbench.store.catalogue import hide_prompt, remove_model
from workbench.store.dialects import sqlite

PAGES = [
    "home", "experiments", "playground", "design", "run", "results", "compare", "answers", "review", "prompts",
    "models", "corpora", "questions", "cluster",
]  # fmt: skip
READING = ["home", "experiments", "run", "results", "compare", "answers", "review"]


pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")


def in_words(app: AppTest) -> str:
    """What the page says; it must have drawn its title, and no traceback."""
    assert not app.exception, app.exception[0].value
    assert len(app.title) == 1
    return texts(app)


def put(home: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    home.mkdir()
    (home / "workbench.db").write_bytes(content)
    monkeypatch.setenv("WORKBENCH_HOME", str(home))


@pytest.mark.parametrize("page", PAGES)
def test_a_file_that_is_no_database_is_said_to_be_damaged(
    draw_page: Draw, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    put(tmp_path / "other", b"This is no database. " * 400, monkeypatch)
    said = in_words(draw_page(page))
    assert "is damaged" in said and "restore a copy" in said


@pytest.mark.parametrize("page", READING)
def test_a_database_cut_short_is_said_to_be_damaged(
    draw_page: Draw, runner: Runner, finished: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    with sqlite3.connect(runner.store.path) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    whole = runner.store.path.read_bytes()
    put(tmp_path / "cut", whole[: len(whole) // 3], monkeypatch)
    assert "is damaged" in in_words(draw_page(page, experiment=finished))


@pytest.mark.parametrize("page", READING)
def test_a_database_that_another_program_holds_is_said_to_be_locked(
    draw_page: Draw, runner: Runner, finished: str, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_MILLISECONDS", 1_000)
    runner.store.dispose()  # whoever asks connects anew, and waits no longer than that
    with sqlite3.connect(runner.store.path, isolation_level=None) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        said = in_words(draw_page(page, experiment=finished))
        other.execute("ROLLBACK")
    assert "stayed locked" in said and "Another program is using it" in said


@pytest.mark.parametrize("page", READING)
def test_a_configuration_without_its_summary_is_left_out_and_the_rest_is_shown(
    draw_page: Draw, runner: Runner, finished: str, page: str
) -> None:
    with runner.store.write() as session:
        for table in ("trial_summary", "score_summary"):
            session.execute(text(f"delete from {table} where trial_id = '{finished}-0001'"))
    app = serve(runner, draw_page(page, experiment=finished))
    said = in_words(app)
    assert not app.error, app.error[0].value
    if page == "results":
        assert "3 of 4 configurations. 1 without figures yet." in said


@pytest.mark.parametrize("page", PAGES)
def test_a_corpus_deleted_since_leaves_its_experiments_readable(
    draw_page: Draw, runner: Runner, opened: Settings, finished: str, page: str
) -> None:
    shutil.rmtree(opened.corpora / "tiny")
    app = serve(runner, draw_page(page, experiment=finished, trial=f"{finished}-0001", corpus="tiny"))
    said = in_words(app)
    if page in ("playground", "corpora", "questions", "design"):
        assert "no corpus" in said
    else:
        assert not app.error, app.error[0].value


@pytest.mark.parametrize("page", PAGES)
def test_what_an_experiment_used_may_be_removed_or_hidden_since(
    draw_page: Draw, runner: Runner, finished: str, page: str
) -> None:
    remove_model(runner.store, "embedded/extractive")
    for name in ("concise", "cited"):
        hide_prompt(runner.store, name)
    app = serve(runner, draw_page(page, experiment=finished, trial=f"{finished}-0001"))
    in_words(app)
    if page != "design":  # its first draft, the sample experiment, names what is gone
        assert not app.error, app.error[0].value
