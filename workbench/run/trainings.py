"""Trains the variants of a run when they are first needed, books what that costs, and hands out made models.
Knows nothing about recipes or about asking models: tuning/ trains, the executor asks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from workbench.calls.budget import Budget, BudgetSpent
from workbench.calls.stop_signal import StopSignal
from workbench.corpus.types import Corpus
from workbench.errors import LeaseLost, Stopped, StoreError, TuningError, TuningFailed, WorkbenchError
from workbench.fingerprint import fingerprint
from workbench.planning.plan_types import PlannedTraining
from workbench.planning.training_plan import plan_training
from workbench.run.progress import TrainingProgress
from workbench.settings import Settings
from workbench.space.config import Config
from workbench.space.experiment import Experiment
from workbench.space.model import Model
from workbench.space.tuning import Tuning
from workbench.store.database import Store
from workbench.store.learning.tuning_jobs import DONE, TuningJob, find_job
from workbench.store.ledger import assign_calls
from workbench.store.records import CallRecord
from workbench.training_data.build import build_training_data
from workbench.training_data.file_names import CARD
from workbench.training_data.types import OfPlan
from workbench.training_data.write import write_training_data
from workbench.tuning.made import find_made
from workbench.tuning.made_config import change_models, get_made_config
from workbench.tuning.served import ServedModels
from workbench.tuning.train import DATA_FOLDER, train
from workbench.tuning.types import FOLDER

log = logging.getLogger(__name__)


class Train(Protocol):
    """Trains a model and registers what it made; `tuning/train.py: train`."""

    async def __call__(
        self,
        store: Store,
        settings: Settings,
        name: str,
        tuning: Tuning,
        *,
        stop_signal: StopSignal,
        on_progress: Callable[[TuningJob], None],
        budget_usd: float | None,
    ) -> Model: ...


class NotTrained(WorkbenchError):
    """A model that cannot be asked, since its training failed or its server does not start."""


class Trainings:
    """experiment, corpus: what training data are made from.
    progress: model name → how far its training is; filled as trainings go on.

    add_call: writes the cost of a training into the ledger.
    train: what trains.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        experiment_id: str,
        experiment: Experiment,
        corpus: Corpus,
        budget: Budget,
        add_call: Callable[[CallRecord], Awaitable[bool]],
        stop_signal: StopSignal,
        progress: dict[str, TrainingProgress],
        train: Train = train,
    ) -> None:
        self._store = store
        self._settings = settings
        self._experiment_id = experiment_id
        self._experiment = experiment
        self._corpus = corpus
        self._budget = budget
        self._add_call = add_call
        self._stop_signal = stop_signal
        self._progress = progress
        self._train = train
        self._served = ServedModels(store, settings, stop_signal)
        self._locks: dict[str, asyncio.Lock] = {}
        self._failed: dict[str, NotTrained] = {}
        # Two trainings on one machine share its memory and its processor, and neither is done sooner.
        self._machine = asyncio.Lock()

    async def ready(self, model: Model) -> Model:
        """The model, made if it is one that is trained first. Trainings of equal content are one.

        Raises NotTrained when that failed, and Stopped.
        """
        if model.is_made or model.tuned is None:
            return model
        key = model.tuned.key
        async with self._locks.setdefault(key, asyncio.Lock()):
            if key in self._failed:
                raise self._failed[key]
            made = await asyncio.to_thread(find_made, self._store, model)
            if made.is_made:
                self._progress.setdefault(model.name, TrainingProgress(state=DONE, reused=True))
                return made
            await self.ready(model.tuned.parent)
            try:
                await self._make(model.name, model.tuned)
            except (Stopped, StoreError, LeaseLost):
                raise
            except WorkbenchError as error:
                self._failed[key] = NotTrained(f"{model.name} was not trained: {error}")
                self._progress.setdefault(model.name, TrainingProgress(key=key)).fail(error.message)
                raise self._failed[key] from error
            return await asyncio.to_thread(find_made, self._store, model)

    async def ready_config(self, config: Config) -> Config:
        """The configuration with every model that it asks made, and served where it has no server of its
        own. Its id stays: equal trainings are equal. Raises NotTrained, and Stopped."""
        if all(model.tuned is None for model in config.models):
            return config
        for model in config.models:
            await self.ready(model)
        made = await asyncio.to_thread(get_made_config, self._store, config)
        served = {model.name: await self._serve(model) for model in made.models}
        return change_models(made, lambda model: served[model.name])

    async def _serve(self, model: Model) -> Model:
        try:
            return await self._served.ready(model)
        except (TuningError, TuningFailed) as error:
            raise NotTrained(f"{model.name} is trained, but is not served: {error}") from error

    async def close(self) -> None:
        """End the servers that were started for the run."""
        await self._served.close()

    async def _make(self, name: str, tuning: Tuning) -> None:
        planned = await asyncio.to_thread(plan_training, self._store, self._settings, name, tuning)
        shown = self._progress.setdefault(name, TrainingProgress(key=tuning.key))
        if planned.hosted:
            await self._train_within_budget(name, tuning, planned, shown)
            return
        shown.message = "waits for another training on this machine" if self._machine.locked() else ""
        async with self._machine:
            self._stop_signal.raise_if_set()
            await self._train_within_budget(name, tuning, planned, shown)

    async def _train_within_budget(
        self, name: str, tuning: Tuning, planned: PlannedTraining, shown: TrainingProgress
    ) -> None:
        """Reserve the most that it should cost, train, and book what it did cost, however it ended."""
        before = await asyncio.to_thread(find_job, self._store, tuning.key)
        worst = planned.cost_usd.high if planned.cost_usd is not None else 0.0
        await self._budget.reserve(worst)
        cap = self._budget.cap
        stop = StopSignal()
        following = asyncio.create_task(_follow(self._stop_signal, stop))
        try:
            shown.message = "Making its training data"
            await self._train(
                self._store,
                self._settings,
                name,
                await asyncio.to_thread(self._with_data, tuning),
                stop_signal=stop,
                on_progress=shown.take,
                budget_usd=None if cap is None else max(worst, cap - self._budget.spent),
            )
        except Stopped:
            if stop.state == BudgetSpent.state:
                raise BudgetSpent(
                    f"The budget of ${cap:.4g} is used up by the training of {name}. With a higher one it "
                    "continues from its last checkpoint."
                ) from None
            raise
        finally:
            following.cancel()
            after = await asyncio.to_thread(find_job, self._store, tuning.key)
            cost = _cost_of_run(before, after)
            await self._budget.settle(worst, cost or 0.0)
            if after is not None:
                shown.take(after)
                await self._book(name, tuning, planned, before, after, cost)

    def _with_data(self, tuning: Tuning) -> Tuning:
        """The training with the folder of its data, which are made once: a resumed one goes on with them."""
        if tuning.data.folder is not None:
            return tuning
        folder = self._settings.home / FOLDER / tuning.key[:16] / DATA_FOLDER
        if not (folder / CARD).is_file():
            source = OfPlan(self._experiment, self._corpus, tuning.parent)
            data = build_training_data(self._store, self._settings, source, tuning.data.kind)
            folder.parent.mkdir(parents=True, exist_ok=True)
            write_training_data(data, "trl", folder, overwrite=True)
        data_with_folder = tuning.data.model_copy(update={"folder": str(folder)})
        return tuning.model_copy(update={"data": data_with_folder})

    async def _book(
        self,
        name: str,
        tuning: Tuning,
        planned: PlannedTraining,
        before: TuningJob | None,
        after: TuningJob,
        cost: float | None,
    ) -> None:
        """Write what it cost into the ledger of this experiment; a provider's charge stands there already."""
        if planned.hosted:
            key = fingerprint("tune", tuning.key)
            await asyncio.to_thread(assign_calls, self._store, key, self._experiment_id)
        elif after.seconds > (before.seconds if before else 0.0):
            await self._add_call(self._call(name, tuning, before, after, cost))

    def _call(
        self, name: str, tuning: Tuning, before: TuningJob | None, after: TuningJob, cost: float | None
    ) -> CallRecord:
        seconds = after.seconds - (before.seconds if before else 0.0)
        return CallRecord(
            key=f"tune {tuning.key} {after.seconds:.3f}",
            kind="tune",
            model_name=name,
            model_key=tuning.key,
            outcome="ok" if after.state == DONE else "failed",
            error="" if after.state == DONE else after.message,
            seconds=seconds,
            compute_seconds=seconds,
            cost_usd=cost,
            experiment_id=self._experiment_id,
        )


def _cost_of_run(before: TuningJob | None, after: TuningJob | None) -> float | None:
    """US dollars of this run alone; None where the price is not known."""
    if after is None:
        return 0.0
    if after.cost_usd is None:
        return None
    return max(0.0, after.cost_usd - ((before.cost_usd or 0.0) if before else 0.0))


async def _follow(leading: StopSignal, stop: StopSignal) -> None:
    """Set `stop` as soon as the run's signal is set."""
    await leading.wait()
    if leading.state is not None:
        stop.set(leading.state, leading.message)
