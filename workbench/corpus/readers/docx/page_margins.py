"""Reads headers, footers and comments: what a header says is kept once, if the body does not say it.
Knows nothing about the body's structure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.corpus.readers.docx.inline import BY_PAGE, Source
from workbench.corpus.readers.docx.numbering import Numbering
from workbench.corpus.readers.docx.story import StoryReader
from workbench.corpus.readers.office.blocks import Block
from workbench.corpus.readers.office.markup import Element, attribute, child, descendants, is_on, name


def read_page_margins(
    source: Source, numbering: Numbering, body: Element, blocks: list[Block]
) -> tuple[list[Block], list[Block]]:
    """Headers and footers, each line once; what repeats the body or numbers pages is counted."""
    said = _words(" ".join(block.text for block in blocks))
    kept: dict[str, list[Block]] = {"w:headerReference": [], "w:footerReference": []}
    for kind, part in _parts(source, body):
        lines = []
        root = source.package.read(part)
        for line in _lines(StoryReader(source, numbering, part).read(root)) if root is not None else ():
            words = _words(line)
            if BY_PAGE in line or words in said:
                source.left_out.add("running heads", line.replace(BY_PAGE, ""))
            elif words.strip():
                lines.append(line)
                said += words
        kept[kind] += [Block("\n".join(lines))] if lines else []
    return kept["w:headerReference"], kept["w:footerReference"]


def count_comments(source: Source) -> None:
    """Count the comments: they are talk about the text."""
    package = source.package
    root = package.read(package.related(package.main, "comments"))
    for comment in root if root is not None else ():
        if name(comment) == "w:comment":
            source.left_out.add("comments", " ".join(t.text or "" for t in descendants(comment, "w:t")))


def _parts(source: Source, body: Element) -> Iterator[tuple[str, str]]:
    """The headers and footers that pages have, each once: (kind of the reference, part)."""
    package = source.package
    settings = package.read(package.related(package.main, "settings"))
    shown = {"default": True, "even": bool(is_on(child(settings, "w:evenAndOddHeaders")))}
    seen = set()
    for section in descendants(body, "w:sectPr"):
        shown["first"] = bool(is_on(child(section, "w:titlePg")))
        # A first page's header comes first, as its page does.
        for reference in sorted(section, key=lambda element: attribute(element, "type") != "first"):
            part = package.target(package.main, attribute(reference, "id"))
            is_reference = name(reference) in ("w:headerReference", "w:footerReference")
            if not is_reference or part is None or part in seen:
                continue
            if shown.get(attribute(reference, "type", "default"), False):
                seen.add(part)
                yield name(reference), part


def _lines(blocks: list[Block]) -> Iterator[str]:
    """Lines, parted where tabs or cells part them: "Leave policy", "Version 3", "Page 2 of 9"."""
    for block in blocks:
        texts = [cell for row in block.cells for cell in row] or re.split(r"[\t\n]", block.label + block.text)
        yield from (line for text in texts if (line := " ".join(text.split())))


def _words(text: str) -> str:
    """The words between single spaces, with one at each end, so that a text can be looked for in another."""
    return " " + " ".join(re.findall(r"[^\W_]+", text.casefold())) + " "
