"""Checks drafts of a model without asking anybody: each filter gives OK or the reason why it fails.
Knows nothing about prompts and calls."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.corpus.draft_types import OK, QUOTE_NOT_FOUND
from workbench.corpus.quotes import find_quotes
from workbench.corpus.sections import Place
from workbench.drafting.checks import ANSWER_NOT_IN_QUOTE
from workbench.drafting.model.excerpts import Excerpt
from workbench.drafting.model.prompts import NOT_ANSWERED, NOT_KNOWN
from workbench.drafting.model.tasks import PAIRS
from workbench.scoring.grounding import score_grounding
from workbench.scoring.language_detection import find_language
from workbench.scoring.refusal import is_refusal
from workbench.scoring.support import SUPPORTED
from workbench.text import content_tokens

NO_ANSWER = "the answer declines"
GIVEN_AWAY = "the question contains its own answer"
COPIED = "it is copied from the document"
OTHER_LANGUAGE = "it is in another language than its document"

MOST_WORDS = 32
MOST_WORDS_OF_A_SITUATION = 60

_SHORT_VERDICT = re.compile(r"^(?:yes|no)\b[^\w]*(?:\w+[^\w]*)?$", re.IGNORECASE)


def declines(answer: str) -> bool:
    """Whether a model's answer says that it cannot answer."""
    bare = re.sub(r"\W+", " ", answer).strip().lower()
    fixed = (NOT_ANSWERED, NOT_KNOWN, "unknown", "none", "n a", "null", "not mentioned", "not specified")
    return not bare or bare in fixed or bare.startswith((NOT_ANSWERED, NOT_KNOWN)) or is_refusal(answer)


def find_place(excerpt: Excerpt, quote: str) -> Place | None:
    """The place of a quote in an excerpt's document, best in the excerpt itself; None where it is not."""
    if not quote.strip():
        return None
    places = [Place(start, end) for start, end in find_quotes(excerpt.document.text, quote)]
    inside = (p for p in places if p.start < excerpt.place.end and excerpt.place.start < p.end)
    return next(inside, places[0] if places else None)


def check_quotes(places: Sequence[Place | None]) -> str:
    """Every quote must be in its document."""
    return OK if all(places) else QUOTE_NOT_FOUND


def check_answer(question: str, answer: str, quotes: Sequence[str]) -> str:
    """The quotes must hold the answer, word for word or as the grounding score sees it."""
    if declines(answer):
        return NO_ANSWER
    if any(find_quotes(quote, answer) for quote in quotes):
        return OK
    support = score_grounding(answer, quotes, question).value
    return OK if support is not None and support >= SUPPORTED else ANSWER_NOT_IN_QUOTE


def check_given_away(kind: str, question: str, answer: str) -> str:
    """The question must not hold its answer, unless it asks to choose between what it names."""
    answered = set(content_tokens(answer))
    if kind in PAIRS or re.search(r"\bor\b", question) or is_verdict(answer):
        return OK
    return GIVEN_AWAY if answered and answered <= set(content_tokens(question)) else OK


def check_copied(kind: str, question: str, texts: Sequence[str]) -> str:
    """The question must not be a heading or sentence of the texts; a question that they ask may be."""
    if kind == "search words" or "?" in question:
        return OK
    return COPIED if any(find_quotes(text, question) for text in texts) else OK


def is_verdict(answer: str) -> bool:
    """Whether an answer is little more than yes or no, which anybody guesses half of the time."""
    return bool(_SHORT_VERDICT.match(answer.strip()))


def check_language(question: str, document: str) -> str:
    """The question must be in the language of its document, where both are long enough to tell."""
    asked, written = find_language(question), find_language(document)
    return OTHER_LANGUAGE if asked and written and asked != written else OK


def check_wording(kind: str, question: str) -> str:
    """What a person should look at: a long question, or one that is no question."""
    count = len(question.split())
    if count > (MOST_WORDS_OF_A_SITUATION if kind == "situational" else MOST_WORDS):
        return f"long: {count} words"
    if kind != "search words" and not re.search(r"[?？؟;]\W*$", question):
        return "it does not end with a question mark"
    return OK
