"""Follows a story's fields: their instructions, their results, which of them are tables of contents.
Knows nothing about the text itself."""

from __future__ import annotations

import re
from dataclasses import dataclass

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
from workbench.corpus.readers.office.symbols import write_symbol

_CONTENTS = ("TOC", "TOA", "INDEX")
_BY_PAGE = ("PAGE", "NUMPAGES", "SECTIONPAGES", "STYLEREF")
_NOT_HERE = ("w:del", "w:moveFrom", "mc:Fallback", "w:txbxContent")


@dataclass
class _Field:
    """A field that has begun and not ended."""

    instruction: str = ""
    """What it shows, such as "PAGE"."""
    has_result: bool = False
    """Whether its result has begun."""
    shows_text: bool = False
    """Whether its result has text."""
    form: Element | None = None
    """The settings of a form field (<w:ffData>)."""

    @property
    def word(self) -> str:
        return (self.instruction.split() or [""])[0].upper()


class Fields:
    """The fields that are open at a place of a story (the body, a note, a text box)."""

    def __init__(self, story: Element) -> None:
        self._open: list[_Field] = []
        self._unmatched = _unmatched(story)

    def mark(self, element: Element) -> str:
        """Take note of a field's beginning, middle or end (<w:fldChar>).

        Returns what a field shows that ends without text: a check box, a chosen entry, an EQ field.
        """
        if element in self._unmatched:
            return ""
        kind = attribute(element, "fldCharType")
        if kind == "begin":
            self._open.append(_Field(form=child(element, "w:ffData")))
        elif self._open and kind == "separate":
            self._open[-1].has_result = True
        elif self._open and kind == "end":
            ended = self._open.pop()
            if not ended.shows_text:
                return _form_value(ended.form) or _value_in_instruction(ended.instruction)
        return ""

    def instruct(self, text: str) -> None:
        """Add to the instruction of the innermost field."""
        if self._open and not self._open[-1].has_result:
            self._open[-1].instruction += text

    def show(self) -> None:
        """Take note of text in the results of the fields that are open."""
        for field in self._open:
            field.shows_text = True

    def enter(self, instruction: str) -> None:
        """Begin the result of a field that is one element (<w:fldSimple>)."""
        self._open.append(_Field(instruction, has_result=True))

    def leave(self) -> None:
        """End it."""
        self._open.pop()

    @property
    def in_instruction(self) -> bool:
        """Whether the text here is part of an instruction, and no reader sees it."""
        return any(not field.has_result for field in self._open)

    @property
    def in_contents(self) -> bool:
        """Whether the text here is part of a table of contents or an index."""
        return any(field.word in _CONTENTS for field in self._open)

    @property
    def differs_by_page(self) -> bool:
        """Whether the text here depends on the page: its number, or the section that it belongs to."""
        return any(field.word in _BY_PAGE for field in self._open)


def _form_value(data: Element | None) -> str:
    """What a check box or a drop-down list of an old form shows; a text field has its text in its result."""
    box, choices = child(data, "w:checkBox"), child(data, "w:ddList")
    if box is not None:
        checked = is_on(child(box, "w:checked"))
        return "☒" if (is_on(child(box, "w:default")) if checked is None else checked) else "☐"
    if choices is not None:
        entries = [attribute(entry, "val") for entry in choices if name(entry) == "w:listEntry"]
        chosen = number(value(choices, "w:result") or value(choices, "w:default"), 0)
        return entries[chosen] if 0 <= chosen < len(entries) else ""
    return ""


def _value_in_instruction(instruction: str) -> str:
    """What a field without text shows: an EQ field's terms, a SYMBOL field's character."""
    symbol = re.fullmatch(r"\s*SYMBOL\s+(0x[0-9a-f]{1,4}|\d{1,5})\b(.*)", instruction, re.I | re.S)
    if symbol is not None:
        font = re.search(r'\\f\s+"?([^"\\]+)', symbol.group(2))
        return write_symbol(int(symbol.group(1), 0), font.group(1).strip() if font else "")
    equation = re.fullmatch(r"\s*EQ\b(.*)", instruction, re.IGNORECASE | re.DOTALL)
    if equation is None:
        return ""
    text = re.sub(r'\\\*\s*(?:"[^"]*"|\w+)|hps\d+', " ", equation.group(1))
    return " ".join(re.sub(r"\\[a-z]{1,2}\d*", " ", text, flags=re.IGNORECASE).replace("\\", "").split())


def _unmatched(story: Element) -> set[Element]:
    """Beginnings without an end, and the reverse: taken seriously, they would hide the rest of the story."""
    unmatched: set[Element] = set()
    begun: list[tuple[Element, list[Element]]] = []
    for mark in descendants(story, "w:fldChar"):
        if any(name(outer) in _NOT_HERE for outer in _between(mark, story)):
            continue
        kind = attribute(mark, "fldCharType")
        if kind == "begin":
            begun.append((mark, []))
        elif not begun:
            unmatched.add(mark)
        elif kind == "end":
            begun.pop()
        else:
            begun[-1][1].append(mark)
    for mark, inner in begun:
        unmatched.update((mark, *inner))
    return unmatched


def _between(element: Element, story: Element) -> list[Element]:
    outer = []
    for ancestor in element.iterancestors():
        if ancestor is story:
            break
        outer.append(ancestor)
    return outer
