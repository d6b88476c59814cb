"""What reading the store returns: plain frozen data, never live rows.
Knows nothing about tables or sessions."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from workbench.corpus.types import Question
from workbench.space.config import Config
from workbench.space.experiment import Experiment

State = Literal[
    "queued", "running", "stopping", "stopped", "stopped: budget", "paused", "interrupted", "done", "failed"
]
ACTIVE: tuple[State, ...] = ("queued", "running", "stopping")
RESUMABLE: tuple[State, ...] = ("stopped", "stopped: budget", "paused", "interrupted", "failed")


@dataclass(frozen=True)
class ExperimentRecord:
    """state: as a person should see it ("interrupted" when its worker is gone).  progress: see Progress."""

    id: str
    name: str
    experiment: Experiment
    corpus_path: str
    corpus_version: str
    today: str
    prices: dict[str, Any]
    space_notes: tuple[str, ...]
    problems: tuple[str, ...]
    state: State
    message: str
    stop_requested: bool
    budget_usd: float | None
    progress: dict[str, Any]
    notes: str
    archived: bool
    created_at: float
    started_at: float | None
    finished_at: float | None
    seconds: float


@dataclass(frozen=True)
class Lease:
    """The right to write an experiment's results; every write checks that the epoch still holds."""

    experiment_id: str
    owner: str
    epoch: int
    claimed_at: float = field(default_factory=time.time, compare=False)


@dataclass(frozen=True)
class HeldLease:
    """A lease as another process sees it. until: by the holder's wall clock.  ran_out: by the reader's; a
    clock that was set forward makes a lease look so until its holder renews it, a second later."""

    experiment_id: str
    epoch: int
    until: float
    ran_out: bool


@dataclass(frozen=True)
class ExperimentQuestion:
    question: Question
    part: str
    position: int


@dataclass(frozen=True)
class TrialRecord:
    id: str
    experiment_id: str
    number: int
    name: str
    config: Config
    state: str
    in_final: bool
    note: str = ""


@dataclass(frozen=True)
class SearchStepRecord:
    """A step that a search took, in terms that hold on any machine."""

    asks: Sequence[tuple[int, Sequence[str] | None]]
    """(trial number, ids of the questions to ask, or None for all of the search part)"""
    drops: Mapping[int, str]
    """Trial number → why the trial is asked no more."""


@dataclass(frozen=True)
class CallRecord:
    """A stored call, or one to be stored (id None).

    outcome: "duplicate" was paid while another run stored the same; "cleared" is a reply whose text `clean`
    has freed. Both stay in the ledger's sum and answer no request.
    """

    key: str
    kind: str
    model_name: str
    model_key: str
    outcome: Literal["ok", "failed", "duplicate", "cleared"]
    repeat: int = 0
    text: str = ""
    error_kind: str | None = None
    error: str = ""
    flags: tuple[str, ...] = ()
    items: int = 1
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    usage_estimated: bool = False
    attempts: int = 1
    seconds: float = 0.0
    compute_seconds: float | None = None
    price: dict[str, Any] | None = None
    cost_usd: float | None = None
    experiment_id: str | None = None
    id: int | None = None


@dataclass(frozen=True)
class PassageRecord:
    key: str
    document: str
    title: str
    start: int
    end: int
    page: int | None
    tokens: int
    text: str


@dataclass(frozen=True)
class RankingRecord:
    """items: (passage key, score), best first."""

    key: str
    items: tuple[tuple[str, float], ...]
    seconds: float
    cost_usd: float | None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class ScoreRecord:
    name: str
    key: str
    value: float | None
    status: str
    reason: str = ""
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class NewAnswer:
    """An answer with its scores, ready to be stored."""

    trial_id: str
    question_id: str
    repeat: int
    part: str
    state: Literal["ok", "failed"]
    ranking_key: str | None
    call_key: str | None
    passages: int
    reused: bool
    seen: str
    refused: bool
    cost_usd: float | None
    seconds: float
    tokens: int
    error: str = ""
    error_kind: str | None = None
    flags: tuple[str, ...] = ()
    scores: tuple[ScoreRecord, ...] = ()


@dataclass(frozen=True)
class AnswerRecord:
    """One answer as a page shows it."""

    id: int
    experiment_id: str
    trial_id: str
    trial_name: str
    question: Question
    part: str
    repeat: int
    state: str
    error: str
    flags: tuple[str, ...]
    refused: bool
    reused: bool
    text: str
    passages: tuple[PassageRecord, ...]
    passage_scores: tuple[float, ...]
    scores: tuple[ScoreRecord, ...]
    seen: str
    cost_usd: float | None
    seconds: float
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True)
class Preference:
    """choice: "good" and "bad" mean both."""

    first_seen: str
    second_seen: str
    rater: str
    choice: Literal["first", "second", "good", "bad"]
    question: str
    first_answer: str
    second_answer: str
    comment: str = ""
    updated_at: float = 0.0


@dataclass(frozen=True)
class Rating:
    seen: str
    rater: str
    value: int
    comment: str
    question: str
    answer: str
    passages: tuple[str, ...]
    updated_at: float
