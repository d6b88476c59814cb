"""Formats comparisons of two trials and the effects of the axes.
Knows nothing about statistics."""

from __future__ import annotations

from typing import Any

from workbench.cli.texts.tables import table


def comparison_text(comparison: dict[str, Any]) -> str:
    """The verdict on two trials, with the difference, its interval and its p-value."""
    head = f"{comparison['trial']} against {comparison['to']}, {comparison['score']}: {comparison['verdict']}"
    if comparison["mean"] is None:
        return head
    interval = (
        "" if comparison["low"] is None else f" (95 %: {comparison['low']:+.3f} to {comparison['high']:+.3f})"
    )
    lines = [
        head,
        f"  difference {comparison['mean']:+.4f}{interval} over {comparison['questions']} common questions",
    ]
    if comparison["p"] is not None:
        lines.append(f"  p {comparison['p']:.4g} (paired permutation test)")
    if comparison["better"] is None and comparison["p"] is not None:
        needed = comparison["questions_needed"]
        lines.append(
            f"  if the true difference is this large, {needed:,} questions show it in 4 of 5 cases"
            if needed
            else "  if the true difference is this small, a million questions are too few to show it"
        )
    return "\n".join(lines)


def effects_text(effects: dict[str, Any]) -> str:
    """The axes by how much they matter, a sentence about each, and the pairs that depend on each other."""
    lines = [
        f"What decides {effects['score']}, over {effects['configurations']} configurations and "
        f"{effects['questions']} questions"
    ]
    if effects["axes"]:
        rows = [
            [a["axis"], _share_text(a), "–" if a["p_holm"] is None else f"{a['p_holm']:.3g}"]
            for a in effects["axes"]
        ]
        lines += ["", table(["axis", "share of the differences", "p (Holm)"], rows), ""]
        lines += [f"  {a['sentence']}" for a in effects["axes"]]
        lines += ["", "Pairs of axes that depend on each other:"]
        significant = [
            f"  {pair['sentence']} [{_share_text(pair)} of the differences]"
            for pair in effects["pairs"]
            if pair["real"]
        ]
        lines += significant or ["  none that can be told from chance"]
    return "\n".join([*lines, *(f"Note: {note}" for note in effects["notes"])])


def _share_text(effect: dict[str, Any]) -> str:
    if effect["share"] is None:
        return "–"
    return f"{effect['share']:.0%} ({effect['share_low']:.0%} to {effect['share_high']:.0%})"
