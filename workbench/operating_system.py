"""Does what differs between operating systems: signals, sessions, file names, command lines, processes.
Knows nothing about what the program does with them."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

SignalHandler = Callable[[signal.Signals], None]

CPU_COUNT = "PYTHON_CPU_COUNT"
"""The environment variable by which a process is told how many processors to use."""

_RESERVED_ON_WINDOWS = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(?:\.|$)", re.I
)
_FORBIDDEN_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f\ud800-\udfff]')
LONGEST_FILE_NAME = 255  # bytes, on common file systems
_PLAIN_IN_POWERSHELL = re.compile(r"[\w.:\\/-]+", re.ASCII)
_QUOTES_OF_POWERSHELL = re.compile("['\u2018\u2019\u201a\u201b]")

PROCESS_QUERY_LIMITED_INFORMATION = 0x1000
ACCESS_DENIED = 5
STILL_ACTIVE = 259


def add_signal_handler(
    loop: asyncio.AbstractEventLoop, number: signal.Signals, handler: SignalHandler
) -> Callable[[], None]:
    """Call `handler` inside the event loop whenever the signal arrives; returns a function that ends this."""
    try:
        loop.add_signal_handler(number, handler, number)
    except NotImplementedError:  # the event loops of Windows
        return _add_plain_handler(loop, number, handler)
    return lambda: _remove_loop_handler(loop, number)


def _remove_loop_handler(loop: asyncio.AbstractEventLoop, number: signal.Signals) -> None:
    loop.remove_signal_handler(number)


def _add_plain_handler(
    loop: asyncio.AbstractEventLoop, number: signal.Signals, handler: SignalHandler
) -> Callable[[], None]:
    def pass_on(_: int, frame: FrameType | None) -> None:
        with suppress(RuntimeError):  # the loop is closed already
            loop.call_soon_threadsafe(handler, number)

    previous = signal.signal(number, pass_on)

    def restore() -> None:
        signal.signal(number, previous)

    return restore


def own_session() -> dict[str, Any]:
    """The arguments of subprocess.Popen by which a Ctrl-C in this terminal does not reach the process."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def process_memory() -> int | None:
    """Bytes of memory that this process takes at present; None where the system does not say."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return None


def kill_session(pid: int) -> None:
    """End a process that was started with `own_session`, and on POSIX what it has started itself, at once."""
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            os.kill(pid, signal.SIGTERM)
        else:
            os.killpg(pid, signal.SIGKILL)


def end_session(pid: int) -> None:
    """Ask a process that was started with `own_session`, and on POSIX what it has started itself, to end."""
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            os.kill(pid, signal.CTRL_BREAK_EVENT)
        else:
            os.killpg(pid, signal.SIGTERM)


def process_exists(pid: int) -> bool:
    """Whether a process of this machine is there and has not ended. A zombie has ended."""
    if sys.platform == "win32":  # there, os.kill(pid, 0) would end the process or send it a Ctrl-C
        import ctypes

        return windows_process_exists(pid, ctypes.WinDLL("kernel32", use_last_error=True), ctypes)
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return True
    return state not in ("Z", "X")


def process_start(pid: int) -> int | None:
    """When a process of this machine began, in ticks since the machine did; None where the system does not
    say. With its number it names the process for good: numbers are given again."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return int(fields[19])
    except (OSError, IndexError, ValueError):
        return None


def process_namespace() -> str:
    """What numbers of processes belong to, where systems share a host's name: this boot of the machine
    and the namespace of processes (containers have their own). "" where the system does not say."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot[:8]}-{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


def windows_process_exists(pid: int, kernel32: Any, ctypes: Any) -> bool:
    """`process_exists` on Windows.

    kernel32: the library of that name. ctypes: the module, for its types and the last error.
    """
    handle = kernel32.OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, False, pid)
    if not handle:
        return bool(ctypes.get_last_error() == ACCESS_DENIED)
    try:
        code = ctypes.c_ulong()
        known = kernel32.GetExitCodeProcess(handle, ctypes.byref(code))
        return not known or code.value == STILL_ACTIVE
    finally:
        kernel32.CloseHandle(handle)


def is_portable_file_name(name: str) -> bool:
    """Whether every operating system takes a file or folder of this name."""
    return (
        bool(name.strip(". "))
        and name == name.rstrip(". ")
        and not _FORBIDDEN_IN_NAMES.search(name)
        and not _RESERVED_ON_WINDOWS.match(name)
        and len(name.encode()) <= LONGEST_FILE_NAME
    )


def portable_file_name(name: str) -> str:
    """The nearest name that every operating system takes. The ending (after the last dot) stays."""
    stem, dot, ending = _FORBIDDEN_IN_NAMES.sub("-", name).rpartition(".")
    if not dot:
        stem, ending = ending, ""
    ending = f".{ending[:20]}" if ending.strip(" ") else ""
    stem = stem.encode()[: LONGEST_FILE_NAME - 1 - len(ending.encode())].decode(errors="ignore").rstrip(". ")
    safe = f"{stem or '_'}{ending.rstrip('. ')}"
    return f"_{safe}" if _RESERVED_ON_WINDOWS.match(safe) else safe


def command_line(arguments: Sequence[str], *, windows: bool = sys.platform == "win32") -> str:
    """The command as it is typed into a shell: PowerShell on Windows, else one like sh."""
    if not windows:
        return shlex.join(arguments)
    words = [_powershell_word(argument) for argument in arguments]
    return " ".join(words if words[0] == arguments[0] else ["&", *words])  # a quoted command needs &


def _powershell_word(text: str) -> str:
    if _PLAIN_IN_POWERSHELL.fullmatch(text):
        return text
    return "'" + _QUOTES_OF_POWERSHELL.sub(lambda quote: quote[0] * 2, text) + "'"


def cores() -> int:
    """The number of processors that this process may run on, or that CPU_COUNT tells it to use: Python itself
    obeys it from 3.13 on."""
    told = os.environ.get(CPU_COUNT, "")
    if told.isdecimal() and int(told) > 0:
        return int(told)
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        return os.cpu_count() or 1
