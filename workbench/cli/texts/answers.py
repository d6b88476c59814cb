"""Formats answers, of experiments and of winners.
Knows nothing about how the answers were produced."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench.corpus.conversation import turns_to_json, write_turns
from workbench.csv_text import to_csv
from workbench.formatting import dollars, duration

if TYPE_CHECKING:
    from workbench.store.records import AnswerRecord


def answer_to_json(a: AnswerRecord) -> dict[str, Any]:
    """An answer as `answers --json` prints it."""
    return {
        "id": a.id,
        "trial": a.trial_id,
        "trial_name": a.trial_name,
        "question_id": a.question.id,
        "question": a.question.text,
        "history": turns_to_json(a.question.history),
        "answerable": a.question.answerable,
        "references": list(a.question.answers),
        "part": a.part,
        "repeat": a.repeat,
        "state": a.state,
        "error": a.error,
        "flags": list(a.flags),
        "condition": None if a.condition is None else json.loads(a.condition),
        "answer": a.text,
        "thinking": a.thinking,
        "refused": a.refused,
        "passages": [
            {
                "document": p.document,
                "title": p.title,
                "start": p.start,
                "end": p.end,
                "page": p.page,
                "text": p.text,
                "header": p.header,
                "score": s,
            }
            for p, s in zip(a.passages, a.passage_scores, strict=True)
        ],
        "scores": {
            s.name: {"value": s.value, "status": s.status, "reason": s.reason, "detail": s.detail}
            for s in a.scores
        },
        "tokens": {"input": a.input_tokens, "output": a.output_tokens, "thinking": a.thinking_tokens},
        "cost_usd": a.cost_usd,
        "seconds": a.seconds,
    }


def answer_text(a: AnswerRecord) -> str:
    """An answer with its question and its scores."""
    scores = ", ".join(f"{s.name} {s.value:.2f}" for s in a.scores if s.value is not None)
    text = a.text if a.state == "ok" else f"(failed: {a.error})"
    asked = f"Q: {a.question.text}"
    if a.question.history:
        asked = f"{textwrap.indent(write_turns(a.question.history), '   ')}\n{asked}"
    return f"[{a.id}] {a.trial_name}\n{asked}\nA: {text}\n   {scores}"


def answers_csv(answers: Sequence[AnswerRecord]) -> str:
    """Answers as CSV, one row per answer, one column per score, and earlier turns if there are any."""
    with_history = any(a.question.history for a in answers)
    names = sorted({s.name for a in answers for s in a.scores})
    head = ["answer_id", "trial", "trial_name", "question_id", "question", "part", "repeat", "state"]
    head += ["answer", "error", *names, "input_tokens", "output_tokens", "cost_usd", "seconds"]
    head += ["history"] if with_history else []
    rows = []
    for a in answers:
        values = {s.name: s.value for s in a.scores}
        row: list[Any] = [a.id, a.trial_id, a.trial_name, a.question.id, a.question.text, a.part, a.repeat]
        row += [a.state, a.text, a.error, *(values.get(n) for n in names)]
        row += [a.input_tokens, a.output_tokens, a.cost_usd, a.seconds]
        rows.append([*row, write_turns(a.question.history)] if with_history else row)
    return to_csv(head, rows).rstrip("\n")


def winner_answer_text(reply: dict[str, Any]) -> str:
    """A winner's answer with the passages it was given, its grounding, cost and time."""
    grounding = reply["scores"]["grounding"]
    lines = [reply["answer"], ""]
    for n, p in enumerate(reply["passages"], start=1):
        page = f", page {p['page']}" if p["page"] else ""
        lines.append(f"[{n}] {p['document']}{page} ({p['start']}–{p['end']})")
    cost = "unpriced" if reply["cost_usd"] is None else dollars(reply["cost_usd"])
    grounding_text = "not applicable" if grounding is None else f"{grounding:.2f}"
    return "\n".join([*lines, "", f"grounding {grounding_text} · {cost} · {duration(reply['seconds'])}"])
