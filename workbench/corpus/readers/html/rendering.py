"""Renders a page's elements as Markdown in one walk, and counts what it leaves out.
Knows nothing about bytes, encodings or which element is boilerplate (boilerplate.py does)."""

from __future__ import annotations

import re
from collections.abc import Callable

from workbench.corpus.readers.extracted_text import LeftOutTally
from workbench.corpus.readers.html import boilerplate
from workbench.corpus.readers.html.boilerplate import Boilerplate
from workbench.corpus.readers.html.markdown_writer import MarkdownWriter
from workbench.corpus.readers.html.math import math_text
from workbench.corpus.readers.html.survey import (
    HEADINGS,
    LINE_END,
    NOT_TEXT,
    TEXT,
    Node,
    Survey,
    attribute,
    raw_text,
    text_of,
    texts,
    walk,
)
from workbench.corpus.readers.html.tables import TableWriter, parse_span

Leave = Callable[[], None]

BLOCKS = frozenset(
    """address article aside blockquote body center dd details dialog dir div dl dt fieldset figcaption
    figure footer form header hgroup hr html legend main menu nav ol p search section summary ul""".split()
)
SIDE_BY_SIDE = ("a", "button", "label")  # two without a space between are set apart by the page's style
PARTS = ("main", "article", "section", "blockquote", "figure", "details")
QUOTED, STRUCK = ("q",), ("s", "del", "strike")

SUPERSCRIPTS = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
RAISED = re.compile(r"[\d+\-−=()n, ]+")
FILE_NAME = re.compile(
    r"^\S+\.(?:jpe?g|png|gif|svg|webp|bmp)$|^(?:image|img|photo|picture)?[\s_-]*\d*$", re.IGNORECASE
)
LANGUAGE = re.compile(r"\b(?:language|lang|highlight-source|brush:)[-\s]?([\w+#-]+)")
LINE_ENDS = re.compile(rf"\n?{LINE_END}+")
NO_TEXT_PICTURES = "pictures without text"


class Renderer:
    """Writes the text of a page; what it left out is in `left_out`."""

    def __init__(self, survey: Survey, kinds: Boilerplate, mains: list[Node], budget: int) -> None:
        self._survey, self._kinds = survey, kinds
        self._mains = {main.mem_id for main in mains}
        self._budget = budget  # characters that cells over several rows may add
        self._inside = 0 if mains else 1  # how many main parts are open; without any the whole page is one
        self._parts = 0  # how many articles and sections are open
        self._writers = [MarkdownWriter()]
        self._tables: list[
            TableWriter | None
        ] = []  # the open tables; None for one that only lays out the page
        self._lists: list[int | None] = []  # the number of the next item; None for a list without numbers
        self._term = ""  # the text of a definition list's term, while its definition is awaited
        self.left_out = LeftOutTally()
        self.title: str | None = None
        """The first heading of the first level."""

    def render(self, body: Node) -> str:
        """The page's text."""
        walk(body, self._enter)
        return self._writer.get_text()

    @property
    def _writer(self) -> MarkdownWriter:
        return self._writers[-1]

    # --- what is visited ----------------------------------------------------------------------------------

    def _enter(self, node: Node) -> Leave | None | bool:
        tag = node.tag or ""
        if tag == TEXT:
            self._text(node)
            return None
        if tag in NOT_TEXT and tag != "iframe":
            return False
        kind = self._kinds.kind(node, in_part=self._parts > 0)
        if kind is None and not self._inside and not self._survey.of(node).mains:
            kind = boilerplate.BESIDE
        if kind is not None:
            self._leave_out(kind, node)
            return False
        return self._begin(node, tag)

    def _text(self, node: Node) -> None:
        text = raw_text(node)
        if self._inside:
            self._writer.text(text)
        elif text.strip():
            self.left_out.add(boilerplate.BESIDE, text)

    def _leave_out(self, kind: str, node: Node) -> None:
        """Count the element, but keep the postal addresses that a footer holds."""
        text = text_of(node)
        if text or kind == boilerplate.MEDIA:
            self.left_out.add(kind, text)
        if kind in (boilerplate.PAGE_FOOTERS, boilerplate.BESIDE):
            for address in node.css("address"):
                self._writer.block()
                for text in texts(address):
                    self._writer.line() if text == "\n" else self._writer.text(text)
                self._writer.block()
        if node.tag in BLOCKS:
            self._writer.block()
        elif node.tag == "button":
            self._writer.separate(" ")

    def _begin(self, node: Node, tag: str) -> Leave | None | bool:
        """Begin an element that is text; returns as for `walk`."""
        begin = BEGIN.get(tag)
        if begin is not None:
            return begin(self, node)
        if tag in HEADINGS:
            return self._heading(node)
        if tag in SIDE_BY_SIDE and node.prev is not None and node.prev.tag == tag:
            self._writer.separate(" ")
        if tag in PARTS or node.mem_id in self._mains:
            return self._part(node)
        if tag in BLOCKS:
            self._writer.block()
            return self._writer.block
        if "-" in tag:  # an element of the page's own, which its style sets apart
            self._writer.separate(" ")
            return lambda: self._writer.separate(" ")
        return None

    def _part(self, node: Node) -> Leave:
        is_main = node.mem_id in self._mains
        self._inside += is_main
        self._parts += 1
        self._writer.block()

        def leave() -> None:
            self._inside -= is_main
            self._parts -= 1
            self._writer.block()

        return leave

    def _heading(self, node: Node) -> Leave:
        if self.title is None and node.tag == "h1":
            self.title = text_of(node) or None
        self._writer.begin_heading(int((node.tag or "h6")[1]))
        return self._writer.end_heading

    def _line_break(self, node: Node) -> bool:
        following = node.prev
        while following is not None and following.is_text_node and not (following.text_content or "").strip():
            following = following.prev
        if following is not None and following.tag == "br":
            self._writer.block()
        else:
            self._writer.line()
        return False

    def _option(self, node: Node) -> Leave:
        self._writer.separate(" " if node.prev is None or node.prev.tag != "option" else "; ")
        return lambda: self._writer.separate(" ")

    def _field(self, node: Node) -> bool:
        """A field of a form that holds text of several lines, such as terms to agree to."""
        self._writer.block()
        for line in "".join(texts(node)).split("\n"):
            self._writer.text(line)
            self._writer.line()
        self._writer.block()
        return False

    def _code(self, node: Node) -> bool:
        code = LINE_ENDS.sub("\n", "".join(texts(node))).replace("\xa0", " ").strip("\n")
        if not code.strip():
            return False
        inner = node.css_first("code")
        names = f"{attribute(node, 'class')} {attribute(inner, 'class') if inner is not None else ''}"
        language = LANGUAGE.search(names)
        table = self._tables[-1] if self._tables else None
        if table is not None and "\n" in code:
            table.code.append((code, language[1] if language else ""))
        else:
            self._writer.code(code, language[1] if language else "")
        return False

    # --- lists --------------------------------------------------------------------------------------------

    def _list(self, node: Node) -> Leave:
        number = attribute(node, "start")
        start = int(number) if re.fullmatch(r"-?\d{1,9}", number) else 1
        self._lists.append(start if node.tag == "ol" else None)
        nested = len(self._lists) > 1
        self._writer.line() if nested else self._writer.block()

        def leave() -> None:
            self._lists.pop()
            self._writer.line() if nested else self._writer.block()

        return leave

    def _item(self, node: Node) -> Leave:
        number = self._lists[-1] if self._lists else None
        marker = "- "
        if number is not None:
            value = attribute(node, "value")
            number = int(value) if re.fullmatch(r"-?\d{1,9}", value) else number
            marker = f"{number}. "
            self._lists[-1] = number + 1
        self._writer.begin_item(marker)
        return self._writer.end_item

    def _term_begin(self, node: Node) -> Leave:
        self._writer.line() if self._term else self._writer.block()
        self._term = text_of(node)
        return self._writer.line

    def _definition(self, node: Node) -> Leave:
        """The first definition stands on its term's line, so that the line makes sense by itself."""
        if self._term:
            self._writer.continue_line(" " if self._term.endswith((".", "?", "!", ":")) else ": ")
        else:
            self._writer.line()
        self._term = ""
        return self._writer.line

    # --- tables -------------------------------------------------------------------------------------------

    def _table(self, node: Node) -> Leave:
        shape = self._survey.table(node)
        lays_out = (
            attribute(node, "role") in ("presentation", "none")
            or (not shape.labelled and (shape.parts or shape.columns < 2))
            or (not shape.labelled and shape.blocks and len(shape.row_cells) == 1)
        )
        table = None if lays_out or self._writer.is_one_line else TableWriter(shape.columns, self._budget)
        self._tables.append(table)
        self._writer.block()

        def leave() -> None:
            self._tables.pop()
            if table is not None:
                self._budget = table.budget
                for line in table.lines:
                    if isinstance(line, str):
                        self._writer.line()
                        self._writer.text(line)
                    else:
                        self._writer.code(*line)
            self._writer.block()

        return leave

    def _row_group(self, node: Node) -> Leave | None:
        table = self._tables[-1] if self._tables else None
        return None if table is None else table.end_group

    def _row(self, node: Node) -> Leave:
        table = self._tables[-1] if self._tables else None
        if table is not None:
            return table.end_row
        self._separate_row()
        return self._separate_row

    def _separate_row(self) -> None:
        self._writer.separate("; ") if self._writer.is_one_line else self._writer.block()

    def _cell(self, node: Node) -> Leave:
        table = self._tables[-1] if self._tables else None
        if table is None:
            separator = ", " if self._writer.is_one_line else "\n\n"
            self._writer.separate(separator)
            return lambda: self._writer.separate(separator)
        self._writers.append(MarkdownWriter(one_line=True))
        rows = attribute(node, "rowspan") or "1"

        def leave() -> None:
            text = self._writers.pop().get_text()
            table.cell(text, parse_span(attribute(node, "colspan")), parse_span(rows) or None)

        return leave

    # --- in a line ----------------------------------------------------------------------------------------

    def _raised(self, node: Node) -> bool:
        """Raised digits stay raised, so that neither a power nor a note's number becomes part of a number."""
        text = text_of(node)
        if node.css_first("a") is not None or (node.parent is not None and node.parent.tag == "a"):
            # As in Word documents. "[2]" is how answers cite passages.
            self._writer.text(text if text.startswith(("[", "(")) else f" (note {text})" if text else "")
        elif RAISED.fullmatch(text):
            self._writer.text(text.replace("−", "-").translate(SUPERSCRIPTS))
        else:
            self._writer.text(text)
        return False

    def _quoted(self, node: Node) -> Leave:
        return self._between("“", "”")

    def _struck(self, node: Node) -> Leave:
        return self._between("~~", "~~")

    def _between(self, before: str, after: str) -> Leave:
        self._writer.open(before)
        return lambda: self._writer.close(after)

    def _reading(self, node: Node) -> Leave:
        """The reading of an East Asian word, in parentheses."""
        return self._between("(", ")")

    def _picture(self, node: Node) -> bool:
        text = " ".join((node.attributes.get("alt") or "").split())
        if text and not FILE_NAME.match(text):
            self._writer.text(text)
        elif attribute(node, "alt") or "alt" not in node.attributes:
            self.left_out.add(NO_TEXT_PICTURES, "")
        return False

    def _drawing(self, node: Node) -> bool:
        labels = [text_of(label) for label in node.css("text")]
        title = attribute(node, "role") == "img" and (node.attributes.get("aria-label") or "")
        text = " ".join(filter(None, labels)) or title or ""
        if text:
            self._writer.separate(" ")
            self._writer.text(text)
            self._writer.separate(" ")
        elif attribute(node, "role") == "img":
            self.left_out.add(NO_TEXT_PICTURES, "")
        return False

    def _math(self, node: Node) -> bool:
        self._writer.text(math_text(node))
        return False


def _nothing(renderer: Renderer, node: Node) -> bool:
    return False


BEGIN: dict[str, Callable[[Renderer, Node], Leave | None | bool]] = {
    "br": Renderer._line_break,
    "pre": Renderer._code,
    "listing": Renderer._code,
    "xmp": Renderer._code,
    "option": Renderer._option,
    "textarea": Renderer._field,
    "ul": Renderer._list,
    "ol": Renderer._list,
    "menu": Renderer._list,
    "dir": Renderer._list,
    "li": Renderer._item,
    "dt": Renderer._term_begin,
    "dd": Renderer._definition,
    "table": Renderer._table,
    "thead": Renderer._row_group,
    "tbody": Renderer._row_group,
    "tfoot": Renderer._row_group,
    "tr": Renderer._row,
    "td": Renderer._cell,
    "th": Renderer._cell,
    "sup": Renderer._raised,
    "q": Renderer._quoted,
    "s": Renderer._struck,
    "del": Renderer._struck,
    "strike": Renderer._struck,
    "rt": Renderer._reading,
    "rp": _nothing,
    "img": Renderer._picture,
    "svg": Renderer._drawing,
    "math": Renderer._math,
}
