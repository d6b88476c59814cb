"""Advice on questions, scores and aims that can show little or nothing.
Knows nothing about documents, axes or prices."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from workbench.corpus.clusters import GROUP, SECTION, count_groups
from workbench.corpus.types import Question
from workbench.formatting import listed, questions_text
from workbench.parts.registry import score_entry
from workbench.parts.scores import ANSWERABLE, EVIDENCE, REFERENCE
from workbench.planning.advice.types import Advice
from workbench.scoring import bias
from workbench.space.experiment import COST_MEASURES, LIKED, Experiment, Objective
from workbench.store.records import ExperimentQuestion

# Standard deviation of the differences by question between two configurations. Medians over the 1,128 pairs
# of the sample experiment: correctness 0.33, refusal 0.36, recall 0.42, grounding 0.18.
USUAL_DEVIATION = 0.35
# How alike the differences of two questions about one section are: 0.12 to 0.17 for people's questions of the
# sample corpus, 0.25 to 0.4 where each section has several questions. Wordings of one fact count as one.
USUAL_CORRELATION = {GROUP: 1.0, SECTION: 0.3}
# Two sensible configurations hardly ever differ by so much.
COARSE = 0.2
FEW = 20
Applies = Callable[[Question], bool]


def _has_reference(question: Question) -> bool:
    return question.answerable is not False and any(answer.strip() for answer in question.answers)


def _has_evidence(question: Question) -> bool:
    return question.answerable is not False and bool(question.evidence)


def _is_known(question: Question) -> bool:
    return question.answerable is not None


def applies_to(score: str) -> Applies | None:
    """Says for a question whether a score has a value; None when it has one for all questions."""
    entry = score_entry(score)
    rules = {REFERENCE: _has_reference, EVIDENCE: _has_evidence, ANSWERABLE: _is_known}
    applies = rules.get(entry.needs)
    if applies is not None and entry.scores_unanswerable:
        return lambda q: q.answerable is False or applies(q)
    return applies


def count_independent(clusters: Sequence[str]) -> float:
    """How many independent questions tell as much as these: their number divided by the design effect (Kish
    1965), with USUAL_CORRELATION within clusters.

    clusters: the name of each question's cluster; empty for one that stands alone.
    """
    variance = float(sum(not name for name in clusters))
    for name, size in Counter(filter(None, clusters)).items():
        variance += size * (1 + (size - 1) * USUAL_CORRELATION[name.split(" ")[0]])
    return len(clusters) ** 2 / variance if clusters else 0.0


def smallest_difference(questions: float, configs: int) -> float | None:
    """The smallest difference to the leader that so many independent questions detect with 80% power.

    Normal approximation with the standard deviation USUAL_DEVIATION, corrected over all pairs
    (docs/statistics.md). None where there is nothing to compare.
    """
    from statistics import NormalDist

    if questions < 2 or configs < 2:
        return None
    pairs = configs * (configs - 1) / 2
    normal = NormalDist()
    reach = normal.inv_cdf(1 - 0.05 / pairs / 2) + normal.inv_cdf(0.8)
    return reach * USUAL_DEVIATION / math.sqrt(questions)


def advise_on_questions(
    experiment: Experiment, questions: Sequence[ExperimentQuestion], score_names: Sequence[str], configs: int
) -> list[Advice]:
    """Advice on the questions that are asked, without probes."""
    search = [q.question for q in questions if q.part == "search"]
    return [
        *_few(experiment, [q.cluster for q in questions if q.part == "search"], configs),
        *_scores(search, score_names, experiment.objective),
        *_bounds(experiment.objective, score_names),
    ]


def _few(experiment: Experiment, clusters: Sequence[str], configs: int) -> Iterator[Advice]:
    """clusters: of the selection questions."""
    difference = smallest_difference(count_independent(clusters), configs)
    if difference is None or difference < COARSE:
        return
    narrowed = (
        "fewer tags, a higher limit, " if experiment.questions.tags or experiment.questions.limit else ""
    )
    compared = f"among {configs} configurations" if configs > 2 else "between two configurations"
    size = "no difference" if difference >= 1 else f"only differences of about {difference:.2f} or more"
    asked = questions_text(len(clusters), count_groups(clusters), "selection question")
    yield Advice(
        "questions",
        f"questions: with {asked}, {size} can be detected {compared}. Use "
        f"{narrowed}more questions, or fewer configurations.",
    )


def _scores(questions: Sequence[Question], names: Sequence[str], objective: Objective) -> Iterator[Advice]:
    idle: dict[str, list[str]] = {}
    for name in names:
        rule = applies_to(name)
        if rule is None:
            continue
        count = sum(map(rule, questions))
        needs = score_entry(name).needs
        if count == 0:
            idle.setdefault(needs, []).append(name)
        elif name in objective.names and count < min(FEW, len(questions)):
            yield Advice(
                "objective",
                f"objective: {name} rests on {count} of {len(questions)} questions; the others do not have "
                f"{needs}. Add it to more of them, or choose another score.",
            )
    for needs, without in idle.items():
        yield Advice(
            "scores",
            f"scores: no question has {needs}, so {listed(without)} stay{'s' * (len(without) == 1)} empty. "
            "Add it on the Questions page, or leave the score out.",
            "idle",
        )
        aims = [name for name in objective.names if name in without]
        if aims:
            yield Advice(
                "objective",
                f"objective: {listed(aims)} will have no value, so nothing can be ranked"
                + (" or meet the constraint" if aims[0] not in objective.aims else "")
                + f": no question has {needs}. Choose another score, or add it.",
            )
    declining = [name for name in names if score_entry(name).rewards_declining]
    told = {q.answerable for q in questions}
    if declining and True in told and False not in told:
        yield Advice(
            "scores",
            f"scores: no question is marked as one that the documents do not answer, so {listed(declining)} "
            "only counts questions that were declined wrongly, and a model that never declines scores 1. Add "
            "some questions that the documents do not answer.",
        )


def _of_unit(name: str, score_names: Sequence[str]) -> bool:
    return name == LIKED or (name in score_names and name not in COST_MEASURES)


def _bounds(objective: Objective, score_names: Sequence[str]) -> Iterator[Advice]:
    for name, sign in objective.aims.items():
        if _of_unit(name, score_names) and (sign > 0) != score_entry(name).higher_is_better:
            better, now = ("lower", "maximized") if sign > 0 else ("higher", "minimized")
            yield Advice(
                "objective",
                f"objective: {better} {name} is better, but it is {now}. "
                f"Use {'minimize' if sign > 0 else 'maximize'}, unless you want the worst.",
            )
    for word, bounds in (("at_least", objective.at_least), ("at_most", objective.at_most)):
        for name, bound in bounds.items():
            ceiling = math.inf if name in COST_MEASURES else 1.0
            least = word == "at_least"
            if bound > ceiling if least else bound < 0:
                yield Advice(
                    "objective",
                    f"objective: {word} {name} {bound:g} cannot be met: it lies between 0 and {ceiling:g}. "
                    f"Use a {'lower' if least else 'higher'} bound.",
                )
            elif bound <= 0 if least else bound >= ceiling:
                yield Advice(
                    "objective",
                    f"objective: {word} {name} {bound:g} always holds: it lies between 0 and {ceiling:g}. "
                    "Leave it out.",
                    "idle",
                )


def advise_on_bias(score_names: Sequence[str], has_probes: bool) -> list[Advice]:
    if bias.NAME not in score_names or has_probes:
        return []
    return [
        Advice(
            "scores",
            "bias: no selection question names an age, nationality, religion or gender, so there is "
            "nothing to exchange.",
            "idle",
        )
    ]
