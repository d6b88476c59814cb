"""Has a model trained at its provider: writes the rows as it reads them, follows the job, books what it cost.
Knows nothing about the protocol (hosting/), nor about how jobs are stored."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.calls.trusted_hosts import load_trust
from workbench.files.writing import write_atomically
from workbench.space.tuning import Setting, Tuning
from workbench.store.ledger import add_calls
from workbench.training_data.formats import openai_dpo, openai_sft
from workbench.tuning.data import DataFile, messages_of, read_rows, split_row
from workbench.tuning.hosting.fine_tuning_api import FineTuningApi, HostedProgress
from workbench.tuning.hosting.train_hosted import HostedTraining, as_call, check_hosted, train_hosted
from workbench.tuning.types import TuningResult

if TYPE_CHECKING:
    from workbench.tuning.held import Held

ROWS_FILE, JOB_FILE = "openai.jsonl", "provider.json"


async def train_by_provider(held: Held, name: str, tuning: Tuning, data: DataFile) -> TuningResult:
    """Follow the provider's job to its end; start it where there is none yet.

    Raises TuningError, TuningFailed, ProviderError and Stopped, as `train_hosted` does.
    """
    rows = held.folder / ROWS_FILE
    await asyncio.to_thread(_write_rows, data, rows)
    training = HostedTraining(
        tuning.key, name, tuning.data.kind, rows, _asked(held.recipe.complete(tuning.settings)), tuning.seed,
        held.recipe.price.per_million_tokens,
    )  # fmt: skip
    check_hosted(training, held.budget_usd)
    memory = held.folder / JOB_FILE
    api = FineTuningApi(tuning.parent, load_trust(held.store))
    began = time.monotonic()

    async def remember(job_id: str) -> None:
        write_atomically(memory, json.dumps({"job": job_id}))

    def report(progress: HostedProgress, words: str) -> None:
        held.report(message=words, step=progress.step, steps=progress.steps)
        for step, loss in progress.losses:
            held.report(step=step, loss=loss)

    try:
        result = await train_hosted(
            api, training, job_id=_remembered(memory), remember=remember, on_progress=report,
            stop=lambda: bool(held.stop_signal), poll_seconds=held.recipe.poll_seconds,
        )  # fmt: skip
    finally:
        await api.close()
    call = as_call(tuning.parent, training, result, time.monotonic() - began)
    with held.store.write() as session:
        add_calls(session, [call])
    held.cost_usd = result.cost_usd
    held.report(metrics={"trained_tokens": result.trained_tokens})
    return TuningResult("hosted", base_url=tuning.parent.base_url, served_name=result.model)


def _asked(settings: dict[str, Setting]) -> dict[str, Setting]:
    """Without those that are left to the provider."""
    return {name: value for name, value in settings.items() if value != 0}


def _remembered(memory: Path) -> str | None:
    """The id of a job that was started earlier; None where there is none."""
    try:
        job = json.loads(memory.read_text("utf-8")).get("job")
    except (OSError, ValueError, AttributeError):
        return None
    return job if isinstance(job, str) else None


def _write_rows(data: DataFile, out: Path) -> None:
    """TRL's rows as OpenAI reads them."""
    write_atomically(out, "".join(f"{json.dumps(_row(row))}\n" for row in read_rows(data.rows_file)))


def _row(row: dict[str, Any]) -> dict[str, Any]:
    prompt, answer = split_row(row)
    if "rejected" not in row:
        return openai_sft(prompt, answer)
    rejected = messages_of(row["rejected"])
    return openai_dpo(prompt, answer, rejected[-1]["content"] if rejected else "")
