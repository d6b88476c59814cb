"""Trains a variant of the embedded answerer beside its parent, and makes training data: to look at them.
Knows nothing about what is looked at."""

from __future__ import annotations

from tools.running_app import App, Command
from workbench.store.database import open_store
from workbench.store.learning.tuning_jobs import list_jobs

PARENT = "embedded/extractive"
EXPERIMENT = """name: tuned
corpus: {corpus}
prompts: [concise]
models: [{parent}, {{tune: {{parent: {parent}}}, with: embedded}}]
retrieval: {{retriever: [keyword], top_k: [3], chunk_tokens: [64]}}
"""


def tuned_experiment(corpus: str) -> str:
    """Return the file of a small experiment that trains a variant."""
    return EXPERIMENT.format(corpus=corpus, parent=PARENT)


def make_trained(app: App, experiment: str, command: Command) -> dict[str, str]:
    """Make training data of an experiment that trained a variant; return what the views' addresses need."""
    out = app.settings.training_data / f"{experiment}-sft-trl"
    arguments = ("--kind", "sft", "--format", "trl", "--out", str(out), "--force")
    done = command("training-data", experiment, *arguments)
    if done.returncode:
        raise RuntimeError(done.stderr)
    job = list_jobs(open_store(app.home / "workbench.db"))[0]
    return {"tuned": experiment, "variant": job.name, "training": job.key}
