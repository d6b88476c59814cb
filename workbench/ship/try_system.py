"""Asks a system of an experiment file one question, whether or not it was asked before: for the command and
for the page Design.
Knows nothing about experiments' results: the call is a row of the ledger, and nothing else is stored."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from workbench.calls.destinations import Destination, list_destinations, uses_of_config
from workbench.calls.open_caller import open_interactive_caller
from workbench.calls.trusted_hosts import load_trust
from workbench.corpus.corpus import load_corpus, require_own_folder
from workbench.corpus.types import AskedQuestion, Corpus
from workbench.errors import ExperimentError, InputError
from workbench.nearest import did_you_mean
from workbench.pipeline.passages import Passage
from workbench.pipeline.system_passages import SystemPassages, request_system
from workbench.settings import Settings
from workbench.ship.serving import tokens_to_json
from workbench.space.code_needed import code_of_config
from workbench.space.config import Config
from workbench.space.experiment import ExperimentFile
from workbench.space.system import System
from workbench.store.confirmed_hosts import find_named_folders
from workbench.store.database import Store
from workbench.user_code.permission import look_in, require, use_settings


@dataclass(frozen=True)
class TriedSystem:
    """What a system replied to one question. The fields are those of the JSON."""

    system: str
    """Its name."""
    question: str
    answer: str
    passages: tuple[Passage, ...]
    """What it says it retrieved; "" is the document of what stands in none of the corpus's."""
    flags: tuple[str, ...]
    """What is unusual about the reply, as short codes."""
    tokens: dict[str, int]
    """Input and output tokens, as told or as counted here."""
    cost_usd: float | None
    """As it told, else by its price; None without either."""
    seconds: float
    hosts: tuple[Destination, ...]
    """Where the question went."""

    def to_json(self) -> dict[str, Any]:
        hosts = [host.to_json() for host in self.hosts]
        return asdict(self) | {"passages": [asdict(p) for p in self.passages], "hosts": hosts}


def find_system(written: ExperimentFile, name: str | None) -> System:
    """The system of this name; None takes the first. Raises ExperimentError when there is none."""
    by_name = {system.name: system for system in written.systems}
    if not by_name:
        raise ExperimentError(f"{written.name} has no systems.", hint="Describe one under `systems`.")
    if name is None:
        return written.systems[0]
    if name not in by_name:
        raise ExperimentError(f"There is no system {name!r}.", hint=did_you_mean(name, by_name))
    return by_name[name]


async def ask_system(
    written: ExperimentFile,
    system: System,
    settings: Settings,
    store: Store,
    question: str | None = None,
    file: Path | None = None,
) -> TriedSystem:
    """Ask a system one question.

    question: None takes the corpus's first.
    file: where the experiment was read from; None when it comes from elsewhere.

    Raises ProviderError when the reply cannot be used, HostNotConfirmed and CodeNotAllowed before anything is
    sent or run, and InputError for an empty question or a corpus that is not there.
    """
    use_settings(settings)
    if file is not None:
        look_in(file.parent)
    config = Config.of_system(system)
    require(code_of_config(config))
    trust = load_trust(store)
    trust.require([system.model])
    require_own_folder(written.corpus, settings.corpora, file=file, named=find_named_folders(store))
    corpus = await asyncio.to_thread(
        load_corpus, written.corpus, settings.corpora, cache_dir=settings.cache / "documents"
    )
    asked = _choose_question(corpus, question)
    async with open_interactive_caller(store, [system.model], settings, trust) as asker:
        # As a repeat that no experiment has: a stored reply would not tell what it answers today.
        repeat = int(time.time())
        request = request_system(system.model, asked)
        reply = await asker.ask(system.model, request, kind="generate", repeat=repeat)
    placing = SystemPassages(corpus.documents)
    hits, flags = await asyncio.to_thread(placing.place, reply.passages)
    return TriedSystem(
        system=system.name,
        question=asked.text,
        answer=reply.text,
        passages=tuple(map(Passage.of, hits)),
        flags=(*reply.flags, *flags),
        tokens=tokens_to_json(reply.usage),
        cost_usd=reply.cost_usd,
        seconds=reply.seconds,
        hosts=list_destinations(uses_of_config(config), trust),
    )


def _choose_question(corpus: Corpus, question: str | None) -> AskedQuestion:
    if question is not None:
        if not question.strip():
            raise InputError("The question is empty.")
        return AskedQuestion(question)
    if not corpus.questions:
        raise InputError(f"Corpus {corpus.name!r} has no questions.", hint="Write one: --question TEXT.")
    return corpus.questions[0].asked
