"""How it is shown what judges are worth.
Knows nothing about how they were measured."""

from __future__ import annotations

from typing import Any

from workbench.cli.texts.tables import table
from workbench.formatting import dollars


def judge_check_text(found: dict[str, Any]) -> str:
    lines = [f"{found['answers']} answers of {found['labels']}, {found['supported']} labelled true"]
    lines += [found["one_class"]] if found["one_class"] else []
    head = ["judge", "n", "failed", "AUROC", "bal. accuracy", "ECE", "cost", "spent now", "seconds"]
    rows = []
    for j in found["judges"]:
        figures = [_area(j), _decimal(j["balanced_accuracy"]), _decimal(j["ece"])]
        took = [_cost(j), dollars(j["spent_usd"]), f"{j['seconds']:.1f}"]
        rows.append([f"{j['judge']} ({j['asks']})", str(j["count"]), str(j["failed"]), *figures, *took])
    for name, alone in found["alone"].items():
        rows.append([f"{name} alone", str(alone["count"]), "0", _area(alone), "–", "–", "–", "–", "–"])
    lines += ["", table(head, rows)]
    for j in found["judges"]:
        lines += _reliability_lines(j) if j["bins"] else []
        lines += [f"  failed {count} times: {reason}" for reason, count in j["reasons"].items()]
    lines.append(
        f"\nBalanced accuracy at {found['threshold']:g}. Intervals: 95 %, drawing answers about the same "
        "passages together. n: answers with a score; those that decline have none."
    )
    if any(j["count"] != found["scored_by_all"] for j in found["judges"]) and len(found["judges"]) > 1:
        shared = ", ".join(f"{j['judge']} {_decimal(j['auroc_scored_by_all'])}" for j in found["judges"])
        lines.append(f"AUROC on the {found['scored_by_all']} answers that all have scored: {shared}.")
    if found["labels"] == "thumbs":
        lines.append("A thumb says whether somebody liked an answer, not only whether it is supported.")
    return "\n".join(lines)


def _decimal(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _area(found: dict[str, Any]) -> str:
    if found["auroc"] is None or found["low"] is None:
        return _decimal(found["auroc"])
    return f"{found['auroc']:.3f} [{found['low']:.2f}, {found['high']:.2f}]"


def _cost(judge: dict[str, Any]) -> str:
    if judge["judge"] == "embedded":
        return "–"
    return "unpriced" if judge["cost_usd"] is None else dollars(judge["cost_usd"])


def _reliability_lines(judge: dict[str, Any]) -> list[str]:
    rows = [
        [f"{b['low']:.1f} to {b['high']:.1f}", str(b["count"]), f"{b['mean']:.2f}", f"{b['right']:.2f}"]
        for b in judge["bins"]
    ]
    return ["", table([f"{judge['judge']} says", "n", "mean", "labelled true"], rows)]
