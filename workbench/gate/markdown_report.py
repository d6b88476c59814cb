"""Writes what a gate found as Markdown, for a pull request or a job's summary: verdict, conditions, flips.
Knows nothing about how it was found: it reads the document of `gate --json`.

Texts of documents, models and people are escaped: they show as they are, and hold no link, picture or HTML.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from workbench.gate.verdict_words import (
    ENDED,
    FLIPS,
    HEADS,
    cost_text,
    demand_text,
    difference_text,
    headline,
    reason_of,
)

APP = "http://127.0.0.1:8501"
"""Where `run.py` starts the app."""
MOST_FLIPS = 20
"""Of each kind; a comment on a pull request holds 65,536 characters."""
LONGEST_TEXT = 600
SIGNS = {"pass": "✅", "worse": "❌", "inconclusive": "❔"}
# What has a meaning within a line: addresses become links by themselves, @name a mention, #12 an issue.
_MARKS = re.compile(r"([\\`*_\[\]<>|~$&@#]|(?<=www)\.|:(?=//))")


def to_markdown(found: Mapping[str, Any], gate_id: int | None, app: str = APP) -> str:
    """app: the address of the app in which the links open the answers."""
    names = f"{escape(found['candidate']['name'])} against {escape(found['base']['name'])}"
    lines = [f"## {SIGNS[found['verdict']]} Gate: {HEADS[found['verdict']].lower()}", ""]
    lines += [
        f"**{escape(headline(found))}**",
        "",
        names + ", over the corpus " + escape(found["corpus"]) + ".",
        "",
    ]
    lines += [escape(ENDED[found["ended"]]), ""] if found["ended"] else []
    lines += ["| | Condition | Required | Difference (interval) | Questions |", "|---|---|---|---|---|"]
    for one in found["conditions"]:
        cells = [one["label"], demand_text(one), difference_text(one), f"{one['questions']:,}"]
        lines.append(
            f"| {SIGNS[one['verdict']]} {HEADS[one['verdict']]} | {' | '.join(map(escape, cells))} |"
        )
    lines.append("")
    for one in found["conditions"]:
        if one["verdict"] != "pass":
            lines.append(f"- {escape(one['label'])}: {escape(reason_of(one))}")
    for kind, title in FLIPS.items():
        lines += _flips(title, found["flips"][kind], gate_id, app)
    lines += ["", escape(cost_text(found)), *(f"- {escape(note)}" for note in found["notes"])]
    return "\n".join(lines) + "\n"


def escape(text: str, most: int = LONGEST_TEXT) -> str:
    """On one line, without any meaning to Markdown."""
    line = " ".join(text.split())
    return _MARKS.sub(r"\\\1", line if len(line) <= most else line[: most - 1] + "…")


def _flips(title: str, flips: Sequence[Mapping[str, Any]], gate_id: int | None, app: str) -> list[str]:
    if not flips:
        return []
    lines = ["", f"### {title} ({len(flips)})"]
    for flip in flips[:MOST_FLIPS]:
        address = f"{app}/gate?gate={gate_id}&question={quote(flip['id'], safe='')}"
        lines += ["", f"- **{escape(flip['question'])}** [Open]({address})"]
        if flip["references"]:
            lines.append(f"  - Reference: {escape(flip['references'][0])}")
        elif flip["answerable"] is False:
            lines.append("  - The documents do not answer it.")
        lines.append(f"  - Before: {_answer(flip['base'])}")
        lines.append(f"  - Now: {_answer(flip['candidate'])}")
    if len(flips) > MOST_FLIPS:
        lines += ["", f"And {len(flips) - MOST_FLIPS} more."]
    return lines


def _answer(side: Mapping[str, Any]) -> str:
    if side["answer"] is None:
        return f"*failed:* {escape(side['error'])}"
    return escape(side["answer"]) or "*empty*"
