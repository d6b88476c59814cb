"""Writes Markdown piece by piece: white space collapsed, blank lines between blocks, list items indented.
Knows nothing about HTML."""

from __future__ import annotations

import re

WHITE_SPACE = re.compile(r"[ \t\n\r\f\xa0]+")
FENCE = re.compile(r"^[ \t]*(`{3,})", re.MULTILINE)
DEEPEST_INDENT = 10  # levels; deeper lists are not moved further to the right

# What may stand between two texts, the weaker first.
SEPARATORS = ("", " ", ", ", "; ", "\n", "\n\n")


class MarkdownWriter:
    """The text so far. With `one_line`, blocks become spaces and list items are parted by ";"."""

    def __init__(self, *, one_line: bool = False) -> None:
        self._parts: list[str] = []
        self._separator = ""
        self._marker = ""  # of a list item or heading, written before its first text
        self._marker_indent = ""
        self._begun = False  # an item or quotation that has no text yet, before which nothing is parted
        self._indents = [""]
        self._one_line = int(one_line)

    def get_text(self) -> str:
        """Everything written."""
        return "".join(self._parts).strip("\n")

    @property
    def is_one_line(self) -> bool:
        """Whether everything is put on one line now: in a heading or a cell."""
        return self._one_line > 0

    def text(self, text: str) -> None:
        """Write running text, its white space collapsed."""
        collapsed = WHITE_SPACE.sub(" ", text)
        core = collapsed.strip(" ")
        if collapsed.startswith(" "):
            self.separate(" ")
        if core:
            self._write(core)
            if collapsed.endswith(" "):
                self.separate(" ")

    def separate(self, separator: str) -> None:
        """Put at least this separator between what is written and what follows."""
        if self._one_line and separator.startswith("\n"):
            separator = " "
        if self._begun:
            return
        if SEPARATORS.index(separator) > SEPARATORS.index(self._separator):
            self._separator = separator

    def line(self) -> None:
        """What follows begins a line."""
        self.separate("\n")

    def block(self) -> None:
        """What follows begins a paragraph."""
        self.separate("\n\n")

    def continue_line(self, separator: str) -> None:
        """What follows stands on the line before, behind this separator."""
        if self._parts:
            self._parts.append(separator)
            self._separator, self._begun = "", True

    def open(self, mark: str) -> None:
        """Write a mark that belongs to what follows."""
        self._write(mark)
        self._begun = True

    def close(self, mark: str) -> None:
        """Write a mark that belongs to what came before."""
        spaced, self._separator = self._separator == " ", ""
        self._write(mark)
        if spaced:
            self.separate(" ")

    def begin_item(self, marker: str) -> None:
        """Begin a list item; its further lines stand under its text."""
        if self._one_line:
            self.separate("; ")
        else:
            self.line()
            self._mark(marker)
        deep = len(self._indents) > DEEPEST_INDENT
        self._indents.append(self._indents[-1] + ("" if deep else " " * len(marker)))

    def end_item(self) -> None:
        """End the list item begun last."""
        self._indents.pop()
        self._unmark()
        self._separator = "; " if self._one_line else "\n"

    def begin_heading(self, level: int) -> None:
        """Begin a heading, which stands on one line."""
        self.block()
        if not self._one_line:
            self._mark("#" * level + " ")
        self._one_line += 1

    def end_heading(self) -> None:
        """End the heading; one without text leaves no mark."""
        self._one_line -= 1
        self._unmark()
        self.block()

    def code(self, code: str, language: str) -> None:
        """Write a block of code as it is, between fences."""
        if self._one_line:
            self.text(code)
            return
        ticks = max((len(fence) for fence in FENCE.findall(code)), default=2) + 1
        fence = "`" * max(3, ticks)
        self.block()
        for line in (fence + language, *code.split("\n"), fence):
            self._write(line)
            self._separator = "\n"
        self.block()

    def _mark(self, marker: str) -> None:
        self._marker, self._marker_indent, self._begun = marker, self._indents[-1], True

    def _unmark(self) -> None:
        if self._marker:
            self._marker, self._begun = "", False

    def _write(self, text: str) -> None:
        separator = self._separator
        if self._parts and (self._marker or separator.startswith("\n")):
            self._parts[-1] = self._parts[-1].rstrip(" ")
        if self._marker:
            separator = "" if not self._parts else "\n\n" if separator == "\n\n" else "\n"
            self._parts += (separator, self._marker_indent, self._marker)
        elif separator.startswith("\n"):
            self._parts += (separator if self._parts else "", self._indents[-1] if text else "")
        elif separator and self._parts:
            ends = self._parts[-1].endswith((".", "!", "?", ":", ";", ","))
            self._parts.append(" " if ends else separator)
        self._parts.append(text)
        self._separator = self._marker = ""
        self._begun = False
