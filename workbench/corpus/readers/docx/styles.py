"""Reads the styles: which paragraphs are headings, titles, list items or hidden, through chains of styles.
Knows nothing about the text that has the styles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from workbench.corpus.readers.office.markup import (
    Element,
    attribute,
    child,
    is_on,
    is_true,
    name,
    number,
    value,
)

# Word writes "heading 1" in every language; other programs write the name that their users see.
_HEADING = re.compile(
    r"(?:heading|überschrift|titre|título|titolo|kop|rubrik|overskrift|otsikko|nagłówek|nadpis|naslov|címsor|titlu"
    r"|заголовок|başlık|επικεφαλίδα|見出し|标题|標題|제목) ?([1-9])",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"(?:title|titel|titre|título|titolo|otsikko|tytuł|název|titlu|cím|название|başlık|表題|标题|標題|제목)",
    re.I,
)
_LIST = re.compile(r"list(?: (?:bullet|number))?(?: \d)?", re.IGNORECASE)
_CONTENTS = re.compile(r"(?:toc|index) \d|table of (?:figures|authorities)|toc heading", re.IGNORECASE)
BODY_LEVEL = 9  # the outline level that says "no heading"


@dataclass(frozen=True)
class ParagraphStyle:
    """What a paragraph's style says about it, inherited from the styles that it is based on."""

    ids: tuple[str, ...] = ()
    """The style's id, then the ids of those that it is based on."""
    heading_level: int | None = None
    """1 to 9; None when it is no heading."""
    is_title: bool = False
    """Whether it is the style of a document's title."""
    is_list: bool = False
    """A list by its name; whether it has numbers or bullets is the numbering's business."""
    is_contents: bool = False
    """An entry of a table of contents, of figures or of an index."""
    numbering: str | None = None
    """The id of its numbering; None when it has none."""
    numbering_level: int | None = None
    hidden: bool = False


class Styles:
    """The styles of a document, by id."""

    def __init__(self, root: Element | None) -> None:
        self._styles: dict[str, Element] = {}
        self._read: dict[str, ParagraphStyle] = {}
        self._default = ""
        for style in root if root is not None else ():
            if name(style) != "w:style":
                continue
            self._styles.setdefault(attribute(style, "styleId"), style)
            if attribute(style, "type") == "paragraph" and is_true(attribute(style, "default")):
                self._default = attribute(style, "styleId")

    def of(self, properties: Element | None) -> ParagraphStyle:
        """The style of a paragraph with these properties (<w:pPr>)."""
        style_id = value(properties, "w:pStyle")
        if style_id not in self._styles:
            style_id = self._default
        if style_id not in self._read:
            self._read[style_id] = self._resolve(style_id)
        return self._read[style_id]

    def hides(self, properties: Element | None, style: ParagraphStyle) -> bool:
        """Whether a run with these properties (<w:rPr>), in a paragraph of a style, is hidden."""
        direct = is_on(child(properties, "w:vanish"))
        if direct is None:
            direct = self._vanish(value(properties, "w:rStyle"))
        return style.hidden if direct is None else direct

    def numbering_of(self, style_id: str) -> str:
        """The id of the numbering that a list style stands for."""
        return value(self._styles.get(style_id), "w:pPr", "w:numPr", "w:numId")

    def _chain(self, style_id: str) -> Iterator[tuple[str, Element]]:
        seen: set[str] = set()
        while style_id in self._styles and style_id not in seen:
            seen.add(style_id)
            yield style_id, self._styles[style_id]
            style_id = value(self._styles[style_id], "w:basedOn")

    def _vanish(self, style_id: str) -> bool | None:
        switches = (is_on(child(style, "w:rPr", "w:vanish")) for _, style in self._chain(style_id))
        return next((switch for switch in switches if switch is not None), None)

    def _resolve(self, style_id: str) -> ParagraphStyle:
        chain = list(self._chain(style_id))
        names = [value(style, "w:name") or id_ for id_, style in chain]
        lists = [child(style, "w:pPr", "w:numPr") for _, style in chain]
        numbering = next((number_id for part in lists if (number_id := value(part, "w:numId"))), None)
        level = next((text for part in lists if (text := value(part, "w:ilvl"))), "")
        return ParagraphStyle(
            ids=tuple(id_ for id_, _ in chain),
            heading_level=_heading_level(chain, names),
            is_title=any(_TITLE.fullmatch(name_) for name_ in names),
            is_list=bool(names) and bool(_LIST.fullmatch(names[0])),
            is_contents=any(_CONTENTS.fullmatch(name_) for name_ in names),
            numbering=numbering,
            numbering_level=number(level, 0) if level else None,
            hidden=bool(self._vanish(style_id)),
        )


def _heading_level(chain: list[tuple[str, Element]], names: list[str]) -> int | None:
    """The nearest style of a chain that has an outline level or a heading's name decides."""
    for (_, style), name_ in zip(chain, names, strict=True):
        outline = number(value(style, "w:pPr", "w:outlineLvl"), -1)
        if outline >= BODY_LEVEL:
            return None
        if outline >= 0:
            return outline + 1
        match = _HEADING.fullmatch(name_)
        if match:
            return int(match.group(1))
    return None
