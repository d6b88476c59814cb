"""Names experiments in lists to choose from.
Knows nothing about what is chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from workbench.store.records import ExperimentRecord
from workbench.ui.widgets.figures import ago


def experiment_labels(records: Iterable[ExperimentRecord]) -> dict[str, str]:
    """Return id → name and age. Labels are unique, because the browser tells options apart by them."""
    labels = {r.id: f"{r.name} · {ago(r.created_at)}" for r in records}
    counts = Counter(labels.values())
    return {i: label if counts[label] == 1 else f"{label} · {i}" for i, label in labels.items()}
