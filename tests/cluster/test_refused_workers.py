"""A worker that a run cannot use, and a cluster without workers: said at once, and done all the same.
Knows nothing about what else a worker may lack: see test_orders."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tiny_experiment import Runner, experiment
from tests.ui.conftest import Draw, draw_page, opened, say_a_worker_lives, sound, words  # noqa: F401
from workbench.cluster import coordinator
from workbench.cluster.local_cluster import StartedCluster, start_cluster
from workbench.results.status import get_status
from workbench.run.progress import Progress
from workbench.settings import Settings

pytestmark = pytest.mark.xdist_group("cluster")


@pytest.fixture
def lonely(tmp_path: Path) -> Iterator[StartedCluster]:
    """A cluster of one worker."""
    cleared = {name: "" for name in os.environ if name.startswith("WORKBENCH_")}
    cluster = start_cluster(tmp_path, 1, environment=cleared | {"WORKBENCH_LOCAL_SERVERS": "off"})
    yield cluster
    cluster.end()


def test_a_worker_with_other_code_is_sent_away_and_a_run_without_any_says_so_and_does_the_work(
    tiny: Settings,
    lonely: StartedCluster,
    draw_page: Draw,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runner = Runner(replace(tiny, cluster=lonely.address))
    say_a_worker_lives(runner)
    with monkeypatch.context() as other:
        other.setattr(coordinator, "code_fingerprint", lambda: "0.0.9 abc")
        result = runner.run(experiment())
    message = result.status["message"]
    assert result.state == "paused" and "No worker can be used" in message and "needs 0.0.9 abc" in message
    assert any("is not used: It runs workbench" in remark for remark in result.status["defect_remarks"])
    shown = words(sound(draw_page("run", experiment=result.id)))
    assert "No worker can be used" in shown and "is not used: It runs workbench" in shown

    def wait_no_longer(progress: Progress) -> None:
        if "has no workers" in progress.message:
            heard.append(progress.message)
            monkeypatch.setattr(coordinator, "WAIT_SECONDS", 0.0)

    heard: list[str] = []
    again = runner.run(result.id, on_progress=wait_no_longer)
    assert heard[0].startswith(f"The cluster at {lonely.address} has no workers. The run waits 60 s")
    assert again.state == "done" and again.status["failed_answers"] == 0
    remarks = get_status(runner.store, result.id)["defect_remarks"]
    assert f"The cluster at {lonely.address} has no workers: the work is done here." in remarks
