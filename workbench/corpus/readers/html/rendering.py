"""Renders a page's elements as Markdown in one walk, and counts what it leaves out.
Knows nothing about bytes, encodings or which element is boilerplate (boilerplate.py does)."""

from __future__ import annotations

import re
from collections.abc import Callable

from workbench.corpus.readers.extracted_text import LeftOutTally
from workbench.corpus.readers.html import boilerplate
from workbench.corpus.readers.html.boilerplate import Boilerplate
from workbench.corpus.readers.html.in_line import (
    MARKS,
    begin_marked,
    write_drawing,
    write_field,
    write_formula,
    write_picture,
    write_raised,
)
from workbench.corpus.readers.html.lists import OpenLists
from workbench.corpus.readers.html.markdown_writer import MarkdownWriter
from workbench.corpus.readers.html.survey import (
    HEADINGS,
    LINE_END,
    NOT_TEXT,
    TEXT,
    Node,
    Survey,
    attribute,
    kind_of,
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

LANGUAGE = re.compile(r"\b(?:language|lang|highlight-source|brush:)[-\s]?([\w+#-]+)")
LINE_ENDS = re.compile(rf"\n?{LINE_END}+")


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
        self.lists = OpenLists()
        """The lists that are open."""
        self.left_out = LeftOutTally()
        self.title: str | None = None
        """The first heading of the first level."""
        self.first_heading: str | None = None
        """The first heading of any level."""

    def render(self, body: Node) -> str:
        """The page's text."""
        walk(body, self._enter)
        return self.writer.get_text()

    @property
    def writer(self) -> MarkdownWriter:
        """What the text is written to: the page's, or that of the cell that is open."""
        return self._writers[-1]

    # --- what is visited ----------------------------------------------------------------------------------

    def _enter(self, node: Node) -> Leave | None | bool:
        tag = kind_of(node)
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
            self.writer.text(text)
        elif text.strip():
            self.left_out.add(boilerplate.BESIDE, text)

    def _leave_out(self, kind: str, node: Node) -> None:
        """Count the element, but keep the postal addresses that a footer holds."""
        text = text_of(node)
        if text or kind == boilerplate.MEDIA:
            self.left_out.add(kind, text)
        if kind in (boilerplate.PAGE_FOOTERS, boilerplate.BESIDE):
            for address in node.css("address"):
                self.writer.block()
                for text in texts(address):
                    self.writer.line() if text == "\n" else self.writer.text(text)
                self.writer.block()
        if node.tag in BLOCKS:
            self.writer.block()
        elif node.tag == "button":
            self.writer.separate(" ")

    def _begin(self, node: Node, tag: str) -> Leave | None | bool:
        """Begin an element that is text; returns as for `walk`."""
        begin = BEGIN.get(tag)
        if begin is not None:
            return begin(self, node)
        if tag in HEADINGS:
            return self._heading(node, int(tag[1]))
        if tag in SIDE_BY_SIDE and node.prev is not None and node.prev.tag == tag:
            self.writer.separate(" ")
        if tag in PARTS or node.mem_id in self._mains:
            return self._part(node)
        if tag in BLOCKS:
            self.writer.block()
            return self.writer.block
        if "-" in tag:  # an element of the page's own, which its style sets apart
            self.writer.separate(" ")
            return lambda: self.writer.separate(" ")
        return None

    def _part(self, node: Node) -> Leave:
        is_main = node.mem_id in self._mains
        self._inside += is_main
        self._parts += 1
        self.writer.block()

        def leave() -> None:
            self._inside -= is_main
            self._parts -= 1
            self.writer.block()

        return leave

    def _heading(self, node: Node, level: int) -> Leave:
        self.first_heading = self.first_heading or text_of(node) or None
        if self.title is None and level == 1:
            self.title = text_of(node) or None
        self.writer.begin_heading(level)
        return self.writer.end_heading

    def _line_break(self, node: Node) -> bool:
        following = node.prev
        while following is not None and following.is_text_node and not (following.text_content or "").strip():
            following = following.prev
        if following is not None and following.tag == "br":
            self.writer.block()
        else:
            self.writer.line()
        return False

    def _option(self, node: Node) -> Leave:
        self.writer.separate(" " if node.prev is None or node.prev.tag != "option" else "; ")
        return lambda: self.writer.separate(" ")

    def _field(self, node: Node) -> bool:
        """A field of a form that holds text of several lines, such as terms to agree to."""
        self.writer.block()
        for line in "".join(texts(node)).split("\n"):
            self.writer.text(line)
            self.writer.line()
        self.writer.block()
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
            self.writer.code(code, language[1] if language else "")
        return False

    # --- tables -------------------------------------------------------------------------------------------

    def _table(self, node: Node) -> Leave:
        shape = self._survey.table(node)
        lays_out = (
            attribute(node, "role") in ("presentation", "none")
            or (not shape.labelled and (shape.parts or shape.columns < 2))
            or (not shape.labelled and shape.blocks and len(shape.row_cells) == 1)
        )
        table = None if lays_out or self.writer.is_one_line else TableWriter(shape.columns, self._budget)
        self._tables.append(table)
        self.writer.block()

        def leave() -> None:
            self._tables.pop()
            if table is not None:
                self._budget = table.budget
                for line in table.lines:
                    if isinstance(line, str):
                        self.writer.line()
                        self.writer.text(line)
                    else:
                        self.writer.code(*line)
            self.writer.block()

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
        self.writer.separate("; ") if self.writer.is_one_line else self.writer.block()

    def _cell(self, node: Node) -> Leave:
        table = self._tables[-1] if self._tables else None
        if table is None:
            separator = ", " if self.writer.is_one_line else "\n\n"
            self.writer.separate(separator)
            return lambda: self.writer.separate(separator)
        self._writers.append(MarkdownWriter(one_line=True))
        rows = attribute(node, "rowspan") or "1"

        def leave() -> None:
            text = self._writers.pop().get_text()
            table.cell(text, parse_span(attribute(node, "colspan")), parse_span(rows) or None)

        return leave


def _written(write: Callable[[Renderer, Node], None]) -> Callable[[Renderer, Node], bool]:
    """An element that is written at once, without a visit to what is in it."""

    def begin(renderer: Renderer, node: Node) -> bool:
        write(renderer, node)
        return False

    return begin


BEGIN: dict[str, Callable[[Renderer, Node], Leave | None | bool]] = {
    "br": Renderer._line_break,
    **dict.fromkeys(("pre", "listing", "xmp"), Renderer._code),
    "option": Renderer._option,
    "textarea": Renderer._field,
    **dict.fromkeys(("ul", "ol", "menu", "dir"), lambda page, node: page.lists.begin_list(page.writer, node)),
    "li": lambda page, node: page.lists.begin_item(page.writer, node),
    "dt": lambda page, node: page.lists.begin_term(page.writer, node),
    "dd": lambda page, node: page.lists.begin_definition(page.writer),
    "table": Renderer._table,
    **dict.fromkeys(("thead", "tbody", "tfoot"), Renderer._row_group),
    "tr": Renderer._row,
    **dict.fromkeys(("td", "th"), Renderer._cell),
    **dict.fromkeys(MARKS, lambda page, node: begin_marked(page.writer, node)),
    "rp": _written(lambda page, node: None),
    "sup": _written(lambda page, node: write_raised(page.writer, node)),
    "input": _written(lambda page, node: write_field(page.writer, node)),
    "img": _written(lambda page, node: write_picture(page.writer, node, page.left_out)),
    "svg": _written(lambda page, node: write_drawing(page.writer, node, page.left_out)),
    "math": _written(lambda page, node: write_formula(page.writer, node)),
}
