"""Finds what a Markdown text consists of: front matter, headings of both forms, code, comments; with offsets.
Knows nothing about documents or chunks.

The one place that parses Markdown: titles, sections and chunks agree. The parser is markdown-it-py, which
follows CommonMark; only its blocks are asked for."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate

from markdown_it import MarkdownIt
from markdown_it.token import Token

LONGEST_UNDERLINED = 150  # characters; a longer line above "---" is a paragraph above a rule

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
TAG = re.compile(r"<[^>]*>")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
CODE_OR_COMMENT = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)|<!--.*?-->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the text itself, not one in a quotation, list, comment or block of code."""

    start: int
    """The offset of its line."""
    level: int
    """1 to 6."""
    text: str
    """Its words, as written, without the marks of a heading."""


@dataclass(frozen=True)  # no slots: cached_property needs a __dict__
class MarkdownOutline:
    """Where the parts of one text are."""

    text: str
    front_end: int
    """The offset after the front matter; 0 where there is none."""
    front_title: str | None
    """The title that the front matter names."""
    tokens: tuple[Token, ...]
    """The blocks behind the front matter."""

    @cached_property
    def headings(self) -> tuple[Heading, ...]:
        """The headings, in order."""
        return tuple(self._headings())

    @cached_property
    def code(self) -> tuple[tuple[int, int], ...]:
        """(start, end) of the blocks of code, with the lines of their fences."""
        return tuple(self._span(token) for token in self.tokens if token.type in ("fence", "code_block"))

    @property
    def title(self) -> str | None:
        """The title in the front matter, else the first heading, whatever its form."""
        if self.front_title:
            return self.front_title
        first = self.headings[0] if self.headings else None
        for token in self.tokens:
            if token.type == "html_block" and (match := HTML_HEADING.search(COMMENT.sub("", token.content))):
                if first is None or self._span(token)[0] < first.start:
                    return " ".join(TAG.sub(" ", match[1]).split()) or (first.text if first else None)
                break
        return first.text if first else None

    def comments(self) -> Iterator[tuple[int, int]]:
        """(start, end) of the HTML comments outside code."""
        behind = 0
        for token in self.tokens:
            if token.type in ("html_block", "inline") and "<!--" in token.content:
                pattern = COMMENT if token.type == "html_block" else CODE_OR_COMMENT
                start, end = self._span(token)
                for match in pattern.finditer(self.text, max(start, behind), end):
                    behind = match.end()
                    if match[0].startswith("<!--"):
                        yield match.span()

    @cached_property
    def _line_starts(self) -> list[int]:
        lines = self.text[self.front_end :].split("\n")
        return list(accumulate((len(line) + 1 for line in lines), initial=self.front_end))

    def _span(self, token: Token) -> tuple[int, int]:
        first, last = token.map or [0, 0]
        starts = self._line_starts
        return starts[first], min(starts[last], len(self.text))

    def _headings(self) -> Iterator[Heading]:
        for token, inline in zip(self.tokens, self.tokens[1:], strict=False):
            if token.type != "heading_open" or token.level:
                continue
            underlined = token.markup in ("=", "-")
            if inline.content and not (underlined and len(inline.content) > LONGEST_UNDERLINED):
                text = " ".join(inline.content.split())
                yield Heading(self._span(token)[0], int(token.tag[1]), text)


@lru_cache(maxsize=16)
def outline_markdown(text: str) -> MarkdownOutline:
    """Parse a Markdown text whose lines end with "\\n"."""
    front_end, title = _front_matter(text)
    return MarkdownOutline(text, front_end, title, tuple(_parser().parse(text[front_end:])))


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


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
