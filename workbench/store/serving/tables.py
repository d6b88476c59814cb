"""Defines the tables of what is served and watched (SQLModel). Rows never leave store/serving/.
Knows nothing about sessions or about what the rows are used for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from workbench.store.tables import Table, json_column, now


class ServiceRow(Table, table=True):
    """A winner that answers other programs, or a service of one's own whose requests were imported."""

    __tablename__ = "service"

    id: str = Field(primary_key=True)
    """Hash of the winner's configuration and its corpus's name; for an imported one, of its name."""
    name: str
    kind: str
    """The kind: "winner" or "imported"."""
    winner: dict[str, Any] | None = json_column(nullable=True)
    """The exported winner as JSON; null for an imported service."""
    path: str = ""
    """The winner's file when it was last served; "" for an imported service."""
    corpus_path: str = ""
    """The folder of the corpus when it was last served; "" when that is not known."""
    corpus_version: str = ""
    """Hash of the corpus's content when it was last served."""
    created_at: float = Field(default_factory=now)
    """When it was first served, checked or imported, in Unix seconds."""
    archived: bool = Field(default=False, sa_column_kwargs={"server_default": "0"})
    """Whether Watch leaves it out."""


class ServerRow(Table, table=True):
    """A process that serves winners."""

    __tablename__ = "server"

    id: str = Field(primary_key=True)
    host: str
    pid: int
    address: str
    """Where it listens, such as "http://127.0.0.1:8600"."""
    services: list[str] = json_column()
    """The ids of what it serves, the main one first."""
    started_at: float = Field(default_factory=now)
    """Unix seconds."""
    seen_at: float = Field(default_factory=now)
    """The time of its last heartbeat, in Unix seconds."""
    problems: list[str] = json_column()
    """What is wrong with it now, in words, such as that requests are not being logged."""


class ServedRequestRow(Table, table=True):
    """One question that a service was asked, and what became of it."""

    __tablename__ = "served_request"
    __table_args__ = (Index("ix_served_request_service_time", "service_id", "asked_at"),)

    id: str = Field(primary_key=True)
    """The id that the reply carries."""
    service_id: str = Field(foreign_key="service.id", ondelete="CASCADE")
    role: str = "main"
    """The role: "main", "share" for the second winner's share of the traffic, "shadow" for an answer that
    nobody was shown, "test" for a question that measures the service, "task" for a task of a chat program."""
    shadow_of: str | None = Field(default=None, index=True)
    """The request that it shadows; None for one that was asked for."""
    asked_at: float = Field(index=True)
    """Unix seconds."""
    user: str = ""
    """Hash of the user's key; "" when there was none."""
    texts: str = "full"
    """What is kept of the texts: "full", "redacted" or "none"."""
    question: str = ""
    history: list[list[str]] = json_column()
    """[[role, text], …]: the turns before a follow-up question."""
    filter: dict[str, Any] | None = json_column(nullable=True)
    """The metadata that the documents searched must have; null for none."""
    answer: str = ""
    refused: bool = False
    """Whether the answer declines the question."""
    passages: list[str] = json_column()
    """Keys of the passages that the prompt held, best first."""
    seen: str = Field(default="", index=True)
    """Hash of what the user sees (`seen_key`), by which feedback finds it."""
    corpus_version: str = ""
    """Hash of the corpus's content that it rests on."""
    state: str = "ok"
    """The state: "ok", "failed", or "cancelled" when the client hung up."""
    error: str = ""
    """What went wrong, in words."""
    error_kind: str | None = None
    """The kind of ProviderError; None when nothing failed."""
    flags: list[str] = json_column()
    """What is unusual about it, as short codes."""
    cached: bool = False
    """Whether an equal question had been answered already, or was being answered."""
    served_model: str | None = None
    """The model's name in the reply; null when the server gave none."""
    cost_usd: float | None = None
    """US dollars of new calls; None when a model has no price."""
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    """From the request to the whole answer."""
    stage_seconds: dict[str, float] = json_column()
    """Seconds by stage: "retrieve", "first_token", "generate"."""
    scored_at: float | None = Field(default=None, index=True)
    """When its scores were computed, in Unix seconds; None before."""
    score_versions: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """The versions of the scores that it has, such as "grounding 9, refusal 6"; "" before."""


class ServedScoreRow(Table, table=True):
    """One free score of an answer that was served."""

    __tablename__ = "served_score"
    __table_args__ = (Index("ix_served_score_name_value", "name", "value", "request_id"),)

    request_id: str = Field(primary_key=True, foreign_key="served_request.id", ondelete="CASCADE")
    name: str = Field(primary_key=True)
    value: float | None = None
    """None unless the status is "ok"."""
    status: str
    """The outcome of scoring: "ok", "failed" or "not_applicable"."""
    reason: str = ""
    """Why it failed or does not apply, in words."""
    detail: dict[str, Any] = json_column()
    """Facts for the page, such as the claims that no passage supports."""


class ServiceCheckRow(Table, table=True):
    """One time that a service's canaries were asked again."""

    __tablename__ = "service_check"

    id: int | None = Field(default=None, primary_key=True)
    service_id: str = Field(foreign_key="service.id", ondelete="CASCADE", index=True)
    day: int
    """Days since the winner was exported."""
    started_at: float = Field(default_factory=now)
    """Unix seconds."""
    finished_at: float | None = None
    """Unix seconds; None while it runs, and when it was interrupted."""
    corpus_version: str = ""
    found: dict[str, Any] = json_column()
    """The document of `check --json`; empty before it has finished."""
    message: str = ""
    """Why it could not be finished, in words."""


class CanaryAnswerRow(Table, table=True):
    """The answer to one canary in one check."""

    __tablename__ = "canary_answer"

    check_id: int = Field(primary_key=True, foreign_key="service_check.id", ondelete="CASCADE")
    canary_id: str = Field(primary_key=True)
    """The question's id."""
    repeat: int = Field(default=0, primary_key=True)
    """From 0: a check may ask a canary several times."""
    state: str
    """The state: "ok" or "failed"."""
    error: str = ""
    """What went wrong, in words."""
    request: str = ""
    """Hash of the request that the model got; "" when none was sent."""
    answer: str = ""
    refused: bool = False
    """Whether it declines the question."""
    passages: list[str] = json_column()
    """Keys of the passages that the prompt held, best first."""
    scores: dict[str, float] = json_column()
    """Score name → value, for the scores that have one."""
    served_model: str | None = None
    """The model's name in the reply; null when the server gave none."""
    cost_usd: float | None = None
    """US dollars; None when a model has no price."""
    tokens: int = 0
    """Input and output tokens of generation."""
    seconds: float = 0.0


class AlarmRow(Table, table=True):
    """A figure of a service that got worse beyond chance, or a verdict that something changed."""

    __tablename__ = "alarm"
    __table_args__ = (UniqueConstraint("service_id", "figure", "part", "since"),)

    id: int | None = Field(default=None, primary_key=True)
    service_id: str = Field(foreign_key="service.id", ondelete="CASCADE")
    figure: str
    """What is watched, such as "grounding"."""
    part: str = ""
    """The part of the traffic, such as "tag: returns"; "" for all of it."""
    what: str
    """What happened, in a sentence."""
    since: float
    """When it began, as far as can be told, in Unix seconds."""
    raised_at: float = Field(default_factory=now)
    """Unix seconds."""
    sure: float
    """1 minus the chance of ever raising such an alarm where nothing changed."""
    evidence: dict[str, Any] = json_column()
    """The figures behind it: e-value, means before and after with intervals, counts."""
    requests: list[str] = json_column()
    """The ids of the requests that drive it, worst first."""
    state: str = "open"
    """The state: "open", "acknowledged" or "closed"."""
    note: str = ""
    """The user's note."""
    muted_until: float = 0.0
    """Until when it is not sent again, in Unix seconds; 0 when it is not muted."""
    closed_at: float = 0.0
    """When it was closed, in Unix seconds; 0 when it is not. Its figure is watched anew from then on."""
    deliveries: list[dict[str, Any]] = json_column()
    """[{"to", "at", "error"}, …]: where it was sent; an empty error when it arrived."""


class GateRow(Table, table=True):
    """One comparison of a candidate with a base, with its verdict."""

    __tablename__ = "gate"

    id: int | None = Field(default=None, primary_key=True)
    candidate: str
    """The candidate's name."""
    base: str
    """The base's name."""
    verdict: str
    """The verdict: "pass", "worse" or "inconclusive"."""
    found: dict[str, Any] = json_column()
    """The document of `gate --json`, with the questions that flipped."""
    created_at: float = Field(default_factory=now)
    """Unix seconds."""
