"""Formats comparisons of two trials and the effects of the axes.
Knows nothing about statistics."""

from __future__ import annotations

from typing import Any

from workbench.cli.texts.tables import table
from workbench.formatting import counted, p_value, questions_text, signed, signed_interval, uncapitalised
from workbench.parts.score_labels import label_of_score
from workbench.parts.setting_labels import label_of_setting
from workbench.space.scores import LIKED


def comparison_text(comparison: dict[str, Any]) -> str:
    """What is said of two trials, alone and corrected, with the difference and its interval.

    comparison: the document of `compare --json`.
    """
    score = uncapitalised(label_of_score(comparison["score"]))
    lines = [
        f"{comparison['trial']} against {comparison['to']}, {score}:",
        comparison["in_words"],
    ]
    if comparison["mean"] is None:
        return "\n".join(lines)
    interval = (
        "" if comparison["low"] is None else f" (95 %: {comparison['low']:+.3f} to {comparison['high']:+.3f})"
    )
    is_liked = comparison["score"] == LIKED
    lines.append(
        f"  difference {comparison['mean']:+.4f}{interval} over "
        f"{questions_text(comparison['questions'], comparison['groups'], 'common question')}, "
        + ("estimated from ratings" if is_liked else "by a paired permutation test")
    )
    if comparison["interval_note"]:
        lines.append(f"  {comparison['interval_note']}")
    if comparison["better"] is None:
        lines.append(f"  {'' if is_liked else 'questions '}needed: {comparison['needed_in_words']}")
    return "\n".join(lines)


def effects_text(effects: dict[str, Any]) -> str:
    """The axes by how much they matter, a sentence about each, and the pairs that depend on each other."""
    lines = [
        f"What affects {uncapitalised(label_of_score(effects['score']))}, over "
        f"{counted(effects['configurations'], 'configuration')} and "
        f"{questions_text(effects['questions'], effects.get('groups'))}"
    ]
    if effects["axes"]:
        rows = [
            [
                label_of_setting(a["axis"]),
                _share_text(a),
                "–" if a["p_holm"] is None else p_value(a["p_holm"]),
            ]
            for a in effects["axes"]
        ]
        lines += ["", table(["Setting", "Share of the variation", "p (Holm)"], rows), ""]
        lines += [f"  {a['sentence']}" for a in effects["axes"]]
        lines += ["", "Settings that depend on each other:"]
        significant = [
            f"  {pair['sentence']} [{_share_text(pair)} of the variation]"
            for pair in effects["pairs"]
            if pair["real"]
        ]
        lines += significant or ["  no significant pairs"]
    if wasted := effects.get("tokens"):  # effects that an older version stored have none
        lines += ["", "Tokens without effect:", *(f"  {change['sentence']}" for change in wasted)]
    return "\n".join([*lines, *(f"Note: {note}" for note in effects["notes"])])


def _share_text(effect: dict[str, Any]) -> str:
    if effect["share"] is None:
        return "–"
    return f"{effect['share']:.0%} ({effect['share_low']:.0%} to {effect['share_high']:.0%})"


def family_text(document: dict[str, Any]) -> str:
    """What tuning did to each model, in all and by tag.

    document: that of `family --json`.
    """
    if not document["families"]:
        return "No model of this experiment was tuned from another of its models."
    blocks = []
    for family in document["families"]:
        told = {tag: found for tag, found in family["by_tag"].items() if found["low"] is not None}
        rows = [[tag, *_difference_cells(found)] for tag, found in told.items()]
        lines = [family["in_words"]]
        if rows:
            lines.append(table(["tag", "difference", "95 %", "questions"], rows))
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _difference_cells(found: dict[str, Any]) -> list[str]:
    interval = signed_interval(found["low"], found["high"])
    return [signed(found["mean"]), interval, f"{found['questions']:,}"]
