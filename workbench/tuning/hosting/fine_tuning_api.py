"""Speaks OpenAI's protocol of fine-tuning: files, jobs, events. Several providers and local servers have it.
Knows nothing about when to ask or what a job costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from workbench.errors import ProviderError
from workbench.providers.connection import Connection
from workbench.providers.trust import Trust
from workbench.space.model import Model
from workbench.space.tuning import Setting

KEY = "workbench_key"
"""The name in a job's metadata under which a training's key stands."""
UPLOAD_SECONDS = 600.0
LONGEST_LIST = 100
_HYPERPARAMETERS = ("n_epochs", "batch_size", "learning_rate_multiplier", "beta")

State = Literal["waiting", "running", "done", "failed", "stopped"]
_STATES: dict[str, State] = {
    "validating_files": "waiting",
    "queued": "waiting",
    "pending": "waiting",
    "created": "waiting",
    "paused": "waiting",
    "running": "running",
    "succeeded": "done",
    "completed": "done",
    "failed": "failed",
    "error": "failed",
    "cancelled": "stopped",
}


@dataclass(frozen=True)
class HostedJob:
    """A job at a provider, as it stands."""

    id: str
    state: State
    model: str | None
    """The served name of what it made; None before it is done."""
    trained_tokens: int | None
    """How many tokens are charged; None where the provider does not say (yet)."""
    error: str
    """Why it failed, in the provider's words; "" where it did not."""
    file_id: str = ""
    """The uploaded file of training data."""


@dataclass(frozen=True)
class HostedProgress:
    """How far a job is, by its events."""

    step: int
    """Steps done; 0 before the first is reported."""
    steps: int
    """Steps in all; 0 where that is not known."""
    losses: tuple[tuple[int, float], ...]
    """(step, training loss), in order."""


class FineTuningApi:
    """The server of a parent model. Every method raises ProviderError."""

    def __init__(self, parent: Model, trust: Trust) -> None:
        limits = parent.limits.model_copy(
            update={"timeout_seconds": max(UPLOAD_SECONDS, parent.limits.timeout_seconds)}
        )
        self._parent = parent
        self._connection = Connection(parent.model_copy(update={"limits": limits}), trust)

    async def upload(self, name: str, data: bytes) -> str:
        """The id of a file of training data that the server now holds."""
        reply = await self._connection.upload("/files", (name, data), {"purpose": "fine-tune"})
        return self._text(reply, "id", "a file")

    async def create(
        self, file_id: str, kind: str, settings: Mapping[str, Setting], *, seed: int, key: str, suffix: str
    ) -> HostedJob:
        """Start a job. settings: those that the protocol has no name for are left out."""
        hyperparameters = {n: settings[n] for n in _HYPERPARAMETERS if settings.get(n) not in (None, "auto")}
        method = "dpo" if kind == "dpo" else "supervised"
        body = {
            "model": self._parent.model,
            "training_file": file_id,
            "method": {"type": method, method: {"hyperparameters": hyperparameters}},
            "seed": seed,
            "suffix": suffix,
            "metadata": {KEY: key},
        }
        return self._job(await self._connection.post("/fine_tuning/jobs", body))

    async def find(self, key: str) -> HostedJob | None:
        """The newest job of this key that can still end well, whoever started it; None without one. Servers
        that list no jobs have none."""
        try:
            reply = await self._connection.get(f"/fine_tuning/jobs?limit={LONGEST_LIST}")
        except ProviderError as error:
            if error.kind in ("no_model", "rejected"):
                return None
            raise
        rows = reply.get("data") if isinstance(reply, dict) else None
        for row in rows if isinstance(rows, list) else []:
            if isinstance(row, dict) and (row.get("metadata") or {}).get(KEY) == key:
                job = self._job(row)
                if job.state not in ("failed", "stopped"):
                    return job
        return None

    async def get(self, job_id: str) -> HostedJob:
        return self._job(await self._connection.get(f"/fine_tuning/jobs/{quote(job_id, safe='')}"))

    async def progress(self, job_id: str) -> HostedProgress:
        """What the job's events say; nothing where the server has no events."""
        path = f"/fine_tuning/jobs/{quote(job_id, safe='')}/events?limit={LONGEST_LIST}"
        try:
            reply = await self._connection.get(path)
        except ProviderError as error:
            if error.kind in ("no_model", "rejected"):
                return HostedProgress(0, 0, ())
            raise
        rows = reply.get("data") if isinstance(reply, dict) else None
        return read_events(rows if isinstance(rows, list) else [])

    async def cancel(self, job_id: str) -> HostedJob:
        return self._job(
            await self._connection.post(f"/fine_tuning/jobs/{quote(job_id, safe='')}/cancel", {})
        )

    async def delete_file(self, file_id: str) -> None:
        """The provider keeps the training data no longer."""
        await self._connection.delete(f"/files/{quote(file_id, safe='')}")

    async def close(self) -> None:
        await self._connection.close()

    def _job(self, reply: Any) -> HostedJob:
        state = _STATES.get(str(reply.get("status", "")).lower()) if isinstance(reply, dict) else None
        if state is None:
            raise self._odd(f"a job's state that is not known: {str(reply)[:200]}")
        error = reply.get("error")
        words = error.get("message") if isinstance(error, dict) else error
        tokens = reply.get("trained_tokens")
        return HostedJob(
            self._text(reply, "id", "a job"),
            state,
            reply.get("fine_tuned_model") or None,
            tokens if isinstance(tokens, int) and tokens >= 0 else None,
            " ".join(str(words or "").split()),
            str(reply.get("training_file") or ""),
        )

    def _text(self, reply: Any, name: str, what: str) -> str:
        value = reply.get(name) if isinstance(reply, dict) else None
        if not isinstance(value, str) or not value:
            raise self._odd(f"{what} without {name}: {str(reply)[:200]}")
        return value

    def _odd(self, what: str) -> ProviderError:
        return ProviderError(f"{self._parent.base_url} replied with {what}.", kind="nonsense")


def read_events(rows: list[Any]) -> HostedProgress:
    """The curve of a job's events, which come newest first."""
    losses: dict[int, float] = {}
    last = total = 0
    for row in reversed(rows):
        data = row.get("data") if isinstance(row, dict) else None
        if not isinstance(data, dict):
            continue
        step, loss, steps = (data.get(name) for name in ("step", "train_loss", "total_steps"))
        if isinstance(step, int):
            last = max(last, step)
            if isinstance(loss, int | float) and loss == loss:
                losses[step] = float(loss)
        if isinstance(steps, int):
            total = max(total, steps)
    return HostedProgress(last, total, tuple(sorted(losses.items())))


def suffix_of(name: str) -> str:
    """What a provider adds to the name of the model: letters, figures and hyphens, at most 18."""
    plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in name.lower())
    return "-".join(part for part in plain.split("-") if part)[-18:].strip("-") or "tuned"
