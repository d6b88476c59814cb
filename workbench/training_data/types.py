"""Defines what training data are: what they are made from, their rows in one neutral form, and their counts.
Knows nothing about how rows are found or in which format they are written."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from workbench.corpus.types import Corpus
from workbench.fingerprint import canonical_json
from workbench.providers.types import Message
from workbench.space.experiment import Experiment
from workbench.space.model import Model
from workbench.space.tuning import DEFAULT_SEED, Kind

VERSION = 1
"""Raised when equal inputs give other rows."""

Report = Callable[[str], None]
"""Hears what is being done, in words. What it raises ends the work."""

Format = Literal["trl", "openai", "axolotl", "llama-factory"]
"""Who reads the files."""

Origin = Literal[
    "liked answer", "disliked answer", "better answer", "reference", "scored answer", "choice",
    "corrected answer", "verdict", "refusal", "contrast",
]  # fmt: skip
"""Where the answer of a row comes from (`ORIGINS` says it in a sentence each)."""
ORIGINS: dict[Origin, str] = {
    "liked answer": "people gave it a thumb up",
    "disliked answer": "people gave it a thumb down",
    "better answer": "a person typed what the answer should have been",
    "reference": "the reference answer of a train question",
    "scored answer": "a model's answer to a train question that is correct and grounded",
    "choice": "a person chose it over another answer",
    "corrected answer": "a person's better answer, over the answer that they disliked",
    "verdict": "an answer with a good verdict, over one with a bad verdict to the same question",
    "refusal": "the passages do not contain the answer, so it declines",
    "contrast": "the right one of answering and declining, over the wrong one",
}
Golden = Literal["found", "added", "taken out", "missed", "none", "unknown"]
"""What became of the passages that hold the evidence (`GOLDEN` says it in words)."""
GOLDEN: dict[Golden, str] = {
    "found": "retrieval found it",
    "added": "it was added among what retrieval found",
    "taken out": "it was taken out",
    "missed": "retrieval missed it",
    "none": "there is none: the documents do not answer",
    "unknown": "nobody marked it",
}
WITHOUT_EVIDENCE: tuple[Golden, ...] = ("none", "taken out", "missed")
"""Where the right answer is to decline."""


@dataclass(frozen=True)
class OfExperiment:
    """Made from an experiment: its corpus, prompts and retrievals, and the ratings about its documents."""

    experiment_id: str


@dataclass(frozen=True)
class OfHome:
    """Made from everything in the home: the newest experiment of each corpus, and all ratings."""


@dataclass(frozen=True)
class OfPlan:
    """Made from an experiment that need not have been run, for the trainings among its models."""

    experiment: Experiment
    """With every name resolved."""
    corpus: Corpus | None = None
    """The corpus as it is read; None reads it."""
    parent: Model | None = None
    """The model that is trained: prompts are cut to its context. None takes the experiment's models."""


Source = OfExperiment | OfHome | OfPlan


DEFAULT_MOST_REFUSALS = 0.05
"""With 24 % a model of 135 million parameters declined nearly everything, with 3 % not (docs/tuning.md)."""


@dataclass(frozen=True)
class Options:
    """How training data are made. Each of them is part of the data's hash."""

    seed: int = DEFAULT_SEED
    """Decides every draw and the order of the rows."""
    limit: int | None = None
    """The most rows; None for as many as there are."""
    without_evidence: float = 0.2
    """The share of a train question's rows without the passages that hold its evidence; they decline."""
    most_refusals: float = DEFAULT_MOST_REFUSALS
    """The most rows that decline, as a share of all rows: too many teach a model to decline what it could
    answer."""
    drop_personal_data: bool = False
    """Whether rows are left out whose question, earlier turns or answers hold personal data."""


DEFAULTS = Options()


@dataclass(frozen=True)
class Row:
    """One row: what a model is sent, and what it should answer."""

    messages: tuple[Message, ...]
    """The prompt exactly as a model is sent it."""
    answer: str
    """What the model should answer; of `kto` the answer that was rated."""
    origin: Origin
    question_id: str
    """The id of the question; made of its text where it stands in no corpus."""
    question: str
    """The question's own words."""
    document: str = ""
    """The document that the row is mainly about; "" where that is not known."""
    rejected: str = ""
    """The worse answer of a `dpo` row; "" for other kinds."""
    liked: bool | None = None
    """The label of a `kto` row; None for other kinds."""
    declines: bool = False
    """Whether the answer declines."""
    passages: tuple[str, ...] = ()
    """The texts of the passages in the prompt."""
    instructions: str = ""
    """Everything that the prompt says beside its passages, in one text."""
    golden: Golden = "unknown"
    model: str = ""
    """The name of the model that wrote the answer; "" for people and documents, and where it is not known."""
    setting: str = ""
    """The names of the prompt and the retrieval that it was made with; "" where they are not known."""

    @property
    def outside(self) -> str:
        """All texts of the row but its passages."""
        return "\n".join((self.instructions, self.answer, self.rejected))

    def to_json(self) -> dict[str, Any]:
        """What a model learns from: the part of the row that is written to files."""
        row: dict[str, Any] = {
            "messages": [{"role": m.role, "content": m.content} for m in self.messages],
            "answer": self.answer,
        }
        if self.rejected:
            row["rejected"] = self.rejected
        if self.liked is not None:
            row["liked"] = self.liked
        return row


@dataclass(frozen=True)
class CorpusUsed:
    """A corpus whose train questions were used."""

    name: str
    version: str
    """Hash of its content now."""
    train_questions: int
    """How many of its questions are in the train part."""
    changed: bool = False
    """Whether it has changed since the experiment was created."""


@dataclass(frozen=True)
class PersonalData:
    """How much personal data the rows hold."""

    answers: Mapping[str, int] = field(default_factory=dict)
    """Kind → rows whose question, earlier turns or answers hold it."""
    passages: Mapping[str, int] = field(default_factory=dict)
    """Kind → rows whose passages hold it."""
    rows: int = 0
    """Rows that hold any, outside the passages."""
    dropped: int = 0
    """Rows that were left out for it."""


@dataclass(frozen=True)
class TrainingData:
    """Training data in their neutral form."""

    kind: Kind
    rows: tuple[Row, ...]
    refused: Mapping[str, int]
    """Why → how many candidates were left out for it."""
    corpora: tuple[CorpusUsed, ...]
    personal_data: PersonalData
    options: Options
    key: str
    """`data_key` of what they were made from."""
    made_of: str
    """What they were made from, in words."""
    notes: tuple[str, ...] = ()
    """What should be known about them, in sentences."""

    @cached_property
    def sha256(self) -> str:
        """A hash of the kind and all rows in their order."""
        digest = hashlib.sha256(self.kind.encode())
        for row in self.rows:
            digest.update(b"\n" + canonical_json(row.to_json()).encode())
        return digest.hexdigest()

    @property
    def question_ids(self) -> list[str]:
        """The ids of the questions that the rows rest on."""
        return sorted({row.question_id for row in self.rows})

    @property
    def counts(self) -> dict[str, Counter[str]]:
        """How many rows there are by origin, document, evidence, setting, and model that answered."""
        return {
            "origin": Counter(row.origin for row in self.rows),
            "document": Counter(row.document for row in self.rows if row.document),
            "evidence": Counter(row.golden for row in self.rows),
            "setting": Counter(row.setting for row in self.rows if row.setting),
            "model": Counter(row.model for row in self.rows if row.model),
        }
