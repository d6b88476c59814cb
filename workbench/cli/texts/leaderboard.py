"""Formats the leaderboard as text.
Knows nothing about how trials are ranked."""

from __future__ import annotations

from typing import Any

from workbench.analysis.judge_summary import ladder_words
from workbench.analysis.noise import TIE_RULE
from workbench.cli.texts.tables import table
from workbench.corpus.question_sources import LABELS
from workbench.formatting import dollars, p_value, questions_text, signed, signed_interval, uncapitalised
from workbench.parts.score_labels import label_of_score
from workbench.space.scores import LIKED

SHOWN_SCORES = ("correctness", "grounding", "retrieval_recall", "refusal", "toxicity", LIKED)
MOST_DEFECTIVE = 10
MOST_REASON = 160  # characters of a server's words


def leaderboard_text(board: dict[str, Any]) -> str:
    """The leaderboard as a table, with notes that explain its marks."""
    trials = board["trials"]
    judging = board.get("judging", {})
    shown = dict.fromkeys([*SHOWN_SCORES, *judging])
    names = [n for n in shown if any(n in t["scores"] for t in trials)]
    head = ["Configuration", "Rank", "vs leader"]
    head += [
        *map(label_of_score, names),
        "n",
        "Held out",
        "$ / 1,000",
        "Passage tokens",
        "Median s",
        "Thumbs",
    ]
    target = board["target"]
    label = uncapitalised(label_of_score(target))
    has_front = any(t["front"] for t in trials)
    rows = []
    for t in trials:
        held_out = (t["holdout"] or {}).get(target)
        count = max((f["count"] for n, f in t["scores"].items() if n != LIKED), default=0)
        rank = t["state"] if t["rank"] is None else f"{t['rank']}{'' if t['feasible'] else ' (misses)'}"
        rank += " *" if t["front"] else ""
        cost = "unpriced" if t["cost_per_1k_questions"] is None else dollars(t["cost_per_1k_questions"])
        p50 = "–" if t["seconds_p50"] is None else f"{t['seconds_p50']:.3f}"
        thumbs = f"{t['ratings']['up']}/{t['ratings']['down']}"
        scores = [_mean(t["scores"].get(n)) for n in names]
        against = _against_leader(t, board["leader"])
        name = f"{t['name']} (baseline)" if t["trial"] == board["baseline"] else t["name"]
        given = t["passage_tokens_per_answer"]
        costs = [cost, "–" if given is None else f"{given:,.0f}", p50]
        rows.append([name, rank, against, *scores, str(count), _mean(held_out), *costs, thumbs])
    how = "paired by question; 'tied': not significant (permutation test"
    if target == LIKED:
        how = "estimated from ratings; 'tied': not significant (by the estimates' joint distribution"
    note = (
        f"\nIntervals: 95 % over {questions_text(board['questions'], board['groups'])}. "
        "'misses': a constraint is not met. "
        f"Held out: {label} on the held-out questions, which had no part in the selection (only for the five "
        f"best).\nvs leader: the difference in {label}, {how}, corrected for all pairs at 5 %). {TIE_RULE}"
    )
    if any(t["state"] == "dropped" for t in trials):
        note += " 'dropped': the search stopped asking it, so its figures are based on fewer questions."
    if has_front:
        note += (
            " *: on the Pareto front: no other configuration is as good in all objectives and better in one."
        )
    if any(f.get("marked") for t in trials for f in t["scores"].values()):
        note += "\n!: failed on more than a tenth of the answers; the mean is over the rest."
    note += "".join(f"\n{ladder_words(n, j)}" for n, j in judging.items() if "escalated" in j)
    note += "".join(f"\n{text}" for text in _liked_lines(board))
    note += "".join(f"\nWarning: {w}" for w in board.get("warnings", ()))
    lines = [*_head_lines(board), table(head, rows) + note, *_failure_lines(trials)]
    lines += _defect_lines(trials)
    lines += _consistency_lines(trials)
    lines += [f"Optimised prompt: {one['in_words']}" for one in board.get("optimised_prompts", ())]
    return "\n".join([*lines, *_question_lines(board), *verdict_lines(board)])


def _liked_lines(board: dict[str, Any]) -> list[str]:
    """What the share of liked answers rests on, and how far raters agree."""
    liked = board.get("liked")
    return [liked[key] for key in ("in_words", "disagreement_in_words") if liked[key]] if liked else []


def _head_lines(board: dict[str, Any]) -> list[str]:
    """What must be known before the figures: whose questions they rest on, and that nobody reviewed them."""
    source = board["source"]
    lines = [] if source is None else [f"By {LABELS[source]} questions alone."]
    return [*lines, *board["verdict"]["caveats"]]


def _question_lines(board: dict[str, Any]) -> list[str]:
    """How the questions' sources rank the configurations, and which questions tell nothing apart."""
    rankings, told = board["by_source"]["rankings"], board["told_apart"]
    return [document["in_words"] for document in (rankings, told) if document and document["in_words"]]


def verdict_lines(board: dict[str, Any]) -> list[str]:
    """The verdict, one sentence in each line; the caveats stand above the table."""
    verdict = board["verdict"]
    return [sentence for sentence in verdict["sentences"] if sentence not in verdict["caveats"]]


def _mean(figure: dict[str, Any] | None) -> str:
    if not figure or figure["mean"] is None:
        return "–"
    mark = " !" if figure.get("marked") else ""
    mark += f" ({figure['failed']} failed)" if figure.get("failed") else ""
    if figure["low"] is None:
        return f"{figure['mean']:.3f}{mark}"
    return f"{figure['mean']:.3f} [{figure['low']:.2f}, {figure['high']:.2f}]{mark}"


def _against_leader(trial: dict[str, Any], leader: str | None) -> str:
    if trial["trial"] == leader:
        return "leads"
    difference = trial["difference"]
    if difference is None:
        return "–"
    if difference["mean"] is None or difference["p"] is None:
        return "no test"
    return f"{signed(difference['mean'])}" + (" tied" if difference["better"] is None else "")


def baseline_text(board: dict[str, Any]) -> str:
    """The configurations against the baseline, the best first, and the tally."""
    rows = []
    for t in board["trials"]:
        found = t["vs_baseline"]
        if found is None or found["mean"] is None:
            continue
        interval = signed_interval(found["low"], found["high"]) or "–"
        p = "–" if found["p_corrected"] is None else p_value(found["p_corrected"])
        way = {True: "better", False: "worse", None: "tied"}[found["better"]]
        rows.append([t["name"], f"{signed(found['mean'])}", interval, p, way])
    tally = board["verdict"]["baseline"]
    name = next((t["name"] for t in board["trials"] if t["trial"] == board["baseline"]), "none yet")
    head = ["Configuration", label_of_score(board["target"]), "95 % interval", "p, corrected", "vs baseline"]
    return "\n".join([table(head, rows), tally["in_words"] if tally else f"The baseline: {name}."])


def _failure_lines(trials: list[dict[str, Any]]) -> list[str]:
    """How many answers failed and why, for the first trials with such answers."""
    failed = [t for t in trials if t["failures"]]
    lines = []
    for t in failed[:MOST_DEFECTIVE]:
        reasons = [
            f"{f['count']} × {f['kind']} ({_shortened(f['error'], MOST_REASON)})" for f in t["failures"]
        ]
        lines.append(f"  {t['name']}: {t['failed_answers']} of {t['answers']}: {'; '.join(reasons)}")
    if len(failed) > MOST_DEFECTIVE:
        lines.append(f"  and {len(failed) - MOST_DEFECTIVE} more configurations (--json lists all)")
    head = "Failed answers (left out of all means and tests, except that an empty answer is scored as such):"
    return [head, *lines] if lines else []


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _defect_lines(trials: list[dict[str, Any]]) -> list[str]:
    """What is wrong with the texts of replies, for the first trials that have such replies."""
    defective = [t for t in trials if t["remarks"]]
    lines = [f"  {t['name']}: {'; '.join(t['remarks'])}" for t in defective[:MOST_DEFECTIVE]]
    if len(defective) > MOST_DEFECTIVE:
        lines.append(f"  and {len(defective) - MOST_DEFECTIVE} more configurations (--json lists all)")
    return ["Replies with defects, scored as they are:", *lines] if lines else []


def _consistency_lines(trials: list[dict[str, Any]]) -> list[str]:
    lines = []
    for t in trials:
        consistency = t["consistency"]
        if not consistency or not consistency["questions"]:
            continue
        flips, agreement = consistency["correctness_flips"], consistency["agreement"]
        parts = [f"answers agree to {agreement['mean']:.0%}"]
        if flips:
            parts.append(f"sometimes right, sometimes wrong on {flips['mean']:.0%} of questions")
        parts.append(f"sometimes declined on {consistency['refusal_flips']['mean']:.0%}")
        lines.append(f"  {t['name']}: {', '.join(parts)}")
    return ["When a question is asked again:", *lines] if lines else []
