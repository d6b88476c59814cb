"""How checks, cleaning and backups are shown.
Knows nothing about what they do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.cli.texts.tables import table
from workbench.formatting import megabytes


def checks_text(checks: Sequence[Any]) -> str:
    marks = {"ok": "ok     ", "warning": "warning", "error": "ERROR  "}
    lines = []
    for c in checks:
        lines.append(f"{marks[c.status]}  {c.name}: {c.found}")
        if c.status != "ok" and c.mend:
            lines.append(f"         → {c.mend}")
    return "\n".join(lines)


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
