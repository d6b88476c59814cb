"""Walks a page's elements without recursion and measures them: text, links, headings, tables.
Knows nothing about what is content and what is not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

Node = LexborNode

TEXT, COMMENT = "-text", "-comment"
NOT_TEXT = frozenset(
    ("script", "style", "head", "title", "noframes", "iframe", COMMENT, "-doctype", "!doctype")
)
LINES = frozenset(("div", "p", "li", "tr", "dt", "dd"))
LINE_END = "\r"  # in no text of a page: the parser makes it "\n"
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
MAIN_ROLES = ("main",)
# Parts of a page that are laid out; a table that holds one is a grid for the page and not a table of facts.
PAGE_PARTS = HEADINGS | {"main", "article", "section", "nav", "header", "footer", "aside", "form", "table"}
BLOCK_CONTENT = PAGE_PARTS | {"p", "div", "ul", "ol", "dl", "pre", "blockquote"}


# By the role that a page gives an element for screen readers, the element that it stands for.
ROLES = {
    "table": "table", "grid": "table", "treegrid": "table", "rowgroup": "tbody", "row": "tr", "cell": "td",
    "gridcell": "td", "columnheader": "th", "rowheader": "th",
}  # fmt: skip
TABLE_ELEMENTS = frozenset(("table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption"))
FARTHEST_TARGET = 4  # elements above a link to the part that it is in


def attribute(node: Node, name: str) -> str:
    """An attribute's value in lower case; empty when the element does not have it or it has no value."""
    return (node.attributes.get(name) or "").strip().lower()


def kind_of(node: Node) -> str:
    """An element's tag; for one with the role of a heading or a table's part, the tag of such an element."""
    tag = node.tag or ""
    if tag in TABLE_ELEMENTS or tag in HEADINGS or tag.startswith("-"):
        return tag
    role = attribute(node, "role")
    if role == "heading":
        level = attribute(node, "aria-level")
        return f"h{level}" if level in ("1", "2", "3", "4", "5", "6") else "h2"
    return ROLES.get(role, tag)


def is_tool(node: Node) -> bool:
    """Whether it is a tool of a heading and no part of it: a link to itself ("¶"), or one to edit it."""
    if node.tag == "span":
        return "mw-editsection" in attribute(node, "class").split()  # MediaWiki's, in all of its wikis
    if node.tag != "a" or not (target := (node.attributes.get("href") or "")).startswith("#"):
        return False
    if any(c.isalnum() for c in node.text()):
        return False
    above: Node | None = node
    for _ in range(FARTHEST_TARGET):
        above = above.parent if above is not None else None
        if above is not None and (
            above.tag in HEADINGS or (above.attributes.get("id") or "") == unquote(target[1:]) != ""
        ):
            return True
    return False


# Marks for breaking words and lines; a word that holds one is found by nobody.
INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))


def raw_text(node: Node) -> str:
    """The text of a text node, without soft hyphens and other invisible marks."""
    return (node.text_content or "").translate(INVISIBLE)


def children(node: Node) -> list[Node]:
    """The child nodes in order, texts among them; a template's are no part of the page's tree."""
    if node.tag == "template":
        return [child for fragment in node.template_fragments() for child in fragment.iter(include_text=True)]
    return list(node.iter(include_text=True))


def walk(root: Node, enter: Callable[[Node], Callable[[], None] | None | bool]) -> None:
    """Visit an element and what is in it, in order, however deep it is nested.

    `enter` returns False for an element whose content is not to be visited, else what is to be called after
    its content, or None.
    """
    stack: list[Node | Callable[[], None]] = [root]
    while stack:
        item = stack.pop()
        if not isinstance(item, LexborNode):
            item()
            continue
        leave = enter(item)
        if leave is False:
            continue
        if callable(leave):
            stack.append(leave)
        if item.tag != TEXT:
            stack.extend(reversed(children(item)))


def texts(root: Node) -> Iterator[str]:
    """The texts in an element in order, with "\\n" for a line break and LINE_END behind a line of its own."""
    stack: list[Node | str] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            yield node
        elif node.tag == TEXT:
            yield raw_text(node)
        elif node.tag == "br":
            yield "\n"
        elif node.tag not in NOT_TEXT and (node is root or not is_tool(node)):
            if node.tag in LINES and node is not root:
                stack.append(LINE_END)
            stack.extend(reversed(children(node)))


def text_of(node: Node) -> str:
    """An element's text on one line."""
    return " ".join(" ".join(texts(node)).split())


@dataclass
class Measures:
    """What is in one element, at any depth."""

    characters: int = 0
    """Characters of text, white space not counted."""
    link_characters: int = 0
    """Those of them in links."""
    mains: int = 0
    """Elements that hold the page's main part."""
    titles: int = 0
    """Headings of the first and second level."""
    first_level: int = 0
    """Headings of the first level."""
    controls: int = 0
    """Buttons and links."""


@dataclass
class TableShape:
    """What one table consists of, apart from the tables in it."""

    row_cells: list[int] = field(default_factory=list)
    """The number of cells of each row."""
    labelled: bool = False
    """Whether it has header cells or a caption, as tables of facts have."""
    parts: bool = False
    """Whether a cell holds a heading, another table, or another part of a page."""
    blocks: bool = False
    """Whether a cell holds a paragraph, list or other block."""

    @property
    def columns(self) -> int:
        """The number of cells of its longest row."""
        return max(self.row_cells, default=0)


# Elements that are asked about later; the others are not remembered.
MEASURED = frozenset(
    "html body main article section nav header footer aside form div ul dialog search".split()
)


class Survey:
    """The measures of a page's elements, taken in one walk."""

    def __init__(self, page: LexborHTMLParser, is_hidden: Callable[[Node], bool]) -> None:
        self._is_hidden = is_hidden
        self._measures: dict[int, Measures] = {}
        self._tables: dict[int, TableShape] = {}
        self._open_tables: list[TableShape] = []
        self._total = Measures()
        self._links = 0
        self.mains: list[Node] = []
        """The elements that hold the main part, outermost ones only."""
        self._open_mains = 0
        if page.body is not None:
            walk(page.body, self._enter)

    def of(self, node: Node) -> Measures:
        """What is in an element; nothing for a hidden one and for kinds that are not measured."""
        return self._measures.get(node.mem_id, Measures())

    def table(self, node: Node) -> TableShape:
        """A table's shape."""
        return self._tables.get(node.mem_id, TableShape())

    def _enter(self, node: Node) -> Callable[[], None] | None | bool:
        tag = kind_of(node)
        if tag == TEXT:
            count = len(re.sub(r"\s+", "", raw_text(node)))
            self._total.characters += count
            self._total.link_characters += count if self._links else 0
            return None
        if tag in NOT_TEXT or self._is_hidden(node):
            return False
        table = self._open_tables[-1] if self._open_tables else None
        if table is not None:
            self._note_in_table(table, tag)
        if tag in ("h1", "h2"):
            self._total.titles += 1
            self._total.first_level += tag == "h1"
        if tag in ("a", "button"):
            self._total.controls += 1
        if tag == "a":
            return self._count_links()
        if tag == "table":
            return self._open_table(node)
        if tag in MEASURED or node.attributes.get("role"):
            return self._measure(node, tag)
        return None

    @staticmethod
    def _note_in_table(table: TableShape, tag: str) -> None:
        if tag == "tr":
            table.row_cells.append(0)
        elif tag in ("td", "th") and table.row_cells:
            table.row_cells[-1] += 1
        table.labelled = table.labelled or tag in ("th", "caption", "thead")
        table.parts = table.parts or tag in PAGE_PARTS
        table.blocks = table.blocks or tag in BLOCK_CONTENT

    def _count_links(self) -> Callable[[], None]:
        self._links += 1

        def leave() -> None:
            self._links -= 1

        return leave

    def _open_table(self, node: Node) -> Callable[[], None]:
        shape = self._tables[node.mem_id] = TableShape()
        self._open_tables.append(shape)

        def leave() -> None:
            self._open_tables.pop()

        return leave

    def _measure(self, node: Node, tag: str) -> Callable[[], None]:
        before = Measures(**vars(self._total))
        is_main = tag == "main" or attribute(node, "role") in MAIN_ROLES
        if is_main:
            self._total.mains += 1
            if not self._open_mains:
                self.mains.append(node)
            self._open_mains += 1

        def leave() -> None:
            self._measures[node.mem_id] = Measures(
                **{name: value - getattr(before, name) for name, value in vars(self._total).items()}
            )
            self._open_mains -= is_main

        return leave
