"""Reads the text of a shape or a cell: paragraphs with their bullets and numbers, line breaks, equations.
Knows nothing about slides and sheets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.corpus.readers.office.blocks import BULLET, Block
from workbench.corpus.readers.office.equations import write_equation
from workbench.corpus.readers.office.markup import Element, attribute, child, chosen_form, name, number
from workbench.corpus.readers.office.number_formats import write_number
from workbench.corpus.readers.office.symbols import is_symbol_font, raise_digits, write_in_font

_SPACES = str.maketrans({"\xa0": " ", "\n": " ", "\r": " ", "\u202f": " ", "\u2011": "-", "\xad": None})
_INDENT = "  "  # of a level
_BULLETS = ("a:buNone", "a:buChar", "a:buAutoNum", "a:buBlip")
_NUMBER_FORMATS = {
    "alphaLc": "lowerLetter", "alphaUc": "upperLetter", "romanLc": "lowerRoman", "romanUc": "upperRoman",
    "circleNum": "decimalEnclosedCircle",
}  # fmt: skip


def read_text_body(body: Element | None, styles: Sequence[Element] = ()) -> list[Block]:
    """Return the paragraphs that say something, as items where they have bullets or numbers.

    styles: the list styles that the text inherits from, the nearest first.
    """
    blocks = []
    numbers = _Numbers()
    for paragraph in body if body is not None else ():
        text = _read_paragraph(paragraph) if name(paragraph) == "a:p" else ""
        if not text.strip():
            continue
        properties = child(paragraph, "a:pPr")
        level = min(max(number(attribute(properties, "lvl"), 0), 0), 8)
        label = numbers.next_label(_bullet(properties, level, styles), level)
        if label:
            indent = _INDENT * level
            lines = text.strip().replace("\n", f"\n{indent}{_INDENT}")
            blocks.append(Block(lines, "item", indent + label))
        else:
            blocks.append(Block(text.strip()))
    return blocks


def _bullet(properties: Element | None, level: int, styles: Sequence[Element]) -> Element | None:
    """What marks a paragraph: <a:buChar>, <a:buAutoNum> or <a:buBlip>; None for no mark."""
    for place in (properties, *(child(style, f"a:lvl{level + 1}pPr") for style in styles)):
        for entry in place if place is not None else ():
            if name(entry) in _BULLETS:
                return entry if name(entry) != "a:buNone" else None
    return None


class _Numbers:
    """Counts the numbered paragraphs of one text."""

    def __init__(self) -> None:
        self._counts: dict[int, tuple[str, int]] = {}

    def next_label(self, bullet: Element | None, level: int) -> str:
        """The mark of the next paragraph with the space behind it; empty for none."""
        self._counts = {at: count for at, count in self._counts.items() if at <= level}
        if bullet is None or name(bullet) != "a:buAutoNum":
            self._counts.pop(level, None)
            return BULLET if bullet is not None else ""
        scheme, start = attribute(bullet, "type"), max(number(attribute(bullet, "startAt"), 1), 1)
        before, count = self._counts.get(level, ("", 0))
        count = count + 1 if before == scheme else start
        self._counts[level] = scheme, count
        form = next((form for begin, form in _NUMBER_FORMATS.items() if scheme.startswith(begin)), "decimal")
        text = write_number(count, form)
        if scheme.endswith("ParenBoth"):
            return f"({text}) "
        return (
            f"{text}) " if scheme.endswith("ParenR") else f"{text}. " if "Plain" not in scheme else f"{text} "
        )


def _read_paragraph(paragraph: Element) -> str:
    text = ""
    for piece in _pieces(paragraph):
        text += _read_run(piece, text) if name(piece) in ("a:r", "a:fld") else _read_other(piece)
    return text


def _pieces(container: Element) -> Iterator[Element]:
    for element in container:
        if name(element) == "mc:AlternateContent":
            form = chosen_form(element)
            yield from _pieces(form) if form is not None else ()
        else:
            yield element


def _read_run(run: Element, before: str) -> str:
    if attribute(run, "type") == "slidenum":
        return ""  # its number is that of the page
    properties = child(run, "a:rPr")
    fonts = [attribute(child(properties, f"a:{kind}"), "typeface") for kind in ("sym", "latin")]
    content = child(run, "a:t")
    text = (content.text or "" if content is not None else "").translate(_SPACES)
    text = write_in_font(text, next(filter(is_symbol_font, fonts), ""))
    return raise_digits(text, before) if number(attribute(properties, "baseline"), 0) > 0 else text


def _read_other(element: Element) -> str:
    if name(element) == "a:br":
        return "\n"
    equations = [write_equation(inner) for inner in element.iter() if name(inner) == "m:oMath"]
    return "\n".join(equations)
