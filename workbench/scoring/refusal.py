"""Recognises an answer that declines, and scores whether declining was right.
Knows nothing about grounding and correctness, which both use it."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from workbench.scoring import refusal_patterns as wordings
from workbench.scoring.bare_refusals import BARE, CUE
from workbench.scoring.refusal_languages import OTHER_LANGUAGES
from workbench.scoring.types import NOT_KNOWN, AnswerContext, ScoreValue
from workbench.text import split_sentences
from workbench.typography import normalise

_CITATION = re.compile(r"(?<!\s)\s*(?:\[\d+(?:\s*,\s*\d+)*\]|【[^】]{1,20}】|\[\^\d+\^?\])")
_MARKUP = re.compile(r"[*_`#]+|^\s{0,80}>\s*", re.MULTILINE)
_QUOTED = re.compile(r'(?<=[^\s"])\s+"[^"]{1,200}"|"[^"]{1,200}"(?=\s*[^\s".,!])')
_LONGEST_LOOKED_AT = 2_000


@cache
def _any_of(*patterns: str) -> tuple[re.Pattern[str], ...]:
    """Compile the patterns at the first use: pages import this module without looking for refusals."""
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


def _matches(text: str, *patterns: str) -> bool:
    return any(pattern.search(text) for pattern in _any_of(*patterns))


def _declines(sentence: str) -> bool:
    """Whether a sentence declines.

    Not under a condition ("If we cannot find it, …"), nor with an answer behind it ("…, but it is 5").
    """
    if not _matches(sentence, CUE):
        return False
    if _matches(sentence, *BARE):
        return True
    return any(
        not _matches(sentence[: match.start()], wordings.CONDITION) and not _goes_on(sentence[match.end() :])
        for pattern in _any_of(*wordings.ENGLISH, *OTHER_LANGUAGES)
        for match in pattern.finditer(sentence)
    )


def _goes_on(after: str) -> bool:
    """Whether what follows a refusal in its sentence answers after all."""
    (but,) = _any_of(wordings.BUT)
    clause = after[match.end() :] if (match := but.search(after)) else ""
    return len(clause.split()) > 3 and not _matches(clause, wordings.COURTESY) and not _declines(clause)


@lru_cache(maxsize=1024)  # asked by the score and again by the answer's row
def is_refusal(answer: str) -> bool:
    """Whether the answer declines, that is, says that the question cannot be answered.

    The first sentence must decline. An answer that goes on is a refusal if at most one sentence follows, half
    of its sentences decline, or it apologises; courtesies do not count. It is none if a later sentence
    answers after all ("However, based on …"), or if the first only says what language models cannot know.
    Quoted titles are not read, and only the first 2,000 characters are.
    """
    begin = normalise(answer.strip()[: 5 * _LONGEST_LOOKED_AT])  # with what is taken out of it
    text = _MARKUP.sub("", _CITATION.sub("", begin)).strip()[:_LONGEST_LOOKED_AT]
    if not text:
        return False
    if _matches(text, *BARE):
        return True
    sentences = [s.text for s in split_sentences(_QUOTED.sub(" ", text))]
    if not sentences or not _declines(sentences[0]):
        return False
    first, *rest = (s for s in sentences if not _matches(s, wordings.COURTESY) or _declines(s))
    declining = [_declines(s) for s in rest]
    if _matches(first, wordings.DISCLAIMER):
        return all(declining)
    if any(_matches(s, wordings.ANSWERS_AFTER_ALL) for s, d in zip(rest, declining, strict=True) if not d):
        return False
    halves = 2 * (1 + sum(declining)) >= 1 + len(rest)
    return len(rest) <= 1 or halves or _matches(first, wordings.APOLOGY)


def score_refusal(context: AnswerContext) -> ScoreValue:
    """Return 1 when an answerable question is answered or an unanswerable one declined, else 0.

    Not applicable when it is not known whether the documents answer the question.
    """
    if context.answer is None:
        return ScoreValue("refusal", None, "not_applicable", "There is no answer: the call failed.")
    if context.answerable is None:
        return ScoreValue("refusal", None, "not_applicable", NOT_KNOWN)
    declined = not context.answer.strip() or is_refusal(context.answer)
    right = declined != context.answerable
    did = "declined" if declined else "answered"
    can = "hold" if context.answerable else "do not hold"
    return ScoreValue("refusal", float(right), reason=f"It {did}; the documents {can} the answer.")
