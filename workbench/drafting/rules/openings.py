"""Rule of last resort, for documents of which no other rule drafts: asks what stands under a heading.
Knows nothing about other rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from workbench.corpus.sections import Place, Section
from workbench.drafting.types import Candidate
from workbench.scoring.document_languages import is_code
from workbench.text import split_sentences

LEAST_WORDS = 100
"""The fewest words of a document that must not be left without a draft."""
_LEAST_ANSWER_WORDS, _MOST_ANSWER_WORDS = 4, 60
_MOST_HEADING_WORDS = 8
_POINTS_BACK = re.compile(r"(?:this|that|these|those|it|they|he|she|such|here|see) ", re.IGNORECASE)


def draft(sections: Sequence[Section]) -> Iterator[Candidate]:
    """Draft a question for each section of one document: those with a heading and a whole sentence first."""
    candidates = [one for section in sections if (one := _ask(section))]
    yield from sorted(candidates, key=lambda one: ("” about?" in one.question, not _is_whole(one.answer)))


def _ask(section: Section) -> Candidate | None:
    heading, body = _heading_of(section)
    place = _first_words(section, body)
    if place is None or "“" in heading or is_code(heading):
        return None
    answer = " ".join(section.document.text[place.start : place.end].split()).rstrip(":")
    question = f"What does “{section.title}” say under “{heading}”?"
    if not heading:
        question = f"What is “{section.title}” about?"
    paragraph = next((p for p in section.paragraphs if p.start <= place.start < p.end), place)
    return Candidate("heading", question, answer, place, section.evidence_of(paragraph), names_title=True)


def _heading_of(section: Section) -> tuple[str, int]:
    """The heading, or a short first line that stands alone like one; and where what is below it begins."""
    text, start = section.document.text, section.start
    first = re.compile(r"\s*(?P<line>[^\n]+)(?P<alone>\n\s*\n|\n)?").match(text, start, section.end)
    if first is None:
        return "", start
    line = first["line"].strip(" #")
    if section.heading:
        return " ".join(
            section.heading.strip(" #:").split()
        ), first.end() if section.heading in line else start
    alone = (first["alone"] or "").count("\n") > 1
    if line == section.title:
        return "", first.end()
    if alone and len(line.split()) <= _MOST_HEADING_WORDS and not re.search(r"[.!?:;,]$", line):
        return line, first.end()
    return "", start


def _first_words(section: Section, start: int) -> Place | None:
    """The first whole sentence that is no code; without one, the first line that is none."""
    text, other = section.document.text, None
    while start < section.end:
        end = text.find("\n", start, section.end)
        end = section.end if end < 0 else end
        for span in split_sentences(text[start:end]):
            words = text[start + span.start : start + span.end]
            place = Place(start + span.start, start + span.end)
            if _is_plain(words) and _is_whole(words):
                return place
            if other is None and _is_plain(words) and not words.endswith("?"):
                other = place
        start = end + 1
    return other


def _is_whole(words: str) -> bool:
    return words.endswith((".", "!"))


def _is_plain(words: str) -> bool:
    count = len(words.split())
    return (
        _LEAST_ANSWER_WORDS <= count <= _MOST_ANSWER_WORDS
        and bool(re.match(r"[A-Z0-9]", words))
        and not is_code(words)
        and not _POINTS_BACK.match(words)
    )
