"""Says what an experiment has shown so far: a winner or none yet, why, and what would help.
Knows nothing about the store or pages: ranked and compared rows in, plain sentences out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from workbench.analysis.comparison_words import comparison_to_json, needed_in_words
from workbench.analysis.held_out import HeldOut, judge_held_out
from workbench.analysis.leaderboard import LeaderboardRow, measure
from workbench.analysis.noise import levels
from workbench.analysis.tally import Tally, tally_against
from workbench.formatting import counted, dollars, questions_text, uncapitalised
from workbench.parts.score_labels import label_of_score
from workbench.space.experiment import LIKED, Objective

Kind = Literal["winner", "no winner yet", "nothing feasible", "nothing ranked"]
FEWEST_QUESTIONS = 6
"""With fewer questions than this, not even the most extreme result is significant at 5 %."""


@dataclass(frozen=True)
class Verdict:
    """What an experiment has shown."""

    kind: Kind
    so_far: bool
    """Whether the experiment is not done, so that this may change."""
    leader: LeaderboardRow | None
    """The first row: the winner, or what leads without being one; None where nothing is ranked."""
    tied: tuple[LeaderboardRow, ...]
    """The others from which it does not differ significantly, in order of rank."""
    worse: int
    """How many configurations are significantly worse, dropped ones included."""
    dropped: int
    """How many the search dropped although they are tied with the first one."""
    cheapest: LeaderboardRow | None
    """The cheapest of the first one and those tied with it; None where costs are unknown or equal but for
    noise."""
    fastest: LeaderboardRow | None
    """The fastest of them; None where times are unknown or equal but for noise."""
    held_out: HeldOut
    """Whether the held-out questions confirm the first one's figure."""
    baseline: Tally | None
    """None where nothing is compared with a baseline."""
    headline: str
    """The verdict in one sentence."""
    reasons: tuple[str, ...]
    """Why there is no winner, in sentences; empty when there is one."""
    advice: tuple[str, ...]
    """What would help, in sentences; empty when there is a winner."""
    caveats: tuple[str, ...] = ()
    """What the questions leave in doubt, in sentences: it is said before everything else."""

    @property
    def sentences(self) -> list[str]:
        """All that is to be said, in order."""
        said = [*self.caveats, self.headline, *self.reasons, *self.advice]
        if self.kind == "winner":
            said += [text for text in (self.tied_in_words, self.dropped_in_words) if text]
        said += [self.held_out.in_words] if self.held_out.in_words else []
        return said + ([self.baseline.in_words] if self.baseline else [])

    @property
    def dropped_in_words(self) -> str:
        """How many the search dropped although they are tied with the first; "" for none."""
        if not self.dropped:
            return ""
        return (
            f"The search dropped {counted(self.dropped, 'configuration')} tied with it on the "
            "questions that both were asked."
        )

    @property
    def tied_in_words(self) -> str:
        """How many are tied with the first, and which of them is the cheapest and fastest; "" for none."""
        if not self.tied:
            return ""
        words = f"It is tied with {counted(len(self.tied), 'other configuration')}"
        extremes = [
            f"none of them is {more} by more than noise"
            if row is self.leader
            else f"the {most} of all is {row.trial.name}"
            for more, most, row in (
                ("cheaper", "cheapest", self.cheapest),
                ("faster", "fastest", self.fastest),
            )
            if row is not None
        ]
        return "; ".join([words, *extremes]) + "."


def make_verdict(
    rows: Sequence[LeaderboardRow],
    objective: Objective,
    *,
    so_far: bool = False,
    baseline: str | None = None,
    caveats: Sequence[str] = (),
) -> Verdict:
    """The verdict on a leaderboard.

    rows: in order of rank, with their stored comparisons.
    so_far: whether the experiment is not done.
    baseline: the id of the baseline's trial.
    caveats: what the questions leave in doubt, in sentences.
    """
    leader = rows[0] if rows and rows[0].rank is not None else None
    if leader is None:
        return _nothing_ranked(rows, objective, so_far, tuple(caveats))
    rivals = [row for row in rows[1:] if row.rank is not None and row.feasible == leader.feasible]
    tied = tuple(row for row in rivals if row.tied)
    worse = sum(row.to_leader is not None and row.to_leader.better is False for row in rows[1:])
    kind, reasons = _judge(rows, leader, rivals, worse, objective)
    if kind == "no winner yet":
        reasons += _fewer_answers(leader, rivals)
    words = {
        "winner": "The winner so far is" if so_far else "The winner is",
        "no winner yet": "No winner yet. The first is",
        "nothing feasible": "No configuration meets the constraints. The nearest is",
    }
    return Verdict(
        kind=kind,
        so_far=so_far,
        leader=leader,
        tied=tied,
        worse=worse,
        dropped=sum(
            row.trial.state == "dropped" and row.to_leader is not None and row.to_leader.better is None
            for row in rows[1:]
        ),
        cheapest=_least("cost_per_1k_questions", [leader, *tied]),
        fastest=_least("seconds_p50", [leader, *tied]),
        held_out=judge_held_out(leader, objective),
        baseline=tally_against(rows, leader, baseline),
        headline=f"{words[kind]} {leader.trial.name}{_figure_in_words(leader, objective)}.",
        reasons=tuple(reasons),
        advice=tuple(_advise(leader, rivals, kind)),
        caveats=tuple(caveats),
    )


def _nothing_ranked(
    rows: Sequence[LeaderboardRow], objective: Objective, so_far: bool, caveats: tuple[str, ...]
) -> Verdict:
    reasons, advice = [f"No answer has a value for the objective{' yet' if so_far else ''}."], []
    if not rows:
        reasons = ["There are no configurations yet."]
    elif objective.target == LIKED:
        reasons, advice = (
            ["Nothing is known yet about what people like."],
            ["Rate answers on the page Review."],
        )
    return Verdict(
        "nothing ranked", so_far, None, (), 0, 0, None, None, HeldOut("none", ""), None,
        "No configuration is ranked yet.", tuple(reasons), tuple(advice), caveats,
    )  # fmt: skip


def _judge(
    rows: Sequence[LeaderboardRow],
    leader: LeaderboardRow,
    rivals: Sequence[LeaderboardRow],
    worse: int,
    objective: Objective,
) -> tuple[Kind, list[str]]:
    """The kind of the verdict, and why there is no winner."""
    if not leader.feasible:
        return "nothing feasible", [f"Constraints not met: {'; '.join(leader.broken)}."]
    infeasible = [row for row in rows if row.rank is not None and not row.feasible]
    dropped = [row for row in rows if row.trial.state == "dropped" and row.search is not None]
    if worse or (infeasible and not rivals):
        return "winner", []
    if len(rows) == 1:
        return "no winner yet", ["There is only one configuration, so there is nothing to choose between."]
    compared = [c for row in rows[1:] if (c := row.to_leader) is not None]
    if not compared:
        return "no winner yet", ["The configurations have not been compared yet."]
    most = max(compared, key=lambda c: c.questions)
    among, asked = counted(len(rivals) + 1, "configuration"), questions_text(most.questions, most.groups)
    reasons = [f"The first of {among} is tied with all others on {asked}."]
    if objective.target != LIKED and (most.groups or most.questions) < FEWEST_QUESTIONS:
        what = "questions" if most.groups is None else "groups of questions"
        reasons.append(f"With fewer than {FEWEST_QUESTIONS} {what}, no difference can be significant.")
    elif all(c.mean == 0 for c in compared):
        reasons.append(f"All have the same {uncapitalised(label_of_score(objective.target))}.")
    if dropped:
        reasons.append(
            f"The search dropped {counted(len(dropped), 'configuration')}, tied with the first on the "
            "questions that both were asked."
        )
    return "no winner yet", reasons


def _fewer_answers(leader: LeaderboardRow, rivals: Sequence[LeaderboardRow]) -> list[str]:
    """That the first leads on fewer answers than others have: it may lead by chance, or by easy questions."""
    own, *others = (row.search.answers if row.search else 0 for row in (leader, *rivals))
    most = max(others, default=0)
    if own >= most:
        return []
    return [f"The first has {counted(own, 'answer')} so far, others have up to {most:,}."]


def _advise(leader: LeaderboardRow, rivals: Sequence[LeaderboardRow], kind: Kind) -> list[str]:
    """What would help to tell the configurations apart, in sentences."""
    compared = [c for row in rivals if (c := row.to_leader) is not None]
    if kind != "no winner yet" or not compared:
        return []
    if compared[0].score == LIKED:
        return ["More ratings: the page Review asks for those that decide most."]
    advice = []
    sizes = {c.questions_needed: c for c in compared if c.questions_needed is not None}
    if sizes:
        nearest = sizes[min(sizes)]
        groups = "" if nearest.groups is None else f" in {counted(nearest.groups, 'group')}"
        advice.append(
            f"More questions: if the differences are as large as they look now, it would take "
            f"{needed_in_words(nearest)}, and there are {nearest.questions:,}{groups}."
        )
    elif max(c.groups or c.questions for c in compared) < 40:
        advice.append("More questions: with 40 or more, differences can be estimated.")
    consistency = leader.search.consistency if leader.search else None
    flips = consistency.correctness_flips if consistency else None
    if (flips and flips.mean) or (consistency is None and leader.trial.config.model.temperature):
        advice.append(
            "More repeats: this model answers the same question differently each time, and repeats "
            "average that out."
        )
    alone = sum(c.better_alone is False for c in compared)
    if alone:
        advice.append(
            f"Fewer configurations: {alone} of {len(compared)} are worse than the first when that pair is "
            f"tested alone."
        )
    return advice


def _least(name: str, rows: Sequence[LeaderboardRow]) -> LeaderboardRow | None:
    """The row with the lowest cost or time, the best of those that differ by noise; None where all do."""
    places = levels(name, [measure(row.search, name) for row in rows])
    known = [(place, i) for i, place in enumerate(places) if measure(rows[i].search, name) is not None]
    if not known or len({place for place, _ in known}) < 2:
        return None
    return rows[min(known)[1]]


def _figure_in_words(row: LeaderboardRow, objective: Objective) -> str:
    """ ", correctness 0.522 (0.44 to 0.60)"; "" where the figure is unknown."""
    value = measure(row.search, objective.target)
    if value is None:
        return ""
    figure = row.search.scores.get(objective.target) if row.search else None
    interval = ""
    if figure is not None and figure.low is not None and figure.high is not None:
        interval = f" ({figure.low:.2f} to {figure.high:.2f})"
    label = uncapitalised(label_of_score(objective.target))
    if objective.target == "cost_per_1k_questions":
        return f", {dollars(value)} per 1,000 questions"
    return f", {label} {value:.3f}{interval}" if figure else f", {label} {value:.3g}"


def verdict_to_json(verdict: Verdict) -> dict[str, Any]:
    """The verdict as `leaderboard --json` shows it, under `verdict`."""
    leader, tally = verdict.leader, verdict.baseline
    return {
        "kind": verdict.kind,
        "so_far": verdict.so_far,
        "trial": leader.trial.id if leader else None,
        "name": leader.trial.name if leader else None,
        "tied": [row.trial.id for row in verdict.tied],
        "worse": verdict.worse,
        "dropped": verdict.dropped,
        "cheapest": verdict.cheapest.trial.id if verdict.cheapest else None,
        "fastest": verdict.fastest.trial.id if verdict.fastest else None,
        "held_out": {"verdict": verdict.held_out.kind, "in_words": verdict.held_out.in_words},
        "baseline": None
        if tally is None
        else {
            "trial": tally.trial_id,
            "name": tally.name,
            "better": tally.better,
            "worse": tally.worse,
            "same": tally.same,
            "in_words": tally.in_words,
            "leader": comparison_to_json(tally.leader),
        },
        "headline": verdict.headline,
        "reasons": list(verdict.reasons),
        "advice": list(verdict.advice),
        "caveats": list(verdict.caveats),
        "sentences": verdict.sentences,
    }
