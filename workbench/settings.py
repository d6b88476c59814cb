"""The only reader of the environment and of .env: folders, keys, the price of a machine's time.
Knows nothing about what the settings are used for."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from dotenv import dotenv_values

from workbench.errors import InputError

PROJECT = Path(__file__).resolve().parent.parent

# Set before chromadb, ragas and the rest are imported: no telemetry, no downloads (docs/decisions.md).
QUIET = {
    "RAGAS_DO_NOT_TRACK": "true",
    "LANGSMITH_TRACING": "false",
    "HF_HUB_OFFLINE": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "TOKENIZERS_PARALLELISM": "false",
}


VectorIndexChoice = Literal["auto", "exact", "chroma"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things lie and what machine time costs.

    home: database, indexes, caches.  corpora, experiments: the folders that people write in.
    compute_usd_per_hour: price of one hour of this machine, charged for embedded models.
    """

    home: Path
    corpora: Path
    experiments: Path
    compute_usd_per_hour: float
    rater: str
    vector_index: VectorIndexChoice = "auto"
    """How vectors are searched: exact, in Chroma, or as the number of chunks suggests."""

    @property
    def database(self) -> Path:
        return self.home / "workbench.db"

    @property
    def indexes(self) -> Path:
        return self.home / "indexes"

    @property
    def cache(self) -> Path:
        return self.home / "cache"

    @property
    def winners(self) -> Path:
        return self.experiments / "winners"


def quieten_libraries() -> None:
    """Set the variables that keep third-party libraries offline. Call before importing any of them."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)


def _values(folder: Path) -> dict[str, str]:
    from_file = {k: v for k, v in dotenv_values(folder / ".env").items() if v is not None}
    return {**from_file, **os.environ}


def load_settings(home: Path | str | None = None) -> Settings:
    """Settings from the environment, `.env` in the working folder, and defaults, in this order of weight.

    Raises InputError for a value that is not what its name says.
    """
    quieten_libraries()
    folder = Path.cwd()
    values = _values(folder)
    rate = values.get("WORKBENCH_COMPUTE_USD_PER_HOUR", "0.10")
    try:
        compute = float(rate)
        if not 0 <= compute < float("inf"):
            raise ValueError
    except ValueError:
        raise InputError(
            f"WORKBENCH_COMPUTE_USD_PER_HOUR is {rate!r}; it must be a number of dollars, 0 or more."
        ) from None
    vector_index = values.get("WORKBENCH_VECTOR_INDEX") or "auto"
    if vector_index not in get_args(VectorIndexChoice):
        allowed = ", ".join(get_args(VectorIndexChoice))
        raise InputError(f"WORKBENCH_VECTOR_INDEX is {vector_index!r}; it must be one of {allowed}.")

    def place(variable: str, default: str) -> Path:
        """The folder a variable names; else one in the working folder; else the project's own."""
        if values.get(variable):
            return Path(values[variable]).expanduser().resolve()
        here = folder / default
        return here if here.is_dir() else PROJECT / default

    named_home = home or values.get("WORKBENCH_HOME") or folder / ".workbench"
    return Settings(
        home=Path(named_home).expanduser().resolve(),
        corpora=place("WORKBENCH_CORPORA", "corpora"),
        experiments=place("WORKBENCH_EXPERIMENTS", "experiments"),
        compute_usd_per_hour=compute,
        rater=values.get("WORKBENCH_RATER") or values.get("USER") or "me",
        vector_index=cast(VectorIndexChoice, vector_index),
    )


def find_key(variable: str | None) -> str | None:
    """The value of the environment variable that holds a model's key; None when unset or not named."""
    if not variable:
        return None
    # A file written on Windows leaves a carriage return at the end, which no server takes.
    return (_values(Path.cwd()).get(variable) or "").strip() or None
