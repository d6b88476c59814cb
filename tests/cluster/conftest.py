"""A scheduler and two workers of this machine, started once for all tests of this room and ended after them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

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
    """Two workers for all tests that need no more; they leave nothing in memory."""
    before = named_semaphores()
    home = tmp_path_factory.mktemp("cluster")
    cleared = {name: "" for name in os.environ if name.startswith("WORKBENCH_")}
    own = cleared | {"WORKBENCH_HOME": str(home), "WORKBENCH_LOCAL_SERVERS": "off"}
    cluster = start_cluster(home, 2, environment=own)
    wait_for_workers(cluster, 2)
    its_own = named_semaphores() - before
    yield cluster
    cluster.end()
    until = time.monotonic() + 60
    while its_own & named_semaphores() and time.monotonic() < until:
        time.sleep(0.05)
    assert not its_own & named_semaphores()


def named_semaphores() -> set[str]:
    """Those of the processes of this machine that Python made, where Linux shows them."""
    return {path.name for path in Path("/dev/shm").glob("sem.mp-*")}


@pytest.fixture
def clustered(tiny: Settings, started: StartedCluster) -> Runner:  # noqa: F811
    """Runs experiments on the two workers."""
    return Runner(replace(tiny, cluster=started.address))
