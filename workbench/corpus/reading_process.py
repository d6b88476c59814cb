"""The program of the reading process: it reads files for its parent, within limits on memory and characters.
Knows nothing about folders, caches or time: its parent, bounded_reading.py, ends what takes too long."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from workbench.corpus.readers import EXTRACTORS
from workbench.corpus.readers.extracted_text import Unreadable

IDLE_SECONDS = 30.0
"""After so long without a file the process ends; its parent starts another one when it needs it."""

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]


def read_bytes(suffix: str, data: bytes, max_characters: int) -> dict[str, Any]:
    """Read a file's bytes with the reader of its suffix.

    Returns the fields of a ReadText as "text", or why there is none: as "unreadable" (the file is at fault),
    "limit" ("memory" or "characters"), or "error" (the reader failed).
    """
    try:
        read = EXTRACTORS[suffix][1](data)
    except Unreadable as error:
        return {"unreadable": str(error)}
    except MemoryError:
        return {"limit": "memory"}
    except RecursionError:
        return {"unreadable": "its parts are nested too deeply; save it again in a simpler form"}
    except Exception as error:  # a parser that fails on a damaged file must not end the rest
        return {"error": f"{type(error).__name__}: {error}"}
    if len(read.text) > max_characters:
        return {"limit": "characters", "characters": len(read.text)}
    return {"text": asdict(read)}


def set_memory_limit(max_bytes: int) -> None:
    """Limit this process's memory where the system has such a limit; elsewhere the parent watches it."""
    if resource is not None and hasattr(resource, "RLIMIT_AS"):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        soft = max_bytes if hard == resource.RLIM_INFINITY else min(max_bytes, hard)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _most_memory() -> int:
    """The most memory, in bytes, that this process has had; 0 where the system does not say."""
    try:
        peak = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    except OSError:
        return 0
    return int(peak[1]) * 1024 if peak else 0


def _reply(out: BinaryIO, reply: dict[str, Any]) -> None:
    # A lone surrogate, which no file can hold, becomes "?": one character for one, so that offsets stay.
    body = json.dumps(reply, ensure_ascii=False).encode("utf-8", "replace")
    out.write(b"%d\n" % len(body))
    out.write(body)
    out.flush()


def _next_request(requests: BinaryIO) -> dict[str, Any] | None:
    """The next request; None when the parent has gone, or has asked for nothing for IDLE_SECONDS."""
    if os.name == "posix" and not select.select([requests], [], [], IDLE_SECONDS)[0]:
        return None
    line = requests.readline()
    request: dict[str, Any] | None = json.loads(line) if line else None
    return request


def main() -> None:
    """Answer requests on standard input until it ends.

    A request is a line of JSON (suffix, size, max_bytes, max_characters) and then the file's bytes. A reply
    is a line with its length, and then JSON.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's matter
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):  # Linux: when memory runs out all the same, this process goes first
        Path("/proc/self/oom_score_adj").write_text("1000")
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get among the replies
    while (request := _next_request(sys.stdin.buffer)) is not None:
        data = sys.stdin.buffer.read(request["size"])
        set_memory_limit(request["max_bytes"])
        try:
            reply = read_bytes(request["suffix"], data, request["max_characters"])
            # A library may not say that it found no memory: lxml calls it "unknown error".
            if "text" not in reply and _most_memory() > request["max_bytes"] / 2:
                reply = {"limit": "memory"}
            _reply(replies, reply)
        except MemoryError:
            _reply(replies, {"limit": "memory"})


if __name__ == "__main__":
    main()
