"""The counters of a run: one source, whole over stops and resumes, and a time left that is measured.
Knows nothing about how a page shows them: tests/ui/test_run_page.py."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import Runner, experiment, local_model
from workbench.calls.stop_signal import StopSignal
from workbench.corpus.types import Document
from workbench.foreground import progress_line
from workbench.pipeline.chunk_cache import chunk_documents
from workbench.results.counters import find_counters
from workbench.results.progress_words import about, of_expected, stage_lines
from workbench.results.status import get_status
from workbench.run.progress import Progress, StageProgress
from workbench.run.time_left import ENOUGH, TimeLeft

COUNTED = ("answers", "expected_answers", "reused_answers", "trials", "trials_done", "saved_usd", "seconds")


class Watch:
    """Stops a run after some answers, and keeps what its counters were at each beat."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.seen: list[dict[str, float]] = []
        self.lines: list[str] = []
        self.stop_at = 0
        self._stop_signal = StopSignal()

    def make(self) -> StopSignal:
        self._stop_signal = StopSignal()
        return self._stop_signal

    def show(self, progress: Progress) -> None:
        counters = find_counters(self.runner.store, progress.experiment_id)
        status = get_status(self.runner.store, progress.experiment_id)
        counted = {name: getattr(counters, name) or 0 for name in COUNTED} | {"calls": counters.spend.calls}
        stages = progress.to_json()["stages"]
        counted |= {name: stages[name]["done"] for name in ("chunk", "embed", "retrieve")}
        self.seen.append(counted | {"spent": counters.spend.spent_usd})
        self.lines.append(progress_line(counters, progress))
        if status["answers"] == counters.answers:  # nothing came in between
            assert status["calls"]["reused"] == counters.reused_answers
            assert f"{of_expected(counters.answers, counters.expected_answers)} answers" in self.lines[
                -1
            ] or (not counters.answers)
        if self.stop_at and counters.answers >= self.stop_at:
            self._stop_signal.set("stopped", "Stopped by you.")


def test_no_counter_falls_when_a_run_is_stopped_and_resumed_and_all_are_those_of_the_status(
    runner: Runner,
) -> None:
    watch = Watch(runner)
    with ProtocolServer(seconds_each=0.15, slots=2) as server:
        written = experiment(
            models=[local_model(server, limits={"concurrency": 2})], prompts=["concise", "cited"]
        )
        id_ = runner.create(written)
        for stop_at in (6, 14, 0):
            watch.stop_at = stop_at
            result = runner.run(id_, make_stop_signal=watch.make, on_progress=watch.show)
            status = get_status(runner.store, id_)
            assert status["stages"]["generate"]["done"] == status["answers"] + status["probes"]
    assert result.state == "done" and len(watch.seen) > 4
    for earlier, later in zip(watch.seen, watch.seen[1:], strict=False):
        for name, value in earlier.items():
            assert later[name] >= value, (name, earlier, later)
    assert status["expected_answers"] == status["answers"] == result.status["answers"]


def test_documents_are_counted_once_however_many_ways_they_are_split(runner: Runner) -> None:
    retrieval = {"splitter": ["markdown", "sentence"], "chunk_tokens": [64], "retriever": ["keyword", "dense"],
                 "top_k": [2]}  # fmt: skip
    result = runner.run(experiment(retrieval=retrieval))
    status = get_status(runner.store, result.id)
    documents = status["documents"]
    assert documents and status["stages"]["chunk"]["done"] == 2 * documents
    assert f"{documents} documents split, 2 ways" in stage_lines(status["stages"], documents)
    json.dumps(status)


def test_each_document_is_told_when_it_is_split(tmp_path: Path) -> None:
    documents = [Document(f"d{n}.md", "D", f"Text {n}.", "markdown") for n in range(3)]
    chunk_documents(documents[:1], "sentence", 64, 0, tmp_path)
    progress, seen = Progress(), []

    class Telling:
        def expect(self, stage: str, more: int) -> None:
            progress.expect(stage, more)

        def note(self, stage: str, done: int, *, reused: int = 0, failed: int = 0) -> None:
            progress.note(stage, done, reused=reused)
            seen.append(stage_lines(progress.to_json()["stages"], 3))

        def problem(self, text: str) -> None:
            raise AssertionError(text)

    chunk_documents(documents, "sentence", 64, 0, tmp_path, Telling())
    assert seen == [["1 of 3 documents split"], ["2 of 3 documents split"], ["3 documents split"]]
    assert progress["chunk"].reused == 1


stages = st.builds(
    lambda done, reused, more: StageProgress(done, done + more, min(done, reused)),
    st.integers(0, 50), st.integers(0, 50), st.integers(0, 50),
)  # fmt: skip


@given(st.lists(stages, min_size=1, max_size=6))
def test_a_stage_never_falls_over_runs_and_never_reuses_more_than_is_done(runs: list[StageProgress]) -> None:
    before: dict[str, int] = {}
    for stage in runs:
        after = stage.after(before)
        assert after["done"] >= before.get("done", 0) and after["total"] >= before.get("total", 0)
        assert 0 <= after["reused"] <= after["done"] <= after["total"]
        before = after


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@given(each=st.floats(0.05, 30.0), total=st.integers(60, 400), at_once=st.integers(1, 8))
def test_at_a_steady_pace_the_time_left_is_right_once_it_is_told(
    each: float, total: int, at_once: int
) -> None:
    clock = Clock()
    time_left = TimeLeft(clock)
    time_left.expect("server", total)
    time_left.begin("server")
    done = 0
    while done < total:
        clock.now += each
        burst = min(at_once, total - done)
        done += burst
        for _ in range(burst):
            time_left.note("server", 1, new=1)
        told = time_left.estimate()
        really = -(-(total - done) // at_once) * each
        if done < ENOUGH:
            assert told is None
        elif told is not None and done < total:
            assert told == pytest.approx(really, rel=0.5, abs=2 * each + 1)


def test_work_from_the_store_tells_nothing_about_the_rest() -> None:
    clock = Clock()
    time_left = TimeLeft(clock)
    time_left.expect("server", 1000)
    for _ in range(200):
        clock.now += 0.01
        time_left.note("server", 1, new=0)
    assert time_left.estimate() is None
    for _ in range(2 * ENOUGH):
        clock.now += 1.0
        time_left.note("server", 1, new=1)
    assert time_left.estimate() == pytest.approx(1000 - 200 - 2 * ENOUGH, rel=0.05)


def test_the_slowest_kind_of_work_decides_and_one_that_is_unknown_leaves_it_open() -> None:
    clock = Clock()
    time_left = TimeLeft(clock)
    for kind in ("fast", "slow"):
        time_left.expect(kind, 100)
        time_left.begin(kind)
    for second in range(2 * ENOUGH):
        clock.now += 1.0
        time_left.note("fast", 1, new=1)
        assert time_left.estimate() is None
        if second % 2:
            time_left.note("slow", 1, new=1)
    for _ in range(60):
        clock.now += 2.0
        time_left.note("slow", 1, new=1)
        time_left.note("fast", 1, new=1)
    assert time_left.estimate() == pytest.approx(2.0 * 20, abs=6)


def test_a_time_that_is_estimated_is_told_roughly() -> None:
    told = {
        3: "about 3 s",
        42: "about 40 s",
        247: "about 4 min",
        1900: "about 30 min",
        6100: "about 1 h 40 min",
    }
    assert {seconds: about(seconds) for seconds in told} == told
    assert of_expected(179, 240) == "179 of 240" and of_expected(240, 240) == "240"
    assert of_expected(5, 1000, at_most=True) == "5 of at most 1,000" and of_expected(7, None) == "7"
