"""Tells headings that say what their section is about from those that do not, such as "Tips".
Knows nothing about questions."""

from __future__ import annotations

import re

from workbench.corpus.sections import Section
from workbench.text import words

NUMBERING = re.compile(r"^(?:\d+(?:\.\d+)*[.)]?|[A-Z]\.)\s+")
_EMPTY = frozenset(
    """introduction overview summary conclusion contents general notes note tip tips examples example
    exceptions exception details background appendix references about other miscellaneous more next steps see
    also purpose scope period definitions employees members the for and of what is how it works""".split()
)
_FOOTER = re.compile(r"\brights reserved\b|\bcopyright\b|©", re.IGNORECASE)


def bare_heading(section: Section) -> str:
    """The heading without its number."""
    return NUMBERING.sub("", section.heading).strip(" :")


def is_vague(section: Section) -> bool:
    """Whether a heading says only what kind of text follows, is a footer, or stands above several."""
    heading = bare_heading(section)
    if not heading or _FOOTER.search(heading) or all(word in _EMPTY for word in words(heading)):
        return True
    lines = re.findall(rf"^\W*(?:\d+[.)] )?{re.escape(heading)}\W*$", section.document.text, re.M | re.I)
    return len(lines) > 1
