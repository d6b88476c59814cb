"""Carries out one training at a provider: uploads the data, starts the job once, follows it to its end.
Knows nothing about the protocol (fine_tuning_api.py), nor about where trainings are stored."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from workbench.errors import ProviderError, Stopped, TuningError, TuningFailed
from workbench.fingerprint import fingerprint
from workbench.formatting import counted
from workbench.input.time_span import time_span_in_words
from workbench.space.model import Model
from workbench.space.tuning import Setting
from workbench.store.records import CallRecord
from workbench.tuning.hosting.fine_tuning_api import FineTuningApi, HostedJob, HostedProgress, suffix_of

Result = TypeVar("Result")

POLL_SECONDS = 10.0
PATIENCE_SECONDS = 900.0
"""A provider that does not answer for so long is given up on for now: the job may go on without us."""
CHARACTERS_A_TOKEN = 4.0
DEFAULT_EPOCHS = 3
"""What providers take where none is asked for, as far as their documents say."""
UNKNOWN = ("no_model", "rejected")
"""The kinds of error by which a server says that it has no such job."""
LEAST_ROWS = 10
"""OpenAI refuses files with fewer."""


@dataclass(frozen=True)
class HostedTraining:
    """What is to be trained."""

    key: str
    """`Tuning.key`: a provider is asked for it once."""
    name: str
    """The name of the model that it makes."""
    kind: str
    """"sft" or "dpo": providers have no training from single thumbs."""
    data: Path
    """A file in the format `openai`."""
    settings: Mapping[str, Setting]
    """n_epochs, batch_size, learning_rate_multiplier; those that are not given are the provider's choice."""
    seed: int
    price_per_million_tokens: float | None
    """US dollars for a million trained tokens; None where it is not known."""


@dataclass(frozen=True)
class HostedResult:
    """What a provider made."""

    model: str
    """The name that the server knows it by."""
    trained_tokens: int
    tokens_estimated: bool
    """Whether the tokens were estimated here, since the provider reported none."""
    cost_usd: float | None
    """US dollars; None without a price."""
    losses: tuple[tuple[int, float], ...]
    """(step, training loss), in order."""


OnProgress = Callable[[HostedProgress, str], Awaitable[None] | None]
"""Takes how far the job is, and in words what it does."""


def estimate_tokens(data: Path, settings: Mapping[str, Setting]) -> int:
    """How many tokens a provider will charge, about: those of all texts, once for every epoch."""
    epochs = settings.get("n_epochs")
    times = epochs if isinstance(epochs, int | float) and not isinstance(epochs, bool) else DEFAULT_EPOCHS
    characters = sum(_texts(json.loads(line)) for line in data.read_text("utf-8").splitlines() if line)
    return math.ceil(characters / CHARACTERS_A_TOKEN * times)


def _texts(value: object) -> int:
    """The length of all texts inside a row."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(_texts(inner) for name, inner in value.items() if name != "role")
    return sum(map(_texts, value)) if isinstance(value, list) else 0


def check_hosted(training: HostedTraining, room_usd: float | None) -> None:
    """Raise TuningError for what a provider would refuse, and for what the budget has no room for.

    room_usd: US dollars that may still be spent; None for no limit.
    """
    if training.kind not in ("sft", "dpo"):
        raise TuningError(
            f"Providers train from answers (sft) and from pairs (dpo), not from {training.kind}.",
            hint="Write data: {kind: sft} or {kind: dpo}, or take a recipe that runs here.",
        )
    rows = sum(1 for line in training.data.read_text("utf-8").splitlines() if line)
    if rows < LEAST_ROWS:
        raise TuningError(
            f"The training data have {counted(rows, 'row')}; a provider needs at least {LEAST_ROWS}.",
            hint="Rate more answers, or add train questions with reference answers.",
        )
    if room_usd is None:
        return
    price = training.price_per_million_tokens
    if price is None:
        raise TuningError(
            "There is a budget, and the recipe names no price for trained tokens.",
            hint="Write price_per_million_tokens into a copy of the recipe in experiments/recipes/.",
        )
    cost = estimate_tokens(training.data, training.settings) * price / 1e6
    if cost > room_usd:
        raise TuningError(
            f"Training {training.name} would cost about ${cost:.2f}, and ${max(0.0, room_usd):.2f} is left.",
            hint="Raise the budget, or train on fewer rows or epochs.",
        )


async def train_hosted(
    api: FineTuningApi,
    training: HostedTraining,
    *,
    job_id: str | None,
    remember: Callable[[str], Awaitable[None]],
    on_progress: OnProgress,
    stop: Callable[[], bool],
    poll_seconds: float = POLL_SECONDS,
    patience_seconds: float = PATIENCE_SECONDS,
) -> HostedResult:
    """Follow a job to its end; start it where the provider has none of this key.

    job_id: of a job that was started earlier; None looks for one.
    remember: keeps the id of the job, before anything else is done with it.
    stop: whether somebody wants it stopped: the provider's job is cancelled then.

    Raises TuningFailed for a job that fails or that the provider knows no more, and when it does not
    answer for `patience_seconds`: the job may go on there, and the next attempt follows it again. Raises
    Stopped when it was stopped, and ProviderError for what waiting does not help.
    """
    patient = _Patience(poll_seconds, patience_seconds, stop)
    job = await _find(api, training, patient, job_id)
    if job is None or job.state in ("failed", "stopped"):
        job = await _start(api, training, patient, on_progress)
    await remember(job.id)
    losses: dict[int, float] = {}
    progress = HostedProgress(0, 0, ())
    while job.state in ("waiting", "running"):
        if stop():
            raise Stopped(await _cancel(api, training, job))
        await patient.wait()
        job = await _look_again(api, training, patient, job)
        progress = await patient.ask(partial(api.progress, job.id))
        losses |= dict(progress.losses)
        await _report(on_progress, _with(progress, losses), _in_words(job, progress))
    if job.state != "done" or job.model is None:
        why = job.error or ("it was cancelled there" if job.state == "stopped" else "it gives no reason")
        raise TuningFailed(
            f"The provider could not train {training.name}: {why}.".replace("..", "."),
            hint="Change what it refuses, or try it again.",
        )
    if job.file_id:
        await _forget_file(api, job.file_id)
    return _result(job, training, tuple(sorted(losses.items())))


async def _find(
    api: FineTuningApi, training: HostedTraining, patient: _Patience, job_id: str | None
) -> HostedJob | None:
    """The job that was started earlier, by its id or else by its key; None where the provider knows none."""
    if job_id is not None:
        try:
            return await patient.ask(partial(api.get, job_id))
        except ProviderError as error:
            if error.kind not in UNKNOWN:
                raise
    return await patient.ask(partial(api.find, training.key))


async def _look_again(
    api: FineTuningApi, training: HostedTraining, patient: _Patience, job: HostedJob
) -> HostedJob:
    try:
        return await patient.ask(partial(api.get, job.id))
    except ProviderError as error:
        if error.kind not in UNKNOWN:
            raise
        raise TuningFailed(
            f"The provider no longer knows the job {job.id} of {training.name}.",
            hint="Check on the provider's own page whether it was deleted. A new try "
            "starts the training again.",
        ) from None


async def _cancel(api: FineTuningApi, training: HostedTraining, job: HostedJob) -> str:
    """Cancel a job; returns in words whether that was possible."""
    try:
        await api.cancel(job.id)
    except ProviderError as error:
        if error.kind not in UNKNOWN:
            return (
                f"{training.name} is stopped here, but the provider could not be told: {error.message} "
                f"Its job {job.id} may go on and cost: cancel it there, or resume to follow it."
            )
    return f"The training of {training.name} was cancelled at the provider."


async def _start(
    api: FineTuningApi, training: HostedTraining, patient: _Patience, on_progress: OnProgress
) -> HostedJob:
    await _report(on_progress, HostedProgress(0, 0, ()), "Uploading the training data")
    data = await asyncio.to_thread(training.data.read_bytes)
    file_id = await patient.ask(partial(api.upload, f"{training.key[:12]}.jsonl", data))
    # Not asked again when its reply is lost: the next attempt finds the job by its key.
    return await api.create(
        file_id,
        training.kind,
        training.settings,
        seed=training.seed,
        key=training.key,
        suffix=suffix_of(training.name),
    )


async def _forget_file(api: FineTuningApi, file_id: str) -> None:
    """People's answers do not stay with the provider. A server that keeps them all the same is no error."""
    try:
        await api.delete_file(file_id)
    except ProviderError:
        return


async def _report(on_progress: OnProgress, progress: HostedProgress, words: str) -> None:
    waiting = on_progress(progress, words)
    if waiting is not None:
        await waiting


def _with(progress: HostedProgress, losses: Mapping[int, float]) -> HostedProgress:
    return HostedProgress(progress.step, progress.steps, tuple(sorted(losses.items())))


def _in_words(job: HostedJob, progress: HostedProgress) -> str:
    if job.state == "waiting":
        return "Waiting at the provider"
    if not progress.step:
        return "Training at the provider"
    of = f" of {progress.steps}" if progress.steps else ""
    return f"Training at the provider, step {progress.step}{of}"


def _result(job: HostedJob, training: HostedTraining, losses: tuple[tuple[int, float], ...]) -> HostedResult:
    tokens = job.trained_tokens
    charged = tokens if tokens is not None else estimate_tokens(training.data, training.settings)
    price = training.price_per_million_tokens
    cost = None if price is None else charged * price / 1e6
    assert job.model is not None
    return HostedResult(job.model, charged, tokens is None, cost, losses)


def as_call(parent: Model, training: HostedTraining, result: HostedResult, seconds: float) -> CallRecord:
    """The ledger's row of a training, beside the calls of models."""
    return CallRecord(
        key=fingerprint("tune", training.key),
        kind="tune",
        model_name=parent.name,
        model_key=fingerprint(parent.content),
        outcome="ok",
        input_tokens=result.trained_tokens,
        usage_estimated=result.tokens_estimated,
        seconds=seconds,
        served_model=result.model,
        price=None
        if training.price_per_million_tokens is None
        else {"input_per_million": training.price_per_million_tokens},
        cost_usd=result.cost_usd,
    )


class _Patience:
    """Asks again while a provider is away; after `longest` seconds it raises what was wrong last."""

    def __init__(self, poll: float, longest: float, stop: Callable[[], bool]) -> None:
        self._poll, self._longest, self._stop = poll, longest, stop

    async def wait(self) -> None:
        """Until it is time to look again, or somebody wants a stop."""
        ends = time.monotonic() + self._poll
        while time.monotonic() < ends and not self._stop():
            await asyncio.sleep(min(0.5, max(0.0, ends - time.monotonic())))

    async def ask(self, request: Callable[[], Awaitable[Result]]) -> Result:
        began = time.monotonic()
        while True:
            try:
                return await request()
            except ProviderError as error:
                away = error.retryable or error.kind == "refused"
                if not away or self._stop():
                    raise
                if time.monotonic() - began > self._longest:
                    away_for = time_span_in_words(self._longest)
                    raise TuningFailed(
                        f"The provider has not answered for {away_for}: {error.message}",
                        hint="A job that was started may continue there: a new try follows it.",
                    ) from None
                await asyncio.sleep(min(error.retry_after or self._poll, self._poll))
