"""Reads what a prompt's instructions ask of the extractive answerer, with tolerant patterns.
Knows nothing about passages or questions: it is given the instructions alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

DEFAULT_SENTENCES = 2
MOST_SENTENCES = 10
DEFAULT_REFUSAL = "I don't know: the passages do not answer this question."

DIRECTIVES = """\
The embedded answerer follows these instructions of a prompt and ignores all others:

  length      "in one sentence", "at most 3 sentences", "briefly" or "concise" (1), "detailed" (4); else 2
  cite        "cite", "citations", "[1]": each sentence ends with the number of its passage, as in [2]
  decline     "if the passages do not answer, say so", "say you don't know", "decline": when it is unsure, it
              replies with the sentence that the prompt quotes (reply "I don't know"), else with its own
  short       "short answer", "only the phrase", "as few words as possible": it answers with a phrase
  quote       "quote", "verbatim": it puts each sentence in quotation marks

It reads instructions before the passages, after the line that begins "Question:", and in the system part,
never in the passages. Write them there, and write the question on a line that begins "Question:".
"""


@dataclass(frozen=True, slots=True)
class Directives:
    """What a prompt asks for."""

    sentences: int = DEFAULT_SENTENCES
    """How many sentences the answer should have, from 1 to MOST_SENTENCES."""
    up_to: bool = True
    """Whether the answer may have fewer sentences."""
    cite: bool = False
    """Whether each sentence names its passage's number."""
    decline: bool = False
    """Whether to decline when unsure."""
    refusal: str = DEFAULT_REFUSAL
    """The words to decline with."""
    short: bool = False
    """Whether to answer with a phrase instead of sentences."""
    quote: bool = False
    """Whether each sentence stands in quotation marks."""


_NUMBERS = {
    word: value
    for value, names in enumerate(
        ("", "one single", "two couple", "three few", "four", "five", "six", "seven", "eight", "nine", "ten")
    )
    for word in names.split()
}
_NUMBER = r"(?:\d{1,2}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + r")"
_COUNT = re.compile(
    rf"\b({_NUMBER})(?:\s*(?:-|–|to|or)\s*({_NUMBER}))?(?:\s+of)?[\s-]+(?:[a-z]+,?\s+){{0,2}}?sentences?\b",
    re.I,
)
_AT_MOST = re.compile(
    r"\b(?:at most|up to|more than|maximum|max\.?|within|fewer than|limit\w*)\b[^.\n]*$",
    re.I,
)
_A_SENTENCE = re.compile(r"\b(?:in|with|as|to)\s+a\s+(?:\w+\s+)?sentence\b", re.I)
_EACH_SENTENCE = re.compile(r"\b(?:each|every|per|after|end of)\s+(?:the\s+|a\s+|one\s+)?$", re.I)
_BRIEF = re.compile(
    r"\b(?:brief|briefly|brevity|concise|concisely|terse|tersely|succinct|succinctly)\b", re.I
)
_DETAILED = re.compile(
    r"\b(?:detailed|in detail|thorough|thoroughly|comprehensive|comprehensively|elaborate|at length)\b", re.I
)
_SHORT = re.compile(
    r"\bas few words as\b|\b(?:a few|few|\d+) words\b|\bshort(?:est)? (?:answer|phrase|span)\b|"
    r"\b(?:only|just) (?:with )?(?:the |a )?(?:short |exact )?(?:answer|phrase|span|name|words?)"
    r"(?: itself)?\s*(?:[.,;:!]|$)|"
    r"\b(?:a|the) (?:short )?(?:phrase|span)\b|\b(?:no|not (?:in )?(?:a )?) ?(?:full|complete) sentences?\b",
    re.I | re.M,
)
_CITE = re.compile(r"\b(?:cite|cites|citing|citation|citations)\b|\[(?:\d|n|number|i)\]", re.I)
_QUOTE = re.compile(r"\b(?:quote|quoting|quotation|quotations|verbatim)\b", re.I)
_NOT = r"(?:do not|don't|don’t|never|without|no|avoid|not|omit|skip|instead of)"
_DENIED = re.compile(_NOT + r"\s+(?:[a-z]+\s+){0,2}$", re.I)

_NEGATION = (
    r"(?:\bnot\b|n't\b|n’t\b|\bno\b|\bcannot\b|\bunable\b|\binsufficient\b|\black|\bmissing\b|\babsent\b)"
)
_DECLINE = re.compile(
    rf"\b(?:if|when|where|whenever|unless|in case)\b[^.!?\n]*?"
    rf"(?:{_NEGATION}|\bunsure\b|\buncertain\b|\boutside\b|\bunanswerable\b)|"
    r"\b(?:don't|don’t|do not|dont)\s+know\b|\b(?:cannot|can't|can’t)\s+(?:answer|find|tell|say)\b|"
    r"\bdecline\b|\brefuse\b|\babstain\b|\bno answer\b|\bnot sure\b|\bnot (?:found|answerable|in the)\b",
    re.I,
)
_ALWAYS = re.compile(
    r"\balways (?:answer|give an answer|try)|"
    r"\b(?:never|do not|don't|don’t)\s+"
    r"(?:decline|refuse|abstain|(?:say|reply|respond)\b[^.,;\n]*\b(?:don't|don’t|do not) know)",
    re.I,
)
_SAY = r"\b(?:say|reply|replying|respond|responding|answer|answering|write|output|state|return|print|use)\b"
_QUOTED = re.compile(
    _SAY + r"[^\"“”'‘`\n]{0,60}?"
    r"(?:\"([^\"\n]{2,200})\"|“([^”\n]{2,200})”|(?<!\w)['‘](.{2,200}?)['’](?!\w)|`([^`\n]{2,200})`)",
    re.I,
)
_PLAIN = re.compile(
    _SAY + r"(?:\s+that)?\s*:?\s+(I (?:do not|don't|don’t|cannot|can't) \w+(?: the answer)?\.?)", re.I
)
_SHOUTED = re.compile(_SAY + r"[^A-Z\n]{0,30}\b([A-Z]{3,}(?:[ _][A-Z]{2,}){0,5})\b")  # answer with NOT FOUND


def _value(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS[word.lower()]


def _asks_for(pattern: re.Pattern[str], text: str) -> bool:
    """Whether a pattern occurs at least once without a "do not", "without" or "no" before it."""
    return any(not _DENIED.search(text[max(0, m.start() - 40) : m.start()]) for m in pattern.finditer(text))


def _read_sentences(text: str) -> tuple[int, bool]:
    """(number of sentences, whether the answer may have fewer)."""
    counts = [
        match
        for match in _COUNT.finditer(text)
        if not _EACH_SENTENCE.search(text[max(0, match.start() - 20) : match.start()])
    ]
    if counts:
        last = counts[-1]
        number = _value(last.group(2) or last.group(1))
        up_to = bool(last.group(2) or _AT_MOST.search(text[max(0, last.start() - 30) : last.start()]))
        return min(MOST_SENTENCES, max(1, number)), up_to
    if _A_SENTENCE.search(text) or _asks_for(_BRIEF, text):
        return 1, False
    return (4, False) if _asks_for(_DETAILED, text) else (DEFAULT_SENTENCES, True)


def _read_refusal(text: str) -> str:
    """The words to decline with: quoted in a sentence about declining, or right after it."""
    for match in _DECLINE.finditer(text):
        start = max(text.rfind(mark, 0, match.start()) for mark in (". ", "\n", "! ")) + 1
        quoted = _QUOTED.search(text, start, min(len(text), match.end() + 250))
        if quoted:
            return next(group for group in quoted.groups() if group).strip()
        for pattern in (_PLAIN, _SHOUTED):
            plain = pattern.search(text, start, min(len(text), match.end() + 120))
            if plain:
                return plain.group(1).strip()
    return DEFAULT_REFUSAL


def read_directives(instructions: str) -> Directives:
    """Read what these instructions ask for, ignoring what is not understood. Never raises."""
    sentences, up_to = _read_sentences(instructions)
    decline = bool(_DECLINE.search(instructions)) and not _ALWAYS.search(instructions)
    return Directives(
        sentences=sentences,
        up_to=up_to,
        cite=_asks_for(_CITE, instructions),
        decline=decline,
        refusal=_read_refusal(instructions) if decline else DEFAULT_REFUSAL,
        short=_asks_for(_SHORT, instructions),
        quote=_asks_for(_QUOTE, instructions),
    )
