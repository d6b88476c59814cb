"""Counts the numbered paragraphs and makes the numbers that Word shows: "3.", "3.2", "(a)", "Article IV".
Knows nothing about the paragraphs' texts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from workbench.corpus.readers.docx.styles import ParagraphStyle, Styles
from workbench.corpus.readers.office.blocks import BULLET
from workbench.corpus.readers.office.markup import (
    Element,
    attribute,
    child,
    descendants,
    is_on,
    name,
    number,
    value,
)
from workbench.corpus.readers.office.number_formats import write_number
from workbench.corpus.readers.office.symbols import is_symbol_font, write_symbol

LEVELS = 9
_TICKS = ("☐", "☑", "☒", "✓", "✔", "✗", "✘")
_PLACE = re.compile(r"%([1-9])")


@dataclass(frozen=True)
class _Level:
    """How one level of a list is labelled."""

    start: int = 1
    """The number that it begins with."""
    number_format: str = "decimal"
    """As Word names it, such as "lowerRoman"."""
    text: str = ""
    """The label with %1 to %9 in the places of numbers."""
    in_digits: bool = False
    """Whether the numbers of the levels above are written in digits, whatever their format."""
    restart_after: int | None = None
    """The level (from 1) after which it begins again; 0: never; None: any level above."""
    paragraph_style: str = ""
    """The id of the style whose paragraphs have this level."""
    joined: bool = False
    """Whether nothing stands between the label and the text."""


@dataclass
class _List:
    """A list's definition, and how far it has been counted; lists of the same definition count on."""

    levels: dict[int, _Level]
    """By level, from 0."""
    linked_style: str = ""
    """The id of the list style that has the levels, when the definition has none."""
    counters: list[int | None] = field(default_factory=lambda: [None] * LEVELS)
    """The last number of each level; None before its first."""


@dataclass
class _Instance:
    """A list as paragraphs refer to it."""

    definition: str
    """The id of its definition."""
    starts: dict[int, int]
    """Level → the number that it begins with in this instance."""
    levels: dict[int, _Level]
    """Levels that this instance defines anew."""
    started: set[int] = field(default_factory=set)
    """The levels that have begun with their own number."""


class Numbering:
    """The lists of a document. Its paragraphs have to be asked for in their order."""

    def __init__(self, root: Element | None, styles: Styles) -> None:
        self._styles = styles
        self._lists: dict[str, _List] = {}
        self._instances: dict[str, _Instance] = {}
        for part in root if root is not None else ():
            if name(part) == "w:abstractNum":
                self._lists[attribute(part, "abstractNumId")] = _List(
                    _levels(part), value(part, "w:numStyleLink")
                )
            elif name(part) == "w:num":
                self._instances[attribute(part, "numId")] = _instance(part)

    def next_label(self, properties: Element | None, style: ParagraphStyle) -> str:
        """Count a paragraph with these properties (<w:pPr>) and return its label.

        "" for a paragraph without one, "- " for a bullet ("- ☒ " for one that is a tick), else the number
        and what parts it from the text: "3.2 ".
        """
        direct = child(properties, "w:numPr")
        number_id = value(direct, "w:numId") or style.numbering or ""
        found = self._find(number_id)
        if found is None:
            return ""
        instance, definition = found
        levels = definition.levels | instance.levels
        index = self._level_index(direct, style, levels)
        level = levels.get(index)
        if level is None:
            return ""
        _count(index, instance, definition, levels)
        if level.number_format == "bullet":
            return f"{BULLET}{level.text} " if level.text in _TICKS else BULLET
        label = _PLACE.sub(
            lambda match: _written(int(match.group(1)) - 1, level, levels, definition), level.text
        )
        label = " ".join(label.split())
        return label + ("" if level.joined or not label else " ")

    def _find(self, number_id: str, hops: int = 3) -> tuple[_Instance, _List] | None:
        """The instance and its definition, through the list styles that stand between them."""
        instance = self._instances.get(number_id)
        definition = self._lists.get(instance.definition) if instance is not None else None
        if instance is None or definition is None:
            return None
        if definition.linked_style and not definition.levels and hops:
            linked = self._find(self._styles.numbering_of(definition.linked_style), hops - 1)
            return (instance, linked[1]) if linked is not None else None
        return instance, definition

    @staticmethod
    def _level_index(direct: Element | None, style: ParagraphStyle, levels: dict[int, _Level]) -> int:
        written = value(direct, "w:ilvl")
        if written:
            return min(max(number(written, 0), 0), LEVELS - 1)
        linked = {level.paragraph_style: index for index, level in levels.items() if level.paragraph_style}
        for style_id in style.ids:
            if style_id in linked:
                return linked[style_id]
        return min(max(style.numbering_level or 0, 0), LEVELS - 1)


def _count(index: int, instance: _Instance, definition: _List, levels: dict[int, _Level]) -> None:
    counters = definition.counters
    for place, start in instance.starts.items():
        if place not in instance.started and place <= index:
            counters[place] = start if place < index else None
    own_start = instance.starts.get(index, levels[index].start)
    counters[index] = own_start if counters[index] is None else (counters[index] or 0) + 1
    instance.started.update(place for place in instance.starts if place <= index)
    for deeper in range(index + 1, LEVELS):
        restart = levels[deeper].restart_after if deeper in levels else None
        if restart is None or restart > index:
            counters[deeper] = None


def _written(place: int, level: _Level, levels: dict[int, _Level], definition: _List) -> str:
    shown = levels.get(place, _Level())
    count = definition.counters[place]
    if count is None:  # a level above that no paragraph has had yet
        count = shown.start
    if shown.number_format in ("none", "bullet"):
        return ""
    keeps_format = not level.in_digits or shown.number_format == "decimalZero"
    return write_number(count, shown.number_format if keeps_format else "decimal")


def _levels(part: Element) -> dict[int, _Level]:
    return {
        min(max(number(attribute(level, "ilvl"), 0), 0), LEVELS - 1): _level(level)
        for level in part
        if name(level) == "w:lvl"
    }


def _level(part: Element) -> _Level:
    # A format that older programs do not know has a second one beside it.
    formats = [attribute(found, "val") for found in descendants(part, "w:numFmt")]
    known = [found for found in formats if found != "custom"] or formats or ["decimal"]
    restart = value(part, "w:lvlRestart")
    text = value(part, "w:lvlText")
    font = attribute(child(part, "w:rPr", "w:rFonts"), "ascii")
    if len(text) == 1 and is_symbol_font(font):
        text = write_symbol(ord(text), font)
    return _Level(
        start=number(value(part, "w:start"), 1),
        number_format="bullet" if child(part, "w:lvlPicBulletId") is not None else known[0],
        text=text,
        in_digits=bool(is_on(child(part, "w:isLgl"))),
        restart_after=number(restart, 0) if restart else None,
        paragraph_style=value(part, "w:pStyle"),
        joined=value(part, "w:suff") == "nothing",
    )


def _instance(part: Element) -> _Instance:
    instance = _Instance(value(part, "w:abstractNumId"), {}, {})
    for override in part:
        if name(override) != "w:lvlOverride":
            continue
        index = min(max(number(attribute(override, "ilvl"), 0), 0), LEVELS - 1)
        level = child(override, "w:lvl")
        if level is not None:
            instance.levels[index] = _level(level)
        start = value(override, "w:startOverride")
        if start:
            instance.starts[index] = number(start, 1)
    return instance
