"""Trainings of model variants: what was trained, how far one is, stop, and what can be trained.
Knows nothing about how a training runs: the worker does it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.files.log_end import last_lines
from workbench.settings import Settings
from workbench.store.database import Store
from workbench.store.learning import tuning_jobs
from workbench.store.learning.tuning_jobs import TuningJob
from workbench.training_data.file_names import CARD
from workbench.ui.services.worker import WorkerAccess

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.tuning.deletion import Deletion
    from workbench.tuning.recipe import Recipe

LOG_LINES = 200


@dataclass(frozen=True)
class Trainings:
    """The trainings of this home."""

    store: Store
    settings: Settings
    worker: WorkerAccess

    def list_trainings(self) -> list[TuningJob]:
        """Return all trainings, the newest first."""
        return tuning_jobs.list_jobs(self.store)

    def find_training(self, key: str) -> TuningJob | None:
        return tuning_jobs.find_job(self.store, key)

    def find_corpora(self, job: TuningJob) -> list[str]:
        """Return the names of the corpora that a training learned from, as the card of its data says."""
        folder = job.tuning.get("data", {}).get("folder")
        try:
            card = json.loads((Path(folder or "") / CARD).read_text(encoding="utf-8"))
            return [str(one["name"]) for one in card["corpora"]]
        except (OSError, ValueError, KeyError, TypeError):
            return []

    def stop(self, key: str) -> TuningJob:
        """Have a training stop, which it does within seconds. It can be resumed."""
        return tuning_jobs.request_stop_of_job(self.store, key)

    def find_shared_names(self, jobs: Sequence[TuningJob]) -> dict[str, str]:
        """Return key → that the model's name belongs to another training, in words, where it does."""
        from workbench.tuning.names import find_shared_names

        return find_shared_names(self.store, jobs)

    def rename(self, key: str, name: str) -> None:
        """Give what a training makes another name. Raises InputError for one that is not free."""
        from workbench.tuning.names import rename_training

        rename_training(self.store, key, name)

    def plan_deletion(self, key: str) -> Deletion:
        """Return what deleting a training deletes. Raises InputError where something needs it."""
        from workbench.tuning.deletion import plan_deletion

        return plan_deletion(self.store, self.settings, key)

    def delete(self, key: str) -> None:
        """Delete a training with its files and models. Raises InputError where something needs it."""
        from workbench.tuning.deletion import delete_training

        delete_training(self.store, self.settings, key)

    def resume(self, key: str) -> None:
        """Have the worker go on with a training from its last checkpoint."""
        self.worker.ask_worker("train", {"key": key})

    def read_log(self, job: TuningJob) -> str:
        """Return the end of a training's log; "" before there is one."""
        from workbench.tuning.process import LOG_FILE

        return "\n".join(last_lines(self.settings.home / job.folder / LOG_FILE, LOG_LINES))

    def list_recipes(self) -> dict[str, Recipe]:
        """Return the recipes that ship and those in the experiments' folder, by name; none that is broken."""
        from workbench.tuning.recipe import list_recipes

        return list_recipes(self.settings)
