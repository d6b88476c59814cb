"""Reads the status, the ranking and the ledger of an experiment, in the stable formats (docs/design.md).
Knows nothing about running anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.analysis import judge_summary as judged
from workbench.analysis.leaderboard import LeaderboardRow, rank_trials, with_comparisons
from workbench.analysis.verdict import Verdict, make_verdict
from workbench.corpus.question_sources import Source
from workbench.replies.defects import describe_defects
from workbench.results.baseline import find_baseline
from workbench.results.counters import Counters, read_counters
from workbench.results.kept import Kept
from workbench.results.measured import describe_missing_ratings, read_summaries, version_of_liked
from workbench.results.served import describe_served
from workbench.results.sources import describe_drafts
from workbench.results.trained_on import describe_trained_on
from workbench.space.experiment import LIKED, Objective
from workbench.space.scores import judged_names
from workbench.store.answers import group_failures
from workbench.store.comparisons import count_comparisons, get_comparisons
from workbench.store.database import Store
from workbench.store.defects import ModelDefects, sum_defects
from workbench.store.experiments import get_experiment
from workbench.store.failed_answers import list_failures
from workbench.store.figures import Comparison, Failures, JudgeFacts, Preferred, Summary
from workbench.store.judge_summaries import get_judge_facts
from workbench.store.ledger import get_spend, list_calls, sum_calls
from workbench.store.preferences import count_preferences
from workbench.store.questions import count_questions
from workbench.store.records import CallRecord, ExperimentRecord, TrialRecord
from workbench.store.sharing.lost_calls import get_doubt
from workbench.store.summaries import count_ratings
from workbench.store.trials import get_trials

if TYPE_CHECKING:
    from workbench.analysis.liked.types import LikedEstimates

_verdicts: Kept[Verdict] = Kept(most=50)


def get_status(store: Store, experiment_id: str) -> dict[str, Any]:
    """The document of `status --json`."""
    record = get_experiment(store, experiment_id)
    counters = read_counters(store, record)
    facts = _judge_facts(store, record)
    defects = sum_defects(store, experiment_id)
    return {
        "experiment": record.id,
        "name": record.name,
        "state": record.state,
        "message": record.message,
        "trials": counters.trials,
        "trials_done": counters.trials_done,
        "trials_dropped": counters.trials_dropped,
        "answers": counters.answers,
        "expected_answers": counters.expected_answers,
        "expected_at_most": counters.expected_at_most,
        "failed_answers": counters.failed_answers,
        "failures": [
            {"kind": f.kind, "count": f.count, "error": f.error} for f in group_failures(store, experiment_id)
        ],
        "probes": counters.probes,
        "failed_probes": counters.failed_probes,
        "calls": {"made": counters.spend.calls, "reused": counters.reused_answers},
        "spent_usd": counters.spend.spent_usd,
        "doubtful": asdict(counters.doubt),
        "unpriced_calls": counters.spend.unpriced,
        "estimated_calls": counters.spend.estimated,
        "disagreeing_calls": counters.spend.disagreeing,
        "saved_usd": counters.saved_usd + sum(f.saved_usd for f in facts),
        "budget_usd": record.budget_usd,
        "forecast_usd": counters.forecast_usd,
        "seconds": counters.seconds,
        "seconds_left": counters.seconds_left,
        "documents": record.progress.get("documents"),
        "stages": _stages(record, counters),
        "trainings": record.progress.get("trainings", {}),
        "defects": [asdict(d) for d in defects],
        "defect_remarks": [*record.progress.get("problems", ()), *describe_model_defects(defects)],
        "warnings": [
            *record.problems,
            *describe_served(store, experiment_id),
            *describe_trained_on(store, experiment_id),
            *judged.warnings(facts),
            *describe_missing_ratings(store, experiment_id, record.experiment.objective),
        ],
    }


def _stages(record: ExperimentRecord, counters: Counters) -> dict[str, dict[str, int]]:
    """The stages' progress as the run stored it; that of answers is counted with all other answers."""
    stages: dict[str, dict[str, int]] = dict(record.progress.get("stages", {}))
    if stages:
        done = counters.answers + counters.probes
        total = done if record.state == "done" else max(done, stages["generate"]["total"])
        stages["generate"] = {"done": done, "total": total, "reused": counters.reused_answers}
    return stages


def describe_model_defects(defects: Sequence[ModelDefects]) -> list[str]:
    """One sentence for each model whose replies have defects."""
    return [f"{d.model}: {'; '.join(describe_defects(d.counts, d.answers, d.max_tokens))}." for d in defects]


def get_judging(store: Store, experiment_id: str) -> tuple[dict[str, Any], list[str]]:
    """Score name → figures of the judged scores, and warnings about them; both empty without judges."""
    record = get_experiment(store, experiment_id)
    is_ladder, facts = judged_names(record.experiment.scores), _judge_facts(store, record)
    return {f.name: judged.to_json(f, ladder=is_ladder[f.name]) for f in facts}, judged.warnings(facts)


def _judge_facts(store: Store, record: ExperimentRecord) -> list[JudgeFacts]:
    """The figures as the run stored them, at most a minute old while it goes on; else computed now."""
    stored = record.progress.get("judging")
    if stored is not None:
        return [JudgeFacts.from_json(facts) for facts in stored]
    return get_judge_facts(store, record.id, list(judged_names(record.experiment.scores)))


@dataclass(frozen=True)
class Figures:
    """What an experiment's trials are ranked by, read once to rank by several objectives."""

    experiment_id: str
    objective: Objective
    trials: list[TrialRecord]
    summaries: dict[str, dict[str, Summary]]
    """Trial id → part of the questions → summary."""
    ratings: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Trial id → (thumbs up, thumbs down)."""
    preferences: dict[str, Preferred] = field(default_factory=dict)
    """Trial id → what people chose, blind."""
    failures: dict[str, list[Failures]] = field(default_factory=dict)
    """Trial id → why answers to the selection questions failed."""
    baseline: str | None = None
    """The id of the baseline's trial; None before there is one."""
    questions: int = 0
    """How many selection questions there are."""
    groups: int | None = None
    """How many groups they fall into, which intervals and tests go by; None where each stands alone."""
    source: Source | None = None
    """Whose questions they rest on alone; None for all questions."""
    comparisons: Sequence[Comparison] | None = None
    """Those with the leader and the baseline; None for those that are stored."""
    liked: LikedEstimates | None = None
    """Where `liked` among the scores comes from; None where it is not among them."""


def read_figures(store: Store, experiment_id: str) -> Figures:
    record = get_experiment(store, experiment_id)
    trials = get_trials(store, experiment_id)
    summaries, liked = read_summaries(store, experiment_id)
    return Figures(
        experiment_id,
        record.experiment.objective,
        trials,
        summaries,
        count_ratings(store, experiment_id),
        count_preferences(store, experiment_id),
        _failures_by_trial(store, experiment_id),
        find_baseline(record, trials),
        *count_questions(store, experiment_id, "search"),
        liked=liked,
    )


def _failures_by_trial(store: Store, experiment_id: str) -> dict[str, list[Failures]]:
    by_trial: dict[str, list[Failures]] = {}
    for failures in list_failures(store, experiment_id):
        if failures.part == "search":
            by_trial.setdefault(failures.trial_id, []).append(failures)
    return by_trial


def rank(store: Store, figures: Figures, objective: Objective | None = None) -> list[LeaderboardRow]:
    """The leaderboard's rows in order of rank, with the stored comparisons.

    objective: None means the experiment's.
    """
    objective = objective or figures.objective
    rows = rank_trials(
        figures.trials,
        figures.summaries,
        objective,
        figures.ratings,
        figures.preferences,
        figures.failures,
    )
    comparisons = figures.comparisons
    if comparisons is None and objective.target == LIKED:
        from workbench.results.liked_comparisons import compare_by_liked

        comparisons = compare_by_liked(figures.liked, rows, figures.baseline, objective)
    elif comparisons is None:
        comparisons = get_comparisons(store, figures.experiment_id, objective.target)
    return with_comparisons(rows, comparisons, objective.target, figures.baseline)


def get_leaderboard(
    store: Store, experiment_id: str, objective: Objective | None = None
) -> list[LeaderboardRow]:
    """The leaderboard's rows in order of rank, by the experiment's objective or another."""
    return rank(store, read_figures(store, experiment_id), objective)


def get_ranking(
    store: Store, experiment_id: str, also: Sequence[str] = (), objective: Objective | None = None
) -> list[LeaderboardRow]:
    """The leaderboard's rows in order, with only what ranking needs: the scores of the objective, no ratings.

    also: further scores to read.
    objective: None means the experiment's.
    """
    record = get_experiment(store, experiment_id)
    objective = objective or record.experiment.objective
    trials = get_trials(store, experiment_id)
    summaries, liked = read_summaries(store, experiment_id, [*objective.names, *also])
    baseline = find_baseline(record, trials)
    figures = Figures(experiment_id, objective, trials, summaries, baseline=baseline, liked=liked)
    return rank(store, figures)


def get_verdict(store: Store, experiment_id: str, objective: Objective | None = None) -> Verdict:
    """What an experiment has shown, by its objective or another. Comparisons are those that are stored.

    It is kept, as several pages show it at each click; comparisons that are stored later give a new one.
    """
    record = get_experiment(store, experiment_id)
    objective = objective or record.experiment.objective
    of = (
        objective.model_dump_json(), record.baseline, count_comparisons(store, experiment_id),
        version_of_liked(store, experiment_id, objective),
    )  # fmt: skip
    return _verdicts.get(store, record, of, lambda: _find_verdict(store, record, objective))


def _find_verdict(store: Store, record: ExperimentRecord, objective: Objective) -> Verdict:
    rows = get_ranking(store, record.id, objective=objective)
    baseline = find_baseline(record, sorted((row.trial for row in rows), key=lambda t: t.number))
    caveats = [text for text in (describe_drafts(store, record.id),) if text]
    return make_verdict(rows, objective, so_far=record.state != "done", baseline=baseline, caveats=caveats)


def judge(store: Store, figures: Figures, rows: Sequence[LeaderboardRow], objective: Objective) -> Verdict:
    """The verdict on rows that were ranked already, from the figures that were read for them."""
    so_far = get_experiment(store, figures.experiment_id).state != "done"
    caveats = [text for text in (describe_drafts(store, figures.experiment_id, figures.source),) if text]
    return make_verdict(rows, objective, so_far=so_far, baseline=figures.baseline, caveats=caveats)


def ledger_to_json(store: Store, experiment_id: str | None = None, *, rows: bool = False) -> dict[str, Any]:
    """The document of `ledger --json`; `spent_usd` is the same as in `status --json`.

    experiment_id: None means all calls ever made.
    rows: whether to list each call.
    """
    if experiment_id is not None:
        get_experiment(store, experiment_id)
    spend = get_spend(store, experiment_id)
    document: dict[str, Any] = {
        "experiment": experiment_id,
        "calls": spend.calls,
        "failed": spend.failed,
        "spent_usd": spend.spent_usd,
        "doubtful": asdict(get_doubt(store, experiment_id)),
        "unpriced_calls": spend.unpriced,
        "estimated_calls": spend.estimated,
        "disagreeing_calls": spend.disagreeing,
        "sums": [asdict(line) for line in sum_calls(store, experiment_id)],
    }
    if rows:
        document["rows"] = [_ledger_row(when, call) for when, call in list_calls(store, experiment_id)]
    return document


def _ledger_row(when: float, call: CallRecord) -> dict[str, Any]:
    kept = (
        "kind", "outcome", "error_kind", "error", "repeat", "items", "input_tokens", "output_tokens",
        "cached_tokens", "reasoning_tokens", "usage_estimated", "served_model",
        "attempts", "seconds", "price", "cost_usd",
    )  # fmt: skip
    row: dict[str, Any] = {"id": call.id, "at": when, "experiment": call.experiment_id, "key": call.key}
    row |= {"model": call.model_name, "flags": list(call.flags)}
    return row | {name: getattr(call, name) for name in kept}
