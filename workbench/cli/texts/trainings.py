"""What `tune` and `trainings` print about a training.
Knows nothing about how a training runs."""

from __future__ import annotations

from workbench.formatting import counted, dollars, duration
from workbench.results.training_words import loss_words, step_words
from workbench.store.learning.tuning_jobs import DONE, TuningJob

MOST_REPLIES = 3


def job_line(job: TuningJob) -> str:
    """A training in one line."""
    cost = dollars(job.cost_usd) if job.cost_usd else ""
    reached = (step_words(job.step, job.steps), loss_words(job.loss), duration(job.seconds), cost)
    return " · ".join(filter(None, (f"{job.name}: {job.state}", *reached, job.message)))


def job_text(job: TuningJob) -> str:
    """All that is known about a training."""
    tuning = job.tuning
    settings = ", ".join(f"{name} {value}" for name, value in (tuning.get("settings") or {}).items())
    lines = [
        job_line(job),
        f"  key {job.key}",
        f"  from {tuning.get('parent', {}).get('name', '?')} by the recipe {tuning.get('recipe', '?')}, "
        f"seed {tuning.get('seed', 7)}",
        f"  settings: {settings or 'none'}",
        f"  data: {counted(job.rows, 'row')} from {counted(len(job.question_ids), 'question')}, "
        f"SHA-256 {job.data_sha256[:16] or 'not known yet'}",
    ]
    if job.losses:
        first, last = job.losses[0], job.losses[-1]
        lines.append(f"  loss {first[1]:.3f} at step {first[0]:.0f}, {last[1]:.3f} at step {last[0]:.0f}")
    for reply in (job.metrics.get("check") or {}).get("replies", [])[:MOST_REPLIES]:
        lines.append(f"  it replied: {' '.join(reply.split())[:160] or '(nothing)'}")
    if job.state == DONE and job.result:
        where = job.result.get("folder") or "in the model's entry"
        lines.append(f"  made: {job.result['kind']}, {where}")
    return "\n".join(lines)
