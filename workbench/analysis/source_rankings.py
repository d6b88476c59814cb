"""Says whether drafted questions rank the configurations of an experiment as people's questions do.
Knows nothing about the store or pages: figures in, plain sentences out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.analysis.comparison_words import comparison_to_json
from workbench.analysis.rankings import ENOUGH_CLUSTERS, ENOUGH_CONFIGURATIONS, RankAgreement
from workbench.corpus.question_sources import LABELS, Source
from workbench.formatting import p_text
from workbench.store.figures import Comparison


@dataclass(frozen=True)
class Pick:
    """The configuration that some questions rank first."""

    trial_id: str
    name: str


@dataclass(frozen=True)
class SourceRankings:
    """How drafted questions rank the configurations, beside people's (or imported) ones."""

    drafted: int
    """How many of the selection questions are drafted."""
    others: int
    """How many are those that they are held against."""
    other: Source
    """Whose those are: "person", or "import" where people wrote none."""
    configurations: int
    """How many configurations were ranked by both."""
    agreement: RankAgreement | None
    """None where nothing can be claimed."""
    drafted_pick: Pick | None
    """What the drafted questions rank first; None where they rank nothing."""
    other_pick: Pick | None
    """What the others rank first."""
    loss: Comparison | None
    """The drafted questions' pick against the others' own, on the others' questions; None for the same."""

    @property
    def differ(self) -> bool | None:
        """Whether the two rank differently; None where too little is known to tell."""
        return None if self.agreement is None else self.agreement.differ

    @property
    def in_words(self) -> str:
        """One sentence or two."""
        if self.agreement is None:
            return self._why_not
        tau = self.agreement
        figures = f"Kendall's tau {tau.tau:.2f} ({tau.low:.2f} to {tau.high:.2f})"
        who = f"Drafted and {LABELS[self.other]} questions"
        if tau.differ:
            said = f"{who} rank the configurations differently: {figures}, {p_text(tau.p)}."
        else:
            said = f"{who} rank the configurations alike, as far as can be told: {figures}."
        return f"{said} {self._picks}".rstrip()

    @property
    def _why_not(self) -> str:
        who = f"drafted and {LABELS[self.other]} questions"
        start = f"Too little to tell whether {who} rank the configurations alike:"
        if self.configurations < ENOUGH_CONFIGURATIONS:
            need = f"{ENOUGH_CONFIGURATIONS} configurations are needed"
            return f"{start} {self.configurations} were ranked by both, and {need}."
        counts = f"drafted: {self.drafted:,}, {LABELS[self.other]}: {self.others:,}"
        return f"{start} {ENOUGH_CLUSTERS} independent questions of each are needed ({counts})."

    @property
    def _picks(self) -> str:
        if self.drafted_pick is None or self.other_pick is None:
            return ""
        if self.drafted_pick == self.other_pick:
            return f"Both put {self.drafted_pick.name} first."
        words = f"The drafted questions' first, {self.drafted_pick.name}, is"
        beside = f"on {LABELS[self.other]} questions than their own first, {self.other_pick.name}"
        loss = self.loss
        if loss is None or loss.mean is None:
            return f"{words} not theirs, {self.other_pick.name}."
        size = f"{abs(loss.mean):.3f}"
        if loss.low is not None and loss.high is not None:
            low, high = sorted((abs(loss.low), abs(loss.high)))
            size += f" ({low:.2f} to {high:.2f})" if loss.low * loss.high > 0 else ""
        if loss.better is False:
            return f"{words} worse by {size} {beside}."
        return f"{words} tied with theirs, {self.other_pick.name}, on {LABELS[self.other]} questions."

    def to_json(self) -> dict[str, Any]:
        """Return it as `leaderboard --json` shows it, under `by_source`."""
        tau = self.agreement
        return {
            "drafted": self.drafted,
            "others": self.others,
            "other": self.other,
            "configurations": self.configurations,
            "tau": None if tau is None else tau.tau,
            "low": None if tau is None else tau.low,
            "high": None if tau is None else tau.high,
            "p": None if tau is None else tau.p,
            "differ": self.differ,
            "drafted_pick": None if self.drafted_pick is None else self.drafted_pick.trial_id,
            "other_pick": None if self.other_pick is None else self.other_pick.trial_id,
            "loss": comparison_to_json(self.loss, "their own first"),
            "in_words": self.in_words,
        }
