"""How the ledger is shown.
Knows nothing about what is booked when."""

from __future__ import annotations

from typing import Any

from workbench.cli.texts.tables import table, to_csv
from workbench.formatting import dollars, duration, usage_remarks

LEDGER_SUMS = (
    "kind", "model", "calls", "failed", "attempts", "items", "input_tokens", "output_tokens", "cached_tokens",
    "reasoning_tokens", "estimated", "disagreeing", "seconds", "cost_usd", "unpriced",
)  # fmt: skip
LEDGER_ROWS = (
    "id", "at", "experiment", "kind", "model", "outcome", "attempts", "items", "input_tokens",
    "output_tokens", "cached_tokens", "reasoning_tokens", "usage_estimated", "seconds", "cost_usd", "key",
    "error_kind", "error",
)  # fmt: skip


def ledger_csv(found: dict[str, Any]) -> str:
    names = LEDGER_ROWS if "rows" in found else LEDGER_SUMS
    return to_csv(names, [[line[name] for name in names] for line in found.get("rows", found["sums"])])


def ledger_text(found: dict[str, Any]) -> str:
    """Sums by kind and model; with rows, the calls above them."""
    parts = []
    if "rows" in found:
        parts.append(
            table(
                ["call", "kind", "model", "outcome", "tokens in", "out", "attempts", "took", "cost"],
                [
                    [
                        str(r["id"]), r["kind"], r["model"], r["outcome"],
                        f"{r['input_tokens']:,}{'~' * r['usage_estimated']}", f"{r['output_tokens']:,}",
                        str(r["attempts"]), duration(r["seconds"]), _cost(r["cost_usd"]),
                    ]
                    for r in found["rows"]
                ],
            )
        )  # fmt: skip
    parts.append(
        table(
            ["kind", "model", "calls", "failed", "tokens in", "out", "cached", "took", "cost"],
            [
                [
                    s["kind"], s["model"], f"{s['calls']:,}", str(s["failed"]), f"{s['input_tokens']:,}",
                    f"{s['output_tokens']:,}", f"{s['cached_tokens']:,}", duration(s["seconds"]),
                    _cost(None if s["unpriced"] and not s["cost_usd"] else s["cost_usd"]),
                ]
                for s in found["sums"]
            ],
        )
    )  # fmt: skip
    unpriced = f"; {found['unpriced_calls']:,} calls without a price" if found["unpriced_calls"] else ""
    lines = [f"{found['calls']:,} calls, spent {dollars(found['spent_usd'])}{unpriced}"]
    lines += usage_remarks(found["estimated_calls"], found["disagreeing_calls"])
    return "\n\n".join([*parts, "\n".join(lines)])


def _cost(found: float | None) -> str:
    return "unpriced" if found is None else dollars(found)
