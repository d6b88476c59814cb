"""Proposes a route between two trials of an experiment from their stored answers: no call is made.
Knows nothing about how a proposal is shown or written to a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from workbench.analysis.route_choice import (
    DEFAULT_MARGIN,
    LEVEL,
    ChosenRoute,
    choose_route,
    find_wider_margin,
)
from workbench.analysis.route_table import RouteFigures, describe_route
from workbench.errors import InputError
from workbench.results.baseline import check_trials
from workbench.routing.stored_answers import AnswerReader, CostMeasure, Key, StoredEnds
from workbench.space.config import Config
from workbench.space.experiment import BESIDE_SCORES
from workbench.space.route import End, Route
from workbench.store.database import Store
from workbench.store.experiments import get_experiment
from workbench.store.records import ExperimentRecord, TrialRecord
from workbench.store.trials import get_trials

MOST_PAIRS = 5
"""So many pairs of trials are looked at where none is named."""
NAMES = {"cascade": "cheap-first", "router": "by-question", "router by retrieval": "by-retrieval"}


@dataclass(frozen=True)
class Proposal:
    """A route between two trials, or why there is none."""

    experiment: ExperimentRecord
    cheap: TrialRecord
    strong: TrialRecord
    score: str
    """The score that must not fall."""
    margin: float
    """By how much it may fall at most."""
    measure: CostMeasure
    """What costs are counted in."""
    route: Route | None
    """None when no route pays."""
    search: RouteFigures
    """On the questions that it was chosen on; without a route, of asking the cheap end alone."""
    holdout: RouteFigures | None
    """On the held-out questions; None where they were not asked of both trials, and without a route."""
    takes_strong: Mapping[Key, bool] = field(default_factory=dict)
    """Which answers (question id, repeat) the route would have from its strong end; empty without a route."""
    wider_margin: float | None = None
    """Without a route: a margin for which there is one; None when there is none up to 0.2."""


def propose_route(
    store: Store,
    experiment_id: str,
    *,
    strong: str | None = None,
    cheap: str | None = None,
    margin: float = DEFAULT_MARGIN,
) -> Proposal:
    """The route that saves most, at most `margin` below the strong trial with a probability of 95 %.

    strong, cheap: trials; the best pair is taken where one of them is not named.

    Raises InputError for trials that cannot be the ends of a route, and an experiment without two that can.
    """
    if not 0 < margin < 1:
        raise InputError(f"The margin is {margin:g}: it must lie between 0 and 1.")
    record = get_experiment(store, experiment_id)
    check_trials(store, experiment_id, *(t for t in (strong, cheap) if t is not None))
    score = _score_of(record)
    trials = _possible_ends(store, record, (strong, cheap))
    reader = AnswerReader(store, experiment_id, score)
    pairs = list(_pairs(trials, reader, strong, cheap))
    level = LEVEL / len(pairs)  # whichever pair is taken
    looked_at = []
    for pair in pairs:
        ends = reader.read(pair[0].id, pair[1].id)
        looked_at.append((pair, ends, choose_route(ends.search, margin, level)))
    # Without any route the first pair is shown: the best of the cheaper ones.
    pair, ends, best = max(looked_at, key=lambda one: one[2].saved if one[2] else -1.0)
    return _proposal(record, pair, score, margin, ends, best)


def _score_of(record: ExperimentRecord) -> str:
    """The score that ranks, else correctness."""
    objective = record.experiment.objective
    target = objective.target
    if target in BESIDE_SCORES or not objective.wants_more(target):
        return "correctness"
    return target


def _possible_ends(store: Store, record: ExperimentRecord, named: Sequence[str | None]) -> list[TrialRecord]:
    """The trials that may be ends. Raises InputError for a named one that may not, and where there are not
    two."""
    trials = get_trials(store, record.id)
    for trial in trials:
        what = "a system" if trial.config.system else "a route itself" if trial.config.route else None
        if trial.id in named and what:
            raise InputError(f"{trial.name} is {what}: a route leads to two configurations of the workbench.")
    possible = [t for t in trials if t.config.system is None and t.config.route is None]
    if len(possible) < 2:
        raise InputError(
            f"Experiment {record.id} has {'one configuration' if possible else 'no configuration'}; a route "
            "needs two, a cheap and a strong one, that answered the same questions.",
            hint="Add a second model, or a setting that costs more or less, run it, and ask again.",
        )
    if len(named) == 2 and named[0] is not None and named[0] == named[1]:
        raise InputError("The cheap and the strong trial are the same.", hint="Name two trials.")
    return possible


def _pairs(
    trials: Sequence[TrialRecord], reader: AnswerReader, strong: str | None, cheap: str | None
) -> Iterator[tuple[TrialRecord, TrialRecord]]:
    """(cheap, strong) pairs to look at. Raises InputError where there is none.

    The strong trial is the named one or the best by its mean; cheap ones are cheaper on the same questions,
    those nearest to it in score first.
    """
    by_id = {trial.id: trial for trial in trials}
    if strong is not None and cheap is not None:
        ends = reader.read(cheap, strong)
        if not ends.search.questions:
            raise InputError(
                f"{by_id[cheap].name} and {by_id[strong].name} have answered no common question.",
                hint="Run the experiment to its end, with a search that asks both everything.",
            )
        yield by_id[cheap], by_id[strong]
        return
    answered = {t.id: [a for a in reader.answers(t.id).values() if a.part == "search"] for t in trials}
    mean = {id_: sum(a.score or 0.0 for a in found) / len(found) for id_, found in answered.items() if found}
    fixed = strong or cheap
    if len(mean) < 2 or (fixed is not None and fixed not in mean):
        raise InputError(
            "Fewer than two configurations have scored answers, and a route needs a cheap and a strong one.",
            hint="Run the experiment first.",
        )
    best = [strong] if strong is not None else sorted(mean, key=lambda id_: -mean[id_])
    best = [id_ for id_ in best if id_ != cheap][:1]
    others = [cheap] if cheap is not None else sorted(mean, key=lambda id_: -mean[id_])
    found = 0
    for strong_id in best:
        for cheap_id in others:
            if cheap_id == strong_id or found == MOST_PAIRS:
                continue
            table = reader.read(cheap_id, strong_id).search
            if cheap is None and (not table.questions or table.cheap_cost.sum() >= table.strong_cost.sum()):
                continue
            found += 1
            yield by_id[cheap_id], by_id[strong_id]
    if not found:
        raise InputError(
            f"No configuration is cheaper than {by_id[best[0]].name}: there is nothing to save.",
            hint="Name both ends with --strong and --cheap to look at another pair.",
        )


def _proposal(
    record: ExperimentRecord,
    pair: tuple[TrialRecord, TrialRecord],
    score: str,
    margin: float,
    ends: StoredEnds,
    best: ChosenRoute | None,
) -> Proposal:
    cheap, strong = pair
    if best is None:
        nothing = ends.search.nothing
        figures = describe_route(ends.search, nothing, "router")
        wider = find_wider_margin(ends.search, margin)
        return Proposal(record, cheap, strong, score, margin, ends.measure, None, figures, None, {}, wider)
    chosen = [best.escalated(table) for table in (ends.search, ends.holdout) if table is not None]
    holdout = None if ends.holdout is None else describe_route(ends.holdout, chosen[1], best.kind)
    # By the rule as it is served: a router is judged by what it says of questions it was not fitted to.
    takes_strong = {
        key: bool(s)
        for k, mask in zip(ends.keys, chosen, strict=False)
        for key, s in zip(k, mask, strict=True)
    }
    route = make_route(best, cheap.config, strong.config)
    figures = describe_route(ends.search, best.strong, best.kind)
    return Proposal(record, cheap, strong, score, margin, ends.measure, route, figures, holdout, takes_strong)


def make_route(chosen: ChosenRoute, cheap: Config, strong: Config) -> Route:
    """The route between two configurations, with everything written out."""
    ends = [End(prompt=c.prompt, retrieval=c.retrieval, model=c.model) for c in (cheap, strong)]
    if chosen.escalate_when is not None:
        return Route(name=NAMES["cascade"], cascade=ends, escalate_when=chosen.escalate_when)
    assert chosen.weights is not None
    return Route(name=NAMES[chosen.kind], router=ends, weights=chosen.weights)
