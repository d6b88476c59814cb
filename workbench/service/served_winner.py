"""A winner that is served: what it answers with now, which another can replace while questions are under way.
Knows nothing about HTTP or who exchanges it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from workbench.ship.load import LoadedWinner
from workbench.store.serving.records import Service


@dataclass(frozen=True)
class Running:
    """What answers at one time: a winner over one version of its corpus. It never changes."""

    loaded: LoadedWinner
    service: Service

    @cached_property  # it hashes all documents' versions, and every reply names it
    def corpus_version(self) -> str:
        return self.loaded.corpus.version


class ServedWinner:
    """A winner under the name by which clients choose it.

    A question takes `running` once and keeps to it, so that an exchange is whole for each of them.
    """

    def __init__(self, model_id: str, running: Running) -> None:
        self.model_id = model_id
        self._running = running
        self.is_ready = False
        """Whether its corpus can be searched."""
        self.problem = ""
        """Why it is not ready, in words; "" while it is being indexed."""

    @property
    def running(self) -> Running:
        return self._running

    def exchange(self, running: Running) -> None:
        """Answer with this from now on. Its corpus must have been made searchable."""
        self._running = running
        self.is_ready, self.problem = True, ""
