"""Says which service a winner is, so that serving it, checking it and gating it speak of the same one.
Knows nothing about requests."""

from __future__ import annotations

from pathlib import Path

from workbench.fingerprint import fingerprint
from workbench.ship.winner import Winner
from workbench.space.config import Config
from workbench.store.serving.records import Service


def service_id(winner: Winner) -> str:
    """12 hexadecimal digits, equal for equal configurations over a corpus of one name, whenever exported."""
    return service_id_of(winner.to_config(), winner.corpus.name)


def service_id_of(config: Config, corpus: str) -> str:
    """That of a configuration over a corpus of this name."""
    return fingerprint("service", config.id, corpus)[:12]


def service_of(winner: Winner, *, path: Path, corpus_path: Path, corpus_version: str) -> Service:
    """The service that a winner's file is over a corpus; not stored yet."""
    return Service(
        id=service_id(winner),
        name=winner.name,
        kind="winner",
        winner=winner.model_dump(mode="json", exclude_defaults=True),
        path=str(path),
        corpus_path=str(corpus_path),
        corpus_version=corpus_version,
    )


def corpus_of(service: Service) -> str:
    """The name or path of the corpus that a service answers from; "" where it is not known."""
    winner = service.winner or {}
    return str(winner.get("corpus", {}).get("name", "")) or service.corpus_path
