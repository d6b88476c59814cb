"""Writes the items of lists, with their numbers, and the terms and definitions of definition lists.
Knows nothing about other elements."""

from __future__ import annotations

import re
from collections.abc import Callable

from workbench.corpus.readers.html.markdown_writer import MarkdownWriter
from workbench.corpus.readers.html.survey import Node, attribute, text_of

Leave = Callable[[], None]

INTEGER = re.compile(r"-?\d{1,9}")
SENTENCE_ENDS = (".", "?", "!", ":")


class OpenLists:
    """The lists that are open. Each method begins an element and returns what ends it."""

    def __init__(self) -> None:
        self._next_numbers: list[int | None] = []  # None for a list without numbers
        self._term = ""  # the text of a definition list's term, while its definition is awaited

    def begin_list(self, writer: MarkdownWriter, node: Node) -> Leave:
        """Begin a list; one inside another begins on a line, not in a paragraph of its own."""
        number = attribute(node, "start")
        start = int(number) if INTEGER.fullmatch(number) else 1
        self._next_numbers.append(start if node.tag == "ol" else None)
        separate = writer.line if len(self._next_numbers) > 1 else writer.block
        separate()

        def leave() -> None:
            self._next_numbers.pop()
            separate()

        return leave

    def begin_item(self, writer: MarkdownWriter, node: Node) -> Leave:
        """Begin an item, with its number where its list has numbers."""
        number = self._next_numbers[-1] if self._next_numbers else None
        marker = "- "
        if number is not None:
            value = attribute(node, "value")
            number = int(value) if INTEGER.fullmatch(value) else number
            marker = f"{number}. "
            self._next_numbers[-1] = number + 1
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
