"""How plans, states and the list of experiments are shown.
Knows nothing about where they come from."""

from __future__ import annotations

import time
from typing import Any

from workbench.cli.texts.tables import table
from workbench.formatting import dollars, duration, usage_remarks


def plan_text(plan: dict[str, Any]) -> str:
    lines = [
        f"{plan['configs']} configurations × {plan['questions']} questions × {plan['repeats']} repeats"
        + (f", then the best on {plan['holdout_questions']} held out" if plan["holdout_questions"] else ""),
        "",
        table(
            ["stage", "distinct", "stored", "left (at most)"],
            [
                [n, f"{s['distinct']:,}", f"{s['stored']:,}", f"{s['left']:,}"]
                for n, s in plan["stages"].items()
            ],
        ),
        "",
        f"Cost: {_range_text(plan['cost_usd'], dollars)}"
        + (f" (no price for {', '.join(plan['unpriced'])})" if plan["unpriced"] else ""),
        f"Time: {_range_text(plan['seconds'], duration)}",
    ]
    if plan["smallest_difference"] is not None:
        lines.append(
            f"Tells apart: differences of about {plan['smallest_difference']:.2f} and more (scores in [0, 1])"
        )
    return "\n".join([*lines, *(f"Note: {w}" for w in plan["warnings"])])


def _range_text(found: dict[str, float] | None, show: Any) -> str:
    if found is None:
        return "unknown"
    low, high = show(found["low"]), show(found["high"])
    return low if low == high else f"{low} to {high}"


def status_text(found: dict[str, Any]) -> str:
    calls = found["calls"]
    lines = [
        f"Experiment {found['experiment']} ({found['name']}): {found['state']}",
        f"  {found['trials_done']} of {found['trials']} configurations done"
        + (f", {found['trials_dropped']} dropped by the search" if found["trials_dropped"] else "")
        + f", {found['answers']} answers"
        + (f", {found['failed_answers']} failed" if found["failed_answers"] else ""),
        f"  {calls['made']} calls made, {calls['reused']} answers reused; "
        f"spent {dollars(found['spent_usd'])}, saved {dollars(found['saved_usd'])}"
        + (f"; {found['unpriced_calls']} calls without a price" if found["unpriced_calls"] else ""),
        f"  {duration(found['seconds'])}",
        *(f"  {r}" for r in usage_remarks(found["estimated_calls"], found["disagreeing_calls"])),
    ]
    lines += [f"  {found['message']}"] if found["message"] else []
    return "\n".join([*lines, *(f"  Warning: {w}" for w in found["warnings"])])


def experiments_text(found: list[dict[str, Any]]) -> str:
    if not found:
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
            for e in found
        ],
    )
