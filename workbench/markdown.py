"""Finds what a Markdown text consists of: front matter, headings of all forms, code, comments; with offsets.
Knows nothing about documents or chunks.

The one place that parses Markdown: titles, sections and chunks agree. The parser is markdown-it-py, which
follows CommonMark; only its blocks are asked for."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

LONGEST_PARSED = 2_000_000  # characters; the parser needs up to 500 bytes for each, and a second for 20,000
LONGEST_UNDERLINED = 150  # characters; a longer text above "---", and one of several lines, is a paragraph

# Front matter begins with a key, behind comments; other text between rules does not.
YAML_FRONT = re.compile(
    r"\A---[ \t]*\n(?=(?:[ \t]*(?:#[^\n]*)?\n)*[\w\"'-]+[ \t]*:)"
    r"(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)",
    re.DOTALL,
)
TOML_FRONT = re.compile(r"\A\+\+\+[ \t]*\n(.*?\n)\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL)
YAML_TITLE = re.compile(r"^title[ \t]*:[ \t]*(.*(?:\n[ \t]+\S.*)*)$", re.MULTILINE | re.IGNORECASE)
YAML_BLOCK_MARK = re.compile(r"^[>|][+-]?\d?[ \t]*\n")
HTML_HEADING = re.compile(r"<h1\b[^>]*>(.*?)</h1>", re.DOTALL | re.IGNORECASE)
MARKUP = re.compile(r"[*_`\[\]<>\\&!]")
TAG = re.compile(r"<[^>]*>")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
STYLE_OR_SCRIPT = re.compile(r"<(style|script)\b[^>]*>.{0,50000}?</\1\s*>\n?", re.DOTALL | re.IGNORECASE)
HTML_HEADING_LINE = re.compile(
    r"^[ \t]*<h([1-6])\b[^>]*>(.*?)</h\1\s*>", re.DOTALL | re.IGNORECASE | re.MULTILINE
)
HEADING_ATTRIBUTES = re.compile(r"[ \t]+\{:?[ \t]*[#.][^{}]*\}$")  # "{#hours .open}", which no reader sees
# The names of a definition of a link to nowhere that is a comment: "[//]: # (to do: ask Ann)".
COMMENT_NAMES = ("//", "COMMENT")
CODE_OR_COMMENT = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)|<!--.*?-->", re.DOTALL)


# The blocks that are looked at: headings and what they say, code, HTML and texts.
BLOCKS = frozenset(("heading_open", "inline", "fence", "code_block", "html_block"))

Span = tuple[int, int]
"""(start, end) in characters of the text."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the text itself, not one in a quotation, list, comment or block of code."""

    start: int
    """The offset of its line."""
    level: int
    """1 to 6."""
    text: str
    """Its words, as written, without the marks of a heading."""
    end: int
    """The offset behind it and its marks."""


@dataclass(frozen=True, slots=True)
class MarkdownOutline:
    """Where the parts of one text are."""

    title: str | None
    """The title in the front matter, else the words of the first heading, whatever its form."""
    headings: tuple[Heading, ...]
    """The headings, in order: those of Markdown and those of HTML (<h2>) that begin a line."""
    code: tuple[Span, ...]
    """The blocks of code, with the lines of their fences."""
    comments: tuple[Span, ...]
    """The comments outside code, in order: those of HTML, and definitions of links to nowhere."""
    styles: tuple[Span, ...]
    """The style sheets and scripts (HTML) outside code, in order."""


@lru_cache(maxsize=16)
def outline_markdown(text: str) -> MarkdownOutline:
    """Parse a Markdown text whose lines end with "\\n"; of a long one the first LONGEST_PARSED characters."""
    front_end, front_title = _front_matter(text)
    end = len(text) if len(text) <= LONGEST_PARSED else text.rfind("\n", 0, LONGEST_PARSED) + 1
    body = text[front_end:end].replace("\r", " ")  # the parser would take it for the end of a line
    line_starts = list(accumulate((len(line) + 1 for line in body.split("\n")), initial=front_end))

    def span(lines: list[int]) -> Span:
        return line_starts[lines[0]], min(line_starts[lines[1]], len(text))

    definitions: dict[str, Any] = {}
    blocks = [
        (token, span(token.map))
        for token in _block_parser().parse(body, definitions)
        if token.map and token.type in BLOCKS
    ]
    headings = tuple(_headings(blocks))
    comments = (*_comments(text, blocks), *map(span, _comment_definitions(definitions)))
    in_html = (heading for heading in _html_headings(text, blocks) if not _is_within(heading, comments))
    return MarkdownOutline(
        title=front_title or _first_title(blocks, headings),
        headings=tuple(sorted((*headings, *in_html), key=lambda heading: heading.start)),
        code=tuple(span for token, span in blocks if token.type in ("fence", "code_block")),
        comments=tuple(sorted(comments)),
        styles=tuple(_styles(text, blocks)),
    )


@lru_cache(maxsize=1000)
def plain_words(line: str) -> str:
    """The words of a line of Markdown, without marks of emphasis, addresses of links, and escapes."""
    if not MARKUP.search(line):
        return line
    tokens = _parser().parseInline(line)[0].children or []
    words = (
        " " if token.type.endswith("break") else token.content
        for token in tokens
        if token.type != "html_inline"
    )
    return " ".join("".join(words).split())


def _headings(blocks: list[tuple[Token, Span]]) -> Iterator[Heading]:
    for (token, span), (inline, _) in pairwise(blocks):
        if token.type != "heading_open" or token.level:
            continue
        above_rule = token.markup == "-" and "\n" in inline.content
        too_long = token.markup in ("=", "-") and len(inline.content) > LONGEST_UNDERLINED
        if inline.content and not above_rule and not too_long:
            words = HEADING_ATTRIBUTES.sub("", " ".join(inline.content.split()))
            yield Heading(span[0], int(token.tag[1]), words, span[1])


def _html_headings(text: str, blocks: list[tuple[Token, Span]]) -> Iterator[Heading]:
    for token, span in blocks:
        if token.type == "html_block" and not token.level:
            for match in HTML_HEADING_LINE.finditer(text, *span):
                words = " ".join(TAG.sub(" ", match[2]).split())
                if words:
                    yield Heading(match.start(), int(match[1]), words, match.end())


def _is_within(heading: Heading, spans: Iterable[Span]) -> bool:
    return any(start < heading.start < end for start, end in spans)


def _first_title(blocks: list[tuple[Token, Span]], headings: tuple[Heading, ...]) -> str | None:
    for token, span in blocks:
        if headings and span[0] >= headings[0].start:
            break
        match = HTML_HEADING.search(COMMENT.sub("", token.content)) if token.type == "html_block" else None
        words = " ".join(TAG.sub(" ", match[1]).split()) if match else ""
        if words:
            return words
    return (plain_words(headings[0].text) or None) if headings else None


def _comments(text: str, blocks: list[tuple[Token, Span]]) -> Iterator[Span]:
    behind = 0
    for token, (start, end) in blocks:
        if token.type in ("html_block", "inline") and "<!--" in token.content:
            pattern = COMMENT if token.type == "html_block" else CODE_OR_COMMENT
            for match in pattern.finditer(text, max(start, behind), end):
                behind = match.end()
                if match[0].startswith("<!--"):
                    yield match.span()


def _comment_definitions(definitions: dict[str, Any]) -> Iterator[list[int]]:
    """The lines (first, last + 1) of the definitions of links that are comments."""
    first = ({"label": label} | found for label, found in definitions.get("references", {}).items())
    for found in (*first, *definitions.get("duplicate_refs", ())):
        if found["label"] in COMMENT_NAMES and found["href"] in ("", "#"):
            yield found["map"]


def _styles(text: str, blocks: list[tuple[Token, Span]]) -> Iterator[Span]:
    behind = 0
    for token, (start, end) in blocks:
        if token.type == "html_block" and ("<style" in token.content or "<script" in token.content):
            # An empty line ends the block, but not the style sheet.
            while match := STYLE_OR_SCRIPT.search(text, max(start, behind)):
                if match.start() >= end:
                    break
                behind = match.end()
                yield match.span()


@lru_cache(maxsize=1)
def _block_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table")


def _front_matter(text: str) -> tuple[int, str | None]:
    """(end, title) of the front matter, in YAML or TOML."""
    if match := YAML_FRONT.match(text):
        title = YAML_TITLE.search(match[1])
        return match.end(), _yaml_scalar(title[1]) if title else None
    if match := TOML_FRONT.match(text):
        try:
            title_value = tomllib.loads(match[1]).get("title")
        except (tomllib.TOMLDecodeError, RecursionError):
            title_value = None
        return match.end(), title_value if isinstance(title_value, str) else None
    return 0, None


def _yaml_scalar(written: str) -> str | None:
    """A title as YAML writes it: plain, in quotes, or on the lines below."""
    written = " ".join(YAML_BLOCK_MARK.sub("", written).split())
    if written[:1] == '"' and (end := re.search(r'(?<!\\)"', written[1:])):
        return re.sub(r"\\(.)", r"\1", written[1 : end.end()]) or None
    if written[:1] == "'" and (end := re.search(r"(?<!')'(?!')", written[1:])):
        return written[1 : end.end()].replace("''", "'") or None
    return re.sub(r"(?:^|\s)#.*", "", written).strip() or None
