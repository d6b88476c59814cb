"""Formats a check of a winner.
Knows nothing about how it was made."""

from __future__ import annotations

from typing import Any

from workbench.parts.score_labels import label_of_score
from workbench.watch.figure_words import VERDICTS


def check_text(found: dict[str, Any]) -> str:
    """The document of `check --json` as text: each verdict with its reasons, then the scores."""
    lines = [f"{found['winner']}, day {found['day']}"]
    for name, kind in found["verdicts"].items():
        why = found["why"][name]
        since = "" if why["since_day"] is None else f", since day {why['since_day']}"
        lines.append(f"\n{VERDICTS[name]}: {kind}{since}")
        lines += [f"  {sentence}" for sentence in why["sentences"]]
    if found["scores"]:
        lines.append("\nScores of the canaries now, with 95% intervals, and at the export:")
    for name, score in found["scores"].items():
        interval = "" if score["low"] is None else f" ({score['low']:.2f} to {score['high']:.2f})"
        lines.append(f"  {label_of_score(name)} {score['mean']:.2f}{interval}, was {score['then']:.2f}")
    worst = found["why"]["answers"].get("worst") if found["verdicts"]["answers"] == "worse" else None
    if worst:
        lines.append("\nFell most:")
        lines += [
            f"  {row['question']}\n    then: {_short(row['then'])}\n    now:  {_short(row['now'])}"
            for row in worst
        ]
    return "\n".join(lines)


def _short(answer: str) -> str:
    line = " ".join(answer.split())
    return line if len(line) <= 160 else f"{line[:159]}…"
