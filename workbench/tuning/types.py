"""Defines what a training gives, and how its result is served.
Knows nothing about recipes, jobs or how a model is trained."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

FOLDER, OUT = "trainings", "out"
"""The folder of all trainings, below the home; the folder of what one made, below its own."""
ResultKind = Literal["embedded", "adapter", "weights", "hosted"]


@dataclass(frozen=True)
class TuningResult:
    """What a training made."""

    kind: ResultKind
    """"embedded": a variant of the embedded answerer; "adapter": a LoRA adapter; "weights": a whole model;
    "hosted": a model that stays at a provider."""
    folder: str = ""
    """The folder of the files; "" where there are none."""
    files: dict[str, str] = field(default_factory=dict)
    """What lies where below `folder`: "peft" (a folder), "gguf" (an adapter or a model), "weights" (a
    folder)."""
    variant: dict[str, Any] | None = None
    """The trained sentence selector of an embedded answerer; None for every other kind."""
    base_url: str | None = None
    """Where it is served, ending in /v1; None for an embedded one."""
    served_name: str | None = None
    """The name that its server knows it by."""
    serve: tuple[str, ...] = ()
    """The command that starts its server, with {port} still to be filled in; () where somebody else serves
    it."""
    loaded: str = ""
    """The kind of the running server that is given the adapter: "vllm", "ollama" or "llama.cpp"; "" for
    none."""

    @property
    def paths(self) -> list[Path]:
        """Where the files lie on this machine."""
        return [Path(self.folder) / place for place in self.files.values()]

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"serve": list(self.serve)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> TuningResult:
        known = {f.name for f in fields(cls)}
        read = {name: value for name, value in values.items() if name in known}
        return cls(**read | {"serve": tuple(read.get("serve", ()))})
