"""Formats plans, states and the list of experiments.
Knows nothing about where they come from."""

from __future__ import annotations

import time
from typing import Any

from workbench.cli.texts.tables import table
from workbench.formatting import (
    counted,
    destination_line,
    dollars,
    doubt_remarks,
    duration,
    listed,
    questions_text,
    usage_remarks,
)
from workbench.results.progress_words import about, of_expected, roughly
from workbench.results.training_words import training_words

_INDEX_KINDS = {"exact": "exact, nothing to build", "chroma": "approximate, an index in Chroma"}


def plan_text(plan: dict[str, Any]) -> str:
    """A plan: the work of each stage, what it costs and how long it takes."""
    lines = [
        f"{counted(plan['configs'], 'configuration')} × {questions_text(plan['questions'], plan['groups'])}"
        + (f" × {plan['repeats']} repeats" if plan["repeats"] > 1 else "")
        + (
            f", then the best on {plan['holdout_questions']} held-out questions"
            if plan["holdout_questions"]
            else ""
        ),
        "",
        table(
            ["stage", "distinct", "stored", "to do (at most)"],
            [
                [n, f"{s['distinct']:,}", f"{s['stored']:,}", f"{s['left']:,}"]
                for n, s in plan["stages"].items()
            ],
        ),
        "",
        *_training_lines(plan["train"]),
        f"Cost: {_range_text(plan['cost_usd'], dollars)}"
        + (f" (no price for {', '.join(plan['unpriced'])})" if plan["unpriced"] else ""),
        f"Time: about {_range_text(plan['seconds'], roughly)}"
        + (
            f" (a guess: too few calls so far tell how fast {listed(plan['unmeasured'])} is)"
            if plan["unmeasured"]
            else ""
        ),
    ]
    lines += [_optimise_line(one) for one in plan["optimise"]]
    if plan["vector_index"]:
        lines.append(f"Vector search: {' and '.join(_INDEX_KINDS[kind] for kind in plan['vector_index'])}")
    if plan["smallest_difference"] is not None:
        lines.append(
            f"Differences of about {plan['smallest_difference']:.2f} or more can be detected "
            "(scores in [0, 1])"
        )
    lines += [destination_line(host) for host in plan["hosts"]]
    return "\n".join([*lines, *(f"Note: {w}" for w in plan["warnings"])])


def _training_lines(train: dict[str, Any] | None) -> list[str]:
    """Time and cost of each training, and what they take together."""
    if train is None:
        return []
    rows = [
        [
            one["model"],
            one["recipe"],
            "" if one["rows"] is None else f"{one['rows']:,}",
            "trained already" if one["state"] == "trained" else one["state"],
            _range_text(one["seconds"], roughly) if one["seconds"] else "",
            "" if one["gpu_seconds"] is None else _range_text(one["gpu_seconds"], roughly),
            _range_text(one["cost_usd"], dollars) if one["seconds"] else "",
        ]
        for one in train["trainings"]
    ]
    together = (
        f"Trainings: {train['left']} of {train['distinct']} to do, "
        f"about {_range_text(train['seconds'], roughly)}"
        + (f", {_range_text(train['gpu_seconds'], roughly)} of a GPU" if train["gpu_seconds"] else "")
        + f", {_range_text(train['cost_usd'], dollars)}"
    )
    head = ["training", "recipe", "rows", "state", "time", "GPU time", "cost"]
    return [table(head, rows), together if train["left"] else "Trainings: all done already.", ""]


def _optimise_line(one: dict[str, Any]) -> str:
    """What one optimisation of a prompt takes; it is part of cost and time."""
    cap = f", capped at {dollars(one['budget_usd'])}" if one["budget_usd"] is not None else ""
    return (
        f"Then {one['from']} is improved by {one['model']}, for {counted(one['cells'], 'cell')} of retrieval "
        f"and model: at most {one['calls']:,} calls on {counted(one['train_questions'], 'train question')} "
        f"and {one['answers']:,} answers of the improved prompts, "
        f"{_range_text(one['cost_usd'], dollars)}{cap}"
    )


def _range_text(interval: dict[str, float] | None, show: Any) -> str:
    if interval is None:
        return "unknown"
    low, high = show(interval["low"]), show(interval["high"])
    return low if low == high else f"{low} to {high}"


def status_text(status: dict[str, Any]) -> str:
    """An experiment's state, with its answers, calls and costs so far."""
    calls = status["calls"]
    lines = [
        f"Experiment {status['experiment']} ({status['name']}): {status['state']}",
        f"  {status['trials_done']} of {status['trials']} configurations done"
        + (f", {status['trials_dropped']} dropped by the search" if status["trials_dropped"] else "")
        + f", {_answers(status)} answers"
        + (f", {status['failed_answers']} failed" if status["failed_answers"] else ""),
        *(f"  {f['count']} failed ({f['kind']}): {f['error']}" for f in status["failures"]),
        f"  {calls['made']} calls made, {calls['reused']} answers reused; "
        f"spent {dollars(status['spent_usd'])}, saved {dollars(status['saved_usd'])}"
        + (f"; {status['unpriced_calls']} calls without a price" if status["unpriced_calls"] else ""),
        f"  {duration(status['seconds'])}"
        + (f", {about(status['seconds_left'])} left" if status["seconds_left"] is not None else ""),
        *(f"  {training_words(name, training)}" for name, training in status["trainings"].items()),
        *(f"  {r}" for r in doubt_remarks(**status["doubtful"])),
        *(f"  {r}" for r in usage_remarks(status["estimated_calls"], status["disagreeing_calls"])),
        *(f"  {r}" for r in status["defect_remarks"]),
    ]
    lines += [f"  {status['message']}"] if status["message"] else []
    return "\n".join([*lines, *(f"  Warning: {w}" for w in status["warnings"])])


def _answers(status: dict[str, Any]) -> str:
    return of_expected(status["answers"], status["expected_answers"], at_most=status["expected_at_most"])


def experiments_text(experiments: list[dict[str, Any]]) -> str:
    """The experiments as a table."""
    if not experiments:
        return "No experiments yet. Start with: python -m workbench demo"
    return table(
        ["id", "state", "corpus", "created", "took", "spent", "name"],
        [
            [
                e["experiment"],
                e["state"],
                e["corpus"],
                time.strftime("%Y-%m-%d %H:%M", time.localtime(e["created_at"])),
                duration(e["seconds"]),
                dollars(e["spent_usd"]),
                e["name"],
            ]
            for e in experiments
        ],
    )
