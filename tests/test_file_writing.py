"""Writing files whole, to ordinary files only, and locks between processes.
Knows nothing about what is written."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import PROJECT
from tests.counting_elsewhere import count
from tests.forked import FORK
from workbench.errors import InputError
from workbench.files.writing import check_destination, write_atomically


def test_a_new_file_has_the_permissions_that_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "new", "x")
        write_atomically(tmp_path / "mine", "x", private=True)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "mine").stat().st_mode) == 0o600


def test_a_file_keeps_its_permissions(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("old")
    (tmp_path / "f").chmod(0o604)
    write_atomically(tmp_path / "f", "new")
    assert (tmp_path / "f").read_text() == "new" and stat.S_IMODE((tmp_path / "f").stat().st_mode) == 0o604


def test_a_link_stays_a_link_to_the_new_content(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "f").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real" / "f")
    write_atomically(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real" / "f").read_text() == "new"


def test_a_file_that_is_there_is_overwritten_only_when_told(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("old")
    with pytest.raises(InputError, match="already exists") as caught:
        write_atomically(tmp_path / "f", "new", overwrite=False)
    assert (tmp_path / "f").read_text() == "old" and "--force" in str(caught.value)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda p: p.mkdir(), "is a folder"),
        (lambda p: os.mkfifo(p), "not an ordinary file"),
        (_socket, "not an ordinary file"),
        (lambda p: p.symlink_to("/dev/null"), "not an ordinary file"),
        (lambda p: p.symlink_to(p.parent), "is a folder"),
        (lambda p: p.symlink_to(p.parent / "gone"), "which does not exist"),
        (lambda p: p.symlink_to(p), "is a link to"),
    ],
)
def test_only_ordinary_files_are_written(tmp_path: Path, make: object, words: str) -> None:
    path = tmp_path / "x"
    make(path)  # type: ignore[operator]
    before = sorted(tmp_path.iterdir())
    with pytest.raises(InputError, match=words):
        write_atomically(path, "new")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["a\0b", "x" * 300, "f/inside-a-file"])
def test_a_path_that_cannot_be_is_an_error_in_words(tmp_path: Path, name: str) -> None:
    (tmp_path / "f").write_text("a file")
    with pytest.raises(InputError, match="cannot be written"):
        write_atomically(tmp_path / name, "x")


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("old")
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)); import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
    code = f"{limit} from pathlib import Path; from workbench.files.writing import write_atomically; write_atomically(Path('f'), 'x' * 5000)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(PROJECT)}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode and "cannot be written" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["f"] and (tmp_path / "f").read_text() == "old"


def test_a_killed_writer_leaves_the_old_or_the_new_file(tmp_path: Path) -> None:
    code = "from pathlib import Path; from workbench.files.writing import write_atomically\nfor n in range(10**6): write_atomically(Path('f'), str(n % 10) * 200_000)"
    for _ in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", code], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(PROJECT)}
        )
        deadline = time.monotonic() + 30
        while not (tmp_path / "f").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.1)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        text = (tmp_path / "f").read_text()
        assert len(text) == 200_000 and len(set(text)) == 1


def test_of_two_that_create_one_file_the_second_is_refused(tmp_path: Path) -> None:
    check_destination(tmp_path / "f", overwrite=False)
    write_atomically(tmp_path / "f", "first", overwrite=False)
    with pytest.raises(InputError, match="already exists"):
        write_atomically(tmp_path / "f", "second", overwrite=False)
    assert (tmp_path / "f").read_text() == "first"


def test_four_processes_that_count_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "count"
    path.write_text("0")
    (tmp_path / "link").symlink_to(path)
    counters = [
        FORK.Process(target=count, args=(tmp_path / name, 25)) for name in ("count", "link", "count", "link")
    ]
    for counter in counters:
        counter.start()
    for counter in counters:
        counter.join()
    assert path.read_text() == "100" and all(counter.exitcode == 0 for counter in counters)
