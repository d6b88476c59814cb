"""Defines the tables of the store (SQLModel). Rows never leave store/: reading returns records.
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
    model_config = {"defer_build": True}  # rows are not validated: pydantic need not learn how
    metadata = MetaData(naming_convention=_NAMING)


def sql_table(rows: type[Table]) -> SQLTable:
    """The table below a class of rows, for statements that an experiment repeats for every group of calls:
    without objects between, SQLAlchemy takes a third of the time."""
    below = inspect(rows).local_table
    assert isinstance(below, SQLTable)
    return below


def json_column(nullable: bool = False) -> Any:
    return Field(sa_column=Column(JSON, nullable=nullable))


def _where(condition: str) -> dict[str, Any]:
    """The condition of a partial index, as SQLAlchemy wants it for SQLite. PostgreSQL's tables take it from
    there (`dialects/postgresql_types.py`): named here, it would load that dialect into every process."""
    return {"sqlite_where": text(condition)}


def now() -> float:
    return time.time()


class ExperimentRow(Table, table=True):
    """An experiment. Times are Unix seconds."""

    __tablename__ = "experiment"

    id: str = Field(primary_key=True)
    name: str
    spec: dict[str, Any] = json_column()
    """The resolved experiment as JSON."""
    spec_hash: str = Field(index=True)
    """Equal for experiments of equal content (`spec_hash` in experiments.py)."""
    corpus_name: str
    corpus_path: str
    """The folder of the corpus when the experiment was created."""
    corpus_version: str
    """Hash of the corpus's content when the experiment was created."""
    today: str
    """The date that prompts show."""
    prices: dict[str, Any] = json_column()
    """Model name → price, null for an unpriced model."""
    space_notes: list[str] = json_column()
    """What the search space leaves out, in words."""
    problems: list[str] = json_column()
    """What should be known about the experiment, in words; shown as warnings."""
    state: str = Field(default="queued", index=True)
    """One of `State` in records.py, as last written: see `effective_state`."""
    message: str = ""
    """Why the experiment is in this state, in words."""
    stop_requested: bool = False
    budget_usd: float | None = None
    """The most US dollars that may be spent; None means no limit."""
    progress: dict[str, Any] = json_column()
    """Progress.to_json() of the present or the last run, and the seconds of the present one."""
    notes: str = ""
    """The user's notes."""
    archived: bool = False
    created_at: float = Field(default_factory=now)
    started_at: float | None = None
    """When it was first carried out; None before."""
    finished_at: float | None = None
    """When it was done or failed; None before."""
    seconds: float = 0.0
    """How long it was carried out, by holders that have ended."""
    baseline: str | None = None
    """The trial that people chose as the baseline after the run; None leaves the file's, or the first one."""
    lease_owner: str | None = None
    """The process that holds the lease (`owner_name`); None when nobody does."""
    lease_epoch: int = 0
    """Grows with every new holder."""
    lease_until: float = 0.0
    """When the lease ends by its holder's clock; 0 when nobody holds it."""
    place: str | None = None
    """Where it was queued (`place_of`); None in a store of one home."""


class ExperimentQuestionRow(Table, table=True):
    """A question as it was when the experiment was created."""

    __tablename__ = "experiment_question"

    experiment_id: str = Field(primary_key=True, foreign_key="experiment.id", ondelete="CASCADE")
    question_id: str = Field(primary_key=True)
    position: int
    """The question's place in the experiment, from 0."""
    part: str
    """The part of the questions: "search" or "holdout"; "probe" for a probe."""
    text: str
    answers: list[str] = json_column()
    """Reference answers."""
    evidence: list[list[Any]] = json_column()
    """[[document, start, end], …] in characters of the document."""
    answerable: bool | None
    """Whether the documents answer it; null when that is not known."""
    tags: list[str] = json_column()
    source: dict[str, str] | None = json_column(nullable=True)
    """Who made it: {"by", "name", "prompt", "date", "edited"}, as far as known; null when nobody said it."""
    group: str | None
    """Questions of one group are wordings of one fact."""
    cluster: str = Field(sa_column_kwargs={"server_default": ""})
    """Questions of one cluster count once in intervals and tests; empty for a question on its own."""
    history: list[list[str]] = Field(sa_column=Column(JSON, nullable=False, server_default="[]"))
    """[[role, text], …]: the turns before a follow-up question."""
    is_draft: bool = Field(sa_column_kwargs={"server_default": "0"})
    """Whether nobody had reviewed it."""
    filter: dict[str, Any] | None = json_column(nullable=True)
    """The metadata that the documents searched for it must have; null for none."""


class ConfigRow(Table, table=True):
    """A configuration: prompt, retrieval and model."""

    __tablename__ = "config"

    id: str = Field(primary_key=True)
    """Config.id, a hash of the content."""
    spec: dict[str, Any] = json_column()
    """The configuration as JSON."""
    created_at: float = Field(default_factory=now)
    """Unix seconds."""


class TrialRow(Table, table=True):
    """One configuration inside one experiment."""

    __tablename__ = "trial"
    __table_args__ = (UniqueConstraint("experiment_id", "number"),)

    id: str = Field(primary_key=True)
    experiment_id: str = Field(foreign_key="experiment.id", ondelete="CASCADE")
    number: int
    """The number in the experiment, from 1."""
    config_id: str = Field(foreign_key="config.id", index=True)
    name: str
    """A short name that tells it from the experiment's other trials."""
    state: str = "queued"
    """The state: "queued", "running", "done" or "dropped"."""
    in_final: bool = False
    """Whether it is one of the finalists, which answer the held-out questions."""
    note: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Why it is in this state, in words."""
    finished_at: float | None = None
    """Unix seconds; None before it is done."""


class SearchStepRow(Table, table=True):
    """A step that a search took, written before its answers are asked. A resumed search takes it again."""

    __tablename__ = "search_step"

    experiment_id: str = Field(primary_key=True, foreign_key="experiment.id", ondelete="CASCADE")
    number: int = Field(primary_key=True)
    """1 for the first step."""
    asks: list[list[Any]] = json_column()
    """[[trial number, [question id, …] or null for all questions], …]"""
    drops: dict[str, str] = json_column()
    """Trial number → why the trial is asked no more."""


class PassageRow(Table, table=True):
    """A chunk's text, stored once."""

    __tablename__ = "passage"

    key: str = Field(primary_key=True)
    """Hash of document, title, span and text."""
    document: str
    """The document's path inside the corpus."""
    title: str
    start: int
    """Where it begins in the document's text, in characters."""
    end: int
    """Where it ends in the document's text, in characters; exclusive."""
    page: int | None = None
    """The page it begins on, from 1; None for documents without pages."""
    tokens: int
    """Its length, counted with the embedded tokenizer."""
    text: str
    header: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """The header rows of the table in which it begins, where it does not hold them itself; "" for none."""


class RankingRow(Table, table=True):
    """What retrieval and reranking returned for one question."""

    __tablename__ = "ranking"

    key: str = Field(primary_key=True)
    """Hash of the question, the corpus's chunks and the retrieval settings."""
    items: list[list[Any]] = json_column()
    """[[passage key, score], …], best first."""
    flags: list[str] = json_column()
    """What is unusual about it, as short codes; and the condition that a model derived, behind
    `SEARCHED_WHERE` (answers.py)."""
    cost_usd: float | None = None
    """US dollars of query transform, query embedding and reranking; None when a model has no price."""
    seconds: float
    """Seconds of query transform, query embedding, search and reranking."""
    created_at: float = Field(default_factory=now)
    """Unix seconds."""


class CallRow(Table, table=True):
    """One request to a model: the ledger and the cache at once."""

    __tablename__ = "call"
    __table_args__ = (
        Index("uq_call_key_ok", "key", unique=True, **_where("outcome = 'ok'")),
        Index("ix_call_kind_model", "kind", "model_key"),
        # Covering indexes for sums of the ledger: the rows themselves carry the texts of replies.
        Index("ix_call_spent", "experiment_id", "outcome", "cost_usd", "usage_estimated", "flags"),
        Index("ix_call_spent_when", "created_at", "outcome", "cost_usd", "usage_estimated", "flags"),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str
    """Hash of the exact request, the model's identity and the repeat."""
    kind: str
    """What the call is for (`Kind` in pipeline/asker.py)."""
    model_name: str
    model_key: str
    """Hash of the model's identity."""
    repeat: int = 0
    outcome: str
    """The outcome: "ok", "failed", "duplicate" or "cleared" (CallRecord.outcome)."""
    text: str = ""
    """The reply, without thinking; where `thinking` is null, possibly with it."""
    thinking: str | None = None
    """What the model wrote for itself before it answered; null in rows from before there was this column."""
    error_kind: str | None = None
    """The kind of ProviderError; None when the call succeeded."""
    error: str = ""
    """What went wrong, in words."""
    flags: list[str] = json_column()
    """What is unusual about the reply, as short codes."""
    items: int = 1
    """How many texts an embedding call embedded; 1 for other calls."""
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    """Input tokens that the server had cached; part of input_tokens."""
    reasoning_tokens: int = 0
    """Output tokens of reasoning; part of output_tokens."""
    usage_estimated: bool = False
    """Whether the tokens were counted here, since the server reported none."""
    attempts: int = 1
    """How often it was sent, retries included."""
    seconds: float = 0.0
    served_model: str | None = None
    """The model's name in the reply; null when the server gave none, and in rows from before this column."""
    compute_seconds: float | None = None
    """Seconds that an embedded model computed; None for a served one."""
    price: dict[str, Any] | None = json_column(nullable=True)
    """The price that the cost was computed with; None for an unpriced model."""
    cost_usd: float | None = None
    """US dollars; None for an unpriced model."""
    passages: list[dict[str, Any]] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True), nullable=True)
    )
    """What a system says it retrieved, as it gave it; null for a model."""
    experiment_id: str | None = Field(default=None, foreign_key="experiment.id", ondelete="SET NULL")
    """The experiment that made the call; None outside experiments and when it was deleted."""
    created_at: float = Field(default_factory=now)
    """Unix seconds."""


class AnswerRow(Table, table=True):
    """One trial's answer to one question in one repeat."""

    __tablename__ = "answer"
    __table_args__ = (
        UniqueConstraint("trial_id", "question_id", "repeat"),
        # A covering index for counts.
        Index("ix_answer_counted", "trial_id", "state", "part", "refused", "reused", "call_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    trial_id: str = Field(foreign_key="trial.id", ondelete="CASCADE")
    question_id: str
    repeat: int
    """The number of the repeat, from 0."""
    part: str
    """The part of the questions: "search" or "holdout"; "probe" for a probe."""
    ranking_key: str | None = Field(default=None, foreign_key="ranking.key", index=True)
    """The ranking it used; None when retrieval failed."""
    call_id: int | None = Field(default=None, foreign_key="call.id", index=True)
    """The call that generated it; None when it failed."""
    passages: int = 0
    """How many of the ranking's passages the prompt held."""
    reused: bool = False
    """Whether the call was stored already."""
    state: str
    """The state: "ok" or "failed"."""
    error: str = ""
    """What went wrong, in words."""
    error_kind: str | None = None
    """The kind of ProviderError; None when nothing failed."""
    flags: list[str] = json_column()
    """What is unusual about it, as short codes."""
    seen: str = Field(index=True)
    """Hash of what a person sees: question, answer and passages (`seen_key`)."""
    refused: bool = False
    """Whether it declines the question."""
    cost_usd: float | None = None
    """US dollars of retrieval and generation; None when a model has no price."""
    seconds: float = 0.0
    """Seconds of retrieval and generation."""
    tokens: int = 0
    """Input and output tokens of generation."""


class ScoreRow(Table, table=True):
    """One metric's value for one answer."""

    __tablename__ = "score"
    __table_args__ = (
        # For queries that start from values. The index is partial so that SQLite does not choose it for
        # queries that start from answers: it uses a partial index only when the query states the condition.
        Index("ix_score_value", "name", "value", "answer_id", **_where("value IS NOT NULL")),
    )

    answer_id: int = Field(primary_key=True, foreign_key="answer.id", ondelete="CASCADE")
    name: str = Field(primary_key=True)
    key: str = Field(index=True)
    """Hash of the metric, its version and all that it looked at."""
    value: float | None = None
    """None unless the status is "ok"."""
    status: str
    """The outcome of scoring: "ok", "failed" or "not_applicable"."""
    reason: str = ""
    """Why it failed or does not apply, in words."""
    detail: dict[str, Any] = json_column()
    """Facts for the page that shows the answer, such as claims and their support."""


class TrialSummaryRow(Table, table=True):
    """A trial's figures on one part of the questions (`Summary`), written as it goes and when it finishes."""

    __tablename__ = "trial_summary"

    trial_id: str = Field(primary_key=True, foreign_key="trial.id", ondelete="CASCADE")
    part: str = Field(primary_key=True)
    """The part of the questions: "search" or "holdout"."""
    answers: int
    """How many answers there are, failed ones included."""
    failed_answers: int
    cost_per_1k_questions: float | None = None
    """US dollars; None when a model has no price."""
    tokens_per_answer: float | None = None
    """Mean number of tokens; None without answers."""
    seconds_p50: float | None = None
    """Median seconds of an answer; None without answers."""
    seconds_p95: float | None = None
    """95th percentile of the seconds of an answer; None without answers."""
    defects: dict[str, int] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False, server_default="{}")
    )
    """What is wrong with the texts of replies (`replies/defects.py`): flag → how many answers have it."""
    consistency: dict[str, Any] | None = json_column(nullable=True)
    """`Consistency` as JSON; None without repeats."""


class ScoreSummaryRow(Table, table=True):
    """One score of a trial on one part of the questions (`Figure`)."""

    __tablename__ = "score_summary"

    trial_id: str = Field(primary_key=True, foreign_key="trial.id", ondelete="CASCADE")
    part: str = Field(primary_key=True)
    """The part of the questions: "search" or "holdout"."""
    name: str = Field(primary_key=True)
    """The name of the score."""
    mean: float | None = None
    """None where there is nothing to average."""
    low: float | None = None
    """The lower end of the 95% interval; None where there is no interval."""
    high: float | None = None
    """The upper end of the 95% interval; None where there is no interval."""
    count: int
    """How many answers were averaged."""
    failed: int
    """How many answers could not be scored."""
    not_applicable: int
    """How many answers the score does not apply to."""
    note: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Why there is no mean or interval, in words."""
    groups: int | None = None
    """Into how many groups the questions fall; null where every question stands alone."""


class ComparisonRow(Table, table=True):
    """One trial compared with another by one score, over the selection questions that both were asked."""

    __tablename__ = "comparison"

    experiment_id: str = Field(primary_key=True, foreign_key="experiment.id", ondelete="CASCADE")
    kind: str = Field(primary_key=True)
    """The kind: "leader" or "baseline", replaced as a whole, or "pair", which people ask for one by one."""
    score: str = Field(primary_key=True)
    """The name of the score or cost."""
    trial_id: str = Field(primary_key=True, foreign_key="trial.id", ondelete="CASCADE", index=True)
    other_id: str = Field(primary_key=True, foreign_key="trial.id", ondelete="CASCADE", index=True)
    mean: float | None = None
    """The mean difference, trial minus other; None where there is nothing to compare."""
    low: float | None = None
    """The lower end of the 95% interval; None where no test is possible."""
    high: float | None = None
    """The upper end of the 95% interval; None where no test is possible."""
    p: float | None = None
    """p-value of a paired permutation test, two-sided; None where no test is possible."""
    p_corrected: float | None = None
    """The p-value, corrected for `compared` comparisons; None where no test is possible."""
    compared: int
    """How many comparisons the correction covers."""
    questions: int
    """How many questions both trials were scored on."""
    questions_needed: int | None = None
    """Questions needed to detect a true difference of this size with 80% power; None where it is unknown."""
    better: bool | None = None
    """Whether a significant difference, corrected, favours the trial; None when they are tied."""
    better_alone: bool | None = None
    """The same by p, for this pair alone."""
    verdict: str
    """The result in words."""
    groups: int | None = None
    """Into how many groups these questions fall; null where every question stands alone."""


class EffectsRow(Table, table=True):
    """What each axis does to one score."""

    __tablename__ = "effects"

    experiment_id: str = Field(primary_key=True, foreign_key="experiment.id", ondelete="CASCADE")
    score: str = Field(primary_key=True)
    """The name of the score or cost."""
    found: dict[str, Any] = json_column()
    """The document of `effects --json`."""
    made_at: float = Field(default_factory=now)
    """Unix seconds."""


class RatingRow(Table, table=True):
    """A person's thumb on an answer. It copies what was seen, so that it outlives experiments."""

    __tablename__ = "rating"
    __table_args__ = (UniqueConstraint("seen", "rater"),)

    id: int | None = Field(default=None, primary_key=True)
    seen: str
    """Hash of what was seen (`seen_key`)."""
    rater: str
    value: int
    """1 for thumbs up, -1 for thumbs down."""
    comment: str = ""
    stars: int | None = None
    """1 to 5, where the rater gave stars; value follows from them. Null for a plain thumb."""
    tags: list[str] = Field(sa_column=Column(JSON, nullable=False, server_default="[]"))
    """Why, by the names of `REASONS` in feedback/reasons.py."""
    source: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Where it was given, such as "open-webui", when it was imported; "" when it was given here."""
    question: str
    answer: str
    better_answer: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """What the rater would have answered; "" when nothing was said."""
    passages: list[str] = json_column()
    """Keys of the passages that were shown."""
    history: list[list[str]] = Field(sa_column=Column(JSON, nullable=False, server_default="[]"))
    """[[role, text], …]: the turns before a follow-up question."""
    created_at: float = Field(default_factory=now)
    """Unix seconds."""
    updated_at: float = Field(default_factory=now)
    """Unix seconds."""


class PreferenceRow(Table, table=True):
    """A person's choice between two answers to one question. It copies what was seen, as a rating does."""

    __tablename__ = "preference"
    __table_args__ = (UniqueConstraint("first_seen", "second_seen", "rater"),)

    id: int | None = Field(default=None, primary_key=True)
    first_seen: str
    """Hash of what was seen on one side (`seen_key`); sorts before second_seen."""
    second_seen: str = Field(index=True)
    """Hash of what was seen on the other side (`seen_key`)."""
    rater: str
    choice: str
    """The better side, "first" or "second", or that both are "good" or "bad"."""
    comment: str = ""
    question: str
    first_answer: str
    second_answer: str
    history: list[list[str]] = Field(sa_column=Column(JSON, nullable=False, server_default="[]"))
    """[[role, text], …]: the turns before a follow-up question."""
    tags: list[str] = Field(sa_column=Column(JSON, nullable=False, server_default="[]"))
    """Why the answer that was not chosen is worse, or both are bad: names of REASONS."""
    better_answer: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """What the rater would have answered; empty when nothing was typed."""
    created_at: float = Field(default_factory=now)
    """Unix seconds."""
    updated_at: float = Field(default_factory=now)
    """Unix seconds."""


class PromptRow(Table, table=True):
    """One version of a prompt."""

    __tablename__ = "prompt"

    name: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    """From 1."""
    system: str | None = None
    """The system message; None means there is none."""
    template: str
    """The user message with its variables."""
    notes: str = ""
    parent: str | None = None
    """The label of the version that it was made from, such as "concise@2"; null for none."""
    reason: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Why it differs from its parent, in words; "" when nothing was said."""
    source: str
    """Where it was written: in the "app", in the "file" experiments/prompts.yaml, or by "optimising"."""
    hidden: bool = False
    """Whether lists leave it out."""
    created_at: float = Field(default_factory=now)
    """Unix seconds."""


class ModelRow(Table, table=True):
    """A registered model."""

    __tablename__ = "model"

    name: str = Field(primary_key=True)
    spec: dict[str, Any] = json_column()
    """The model as JSON, without defaults."""
    source: str
    """Where it was last changed: in the "app", or in the "file" experiments/models.yaml."""
    updated_at: float = Field(default_factory=now)
    """Unix seconds."""


class ConfirmedHostRow(Table, table=True):
    """A host that the user confirmed, for the key in one variable."""

    __tablename__ = "confirmed_host"

    variable: str = Field(primary_key=True)
    """The environment variable of the key; "" for a model without one."""
    origin: str = Field(primary_key=True)
    """Scheme, host and port."""
    confirmed_at: float = Field(default_factory=now)
    """Unix seconds."""


class WorkerRow(Table, table=True):
    """A worker process."""

    __tablename__ = "worker"

    id: str = Field(primary_key=True)
    host: str
    pid: int
    started_at: float = Field(default_factory=now)
    """Unix seconds."""
    seen_at: float = Field(default_factory=now)
    """The time of its last heartbeat, in Unix seconds."""
    doing: str = ""
    """The id of the experiment that it carries out; "" when it carries out none."""
    place: str | None = None
    """Where it works (`place_of`); None in a store of one home."""


class RequestRow(Table, table=True):
    """A small piece of work that a page asks of the worker. The results arrive as events."""

    __tablename__ = "request"

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    """What is asked for, such as a preview of chunks."""
    payload: dict[str, Any] = json_column()
    state: str = Field(default="waiting", index=True)
    """The state: "waiting", "taken", "stopping", "done" or "cancelled"."""
    created_at: float = Field(default_factory=now)
    """Unix seconds."""
    place: str | None = None
    """Where it was made (`place_of`); None in a store of one home."""


class EventRow(Table, table=True):
    """One step of the worker's reply to a request."""

    __tablename__ = "event"

    id: int | None = Field(default=None, primary_key=True)
    request_id: int = Field(foreign_key="request.id", ondelete="CASCADE", index=True)
    kind: str
    """The kind: "piece", "result" or "error"; the last two end the request."""
    payload: dict[str, Any] = json_column()
    created_at: float = Field(default_factory=now)
    """Unix seconds."""
