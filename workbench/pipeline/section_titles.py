"""Says under which headings a part of a document stands, by the outline of its Markdown.
Knows nothing about chunks or what the titles are for."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from workbench.corpus.types import Document
from workbench.markdown import outline_markdown, plain_words


@dataclass(frozen=True, slots=True)
class _Section:
    """A heading with what is below it, up to the next heading of any level."""

    start: int
    """The offset of the heading."""
    path: str
    """The headings above it and itself."""
    is_empty: bool
    """Whether there is nothing but the heading."""


class SectionTitles:
    """The titles of a document's sections."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._sections = _sections(document.text) if document.kind != "code" else []

    def of(self, start: int, end: int) -> str:
        """The document's title, and the path of the section to which the first text in [start, end) belongs.
        A document without headings has its title alone."""
        sections = self._sections
        place = bisect_left(sections, start + 1, key=lambda section: section.start) - 1
        while place >= 0 and sections[place].is_empty and place + 1 < len(sections):
            if sections[place + 1].start >= end:
                break
            place += 1
        if place < 0:
            return self._document.title
        path, title = sections[place].path, self._document.title
        return path if path.startswith(title) else f"{title} › {path}"


def _sections(text: str) -> list[_Section]:
    """The sections, in order."""
    headings = outline_markdown(text).headings
    sections: list[_Section] = []
    above: list[tuple[int, str]] = []
    ends = [*(heading.start for heading in headings[1:]), len(text)]
    for heading, end in zip(headings, ends, strict=False):
        above = [(level, title) for level, title in above if level < heading.level]
        above.append((heading.level, plain_words(heading.text)))
        is_empty = not text[heading.end : end].strip()
        sections.append(_Section(heading.start, " › ".join(title for _, title in above), is_empty))
    return sections
