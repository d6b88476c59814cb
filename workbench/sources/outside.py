"""Fetches through other people's code, fsspec's file systems and LlamaIndex readers, in a process of its own.
Knows nothing about either: outside_process.py runs them, and this end reads what it tells.

So code that hangs can be ended, what it prints disturbs nobody, and a crash is an error like others."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import CorpusError, MissingPackage
from workbench.operating_system import kill_session, own_session
from workbench.settings import find_key
from workbench.sources.source_file import FsspecSource, LlamaIndexSource, WebdavSource
from workbench.sources.types import Counted, Event, Failed, Got, Remark, Same

SILENCE_SECONDS = 300.0
"""How long a storage may say nothing; a large file takes a while."""
LONGEST_LINE = 1_000_000  # bytes
_LAST_LINES = 5  # of what the process printed, shown when it crashes


@dataclass(frozen=True)
class Outside:
    """A storage or a LlamaIndex reader."""

    source: FsspecSource | WebdavSource | LlamaIndexSource
    silence_seconds: float = SILENCE_SECONDS
    """How long the process may say nothing; a LlamaIndex reader has its own limit."""

    async def read(self, known: Mapping[str, str]) -> AsyncGenerator[Event, None]:
        """See Source. Raises MissingPackage where a package is to be installed."""
        settings = self._settings()
        with tempfile.TemporaryDirectory(prefix="workbench-fetch-") as folder:
            job = {
                "kind": self.source.kind,
                "source": self.source.to_json(),
                "settings": settings,
                "known": dict(known),
                "folder": folder,
                "most_documents": self.source.most_documents,
            }
            process = await _start()
            printed: deque[str] = deque(maxlen=_LAST_LINES)
            listening = asyncio.create_task(_listen(process, printed))
            try:
                await _send(process, job)
                while (row := await self._next_row(process, listening, printed)).get("end") is None:
                    yield _event_of(row, Path(folder))
            finally:
                listening.cancel()
                kill_session(process.pid)
                await process.wait()

    def _settings(self) -> dict[str, Any]:
        """The settings with the values of the variables that some of them name."""
        settings = dict(self.source.with_)
        for name, variable in self.source.with_env.items():
            value = find_key(variable)
            if value is None:
                raise CorpusError(
                    f"with_env: {name} is in the variable {variable}, which is not set.",
                    hint=f"Set {variable} in the environment or in .env.",
                )
            settings[name] = value
        return settings

    async def _next_row(
        self, process: asyncio.subprocess.Process, listening: asyncio.Task[None], printed: deque[str]
    ) -> dict[str, Any]:
        assert process.stdout is not None
        source = self.source
        limit = source.timeout_seconds if isinstance(source, LlamaIndexSource) else self.silence_seconds
        try:
            async with asyncio.timeout(limit):
                line = await process.stdout.readline()
        except TimeoutError:
            more = " Set timeout_seconds to wait longer." if isinstance(source, LlamaIndexSource) else ""
            raise CorpusError(
                f"{source.place} has not answered for {limit:,.3g} seconds, and was ended.", hint=more or None
            ) from None
        except ValueError:
            raise CorpusError(f"{source.place} sent a message that is too long.") from None
        if not line:
            await asyncio.wait({listening}, timeout=5)
            said = f": {' '.join(printed)[:500]}" if printed else ""
            raise CorpusError(f"The process that reads {source.place} crashed{said}.")
        row: dict[str, Any] = json.loads(line)
        if "error" in row:
            kind = MissingPackage if row.get("missing") else CorpusError
            raise kind(row["error"], hint=row.get("hint"))
        return row


async def _start() -> asyncio.subprocess.Process:
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(path or os.curdir for path in sys.path),
        "PYTHONIOENCODING": "utf-8",
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "workbench.sources.outside_process",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=environment, limit=LONGEST_LINE, **own_session(),
    )  # fmt: skip


async def _send(process: asyncio.subprocess.Process, job: Mapping[str, Any]) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(job).encode() + b"\n")
    await process.stdin.drain()
    process.stdin.close()


async def _listen(process: asyncio.subprocess.Process, printed: deque[str]) -> None:
    """Keep the last lines that the process prints beside its reply."""
    assert process.stderr is not None
    while piece := await process.stderr.read(65_536):
        printed.extend(line.strip() for line in piece.decode("utf-8", "replace").splitlines() if line.strip())


def _event_of(row: Mapping[str, Any], folder: Path) -> Event:
    match row["event"]:
        case "counted":
            return Counted(int(row["count"]))
        case "same":
            return Same(row["key"])
        case "failed":
            return Failed(row["key"], row["why"])
        case "got":
            file = folder / row["file"]
            data = file.read_bytes()
            file.unlink()
            return Got(row["key"], row["name"], data, row["mark"], row["url"], row.get("metadata") or {})
        case _:
            return Remark(row["text"], bool(row.get("is_incomplete")))
