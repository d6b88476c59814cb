"""Reads the whole of what stands under a heading as one answer, or nothing where that is not certain.
Knows nothing about questions.

An answer that leaves out a list, a later paragraph or a subsection is wrong, however well it begins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from workbench.corpus.sections import Place, Section, Sentence
from workbench.markdown import outline_markdown
from workbench.scoring.document_languages import is_code
from workbench.text import STOP_WORDS

LEAST_WORDS = 5
MOST_CHARACTERS = 880
UNMARKED = ("text", "pdf")
"""Kinds of documents in which neither headings nor items are sure to have marks."""
# Where headings have no marks, one that was not found as such, or an item of a list without marks.
_HIDDEN_HEADING = re.compile(r"^\s*[A-Z0-9][^\n]*[^\s.!?:;,)”\"]\s*\n\s*[A-Z0-9“\"]", re.MULTILINE)
_MOST_HEADING_WORDS = 10
# A heading that was joined to its text when a page was saved: "Price listAll prices are net."
_GLUED = re.compile(r"(?<=[a-z]{2})(?=[A-Z]+[a-z])|^\d+(?=[A-Z])|(?<=[a-z][.!?])(?=[A-Z][a-z])")
# An answer that begins so goes on from something that is not in it.
_GOES_ON = re.compile(
    r"(?:if (?:not|so)|none of|these|this|those|that|such|it|its|they|their|he|his|she|her|here|see|also|"
    r"additionally|in (?:addition|contrast|that case|this case)|however|but|and|or|instead|otherwise|so|then|"
    r"therefore|thus|for (?:example|instance)|both|neither|either|the (?:same|above|following|latter|former)|"
    r"another|others?|finally|lastly|meanwhile|similarly|again|yet|still)\b",
    re.IGNORECASE,
)
_POINTS_ELSEWHERE = re.compile(
    r"\b(?:above|below)\b(?! (?:[£€$\d-]|zero|freezing|average|sea)|-)|\baforementioned\b|"
    r"\b(?:previous|next|following|subsequent) (?:section|page|chapter|cell|paragraph|table|example)\b|"
    r"\b(?:see|refer to|read) (?:the |our )?[\w/-]+\.(?:md|rst|txt|html|pdf)\b|"
    r"\bas (?:shown|described|mentioned|noted) (?:earlier|before)\b|\bthe (?:figure|diagram|screenshot)\b",
    re.IGNORECASE,
)
# The only sentence under the title of a page that it invites to: "Learn how to …".
_INVITES = re.compile(
    r"(?:learn|build|get|discover|explore|find|see|read|check|try|start|detect|browse|watch|join)\b",
    re.IGNORECASE,
)
_FOLLOWING = re.compile(r"\b(?:the following|as follows)\b|:$", re.IGNORECASE)
_ENDS = re.compile(r"[.!][)”\"’']*$")


@dataclass(frozen=True, slots=True)
class WholeText:
    """All that stands at a place, in words on one line."""

    place: Place
    text: str


def read_whole(section: Section, most: int = MOST_CHARACTERS) -> WholeText | None:
    """All that stands under a section's heading; None where it is more than one answer, may be cut, or has
    more than `most` characters."""
    if has_subsections(section):
        return None
    return read_between(section, _body_start(section), _next_glued(section) or section.end, most)


def _next_glued(section: Section) -> int | None:
    """Where a heading joined to its text begins another section: its words alone are a line elsewhere."""
    for sentence in section.sentences[1:]:
        for joined in _GLUED.finditer(sentence.text):
            before = re.escape(sentence.text[: joined.end()])
            if re.search(rf"^\s*{before}\s*$", section.document.text, re.MULTILINE):
                return sentence.place.start
    return None


def read_between(section: Section, start: int, end: int, most: int = MOST_CHARACTERS) -> WholeText | None:
    """All that stands in the characters [start, end) of a section's document, which begin and end with
    paragraphs of the section; None as for `read_whole`."""
    paragraphs = [p for p in section.paragraphs if p.end > start and p.start < end]
    inside = [piece for piece in (*section.sentences, *section.items) if start <= piece.place.start < end]
    if not inside or _holds_more(section, start, end, paragraphs):
        return None
    pieces = sorted(inside, key=lambda piece: piece.place.start)
    items = {piece.place for piece in section.items}
    written = section.document.text[start:end]
    if section.document.kind in UNMARKED and any(
        len(match.group().split("\n")[0].split()) <= _MOST_HEADING_WORDS
        for match in _HIDDEN_HEADING.finditer(written)
    ):
        return None
    if not _is_plain(pieces, items) or len(pieces) == 1 and _INVITES.match(pieces[0].text):
        return None
    if section.document.kind in UNMARKED and any(_GLUED.search(piece.text) for piece in pieces):
        return None
    text = _joined(pieces, items)
    if len(text.split()) < LEAST_WORDS or len(text) > most:
        return None
    return WholeText(Place(pieces[0].place.start, pieces[-1].place.end), text)


def has_subsections(section: Section) -> bool:
    """Whether the next heading stands below this one."""
    headings = outline_markdown(section.document.text).headings
    level = next((heading.level for heading in headings if heading.start == section.start), None)
    if level is None:
        return False
    return any(heading.start == section.end and heading.level > level for heading in headings)


def goes_on(text: str) -> bool:
    """Whether a text goes on from something before it, or points to something around it."""
    return bool(_GOES_ON.match(text) or _POINTS_ELSEWHERE.search(text))


def is_cut(text: str) -> bool:
    """Whether a text breaks off, as at the end of a page: "However, the"."""
    last = re.sub(r"\W+$", "", text).rpartition(" ")[2].lower()
    if _ENDS.search(text):
        return False
    return last in STOP_WORDS or bool(re.search(r"[.!?] [A-Z]\w*\b[^.!?]*$|,$", text))


def _body_start(section: Section) -> int:
    """Where what stands below the heading's line begins."""
    text = section.document.text
    line_end = text.find("\n", section.start, section.end)
    line_end = section.end if line_end < 0 else line_end
    places = [*section.paragraphs, *(table.place for table in section.tables)]
    is_text = any(section.start <= p.start <= line_end for p in places)
    return section.start if is_text else line_end


def _holds_more(section: Section, start: int, end: int, paragraphs: list[Place]) -> bool:
    """Whether there is more than sentences and items: tables, records, code."""
    others = [*(t.place for t in section.tables), *(r.place for r in section.records)]
    if any(start <= place.start < end for place in others):
        return True
    position = start
    for place in paragraphs:
        if re.search(r"\w", section.document.text[position : place.start]):
            return True
        position = max(position, place.end)
    return bool(re.search(r"\w", section.document.text[position:end]))


def _is_plain(pieces: list[Sentence], items: set[Place]) -> bool:
    said = [piece.text for piece in pieces]
    if len(set(said)) < len(said) or goes_on(said[0]) or " also " in said[0]:
        return False
    if not re.match(r"[A-Z0-9£€$“\"]", said[0]) or pieces[0].place in items and len(pieces) == 1:
        return False
    if all(piece.place in items and len(piece.text.split()) < LEAST_WORDS for piece in pieces):
        return False  # names alone, as of pages that are linked
    if not (pieces[-1].place in items and not is_cut(said[-1])) and not _ENDS.search(said[-1]):
        return False
    for piece, following in _with_next(pieces):
        text, is_item = piece.text, piece.place in items
        if _POINTS_ELSEWHERE.search(text) or is_code(text) or text.endswith("?"):
            return False
        introduces = following is not None and following.place in items
        if _FOLLOWING.search(text) and not introduces and ": " not in text:
            return False
        ends_paragraph = following is None or following.paragraph != piece.paragraph
        if not is_item and ends_paragraph and not _ENDS.search(text) and not introduces:
            return False
        if is_item and is_cut(text) or not is_item and re.match(r"[a-z]", text):
            return False
    return True


def _joined(pieces: list[Sentence], items: set[Place]) -> str:
    """The texts on one line, with a mark after each item that has none."""
    parts = []
    for piece, following in _with_next(pieces):
        mark = ""
        if piece.place in items and following is not None and not re.search(r"[.!?;,:]$", piece.text):
            mark = ";" if following.place in items else "."
        parts.append(piece.text + mark)
    return " ".join(parts)


def _with_next(pieces: list[Sentence]) -> Iterator[tuple[Sentence, Sentence | None]]:
    """Each piece with the one after it; None after the last."""
    yield from zip_longest(pieces, pieces[1:])
