"""The program of the process that runs other people's code for a fetch: it tells its parent, line by line.
Knows nothing about corpora: its parent, outside.py, gives it a job and ends what takes too long."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from workbench.errors import MissingPackage, WorkbenchError
from workbench.settings import quieten_libraries

Job = Mapping[str, Any]
Row = dict[str, Any]


def _run(job: Job) -> Iterator[Row]:
    if job["kind"] == "llamaindex":
        from workbench.sources.llamaindex_reader import load

        return load(job)
    from workbench.sources.storage import read_files

    return read_files(job)


def main() -> None:
    """Read a job from standard input and tell what is found on standard output, one line of JSON each."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's matter
    quieten_libraries()
    rows = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
    os.dup2(2, 1)  # what a library prints must not get among the rows
    job = json.loads(sys.stdin.readline())

    def tell(row: Row) -> None:
        rows.write(json.dumps(row) + "\n")
        rows.flush()

    tell_all(job, tell)


def tell_all(job: Job, tell: Callable[[Row], None]) -> None:
    """Do a job and tell each row of it; the last one is an end or an error."""
    try:
        for row in _run(job):
            tell(row)
        tell({"end": True})
    except WorkbenchError as error:
        tell({"error": error.message, "hint": error.hint, "missing": isinstance(error, MissingPackage)})
    except (Exception, SystemExit) as error:  # somebody else's code may raise anything
        what = f"{type(error).__name__}: {error}"[:500].strip().rstrip(":.")
        tell({"error": f"It could not be read: {what}.", "hint": None})


if __name__ == "__main__":
    main()
