"""The tree of errors that a user can cause or must hear of.
Knows nothing about where they are caught: the command line and the pages catch WorkbenchError only.

    WorkbenchError
    ├── InputError              what the user gave is wrong            (exit 2)
    │   ├── CorpusError         a document or a folder of documents
    │   ├── QuestionError       a question file; names file and line
    │   ├── ExperimentError     an experiment file or its space
    │   ├── PromptError         a template
    │   └── ModelError          a model that is not registered or badly described
    ├── StoreError              the database: newer, locked, full, damaged
    │   └── LeaseLost           another worker holds what this one was writing
    ├── ProviderError           a model's server: see its `kind`
    ├── IndexBuildError         a search index that cannot be built or read
    └── Stopped                 the user or the budget ended the work   (exit 3)
"""

from __future__ import annotations

from typing import Literal

# What the user can do next, by name. The command line says which command does it (cli/remedies.py).
RemedyName = Literal[
    "export", "list_answers", "list_experiments", "register_model", "show_leaderboard", "show_status",
    "start_worker", "test_connection", "tune",
]  # fmt: skip
Remedy = tuple[RemedyName] | tuple[RemedyName, str]


class WorkbenchError(Exception):
    """Something a user can understand and act on.

    hint: the next step, in one sentence, wherever the error is shown.
    remedy: the name of the action that helps, and what it acts on (an experiment's id, a model's name).
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None, remedy: Remedy | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class InputError(WorkbenchError):
    exit_code = 2


class CorpusError(InputError):
    pass


class QuestionError(InputError):
    pass


class ExperimentError(InputError):
    pass


class PromptError(InputError):
    pass


class ModelError(InputError):
    pass


class StoreError(WorkbenchError):
    pass


class LeaseLost(StoreError):
    pass


class IndexBuildError(WorkbenchError):
    pass


class ProviderError(WorkbenchError):
    """A model could not be asked, or did not answer properly.

    `kind` is one of ProviderError.KINDS; `retryable` says whether the same request may go through later;
    `retry_after` is in seconds when the server named it; `attempts` counts the requests that were sent;
    `billed` is the Usage of a reply that was no use but was paid for, with its `seconds`.
    """

    KINDS = (
        "refused",  # nothing listens there
        "timeout",
        "key",  # missing or wrong key
        "no_model",
        "rate_limit",
        "server",  # 5xx
        "cut",  # the connection broke in mid-reply
        "nonsense",  # a reply that is not the protocol's
        "empty",  # a reply without text
        "context",  # the prompt is longer than the model takes
        "rejected",  # any other 4xx
    )

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
    ) -> None:
        super().__init__(message, hint=hint, remedy=remedy)
        self.billed = billed
        self.seconds = seconds
        self.kind = kind
        self.retryable = retryable
        self.retry_after = retry_after
        self.attempts = attempts


class Stopped(WorkbenchError):
    """`state` is the state the experiment is left in."""

    exit_code = 3
    state: Literal["stopped", "stopped: budget", "paused"] = "stopped"
