"""The exported winner: one readable YAML that holds a whole configuration and its evidence.
Knows nothing about the store or about answering: export.py writes it, load.py runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbench.checked_model import CheckedModel
from workbench.errors import InputError
from workbench.file_reading import read_text
from workbench.space.config import Config
from workbench.space.files import to_yaml, validate
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.space.retrieval import Retrieval
from workbench.yaml_reading import parse_yaml

FORMAT = 1


class WinnerConfig(CheckedModel):
    prompt: Prompt
    retrieval: Retrieval
    model: Model


class WinnerCorpus(CheckedModel):
    """hash: the corpus version the figures rest on."""

    name: str
    hash: str


class Evidence(CheckedModel):
    """The figures the choice rests on; scores hold mean, low, high and how many answers each."""

    experiment: str
    experiment_name: str
    trial: str
    rank: int | None
    configs: int
    objective: dict[str, Any]
    search: dict[str, Any]
    holdout: dict[str, Any] | None
    cost_per_1k_questions: float | None
    tokens_per_answer: float | None
    seconds_p50: float | None
    seconds_p95: float | None
    ratings: dict[str, int]


class Winner(CheckedModel):
    format: int = FORMAT
    name: str
    exported_at: str
    config: WinnerConfig
    corpus: WinnerCorpus
    evidence: Evidence
    libraries: dict[str, str]

    def to_config(self) -> Config:
        return Config(self.config.prompt, self.config.retrieval, self.config.model)

    def to_yaml(self) -> str:
        return to_yaml(
            {
                "format": self.format,
                "name": self.name,
                "exported_at": self.exported_at,
                "config": self.config.model_dump(mode="json", exclude_defaults=True)
                | {"retrieval": self.config.retrieval.model_dump(mode="json", exclude_none=True)},
                "corpus": self.corpus.model_dump(mode="json"),
                "evidence": self.evidence.model_dump(mode="json"),
                "libraries": self.libraries,
            }
        )


def read_winner(path: Path | str) -> Winner:
    """Read an exported winner. Raises InputError naming file, line and key."""
    where = str(path)
    data = parse_yaml(read_text(Path(path)), where)
    if isinstance(data, dict) and isinstance(data.get("format"), int) and data["format"] > FORMAT:
        raise InputError(f"{where}: format {data['format']} is newer than this workbench reads ({FORMAT}).")
    if isinstance(data, dict) and "config" not in data:
        what = " (it is an experiment file)" if "prompts" in data else ""
        raise InputError(
            f"{where} is not an exported winner{what}.",
            hint="Export the winner of an experiment first.",
            remedy=("export",),
        )
    winner = validate(Winner, data, where, InputError)
    retrieval = winner.config.retrieval
    if retrieval.uses_embedding and retrieval.embedding is None:
        raise InputError(f"{where}: config.retrieval has no embedding, and {retrieval.label} needs one.")
    return winner
