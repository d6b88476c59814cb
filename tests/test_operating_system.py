"""What differs between operating systems; Windows's part with its interfaces written by hand.
Knows nothing about what uses it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from workbench.operating_system import (
    ACCESS_DENIED,
    STILL_ACTIVE,
    add_signal_handler,
    command_line,
    cores,
    is_portable_file_name,
    portable_file_name,
    process_exists,
    windows_process_exists,
)


@pytest.mark.parametrize(("told", "used"), [("3", 3), ("", None), ("0", None), ("default", None)])
def test_a_process_uses_as_many_processors_as_it_is_told(
    monkeypatch: pytest.MonkeyPatch, told: str, used: int | None
) -> None:
    monkeypatch.delenv("PYTHON_CPU_COUNT", raising=False)
    every = cores()
    monkeypatch.setenv("PYTHON_CPU_COUNT", told)
    assert cores() == (used or every) >= 1


class LoopOfWindows:
    """An event loop as Windows has it: it takes no signal handlers."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.call_soon_threadsafe = loop.call_soon_threadsafe

    def add_signal_handler(self, *_: object) -> None:
        raise NotImplementedError


@pytest.mark.parametrize("wrap", [lambda loop: loop, LoopOfWindows])
def test_a_signal_reaches_the_loop_with_and_without_its_own_handlers(
    wrap: Callable[[asyncio.AbstractEventLoop], Any],
) -> None:
    async def wait() -> signal.Signals:
        loop = asyncio.get_running_loop()
        arrived: asyncio.Future[signal.Signals] = loop.create_future()
        remove = add_signal_handler(wrap(loop), signal.SIGTERM, arrived.set_result)
        os.kill(os.getpid(), signal.SIGTERM)
        number = await asyncio.wait_for(arrived, 10)
        remove()
        return number

    before = signal.getsignal(signal.SIGTERM)
    assert asyncio.run(wait()) is signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) == before


def test_this_process_exists_and_one_that_ended_does_not() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert process_exists(os.getpid()) and not process_exists(ended.pid) and not process_exists(2**40)


class Kernel32:
    """The part of Windows's kernel32 that tells whether a process runs. exit_code: None where there is none."""

    def __init__(self, exit_code: int | None) -> None:
        self.exit_code = exit_code
        self.closed = 0

    def OpenProcess(self, access: int, inherit: bool, pid: int) -> int:
        return 0 if self.exit_code is None else 7

    def GetExitCodeProcess(self, handle: int, code: Any) -> int:
        code.value = self.exit_code
        return 1

    def CloseHandle(self, handle: int) -> int:
        self.closed += 1
        return 1


class Ctypes:
    """The part of ctypes that goes with it."""

    class c_ulong:
        value = 0

    def __init__(self, last_error: int = 0) -> None:
        self.last_error = last_error

    def get_last_error(self) -> int:
        return self.last_error

    def byref(self, number: Any) -> Any:
        return number


@pytest.mark.parametrize(
    ("kernel32", "ctypes", "exists"),
    [
        (Kernel32(STILL_ACTIVE), Ctypes(), True),
        (Kernel32(0), Ctypes(), False),
        (Kernel32(None), Ctypes(87), False),
        (Kernel32(None), Ctypes(ACCESS_DENIED), True),
    ],
)
def test_on_windows_a_process_is_asked_for_and_not_killed(
    kernel32: Kernel32, ctypes: Ctypes, exists: bool
) -> None:
    assert windows_process_exists(12, kernel32, ctypes) is exists
    assert kernel32.closed == (kernel32.exit_code is not None)


@pytest.mark.parametrize(
    "name",
    ["CON", "con.md", "aux .txt", "NUL.tar.gz", "COM1", "lpt9.pdf", "a.", "a ", "a:b", "a/b", "a\\b", "what?", "a\0", "\ud800", "", "..", "x" * 256],
)  # fmt: skip
def test_names_that_some_system_refuses_are_told_and_mended(name: str) -> None:
    assert not is_portable_file_name(name)
    assert is_portable_file_name(portable_file_name(name))


@pytest.mark.parametrize("name", ["a.md", "Contract.pdf", "common.txt", "Über uns.md", "a b", "com10"])
def test_ordinary_names_stay(name: str) -> None:
    assert is_portable_file_name(name) and portable_file_name(name) == name


def test_a_command_line_is_quoted_as_the_shell_reads_it() -> None:
    plain = [r".venv\Scripts\python.exe", "-m", "workbench", "ask", r"winners\a.yaml", "What’s $5 it's?"]
    quoted = r".venv\Scripts\python.exe -m workbench ask winners\a.yaml 'What’’s $5 it''s?'"
    assert command_line(plain, windows=True) == quoted
    in_a_folder_with_blanks = [r"C:\My Files\python.exe", "-m", "workbench"]
    assert command_line(in_a_folder_with_blanks, windows=True) == r"& 'C:\My Files\python.exe' -m workbench"
    assert command_line(["python", "it's $5"], windows=False) == "python 'it'\"'\"'s $5'"
