"""Says how far a training is: its step, its loss, its time.
Knows nothing about jobs' rows nor about pages: plain figures in, words out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

STATES = {
    "waiting": "Waiting", "running": "Training", "stopped": "Stopped", "failed": "Failed", "done": "Trained",
}  # fmt: skip
"""State of a training → its word on pages."""
_VERBS = {"waiting": "waits", "stopped": "is stopped", "failed": "failed"}


def training_words(name: str, training: Mapping[str, Any]) -> str:
    """ "Training smol-tuned-rank_8: step 40 of 200, loss 1.9".

    training: an entry of a run's progress under `trainings`.
    """
    state, message = training["state"], training["message"]
    if training.get("reused"):
        return f"{name} was trained before"
    reached = [step_words(training["step"], training["steps"]), loss_words(training["loss"])]
    if state == "running":
        said = ", ".join(filter(None, reached)) or message or "making its data"
        return f"Training {name}: {said}"
    if state == "done":
        return ", ".join(filter(None, [f"{name} is trained", *reached]))
    return ": ".join(filter(None, [f"The training of {name} {_VERBS.get(state, state)}", message]))


def step_words(step: int, steps: int) -> str:
    if not step and not steps:
        return ""
    return f"step {step:,} of {steps:,}" if steps else f"step {step:,}"


def loss_words(loss: float | None) -> str:
    return "" if loss is None else f"loss {loss:.3g}"
