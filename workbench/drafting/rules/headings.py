"""Rule: asks what a document says under a heading, and asks the questions that headings are.
Knows nothing about other rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.corpus.sections import Place, Section, Sentence
from workbench.drafting.heading_words import (
    bare_heading,
    is_change,
    is_command,
    is_contradicted,
    is_vague,
    recurs,
    says_little,
)
from workbench.drafting.types import Candidate
from workbench.drafting.verbs import FORMS, HELPERS
from workbench.drafting.vocabulary import Vocabulary
from workbench.drafting.whole_sections import WholeText, read_between, read_whole
from workbench.text import words

_EMBEDDED = re.compile(r"^(?:how|what|why|when|where|who|which)\b", re.IGNORECASE)
_INVERTED = re.compile(
    r"^(?:how|what|why|when|where|who|which)(?: \w+)? (?:do|does|did|is|are|can|should)\b", re.IGNORECASE
)
_BEGINS_QUESTION = re.compile(
    r"^(?:how|what|why|when|where|who|which|can|do|does|is|are|may|must|should|will)\b", re.IGNORECASE
)
# "Can I repair it myself?": what a question by itself does not say, unless it named a thing before.
_POINTS_BACK = re.compile(
    r"^(?!.*\b(?:a|an|the|my|our|your) \w.* (?:it|they|them)\b).*\b(?:it|they|them|this|these|those)\b"
)
_NO_TOPICS = frozenset("if what's do don't is are can should note step your".split())


def draft(section: Section, vocabulary: Vocabulary) -> Iterator[Candidate]:
    """Draft a question for the section's heading, and for each question that its text asks and answers."""
    yield from _asked_in_text(section)
    heading = bare_heading(section)
    is_question = _is_question(heading)
    if not is_question and not (topic := _topic(heading, vocabulary)):
        return
    whole = read_whole(section)
    if whole is None or is_vague(section):
        return
    if is_contradicted(section, whole.text):
        return
    if is_question and not _POINTS_BACK.search(heading) and not says_little(heading):
        yield _candidate(section, "question", heading, whole)
    elif not is_question and not recurs(section):
        yield _candidate(section, "heading", f"What does “{section.title}” say about {topic}?", whole)


def _candidate(section: Section, kind: str, question: str, whole: WholeText) -> Candidate:
    return Candidate(
        kind, question, whole.text, whole.place, section.evidence_of(whole.place),
        needs_title=kind == "question", names_title=kind == "heading",
    )  # fmt: skip


def _topic(heading: str, vocabulary: Vocabulary) -> str:
    """The heading inside a question, in quotation marks unless it is a clause such as "how it is paid"; ""
    where it cannot stand there."""
    parts = words(heading)
    if not 1 <= len(parts) <= 8 or parts[0] in _NO_TOPICS:
        return ""
    if re.search(r"[.!?;|/{}<>_=`“”]|https?|\d{3}", heading) or not re.match(r"[A-Z]", heading):
        return ""
    if is_change(heading) or is_command(heading, vocabulary):
        return ""
    if _EMBEDDED.match(heading):
        inverted = _INVERTED.match(heading)
        is_subject = re.match(
            r"^(?:what|who|which) (?:is|are)(?: not)? \w+(?:ed|en)\b", heading, re.IGNORECASE
        )
        if not (inverted and not is_subject or re.match(r"^what (?:if|to)\b", heading, re.IGNORECASE)):
            return heading[:1].lower() + heading[1:]
    return f"“{heading}”"


def _asked_in_text(section: Section) -> Iterator[Candidate]:
    """The questions that begin a paragraph, each with all that stands between it and the next one."""
    pieces = sorted([*section.sentences, *section.items], key=lambda piece: piece.place.start)
    asked = [piece for piece in pieces if piece.text.endswith("?") and _begins_paragraph(piece, pieces)]
    ends = [*(piece.paragraph.start for piece in asked[1:]), section.end]
    for question, end in zip(asked, ends[: len(asked)], strict=True):
        goes_on = any(p.paragraph == question.paragraph and p != question for p in pieces)
        if not goes_on or not _is_question(question.text) or _POINTS_BACK.search(question.text):
            continue
        if whole := read_between(section, question.place.end, end):
            evidence = Place(question.paragraph.start, max(question.paragraph.end, whole.place.end))
            yield Candidate("question", question.text, whole.text, whole.place, evidence)


def _begins_paragraph(piece: Sentence, pieces: list[Sentence]) -> bool:
    return all(
        other.paragraph != piece.paragraph or other.place.start >= piece.place.start for other in pieces
    )


def _is_question(text: str) -> bool:
    parts = words(text)
    return (
        text.endswith("?")
        and 4 <= len(parts) <= 25
        and bool(_BEGINS_QUESTION.match(text))
        and text[0].isupper()
        and any(part in HELPERS or part in FORMS or part in ("do", "does", "did", "has") for part in parts)
    )  # fmt: skip
