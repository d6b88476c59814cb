"""Recognises what claims nothing: headings, questions, courtesies, talk about the answer or the documents.
Knows nothing about passages and support."""

from __future__ import annotations

import re

from workbench.scoring.frames import is_only_a_frame
from workbench.scoring.refusal import is_refusal
from workbench.text import STOP_WORDS, stem, words

_TABLE_RULE = re.compile(r"^\s*\|?[\s:|=+-]*-{2,}[\s:|=+-]*$")
_RULE = re.compile(r"^\s*(?:[\s|:\-=+*_]*|(?:```|~~~).*)$")
_HEADING = re.compile(r"^\s*#{1,6}\s")
_BOLD_LINE = re.compile(r"^\s*(?:\d{1,3}[.)]\s+)?(\*\*|__)(?!\s)[^*_]+(?<!\s)\1:?\s*$")
_COLON_AT_THE_END = re.compile(r"[:：][*_`\s]*$")
_QUESTION = re.compile(r"[?？][\"'”’»)*_`\s]*$")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_DOCUMENTS = (
    r"(?:(?:provided|given|retrieved|above|supplied|following|relevant|cited|numbered)\s+)?(?:passages?|documents?|"
    r"documentation|contexts?|sources?|texts?|excerpts?|snippets?|information|materials?|references?)"
)
_PATTERNS = (
    r"^\W*(?:i am|i['’]m|we are|we['’]re) (?:happy|glad|here|sorry|an ai|just an ai)\b",
    r"^\W*(?:sure|certainly|of course|absolutely|great question|good question|you['’]re welcome)\b"
    r"[^.!]{0,60}[.!]*\W*$",
    # Talk about the answer.
    r"^\W*(?:here(?:['’]s| is| are)|below (?:is|are)|the following (?:is|are)|to (?:summari[sz]e|sum up)\W*$|"
    r"in summary\W*$|summary\W*$|answer\W*$|explanation\W*$)(?:[^.:]{0,80})?[.:]?\W*$",
    r"^\W*(?:this|the|my|that) (?:answer|response|summary|list|conclusion|explanation)\b[^.]{0,30} "
    r"(?:is|was|are|were|comes?|came|relies|draws?) (?:\w+ )?"
    r"(?:based|from|on|taken|drawn|derived|supported)\b",
    r"^\W*(?:i|we) (?:have |will |can |shall )?"
    rf"(?:summari[sz]e|list|explain|answer|base|use|found|rely|relied)\w*\b.{{0,60}}\b(?:answer|below|above|{_DOCUMENTS})\b",
    # Talk about the documents.
    rf"^\W*(?:this|that|it|these|the (?:answer|information|details?))(?: information| answer| details?)? "
    r"(?:can be|is|are|was|were|comes?|came) (?:\w+ )?"
    r"(?:found|stated|given|mentioned|provided|based|taken|from|in)\b"
    rf".{{0,40}}\b{_DOCUMENTS}\b.{{0,30}}$",
    r"^\W*(?:sources?|references?|citations?)\s*:.{0,120}$",
    r"^\W*(?:source|passage|document|reference)s?\s+\[?\d+\]?(?:\s*(?:,|and|&)\s*\[?\d+\]?)*\W*$",
    r"^\W*(?:see|refer to|for (?:more|further) (?:information|details)\W+(?:see|refer to|consult))\b"
    rf".{{0,30}}\b(?:{_DOCUMENTS}|sections?|pages?|above|below)\b.{{0,40}}$",
    rf"^\W*(?:according to|based on|from|per|as (?:stated|mentioned|described|given|per) (?:in|by)) "
    rf"(?:the |these |this |your )?{_DOCUMENTS}(?:\s+\[?\d+\]?)?\W*$",
)
_CLAIMS_NOTHING = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS), re.IGNORECASE)
_OPEN_QUESTION = re.compile(
    r"\b(?:who|whom|whose|what|when|where|which|why|how|name|list|describe|explain)\b", re.IGNORECASE
)
_CHOICE = re.compile(r"\bor\b", re.IGNORECASE)
_NEGATION = re.compile(r"\b(?:not|no|never|none|without|cannot)\b|n['’]t\b", re.IGNORECASE)


def is_rule(line: str) -> bool:
    """Whether a line draws a rule, fences code, or has no letter or digit."""
    return bool(_RULE.match(line)) or not _LETTER_OR_DIGIT.search(line)


def is_heading(line: str, next_line: str) -> bool:
    """Whether a line is marked as a heading, or is the first row of a table.

    next_line: the line of the answer after it; empty for the last. What nothing follows heads nothing.
    """
    if not next_line:
        return False
    if _HEADING.match(line) or _BOLD_LINE.match(line):
        return True
    return "|" in line and bool(_TABLE_RULE.match(next_line))


def claims_nothing(sentence: str) -> bool:
    """Whether a sentence asks, introduces a list, is polite, declines, or speaks of the answer itself."""
    return (
        bool(_QUESTION.search(sentence) or _COLON_AT_THE_END.search(sentence))
        or bool(_CLAIMS_NOTHING.match(sentence))
        or is_only_a_frame(sentence)
        or is_refusal(sentence)
    )


def only_repeats(sentence: str, question: str) -> bool:
    """Whether a sentence has no word that an open question does not have: "The fee of the lock is the fee."

    What repeats a question that asks for yes, no or a choice does answer it.
    """
    if not _OPEN_QUESTION.search(question) or _CHOICE.search(question):
        return False
    said = {stem(word) for word in words(sentence) if word not in STOP_WORDS}
    asked = {stem(word) for word in words(question)}
    negated = bool(_NEGATION.search(sentence)) == bool(_NEGATION.search(question))
    return bool(said) and said <= asked and negated
