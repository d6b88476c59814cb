"""Finds what a slide's placeholders inherit from its layout and its master: the bullets of their paragraphs.
Knows nothing about what slides say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from workbench.corpus.readers.office.markup import Element, attribute, child, descendants, name
from workbench.corpus.readers.office.package import Package

TITLES = ("title", "ctrTitle")
_MARGINS = ("dt", "ftr", "hdr", "sldNum")


def placeholder(shape: Element) -> Element | None:
    """The <p:ph> of a shape; None for a shape that is no placeholder."""
    return child(own_properties(shape), "p:nvPr", "p:ph")


def own_properties(shape: Element) -> Element | None:
    """What holds a shape's name, description and placeholder, such as <p:nvSpPr>."""
    return next((inner for inner in shape if name(inner).startswith("p:nv")), None)


@dataclass(frozen=True)
class Layout:
    """A layout with its master; either may be missing."""

    layout: Element | None
    master: Element | None

    @cached_property
    def own_texts(self) -> list[str]:
        """What the layout and the master say on every slide, beside their placeholders."""
        texts = []
        for root in (self.layout, self.master):
            for shape in descendants(root, "p:sp") if root is not None else ():
                text = " ".join(t.text or "" for t in descendants(shape, "a:t"))
                if placeholder(shape) is None and text.strip():
                    texts.append(text)
        return texts

    def styles_of(self, shape: Element) -> list[Element]:
        """The list styles that a shape's text inherits from, the nearest first; its own counts as one."""
        found = [child(shape, "p:txBody", "a:lstStyle")]
        place = placeholder(shape)
        if place is not None:
            kind, index = attribute(place, "type", "obj"), attribute(place, "idx", "0")
            found += [
                next(_of_index(self.layout, index), next(_of_kind(self.layout, kind), None)),
                next(_of_kind(self.master, kind), None),
                child(self.master, "p:txStyles", _text_style(kind)),
            ]
        return [style for style in found if style is not None]


class Layouts:
    """The layouts of a presentation, each read once."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._masters: dict[str | None, Element | None] = {}
        self.read: dict[str | None, Layout] = {}
        """Part → layout, of those that were asked for."""

    def of(self, slide: str) -> Layout:
        """The layout of a slide, by the slide's part."""
        part = self._package.related(slide, "slideLayout")
        if part not in self.read:
            master = self._package.related(part, "slideMaster") if part is not None else None
            if master not in self._masters:
                self._masters[master] = self._package.read(master)
            self.read[part] = Layout(self._package.read(part), self._masters[master])
        return self.read[part]


def _of_index(root: Element | None, index: str) -> Iterator[Element]:
    return (style for place, style in _placeholders(root) if attribute(place, "idx", "0") == index)


def _of_kind(root: Element | None, kind: str) -> Iterator[Element]:
    same = _family(kind)
    return (style for place, style in _placeholders(root) if _family(attribute(place, "type", "obj")) == same)


def _placeholders(root: Element | None) -> Iterator[tuple[Element, Element]]:
    """(<p:ph>, <a:lstStyle>) of each placeholder that has a list style."""
    for shape in descendants(root, "p:sp") if root is not None else ():
        place, style = placeholder(shape), child(shape, "p:txBody", "a:lstStyle")
        if place is not None and style is not None:
            yield place, style


def _family(kind: str) -> str:
    """Masters have one placeholder for titles and one for all that is text or content."""
    return "title" if kind in TITLES else kind if kind in _MARGINS else "body"


def _text_style(kind: str) -> str:
    return {"title": "p:titleStyle", "body": "p:bodyStyle"}.get(_family(kind), "p:otherStyle")
