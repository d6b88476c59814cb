"""Says in a winner's file what its trained models are, and what is needed to run them elsewhere.
Knows nothing about serving them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from workbench.input.checked_model import CheckedModel
from workbench.space.config import Config
from workbench.space.model import Model
from workbench.store.database import Store
from workbench.store.learning.tuning_jobs import find_job
from workbench.tuning.types import TuningResult

HINTS = {
    "embedded": "This file contains all that it learned: nothing else is needed.",
    "adapter": "Serve the adapter over its parent's weights (llama.cpp: --lora, vLLM: --lora-modules "
    "NAME=FOLDER, Ollama: ADAPTER in a Modelfile), then write its address as base_url and its name there as "
    "model.",
    "weights": "Serve the weights, then write their address as base_url and their name there as model.",
    "hosted": "It stays at its provider: a key of the same account can ask it.",
}  # fmt: skip


class WinnerTraining(CheckedModel):
    """A trained model of a winner."""

    model: str
    """Its name."""
    parent: str
    """The name of the model that it was trained from."""
    key: str
    """Hash of what decided the training: equal trainings have equal keys."""
    recipe: str
    """How it was trained."""
    data_sha256: str = ""
    """Hash of the training data; "" where it is not known here."""
    kind: str = ""
    """"embedded", "adapter", "weights" or "hosted"; "" where it is not known here."""
    files: dict[str, str] = {}
    """What was made ("peft", "gguf", "weights") → where it lay at the export."""
    sha256: dict[str, str] = {}
    """The same → the hash of the file, or of all files of the folder."""
    served_at: str | None = None
    """Where it was served at the export; None for an embedded one."""
    serve: str = ""
    """The command that starts its server where it was trained; "" where there is none."""
    hint: str = ""
    """What to do to run it elsewhere."""


def trainings_of(store: Store, config: Config) -> list[WinnerTraining]:
    """Of a configuration's models, once each; those that were trained elsewhere with what is known here."""
    models = {model.name: model for model in config.models if model.tuned is not None}
    return [_training_of(store, model) for model in models.values()]


def _training_of(store: Store, model: Model) -> WinnerTraining:
    assert model.tuned is not None
    known = {
        "model": model.name, "parent": model.tuned.parent.name, "key": model.tuned.key,
        "recipe": model.tuned.recipe, "served_at": model.base_url,
    }  # fmt: skip
    job = find_job(store, model.tuned.key)
    if job is None or job.result is None:
        return WinnerTraining.model_validate(known)
    result = TuningResult.from_json(job.result)
    files = {name: Path(result.folder) / place for name, place in result.files.items()}
    return WinnerTraining.model_validate(
        known
        | {
            "data_sha256": job.data_sha256,
            "kind": result.kind,
            "files": {name: str(path) for name, path in files.items()},
            "sha256": {name: _hash_of(path) for name, path in files.items() if path.exists()},
            "serve": "" if not result.serve else f"models serve {model.name}",
            "hint": HINTS[result.kind],
        }
    )


def _hash_of(path: Path) -> str:
    """The SHA-256 of a file; of a folder, that of its files' names and contents in their order."""
    digest = hashlib.sha256()
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
    for file in files:
        if file != path:
            digest.update(f"{file.relative_to(path).as_posix()}\n".encode())
        with file.open("rb") as content:
            while piece := content.read(1 << 20):
                digest.update(piece)
    return digest.hexdigest()
