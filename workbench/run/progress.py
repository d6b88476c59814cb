"""How far a run is, stage by stage, as plain numbers for pages and terminals.
Knows nothing about the work itself. Answers, calls and dollars are counted in the store, not here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from workbench.fingerprint import fingerprint
from workbench.pipeline.observer import Observer
from workbench.run.time_left import TimeLeft
from workbench.store.learning.tuning_jobs import FAILED, WAITING, TuningJob

STAGES = ("chunk", "context", "embed", "index", "retrieve", "rerank", "generate", "score")
TIMED = ("retrieve", "rerank")
"""Stages whose pace decides the time left, beside that of each provider's answers."""


@dataclass
class StageProgress:
    """Pieces of work of one stage, over all runs of the experiment."""

    done: int = 0
    total: int = 0
    """May grow while it is not known how much there is."""
    reused: int = 0
    """Those that were stored before the experiment's first run; a part of `done`."""
    failed: int = 0
    """Those that came to nothing, and which the run does without; a part of `done`."""

    def add(self, done: int, *, reused: int = 0, failed: int = 0) -> None:
        self.done += done
        self.reused += reused
        self.failed += failed
        self.total = max(self.total, self.done)

    def after(self, before: Mapping[str, int]) -> dict[str, int]:
        """With what earlier runs did. A resumed run finds their work stored: it is done, and not reused."""
        done = max(self.done, before.get("done", 0))
        made = before.get("done", 0) - before.get("reused", 0) + self.done - self.reused
        return {
            "done": done,
            "total": max(self.total, before.get("total", 0), done),
            "reused": max(0, done - made),
            **({"failed": self.failed} if self.failed else {}),
        }


@dataclass(frozen=True)
class Work:
    """A piece of work that is done once, such as the embedding of a corpus by one model."""

    stage: str
    counted: StageProgress


@dataclass(frozen=True)
class _WorkObserver:
    """Counts one piece of work, beside the stage that it is a part of."""

    progress: Progress
    counted: StageProgress

    def expect(self, stage: str, more: int) -> None:
        self.counted.total = max(self.counted.total, self.counted.done + more)
        self.progress.expect(stage, more)

    def note(self, stage: str, done: int, *, reused: int = 0, failed: int = 0) -> None:
        self.counted.add(done, reused=reused, failed=failed)
        self.progress.note(stage, done, reused=reused, failed=failed)

    def problem(self, text: str) -> None:
        self.progress.problem(text)


@dataclass
class TrainingProgress:
    """How far the training of one model is."""

    state: str = WAITING
    """That of its job: "waiting", "running", "stopped", "failed" or "done"."""
    message: str = ""
    """What it does at present, or why it stopped or failed, in words."""
    reused: bool = False
    """Whether it was trained before this run."""
    key: str = ""
    """The key of its job; "" before there is one."""
    rows: int = 0
    """Rows of training data; 0 before they are made."""
    step: int = 0
    """Steps of training done."""
    steps: int = 0
    """Steps of training in all; 0 while that is not known."""
    loss: float | None = None
    """The last one that was reported."""
    seconds: float = 0.0
    """Seconds of training, all attempts together."""

    def take(self, job: TuningJob) -> None:
        """Take over how the job stands."""
        self.key, self.state, self.message, self.rows = job.key, job.state, job.message, job.rows
        self.step, self.steps, self.loss, self.seconds = job.step, job.steps, job.loss, job.seconds

    def fail(self, message: str) -> None:
        self.state, self.message = FAILED, message


@dataclass
class Progress:
    """The progress of one run. `to_json` adds that of the experiment's earlier runs."""

    before: Mapping[str, Any] = field(default_factory=dict)
    """What `to_json` returned at the end of the run before; empty for a first one."""
    documents: int = 0
    """Documents of the corpus."""
    experiment_id: str = ""
    stages: dict[str, StageProgress] = field(default_factory=lambda: {s: StageProgress() for s in STAGES})
    answers: int = 0
    """Answers to questions, those of earlier runs included as soon as they are found."""
    expected_answers: int | None = None
    """The answers to questions that the experiment has in the end; None while that is not known."""
    expected_at_most: bool = False
    """Whether the search may end with fewer answers than expected."""
    trials: int = 0
    """Configurations so far; 0 while documents are read."""
    trials_done: int = 0
    """Configurations that this run found or made complete."""
    message: str = ""
    """What the search is doing, in words."""
    cluster: str = ""
    """The address of the scheduler whose workers carry it out; "" where this process does."""
    providers: dict[str, str] = field(default_factory=dict)
    """What is wrong with a provider, in words."""
    problems: dict[str, None] = field(default_factory=dict)
    """What is not as it should be while the work goes on, in words, each once."""
    started_at: float = 0.0
    """Unix seconds."""
    judging: list[dict[str, Any]] | None = None
    """What judges said so far."""
    time_left: TimeLeft = field(default_factory=TimeLeft)
    trainings: dict[str, TrainingProgress] = field(default_factory=dict)
    """Model name → how far its training is; without those that nothing has asked for yet."""
    works: dict[str, Work] = field(default_factory=dict)
    """By a hash of what it is, what was counted of each piece of work that processes may share."""

    def __getitem__(self, stage: str) -> StageProgress:
        return self.stages[stage]

    # As an Observer of the pipeline's stages.

    def expect(self, stage: str, more: int) -> None:
        self[stage].total = max(self[stage].total, self[stage].done + more)

    def note(self, stage: str, done: int, *, reused: int = 0, failed: int = 0) -> None:
        self[stage].add(done, reused=reused, failed=failed)
        if stage in TIMED:
            self.time_left.note(stage, done, new=done - reused)

    def problem(self, text: str) -> None:
        self.problems[text] = None

    def observe_work(self, stage: str, *what: Any) -> Observer:
        """An Observer of one piece of work of a stage. Several processes may do parts of it, or find it done
        by others: see `merge_work`."""
        work = self.works.setdefault(fingerprint(stage, *what), Work(stage, StageProgress()))
        return _WorkObserver(self, work.counted)

    def merge_work(self, key: str, work: Work) -> None:
        """Take over what another process counted of a piece of work, as far as it is more than was counted
        before. Who finds done what another one did counts it as reused: what one of them made was made."""
        mine, theirs = self.works.setdefault(key, Work(work.stage, StageProgress())).counted, work.counted
        done = max(mine.done, theirs.done)
        merged = StageProgress(
            done=done,
            total=max(mine.total, theirs.total),
            reused=done - max(mine.done - mine.reused, theirs.done - theirs.reused),
            failed=max(mine.failed, theirs.failed),
        )
        stage = self[work.stage]
        for name, value in vars(merged).items():
            setattr(stage, name, getattr(stage, name) + value - getattr(mine, name))
            setattr(mine, name, value)

    def to_json(self) -> dict[str, Any]:
        before = self.before.get("stages", {})
        return {
            "documents": self.documents or self.before.get("documents", 0),
            "stages": {name: stage.after(before.get(name, {})) for name, stage in self.stages.items()},
            "expected_answers": self.expected_answers or self.before.get("expected_answers"),
            "expected_at_most": self.expected_at_most,
            "seconds_left": self.time_left.estimate(),
            "message": self.message,
            **({"cluster": self.cluster} if self.cluster else {}),
            "providers": dict(self.providers),
            "problems": list(self.problems or self.before.get("problems", ())),
            "started_at": self.started_at,
            "judging": self.judging,
            "trainings": dict(self.before.get("trainings", {}))
            | {name: asdict(training) for name, training in self.trainings.items()},
        }
