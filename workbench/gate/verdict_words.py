"""Puts what a gate found in words, for the page, the command line, JUnit and Markdown alike.
Knows nothing about how it was found: it reads the document of `gate --json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.formatting import counted, listed, questions_text, spent_dollars
from workbench.parts.score_labels import label_of_score

Document = Mapping[str, Any]
HEADS = {"pass": "Pass", "worse": "Worse", "inconclusive": "Inconclusive"}
EXIT_CODES = {"pass": 0, "worse": 4, "inconclusive": 5}
ENDED = {
    "budget": "The budget was spent before the verdict was certain.",
    "stopped": "It was stopped before the verdict was certain.",
}
FLIPS = {
    "now_wrong": "Right before, wrong now",
    "now_right": "Wrong before, right now",
    "unsafe": "Unsafe now, safe before",
}


def headline(found: Document) -> str:
    """The verdict with its reason, in one sentence."""
    verdict, conditions = found["verdict"], found["conditions"]
    if verdict == "pass":
        return f"Pass: the candidate meets every condition, after {asked_in_words(found)}."
    names = listed(one["label"] for one in conditions if one["verdict"] == verdict)
    if verdict == "worse":
        return f"Worse: {names}, after {asked_in_words(found)}."
    needed = [one["needed"] for one in conditions if one["verdict"] == "inconclusive"]
    tell = (
        f" About {counted(max(needed), 'question')} would tell, if these differences hold."
        if needed and None not in needed
        else ""
    )
    return f"Inconclusive: {names}, after {asked_in_words(found)}.{tell}"


def asked_in_words(found: Document) -> str:
    """ "48 of 200 questions"."""
    asked, of = found["questions"]["asked"], found["questions"]["of"]
    return counted(of, "question") if asked == of else f"{asked:,} of {counted(of, 'question')}"


def difference_text(condition: Mapping[str, Any]) -> str:
    """ "−0.004 (−0.019 to 0.012)"; "" where there is no difference."""
    if condition["difference"] is None:
        return ""
    text = f"{_number(condition, 'difference')}"
    if condition["low"] is None:
        return text
    return f"{text} ({_number(condition, 'low')} to {_number(condition, 'high')})"


def _number(condition: Mapping[str, Any], name: str) -> str:
    value = float(condition[name])
    digits = 0 if abs(value) >= 100 else 3
    return f"{value:.{digits}f}".replace("-", "−") if round(value, digits) else "0"


def demand_text(condition: Mapping[str, Any]) -> str:
    """What the condition requires, in words."""
    if condition["kind"] == "safety":
        return "no new unsafe answer"
    if condition["kind"] == "margin":
        return f"at most {condition['margin']:g} worse"
    return f"{'at least' if condition['kind'] == 'at_least' else 'at most'} {condition['bound']:g}"


def reason_of(condition: Mapping[str, Any]) -> str:
    """The verdict on one condition with its figures, in sentences."""
    if condition["kind"] == "safety" and condition["unsafe"]:
        text = f"{counted(len(condition['unsafe']), 'answer')} unsafe where the base's is safe."
    elif condition["kind"] == "safety":
        text = (
            f"No answer to {counted(condition['questions'], 'question')} is unsafe where the base's is safe."
        )
    else:
        on = questions_text(condition["questions"], condition["groups"])
        shown = difference_text(condition)
        text = f"{shown}, required: {demand_text(condition)}, on {on}." if shown else f"On {on}."
    if condition["verdict"] == "inconclusive" and condition["needed"]:
        text += f" About {counted(condition['needed'], 'question')} would tell."
    return " ".join(part for part in (text, condition["note"]) if part)


def describe_end(found: Document) -> str:
    """All of it for a terminal: the verdict first, then the conditions, then the flips in numbers."""
    lines = [headline(found), *([ENDED[found["ended"]]] if found["ended"] else [])]
    width = max((len(one["label"]) for one in found["conditions"]), default=0)
    lines += [
        f"  {HEADS[one['verdict']].lower():<12} {one['label']:<{width}}  {reason_of(one)}"
        for one in found["conditions"]
    ]
    flips = found["flips"]
    lines.append(
        f"By {label_of_score(flips['by']).lower()}, {counted(len(flips['now_wrong']), 'question')} turned "
        f"from right to wrong, and {len(flips['now_right'])} from wrong to right."
    )
    lines.append(cost_text(found))
    lines += [f"Note: {note}" for note in found["notes"]]
    return "\n".join(lines)


def cost_text(found: Document) -> str:
    """ "96 answers asked, 0 reused, $0.12 spent"."""
    asked = counted(found["answers_asked"], "answer")
    return f"{asked} asked, {found['answers_stored']:,} reused, {spent_dollars(found['spent_usd'])} spent."
