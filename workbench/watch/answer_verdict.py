"""Says whether a winner's canaries are answered worse than when it was chosen, beyond chance.
Knows nothing about how they were asked or scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.analysis.clusters import Clusters
from workbench.analysis.confidence_intervals import mean_interval
from workbench.analysis.repeated_falls import Fall, find_falls, spendable
from workbench.parts.registry import score_entry
from workbench.parts.score_labels import label_of_score
from workbench.ship.kept_questions import Canary
from workbench.watch.verdict import FALSE_ALARM, CheckedCanaries, Verdict, counted_canaries

LEAST_FALL = 0.01
"""A mean that fell by less is not worth an alarm, however sure it is."""
MOST_SHOWN = 10


@dataclass(frozen=True)
class ScoreThenAndNow:
    """A score of the canaries, then and in each check. Arrays are [checks, canaries] or [canaries], NaN where
    there is no value, and turned so that higher is better only in `gains`."""

    name: str
    then: np.ndarray[Any, np.dtype[np.float64]]
    now: np.ndarray[Any, np.dtype[np.float64]]

    @classmethod
    def of(cls, name: str, canaries: Sequence[Canary], checks: Sequence[CheckedCanaries]) -> ScoreThenAndNow:
        then = [_mean([r.scores[name] for r in c.then if name in r.scores]) for c in canaries]
        now = [
            [_mean([a.scores[name] for a in k.answers.get(c.id, ()) if name in a.scores]) for c in canaries]
            for k in checks
        ]
        return cls(name, np.array(then), np.array(now).reshape(len(checks), len(canaries)))

    @property
    def gains(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Now minus then, higher is better: [checks, canaries]."""
        sign = 1.0 if score_entry(self.name).higher_is_better else -1.0
        return np.asarray(sign * (self.now - self.then))


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")


def clusters_of(canaries: Sequence[Canary]) -> Clusters:
    return Clusters.of([c.id for c in canaries], {c.id: c.cluster for c in canaries if c.cluster})


def watched_scores(canaries: Sequence[Canary], target: str | None) -> list[str]:
    """The scores that decide: what the experiment was after, where that is a free score, else correctness;
    and grounding.

    target: the score that the experiment was after.
    """
    kept = {name for canary in canaries for reply in canary.then for name in reply.scores}
    first = target if target in kept else "correctness"
    return [name for name in dict.fromkeys((first, "grounding")) if name in kept]


def scores_to_json(
    canaries: Sequence[Canary], checked: CheckedCanaries
) -> dict[str, dict[str, float | None]]:
    """Each score's mean now with its interval, and its mean then, over the canaries that have both."""
    names = {name for canary in canaries for reply in canary.then for name in reply.scores}
    shown: dict[str, dict[str, float | None]] = {}
    clusters = clusters_of(canaries)
    for name in sorted(names):
        score = ScoreThenAndNow.of(name, canaries, [checked])
        both = np.isfinite(score.then) & np.isfinite(score.now[0])
        if both.any():
            values = [[v] if ok else [] for v, ok in zip(score.now[0], both, strict=True)]
            interval = mean_interval(values, clusters)
            then = float(score.then[both].mean())
            shown[name] = {"mean": interval.mean, "low": interval.low, "high": interval.high, "then": then}
    return shown


def judge_answers(
    canaries: Sequence[Canary], checks: Sequence[CheckedCanaries], target: str | None
) -> Verdict:
    """The verdict of the last check.

    checks: the finished ones and the present one, the oldest first.  target: see `watched_scores`.
    """
    names = watched_scores(canaries, target)
    if not names or not checks or not checks[-1].answers:
        what = "No canary was answered." if names else "The canaries have no score from then."
        return Verdict("cannot be told", (what,))
    alpha = FALSE_ALARM / len(names)
    clusters = clusters_of(canaries)
    fallen, steady = [], []
    since: int | None = None
    detail: dict[str, Any] = {"falls": {}}
    for name in names:
        score = ScoreThenAndNow.of(name, canaries, checks)
        falls = _falls(score, clusters, [k.check.day for k in checks], alpha)
        now = score.gains[-1]
        change = float(np.nanmean(now)) if np.isfinite(now).any() else 0.0
        detail["falls"][name] = {"change": round(change, 4), "p": round(falls[-1].p, 6)}
        if falls[-1].is_fall and change <= -LEAST_FALL:
            fallen.append(_in_words(score, "fell"))
            first = next(k.check.day for k, fall in zip(checks, falls, strict=True) if fall.is_fall)
            since = first if since is None else min(since, first)
        else:
            steady.append(_in_words(score, "was"))
    detail["worst"] = _worst(canaries, checks[-1], names)
    if fallen:
        return Verdict("worse", tuple(fallen), since, detail)
    clustered = _independent(canaries, checks[-1], names)
    if 0.5**clustered > spendable(checks[-1].check.day, alpha):
        few = f"{counted_canaries(clustered)} that can be compared are too few to tell a fall from chance."
        return Verdict("cannot be told", (few, *steady), detail=detail)
    return Verdict("unchanged", tuple(steady), detail=detail)


def _falls(score: ScoreThenAndNow, clusters: Clusters, days: Sequence[int], alpha: float) -> list[Fall]:
    sums = clusters.sums(score.gains.T).T
    return find_falls(np.asarray(sums), days, alpha)


def _independent(canaries: Sequence[Canary], checked: CheckedCanaries, names: Sequence[str]) -> int:
    """The clusters of canaries that have one of the scores then and now."""
    there = np.zeros(len(canaries), dtype=bool)
    for name in names:
        there |= np.isfinite(ScoreThenAndNow.of(name, canaries, [checked]).gains[0])
    return int(len(np.unique(clusters_of(canaries).of_question[there])))


def _in_words(score: ScoreThenAndNow, verb: str) -> str:
    both = np.isfinite(score.then) & np.isfinite(score.now[-1])
    if not both.any():
        return f"{label_of_score(score.name)} has no value to compare."
    then, now = score.then[both].mean(), score.now[-1][both].mean()
    label, over = label_of_score(score.name), f"over {counted_canaries(int(both.sum()))}"
    if verb == "fell":
        direction = "fell" if score_entry(score.name).higher_is_better else "rose"
        return f"{label} {direction} from {then:.2f} to {now:.2f} {over}."
    return f"{label} was {then:.2f} then and is {now:.2f} {over}."


def _worst(
    canaries: Sequence[Canary], checked: CheckedCanaries, names: Sequence[str]
) -> list[dict[str, Any]]:
    """The canaries whose scores fell most, the worst first."""
    rows = []
    for name in names:
        gains = ScoreThenAndNow.of(name, canaries, [checked]).gains[0]
        rows += [
            (float(gain), name, canary)
            for canary, gain in zip(canaries, gains, strict=True)
            if np.isfinite(gain) and gain < 0
        ]
    rows.sort(key=lambda row: row[0])
    worst: dict[str, dict[str, Any]] = {}
    for gain, name, canary in rows:
        answers = checked.answers[canary.id]
        worst.setdefault(
            canary.id,
            {
                "canary": canary.id,
                "question": canary.question["question"],
                "score": name,
                "change": round(gain, 4),
                "then": canary.then[0].answer,
                "now": answers[0].answer,
            },
        )
    return list(worst.values())[:MOST_SHOWN]
