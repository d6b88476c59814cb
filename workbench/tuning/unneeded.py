"""Finds what trainings left behind that nothing needs: folders without a job, checkpoints of what is done,
environments of no recipe. Knows nothing about deleting."""

from __future__ import annotations

from pathlib import Path

from workbench.errors import TuningError
from workbench.settings import Settings
from workbench.store.database import Store
from workbench.store.learning.tuning_jobs import DONE, TuningJob, list_jobs
from workbench.tuning.environment import FOLDER as ENVIRONMENTS
from workbench.tuning.environment import environment_folder
from workbench.tuning.recipe import find_recipe, recipe_names
from workbench.tuning.types import FOLDER as TRAININGS
from workbench.tuning.types import OUT

CHECKPOINTS = "checkpoint-*"
"""What transformers calls the folders of its checkpoints."""


def unneeded_trainings(store: Store, settings: Settings) -> list[Path]:
    """Folders of trainings that the home knows nothing of, and checkpoints of those that are done."""
    folders = sorted(p for p in (settings.home / TRAININGS).glob("*") if p.is_dir())
    jobs = {
        settings.home / job.folder: job for job in list_jobs(store)
    }  # after the folders: a job comes first
    unknown = [folder for folder in folders if folder not in jobs]
    done = [folder for folder, job in jobs.items() if job.state == DONE]
    return unknown + [path for folder in done for path in _checkpoints(folder, jobs[folder])]


def _checkpoints(folder: Path, job: TuningJob) -> list[Path]:
    """Those that hold no part of the result."""
    made = [folder / OUT / file for file in ((job.result or {}).get("files") or {}).values()]
    found = sorted((folder / OUT).glob(CHECKPOINTS))
    return [c for c in found if not any(c == m or c in m.parents or m in c.parents for m in made)]


def unneeded_environments(store: Store, settings: Settings) -> list[Path]:
    """Environments that no recipe asks for, and from which nothing that was trained is served. None where a
    recipe cannot be read: its environment is not known."""
    jobs = list_jobs(store)
    names = {*recipe_names(settings), *(str(job.tuning.get("recipe")) for job in jobs if job.state != DONE)}
    try:
        needed = {environment_folder(find_recipe(name, settings), settings) for name in sorted(names)}
    except TuningError:
        return []
    served = " ".join(word for job in jobs for word in (job.result or {}).get("serve") or ())
    folders = sorted(p for p in (settings.home / ENVIRONMENTS).glob("*") if p.is_dir())
    return [folder for folder in folders if folder not in needed and str(folder) not in served]
