"""Questions edited by several processes at once, and by one that is killed in the middle.
Knows nothing about pages."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import stat
import time
from pathlib import Path

import pytest

from tests.corpus.edits_elsewhere import edit, put
from tests.forked import FORK
from workbench.corpus.question_editing import put_question
from workbench.errors import QuestionError

EACH = 60


def _ids(corpus: Path) -> list[str]:
    return [json.loads(line)["id"] for line in (corpus / "questions.jsonl").read_text().splitlines()]


def _run(*processes: multiprocessing.process.BaseProcess) -> None:
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * len(processes)


def test_four_processes_that_add_questions_lose_none(tmp_path: Path) -> None:
    _run(*(FORK.Process(target=put, args=(tmp_path, number, EACH)) for number in range(4)))
    assert sorted(_ids(tmp_path)) == sorted(f"{p}-{n}" for p in range(4) for n in range(EACH))


def test_four_processes_that_edit_in_all_ways_lose_nothing(tmp_path: Path) -> None:
    _run(*(FORK.Process(target=edit, args=(tmp_path, number)) for number in range(4)))
    rows = [json.loads(line) for line in (tmp_path / "questions.jsonl").read_text().splitlines()]
    assert len(rows) == 80 and not any(row["id"].startswith("gone") for row in rows)
    assert sum(row.get("tags") == ["seen"] for row in rows) == 40


def test_a_killed_editor_leaves_a_whole_file_and_no_lock(tmp_path: Path) -> None:
    put_question(tmp_path, {"id": "first", "question": "First?"}, [])
    for _ in range(3):
        before = len(_ids(tmp_path))
        editor = FORK.Process(target=put, args=(tmp_path, os.getpid() + before, 10**6))
        editor.start()
        deadline = time.monotonic() + 60
        while len(_ids(tmp_path)) < before + 3 and time.monotonic() < deadline:
            time.sleep(0.005)
        os.kill(editor.pid or 0, signal.SIGKILL)
        editor.join()
        after = _ids(tmp_path)
        assert len(after) > before and after[0] == "first"
        put_question(tmp_path, {"id": f"after-{before}", "question": "Unlocked?"}, [])
        assert _ids(tmp_path) == [*after, f"after-{before}"]


def test_edits_keep_the_permissions_of_the_file_and_a_link(tmp_path: Path) -> None:
    real = tmp_path / "elsewhere.jsonl"
    real.write_text('{"id": "a", "question": "A?"}\n')
    real.chmod(0o640)
    (tmp_path / "questions.jsonl").symlink_to(real)
    put_question(tmp_path, {"id": "b", "question": "B?"}, [])
    assert (tmp_path / "questions.jsonl").is_symlink() and _ids(tmp_path) == ["a", "b"]
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_a_question_file_that_is_a_folder_or_a_pipe_is_an_error_in_words(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "questions.jsonl")
    with pytest.raises(QuestionError, match="not an ordinary file"):
        put_question(tmp_path, {"question": "Q?"}, [])
