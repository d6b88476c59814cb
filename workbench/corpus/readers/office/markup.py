"""Names elements of Office Open XML by their usual prefixes ("w:p"), in its transitional and strict forms.
Knows nothing about what the elements mean."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TypeAlias

from lxml import etree

Element: TypeAlias = etree._Element

_OFFICE, _STRICT, _MICROSOFT = (
    "http://schemas.openxmlformats.org/",
    "http://purl.oclc.org/ooxml/",
    "http://schemas.microsoft.com/office/",
)
_PREFIXES = {
    _OFFICE + "wordprocessingml/2006/main": "w",
    _STRICT + "wordprocessingml/main": "w",
    _OFFICE + "presentationml/2006/main": "p",
    _STRICT + "presentationml/main": "p",
    _OFFICE + "spreadsheetml/2006/main": "x",
    _STRICT + "spreadsheetml/main": "x",
    _OFFICE + "drawingml/2006/spreadsheetDrawing": "xdr",
    _STRICT + "drawingml/spreadsheetDrawing": "xdr",
    _OFFICE + "officeDocument/2006/math": "m",
    _STRICT + "officeDocument/math": "m",
    _OFFICE + "markup-compatibility/2006": "mc",
    _OFFICE + "drawingml/2006/main": "a",
    _STRICT + "drawingml/main": "a",
    _OFFICE + "drawingml/2006/chart": "c",
    _STRICT + "drawingml/chart": "c",
    _OFFICE + "drawingml/2006/diagram": "dgm",
    _STRICT + "drawingml/diagram": "dgm",
    _OFFICE + "drawingml/2006/picture": "pic",
    _STRICT + "drawingml/picture": "pic",
    _OFFICE + "drawingml/2006/wordprocessingDrawing": "wp",
    _STRICT + "drawingml/wordprocessingDrawing": "wp",
    _MICROSOFT + "word/2010/wordml": "w14",
    "urn:schemas-microsoft-com:vml": "v",
}

_RELATIONSHIPS = (_OFFICE + "officeDocument/2006/relationships", _STRICT + "officeDocument/relationships")


@lru_cache(maxsize=4096)
def _prefixed(tag: str) -> str:
    namespace, _, local = tag.rpartition("}")
    return f"{_PREFIXES.get(namespace[1:], '')}:{local}"


def name(element: Element) -> str:
    """ "w:p" for a paragraph; ":x" for an element x of an unknown namespace; "" for what is no element."""
    return _prefixed(element.tag) if isinstance(element.tag, str) else ""


def attribute(element: Element | None, local: str, default: str = "") -> str:
    """Return an attribute by its name without prefix."""
    if element is not None:
        for key, value in element.items():
            if str(key).rpartition("}")[2] == local:
                return str(value)
    return default


def relationship(element: Element | None, local: str = "id") -> str:
    """Return the id of a relationship, such as `r:id`; an element may have an `id` of its own beside it."""
    if element is not None:
        for uri in _RELATIONSHIPS:
            found = element.get(f"{{{uri}}}{local}")
            if found is not None:
                return str(found)
    return ""


def child(element: Element | None, *path: str) -> Element | None:
    """Return the first child of that name, or the first child of that and so on; None where there is none."""
    for step in path:
        for inner in element if element is not None else ():
            if name(inner) == step:
                element = inner
                break
        else:
            return None
    return element


def descendants(element: Element, wanted: str) -> Iterator[Element]:
    """Yield the elements of that name at any depth, in the order of the document."""
    return (inner for inner in element.iter("{*}" + wanted.rpartition(":")[2]) if name(inner) == wanted)


def value(element: Element | None, *path: str) -> str:
    """Return the `val` of the element at a path, "" where there is none."""
    return attribute(child(element, *path), "val")


def number(text: str, default: int) -> int:
    """Return a whole number as files write it, or the default for anything else."""
    return int(text) if text.lstrip("-").isdecimal() and len(text) < 10 else default


def is_on(element: Element | None) -> bool | None:
    """Whether a switch such as <w:vanish/> is on; None where it is not there."""
    return None if element is None else is_true(attribute(element, "val", "true"))


def is_true(text: str) -> bool:
    """Whether an attribute's text means yes."""
    return text.lower() in ("1", "true", "on")


def chosen_form(alternatives: Element) -> Element | None:
    """The form of <mc:AlternateContent> to read: the first that has text, for all forms say the same."""
    forms = [form for form in alternatives if name(form) in ("mc:Choice", "mc:Fallback")]
    for form in forms:
        if any((text.text or "").strip() for text in form.iter("{*}t")) or any(
            form.iter("{*}chart", "{*}relIds")
        ):
            return form
    return forms[0] if forms else None
