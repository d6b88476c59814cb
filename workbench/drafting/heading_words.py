"""Tells headings that say what their section is about from those that do not, such as "Tips".
Knows nothing about questions."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from workbench.corpus.sections import Section
from workbench.drafting.verbs import COMMANDS
from workbench.drafting.vocabulary import Vocabulary
from workbench.scoring.quantities import find_quantities
from workbench.text import content_tokens, words

NUMBERING = re.compile(r"^(?:\d+(?:\.\d+)*[.)]?|[A-Z]\.)\s+")
# Words that say what kind of text follows, and not of what.
_EMPTY = frozenset(
    """introduction overview summary conclusion contents general notes note tip tips examples example
    exceptions exception details background appendix references about other miscellaneous more next steps see
    also purpose scope period definitions employees members the for and of what is how it works
    exclusion exclusions limitation limitations covered coverage services service benefits requirements
    requirement considerations options resources features rules policy policies procedure procedures process
    basics additional important information description usage use using your our you we to do in on a an
    sections topics links prerequisites setup advantages disadvantages pros cons types faq questions answers
    help related common key points results discussion history legal disclaimer changes new known issues
    this with""".split()
)
_EMPTY_STEMS = frozenset(stem for word in _EMPTY for stem in content_tokens(word))
_SENTENCE = re.compile(r"(?:[^.!?\n]|[.!?](?=\S)){3,}")
_CARD_CHARACTERS = 15
_LEAST_SHARED = 3  # stems, that of the unit included, of two sentences about one amount
_FOOTER = re.compile(r"\brights reserved\b|\bcopyright\b|©", re.IGNORECASE)
_AFTER_NOUN = frozenset("of and for by in on at with from or to & after before under during".split())


def bare_heading(section: Section) -> str:
    """The heading without its number."""
    return NUMBERING.sub("", section.heading).strip(" :")


def is_vague(section: Section) -> bool:
    """Whether a heading says only what kind of text follows, is a footer, or stands above several."""
    return not is_telling(section, bare_heading(section))


def is_telling(section: Section, heading: str) -> bool:
    """Whether a heading says what its section is about, and no other line of the document says the same."""
    return not all(word in _EMPTY for word in words(heading)) and is_only_one(section, heading)


def is_only_one(section: Section, heading: str) -> bool:
    """Whether a heading is no footer and no card, and no other line of the document has its words alone."""
    if not heading or _FOOTER.search(heading) or _is_card(section, heading):
        return False
    return _lines(section.document.text)[_bare_line(heading)] <= 1


def _is_card(section: Section, heading: str) -> bool:
    """Whether a heading is that of a card which leads to another page, and says nothing of this one. A saved
    page has the title of a card joined to its text, too: "Price listAll prices"."""
    text = section.document.text
    start = text.find(heading, section.start, section.end)
    begins = text[start + len(heading) : section.end].lstrip()[:_CARD_CHARACTERS]
    return start >= 0 and len(begins) == _CARD_CHARACTERS and f"{heading}{begins}" in text


@lru_cache(maxsize=4)
def _lines(text: str) -> Counter[str]:
    """Words of a line → how many lines have them alone."""
    return Counter(_bare_line(line) for line in text.split("\n"))


def _bare_line(line: str) -> str:
    return re.sub(r"^\W*(?:\d+[.)] )?|\W+$", "", line).lower()


def says_little(question: str) -> bool:
    """Whether a heading that is a question names nothing, as "What exceptions are there?"."""
    return len(set(content_tokens(question)) - _EMPTY_STEMS) < 2


def recurs(section: Section) -> bool:
    """Whether a sentence or heading outside a section names what its heading names: what the section says of
    it is then not all that the document says, or not about what it seems to be."""
    named = frozenset(content_tokens(bare_heading(section))) - _EMPTY_STEMS
    return any(
        named <= stems
        for start, _, stems in _said(section.document.text)
        if not section.start <= start < section.end
    )


def is_contradicted(section: Section, answer: str) -> bool:
    """Whether a sentence outside a section gives another amount of the same kind, in nearly the same words,
    as one of the section does: "within 60 days", "within 180 days"."""
    titled = frozenset(content_tokens(section.title))
    for said in _SENTENCE.finditer(answer):
        given = _amounts(said.group())
        stems = frozenset(content_tokens(said.group())) - titled if given else frozenset()
        for place, text, others in _said(section.document.text):
            if section.start <= place < section.end or len(stems & others) < _LEAST_SHARED:
                continue
            if any(given.get(kind, values).isdisjoint(values) for kind, values in _amounts(text).items()):
                return True
    return False


def _amounts(text: str) -> dict[str, set[float | None]]:
    """Kind of amount, such as "time" or "gbp" → the values of that kind; bare numbers have none."""
    found: dict[str, set[float | None]] = {}
    for one in find_quantities(text):
        if one.kind:
            found.setdefault(one.kind, set()).add(one.value)
    return found


@lru_cache(maxsize=4)
def _said(text: str) -> list[tuple[int, str, frozenset[str]]]:
    """(start, words, stems) of each sentence or line of a text."""
    found = _SENTENCE.finditer(text)
    return [(match.start(), match.group(), frozenset(content_tokens(match.group()))) for match in found]


def is_command(label: str, vocabulary: Vocabulary) -> bool:
    """Whether a heading or label tells its reader to do something, so that nothing can be said "about" it."""
    first, _, following = label.lower().partition(" ")
    if following.partition(" ")[0] in _AFTER_NOUN:
        return False  # "Pay and benefits", "Order of events"
    return first in COMMANDS or bool(following) and vocabulary.is_verb(first)


def is_change(label: str) -> bool:
    """Whether a label is a participle alone, such as "Fixed" in notes of releases."""
    return bool(re.fullmatch(r"[A-Za-z]{3,}(?<!e)ed|Broken|Known|New", label))
