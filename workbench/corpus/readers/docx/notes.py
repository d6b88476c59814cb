"""Finds the footnotes and endnotes that a text refers to, and numbers them.
Knows nothing about what they say."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.corpus.readers.office.markup import Element, attribute, name
from workbench.corpus.readers.office.package import Package

_PARTS = {"w:footnoteReference": "footnotes", "w:endnoteReference": "endnotes"}


@dataclass(frozen=True)
class Note:
    """A note that a text refers to."""

    label: str
    """Its number, counted over footnotes and endnotes, or a mark of the author's choice."""
    element: Element
    """What holds its text."""


class Notes:
    """The notes of a document."""

    def __init__(self, package: Package) -> None:
        self._notes: dict[tuple[str, str], Element] = {}
        for kind in _PARTS.values():
            root = package.read(package.related(package.main, kind))
            for element in root if root is not None else ():
                if attribute(element, "type", "normal") == "normal" and name(element):  # others are rules
                    self._notes[kind, attribute(element, "id")] = element
        self._count = 0
        self._given: dict[tuple[str, str], Note] = {}

    def refer(self, reference: Element, mark: str) -> tuple[Note | None, bool]:
        """The note behind a reference, None where there is none, and whether this is its first reference."""
        key = _PARTS[name(reference)], attribute(reference, "id")
        if key in self._given:
            return self._given[key], False
        if key not in self._notes:
            return None, False
        if not mark:
            self._count += 1
        self._given[key] = Note(mark or str(self._count), self._notes[key])
        return self._given[key], True
