"""What a cluster of this machine leaves in the data folder, and how it ends.
Knows nothing about what its workers do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from workbench.cluster import local_cluster
from workbench.cluster.local_cluster import FOLDER, OWNER, StartedCluster, find_abandoned
from workbench.store.processes import owner_name, this_host


def test_folders_of_clusters_whose_process_is_gone_are_found(tmp_path: Path) -> None:
    owners = {
        "scratch-1": owner_name(),
        "scratch-2": f"{this_host()}:999999999:a",
        "scratch-3": "another:1:a",
    }
    for name, owner in owners.items():
        (tmp_path / FOLDER / name).mkdir(parents=True)
        (tmp_path / FOLDER / name / OWNER).write_text(owner)
    (tmp_path / FOLDER / "scratch-4").mkdir()
    assert [folder.name for folder in find_abandoned(tmp_path)] == ["scratch-2"]


def test_a_large_log_keeps_its_end(tmp_path: Path) -> None:
    log = tmp_path / "workers.log"
    log.write_bytes(b"old\n" * (local_cluster.LARGEST_LOG // 4 + 1) + b"last\n")
    local_cluster.cut_log(log)
    assert log.stat().st_size == local_cluster.KEPT_OF_LOG and log.read_bytes().endswith(b"old\nlast\n")


def test_a_cluster_whose_scheduler_is_gone_says_that_it_waits_for_its_workers(tmp_path: Path) -> None:
    scheduler, workers = (
        subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({seconds})"], stdin=subprocess.PIPE)
        for seconds in (0, 2)
    )
    scheduler.wait()
    told: list[str] = []
    StartedCluster("tcp://127.0.0.1:9", scheduler, workers, tmp_path, tmp_path / "scratch").end(told.append)
    assert workers.returncode == 0 and len(told) == 1 and "up to 40 s to store" in told[0]
