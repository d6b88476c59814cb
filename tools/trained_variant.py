"""Trains a variant of the embedded answerer beside its parent, and makes training data: to look at them.
Knows nothing about what is looked at."""

from __future__ import annotations

import json

from tools.running_app import App
from workbench.store.database import open_store
from workbench.store.learning.tuning_jobs import list_jobs

PARENT = "embedded/extractive"
EXPERIMENT = """name: tuned
corpus: {corpus}
prompts: [concise]
models: [{parent}, {{tune: {{parent: {parent}}}, with: embedded}}]
retrieval: {{retriever: [keyword], top_k: [3], chunk_tokens: [64]}}
"""


def make_trained(app: App, corpus: str) -> dict[str, str]:
    """Run a small experiment that trains a variant, and make training data of it; return what the views'
    addresses need."""
    file = app.folder / "tuned.yaml"
    file.write_text(EXPERIMENT.format(corpus=corpus, parent=PARENT))
    made = str(json.loads(_run(app, "run", str(file), "--json"))["experiment"])
    out = app.settings.training_data / f"{made}-sft-trl"
    _run(app, "training-data", made, "--kind", "sft", "--format", "trl", "--out", str(out), "--force")
    job = list_jobs(open_store(app.home / "workbench.db"))[0]
    return {"tuned": made, "variant": job.name, "training": job.key}


def _run(app: App, *arguments: str) -> str:
    done = app.command(*arguments)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout
