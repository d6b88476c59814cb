"""Rule: asks what a document says under a heading, and asks the questions that headings are.
Knows nothing about other rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.corpus.sections import Place, Section, Sentence
from workbench.drafting.heading_words import bare_heading, is_vague
from workbench.drafting.types import Candidate
from workbench.drafting.verbs import FORMS, HELPERS
from workbench.drafting.vocabulary import Vocabulary
from workbench.scoring.word_rarity import is_common
from workbench.text import stem, words

_EMBEDDED = re.compile(r"^(?:how|what|why|when|where|who|which)\b", re.IGNORECASE)
_INVERTED = re.compile(
    r"^(?:how|what|why|when|where|who|which)(?: \w+)? (?:do|does|did|is|are|can|should)\b", re.IGNORECASE
)
_BEGINS_QUESTION = re.compile(
    r"^(?:how|what|why|when|where|who|which|can|do|does|is|are|may|must|should|will)\b", re.IGNORECASE
)
MOST_ANSWER_WORDS = 90
_LEAST_SHARE = 0.6  # of the section's words: with less, the answer would leave out what it says
# A heading that was joined to its text when a page was saved: another section begins.
_GLUED = re.compile(r"[a-z]{2}[A-Z][a-z]|^\d+[A-Z]")
_POINTER = re.compile(r"^(?:these|this|those|it|they|he|she|here|that)\b", re.IGNORECASE)


def draft(section: Section, vocabulary: Vocabulary) -> Iterator[Candidate]:
    """Draft a question for the section's heading, and for each question that its text asks and answers."""
    yield from _asked_in_text(section)
    heading = bare_heading(section)
    first = _first_sentences(section)
    if first is None:
        return
    place, answer, paragraph = first
    evidence = section.evidence_of(paragraph)
    if heading.endswith("?"):
        if _is_question(heading):
            yield Candidate("question", heading, answer, place, evidence, needs_title=True)
        return
    topic = "" if is_vague(section) or not _is_whole(section, answer) else _topic(heading, vocabulary)
    if topic:
        question = f"What does “{section.title}” say about {topic}?"
        yield Candidate("heading", question, answer, place, evidence, names_title=True)


def _topic(heading: str, vocabulary: Vocabulary) -> str:
    """The heading inside a question; "" where it cannot stand there."""
    parts = words(heading)
    if not 1 <= len(parts) <= 8:
        return ""
    if re.search(r"[.!?;|/{}<>_=`]|https?|\d{3}", heading) or not re.match(r"[A-Z]", heading):
        return ""
    if parts[0] in ("if", "what's", "do", "don't", "is", "are", "can", "should", "note", "step", "your"):
        return ""
    if _EMBEDDED.match(heading):
        inverted = _INVERTED.match(heading)
        is_subject = re.match(
            r"^(?:what|who|which) (?:is|are)(?: not)? \w+(?:ed|en)\b", heading, re.IGNORECASE
        )
        if inverted and not is_subject or re.match(r"^what (?:if|to)\b", heading, re.IGNORECASE):
            return f"“{heading}”"
        return heading[:1].lower() + heading[1:]
    if (
        re.search(r"[:,…]", heading)
        or heading.isupper()
        or not all(is_common(stem(p)) or p.isdigit() for p in parts)
        or len(parts) > 5
    ):
        return f"“{heading}”"
    inside = vocabulary.inside(heading)
    is_plural = parts[-1].endswith("s") and not parts[-1].endswith(("ss", "us", "is"))
    return inside if inside[0].islower() and (is_plural or len(parts) > 1) else f"“{heading}”"


def _is_whole(section: Section, answer: str) -> bool:
    """Whether an answer holds most of what a section says: tables and lists are not in it."""
    said = sum(len(sentence.text.split()) for sentence in section.sentences)
    return not section.tables and not section.items and len(answer.split()) >= _LEAST_SHARE * said


def _first_sentences(section: Section) -> tuple[Place, str, Place] | None:
    """(place, words, paragraph) of what a section says first: its first paragraph, or sentences of it."""
    for paragraph in section.paragraphs:
        inside = [s for s in section.sentences if s.paragraph == paragraph]
        if inside and (
            _POINTER.match(inside[0].text)
            or " also " in inside[0].text
            or not re.match(r"[A-Z0-9£€$“\"]", inside[0].text)
        ):
            return None
        if any(s.text.endswith("?") for s in inside):
            continue
        chosen: list[Sentence] = []
        count = 0
        for sentence in inside:
            if chosen and (_GLUED.search(sentence.text) or sentence.text in [one.text for one in chosen]):
                break
            count += len(sentence.text.split())
            if chosen and count > MOST_ANSWER_WORDS:
                break
            chosen.append(sentence)
        if not chosen or len(" ".join(s.text for s in chosen).split()) < 5:
            continue
        if not re.search(r"[.!]$", chosen[-1].text) or count > 2 * MOST_ANSWER_WORDS:
            continue
        place = Place(chosen[0].place.start, chosen[-1].place.end)
        return place, " ".join(s.text for s in chosen), paragraph
    return None


def _asked_in_text(section: Section) -> Iterator[Candidate]:
    """The questions that begin a paragraph which goes on with the answer, as in frequent questions."""
    for paragraph in section.paragraphs:
        inside = [s for s in [*section.sentences, *section.items] if s.paragraph == paragraph]
        if len(inside) < 2 or not _is_question(inside[0].text) or inside[1].text.endswith("?"):
            continue
        answers = [s for s in inside[1:4] if not s.text.endswith("?")]
        place = Place(answers[0].place.start, answers[-1].place.end)
        answer = " ".join(s.text for s in answers)
        yield Candidate("question", inside[0].text, answer, place, paragraph)


def _is_question(text: str) -> bool:
    parts = words(text)
    return (
        text.endswith("?")
        and 4 <= len(parts) <= 25
        and bool(_BEGINS_QUESTION.match(text))
        and text[0].isupper()
        and any(part in HELPERS or part in FORMS or part in ("do", "does", "did", "has") for part in parts)
    )  # fmt: skip
