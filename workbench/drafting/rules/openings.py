"""Rule of last resort, for documents of which no other rule drafts: asks what stands under a heading.
Knows nothing about other rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from workbench.corpus.sections import Place, Section
from workbench.drafting.heading_words import is_only_one, is_telling
from workbench.drafting.rules.definitions import NO_DEFINITION, PERSON
from workbench.drafting.types import Candidate
from workbench.drafting.whole_sections import goes_on, read_whole
from workbench.scoring.document_languages import is_code
from workbench.text import content_tokens, split_sentences

LEAST_WORDS = 200
"""The fewest words of a document that must not be left without a draft."""
_LEAST_ANSWER_WORDS, _MOST_ANSWER_WORDS = 4, 60
_MOST_HEADING_WORDS = 8
_MOST_BEGINNING_WORDS = 100
_SUBJECT_WORDS = 6
_SPOKEN = re.compile(r"\( ?listen\)|[ˈˌː]")  # how a name is pronounced, with its buttons
# "This guide explores how …", "In this chapter we show …"
_DESCRIBES = re.compile(
    r"(?:in )?(?:this|the|our) (?:[\w’'-]+ ){0,2}?"
    r"(?:guide|page|article|document|chapter|tutorial|overview|manual|handbook|policy|report|paper|course)\b"
    r".{0,40}?\b(?:explain|explore|describe|cover|show|introduce|provide|outline|walk|summari[sz]e|list|discuss)s?\b",
    re.IGNORECASE,
)


def draft(sections: Sequence[Section]) -> Iterator[Candidate]:
    """Draft questions of one document: what its title names, if it begins with that; what it says under each
    heading whose section is one answer; then what it says first under the others, of which no more is
    certain; then what it is about, where its first sentence says so."""
    yield from _name_explained(sections[0])
    for section in sections:
        heading = section.heading.strip(" #:")
        if _can_be_named(section, heading) and (whole := read_whole(section)):
            yield _ask(section, f"say under “{heading}”", whole.text, whole.place)
    for section in sections:
        heading, body = _heading_of(section)
        place = _first_sentence(section, body)
        if place is not None and heading and _can_be_quoted(section, heading):
            answer = " ".join(section.document.text[place.start : place.end].split())
            yield _ask(section, f"say first under “{heading}”", answer, place)
    place = _first_sentence(sections[0], _heading_of(sections[0])[1], _is_beginning)
    if place is not None:
        answer = " ".join(sections[0].document.text[place.start : place.end].split())
        if _says_what_about(sections[0].title, answer):
            asks = f"What is “{sections[0].title}” about?"
            yield replace(_ask(sections[0], "", answer, place), question=asks)


def _name_explained(section: Section) -> Iterator[Candidate]:
    """Ask what or who the title names, where the first sentence says it: "Salicylic acid is a …"."""
    _, body = _heading_of(section)
    place = _first_sentence(section, body)
    if place is None:
        return
    sentence = section.document.text[place.start : place.end]
    says = re.match(
        rf"(?P<name>(?:the |an? )?{re.escape(section.title)})(?: ?\(.{{1,200}}?\))?,? "
        r"(?P<verb>is|are|was|were) (?P<what>(?:an?|the|one of) .+)[.!]$",
        sentence,
        re.IGNORECASE | re.DOTALL,
    )
    if says is None or NO_DEFINITION.search(says["what"]):
        return
    asks = "Who" if PERSON.match(says["what"]) else "What"
    name = says["name"][:1].lower() + says["name"][1:] if says["name"] != section.title else section.title
    yield Candidate(
        "definition", f"{asks} {says['verb']} {name}?", " ".join(says["what"].split()), place,
        section.evidence_of(place), names_title=True,
    )  # fmt: skip


def _can_be_named(section: Section, heading: str) -> bool:
    return bool(heading) and is_telling(section, heading) and _can_be_quoted(section, heading)


def _can_be_quoted(section: Section, heading: str) -> bool:
    return is_only_one(section, heading) and not is_code(heading) and "“" not in heading


def _ask(section: Section, what: str, answer: str, place: Place) -> Candidate:
    paragraph = next((p for p in section.paragraphs if p.start <= place.start and place.end <= p.end), place)
    question = f"What does “{section.title}” {what}?"
    return Candidate("heading", question, answer, place, section.evidence_of(paragraph), names_title=True)


def _heading_of(section: Section) -> tuple[str, int]:
    """The heading, or a short first line that stands alone like one; and where what is below it begins."""
    text, start = section.document.text, section.start
    first = re.compile(r"\s*(?P<line>[^\n]+)(?P<alone>\n\s*\n|\n)?").match(text, start, section.end)
    if first is None:
        return "", start
    line = first["line"].strip(" #")
    if section.heading:
        heading = " ".join(section.heading.strip(" #:").split())
        return heading, first.end() if section.heading in line else start
    alone = (first["alone"] or "").count("\n") > 1
    if line == section.title:
        return "", first.end()
    if alone and len(line.split()) <= _MOST_HEADING_WORDS and not re.search(r"[.!?:;,]$", line):
        return line, first.end()
    return "", start


def _first_sentence(
    section: Section, start: int, is_wanted: Callable[[str], bool] | None = None
) -> Place | None:
    """The first sentence of a section; None where its text begins with anything else.

    is_wanted: what counts as one; None for what can be understood by itself.
    """
    text = section.document.text
    while start < section.end:
        end = text.find("\n", start, section.end)
        end = section.end if end < 0 else end
        for span in split_sentences(text[start:end]):
            words = text[start + span.start : start + span.end]
            if not re.search(r"\w", words):
                continue
            is_one = (is_wanted or _is_sentence)(words)
            return Place(start + span.start, start + span.end) if is_one else None
        start = end + 1
    return None


def _is_beginning(words: str) -> bool:
    count = len(words.split())
    return _LEAST_ANSWER_WORDS <= count <= _MOST_BEGINNING_WORDS and bool(re.search(r"\.[”\"']?$", words))


def _says_what_about(title: str, sentence: str) -> bool:
    """Whether a first sentence says what a document is about: it says so, or the title begins it."""
    if _SPOKEN.search(sentence):
        return False
    begins = " ".join(sentence.split()[:_SUBJECT_WORDS])
    return bool(_DESCRIBES.match(sentence)) or set(content_tokens(title)) <= set(content_tokens(begins))


def _is_sentence(words: str) -> bool:
    return (
        _LEAST_ANSWER_WORDS <= len(words.split()) <= _MOST_ANSWER_WORDS
        and bool(re.match(r"[A-Z0-9“\"]", words))
        and words.endswith((".", "!"))
        and not re.search(r"[a-z][.!?][A-Z][a-z]", words)  # two that were joined
        and not is_code(words)
        and not goes_on(words)
    )
