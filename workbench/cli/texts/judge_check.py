"""Formats how well judges agree with labels.
Knows nothing about how that was measured."""

from __future__ import annotations

from typing import Any

from workbench.cli.texts.tables import table
from workbench.formatting import dollars


def judge_check_text(report: dict[str, Any]) -> str:
    """The judges as a table, with their reliability and their failures below."""
    lines = [f"{report['answers']} answers of {report['labels']}, {report['supported']} labelled true"]
    lines += [report["one_class"]] if report["one_class"] else []
    head = ["judge", "n", "failed", "AUROC", "bal. accuracy", "ECE", "cost", "spent now", "seconds"]
    rows = []
    for j in report["judges"]:
        figures = [_auroc(j), _decimal(j["balanced_accuracy"]), _decimal(j["ece"])]
        costs = [_cost(j), dollars(j["spent_usd"]), f"{j['seconds']:.1f}"]
        rows.append([f"{j['judge']} ({j['asks']})", str(j["count"]), str(j["failed"]), *figures, *costs])
    for name, measure in report["alone"].items():
        rows.append([f"{name} alone", str(measure["count"]), "0", _auroc(measure), "–", "–", "–", "–", "–"])
    lines += ["", table(head, rows)]
    for j in report["judges"]:
        lines += _reliability_lines(j) if j["bins"] else []
        lines += [f"  failed {count} times: {reason}" for reason, count in j["reasons"].items()]
    lines.append(
        f"\nBalanced accuracy at a threshold of {report['threshold']:g}. Intervals: 95 %, from resampling "
        "answers in groups with the same passages. n: answers with a score; refusals have none."
    )
    lines += [_best(j) for j in report["judges"] if j["best_threshold"]]
    if any(j["count"] != report["scored_by_all"] for j in report["judges"]) and len(report["judges"]) > 1:
        shared = ", ".join(f"{j['judge']} {_decimal(j['auroc_scored_by_all'])}" for j in report["judges"])
        lines.append(f"AUROC on the {report['scored_by_all']} answers that every judge scored: {shared}.")
    if report["labels"] == "thumbs":
        lines.append("A thumb tells whether somebody liked an answer, not only whether it is supported.")
    return "\n".join(lines)


def _best(judge: dict[str, Any]) -> str:
    best = judge["best_threshold"]
    return (
        f"{judge['judge']} agrees best at a threshold of {best['value']:.2f} (95 %: {best['low']:.2f} to "
        f"{best['high']:.2f}; balanced accuracy {best['balanced_accuracy']:.3f})."
    )


def _decimal(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _auroc(judge: dict[str, Any]) -> str:
    if judge["auroc"] is None or judge["low"] is None:
        return _decimal(judge["auroc"])
    return f"{judge['auroc']:.3f} [{judge['low']:.2f}, {judge['high']:.2f}]"


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
