"""Makes answers of two sides and documents of gates, for tests that ask nobody.
Knows nothing about what is tested."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.corpus.types import Question
from workbench.gate.answers import SideAnswer
from workbench.gate.conditions import Condition
from workbench.gate.flips import find_flips
from workbench.gate.judging import Evidence, Pair, judge


def answer(correctness: float | None = 1.0, **scores: float) -> SideAnswer:
    """correctness: None for a call that failed."""
    if correctness is None:
        return SideAnswer(None, "The server is down.")
    return SideAnswer("Yes.", scores={"correctness": correctness, "toxicity": 0.0, **scores}, cost_usd=0.001)


def pair(number: int, candidate: SideAnswer, base: SideAnswer) -> Pair:
    return Pair(Question(f"q{number}", f"Question {number}?", ("Yes.",)), (candidate,), (base,))


def pairs_of(candidate: Sequence[float | None], base: Sequence[float | None]) -> list[Pair]:
    both = enumerate(zip(candidate, base, strict=True))
    return [pair(number, answer(c), answer(b)) for number, (c, b) in both]


def document(conditions: Sequence[Condition], pairs: Sequence[Pair], **fields: Any) -> dict[str, Any]:
    """As `gate --json` prints it."""
    judged = judge(conditions, Evidence(pairs, {}, True), in_detail=True)
    return {
        "verdict": judged.verdict,
        "conditions": [one.to_json() for one in judged.conditions],
        "answers_asked": 2 * len(pairs), "answers_stored": 0, "spent_usd": 0.01, "seconds": 1.5,
        "candidate": {"name": "new", "named": "new.yaml"}, "base": {"name": "old", "named": "old.yaml"},
        "corpus": "tiny", "corpus_version": "0", "questions": {"asked": len(pairs), "of": len(pairs), "tags": []},
        "repeats": 1, "ended": "", "notes": [], "flips": find_flips(pairs, []), **fields,
    }  # fmt: skip
