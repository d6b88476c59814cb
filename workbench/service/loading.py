"""Loads the winners that are to be served, with all that can be found wrong before anything is served.
Knows nothing about HTTP."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from workbench import settings as environment
from workbench.corpus.corpus import find_corpus
from workbench.errors import InputError
from workbench.formatting import counted
from workbench.providers.trust import find_key_in
from workbench.service.serve_settings import KEY_VARIABLE
from workbench.service.served_winner import Running, ServedWinner
from workbench.settings import Settings
from workbench.ship.load import LoadedWinner, load_winner
from workbench.ship.service import service_of
from workbench.store.database import Store
from workbench.store.serving.services import put_service

SECONDS_BETWEEN_LINES = 2.0

Say = Callable[[str], None]


def find_key() -> str | None:
    """The key that clients must send; None when none is set."""
    return environment.find_key(KEY_VARIABLE)


def load_served(
    paths: Sequence[Path], corpus: str | None, store: Store, settings: Settings, say: Say
) -> list[ServedWinner]:
    """Raises what `load_winner` raises, and InputError for a key that is not set."""
    served: list[ServedWinner] = []
    for path in paths:
        name = path.stem
        running = load_running(path, corpus, store, settings, say, name)
        if any(one.running.service.id == running.service.id for one in served):
            raise InputError(f"{path}: the same configuration is served already.")
        if any(one.model_id == name for one in served):
            name = f"{name}-{running.service.id}"
        served.append(ServedWinner(name, running))
    return served


def load_running(
    path: Path, corpus: str | None, store: Store, settings: Settings, say: Say, name: str
) -> Running:
    """A winner over its corpus as both are now, with its service stored."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loaded = load_winner(path, corpus, settings=settings, observer=IndexingLines(name, say))
    for text in loaded.warnings:
        say(f"Note: {name}: {text}")
    require_keys(loaded)
    folder = find_corpus(corpus or loaded.winner.corpus.name, settings.corpora)
    service = service_of(
        loaded.winner, path=path.resolve(), corpus_path=folder, corpus_version=loaded.corpus.version
    )
    return Running(loaded, put_service(store, service))


def load_again(
    served: ServedWinner, *, corpus: str | None, store: Store, settings: Settings, say: Say
) -> Running:
    """A served winner's file and its corpus as they are now. Raises as `load_served` does."""
    path = Path(served.running.service.path)
    return load_running(path, corpus, store, settings, say, served.model_id)


def require_keys(loaded: LoadedWinner) -> None:
    """Raise InputError for a key that a model names and that is not set."""
    for model in loaded.winner.to_config().models:
        for variable in model.key_variables:
            if not find_key_in(variable, model):
                raise InputError(
                    f"Model {model.name!r} needs a key and the variable {variable} is not set.",
                    hint=f"Set {variable} in the environment or in .env.",
                )


class IndexingLines:
    """Says on lines of their own how far the indexing is; an `Observer` of the pipeline's stages."""

    def __init__(self, name: str, say: Say) -> None:
        self._name = name
        self._say = say
        self._done: dict[str, int] = {}
        self._expected: dict[str, int] = {}
        self._said_at = time.monotonic()

    def expect(self, stage: str, more: int) -> None:
        self._expected[stage] = max(self._expected.get(stage, 0), self._done.get(stage, 0) + more)

    def note(self, stage: str, done: int, *, reused: int = 0, failed: int = 0) -> None:
        self._done[stage] = self._done.get(stage, 0) + done
        now = time.monotonic()
        if now - self._said_at < SECONDS_BETWEEN_LINES or stage not in self._expected:
            return
        self._said_at = now
        what = "documents" if stage == "chunk" else "chunks"
        self._say(
            f"{self._name}: {stage} {self._done[stage]:,} of {counted(self._expected[stage], what[:-1])}"
        )

    def problem(self, text: str) -> None:
        self._say(f"Note: {self._name}: {text}")
