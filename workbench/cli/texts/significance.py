"""How it is shown what differs for real, and what each axis does.
Knows nothing about statistics."""

from __future__ import annotations

from typing import Any

from workbench.cli.texts.tables import table


def comparison_text(found: dict[str, Any]) -> str:
    head = f"{found['trial']} against {found['to']}, {found['score']}: {found['verdict']}"
    if found["mean"] is None:
        return head
    interval = "" if found["low"] is None else f" (95 %: {found['low']:+.3f} to {found['high']:+.3f})"
    lines = [head, f"  difference {found['mean']:+.4f}{interval} over {found['questions']} common questions"]
    if found["p"] is not None:
        lines.append(f"  p {found['p']:.4g} (paired permutation test)")
    if found["better"] is None and found["p"] is not None:
        needed = found["questions_needed"]
        lines.append(
            f"  were it really so large, {needed:,} questions would tell them apart in 4 of 5 cases"
            if needed
            else "  were it really so small, a million questions would not tell them apart"
        )
    return "\n".join(lines)


def effects_text(found: dict[str, Any]) -> str:
    """The axes by how much they matter, their sentences, and the pairs that depend on each other."""
    lines = [
        f"What decides {found['score']}, over {found['configurations']} configurations and "
        f"{found['questions']} questions"
    ]
    if found["axes"]:
        rows = [
            [a["axis"], _share_text(a), "–" if a["p_holm"] is None else f"{a['p_holm']:.3g}"]
            for a in found["axes"]
        ]
        lines += ["", table(["axis", "share of the differences", "p (Holm)"], rows), ""]
        lines += [f"  {a['sentence']}" for a in found["axes"]]
        lines += ["", "Pairs of axes that depend on each other:"]
        real = [
            f"  {pair['sentence']} [{_share_text(pair)} of the differences]"
            for pair in found["pairs"]
            if pair["real"]
        ]
        lines += real or ["  none that can be told from chance"]
    return "\n".join([*lines, *(f"Note: {note}" for note in found["notes"])])


def _share_text(found: dict[str, Any]) -> str:
    if found["share"] is None:
        return "–"
    return f"{found['share']:.0%} ({found['share_low']:.0%} to {found['share_high']:.0%})"
