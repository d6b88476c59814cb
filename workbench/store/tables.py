"""The tables of the store (SQLModel). Rows never leave store/: reading returns records.
Knows nothing about sessions or about what the rows are used for."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import JSON, Column, Index, MetaData, UniqueConstraint, inspect, text
from sqlalchemy import Table as SQLTable
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

# Streamlit re-executes modules on reload: a registry of our own keeps the tables defined once.
_NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(SQLModel, registry=registry()):
    metadata = MetaData(naming_convention=_NAMING)


def sql_table(rows: type[Table]) -> SQLTable:
    """The table below a class of rows, for statements that an experiment repeats for every group of calls:
    without objects between, SQLAlchemy takes a third of the time."""
    below = inspect(rows).local_table
    assert isinstance(below, SQLTable)
    return below


def _json(nullable: bool = False) -> Any:
    return Field(sa_column=Column(JSON, nullable=nullable))


def _now() -> float:
    return time.time()


class ExperimentRow(Table, table=True):
    """Times are Unix seconds. `spec` is the resolved experiment; `spec_hash` finds one of equal content."""

    __tablename__ = "experiment"

    id: str = Field(primary_key=True)
    name: str
    spec: dict[str, Any] = _json()
    spec_hash: str = Field(index=True)
    corpus_name: str
    corpus_path: str
    corpus_version: str
    today: str
    prices: dict[str, Any] = _json()
    space_notes: list[str] = _json()
    problems: list[str] = _json()
    state: str = Field(default="queued", index=True)
    message: str = ""
    stop_requested: bool = False
    budget_usd: float | None = None
    progress: dict[str, Any] = _json()
    notes: str = ""
    archived: bool = False
    created_at: float = Field(default_factory=_now)
    started_at: float | None = None
    finished_at: float | None = None
    seconds: float = 0.0
    lease_owner: str | None = None
    lease_epoch: int = 0
    lease_until: float = 0.0


class ExperimentQuestionRow(Table, table=True):
    """The questions as they were when the experiment was created."""

    __tablename__ = "experiment_question"

    experiment_id: str = Field(primary_key=True, foreign_key="experiment.id", ondelete="CASCADE")
    question_id: str = Field(primary_key=True)
    position: int
    part: str
    text: str
    answers: list[str] = _json()
    evidence: list[list[Any]] = _json()
    answerable: bool
    tags: list[str] = _json()


class ConfigRow(Table, table=True):
    __tablename__ = "config"

    id: str = Field(primary_key=True)
    spec: dict[str, Any] = _json()
    created_at: float = Field(default_factory=_now)


class TrialRow(Table, table=True):
    __tablename__ = "trial"
    __table_args__ = (UniqueConstraint("experiment_id", "number"),)

    id: str = Field(primary_key=True)
    experiment_id: str = Field(foreign_key="experiment.id", ondelete="CASCADE")
    number: int
    config_id: str = Field(foreign_key="config.id", index=True)
    name: str
    state: str = "queued"
    in_final: bool = False
    note: str = Field(default="", sa_column_kwargs={"server_default": ""})
    finished_at: float | None = None


class SearchStepRow(Table, table=True):
    """A step that a search took, written before its answers are asked. A resumed search takes it again."""

    __tablename__ = "search_step"

    experiment_id: str = Field(primary_key=True, foreign_key="experiment.id", ondelete="CASCADE")
    number: int = Field(primary_key=True)
    """1 for the first step."""
    asks: list[list[Any]] = _json()
    """[[trial number, [question id, …] or null for all questions], …]"""
    drops: dict[str, str] = _json()
    """Trial number → why the trial is asked no more."""


class PassageRow(Table, table=True):
    """A chunk's text, once; `key` hashes document, span, title and text."""

    __tablename__ = "passage"

    key: str = Field(primary_key=True)
    document: str
    title: str
    start: int
    end: int
    page: int | None = None
    tokens: int
    text: str


class RankingRow(Table, table=True):
    """What retrieval and reranking gave for one question: [[passage key, score], …], best first.

    cost_usd, seconds: query transform, query embedding, search and rerank; cost None when unpriced.
    """

    __tablename__ = "ranking"

    key: str = Field(primary_key=True)
    items: list[list[Any]] = _json()
    flags: list[str] = _json()
    cost_usd: float | None = None
    seconds: float
    created_at: float = Field(default_factory=_now)


class CallRow(Table, table=True):
    """One request to a model: the ledger and the cache at once. `items` counts texts of an embedding call."""

    __tablename__ = "call"
    __table_args__ = (
        Index("uq_call_key_ok", "key", unique=True, sqlite_where=text("outcome = 'ok'")),
        Index("ix_call_kind_model", "kind", "model_key"),
        # Each holds all that a sum of the ledger reads: rows carry the replies' texts.
        Index("ix_call_spent", "experiment_id", "outcome", "cost_usd", "usage_estimated", "flags"),
        Index("ix_call_spent_when", "created_at", "outcome", "cost_usd", "usage_estimated", "flags"),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str
    kind: str
    model_name: str
    model_key: str
    repeat: int = 0
    outcome: str
    text: str = ""
    error_kind: str | None = None
    error: str = ""
    flags: list[str] = _json()
    items: int = 1
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    usage_estimated: bool = False
    attempts: int = 1
    seconds: float = 0.0
    compute_seconds: float | None = None
    price: dict[str, Any] | None = _json(nullable=True)
    cost_usd: float | None = None
    experiment_id: str | None = Field(default=None, foreign_key="experiment.id", ondelete="SET NULL")
    created_at: float = Field(default_factory=_now)


class AnswerRow(Table, table=True):
    """One trial's answer to one question in one repeat. `seen` hashes what a person would see.

    passages: how many of the ranking's passages the prompt held.
    """

    __tablename__ = "answer"
    __table_args__ = (
        UniqueConstraint("trial_id", "question_id", "repeat"),
        # Counting reads nothing else.
        Index("ix_answer_counted", "trial_id", "state", "part", "refused", "reused", "call_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    trial_id: str = Field(foreign_key="trial.id", ondelete="CASCADE")
    question_id: str
    repeat: int
    part: str
    ranking_key: str | None = Field(default=None, foreign_key="ranking.key", index=True)
    call_id: int | None = Field(default=None, foreign_key="call.id", index=True)
    passages: int = 0
    reused: bool = False
    state: str
    error: str = ""
    error_kind: str | None = None
    flags: list[str] = _json()
    seen: str = Field(index=True)
    refused: bool = False
    cost_usd: float | None = None
    seconds: float = 0.0
    tokens: int = 0


class ScoreRow(Table, table=True):
    """One metric's value for one answer. `key` hashes the metric, its version and all it looked at."""

    __tablename__ = "score"
    __table_args__ = (
        # For what looks for values. Of what looks for answers SQLite must not think that it begins here: it
        # cannot use an index of some rows unless the condition is stated.
        Index("ix_score_value", "name", "value", "answer_id", sqlite_where=text("value IS NOT NULL")),
    )

    answer_id: int = Field(primary_key=True, foreign_key="answer.id", ondelete="CASCADE")
    name: str = Field(primary_key=True)
    key: str = Field(index=True)
    value: float | None = None
    status: str
    reason: str = ""
    detail: dict[str, Any] = _json()


class TrialSummaryRow(Table, table=True):
    """A trial's figures on one part of the questions, written as it goes and when it finishes."""

    __tablename__ = "trial_summary"

    trial_id: str = Field(primary_key=True, foreign_key="trial.id", ondelete="CASCADE")
    part: str = Field(primary_key=True)
    answers: int
    failed_answers: int
    cost_per_1k_questions: float | None = None
    tokens_per_answer: float | None = None
    seconds_p50: float | None = None
    seconds_p95: float | None = None
    consistency: dict[str, Any] | None = _json(nullable=True)


class ScoreSummaryRow(Table, table=True):
    __tablename__ = "score_summary"

    trial_id: str = Field(primary_key=True, foreign_key="trial.id", ondelete="CASCADE")
    part: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    count: int
    failed: int
    not_applicable: int
    note: str = Field(default="", sa_column_kwargs={"server_default": ""})


class ComparisonRow(Table, table=True):
    """A trial against another by one score, over the search questions that both were asked.

    kind: "leader", "baseline" (each replaced as a whole) or "pair" (asked for one by one).
    """

    __tablename__ = "comparison"

    experiment_id: str = Field(primary_key=True, foreign_key="experiment.id", ondelete="CASCADE")
    kind: str = Field(primary_key=True)
    score: str = Field(primary_key=True)
    trial_id: str = Field(primary_key=True, foreign_key="trial.id", ondelete="CASCADE", index=True)
    other_id: str = Field(primary_key=True, foreign_key="trial.id", ondelete="CASCADE", index=True)
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_holm: float | None = None
    compared: int
    questions: int
    questions_needed: int | None = None
    better: bool | None = None
    verdict: str


class EffectsRow(Table, table=True):
    """What each axis does to one score: the document of `effects --json`."""

    __tablename__ = "effects"

    experiment_id: str = Field(primary_key=True, foreign_key="experiment.id", ondelete="CASCADE")
    score: str = Field(primary_key=True)
    found: dict[str, Any] = _json()
    made_at: float = Field(default_factory=_now)


class RatingRow(Table, table=True):
    """A person's thumb on what was seen. It copies what was seen, so that it outlives experiments."""

    __tablename__ = "rating"
    __table_args__ = (UniqueConstraint("seen", "rater"),)

    id: int | None = Field(default=None, primary_key=True)
    seen: str
    rater: str
    value: int
    comment: str = ""
    question: str
    answer: str
    passages: list[str] = _json()
    created_at: float = Field(default_factory=_now)
    updated_at: float = Field(default_factory=_now)


class PreferenceRow(Table, table=True):
    """A person's choice between two answers to one question; first_seen sorts before second_seen.

    choice: "first", "second", "good" (both) or "bad" (both). It copies what was seen, as a rating does.
    """

    __tablename__ = "preference"
    __table_args__ = (UniqueConstraint("first_seen", "second_seen", "rater"),)

    id: int | None = Field(default=None, primary_key=True)
    first_seen: str
    second_seen: str = Field(index=True)
    rater: str
    choice: str
    comment: str = ""
    question: str
    first_answer: str
    second_answer: str
    created_at: float = Field(default_factory=_now)
    updated_at: float = Field(default_factory=_now)


class PromptRow(Table, table=True):
    __tablename__ = "prompt"

    name: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    system: str | None = None
    template: str
    notes: str = ""
    source: str
    hidden: bool = False
    created_at: float = Field(default_factory=_now)


class ModelRow(Table, table=True):
    __tablename__ = "model"

    name: str = Field(primary_key=True)
    spec: dict[str, Any] = _json()
    source: str
    updated_at: float = Field(default_factory=_now)


class WorkerRow(Table, table=True):
    __tablename__ = "worker"

    id: str = Field(primary_key=True)
    host: str
    pid: int
    started_at: float = Field(default_factory=_now)
    seen_at: float = Field(default_factory=_now)
    doing: str = ""


class RequestRow(Table, table=True):
    """Small work the pages ask of the worker; its results arrive as events."""

    __tablename__ = "request"

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    payload: dict[str, Any] = _json()
    state: str = Field(default="waiting", index=True)
    created_at: float = Field(default_factory=_now)


class EventRow(Table, table=True):
    """kind: "piece", "result" or "error"."""

    __tablename__ = "event"

    id: int | None = Field(default=None, primary_key=True)
    request_id: int = Field(foreign_key="request.id", ondelete="CASCADE", index=True)
    kind: str
    payload: dict[str, Any] = _json()
    created_at: float = Field(default_factory=_now)
