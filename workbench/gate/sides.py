"""Opens what a gate compares: the file of a winner or a system, a served address, or an experiment's trial.
Knows nothing about questions."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx

from workbench.errors import InputError
from workbench.files.reading import read_text
from workbench.fingerprint import fingerprint
from workbench.input.plain_data import shown
from workbench.input.yaml_reading import parse_yaml
from workbench.pipeline.examples import Example
from workbench.providers.trust import Trust
from workbench.ship.export import build_winner
from workbench.ship.winner import Winner, read_winner
from workbench.space.config import Config
from workbench.space.files import load_experiment_file, validate
from workbench.space.system import DEFAULT_BODY, System
from workbench.store.database import Store
from workbench.store.trials import find_trial

FACTS_SECONDS = 5.0
_DOORS = {"url", "python", "openai"}
"""The keys by which the file of one system is known."""
FORMS = (
    "Name a winner's file, a file with a system, the address of a service such as http://127.0.0.1:8600, or "
    "a trial's id."
)


@dataclass(frozen=True)
class Side:
    """A candidate or a base."""

    text: str
    """How the user named it."""
    name: str
    config: Config
    """What answers."""
    corpus: str | None = None
    """The corpus that it was chosen on, by name or path; None for one that does not say."""
    corpus_version: str | None = None
    """That corpus's version when it was chosen."""
    examples: tuple[Example, ...] = ()
    """What its prompt's examples are taken from."""
    file: Path | None = None
    """The file that describes it; None for an address and a trial."""
    address: str | None = None
    """The address of a service; None for anything else."""
    notes: tuple[str, ...] = field(default=())
    """What is to be known of it, in sentences."""


def open_side(text: str, store: Store) -> Side:
    """Open what the user named. Nothing is sent. Raises InputError, which says what may be named."""
    text = text.strip()
    if text.startswith(("http://", "https://")):
        return _open_address(text)
    path, _, system = text.partition("#")
    if _is_file(Path(text)):
        return _open_file(text, Path(text), None)
    if system and _is_file(Path(path)):
        return _open_file(text, Path(path), system)
    if trial := find_trial(store, text):
        return _of_winner(text, build_winner(store, trial.experiment_id, trial.id), None)
    raise InputError(f"There is neither a file nor a trial {shown(text)}.", hint=FORMS)


def list_systems(path: Path) -> list[str]:
    """The systems that a file describes, as `open_side` takes them; [] for a file that describes none."""
    try:
        data = parse_yaml(read_text(path), str(path))
    except InputError:
        return []
    if not isinstance(data, dict) or "config" in data:
        return []
    systems = data.get("systems")
    if isinstance(systems, list):
        named = [one.get("name") for one in systems if isinstance(one, dict)]
        return [f"{path}#{name}" for name in named if isinstance(name, str)]
    return [str(path)] if data.keys() & _DOORS else []


def ask_for_revision(side: Side, trust: Trust, now: float | None = None) -> Side:
    """The side as the service at its address is now, so that answers of an earlier winner are not reused.

    A service that does not tell its winner and its corpus's version is asked everything anew.
    """
    if side.address is None or side.config.system is None or not trust.allows(side.config.model):
        return side
    told = find_revision(side.address, urlsplit(side.text).fragment)
    revision = told or f"asked at {now or time.time():.3f}"
    note = (
        ()
        if told
        else (
            f"{side.text} does not say which winner and documents it answers from, so no stored answer is "
            "used.",
        )
    )
    system = System.model_validate(side.config.system.model_dump() | {"revision": revision})
    return replace(side, config=Config.of_system(system), notes=(*side.notes, *note))


def _is_file(path: Path) -> bool:
    try:
        return path.expanduser().is_file()
    except (OSError, ValueError, RuntimeError):
        return False


def _open_file(text: str, path: Path, system: str | None) -> Side:
    path = path.expanduser()
    data = parse_yaml(read_text(path), str(path))
    keys = set(data) if isinstance(data, dict) else set()
    if "config" in keys:
        return _of_winner(text, read_winner(path), path)
    if "systems" in keys:
        written = load_experiment_file(path)
        return _of_system(text, _choose(written.systems, system, path), path, written.corpus)
    if keys & _DOORS:
        return _of_system(text, validate(System, data, str(path), InputError), path, None)
    raise InputError(f"{path} is neither an exported winner nor a file with a system.", hint=FORMS)


def _choose(systems: Sequence[System], name: str | None, path: Path) -> System:
    names = [system.name for system in systems]
    if name is None and len(systems) == 1:
        return systems[0]
    for system in systems:
        if system.name == name:
            return system
    which = f"There is no system {name!r} in {path}." if name else f"{path} has {len(systems)} systems."
    raise InputError(
        which, hint=f"Name one of them: {', '.join(f'{path}#{n}' for n in names) or 'there is none'}."
    )


def _of_winner(text: str, winner: Winner, file: Path | None) -> Side:
    examples = tuple(Example(e.question, e.answer, e.group) for e in winner.examples)
    return Side(text, winner.name, winner.to_config(), winner.corpus.name, winner.corpus.hash, examples, file)


def _of_system(text: str, system: System, file: Path | None, corpus: str | None) -> Side:
    return Side(text, system.name, Config.of_system(system), corpus=corpus, file=file)


def _open_address(text: str) -> Side:
    """A service that `serve` runs. What stands behind a # is the model that it is asked for."""
    parts = urlsplit(text)
    base = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/").removesuffix("/ask"), "", ""))
    model = {"model": parts.fragment} if parts.fragment else {}
    data = {
        "name": "service",
        "url": f"{base}/ask",
        "body": {**DEFAULT_BODY, **model},
        "map": {"usage": "$.tokens"},
    }
    system = validate(System, data, text, InputError)
    return Side(text, text, Config.of_system(system), address=base)


def find_revision(address: str, model: str) -> str | None:
    """A hash of what a service says that it answers from; None where it does not say so."""
    try:
        reply = httpx.get(f"{address}/healthz", timeout=FACTS_SECONDS, trust_env=False)
        winners = reply.json()["winners"]
        chosen = [w for w in winners if not model or w["model"] == model] or winners
        return fingerprint(
            "served", [(w["service"], w["corpus_version"]) for w in chosen[: 1 if model else None]]
        )
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError):
        return None
