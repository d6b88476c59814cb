"""Reads from the settings where a run is carried out. Knows nothing about clusters: with none set, nothing of
them is imported."""

from __future__ import annotations

from workbench.run.answering import Elsewhere
from workbench.settings import Settings


def find_cluster(settings: Settings) -> Elsewhere | None:
    """The cluster that WORKBENCH_CLUSTER or `--cluster` names; None for this process."""
    if settings.cluster is None:
        return None
    from workbench.cluster.coordinator import Cluster

    return Cluster(settings.cluster)
