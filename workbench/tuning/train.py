"""Trains one model variant as a job: once for equal inputs, held by one process, resumed where it stopped.
Knows nothing about how a recipe trains: embedded.py and process.py do that."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from workbench.calls.stop_signal import StopSignal
from workbench.errors import LeaseLost, Stopped, TuningError, TuningFailed, WorkbenchError
from workbench.files.private import make_private_folder
from workbench.providers.embedded.variant import Variant, from_json
from workbench.settings import Settings
from workbench.space.model import Model
from workbench.space.tuning import Setting, TuneData, Tuning
from workbench.store.database import Store
from workbench.store.learning.tuning_jobs import (
    DONE,
    FAILED,
    STOPPED,
    add_job,
    claim_job,
    find_job,
)
from workbench.store.processes import owner_name
from workbench.tuning.data import FEW_ROWS, DataFile, folder_key, read_data
from workbench.tuning.fine_tuning import find_variant
from workbench.tuning.held import Held, OnProgress
from workbench.tuning.made import find_made, made_model
from workbench.tuning.names import check_name, register
from workbench.tuning.recipe import find_recipe
from workbench.tuning.types import FOLDER, TuningResult
from workbench.user_code.permission import require

DATA_FOLDER = "data"
WAIT_SECONDS = 1.0


def complete_tuning(tuning: Tuning, settings: Settings) -> Tuning:
    """The training with everything that its key rests on: the recipe's hash, all settings, the data's hash
    where they lie in a folder and it is not known yet. Raises TuningError for what cannot be trained."""
    recipe = find_recipe(tuning.recipe, settings)
    if tuning.data.kind not in recipe.kinds:
        raise TuningError(
            f"The recipe {recipe.name} does not take data of kind {tuning.data.kind}.",
            hint=f"It takes {', '.join(recipe.kinds)}.",
            about="models",
        )
    if (recipe.result.kind == "embedded") != tuning.parent.embedded:
        own = "the embedded recipe trains embedded answerers alone"
        raise TuningError(
            f"{tuning.parent.name} cannot be trained by the recipe {recipe.name}: {own}.",
            hint="Write with: embedded for an embedded answerer, and another recipe for every other model.",
            about="models",
        )
    changes: dict[str, Any] = {
        "recipe_sha256": recipe.sha256, "settings": recipe.complete(tuning.settings),
    }  # fmt: skip
    if tuning.data.folder is not None and not tuning.data_key:
        changes["data_key"] = folder_key(tuning.data)
    return tuning.model_copy(update=changes)


def new_tuning(
    parent: Model, folder: Path, kind: str, recipe: str, given: dict[str, Setting], seed: int
) -> Tuning:
    """A training on a folder of data, yet to be completed."""
    data = TuneData.model_validate({"kind": kind, "folder": str(folder)})
    return Tuning(parent=parent, recipe=recipe, data=data, settings=given, seed=seed)


async def train(
    store: Store,
    settings: Settings,
    name: str,
    tuning: Tuning,
    *,
    stop_signal: StopSignal | None = None,
    on_progress: OnProgress | None = None,
    budget_usd: float | None = None,
) -> Model:
    """Train a model, or wait for another process that trains the same; register it as `name`.

    tuning: as `complete_tuning` gives it.
    budget_usd: US dollars that it may cost; None for no limit.

    Raises TuningError for what cannot be trained, TuningFailed when it failed, Stopped when it was stopped,
    by the user or by the budget; both go on from the last checkpoint when they are called again.
    """
    tuning = await asyncio.to_thread(complete_tuning, tuning, settings)
    recipe = await asyncio.to_thread(find_recipe, tuning.recipe, settings)
    require(recipe.code)
    check_name(store, name, tuning.key)
    stop_signal = StopSignal() if stop_signal is None else stop_signal
    written = tuning.model_dump(mode="json", exclude_defaults=True)
    add_job(store, tuning.key, name, written, f"{FOLDER}/{tuning.key[:16]}")
    owner = owner_name()
    while True:
        stop_signal.raise_if_set()
        job = await asyncio.to_thread(claim_job, store, tuning.key, owner)
        if job is not None:
            break
        job = find_job(store, tuning.key)
        if job is not None and job.state == DONE and job.result is not None:
            return register(store, name, tuning, job)
        if job is not None and on_progress is not None:
            on_progress(job)
        await stop_signal.race(asyncio.sleep(WAIT_SECONDS))
    held = Held(store, settings, job, owner, recipe, stop_signal, on_progress, budget_usd)
    return await _carry_out(held, name, tuning)


async def _carry_out(held: Held, name: str, tuning: Tuning) -> Model:
    """Run a job that is held, and end it in the state that it deserves."""
    try:
        result = await held.while_held(_train(held, name, tuning))
        await held.end(DONE, held.changes.pop("message", ""), result=result.to_json())
    except LeaseLost:
        raise
    except (Stopped, asyncio.CancelledError) as error:
        words = error.message if isinstance(error, Stopped) else "Its process was ended."
        await held.end(STOPPED, words)
        raise
    except WorkbenchError as error:
        await held.end(FAILED, str(error))
        raise
    except Exception as error:
        await held.end(FAILED, f"{type(error).__name__}: {error}")
        raise
    job = find_job(held.store, tuning.key)
    assert job is not None
    if held.on_progress is not None:
        held.on_progress(job)
    return register(held.store, name, tuning, job)


async def _train(held: Held, name: str, tuning: Tuning) -> TuningResult:
    make_private_folder(held.folder)
    data = await asyncio.to_thread(_prepare_data, held, tuning)
    held.report(data_sha256=data.sha256, rows=data.rows, question_ids=list(data.question_ids))
    if held.recipe.result.kind == "embedded":
        from workbench.tuning.embedded import train_embedded

        base = await asyncio.to_thread(_base_of, held.store, tuning.parent)
        variant = await asyncio.to_thread(train_embedded, base, data, name)
        held.report(metrics=variant["trained_on"]["metrics"])
        return TuningResult("embedded", variant=variant)
    if held.recipe.provider:
        from workbench.tuning.provider import train_by_provider

        return await train_by_provider(held, name, tuning, data)
    from workbench.tuning.process import train_by_command

    result = await train_by_command(held, name, tuning, data)
    await _check(held, made_model(name, tuning, result), result, data)
    return result


async def _check(held: Held, model: Model, result: TuningResult, data: DataFile) -> None:
    """Serve the result and ask it something; what is wrong stands in the job, which is done all the same."""
    from workbench.tuning.self_check import check_model
    from workbench.tuning.served import ServedModels

    def say(words: str) -> None:
        held.report(message=words)

    if not result.serve and not result.loaded:
        say(f"Trained; nothing here serves it. Serve {result.folder} as {result.served_name}.")
        return
    try:
        async with ServedModels(held.store, held.settings, held.stop_signal) as served:
            say("Starting its server, to check it")
            ready = await served.serve(model, result, say)
            say("Asking it three questions of its training data")
            check = await check_model(held.store, held.settings, ready, data)
    except (TuningFailed, TuningError) as error:
        check = {"asked": 0, "replies": [], "problem": f"It could not be served: {error}"}
    held.report(message=check["problem"], check=check)


def _prepare_data(held: Held, tuning: Tuning) -> DataFile:
    assert tuning.data.folder is not None
    data = read_data(Path(tuning.data.folder), tuning.data.kind)
    if data.rows < FEW_ROWS:
        held.report(message=f"{data.rows} rows of training data teach next to nothing.")
    return data


def _base_of(store: Store, parent: Model) -> Variant:
    """The embedded answerer that is trained on. Raises ModelError."""
    made = find_made(store, parent)
    if made.variant is not None:
        return from_json(json.dumps(made.variant), f"Model {parent.name!r}")
    return find_variant(store, parent.name)
