"""Splits passages into the units that an extractive answer is made of: sentences, list items, table rows.
Knows nothing about questions, prompts or models."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from workbench.text import split_sentences

UnitKind = Literal["sentence", "item", "row", "heading"]


@dataclass(frozen=True, slots=True)
class NumberedPassage:
    """A passage as the prompt shows it."""

    number: int
    """Its number in the prompt, from 1."""
    title: str
    """The line after the number; empty when the passage has only one line."""
    text: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of a passage that can be a sentence of an answer."""

    passage: int
    """The index of its passage, best first."""
    order: int
    """Its index among the units of the passage."""
    start: int
    """The character of the passage's text at which it begins."""
    end: int
    """The character of the passage's text before which it ends."""
    text: str
    """Its text, readable by itself: a table row has its column names, a list item no bullet."""
    kind: UnitKind
    heading: str = ""
    """The nearest heading above it; empty when there is none."""
    lead: str = ""
    """The line that introduces its list ("You need:"); empty when it is not in such a list."""
    fragment: bool = False
    """Whether it begins or ends in mid-sentence."""


_BULLET = re.compile(r"^(?:[-*+•–—◦▪●]|\(?\d{1,3}[.)]|\(?[a-z]\))\s+(?:\[[ xX]\]\s+)?")
_HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")
_SEPARATOR_ROW = re.compile(r"^\|?[\s:|-]*-[\s:|-]*\|?$")
_EMPHASIS = re.compile(r"(\*\*|__|`)(?=\S)(.+?)(?<=\S)\1")
_LINK = re.compile(r"!?\[([^\]\n]+)\]\([^)\s]*\)")
_ENDING = re.compile(r"[.!?:;…。！？][\"'”’»)\]]*(?:\s?\[\d+(?:,\s?\d+)*\])*$")
_MAX_TITLE_CHARS = 70
_MAX_LIST_CHARS = 500


def _plain(text: str) -> str:
    """The text without Markdown emphasis and links, with single spaces."""
    text = _LINK.sub(r"\1", text)
    return " ".join(_EMPHASIS.sub(r"\2", text).split())


def _cells(row: str) -> list[str]:
    return [_plain(cell) for cell in row.strip().strip("|").split("|")]


def _row_text(header: Sequence[str], row: Sequence[str]) -> str:
    """A table row as "Plan: Basic; Price: $5"; only the cells when the header does not fit."""
    if len(header) != len(row):
        return "; ".join(cell for cell in row if cell)
    return "; ".join(
        f"{name}: {cell}" if name else cell for name, cell in zip(header, row, strict=True) if cell
    )


def _is_line(text: str, start: int, end: int) -> bool:
    """Whether the characters [start, end) are whole lines."""
    return text[:start].rpartition("\n")[2].strip() == "" and text[end:].partition("\n")[0].strip() == ""


class _Reader:
    """Reads one passage sentence by sentence and keeps track of heading, list lead and table header."""

    def __init__(self, index: int, passage: NumberedPassage) -> None:
        self.index = index
        self.text = passage.text
        self.units: list[Unit] = []
        self.heading = ""
        self.lead = ""
        self.header: list[str] = []
        self.in_table = False

    def read(self) -> list[Unit]:
        spans = split_sentences(self.text)
        for i, span in enumerate(spans):
            if span.text.startswith("|"):
                following = spans[i + 1].text if i + 1 < len(spans) else ""
                self._row(span.start, span.end, span.text, following)
                continue
            self.in_table, self.header = False, []
            self._line(span.start, span.end, span.text, last=i == len(spans) - 1)
        return self.units

    def _row(self, start: int, end: int, raw: str, following: str) -> None:
        if _SEPARATOR_ROW.match(raw):
            return
        if not self.in_table:
            self.in_table = True
            if _SEPARATOR_ROW.match(following) and "-" in following:
                self.header = _cells(raw)
                return
        self._add(start, end, _row_text(self.header, _cells(raw)), "row")

    def _line(self, start: int, end: int, raw: str, *, last: bool) -> None:
        heading = _HEADING.match(raw)
        if heading:
            self._set_heading(start, end, heading.group(1))
            return
        bullet = _BULLET.match(raw)
        if bullet and len(raw) > bullet.end():
            self._add(start, end, _plain(raw[bullet.end() :]), "item", lead=self.lead)
            return
        if (
            _is_line(self.text, start, end)
            and not last
            and len(raw) <= _MAX_TITLE_CHARS
            and not _ENDING.search(raw)
            and raw[0].isupper()
        ):
            self._set_heading(start, end, raw)
            return
        self.lead = _plain(raw) if raw.endswith(":") else ""
        begins_inside = start == len(self.text) - len(self.text.lstrip()) and raw[0].islower()
        ends_inside = last and not _ENDING.search(raw)
        self._add(start, end, _plain(raw), "sentence", fragment=begins_inside or ends_inside)

    def _set_heading(self, start: int, end: int, raw: str) -> None:
        self.heading, self.lead = _plain(raw), ""
        self._add(start, end, self.heading, "heading")

    def _add(
        self, start: int, end: int, text: str, kind: UnitKind, *, lead: str = "", fragment: bool = False
    ) -> None:
        if any(character.isalnum() for character in text):
            heading = "" if kind == "heading" else self.heading
            order = len(self.units)
            self.units.append(Unit(self.index, order, start, end, text, kind, heading, lead, fragment))


def _with_its_items(lead: Unit, following: Sequence[Unit]) -> Unit:
    """A line that ends in ":" joined with its list, because "You need:" alone answers nothing."""
    items: list[Unit] = []
    length = len(lead.text)
    for unit in following:
        length += len(unit.text) + 2
        if unit.kind != "item" or unit.lead != lead.text or length > _MAX_LIST_CHARS:
            break
        items.append(unit)
    if not items:
        return lead
    text = f"{lead.text} " + "; ".join(unit.text.rstrip(" .;,") for unit in items) + "."
    return replace(lead, text=text, end=items[-1].end)


@lru_cache(maxsize=4096)
def _units_of_one(index: int, passage: NumberedPassage) -> tuple[Unit, ...]:
    units = _Reader(index, passage).read()
    return tuple(
        _with_its_items(unit, units[i + 1 :]) if unit.text.endswith(":") else unit
        for i, unit in enumerate(units)
    )


def split_units(passages: Sequence[NumberedPassage]) -> list[Unit]:
    """The units of all passages, in order. Headings are included as context; they cannot be answers."""
    return [unit for index, passage in enumerate(passages) for unit in _units_of_one(index, passage)]
