"""Reads a file's bytes within limits on time, memory and characters, in a process that a bad file may ruin.
Knows nothing about folders, caches or the formats of files."""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from workbench.corpus.readers.extracted_text import ReadText, Unreadable
from workbench.corpus.reading_process import read_bytes
from workbench.corpus.types import LeftOut, TableRows

SMALL_TEXTS = {".md": 16_000, ".markdown": 16_000, ".txt": 16_000, ".text": 16_000, ".csv": 4_000}
"""Suffix → bytes up to which a file is read in this process: so little text can do no harm, and most corpora
that people write by hand then need no other process."""
MEMORY_CHECK_SECONDS = 0.1
# What the reading process gets of the environment: no keys, because it opens files from anywhere.
ENVIRONMENT = (
    "PATH",
    "HOME",
    "USERPROFILE",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "TMPDIR",
    "LANG",
    "LD_LIBRARY_PATH",
)


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """What reading one file may take."""

    seconds: float = 60.0
    """Time for a file of any size."""
    seconds_per_megabyte: float = 20.0
    """Time on top for each megabyte (1,000,000 bytes) of the file."""
    memory_bytes: int = 2_000_000_000
    """Memory of the reading process, its program included."""
    characters: int = 20_000_000
    """Length of the text; some 7,000 pages."""

    def seconds_for(self, size: int) -> float:
        """The time, in seconds, that a file of `size` bytes may take."""
        return self.seconds + self.seconds_per_megabyte * size / 1e6


LIMITS = ReadingLimits()


class OverLimit(Unreadable):
    """Raised for a file that takes more than a limit allows, or that makes the reading process crash."""


def read_within(limits: ReadingLimits, suffix: str, data: bytes) -> ReadText:
    """Read a file's bytes with the reader of its suffix.

    Raises Unreadable, whose message says what is wrong; OverLimit when the limits are the reason.
    """
    if len(data) <= SMALL_TEXTS.get(suffix, 0):
        reply = read_bytes(suffix, data, limits.characters)
    else:
        reply = _ask_process(limits, suffix, data)
    if "text" in reply:
        return read_text_of(reply["text"])
    if "unreadable" in reply:
        raise Unreadable(reply["unreadable"])
    if "error" in reply:
        raise Unreadable(f"it cannot be read: {reply['error']}")
    raise OverLimit(_why_over_limit(reply, limits, len(data)))


def read_text_of(row: dict[str, Any]) -> ReadText:
    """The ReadText that `dataclasses.asdict` turned into JSON."""
    left_out = tuple(LeftOut(**(item | {"examples": tuple(item["examples"])})) for item in row["left_out"])
    tables = tuple(
        TableRows(
            tuple(table["columns"]), tuple((start, end, tuple(cells)) for start, end, cells in table["rows"])
        )
        for table in row["record_tables"]
    )
    listed = {"page_starts": tuple(row["page_starts"]), "record_tables": tables}
    return ReadText(**(row | listed | {"left_out": left_out}))


def _why_over_limit(reply: dict[str, Any], limits: ReadingLimits, size: int) -> str:
    memory = f"{limits.memory_bytes / 1e9:.2g} GB of memory"
    match reply["limit"]:
        case "characters":
            return f"it has {reply['characters']:,} characters; the limit is {limits.characters:,}; split it"
        case "memory":
            return f"reading it takes more than {memory}; split it, or save it in a simpler form"
        case "time":
            seconds = f"{limits.seconds_for(size):,.0f} seconds"
            return f"reading it takes more than {seconds}; split it, or save it in a simpler form"
        case how:
            what = f"the process that reads it {how}; it may need more than {memory}"
            return f"{what}, or the file is damaged: save it again with another program"


class _Process:
    """A reading process, which reads one file after another."""

    def __init__(self) -> None:
        environment = {
            k: v for k, v in os.environ.items() if k in ENVIRONMENT or k.startswith(("LC_", "PYTHON"))
        }
        # The same modules as here, however this program was started. -P: none from the working folder.
        environment["PYTHONPATH"] = os.pathsep.join(path or os.curdir for path in sys.path)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "workbench.corpus.reading_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self.files_read = 0

    def read(self, limits: ReadingLimits, suffix: str, data: bytes) -> dict[str, Any]:
        """Have a file read; after "limit" in the reply the process is gone."""
        ended_for: list[str] = []
        done = threading.Event()
        watch = threading.Thread(target=self._watch, args=(limits, len(data), done, ended_for), daemon=True)
        watch.start()
        try:
            reply = self._exchange(limits, suffix, data)
        except (OSError, ValueError):
            reply = None
        except BaseException:
            self.close()
            raise
        finally:
            done.set()
            watch.join()
        if ended_for:
            reply = {"limit": ended_for[0]}
        elif reply is None:
            reply = {"limit": _how_it_ended(self._process)}
        if "limit" in reply:
            self.close()
        self.files_read += 1
        return reply

    def _exchange(self, limits: ReadingLimits, suffix: str, data: bytes) -> dict[str, Any] | None:
        assert self._process.stdin is not None and self._process.stdout is not None
        request = {
            "suffix": suffix,
            "size": len(data),
            "max_bytes": limits.memory_bytes,
            "max_characters": limits.characters,
        }
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.write(data)
        self._process.stdin.flush()
        size = int(self._process.stdout.readline(20))
        if size > 8 * limits.characters + 1_000_000:  # no reader of ours says so much
            return None
        body = self._process.stdout.read(size)
        reply: dict[str, Any] = json.loads(body)
        return reply

    def _watch(self, limits: ReadingLimits, size: int, done: threading.Event, ended_for: list[str]) -> None:
        """Kill the process when a file takes too long, or too much memory where the system has no limit."""
        end = time.monotonic() + limits.seconds_for(size)
        memory_used = _memory_meter(self._process.pid)
        while not done.wait(end - time.monotonic() if memory_used is None else MEMORY_CHECK_SECONDS):
            over_memory = memory_used is not None and memory_used() > limits.memory_bytes
            if over_memory or time.monotonic() >= end:
                ended_for.append("memory" if over_memory else "time")
                self._process.kill()
                return

    def close(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._process.wait()
        self._close_pipes()

    def forget(self) -> None:
        """Leave the process to the program that this one was forked from."""
        self._process.returncode = 0  # else Popen warns, here, that it still runs
        self._close_pipes()

    def _close_pipes(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with suppress(OSError):  # what was not yet written to a process that is gone
                pipe.close()


def _how_it_ended(process: subprocess.Popen[bytes]) -> str:
    """Whether the process crashed, and how, as the end of a sentence."""
    try:
        code = process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        return "does not answer"
    if code < 0:
        try:
            return f"crashed ({signal.Signals(-code).name})"
        except ValueError:
            return f"crashed (signal {-code})"
    return f"crashed (exit code {code})"


def _memory_meter(pid: int) -> Callable[[], int] | None:
    """A function that says how much memory a process has.

    None where the system keeps the limit itself, and where there is no psutil to ask.
    """
    if sys.platform.startswith("linux"):
        return None
    try:
        import psutil  # type: ignore[import-not-found, import-untyped, unused-ignore]

        process = psutil.Process(pid)
    except Exception:
        return None

    def memory_used() -> int:
        try:
            return int(process.memory_info().rss)
        except psutil.Error:
            return 0

    return memory_used


# A process that has read a file is kept for the next one; of several at a time, one.
_idle: list[_Process] = []
_idle_lock = threading.Lock()


def _take_process() -> _Process:
    with _idle_lock:
        if _idle:
            return _idle.pop()
    return _Process()


def _give_back(process: _Process) -> None:
    with _idle_lock:
        if not _idle:
            _idle.append(process)
            return
    process.close()


def close_processes() -> None:
    """End the process that waits for files."""
    with _idle_lock:
        while _idle:
            _idle.pop().close()


def _after_fork() -> None:
    global _idle_lock
    _idle_lock = threading.Lock()
    while _idle:
        _idle.pop().forget()


atexit.register(close_processes)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _ask_process(limits: ReadingLimits, suffix: str, data: bytes) -> dict[str, Any]:
    """Have a file read by a process. What fails in a used one is tried again in a new one.

    A used process may have ended because it had nothing to do, or may be short of memory for an earlier
    file's sake. Time is not given twice.
    """
    while True:
        try:
            process = _take_process()
        except OSError as error:
            return {"error": f"no process can be started to read it ({error.strerror})"}
        used = process.files_read > 0
        reply = process.read(limits, suffix, data)
        if "limit" not in reply:
            _give_back(process)
        if reply.get("limit") in (None, "time", "characters") or not used:
            return reply
