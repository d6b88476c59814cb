"""Formats the ledger as text and CSV.
Knows nothing about when calls are entered."""

from __future__ import annotations

from typing import Any

from workbench.cli.texts.tables import table
from workbench.csv_text import to_csv
from workbench.formatting import dollars, doubt_remarks, duration, usage_remarks

LEDGER_SUMS = (
    "kind", "model", "calls", "failed", "attempts", "items", "input_tokens", "output_tokens", "cached_tokens",
    "reasoning_tokens", "estimated", "disagreeing", "seconds", "cost_usd", "unpriced",
)  # fmt: skip
LEDGER_ROWS = (
    "id", "at", "experiment", "kind", "model", "outcome", "attempts", "items", "input_tokens",
    "output_tokens", "cached_tokens", "reasoning_tokens", "usage_estimated", "seconds", "cost_usd", "key",
    "error_kind", "error",
)  # fmt: skip


def ledger_csv(ledger: dict[str, Any]) -> str:
    """The ledger as CSV: its calls when it has rows, otherwise its sums."""
    names = LEDGER_ROWS if "rows" in ledger else LEDGER_SUMS
    return to_csv(
        names, [[line[name] for name in names] for line in ledger.get("rows", ledger["sums"])]
    ).rstrip("\n")


def ledger_text(ledger: dict[str, Any]) -> str:
    """The sums by kind and model, after the single calls when the ledger has rows."""
    parts = []
    if "rows" in ledger:
        parts.append(
            table(
                ["call", "kind", "model", "outcome", "tokens in", "out", "attempts", "took", "cost"],
                [
                    [
                        str(r["id"]), r["kind"], r["model"], r["outcome"],
                        f"{r['input_tokens']:,}{'~' * r['usage_estimated']}", f"{r['output_tokens']:,}",
                        str(r["attempts"]), duration(r["seconds"]), _cost(r["cost_usd"]),
                    ]
                    for r in ledger["rows"]
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
                for s in ledger["sums"]
            ],
        )
    )  # fmt: skip
    unpriced = f"; {ledger['unpriced_calls']:,} calls without a price" if ledger["unpriced_calls"] else ""
    lines = [f"{ledger['calls']:,} calls, spent {dollars(ledger['spent_usd'])}{unpriced}"]
    lines += doubt_remarks(**ledger["doubtful"])
    lines += usage_remarks(ledger["estimated_calls"], ledger["disagreeing_calls"])
    return "\n\n".join([*parts, "\n".join(lines)])


def _cost(usd: float | None) -> str:
    return "unpriced" if usd is None else dollars(usd)
