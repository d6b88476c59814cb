"""Formats who works in a cluster.
Knows nothing about how that is found out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from workbench.formatting import byte_size, counted, duration

if TYPE_CHECKING:
    from workbench.cluster.cluster_status import ClusterStatus
    from workbench.results.cluster_members import ClusterMember


def cluster_text(found: ClusterStatus) -> str:
    """A line for each scheduler, then one for each process."""
    lines = [
        scheduler.problem
        or f"The scheduler at {scheduler.address} answers: {counted(scheduler.workers, 'worker')}, "
        f"{counted(scheduler.places, 'order')} at a time."
        for scheduler in found.schedulers
    ]
    lines += [_line(member) for member in found.members]
    if not found.members:
        lines.append("No experiment is running on a cluster.")
    lines += [f"{one.in_words}: {one.problem}" for one in found.with_problem]
    lines += [
        f"{one.in_words}: It runs workbench {one.code}, this program {found.code}."
        for one in found.with_other_code
    ]
    return "\n".join(lines)


def _line(member: ClusterMember) -> str:
    memory = byte_size(member.memory_bytes) if member.memory_bytes else "memory unknown"
    answers = [f"experiment {member.experiment}", counted(member.answers, "answer")] * bool(member.experiment)
    since = f"for {duration(max(0.0, time.time() - member.since))}"
    return f"{member.in_words}: {', '.join([member.work_in_words, *answers, memory, since])}"
