"""A scheduler and two workers of this machine, started once for all tests of this room and ended after them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest
from distributed import Client

from tests.tiny_experiment import Runner, tiny  # noqa: F401
from workbench.cluster.local_cluster import StartedCluster, start_cluster
from workbench.settings import Settings


def wait_for_workers(cluster: StartedCluster, count: int) -> None:
    """They come seconds after their scheduler."""
    with Client(cluster.address, set_as_default=False) as client:
        client.wait_for_workers(count, timeout=120)


@pytest.fixture(scope="package")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartedCluster]:
    home = tmp_path_factory.mktemp("cluster")
    cleared = {name: "" for name in os.environ if name.startswith("WORKBENCH_")}
    own = cleared | {"WORKBENCH_HOME": str(home), "WORKBENCH_LOCAL_SERVERS": "off"}
    cluster = start_cluster(home, 2, environment=own)
    wait_for_workers(cluster, 2)
    yield cluster
    cluster.end()


@pytest.fixture
def clustered(tiny: Settings, started: StartedCluster) -> Runner:  # noqa: F811
    """Runs experiments on the two workers."""
    return Runner(replace(tiny, cluster=started.address))
