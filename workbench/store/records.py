"""Defines what the store reads and writes: plain frozen data, never live rows.
Knows nothing about tables or sessions."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from workbench.corpus.types import History, Question, QuestionSource, below_header
from workbench.replies.system_passages import SystemPassage
from workbench.space.config import Config
from workbench.space.experiment import Experiment

State = Literal[
    "queued", "running", "stopping", "stopped", "stopped: budget", "paused", "interrupted", "done", "failed"
]
ACTIVE: tuple[State, ...] = ("queued", "running", "stopping")
"""The states of experiments that are carried out or wait for it."""
CARRIED_OUT: tuple[State, ...] = ("running", "stopping")
RESUMABLE: tuple[State, ...] = ("stopped", "stopped: budget", "paused", "interrupted", "failed")
"""The states from which an experiment can be queued again."""


@dataclass(frozen=True)
class ExperimentRecord:
    """An experiment as stored. Times are Unix seconds."""

    id: str
    name: str
    experiment: Experiment
    """The experiment with every name resolved."""
    corpus_path: str
    """The folder of the corpus when the experiment was created."""
    corpus_version: str
    """Hash of the corpus's content when the experiment was created."""
    today: str
    """The date that prompts show."""
    prices: dict[str, Any]
    """Model name → price as JSON; None for an unpriced model."""
    space_notes: tuple[str, ...]
    """What the search space leaves out, in words."""
    problems: tuple[str, ...]
    """What should be known about the experiment, in words; shown as warnings."""
    state: State
    """The state as a person should see it: "interrupted" when the worker is gone."""
    message: str
    """Why the experiment is in this state, in words."""
    stop_requested: bool
    budget_usd: float | None
    """The most US dollars that may be spent; None means no limit."""
    baseline: str | None
    """The trial that people chose as the baseline after the run; None leaves the file's, or the first one."""
    progress: dict[str, Any]
    """Progress.to_json() of the present or the last run."""
    notes: str
    """The user's notes."""
    archived: bool
    created_at: float
    started_at: float | None
    """When it was first carried out; None before."""
    finished_at: float | None
    """When it was done or failed; None before."""
    seconds: float
    """How long it has been carried out in all."""
    machine: str = ""
    """The name of the machine that carries it out; "" when none does."""


@dataclass(frozen=True)
class Lease:
    """The right to write an experiment's results. Every write checks the epoch."""

    experiment_id: str
    owner: str
    """The name of the process that holds it, see `owner_name`."""
    epoch: int
    """Grows with every new holder, so that a former holder cannot write any more."""
    claimed_at: float = field(default_factory=time.time, compare=False)
    """Unix seconds."""


@dataclass(frozen=True)
class HeldLease:
    """A lease as another process sees it."""

    experiment_id: str
    epoch: int
    until: float
    """When it ends: Unix seconds by the holder's clock."""
    ran_out: bool
    """Whether it has ended by the reader's clock. A clock that was set forward makes a lease look ended until
    its holder renews it, a second later."""


@dataclass(frozen=True)
class ExperimentQuestion:
    """A question that an experiment asks."""

    question: Question
    part: str
    """The part of the questions: "search" or "holdout"; "probe" for a probe."""
    position: int
    """Its place among the experiment's questions, from 0."""
    cluster: str = ""
    """Questions of one cluster count once in intervals and tests; empty for a question on its own."""


@dataclass(frozen=True)
class QuestionHeader:
    """What statistics need to know of a question that an experiment asks."""

    id: str
    part: str
    """The part of the questions: "search" or "holdout"."""
    cluster: str
    """Questions of one cluster count once; the question's own id where it is on its own."""
    source: QuestionSource | None
    """Who made it; None when nobody said it."""
    is_draft: bool
    """Whether nobody had reviewed it."""


@dataclass(frozen=True)
class TrialRecord:
    """A trial: one configuration inside one experiment."""

    id: str
    experiment_id: str
    number: int
    """Its number in the experiment, from 1."""
    name: str
    """A short name that tells it from the experiment's other trials."""
    config: Config
    state: str
    """The state of the trial: "queued", "running", "done" or "dropped"."""
    in_final: bool
    """Whether it is one of the finalists, which answer the held-out questions."""
    note: str = ""
    """Why it is in this state, in words."""


@dataclass(frozen=True)
class SearchStepRecord:
    """A step that a search took, in terms that hold on any machine."""

    asks: Sequence[tuple[int, Sequence[str] | None]]
    """(trial number, ids of the questions to ask, or None for all of the search part)"""
    drops: Mapping[int, str]
    """Trial number → why the trial is asked no more."""


@dataclass(frozen=True)
class CallRecord:
    """A request to a model with its reply, stored or to be stored."""

    key: str
    """Hash of the exact request, the model's identity and the repeat."""
    kind: str
    """What the call is for, such as "generate", "embed" or "judge" (`Kind` in pipeline/asker.py)."""
    model_name: str
    model_key: str
    """Hash of the model's identity."""
    outcome: Literal["ok", "failed", "duplicate", "cleared"]
    """A "duplicate" was paid for while another run stored the same call; a "cleared" reply is one whose text
    `clean` has deleted. Both stay in the ledger's sum and answer no request."""
    repeat: int = 0
    text: str = ""
    """The reply, without thinking."""
    thinking: str = ""
    """What the model wrote for itself before it answered."""
    error_kind: str | None = None
    """The kind of ProviderError; None when the call succeeded."""
    error: str = ""
    """What went wrong, in words."""
    flags: tuple[str, ...] = ()
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
    """The model's name in the reply; None when the server gave none."""
    compute_seconds: float | None = None
    """Seconds that an embedded model computed; None for a served one."""
    price: dict[str, Any] | None = None
    """The price that the cost was computed with; None for an unpriced model."""
    cost_usd: float | None = None
    """US dollars; None for an unpriced model."""
    passages: tuple[SystemPassage, ...] = ()
    """What a system says it retrieved, best first; () for a model."""
    experiment_id: str | None = None
    """The experiment that made the call; None outside experiments."""
    id: int | None = None
    """None for a call that is not stored yet."""


@dataclass(frozen=True)
class PassageRecord:
    """A retrieved piece of a document."""

    key: str
    """Hash of document, span, title and text."""
    document: str
    """The document's path inside the corpus."""
    title: str
    start: int
    """Where it begins in the document's text, in characters."""
    end: int
    """Where it ends in the document's text, in characters; exclusive."""
    page: int | None
    """The page it begins on, from 1; None for documents without pages."""
    tokens: int
    """Its length, counted with the embedded tokenizer."""
    text: str
    header: str = ""
    """The header rows of the table in which it begins, where it does not hold them itself; "" for none."""

    @property
    def shown(self) -> str:
        """What the model is shown below the title: the header rows and the text."""
        return below_header(self.header, self.text)


@dataclass(frozen=True)
class RankingRecord:
    """What retrieval and reranking returned for one question."""

    key: str
    """Hash of the question, the corpus's chunks and the retrieval settings."""
    items: tuple[tuple[str, float], ...]
    """(passage key, score), best first."""
    seconds: float
    """Seconds of query transform, query embedding, search and reranking."""
    cost_usd: float | None
    """US dollars of the same; None when a model has no price."""
    flags: tuple[str, ...] = ()
    """What is unusual about it, as short codes."""
    condition: str | None = None
    """The condition on metadata that a model derived from the question, as JSON; None for none."""


@dataclass(frozen=True)
class ScoreRecord:
    """One metric's value for one answer."""

    name: str
    key: str
    """Hash of the metric, its version and all that it looked at."""
    value: float | None
    """None unless the status is "ok"."""
    status: str
    """The outcome of scoring: "ok", "failed" or "not_applicable"."""
    reason: str = ""
    """Why it failed or does not apply, in words."""
    detail: dict[str, Any] = field(default_factory=dict)
    """Facts for the page that shows the answer, such as claims and their support."""


@dataclass(frozen=True)
class NewAnswer:
    """An answer with its scores, ready to be stored."""

    trial_id: str
    question_id: str
    repeat: int
    """The number of the repeat, from 0."""
    part: str
    """The part of the questions: "search" or "holdout"; "probe" for a probe."""
    state: Literal["ok", "failed"]
    ranking_key: str | None
    """The ranking it used; None when retrieval failed."""
    call_key: str | None
    """The call that generated it; None when it failed."""
    passages: int
    """How many of the ranking's passages the prompt held."""
    reused: bool
    """Whether the call was stored already."""
    seen: str
    """Hash of what a person sees: question, answer and passages (`seen_key`)."""
    refused: bool
    """Whether it declines the question."""
    cost_usd: float | None
    """US dollars of retrieval and generation; None when a model has no price."""
    seconds: float
    """Seconds of retrieval and generation."""
    tokens: int
    """Input and output tokens of generation."""
    error: str = ""
    """What went wrong, in words."""
    error_kind: str | None = None
    """The kind of ProviderError; None when nothing failed."""
    flags: tuple[str, ...] = ()
    """What is unusual about it, as short codes."""
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
    """The part of the questions: "search" or "holdout"; "probe" for a probe."""
    repeat: int
    """The number of the repeat, from 0."""
    state: str
    """The state of the answer: "ok" or "failed"."""
    error: str
    """What went wrong, in words."""
    flags: tuple[str, ...]
    """What is unusual about it, as short codes."""
    refused: bool
    """Whether it declines the question."""
    reused: bool
    """Whether its call was stored already."""
    text: str
    """The answer, without thinking."""
    thinking: str
    """What the model wrote for itself before it answered; "" when there is none."""
    passages: tuple[PassageRecord, ...]
    """The passages that the prompt held, best first."""
    passage_scores: tuple[float, ...]
    """The retrieval scores of these passages."""
    scores: tuple[ScoreRecord, ...]
    seen: str
    """Hash of what a person sees: question, answer and passages (`seen_key`)."""
    cost_usd: float | None
    """US dollars of retrieval and generation; None when a model has no price."""
    seconds: float
    """Seconds of retrieval and generation."""
    input_tokens: int
    output_tokens: int
    thinking_tokens: int
    """Part of output_tokens; 0 where it is not known."""
    call_key: str = ""
    """The key of the call that generated it; "" where none did."""
    served_model: str | None = None
    """The model's name in the reply; None when the server gave none."""
    condition: str | None = None
    """The condition on metadata that a model derived from the question, as JSON; None for none, and in
    answers from before it was stored."""


@dataclass(frozen=True)
class Preference:
    """A person's choice between two answers to one question."""

    first_seen: str
    """Hash of what was seen on the first side (`seen_key`)."""
    second_seen: str
    """Hash of what was seen on the second side (`seen_key`)."""
    rater: str
    choice: Literal["first", "second", "good", "bad"]
    """The better side, or that both are "good" or "bad"."""
    question: str
    first_answer: str
    second_answer: str
    comment: str = ""
    updated_at: float = 0.0
    """Unix seconds; 0 for a choice that is not stored yet."""
    history: History = ()
    """The turns before the question."""
    tags: tuple[str, ...] = ()
    """Why the answer that was not chosen is worse, or both are bad: names of REASONS."""
    better_answer: str = ""
    """What the rater would have answered; "" when nothing was typed."""


@dataclass(frozen=True)
class Rating:
    """A person's thumb on an answer."""

    seen: str
    """Hash of what was seen (`seen_key`)."""
    rater: str
    value: int
    """1 for thumbs up, -1 for thumbs down."""
    comment: str
    question: str
    answer: str
    passages: tuple[str, ...]
    """Keys of the passages that were shown."""
    updated_at: float
    """Unix seconds."""
    history: History = ()
    """The turns before the question."""
    better_answer: str = ""
    """What the answer should have been, in the rater's words; "" when they did not say."""
    stars: int | None = None
    """1 to 5, where the rater gave stars; None for a plain thumb."""
    tags: tuple[str, ...] = ()
    """Why, by the names of reasons."""
    source: str = ""
    """Where it was given, such as "open-webui"; "" when it was given here."""
