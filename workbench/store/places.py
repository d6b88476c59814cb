"""Names the place where a process works. Requests and experiments of a shared store belong to one.
Knows nothing about who works there."""

from __future__ import annotations

import socket

from workbench.settings import Settings


def place_of(settings: Settings) -> str | None:
    """The host and the home of these settings, as "host:folder": a restart does not change it. None where the
    store is the home's own file, which nobody shares."""
    return None if settings.database_url is None else f"{socket.gethostname()}:{settings.home}"
