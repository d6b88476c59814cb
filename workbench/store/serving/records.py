"""Plain records of what is served and watched: services, requests, checks, alarms and gates.
Knows nothing about tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from workbench.corpus.types import History
from workbench.store.records import PassageRecord

Role = Literal["main", "share", "shadow", "test", "task"]
NO_TRAFFIC: tuple[Role, ...] = ("test", "task")
"""The roles of requests that are no question of a user: no figure counts them."""
RequestState = Literal["ok", "failed", "cancelled"]
Texts = Literal["full", "redacted", "none"]
AlarmState = Literal["open", "acknowledged", "closed"]
GateVerdict = Literal["pass", "worse", "inconclusive"]
NOVELTY = "novelty"
"""The score that says how far a question is from those of the sweep; its detail has the tags and the cluster
of the nearest one."""


@dataclass(frozen=True)
class Service:
    """A winner that answers other programs, or a service of one's own whose requests were imported."""

    id: str
    """Hash of the winner's configuration and its corpus's name; for an imported one, of its name."""
    name: str
    kind: Literal["winner", "imported"]
    winner: dict[str, Any] | None
    """The exported winner as JSON; None for an imported service."""
    path: str = ""
    """The winner's file when it was last served; "" for an imported service."""
    corpus_path: str = ""
    """The folder of the corpus when it was last served; "" when that is not known."""
    corpus_version: str = ""
    """Hash of the corpus's content when it was last served."""
    created_at: float = 0.0
    """When it was first served, checked or imported, in Unix seconds; 0 for one that is not stored yet."""
    archived: bool = False
    """Whether Watch leaves it out."""


@dataclass(frozen=True)
class Server:
    """A process that serves winners."""

    id: str
    host: str
    pid: int
    address: str
    """Where it listens, such as "http://127.0.0.1:8600"."""
    services: tuple[str, ...]
    """The ids of what it serves, the main one first."""
    started_at: float
    """Unix seconds."""
    seen_at: float
    """The time of its last heartbeat, in Unix seconds."""
    problems: tuple[str, ...] = ()
    """What is wrong with it now, in words."""


@dataclass(frozen=True)
class ServedScore:
    """One free score of an answer that was served."""

    name: str
    value: float | None
    """None unless the status is "ok"."""
    status: str
    """The outcome of scoring: "ok", "failed" or "not_applicable"."""
    reason: str = ""
    """Why it failed or does not apply, in words."""
    detail: dict[str, Any] = field(default_factory=dict)
    """Facts for the page, such as the claims that no passage supports."""


@dataclass(frozen=True)
class ServedRequest:
    """One question that a service was asked, and what became of it."""

    id: str
    """The id that the reply carries."""
    service_id: str
    asked_at: float
    """Unix seconds."""
    question: str
    answer: str = ""
    history: History = ()
    """The turns before a follow-up question."""
    filter: dict[str, Any] | None = None
    """The metadata that the documents searched must have; None for none."""
    role: Role = "main"
    """ "share" for the second winner's share of the traffic, "shadow" for an answer that nobody was shown,
    "test" for a question by which a gate or an experiment measures the service, "task" for what a chat
    program asks on its own account, such as a title."""
    shadow_of: str | None = None
    """The request that it shadows; None for one that was asked for."""
    user: str = ""
    """Hash of the user's key; "" when there was none."""
    texts: Texts = "full"
    """What is kept of the texts."""
    refused: bool = False
    """Whether the answer declines the question."""
    passages: tuple[PassageRecord, ...] = ()
    """The passages that the prompt held, best first."""
    seen: str = ""
    """Hash of what the user sees (`seen_key`), by which feedback finds it."""
    corpus_version: str = ""
    """Hash of the corpus's content that it rests on."""
    state: RequestState = "ok"
    """ "cancelled" when the client hung up."""
    error: str = ""
    """What went wrong, in words."""
    error_kind: str | None = None
    """The kind of ProviderError; None when nothing failed."""
    flags: tuple[str, ...] = ()
    """What is unusual about it, as short codes."""
    cached: bool = False
    """Whether an equal question had been answered already, or was being answered."""
    served_model: str | None = None
    """The model's name in the reply; None when the server gave none."""
    cost_usd: float | None = None
    """US dollars of new calls; None when a model has no price."""
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    """From the request to the whole answer."""
    stage_seconds: dict[str, float] = field(default_factory=dict)
    """Seconds by stage: "retrieve", "first_token", "generate"."""
    scored_at: float | None = None
    """When its scores were computed, in Unix seconds; None before."""
    score_versions: str = ""
    """The versions of the scores that it has, such as "grounding 9, refusal 6"; "" before."""
    scores: tuple[ServedScore, ...] = ()


@dataclass(frozen=True)
class CanaryAnswer:
    """The answer to one canary in one check."""

    canary_id: str
    """The question's id."""
    state: Literal["ok", "failed"]
    error: str = ""
    """What went wrong, in words."""
    request: str = ""
    """Hash of the request that the model got; "" when none was sent."""
    answer: str = ""
    refused: bool = False
    """Whether it declines the question."""
    passages: tuple[str, ...] = ()
    """Keys of the passages that the prompt held, best first."""
    scores: dict[str, float] = field(default_factory=dict)
    """Score name → value, for the scores that have one."""
    served_model: str | None = None
    """The model's name in the reply; None when the server gave none."""
    cost_usd: float | None = None
    """US dollars; None when a model has no price."""
    tokens: int = 0
    """Input and output tokens of generation."""
    seconds: float = 0.0
    repeat: int = 0
    """From 0: a check may ask a canary several times."""


@dataclass(frozen=True)
class ServiceCheck:
    """One time that a service's canaries were asked again."""

    id: int
    service_id: str
    day: int
    """Days since the winner was exported."""
    started_at: float
    """Unix seconds."""
    finished_at: float | None
    """Unix seconds; None while it runs, and when it was interrupted."""
    corpus_version: str
    found: dict[str, Any]
    """The document of `check --json`; empty before it has finished."""
    message: str = ""
    """Why it could not be finished, in words."""


@dataclass(frozen=True)
class Alarm:
    """A figure of a service that got worse beyond chance, or a verdict that something changed."""

    service_id: str
    figure: str
    """What is watched, such as "grounding"."""
    what: str
    """What happened, in a sentence."""
    since: float
    """When it began, as far as can be told, in Unix seconds."""
    sure: float
    """1 minus the chance of ever raising such an alarm where nothing changed."""
    part: str = ""
    """The part of the traffic, such as "tag: returns"; "" for all of it."""
    evidence: dict[str, Any] = field(default_factory=dict)
    """The figures behind it: e-value, means before and after with intervals, counts."""
    requests: tuple[str, ...] = ()
    """The ids of the requests that drive it, worst first."""
    id: int | None = None
    """None for one that is not stored yet."""
    raised_at: float = 0.0
    """Unix seconds; 0 for one that is not stored yet."""
    state: AlarmState = "open"
    note: str = ""
    """The user's note."""
    muted_until: float = 0.0
    """Until when it is not sent again, in Unix seconds; 0 when it is not muted."""
    closed_at: float = 0.0
    """When it was closed, in Unix seconds; 0 when it is not. Its figure is watched anew from then on."""
    deliveries: tuple[dict[str, Any], ...] = ()
    """({"to", "at", "error"}, …): where it was sent; an empty error when it arrived."""


@dataclass(frozen=True)
class Gate:
    """One comparison of a candidate with a base, with its verdict."""

    candidate: str
    """The candidate's name."""
    base: str
    """The base's name."""
    verdict: GateVerdict
    found: dict[str, Any]
    """The document of `gate --json`, with the questions that flipped."""
    id: int | None = None
    """None for one that is not stored yet."""
    created_at: float = 0.0
    """Unix seconds; 0 for one that is not stored yet."""
