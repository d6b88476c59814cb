"""Says which model a finished training made, from its result: what runs, answers and exports ask.
Knows nothing about how it was trained, nor about starting its server."""

from __future__ import annotations

from typing import Any

from workbench.space.model import Model
from workbench.space.tuning import Tuning
from workbench.store.database import Store
from workbench.store.learning.tuning_jobs import DONE, find_job
from workbench.tuning.types import TuningResult

FIRST_PORT, PORTS = 20_000, 10_000
_OF_PARENT = (
    "temperature", "max_tokens", "top_p", "seed", "stop", "extra_body", "context_window", "price", "limits",
)  # fmt: skip


def made_model(name: str, tuning: Tuning, result: TuningResult, notes: str = "") -> Model:
    """The model that a result is asked as. It samples and costs as its parent does."""
    parent = tuning.parent
    values: dict[str, Any] = {field: getattr(parent, field) for field in _OF_PARENT}
    if result.kind == "embedded":
        own: dict[str, Any] = {"variant": result.variant}
    else:
        own = {"base_url": result.base_url, "model": result.served_name}
        if result.base_url == parent.base_url:
            own |= {
                n: getattr(parent, n) for n in ("api_key_env", "key_header", "extra_headers", "extra_query")
            }
    return Model(name=name, parent=parent.name, tuned=tuning, notes=notes, **(values | own))


def address_of(key: str) -> str:
    """Where the result of a training is served on this machine: a port of its own, the same at each start."""
    return f"http://127.0.0.1:{FIRST_PORT + int(key[:8], 16) % PORTS}/v1"


def find_made(store: Store, model: Model) -> Model:
    """The model as its training made it, or the same one where it is made already or not trained yet."""
    if model.tuned is None or model.is_made:
        return model
    job = find_job(store, model.tuned.key)
    if job is None or job.state != DONE or job.result is None:
        return model
    made = made_model(model.name, model.tuned, TuningResult.from_json(job.result), model.notes)
    keep = {field: getattr(model, field) for field in _OF_PARENT if field in model.model_fields_set}
    return made.model_copy(update=keep)
