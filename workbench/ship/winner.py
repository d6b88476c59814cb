"""The exported winner: one readable YAML that holds a whole configuration and its evidence.
Knows nothing about the store or about answering: export.py writes it, load.py runs it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, model_validator

from workbench.errors import InputError
from workbench.files.reading import read_text
from workbench.input.checked_model import CheckedModel
from workbench.input.plain_data import shown
from workbench.input.yaml_reading import parse_yaml
from workbench.ship.kept_questions import Canaries, KnownQuestions, as_lines
from workbench.ship.trained import WinnerTraining
from workbench.space.config import Config
from workbench.space.file_writing import to_yaml
from workbench.space.files import validate
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.space.retrieval import Retrieval
from workbench.space.route import End, Route
from workbench.space.system import System

FORMAT = 1


class WinnerConfig(CheckedModel):
    """The configuration, with everything written out: prompt, retrieval and model, a system, or a route."""

    prompt: Prompt | None = None
    """The template."""
    retrieval: Retrieval | None = None
    """How passages are found, with the models that this needs."""
    model: Model | None = None
    """The model that answers, with the name of its key's variable, never the key."""
    system: System | None = None
    """The system that retrieves and answers by itself, in place of the three."""
    route: Route | None = None
    """The route between two configurations, in place of the three."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        missing = [name for name in ("prompt", "retrieval", "model") if getattr(self, name) is None]
        alone = [name for name in ("system", "route") if getattr(self, name) is not None]
        if not alone and missing:
            raise InputError(f"'config.{missing[0]}' is missing.")
        if alone and len(missing) < 3:
            raise InputError(
                f"config has a {alone[0]}, which cannot have prompt, retrieval and model next to it."
            )
        if len(alone) > 1:
            raise InputError("config has a system and a route: keep one.")
        if self.route is not None:
            self._check_ends(self.route)
        return self

    def _check_ends(self, route: Route) -> None:
        """Raise InputError for an end that names what it does not bring."""
        for end in route.ends:
            parts = (end.prompt, end.retrieval, end.model) if isinstance(end, End) else (None,)
            if not all(isinstance(part, Prompt | Retrieval | Model) for part in parts):
                raise InputError(
                    "config.route: each end must be written out: prompt, retrieval and model.",
                    hint="Names belong in an experiment file, whose `routes` may hold this route.",
                )

    @classmethod
    def of(cls, config: Config) -> WinnerConfig:
        if config.system is not None:
            return cls(system=config.system)
        if config.route is not None:
            return cls(route=config.route)
        return cls(prompt=config.prompt, retrieval=config.retrieval, model=config.model)

    def to_config(self) -> Config:
        if self.system is not None:
            return Config.of_system(self.system)
        if self.route is not None:
            return Config.of_route(self.route)
        assert self.prompt is not None and self.retrieval is not None and self.model is not None
        return Config(self.prompt, self.retrieval, self.model)


def _check_time(text: str) -> str:
    """Checks are due so many days after it."""
    try:
        datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        raise InputError(
            f"exported_at is {shown(text)}, which is no time.",
            hint="Write one such as 2026-11-01T10:00:00+00:00.",
        ) from None
    return text


class WinnerExample(CheckedModel):
    """A question with the answer that it should get, for prompts with examples."""

    question: str
    """The question."""
    answer: str
    """Its answer."""
    group: str = ""
    """Examples of one group are wordings of one fact; empty for one on its own."""


class WinnerCorpus(CheckedModel):
    """The corpus on which it was chosen."""

    name: str
    """Its name or path, as the experiment had it."""
    hash: str
    """Its version, on which the figures rest."""
    documents: dict[str, str] = {}
    """Document → the first 8 digits of its hash, to tell later which ones changed. Empty in files of earlier
    versions, for more than 2,000 documents, and where the corpus had changed before the export."""


class Evidence(CheckedModel):
    """The figures on which the choice rests. A score has its mean, low, high and number of answers."""

    experiment: str
    """The experiment's id."""
    experiment_name: str
    """The experiment's name."""
    trial: str
    """The trial's id."""
    rank: int | None
    """Its place on the leaderboard; None for a trial that was not ranked."""
    configs: int
    """How many configurations were on the leaderboard."""
    objective: dict[str, Any]
    """What was maximized or minimized."""
    search: dict[str, Any]
    """By score, the figures on the selection questions."""
    holdout: dict[str, Any] | None
    """By score, those on the held-out questions; None when none were asked."""
    cost_per_1k_questions: float | None
    """US dollars; None when a price is not known."""
    tokens_per_answer: float | None
    """Input and output tokens, on average."""
    seconds_p50: float | None
    """The median time for an answer."""
    seconds_p95: float | None
    """The time within which 95 % of the answers came."""
    ratings: dict[str, int]
    """How many thumbs went up and down."""
    liked: dict[str, Any] | None = None
    """What the share of liked answers among the scores rests on: `thumbs`, `choices`, `raters`, and how far
    these disagree. None where nobody had rated an answer, and in files of earlier versions."""
    verdict: dict[str, Any] | None = None
    """What the experiment has shown: `kind` ("winner", "no winner yet", …), and `sentences` that say it. None
    in files of earlier versions."""
    questions: dict[str, Any] | None = None
    """The selection questions: how many were `asked`, how many of them were drafts that nobody had reviewed
    (`unreviewed`), and their `sources` where there are several. None in files of earlier versions."""
    baseline: dict[str, Any] | None = None
    """What it was held against: the baseline's `trial` and `name`, and the paired `difference` from it, null
    where it is the baseline itself. None where there was none."""


class Winner(CheckedModel):
    """An exported configuration with the figures behind it: the content of its file."""

    format: int = FORMAT
    """The version of the file's format."""
    name: str
    """The experiment's name and the trial's."""
    exported_at: Annotated[str, AfterValidator(_check_time)]
    """ISO 8601, in UTC."""
    config: WinnerConfig
    """What runs."""
    corpus: WinnerCorpus
    """What it runs over, unless another corpus is named."""
    examples: list[WinnerExample] = []
    """What the prompt's examples are taken from; empty where it shows none."""
    trained: list[WinnerTraining] = []
    """What its trained models are, and what is needed to run them elsewhere; empty where it has none."""
    evidence: Evidence
    """Why it was chosen."""
    canaries: Canaries | None = None
    """The questions that are asked again later. None in files of earlier versions, and where an export left
    them out."""
    questions: KnownQuestions | None = None
    """What tells new questions from those of the sweep. None in files of earlier versions."""
    libraries: dict[str, str]
    """Versions, by package, of what it was chosen with."""

    def to_config(self) -> Config:
        return self.config.to_config()

    def to_yaml(self) -> str:
        config = self.config.model_dump(mode="json", exclude_defaults=True)
        if self.config.retrieval is not None:
            config["retrieval"] = self.config.retrieval.model_dump(mode="json", exclude_none=True)
        if (route := self.config.route) is not None:
            for written, own in zip(config["route"][route.kind], route.retrievals, strict=True):
                written["retrieval"] = own.model_dump(mode="json", exclude_none=True)
        return to_yaml(
            {
                "format": self.format,
                "name": self.name,
                "exported_at": self.exported_at,
                "config": config,
                "corpus": self.corpus.model_dump(mode="json", exclude_defaults=True),
                **(
                    {"examples": [e.model_dump(exclude_defaults=True) for e in self.examples]}
                    if self.examples
                    else {}
                ),
                **(
                    {"trained": [one.model_dump(exclude_defaults=True) for one in self.trained]}
                    if self.trained
                    else {}
                ),
                "evidence": self.evidence.model_dump(mode="json"),
                "libraries": self.libraries,
                **{
                    name: kept.model_dump(mode="json", exclude_defaults=True)
                    | {"questions": as_lines(kept.questions)}
                    for name, kept in (("canaries", self.canaries), ("questions", self.questions))
                    if kept is not None
                },
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
    for retrieval in (end.retrieval for end in winner.to_config().ends):
        if not retrieval.uses_embedding or retrieval.embedding is not None:
            continue
        raise InputError(f"{where}: config.retrieval has no embedding, and {retrieval.label} needs one.")
    return winner
