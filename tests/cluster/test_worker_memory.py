"""A worker that uses more memory than it may, in a real run: what the run says, and that nothing is lost.
Knows nothing about how an order is carried out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from distributed.system import MEMORY_LIMIT

from tests.cluster.conftest import wait_for_workers
from tests.cluster.test_runs import chats
from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import Runner, experiment, local_model, tiny  # noqa: F401
from tests.ui.conftest import Draw, draw_page, opened, say_a_worker_lives, sound, words  # noqa: F401
from workbench.api import allow_code_of
from workbench.cluster.dask_scheduler import how_to_give_more_memory
from workbench.cluster.local_cluster import StartedCluster, start_cluster
from workbench.settings import PROJECT, Settings

pytestmark = pytest.mark.xdist_group("cluster")

LIMIT, HUNGER = 700_000_000, 900_000_000
"""Bytes of a worker, and those that the score takes."""
SCORE = f"""
import time
from pathlib import Path

from workbench.parts.part import Score


def value(context):
    if "tank hold" in context.question and Path(__file__).with_name("hungry").exists():
        taken = b"x" * {HUNGER}
        time.sleep(30)
        del taken
    return 1.0


SCORE = Score(name="hungry", label="Hungry", help="Takes memory.", function=value)
"""


@pytest.fixture
def narrow(tiny: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StartedCluster]:  # noqa: F811
    """A cluster of two workers with little memory, which can load the module of the score, and where two
    deaths over one order are enough."""
    parts = tmp_path / "parts"
    parts.mkdir()
    (parts / "hungry_score.py").write_text(SCORE)
    (parts / "hungry").touch()
    monkeypatch.syspath_prepend(str(parts))
    cleared = {name: "" for name in os.environ if name.startswith("WORKBENCH_")}
    own = cleared | {
        "WORKBENCH_LOCAL_SERVERS": "off",
        "PYTHONPATH": os.pathsep.join([str(PROJECT), str(parts)]),
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
        "DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE": str(LIMIT / (MEMORY_LIMIT / 2)),
    }
    cluster = start_cluster(tiny.home, 2, environment=own)
    wait_for_workers(cluster, 2)
    yield cluster
    cluster.end()


def test_an_order_for_which_workers_have_too_little_memory_pauses_the_run_which_says_so_and_loses_nothing(
    tiny: Settings,  # noqa: F811
    narrow: StartedCluster,
    tmp_path: Path,
    draw_page: Draw,  # noqa: F811
) -> None:
    runner = Runner(replace(tiny, cluster=narrow.address))
    say_a_worker_lives(runner)
    with ProtocolServer() as server:
        written = experiment(
            models=[local_model(server)], prompts=["concise", "cited"],
            retrieval={"splitter": ["markdown"], "chunk_tokens": [64], "retriever": ["keyword"], "top_k": [1, 2]},
            scores=["correctness", "hungry_score:SCORE"],
        )  # fmt: skip
        allow_code_of(written, runner.settings, runner.store)
        result = runner.run(written)
        message = result.status["message"]
        assert result.state == "paused"
        assert "2 workers died while executing the same order" in message
        assert re.search(r"for lack of memory: it used [\d.]+ [MG]B\.", message), message
        assert "Start fewer workers: they share this machine's memory evenly." in message
        remarks = result.status["defect_remarks"]
        assert any("about all that it may use. It was killed and restarts" in remark for remark in remarks)
        assert result.status["failed_answers"] == 0  # both workers may die before there is an answer
        shown = words(sound(draw_page("run", experiment=result.id)))
        assert "for lack of memory" in shown and "about all that it may use" in shown
        (tmp_path / "parts" / "hungry").unlink()
        again = runner.run(result.id)
        assert again.state == "done" and again.status["failed_answers"] == 0
        assert again.status["answers"] == again.status["expected_answers"]
        made = chats(server)
        assert sum(made.values()) - len(made) <= 2 * 4  # what was under way in two workers that died


def test_the_option_for_more_memory_is_named_where_dasks_own_command_starts_workers() -> None:
    assert "`dask worker --memory-limit`" in how_to_give_more_memory("tcp://10.0.0.5:40001")
    assert "--memory-limit" not in how_to_give_more_memory("tcp://127.0.0.1:40001")
