"""The end of workers' logs, as it may be shown: without keys and passwords.
Knows nothing about how a worker is reached."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from workbench.cluster.local_cluster import FOLDER, WORKERS_LOG
from workbench.files.log_end import last_lines
from workbench.input.key_shapes import hide_keys
from workbench.settings import all_variables
from workbench.tuning.hidden_secrets import find_secrets, hide_secrets

LOG_LINES = 200
"""How many lines of a log are shown at most."""


def without_secrets(lines: Iterable[str]) -> list[str]:
    """Lines without the secrets of this process's environment, and without anything of the shape of a key."""
    text = "\n".join(lines).encode(errors="surrogateescape")
    shown = hide_secrets(text, find_secrets(all_variables()))
    return hide_keys(shown.decode(errors="replace")).splitlines()


def read_own_log(home: Path) -> list[str]:
    """The end of the log that all workers of this machine write, also those that have died; oldest first."""
    return without_secrets(last_lines(home / FOLDER / WORKERS_LOG, LOG_LINES))
