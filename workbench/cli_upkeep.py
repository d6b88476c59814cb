"""How the command line shows the ledger, what was cleaned, and backups.
Knows nothing about where the documents come from."""

from __future__ import annotations

from typing import Any

from workbench.cli_output import table, to_csv
from workbench.money import dollars, duration, megabytes, usage_remarks

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


def cleaned_text(found: dict[str, Any]) -> str:
    words = "would be freed" if found["dry_run"] else "freed"
    rows = [[kind, f"{f['count']:,}", megabytes(f["bytes"])] for kind, f in found["freed"].items()]
    lines = [table(["", "count", "size"], rows), "", f"{megabytes(found['bytes'])} {words}."]
    if found["file_bytes"]:
        lines.append(f"The databases' files are {megabytes(found['file_bytes'])} smaller.")
    return "\n".join([*lines, *(f"Left alone: {text}" for text in found["left"])])


def backup_text(found: dict[str, Any]) -> str:
    rows = found["rows"]
    return (
        f"Wrote {found['file']} ({megabytes(found['bytes'])}): {rows['experiment']:,} experiments, "
        f"{rows['answer']:,} answers, {rows['call']:,} calls, {rows['rating']:,} ratings. Checked, whole."
    )
