"""Recognises an answer that declines, and scores whether declining was right.
Knows nothing about grounding or correctness, which both look here first."""

from __future__ import annotations

import re

from workbench.scoring.types import AnswerContext, ScoreValue
from workbench.text import split_sentences

# What a declining sentence says. Anchored to the speaker or to the documents: "employees who do not know
# their PIN" is no refusal.
_SPEAKER = r"\b(?:i|we)(?:\s+(?:am|are)|['’]m|['’]re)?\s+"
_SOURCE = (
    r"(?:passages?|documents?|documentation|context|sources?|text|excerpts?|materials?|"
    r"information(?:\s+(?:provided|given|available))?|knowledge base)"
)
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        _SPEAKER
        + r"(?:really\s+)?(?:do not|don['’]?t|did not|didn['’]?t)\s+"
        + r"(?:know|have (?:any |enough |the |that |this )*(?:information|answer|details|context))",
        _SPEAKER
        + r"(?:can\s?not|can['’]?t|could not|couldn['’]?t|unable to|not able to|were unable to|was unable to)"
        + r"\s+(?:answer|find|determine|provide|locate|say|tell|help|confirm)",
        _SPEAKER + r"(?:not sure|not certain|unsure)\b",
        r"\b"
        + _SOURCE
        + r"\s+(?:above\s+|provided\s+|given\s+)?"
        + r"(?:do not|does not|don['’]?t|doesn['’]?t|did not|didn['’]?t|fails? to)\s+(?:\w+\s+){0,2}?"
        + r"(?:contain|mention|say|state|specify|provide|answer|include|cover|address|give|hold|discuss|"
        + r"indicate|describe)",
        r"\bno\s+(?:\w+\s+){0,3}?(?:information|answer|mention|details?)\b.{0,60}"
        + r"\b(?:found|available|given|provided|in the)\b.{0,20}"
        + _SOURCE
        + r"?",
        r"\b(?:is|are|was) not\s+"
        + r"(?:mentioned|stated|specified|covered|provided|given|answered|described|found)\s+"
        + r"(?:anywhere\s+)?in\s+the\s+(?:\w+\s+)?"
        + _SOURCE,
        r"\b(?:cannot|can not|can['’]t) be (?:answered|determined|found)\b",
        r"\bnot enough (?:information|context)\b",
        r"\binsufficient (?:information|context)\b",
        r"\b(?:ich weiß (?:es )?nicht|das weiß ich nicht)\b",
        r"\bkeine (?:angaben|information(?:en)?) (?:dazu|gefunden)\b",
        r"\b(?:je ne sais pas|aucune information)\b",
        r"\bno (?:lo )?s[eé]\b(?=[.,!]|$)",
    )
)
_CITATION = re.compile(r"\s*\[\d+(?:\s*,\s*\d+)*\]")
_BARE = re.compile(
    r"^\W*(?:n/?a|unknown|unanswerable|no answer|not (?:found|answerable|available))\W*$", re.I
)
_LONGEST_LOOKED_AT = 2_000


def is_refusal(answer: str) -> bool:
    """Whether the answer declines: its first or only sentence says that it cannot be answered.

    An answer that goes on to answer ("The passages do not say X, but …: 30 days") is one that declines only
    when every sentence does; the first sentence decides for answers of one or two.
    """
    text = _CITATION.sub("", answer).strip()[:_LONGEST_LOOKED_AT]
    if not text:
        return False
    if _BARE.match(text):
        return True
    sentences = [s.text for s in split_sentences(text)]
    declining = [any(p.search(s) for p in _PATTERNS) for s in sentences]
    if not declining or not declining[0]:
        return False
    return len(sentences) <= 2 or sum(declining) >= len(sentences) / 2


def score_refusal(context: AnswerContext) -> ScoreValue:
    """1 when it answered what is answerable or declined what is not, else 0 (DESIGN section 8)."""
    if context.answer is None:
        return ScoreValue("refusal", None, "not_applicable", "There is no answer: the call failed.")
    declined = not context.answer.strip() or is_refusal(context.answer)
    right = declined != context.answerable
    did = "declined" if declined else "answered"
    can = "hold" if context.answerable else "do not hold"
    return ScoreValue("refusal", float(right), reason=f"It {did}; the documents {can} the answer.")
