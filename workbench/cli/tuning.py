"""Carries out `tune --data`: trains in the foreground with a line of progress.
Knows nothing about options, nor about how a training runs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from workbench.cli.output import say
from workbench.cli.progress_line import ProgressLine, progress_line
from workbench.cli.shared import open_here, say_allowed
from workbench.cli.texts.trainings import job_line
from workbench.errors import InputError
from workbench.foreground import stop_on_interrupt
from workbench.formatting import dollars
from workbench.planning.training_plan import plan_training
from workbench.settings import Settings
from workbench.space.tuning import Setting, Tuning, default_recipe
from workbench.store.catalogue import StoreCatalogue, get_model
from workbench.store.database import Store
from workbench.store.learning.tuning_jobs import get_job
from workbench.tuning.data import kind_of_folder
from workbench.tuning.names import describe_shared_name, find_free_name
from workbench.tuning.recipe import Recipe, find_recipe
from workbench.tuning.settings_of_recipe import read_setting
from workbench.tuning.train import complete_tuning, new_tuning, train
from workbench.user_code.permission import allow


def _read_settings(recipe: Recipe, given: Sequence[str]) -> dict[str, Setting]:
    read = {}
    for entry in given:
        name, equals, text = entry.partition("=")
        if not equals:
            raise InputError(f"--set {entry!r} is not NAME=VALUE, such as rank=8.")
        read[name.strip()] = read_setting(name.strip(), text.strip(), recipe.settings)
    return read


def train_in_foreground(
    name: str, parent: str, data: Path, recipe_name: str | None, given: Sequence[str], seed: int,
    budget_usd: float | None, *, allow_code: bool,
) -> dict[str, Any]:  # fmt: skip
    """Train, or go on with a training that stopped; Ctrl-C stops it cleanly. Returns the job as JSON."""
    settings, store = open_here()
    model = get_model(store, parent)
    recipe = find_recipe(recipe_name or default_recipe(model), settings)
    if allow_code:
        allow(recipe.code)
        say_allowed(recipe.code)
    asked = new_tuning(
        model, data, kind_of_folder(data), recipe_name or recipe.name, _read_settings(recipe, given), seed
    )
    tuning = complete_tuning(asked, settings)
    _check_budget(store, settings, name, tuning, budget_usd)
    _warn_of_name(store, name, tuning)

    async def work(line: ProgressLine) -> None:
        await train(
            store, settings, name, tuning, stop_signal=stop_on_interrupt(), budget_usd=budget_usd,
            on_progress=lambda job: line.show(job_line(job)),
        )  # fmt: skip

    with progress_line() as line:
        asyncio.run(work(line))
    job = asdict(get_job(store, tuning.key))
    return {"model": name, **job}


def _warn_of_name(store: Store, name: str, tuning: Tuning) -> None:
    """Say so where the name is that of another training's model, which is about to lose it."""
    find = StoreCatalogue(store).find_model
    if shared := describe_shared_name(name, tuning.key, find(name)):
        free = find_free_name(store, name, tuning.key)
        say(
            f"Warning: {shared} It loses the name. Take another one, such as {free}, to keep both.",
            error=True,
        )


def _check_budget(
    store: Store, settings: Settings, name: str, tuning: Tuning, budget_usd: float | None
) -> None:
    """Raise InputError for a training that no budget can be kept of, or that will not end within it."""
    if budget_usd is None:
        return
    cost = plan_training(store, settings, name, tuning).cost_usd
    if cost is None:
        raise InputError(
            f"The recipe {tuning.recipe} names no price, so no budget can be kept.",
            hint="Write price: {per_hour: …} or price: {free: true} into its recipe.yaml.",
        )
    if cost.low > budget_usd:
        raise InputError(
            f"Training {name} would cost {dollars(cost.low)} to {dollars(cost.high)}, and the budget is "
            f"{dollars(budget_usd)}.",
            hint="Raise the budget, or train on fewer rows or epochs.",
        )
