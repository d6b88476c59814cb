"""Formats the results of checks, cleaning and backups.
Knows nothing about how they work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.cli.texts.tables import table
from workbench.formatting import byte_size, dollars


def checks_text(checks: Sequence[Any]) -> str:
    """One line per check, with the fix below it where something is wrong."""
    marks = {"ok": "ok     ", "warning": "warning", "error": "ERROR  "}
    lines = []
    for c in checks:
        lines.append(f"{marks[c.status]}  {c.name}: {c.found}")
        if c.status != "ok" and c.mend:
            lines.append(f"         → {c.mend}")
    return "\n".join(lines)


def cleaned_text(cleaned: dict[str, Any]) -> str:
    """What was freed by kind, and what was not touched."""
    words = "would be freed" if cleaned["dry_run"] else "freed"
    rows = [[kind, f"{f['count']:,}", byte_size(f["bytes"])] for kind, f in cleaned["freed"].items()]
    lines = [table(["", "count", "size"], rows), "", f"{byte_size(cleaned['bytes'])} {words}."]
    if cleaned["file_bytes"]:
        lines.append(f"The database files are {byte_size(cleaned['file_bytes'])} smaller.")
    return "\n".join([*lines, *(f"Not touched: {text}" for text in cleaned["left"])])


def backup_text(backup: dict[str, Any]) -> str:
    """What a backup contains."""
    rows = backup["rows"]
    return (
        f"Wrote {backup['file']} ({byte_size(backup['bytes'])}): {rows['experiment']:,} experiments, "
        f"{rows['answer']:,} answers, {rows['call']:,} calls, {rows['rating']:,} ratings, "
        f"{rows['served_request']:,} served requests. The copy was checked and is complete."
    )


def moved_text(moved: dict[str, Any]) -> str:
    """What a moved store contains, and how to use it."""
    spent = dollars(moved["tables"]["call"]["sums"]["cost_usd"])
    lines = [
        f"{moved['to']} holds all of {moved['from']}: {moved['rows']:,} rows in {len(moved['tables'])} "
        f"tables, calls for {spent}. The counts of all tables and the sums of all numbers agree."
    ]
    if moved["written"] < moved["rows"]:
        lines.append(f"{moved['written']:,} rows were written now; the others were there already.")
    if moved["without_nul"]:
        lines.append(
            f"In {moved['without_nul']:,} rows a text had a NUL character, which PostgreSQL cannot store: "
            "it became U+FFFD."
        )
    old = f"{moved['from']} stays as it was. What is written there from now on is not in the new store."
    return "\n".join([*lines, old, moved["next"]])
