"""How the command line shows things: JSON, CSV and text tables.
Knows nothing about where the documents come from."""

from __future__ import annotations

import csv
import io
import json
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from workbench.analysis.judged import ladder_words
from workbench.errors import WorkbenchError
from workbench.money import dollars, duration, usage_remarks
from workbench.store.records import AnswerRecord

SHOWN_SCORES = ("correctness", "grounding", "retrieval_recall", "refusal", "toxicity")


def write_utf8() -> None:
    """JSON and CSV are UTF-8 whatever the terminal's locale; what UTF-8 cannot hold is shown escaped."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def say(text: str, *, error: bool = False) -> None:
    print(text, file=sys.stderr if error else sys.stdout)


def print_json(document: Any) -> None:
    print(json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2))


def fail(error: WorkbenchError) -> NoReturn:
    say(f"Error: {error.message}", error=True)
    if error.hint:
        say(error.hint, error=True)
    sys.exit(error.exit_code)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns aligned, the first to the left, the rest to the right."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    shown = [
        "  ".join(
            c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    ]
    return "\n".join([shown[0], "  ".join("-" * w for w in widths), *shown[1:]])


def safe_cell(value: Any) -> str:
    """A CSV cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def to_csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    return out.getvalue().rstrip("\n")


def _mean(figure: dict[str, Any] | None) -> str:
    if not figure or figure["mean"] is None:
        return "–"
    if figure["low"] is None:
        return f"{figure['mean']:.3f}{' !' if figure.get('marked') else ''}"
    mark = " !" if figure.get("marked") else ""
    return f"{figure['mean']:.3f} [{figure['low']:.2f}, {figure['high']:.2f}]{mark}"


def leaderboard_text(found: dict[str, Any]) -> str:
    trials = found["trials"]
    judging = found.get("judging", {})
    shown = dict.fromkeys([*SHOWN_SCORES, *judging])
    names = [n for n in shown if any(n in t["scores"] for t in trials)]
    head = ["configuration", "rank", "against the leader"]
    head += [*names, "n", "held out", "$/1k questions", "s p50", "+/−"]
    target = found["target"]
    several = any(t["front"] for t in trials)
    rows = []
    for t in trials:
        held = (t["holdout"] or {}).get(target)
        count = max((f["count"] for f in t["scores"].values()), default=0)
        rank = t["state"] if t["rank"] is None else f"{t['rank']}{'' if t['feasible'] else ' (misses)'}"
        rank += " *" if t["front"] else ""
        cost = "unpriced" if t["cost_per_1k_questions"] is None else dollars(t["cost_per_1k_questions"])
        p50 = "–" if t["seconds_p50"] is None else f"{t['seconds_p50']:.3f}"
        thumbs = f"{t['ratings']['up']}/{t['ratings']['down']}"
        scores = [_mean(t["scores"].get(n)) for n in names]
        against = _against_leader(t, found["leader"])
        rows.append([t["name"], rank, against, *scores, str(count), _mean(held), cost, p50, thumbs])
    note = (
        "\nIntervals: 95 % over questions. 'misses': a constraint is not met. "
        f"'held out': {target} on questions the search never saw (the five best only)."
        f"\n'tied': {target} cannot be told apart from the leader's, question by question; else by how much "
        "it differs (permutation test, Holm's correction at 5 %)."
    )
    if any(t["state"] == "dropped" for t in trials):
        note += " 'dropped': the search asked it no more; its figures rest on fewer questions."
    if several:
        note += " *: on the front: none is as good in all aims and better in one."
    if any(f.get("marked") for t in trials for f in t["scores"].values()):
        note += "\n!: failed on more than a tenth of the answers; the mean is over the rest."
    note += "".join(f"\n{ladder_words(n, j)}" for n, j in judging.items() if "escalated" in j)
    note += "".join(f"\nWarning: {w}" for w in found.get("warnings", ()))
    lines = [table(head, rows) + note, *_baseline_lines(found), *_consistency_lines(trials)]
    return "\n".join(lines)


def _against_leader(trial: dict[str, Any], leader: str | None) -> str:
    if trial["trial"] == leader:
        return "leads"
    found = trial["difference"]
    if found is None:
        return "–"
    if found["mean"] is None or found["p"] is None:
        return "no test"
    return f"{found['mean']:+.3f}" + (" tied" if found["better"] is None else "")


def _baseline_lines(found: dict[str, Any]) -> list[str]:
    """What is surely better or worse than the baseline, in one line."""
    compared = [t["vs_baseline"] for t in found["trials"] if t["vs_baseline"]]
    if not compared:
        return []
    name = next((t["name"] for t in found["trials"] if t["trial"] == found["baseline"]), found["baseline"])
    better = sum(c["better"] is True for c in compared)
    worse = sum(c["better"] is False for c in compared)
    return [
        f"Against the baseline ({name}): {better} better, {worse} worse, "
        f"{len(compared) - better - worse} cannot be told apart."
    ]


def _consistency_lines(trials: list[dict[str, Any]]) -> list[str]:
    lines = []
    for t in trials:
        found = t["consistency"]
        if not found or not found["questions"]:
            continue
        flips, agreement = found["correctness_flips"], found["agreement"]
        said = [f"answers {agreement['mean']:.0%} alike"]
        if flips:
            said.append(f"right or wrong by chance on {flips['mean']:.0%} of questions")
        said.append(f"declined by chance on {found['refusal_flips']['mean']:.0%}")
        lines.append(f"  {t['name']}: {', '.join(said)}")
    return ["Asked again, the same configuration gives:", *lines] if lines else []


PREFERENCES = ("won", "lost", "both_good", "both_bad", "win_share", "low", "high")


def leaderboard_csv(found: dict[str, Any]) -> str:
    trials = found["trials"]
    names = sorted({n for t in trials for n in t["scores"]})
    figures = ("mean", "low", "high", "count", "failed", "not_applicable", "marked")
    head = ["rank", "trial", "name", "feasible", "front", "state", "note", "prompt", "model"]
    head.append("tied_with_leader")
    against = ("mean", "low", "high", "p", "p_holm", "questions", "verdict")
    head += [f"{kind}_{f}" for kind in ("difference", "vs_baseline") for f in against]
    head += [f"{n}_{f}" for n in names for f in figures]
    costs = ["cost_per_1k_questions", "tokens_per_answer", "seconds_p50", "seconds_p95"]
    rows = []
    for t in trials:
        row = [t[key] for key in ("rank", "trial", "name", "feasible", "front", "state", "note")]
        row += [t["config"]["prompt"], t["config"]["model"]]
        row.append(t["tied_with_leader"])
        row += [(t[kind] or {}).get(f) for kind in ("difference", "vs_baseline") for f in against]
        row += [(t["scores"].get(n) or {}).get(f) for n in names for f in figures]
        row += [*(t[c] for c in costs), t["ratings"]["up"], t["ratings"]["down"]]
        rows.append([*row, *(t["preferences"][p] for p in PREFERENCES)])
    head += [*costs, "ratings_up", "ratings_down", *(f"preferences_{p}" for p in PREFERENCES)]
    return to_csv(head, rows)


def _range_text(found: dict[str, float] | None, show: Any) -> str:
    if found is None:
        return "unknown"
    low, high = show(found["low"]), show(found["high"])
    return low if low == high else f"{low} to {high}"


def plan_text(plan: dict[str, Any]) -> str:
    lines = [
        f"{plan['configs']} configurations × {plan['questions']} questions × {plan['repeats']} repeats"
        + (f", then the best on {plan['holdout_questions']} held out" if plan["holdout_questions"] else ""),
        "",
        table(
            ["stage", "distinct", "stored", "left (at most)"],
            [
                [n, f"{s['distinct']:,}", f"{s['stored']:,}", f"{s['left']:,}"]
                for n, s in plan["stages"].items()
            ],
        ),
        "",
        f"Cost: {_range_text(plan['cost_usd'], dollars)}"
        + (f" (no price for {', '.join(plan['unpriced'])})" if plan["unpriced"] else ""),
        f"Time: {_range_text(plan['seconds'], duration)}",
    ]
    if plan["smallest_difference"] is not None:
        lines.append(
            f"Tells apart: differences of about {plan['smallest_difference']:.2f} and more (scores in [0, 1])"
        )
    return "\n".join([*lines, *(f"Note: {w}" for w in plan["warnings"])])


def status_text(found: dict[str, Any]) -> str:
    calls = found["calls"]
    lines = [
        f"Experiment {found['experiment']} ({found['name']}): {found['state']}",
        f"  {found['trials_done']} of {found['trials']} configurations done"
        + (f", {found['trials_dropped']} dropped by the search" if found["trials_dropped"] else "")
        + f", {found['answers']} answers"
        + (f", {found['failed_answers']} failed" if found["failed_answers"] else ""),
        f"  {calls['made']} calls made, {calls['reused']} answers reused; "
        f"spent {dollars(found['spent_usd'])}, saved {dollars(found['saved_usd'])}"
        + (f"; {found['unpriced_calls']} calls without a price" if found["unpriced_calls"] else ""),
        f"  {duration(found['seconds'])}",
        *(f"  {r}" for r in usage_remarks(found["estimated_calls"], found["disagreeing_calls"])),
    ]
    lines += [f"  {found['message']}"] if found["message"] else []
    return "\n".join([*lines, *(f"  Warning: {w}" for w in found["warnings"])])


def experiments_text(found: list[dict[str, Any]]) -> str:
    if not found:
        return "No experiments yet. Start with: python -m workbench demo"
    return table(
        ["id", "state", "corpus", "created", "took", "spent", "name"],
        [
            [
                e["experiment"],
                e["state"],
                e["corpus"],
                time.strftime("%Y-%m-%d %H:%M", time.localtime(e["created_at"])),
                duration(e["seconds"]),
                dollars(e["spent_usd"]),
                e["name"],
            ]
            for e in found
        ],
    )


def answer_to_json(a: AnswerRecord) -> dict[str, Any]:
    return {
        "id": a.id,
        "trial": a.trial_id,
        "trial_name": a.trial_name,
        "question_id": a.question.id,
        "question": a.question.text,
        "answerable": a.question.answerable,
        "references": list(a.question.answers),
        "part": a.part,
        "repeat": a.repeat,
        "state": a.state,
        "error": a.error,
        "flags": list(a.flags),
        "answer": a.text,
        "refused": a.refused,
        "passages": [
            {
                "document": p.document,
                "start": p.start,
                "end": p.end,
                "page": p.page,
                "text": p.text,
                "score": s,
            }
            for p, s in zip(a.passages, a.passage_scores, strict=True)
        ],
        "scores": {
            s.name: {"value": s.value, "status": s.status, "reason": s.reason, "detail": s.detail}
            for s in a.scores
        },
        "tokens": {"input": a.input_tokens, "output": a.output_tokens},
        "cost_usd": a.cost_usd,
        "seconds": a.seconds,
    }


def answer_text(a: AnswerRecord) -> str:
    scores = ", ".join(f"{s.name} {s.value:.2f}" for s in a.scores if s.value is not None)
    said = a.text if a.state == "ok" else f"(failed: {a.error})"
    return f"[{a.id}] {a.trial_name}\nQ: {a.question.text}\nA: {said}\n   {scores}"


def answers_csv(found: Sequence[AnswerRecord]) -> str:
    names = sorted({s.name for a in found for s in a.scores})
    head = ["answer_id", "trial", "trial_name", "question_id", "question", "part", "repeat", "state"]
    head += ["answer", "error", *names, "input_tokens", "output_tokens", "cost_usd", "seconds"]
    rows = []
    for a in found:
        values = {s.name: s.value for s in a.scores}
        row: list[Any] = [a.id, a.trial_id, a.trial_name, a.question.id, a.question.text, a.part, a.repeat]
        row += [a.state, a.text, a.error, *(values.get(n) for n in names)]
        rows.append([*row, a.input_tokens, a.output_tokens, a.cost_usd, a.seconds])
    return to_csv(head, rows)


def winner_answer_text(found: dict[str, Any]) -> str:
    grounding = found["scores"]["grounding"]
    lines = [found["answer"], ""]
    for n, p in enumerate(found["passages"], start=1):
        page = f", page {p['page']}" if p["page"] else ""
        lines.append(f"[{n}] {p['document']}{page} ({p['start']}–{p['end']})")
    cost = "unpriced" if found["cost_usd"] is None else dollars(found["cost_usd"])
    shown = "not applicable" if grounding is None else f"{grounding:.2f}"
    return "\n".join([*lines, "", f"grounding {shown} · {cost} · {duration(found['seconds'])}"])


def checks_text(checks: Sequence[Any]) -> str:
    marks = {"ok": "ok     ", "warning": "warning", "error": "ERROR  "}
    lines = []
    for c in checks:
        lines.append(f"{marks[c.status]}  {c.name}: {c.found}")
        if c.status != "ok" and c.mend:
            lines.append(f"         → {c.mend}")
    return "\n".join(lines)
