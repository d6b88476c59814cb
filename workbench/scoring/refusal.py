"""Recognises an answer that declines, and scores whether declining was right.
Knows nothing about grounding and correctness, which both use it."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from workbench.scoring.types import AnswerContext, ScoreValue
from workbench.text import split_sentences

# Patterns of declining sentences. Each refers to the speaker, the documents or the question:
# "employees who do not know their PIN" and "orders that cannot be found" are no refusals.
_NOT = r"(?:\s+not|n['’]?t|\s+never)"
_SOURCE = (
    r"(?:(?:the|these|this|those|any|your|our|my|its)\s+)?"
    r"(?:(?:provided|given|retrieved|available|above|supplied|following|relevant|\w+ed)\s+)?"
    r"(?:passages?|documents?|documentation|contexts?|sources?|texts?|excerpts?|materials?|snippets?|"
    r"knowledge base|information (?:provided|given|available))(?:\s+(?:provided|given|above|available))?"
)
_IN_SOURCE = rf"(?:in|from|by|within|among|with|using|based (?:only |solely )?on)\s+(?:any of\s+)?{_SOURCE}\b"
_SAYS = (
    r"(?:contains?|mentions?|says?|states?|specif(?:y|ies)|provides?|answers?|includes?|covers?|address(?:es)?|"
    r"gives?|holds?|discuss(?:es)?|indicates?|describes?|tells?|offers?|explains?|reveals?)"
)
_TOLD = (
    r"(?:mentioned|stated|specified|covered|provided|given|answered|described|found|included|indicated|"
    r"addressed|discussed|available|contained|present|listed|disclosed|clear)"
)
_MATTER = r"(?:information|answer|details?|mention|indication)"
_FIND = r"(?:answer|find|determine|provide|locate|say|tell|help|confirm|give|identify|see)"
_PATTERNS = (
    # The speaker: I don't know. We have no information. I'm not able to find that.
    rf"\b(?:i|we) (?:really |honestly )?(?:do|did){_NOT} know\b(?! of\b)",
    rf"\b(?:i|we) (?:do|did){_NOT} (?:see|find|have) (?:any |enough |the |that |this |such )*"
    rf"(?:{_MATTER}|context|answers)",
    rf"\b(?:i|we) (?:have|had|found|find|see) no (?:\w+ )?(?:{_MATTER}|idea)\b",
    rf"\b(?:i|we)(?: (?:am|are|was|were)|['’]m|['’]re)?(?: afraid)?(?: (?:i|we))? "
    rf"(?:can\s?not|can['’]?t|could not|couldn['’]?t|(?:un|not )able to) {_FIND}\b",
    r"\b(?:i am|i['’]m|we are|we['’]re) (?:not sure|not certain|unsure)\b",
    rf"^\W*(?:sorry\W+)?(?:unable|not able|cannot|can['’]t|could not)(?: to)? {_FIND}\b",
    # The documents: they do not say, none of them says, they say nothing about it.
    rf"\b{_SOURCE} (?:do|does|did){_NOT} (?:\w+ ){{0,2}}?{_SAYS}\b(?! (?:only|just)\b)",
    rf"\b{_SOURCE} (?:fails? to {_SAYS}|lacks?\b|{_SAYS} (?:no|nothing)\b)",
    rf"\b(?:none|neither|not one|nothing) (?:of |in )?(?:\w+ )?{_SOURCE} (?:\w+ )?{_SAYS}\b",
    rf"\bneither (?:passage|document|source) {_SAYS}\b",
    # The matter: it is not mentioned in the documents; there is no information about it.
    rf"\b(?:(?:is|are|was|were|do|does|did|has|have){_NOT}(?: been)?|not) (?:\w+ )?(?:{_TOLD} |appear )?"
    rf"(?:anywhere |directly |explicitly )?{_IN_SOURCE}",
    rf"^(?:.{{0,40}}\b)?(?:the |this |that |such |any )?(?:{_MATTER}|question)\b.{{0,40}}?"
    rf"\b(?:is|are|was|were|has|have){_NOT}(?: been)? {_TOLD}\W*$",
    rf"^(?:this|that|it) (?:is|was){_NOT} (?:mentioned|stated|specified|answered|clear)\W*$",
    rf"\bthere(?: is|['’]s| are| was) no (?:\w+ ){{0,2}}?{_MATTER} "
    rf"(?:about|on|of|for|regarding|in|to|that)\b",
    rf"^no (?:\w+ ){{0,2}}?{_MATTER}\b.{{0,60}}\b(?:{_TOLD}|{_IN_SOURCE})",
    rf"\b(?:unclear|unknown|not possible to (?:say|tell|determine|answer|know)|impossible to "
    rf"(?:say|tell|determine|answer|know))\b.{{0,60}}{_IN_SOURCE}",
    rf"{_IN_SOURCE}.{{0,20}}\b(?:unclear|unknown|not possible to|impossible to)\b",
    rf"\b(?:(?:this|the|your|that) (?:question|answer|information)|it|this|that) "
    rf"(?:can\s?not|can['’]t|could not|couldn['’]t) be (?:answered|determined|found|inferred|provided)\b"
    rf"(?:\W*$|.{{0,20}}{_IN_SOURCE})",
    rf"\b(?:not enough|insufficient) (?:{_MATTER}|context)\b",
    # Other languages, the commonest forms.
    r"\b(?:ich weiß (?:es )?nicht|das weiß ich nicht)\b",
    r"\bkeine (?:angaben|information(?:en)?) (?:dazu|gefunden|zu)\b",
    r"\b(?:dokumenten|passagen|texten?|kontext|quellen) nicht hervor\b",
    r"\b(?:je ne sais pas|aucune information)\b",
    r"\bno (?:lo )?s[eé]\b(?=[.,!]|$)",
    r"\bno (?:hay|tengo) (?:suficiente )?información\b",
)
_CITATION = re.compile(r"\s*\[\d+(?:\s*,\s*\d+)*\]")
_BARE = re.compile(
    r"^\W*(?:n/?a|unknown|unanswerable|no answer|not (?:found|answerable|available))\W*$", re.I
)
_LONGEST_LOOKED_AT = 2_000


@cache
def _compiled() -> tuple[re.Pattern[str], ...]:
    """Compile the patterns at the first use: pages import this module without looking for refusals."""
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in _PATTERNS)


@lru_cache(maxsize=1024)  # asked by the score and again by the answer's row
def is_refusal(answer: str) -> bool:
    """Whether the answer declines, that is, says that the question cannot be answered.

    The first sentence must decline. In an answer of three or more sentences at least half of them must,
    because it may go on to answer. Only the first 2,000 characters are read.
    """
    text = _CITATION.sub("", answer).strip()[:_LONGEST_LOOKED_AT]
    if not text:
        return False
    if _BARE.match(text):
        return True
    sentences = [s.text for s in split_sentences(text)]
    declining = [any(p.search(s) for p in _compiled()) for s in sentences]
    if not declining or not declining[0]:
        return False
    return len(sentences) <= 2 or sum(declining) >= len(sentences) / 2


def score_refusal(context: AnswerContext) -> ScoreValue:
    """Return 1 when an answerable question is answered or an unanswerable one declined, else 0."""
    if context.answer is None:
        return ScoreValue("refusal", None, "not_applicable", "There is no answer: the call failed.")
    declined = not context.answer.strip() or is_refusal(context.answer)
    right = declined != context.answerable
    did = "declined" if declined else "answered"
    can = "hold" if context.answerable else "do not hold"
    return ScoreValue("refusal", float(right), reason=f"It {did}; the documents {can} the answer.")
