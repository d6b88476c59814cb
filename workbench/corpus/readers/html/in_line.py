"""Writes what stands in a line beside its text: raised digits, quotations, fields, pictures, formulas.
Knows nothing about blocks, lists and tables."""

from __future__ import annotations

import re
from collections.abc import Callable

from workbench.corpus.readers.extracted_text import SUPERSCRIPTS, LeftOutTally
from workbench.corpus.readers.html.markdown_writer import MarkdownWriter
from workbench.corpus.readers.html.math import math_text
from workbench.corpus.readers.html.survey import Node, attribute, text_of

RAISED = re.compile(r"[\d+\-−=()n, ]+")
FILE_NAME = re.compile(
    r"^\S+\.(?:jpe?g|png|gif|svg|webp|bmp)$|^(?:image|img|photo|picture)?[\s_-]*\d*$", re.IGNORECASE
)
WRITTEN_FIELDS = ("", "text", "email", "tel", "url", "number", "date", "time", "month", "datetime-local")
NO_TEXT_PICTURES = "pictures without text"

# The marks before and after what an element holds; the reading of an East Asian word is in parentheses.
MARKS = {
    "q": ("“", "”"),
    "s": ("~~", "~~"),
    "del": ("~~", "~~"),
    "strike": ("~~", "~~"),
    "rt": ("(", ")"),
}


def begin_marked(writer: MarkdownWriter, node: Node) -> Callable[[], None]:
    """Begin an element that stands between two marks."""
    before, after = MARKS[node.tag or ""]
    writer.open(before)
    return lambda: writer.close(after)


def write_raised(writer: MarkdownWriter, node: Node) -> None:
    """Write raised digits raised, so that neither a power nor a note's number becomes part of a number."""
    text = text_of(node)
    if node.css_first("a") is not None or (node.parent is not None and node.parent.tag == "a"):
        # As in Word documents. "[2]" is how answers cite passages.
        writer.text(text if text.startswith(("[", "(")) else f" (note {text})" if text else "")
    elif RAISED.fullmatch(text):
        writer.text(text.translate(SUPERSCRIPTS))
    else:
        writer.text(text)


def write_field(writer: MarkdownWriter, node: Node) -> None:
    """Write what a field of a form shows: what is filled in, or whether a box is ticked.

    Only a box beside its words is one to tick; others unfold parts of a page by its style sheet.
    """
    kind = attribute(node, "type")
    if kind in ("checkbox", "radio"):
        label = _label_around(node)
        if "disabled" in node.attributes or (label is not None and text_of(label)):
            writer.separate(" ")
            writer.text("[x]" if "checked" in node.attributes else "[ ]")
            writer.separate(" ")
    elif kind in WRITTEN_FIELDS:
        writer.separate(" ")
        writer.text(node.attributes.get("value") or "")
        writer.separate(" ")


def _label_around(node: Node) -> Node | None:
    above = node.parent
    while above is not None and above.tag in ("span", "b", "p"):
        above = above.parent
    return above if above is not None and above.tag == "label" else None


def write_picture(writer: MarkdownWriter, node: Node, left_out: LeftOutTally) -> None:
    """Write a picture's text, or count the picture; one whose text is empty on purpose is decoration."""
    text = " ".join((node.attributes.get("alt") or "").split())
    if text and not FILE_NAME.match(text):
        writer.text(text)
    elif attribute(node, "alt") or "alt" not in node.attributes:
        left_out.add(NO_TEXT_PICTURES)


def write_drawing(writer: MarkdownWriter, node: Node, left_out: LeftOutTally) -> None:
    """Write the labels of a drawing (<svg>), or else what it is said to show."""
    labels = [text_of(label) for label in node.css("text")]
    title = attribute(node, "role") == "img" and (node.attributes.get("aria-label") or "")
    text = " ".join(filter(None, labels)) or title or ""
    if text:
        writer.separate(" ")
        writer.text(text)
        writer.separate(" ")
    elif attribute(node, "role") == "img":
        left_out.add(NO_TEXT_PICTURES)


def write_formula(writer: MarkdownWriter, node: Node) -> None:
    """Write a formula (MathML) in a line."""
    writer.text(math_text(node))
