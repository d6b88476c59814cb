"""Checks candidates: each check gives OK or the reason why it fails. Failing a hard check drops a candidate.
Knows nothing about how candidates are made."""

from __future__ import annotations

import re

from workbench.corpus.draft_types import FOLLOW_UP, OK, QUOTE_NOT_FOUND
from workbench.corpus.quotes import find_quotes
from workbench.corpus.sections import LONGEST_GROWN, Place
from workbench.corpus.types import Document
from workbench.drafting.passages import Passages
from workbench.drafting.surroundings import OF_ONE_SENTENCE
from workbench.drafting.types import Candidate
from workbench.scoring.verbatim import tokens_of
from workbench.text import content_tokens

ANSWER_NOT_IN_QUOTE = "the answer is not in the quote"
MISSING_CONTEXT = "it depends on missing context"
SEVERAL_ANSWERS = "another passage answers it differently"
FINDS_ANOTHER = "a search by meaning finds another passage first"
IN_MANY_DOCUMENTS = "the same words stand in many documents"
NOT_PLAIN = "it does not read as plain English"
IN_AN_EXAMPLE = "it is part of an example of a prompt or conversation"

LONGEST_EXAMPLE = 5000
"""Characters before and after a quote in which marks of an example are looked for: a table of thousands of
rows is one paragraph."""
SHARE_OF_RIVALS = 0.85
"""The share of a question's words from which a passage may answer it."""
MOST_QUESTION_WORDS = 32
MOST_HEADING_WORDS = 10
_CONTEXT = re.compile(
    r"\b(?:this|these|those|it|its|they|them|their|he|she|his|her|him|himself|"
    r"herself|itself|themselves|above|below|following|aforementioned|herein|former|latter|said|such)\b",
    re.IGNORECASE,
)
# In questions that a model or a person has written, "it" mostly stands for something named before.
_PART = r"(?:text|passage|excerpt|document|section|paragraph|article|quote|snippet|author|table|page)"
_WRITTEN_CONTEXT = re.compile(
    r"\b(?:according to|based on|in|from|of|does|by) (?:the|this|that) (?:given |provided |above )?"
    rf"{_PART}\b"
    r"|\b(?:mentioned|described|listed|stated|shown|given|provided|discussed) (?:in the|above|below|here)\b"
    r"|\bthe (?:above|following|aforementioned|latter|former)\b"
    r"|\b(?:this|these|those) (?!year|month|week|morning|evening|afternoon|time|way|moment|kind|sort)\w+"
    r"|^(?:what|when|where|who|why|how|is|are|was|were|does|do|did|can|may|must|should)(?: \w+){0,2} "
    r"(?:it|they|he|she)\b",
    re.IGNORECASE,
)
# A paragraph with a placeholder, a closing tag or turns of a conversation: what it says is made up, or said
# to a model, and true of nothing.
_EXAMPLE = re.compile(
    r"\{\{|\bRole Content\b|(?:User|Human|System)[ :]+[A-Z“\"].*Assistant[ :(A-Z]|\bAssistant (?:\(|Here)"
    r"|\\?</[a-z_]+>",
    re.DOTALL,
)
# One of them is in whatever _EXAMPLE finds. Looked for first: in a table of thousands of rows, where each row
# is checked with those around it, the pattern took most of the time.
_MARKS_OF_EXAMPLES = ("{{", "Role Content", "Assistant", "</")
_GLUED_NUMBER = re.compile(
    r"[a-z]{2}[.!?]:?\d{1,3}(?:\s|$)"
)  # of a step or a reference: "copy it verbatim.6"
_POINTING_ANSWER = re.compile(r"^(?:see\b|as above|ditto|same as|the same$|tbd$|tba$)", re.IGNORECASE)
# In the answer of one sentence, it points to what stands around the sentence.
_POINTS_AROUND = re.compile(
    r"\b(?:this|these|those|above|below|here|following|respectively)\b|\bsuch (?!as\b|that\b)"
    r"|(?:^|\b(?:of|to|in|on|for|with|from|at|into|under|by|about|against|than|as|meet|use) )that [a-z]+\b"
    r"|\bthat [a-z]+$|\bdo(?:ing)? so\b|^(?:either|say|such as|through|if|then)\b",
    re.IGNORECASE,
)
_ANSWERED_BY_CLAUSES = ("situational", "fact", "definition", "name")
_NOTE_MARK = re.compile(r"\[(?:note|citation|clarification|when|who|which|\d)[^\]]*\]", re.IGNORECASE)
# What a question has of its template and not of the document.
_QUOTED = re.compile(r"“([^”]*)”")


def check_quote(document: Document, candidate: Candidate) -> str:
    """The quote and its evidence must be found, and the answer must stand in the quote."""
    for place in (candidate.place, candidate.evidence):
        text = document.text[place.start : place.end]
        if not any(
            start < place.end and place.start < end for start, end in find_quotes(document.text, text)
        ):
            return QUOTE_NOT_FOUND
    quote = document.text[candidate.place.start : candidate.place.end]
    return OK if holds_answer(quote, candidate.answer) else ANSWER_NOT_IN_QUOTE


def holds_answer(quote: str, answer: str) -> bool:
    """Whether an answer stands in a quote, whatever the punctuation."""
    said = " ".join(tokens_of(answer))
    return bool(find_quotes(quote, answer)) or bool(said and f" {said} " in f" {' '.join(tokens_of(quote))} ")


def check_example(document: Document, candidate: Candidate) -> str:
    """What a document says in an example prompt or conversation is nothing to ask about."""
    first, last = max(0, candidate.place.start - LONGEST_EXAMPLE), candidate.place.end + LONGEST_EXAMPLE
    start = max(first, document.text.rfind("\n\n", first, candidate.place.start) + 1)
    end = document.text.find("\n\n", candidate.place.end, last)
    end = end if end >= 0 else last
    is_marked = any(document.text.find(mark, start, end) >= 0 for mark in _MARKS_OF_EXAMPLES)
    return IN_AN_EXAMPLE if is_marked and _EXAMPLE.search(document.text, start, end) else OK


def check_context(candidate: Candidate) -> str:
    """The question must make sense by itself, and the answer must not point elsewhere."""
    bare = _QUOTED.sub("", candidate.question)
    if candidate.kind != "question" and _CONTEXT.search(bare):
        return MISSING_CONTEXT
    if candidate.kind == "question" and re.search(
        r"\b(?:this|these|those|above|below|following)\b", bare, re.IGNORECASE
    ):
        return MISSING_CONTEXT
    if candidate.kind == "question" and re.match(r"^\w+ (?:\w+ )?(?:it|they|he|she)\b", bare, re.IGNORECASE):
        return MISSING_CONTEXT
    if candidate.kind in _ANSWERED_BY_CLAUSES and _POINTS_AROUND.search(candidate.answer):
        return MISSING_CONTEXT
    if candidate.kind in OF_ONE_SENTENCE and speaks_of_us(candidate.question):
        return MISSING_CONTEXT
    return MISSING_CONTEXT if _POINTING_ANSWER.match(candidate.answer) else OK


def check_written_context(kind: str, question: str) -> str:
    """A question that a model or a person has written must make sense by itself; a follow-up question makes
    sense after the turns before it."""
    return MISSING_CONTEXT if kind != FOLLOW_UP and _WRITTEN_CONTEXT.search(question) else OK


def check_wording(candidate: Candidate) -> str:
    """The question must look like one that a person would write."""
    question = candidate.question
    if len(question.split()) > MOST_QUESTION_WORDS or len(question) > 260:
        return NOT_PLAIN
    if question.count("“") != question.count("”") or re.search(
        r"[<>{}\[\]|`*_\\]|https?:|\s[,.]|\.\.", question
    ):
        return NOT_PLAIN
    if len(content_tokens(question)) < 2 or re.search(r"\b(\w{3,}) \1\b", question, re.IGNORECASE):
        return NOT_PLAIN
    answer = candidate.answer
    if not 1 <= len(answer) <= LONGEST_GROWN or not re.search(r"\w", answer) or _GLUED_NUMBER.search(answer):
        return NOT_PLAIN
    return NOT_PLAIN if _NOTE_MARK.search(answer) else OK


def check_lines(document: Document, candidate: Candidate) -> str:
    """A sentence must not begin with a heading that only a line break parts from it."""
    if candidate.kind not in OF_ONE_SENTENCE:
        return OK
    first, *further = document.text[candidate.place.start : candidate.place.end].split("\n")
    named = [word for word in first.split() if len(word) > 3]
    capitals = sum(word[0].isupper() for word in named)
    is_heading = len(first.split()) <= MOST_HEADING_WORDS and capitals >= 0.7 * len(named)
    is_joined = bool(further) and is_heading and re.match(r"\s*[A-Z]", further[0]) is not None
    return NOT_PLAIN if is_joined else OK


def find_rivals(
    question: str, home: str, evidence: Place, passages: Passages, share: float = SHARE_OF_RIVALS
) -> list[tuple[str, int, int]]:
    """(document, start, end) of passages outside the evidence that hold nearly all words of a question."""
    wanted = set(content_tokens(_QUOTED.sub(lambda match: f" {match[1]} ", question)))
    if not wanted:
        return []
    rivals = []
    for chunk in passages.find(question, 4):
        inside = chunk.document == home and chunk.start < evidence.end and evidence.start < chunk.end
        if inside:
            continue
        held = wanted & set(content_tokens(f"{chunk.title} {chunk.text}"))
        if len(held) >= share * len(wanted):
            rivals.append((chunk.document, chunk.start, chunk.end))
    return rivals


def speaks_of_us(question: str) -> bool:
    """Whether a question says "we" outside the title and headings that it quotes."""
    return bool(re.search(r"\b(?:we|our|us)\b", _QUOTED.sub("", question)))
