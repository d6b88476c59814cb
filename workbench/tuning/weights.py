"""Finds the weights of a model that is to be trained, and the adapters that belong to them.
Knows nothing about training. Fetches nothing: what is not on this machine is said to be missing."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from workbench.errors import TuningError, reason_of
from workbench.space.model import Model
from workbench.store.database import Store
from workbench.store.learning.tuning_jobs import find_job
from workbench.tuning.moved_home import read_result
from workbench.tuning.types import TuningResult

_HUB_NAME = re.compile(r"^[\w.-]+/[\w.-]+$")


@dataclass(frozen=True)
class Weights:
    """Where a model's weights are."""

    path: str
    """A folder, a .gguf file, or a name on a hub that is in its cache."""
    kind: Literal["gguf", "folder"]
    adapters: tuple[TuningResult, ...] = ()
    """The adapters of the trainings between them and the model, the first training's first."""


def find_weights(model: Model, store: Store, home: Path) -> Weights:
    """Where the weights of a model are. Raises TuningError when they cannot be had.

    home: below which trainings left what they made.
    """
    if model.tuned is not None:
        return _of_trained(model, store, home)
    if model.weights is None:
        raise TuningError(
            f"Nothing says where the weights of {model.name} are, so it cannot be trained here.",
            hint="Give the model `weights`: a folder as transformers reads it, or a .gguf file.",
            about="weights",
        )
    return _find(model.name, model.weights)


def _of_trained(model: Model, store: Store, home: Path) -> Weights:
    assert model.tuned is not None
    result = read_result(find_job(store, model.tuned.key), home)
    if result is None:
        raise TuningError(f"{model.name} is not trained yet, so nothing can be trained from it.")
    if result.kind == "weights":
        return _find(model.name, str(Path(result.folder) / (result.files.get("weights") or "")))
    if result.kind != "adapter":
        raise TuningError(f"The weights of {model.name} are not on this machine: a provider holds them.")
    below = find_weights(model.tuned.parent, store, home)
    return Weights(below.path, below.kind, (*below.adapters, result))


def _find(name: str, written: str) -> Weights:
    try:
        return _look(name, written)
    except (OSError, RuntimeError, ValueError) as error:  # too long a name, no permission, no such user
        raise TuningError(
            f"The weights of {name}: {written[:80]!r} cannot be read: {reason_of(error).rstrip('.')}.",
            about="weights",
        ) from None


def _look(name: str, written: str) -> Weights:
    path = Path(written).expanduser()
    if path.is_file() and path.suffix == ".gguf":
        with path.open("rb") as file:
            if file.read(4) != b"GGUF":
                raise TuningError(f"The weights of {name}: {written} is no GGUF file.", about="weights")
        return Weights(str(path.resolve()), "gguf")
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise TuningError(
                f"The weights of {name}: {written} holds no config.json.",
                hint="It must be a folder as transformers saves it.",
                about="weights",
            )
        return Weights(str(path.resolve()), "folder")
    if _HUB_NAME.match(written) and not path.exists():
        cached = _hub_cache() / f"models--{written.replace('/', '--')}" / "snapshots"
        if cached.is_dir() and any(cached.iterdir()):
            return Weights(written, "folder")
        raise TuningError(
            f"The weights of {name}: {written} is neither a file nor in the hub's cache.",
            hint=f"Fetch it with `hf download {written}`, or name a folder or a .gguf file.",
            about="weights",
        )
    raise TuningError(
        f"The weights of {name}: there is no {written!r}.",
        hint="Name a folder as transformers reads it, a .gguf file, or a hub's name that is in its cache.",
        about="weights",
    )


def _hub_cache() -> Path:
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    return Path(os.environ.get("HF_HUB_CACHE") or home / "hub")
