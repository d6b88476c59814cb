"""Lets a winner answer with the newest version of its corpus and of its file, without a pause.
Knows nothing about how a winner is loaded or indexed, nor about the questions that are under way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import CorpusError, ProviderError, WorkbenchError
from workbench.formatting import counted, listed
from workbench.service.folder_state import state_of_corpus, state_of_file
from workbench.service.served_winner import Running, ServedWinner

CORPUS_SECONDS = 30.0
FILE_SECONDS = 2.0
SETTLE_SECONDS = 1.0
"""What was written so short a time ago may still be being written."""
LONGEST_PAUSE_SECONDS = 300.0
NOT_READY_SECONDS = 0.2
MOST_NAMED = 3

Say = Callable[[str], None]


@dataclass(frozen=True)
class RenewalSettings:
    """What is looked at, and how often."""

    corpus_seconds: float = CORPUS_SECONDS
    """Between two looks at the corpus's folder; 0 never looks."""
    reload: bool = False
    """Whether the winner's file is looked at, too."""


class Renewing:
    """Watches the corpus and the file of one served winner.

    load: reads file and corpus as they are now. It may take long, and is called in a thread.
    prepare: makes a corpus searchable.
    say: hears what was exchanged, and why not.
    on_exchange: called after an exchange.
    """

    def __init__(
        self,
        served: ServedWinner,
        load: Callable[[], Running],
        prepare: Callable[[ServedWinner, Running], Awaitable[None]],
        settings: RenewalSettings,
        say: Say,
        on_exchange: Callable[[], None],
    ) -> None:
        self._on_exchange = on_exchange
        self._served = served
        self._load = load
        self._prepare = prepare
        self._settings = settings
        self._say = say
        self._asked = asyncio.Event()
        self._states = self._look()
        self.problem = ""
        """Why the old one still answers, in words; "" when it is the newest."""

    def renew(self) -> None:
        """Read file and corpus anew, whether or not they seem to have changed."""
        self._asked.set()

    async def run(self) -> None:
        """Until cancelled. What cannot be read or indexed leaves the old one as it is."""
        while not self._served.is_ready:
            await asyncio.sleep(NOT_READY_SECONDS)
        pause = 0.0
        while True:
            asked = await self._wait(pause)
            states = await asyncio.to_thread(self._look)
            if not asked and not pause and states == self._states:
                continue
            if not asked and not await self._is_settled(states):
                continue
            try:
                await self._exchange()
                self._states, self.problem, pause = states, "", 0.0
            except ProviderError as error:  # it may pass: the same is tried again
                pause = min(LONGEST_PAUSE_SECONDS, 2 * pause or FILE_SECONDS)
                self._keep_old(error)
            except WorkbenchError as error:  # until something changes again
                self._states, pause = states, 0.0
                self._keep_old(error)

    async def _wait(self, pause: float) -> bool:
        """Wait for the next look; returns whether it was asked for."""
        seconds = self._settings.corpus_seconds or LONGEST_PAUSE_SECONDS
        if self._settings.reload:
            seconds = min(seconds, FILE_SECONDS)
        try:
            await asyncio.wait_for(self._asked.wait(), pause or seconds)
        except TimeoutError:
            return False
        self._asked.clear()
        return True

    def _look(self) -> tuple[str, str]:
        service = self._served.running.service
        corpus = state_of_corpus(Path(service.corpus_path)) if self._settings.corpus_seconds else ""
        return corpus, state_of_file(Path(service.path)) if self._settings.reload else ""

    async def _is_settled(self, states: tuple[str, str]) -> bool:
        await asyncio.sleep(SETTLE_SECONDS)
        return await asyncio.to_thread(self._look) == states

    async def _exchange(self) -> None:
        old = self._served.running
        new = await asyncio.to_thread(self._load)
        if (new.service.id, new.corpus_version) == (old.service.id, old.corpus_version):
            return
        if new.service.corpus_path == old.service.corpus_path:
            _check_documents(old, new)
        await self._prepare(self._served, new)
        self._served.exchange(new)
        self._on_exchange()
        self._say(f"{self._served.model_id}: {_what_changed(old, new)}")

    def _keep_old(self, error: WorkbenchError) -> None:
        problem = f"{self._served.model_id} still answers with its previous version: {error}"
        if problem != self.problem:
            self._say(problem)
        self.problem = problem


def _check_documents(old: Running, new: Running) -> None:
    """Raise CorpusError where documents that are served now are still there but can no longer be read."""
    served = {document.name for document in old.loaded.corpus.documents}
    problems = new.loaded.corpus.problems
    bad = sorted({problem.where for problem in problems if problem.severity == "error"} & served)
    if bad:
        more = f" and {len(bad) - MOST_NAMED} more" if len(bad) > MOST_NAMED else ""
        raise CorpusError(f"{listed(bad[:MOST_NAMED])}{more} can no longer be read.")


def _what_changed(old: Running, new: Running) -> str:
    if new.service.id != old.service.id:
        return f"answers with the winner {new.service.name!r} from now on (service {new.service.id})."
    documents = counted(len(new.loaded.corpus.documents), "document")
    return f"answers from the corpus's version {new.corpus_version} from now on ({documents})."
