"""Defines the errors that a user can cause or has to know about.
Knows nothing about where they are caught: the command line and the pages catch WorkbenchError only.

    WorkbenchError
    ├── InputError              the user's input is wrong              (exit 2)
    │   ├── CorpusError         a document or a folder of documents
    │   ├── QuestionError       a question file; names file and line
    │   ├── ExperimentError     an experiment file or its space
    │   │   └── CodeNotAllowed      code of an experiment that nobody said may run
    │   ├── PromptError         a template
    │   ├── ModelError          a model that is not registered or not described well
    │   │   └── HostNotConfirmed    a host that nobody said may get a key or documents
    │   ├── MissingPackage      what is asked for needs a package that is not installed
    │   └── TuningError         a recipe, its data or a parent's weights
    ├── StoreError              the database: newer, locked, full, damaged, unreachable
    │   ├── DiskFull            no room left on the database's disk
    │   ├── StoreUnavailable    the shared database cannot be reached, or undid a transaction
    │   └── LeaseLost           another worker has taken over the experiment
    ├── ProviderError           a model's server: its `kind` says what is wrong
    ├── TuningFailed            a training that was begun and failed
    ├── IndexBuildError         a search index that cannot be built or read
    └── Stopped                 the user or the budget ended the work   (exit 3)
"""

from __future__ import annotations

from typing import Literal

# The names of what the user can do next. cli/remedies.py tells which command does it.
RemedyName = Literal[
    "allow_code", "check_installation", "export", "list_answers", "list_experiments", "move_store",
    "register_model", "show_leaderboard", "show_status", "start_cluster", "start_worker", "stop",
    "test_connection", "trust_hosts", "tune",
]  # fmt: skip
Remedy = tuple[RemedyName] | tuple[RemedyName, str]


class WorkbenchError(Exception):
    """An error that a user can understand and act on."""

    exit_code = 1
    """The exit code of a command that ends with this error."""

    message: str
    """What is wrong, in one sentence."""
    hint: str | None
    """The next step, in one sentence; None when there is none to suggest."""
    remedy: Remedy | None
    """The action that helps, with what it acts on (an experiment's id, a model's name); None without one."""
    about: str | None
    """The key that is wrong, of the experiment file or of a model's description, where the message does not
    begin with it; None for any other error."""

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        remedy: Remedy | None = None,
        about: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.remedy = remedy
        self.about = about

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


def reason_of(error: Exception) -> str:
    """What an error of the operating system says, without its number and path; any other error's words."""
    return getattr(error, "strerror", None) or str(error)


class InputError(WorkbenchError):
    """The user's input is wrong."""

    exit_code = 2


class CorpusError(InputError):
    """A document or a folder of documents is wrong or missing."""


class QuestionError(InputError):
    """A question or a question file is wrong; the message names file and line."""


class ExperimentError(InputError):
    """An experiment file or its space of configurations is wrong."""


class CodeNotAllowed(ExperimentError):
    """Code would run that the user has not allowed. None of it was run."""


class PromptError(InputError):
    """A prompt's template is wrong or missing."""


class ModelError(InputError):
    """A model is not registered, or its description is wrong."""


class HostNotConfirmed(ModelError):
    """Something would be sent to a host that the user has not confirmed for it. Nothing was sent."""

    pairs: tuple[tuple[str, str], ...] = ()
    """What a yes would confirm: the variable of each key ("" without one), with the address that gets it."""


class MissingPackage(InputError):
    """What is asked for needs a package that is not installed."""


class TuningError(InputError):
    """A recipe, its settings or its data are wrong, or a parent's weights cannot be had."""


class StoreError(WorkbenchError):
    """The database cannot be used: it is newer than the program, locked, full or damaged."""


class DiskFull(StoreError):
    """Raised when the disk of the database has no room left."""


class StoreUnavailable(StoreError):
    """The database could not be reached, or undid a transaction, of which nothing is stored: run it again."""


class LeaseLost(StoreError):
    """Another worker has taken over the experiment, so this one must not write to it any more."""


class TuningFailed(WorkbenchError):
    """A training was begun and failed, or its result cannot be used."""


class IndexBuildError(WorkbenchError):
    """A search index cannot be built or read."""


class ProviderError(WorkbenchError):
    """A model could not be asked, or its reply is not usable."""

    KINDS = (
        "refused",  # nothing listens at the address
        "unreachable",  # a certificate or a proxy that has to be set otherwise
        "timeout",
        "key",  # a missing or wrong key
        "no_model",
        "payment",  # the account has no money left
        "rate_limit",
        "server",  # 5xx
        "cut",  # the connection broke in mid-reply
        "nonsense",  # a reply that does not follow the protocol
        "empty",  # a reply without text
        "context",  # the prompt is longer than the model's context
        "batch",  # a 4xx for several texts to embed: fewer at a time may be accepted
        "rejected",  # any other 4xx
    )
    """What can be wrong."""

    kind: str
    """One of KINDS."""
    retryable: bool
    """Whether the same request may succeed later."""
    retry_after: float | None
    """Seconds to wait before the next attempt, when the server names them."""
    attempts: int
    """How many requests were sent."""
    billed: object | None
    """The Usage of a reply that was paid for but not usable; None when there was no such reply."""
    seconds: float
    """How long that reply took."""
    flags: tuple[str, ...]
    """What is unusual about that reply, such as "empty"; () when there was no such reply."""
    status: int | None
    """The HTTP status of a server's refusal, or what its error's code stands for; None without one."""
    words: str
    """What the server said, on one line; "" where it said nothing."""

    def __init__(
        self,
        message: str,
        *,
        kind: str,
        retryable: bool = False,
        retry_after: float | None = None,
        attempts: int = 1,
        hint: str | None = None,
        remedy: Remedy | None = None,
        billed: object | None = None,
        seconds: float = 0.0,
        flags: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, hint=hint, remedy=remedy)
        self.flags = flags
        self.status = None
        self.words = ""
        self.billed = billed
        self.seconds = seconds
        self.kind = kind
        self.retryable = retryable
        self.retry_after = retry_after
        self.attempts = attempts


def deepest(error: BaseException) -> BaseException:
    """The first error that a group of errors holds, however deep; another error as it is."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


class Stopped(WorkbenchError):
    """The user, the budget or a server that does not answer ended the work."""

    exit_code = 3
    state: Literal["stopped", "stopped: budget", "paused"] = "stopped"
    """The state in which the experiment is left."""
