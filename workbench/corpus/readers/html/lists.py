"""Writes the items of lists, with their numbers, and the terms and definitions of definition lists.
Knows nothing about other elements."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from workbench.corpus.readers.html.markdown_writer import MarkdownWriter
from workbench.corpus.readers.html.survey import Node, attribute, text_of
from workbench.corpus.readers.office.number_formats import write_number

Leave = Callable[[], None]

FORMS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}  # of <ol type>
STYLES = {
    "lower-alpha": "lowerLetter", "lower-latin": "lowerLetter", "upper-alpha": "upperLetter",
    "upper-latin": "upperLetter", "lower-roman": "lowerRoman", "upper-roman": "upperRoman", "none": "none",
}  # fmt: skip
LIST_STYLE = re.compile(r"(?:^|;)\s*list-style(?:-type)?\s*:\s*([\w-]+)")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
INTEGER = re.compile(r"-?\d{1,9}")
SENTENCE_ENDS = (".", "?", "!", ":")


@dataclass
class _OpenList:
    """A list whose items are being read."""

    number: int | None
    """That of the next item; None for a list without numbers."""
    step: int
    """From one number to the next: 1, or -1 for a list that is numbered backwards."""
    form: str
    """As Word names it: "decimal", "lowerLetter", "upperRoman" and so on."""


class OpenLists:
    """The lists that are open. Each method begins an element and returns what ends it."""

    def __init__(self) -> None:
        self._lists: list[_OpenList] = []
        self._term = ""  # the text of a definition list's term, while its definition is awaited

    def begin_list(self, writer: MarkdownWriter, node: Node) -> Leave:
        """Begin a list; one inside another begins on a line, not in a paragraph of its own."""
        is_reversed = "reversed" in node.attributes
        first = sum(child.tag == "li" for child in node.iter()) if is_reversed else 1
        number = attribute(node, "start")
        first = int(number) if INTEGER.fullmatch(number) else first
        form = _form(node)
        has_numbers = node.tag == "ol" and form != "none"
        self._lists.append(_OpenList(first if has_numbers else None, -1 if is_reversed else 1, form))
        separate = writer.line if len(self._lists) > 1 else writer.block
        separate()

        def leave() -> None:
            self._lists.pop()
            separate()

        return leave

    def begin_item(self, writer: MarkdownWriter, node: Node) -> Leave:
        """Begin an item, with its number where its list has numbers."""
        around = self._lists[-1] if self._lists else None
        marker = "- "
        if around is not None and around.number is not None:
            value = attribute(node, "value")
            number = int(value) if INTEGER.fullmatch(value) else around.number
            marker = f"{_written(number, around.form)}. "
            around.number = number + around.step
        writer.begin_item(marker)
        return writer.end_item

    def begin_term(self, writer: MarkdownWriter, node: Node) -> Leave:
        """Begin a term."""
        writer.line() if self._term else writer.block()
        self._term = text_of(node)
        return writer.line

    def begin_definition(self, writer: MarkdownWriter) -> Leave:
        """Begin a definition. The first stands on its term's line, so that the line makes sense by itself."""
        if self._term:
            writer.continue_line(" " if self._term.endswith(SENTENCE_ENDS) else ": ")
        else:
            writer.line()
        self._term = ""
        return writer.line


def _form(node: Node) -> str:
    style = LIST_STYLE.search(attribute(node, "style"))
    given = STYLES.get(style[1]) if style else FORMS.get((node.attributes.get("type") or "").strip())
    return given or "decimal"


def _written(number: int, form: str) -> str:
    """The number of an item. Word and HTML differ in the letters behind z: HTML counts on with aa, ab."""
    if form not in ("lowerLetter", "upperLetter") or number < 1:
        return write_number(number, form)
    letters = ""
    while number:
        number, place = divmod(number - 1, len(LETTERS))
        letters = LETTERS[place] + letters
    return letters.upper() if form == "upperLetter" else letters
