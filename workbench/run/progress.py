"""How far an experiment is, stage by stage, as plain numbers for pages and terminals.
Knows nothing about the work itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from workbench.calls.caller import CallCounts

STAGES = ("chunk", "embed", "index", "retrieve", "rerank", "generate", "score")


@dataclass
class StageProgress:
    """total may grow while it is not known how much there is; reused is part of done."""

    done: int = 0
    total: int = 0
    reused: int = 0

    def add(self, done: int, *, reused: int = 0) -> None:
        self.done += done
        self.reused += reused
        self.total = max(self.total, self.done)


@dataclass
class Progress:
    stages: dict[str, StageProgress] = field(default_factory=lambda: {s: StageProgress() for s in STAGES})
    counts: CallCounts = field(default_factory=CallCounts)
    trials_done: int = 0
    trials: int = 0
    answers: int = 0
    failed_answers: int = 0
    message: str = ""
    providers: dict[str, str] = field(default_factory=dict)  # what is wrong with one, in words
    started_at: float = 0.0
    judging: list[dict[str, Any]] | None = None  # what judges said so far

    def __getitem__(self, stage: str) -> StageProgress:
        return self.stages[stage]

    # As an Observer of the pipeline's stages.

    def expect(self, stage: str, more: int) -> None:
        self[stage].total = max(self[stage].total, self[stage].done + more)

    def note(self, stage: str, done: int, *, reused: int = 0) -> None:
        self[stage].add(done, reused=reused)

    def to_json(self) -> dict[str, Any]:
        return {
            "stages": {name: dict(vars(stage)) for name, stage in self.stages.items()},
            "calls": dict(vars(self.counts)),
            "trials_done": self.trials_done,
            "trials": self.trials,
            "answers": self.answers,
            "failed_answers": self.failed_answers,
            "message": self.message,
            "providers": dict(self.providers),
            "started_at": self.started_at,
            "judging": self.judging,
        }
