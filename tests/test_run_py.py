"""run.py: where things lie on each system, what it says of its progress and of what goes wrong.
Knows nothing about what is installed: nothing is."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

PROJECT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def run() -> ModuleType:
    spec = importlib.util.spec_from_file_location("run_py", PROJECT / "run.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_environments_python_is_where_each_system_puts_it(run: ModuleType) -> None:
    venv = Path("here") / ".venv"
    assert run.venv_python(venv, "nt") == venv / "Scripts" / "python.exe"
    assert run.venv_python(venv, "posix") == venv / "bin" / "python"
    assert run.site_packages(venv, "nt") == venv / "Lib" / "site-packages"
    assert run.site_packages(venv, "posix").parts[-3] == "lib"


def test_an_old_python_is_told_so_with_a_command_of_its_system(run: ModuleType) -> None:
    run.require_python((3, 11, 0))
    with pytest.raises(run.SetupFailed, match=r"this is Python 3\.9\.18\. Try: py -3\.12 run\.py"):
        run.require_python((3, 9, 18), "nt")
    with pytest.raises(run.SetupFailed, match=r"make PYTHON=python3\.12 app"):
        run.require_python((3, 10, 1), "posix")


def test_a_disk_without_room_is_refused_before_anything_is_downloaded(run: ModuleType) -> None:
    run.require_space(PROJECT, run.RUN, free=10_000_000_000)
    with pytest.raises(run.SetupFailed, match=r"has 0\.5 GB free"):
        run.require_space(PROJECT, run.RUN, free=500_000_000)


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("[WinError 112] There is not enough space on the disk", "disk is full"),
        ("WARNING: Retrying … NewConnectionError('…: Failed to establish a new connection')", "cannot be reached"),
        ("ERROR: No matching distribution found for streamlit==1.67.0", "cannot be reached"),
        ("something else", "start again"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_said_with_what_to_do(run: ModuleType, output: str, said: str) -> None:
    assert said in run.explain(output).lower()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("  Downloading pyarrow-26.0.1-cp311-cp311-linux.whl (45.6 MB)", "7 of 183 packages: downloading pyarrow (45.6 MB)"),
        ("  Using cached numpy-2.4.6-cp311.whl (16.9 MB)", "7 of 183 packages: found numpy (16.9 MB)"),
        (r"Processing c:\wheels\numpy-2.4.6-cp311.whl (from -r requirements.txt (line 9))", "7 of 183 packages: found numpy"),
        ("Collecting pyarrow==26.0.1 (from -r requirements.txt (line 122))", None),
    ],
)  # fmt: skip
def test_pips_lines_become_progress(run: ModuleType, line: str, said: str | None) -> None:
    assert run.describe(line, 7, 183) == said


def test_a_stamp_holds_only_for_the_lock_it_was_written_for(run: ModuleType, tmp_path: Path) -> None:
    stamp = run.Stamp(tmp_path, run.RUN)
    assert not stamp.is_current()
    (tmp_path / "run.stamp").touch()  # of an earlier version: empty
    assert not stamp.is_current()
    stamp.write()
    assert stamp.is_current() and not run.Stamp(tmp_path, run.TEST).is_current()


def test_a_comment_of_a_lock_installs_nothing_again(run: ModuleType, tmp_path: Path) -> None:
    lock, same, other = (tmp_path / name for name in ("a.txt", "b.txt", "c.txt"))
    lock.write_text("attrs==26.1.0   # via x\nclick==8.5.1\n")
    same.write_text("attrs==26.1.0   # via x, y\nclick==8.5.1 ; python_version > '3'\n")
    other.write_text("attrs==26.1.0   # via x\nclick==8.5.2\n")
    assert run.fingerprint(lock) == run.fingerprint(same) != run.fingerprint(other)


def test_the_locks_packages_are_counted(run: ModuleType) -> None:
    assert 100 < run.count_packages(PROJECT / run.RUN) < run.count_packages(PROJECT / run.TEST)


def test_help_needs_nothing_installed_and_the_app_is_the_default(run: ModuleType) -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-E", str(PROJECT / "run.py"), "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "demo" in done.stdout
    assert (run.parse([]).command, run.parse([]).port) == ("app", 8501)
    assert run.parse(["app", "--port", "9000"]).port == 9000 and run.parse(["install", "--test"]).test
