"""Folds a text into what its quotes are compared by: letters, digits and signs, without markup and layout.
Knows nothing about quotes, question files and documents."""

from __future__ import annotations

import html
import re
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from workbench.text import UNSPACED
from workbench.typography import composes, normalise, normalise_with_offsets, source_span

_LETTER = r"[a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0391-\u03a1\u03a3-\u03f5\u03f7-\u0481\u048a-\u052f]"
_ATTRIBUTES = r"(?:\s[^<>=\n]{1,40}=[^<>\n]{0,300})?"
_INLINE_TAGS = "a|abbr|b|cite|code|del|em|font|i|ins|kbd|mark|q|s|small|span|strong|sub|u"
_BLOCK_TAGS = "br|blockquote|dd|div|dl|dt|h[1-6]|hr|img|li|ol|p|pre|section|table|tbody|td|th|thead|tr|ul"
_BULLETS = "•◦▪▫●○■□‣∙\uf0b7\uf0a7"
_SUPERSCRIPTS = "⁰¹²³⁴-⁹"
_FOOTNOTES = rf"[{_SUPERSCRIPTS}]{{1,3}}(?:,[{_SUPERSCRIPTS}]{{1,3}})*+(?!\w)"
_NOTE_WRITTEN = r"\(note[ ][1-9]\d{0,2}\)"  # as the readers of Word documents and HTML write the mark
# Rules, the lines under headings and around code, the hashes and the attributes behind a heading.
_LAYOUT = (
    r"^[ \t]*+(?:>[ \t]?)*+(?:`{3,}|~{3,})[^`\n]*$|^[ \t|:+=*_>~-]++$(?!^)"
    r"|(?<=[ \t])(?:\#{1,6}|\{:?[ ]?[\#.][^{}\n]{1,200}\})[ \t]*$"
)
_QUOTED_LINE = r"^[ \t]*+(?:>[ \t]?)*+(?!^)"
_LISTED_LINE = (
    rf"^[ \t]*+(?:>[ \t]?)*+"
    rf"(?:(?:[-*+:→✓✔✗➢►{_BULLETS}]|\#{{1,6}}|\(?(?:\d{{1,3}}|[a-z]|[ivx]{{2,4}})[.)])[ \t]++)*+"
    r"(?:\[[ x]\][ \t]++)?(?!^)"
)
# What is set aside, or read as something else.
_MARKS = rf"""
  (?P<gap> \n
  | (?!(?<={_LETTER})[ ]{_LETTER}) # kept with the words
    (?:[^\S\n]|[|{_BULLETS}])++(?:(?<=\s)(?:{_FOOTNOTES}|{_NOTE_WRITTEN}))? # "delivery ²"
  | <!--(?:(?!-->|<!--).){{0,4000}}+-->
  | </?(?:{_BLOCK_TAGS}){_ATTRIBUTES}\s?/?> )
| (?P<raised> <sup{_ATTRIBUTES}>(?P<raised_text>[^<>\n]{{1,10}})</sup> )
| (?P<nothing>
    </?(?:{_INLINE_TAGS}){_ATTRIBUTES}\s?/?>
  | (?<!\b[^\W\d])(?<!\b[^\W\d]\w)\[(?:\^[\w-]{{1,20}}|[1-9]\d{{0,2}}(?:,?[ ]?[1-9]\d{{0,2}})*+)\](?![(:\w])
  | (?:(?<=[^\W\d_]{{3}})|(?<=[.,;:!?"')\]])){_FOOTNOTES}
  | (?<=[^\W\d_])¹(?!\w) | [†‡®™]
  | \](?:\((?:<[^<>\n]*>|(?:[^()\s]|\([^()\s]*\))*+)(?:[ ](?:"[^"\n]*"|'[^'\n]*'))?\)|\[[^\]\n]{{0,200}}\])
  | !?\[\[[^\[\]|\n]{{1,200}}\| # "[[page|the words of the link]]"
  | !?\[ | \] # a link but for its words
  | \\(?=[!-/:-@\[-`{{-~\n]) )
| <(?P<address>[^<>\s]{{1,200}}[@:][^<>\s]{{1,2000}})>
| (?P<entity> &(?:\#\d{{1,7}}|\#x[0-9a-f]{{1,6}}|[a-z][a-z0-9]{{1,30}}); )
| (?P<emphasis> (?:[*_`]|~~|==)+ )
| (?P<quotation> ["']+ )
| (?P<dash> -+|¬(?=[ \t\r]*\n) )
"""
_FIRST = rf"(?=[^\w.,;:?()%/]|[_{_SUPERSCRIPTS}])"  # most characters begin no mark
_FLAGS = re.VERBOSE | re.MULTILINE | re.IGNORECASE | re.DOTALL
_WITH_LIST_MARKS, _WITHOUT_LIST_MARKS = (
    re.compile(f"(?P<layout>{_LAYOUT}|{line})|{_FIRST}(?:{_MARKS})", _FLAGS)
    for line in (_QUOTED_LINE, _LISTED_LINE)
)
_RAISED = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
_ONE_SIGN = str.maketrans("？！。、×", "?!.,x")
_UNSPACED = re.compile(UNSPACED)
_INNER_SIGNS = ".,:/-'"  # between digits they belong to a number


@dataclass(frozen=True, slots=True)
class FoldedText:
    """A text as its quotes are compared."""

    source: str
    """The text."""
    plain: str
    """Its normalised typography (`workbench.typography`)."""
    offsets: Sequence[int]
    """The offset in the source of each character of `plain`."""
    text: str
    """The folded text: no case, no markup, no list marks, no quotation marks, no hyphens within words, and
    spaces only where two words or two numbers would become one."""
    borders: frozenset[int]
    """The places in `text` where two words meet that nothing parts: the "k" of "10 kg"."""
    pieces: array[int]
    """The place in `text` of the first character of each piece."""
    places: array[int]
    """The place in `plain` of the first character of each piece; those after it follow it there, too."""
    ends: dict[int, int]
    """Place in `text` → the place in `plain` after what it stands for, where that is not one character."""

    def place(self, index: int) -> int:
        """The place in `plain` of what the folded character stands for."""
        piece = bisect_right(self.pieces, index) - 1
        return self.places[piece] + index - self.pieces[piece]

    def end(self, index: int) -> int:
        """The place in `plain` after what the folded character stands for."""
        return self.ends.get(index) or self.place(index) + 1

    def span(self, start: int, end: int, before: str = "", after: str = "") -> tuple[int, int]:
        """The (start, end) in the source of the folded characters [start, end), of which there is one.

        before, after: signs of `plain` that are set aside, and belong to the span where they are beside it.
        """
        first, stop = self.place(start), self.end(end - 1)
        first -= len(before) * self.plain.endswith(before, 0, first)
        stop += len(after) * self.plain.startswith(after, stop)
        return source_span(self.source, self.offsets, first, stop)


def fold(text: str, *, with_list_marks: bool = False) -> FoldedText:
    """Fold a text. with_list_marks: keep "-" and "1." at the beginnings of lines."""
    plain, offsets = normalise_with_offsets(text)
    return _Folder(text, plain, offsets).fold(_WITH_LIST_MARKS if with_list_marks else _WITHOUT_LIST_MARKS)


fold_document = lru_cache(maxsize=1024)(fold)
"""`fold` for a text in which many quotes are looked for: a megabyte takes about a second, the first time."""


class _Folder:
    """Folds one text."""

    def __init__(self, source: str, plain: str, offsets: Sequence[int]) -> None:
        self.source, self.plain, self.offsets = source, plain, offsets
        self.parts: list[str] = []
        self.length = 0
        self.borders: set[int] = set()
        self.pieces, self.places = array("I"), array("I")
        self.ends: dict[int, int] = {}
        self.before = ""  # the last two kept characters
        self.dash = -1  # the place of a dash behind it
        self.space = self.space_after_dash = self.border = self.line_end = False

    def fold(self, marks: re.Pattern[str]) -> FoldedText:
        self.fold_part(0, len(self.plain), marks)
        if self.dash >= 0:
            self.append("-", self.dash)
        return FoldedText(
            self.source, self.plain, self.offsets, "".join(self.parts), frozenset(self.borders),
            self.pieces, self.places, self.ends,
        )  # fmt: skip

    def fold_part(self, start: int, end: int, marks: re.Pattern[str]) -> None:
        for match in marks.finditer(self.plain, start, end):
            if match.start() > start:
                self.keep(start, match.start())
            start = match.end()
            kind = match.lastgroup
            if kind in ("gap", "layout"):
                self.set_space(match.group())
            elif kind in ("raised", "raised_text"):
                self.add_raised(match)
            elif kind == "address":
                self.keep(*match.span("address"))
            elif kind == "entity":
                self.add_entity(match)
            elif kind == "dash":
                self.dash = match.start() if self.dash < 0 else self.dash
                self.space_after_dash = False
            elif kind == "quotation" and self.before[-1:].isdigit() and not self.space:
                self.keep(*match.span())  # 6' 2"
            elif kind == "quotation":
                self.border = True
            elif kind == "emphasis" and self.is_operator(match):
                self.keep(*match.span())
        if start < end:
            self.keep(start, end)

    def is_operator(self, match: re.Match[str]) -> bool:
        """Whether a sign says something: "5*3", "a * b", "a == b"."""
        following = self.plain[match.end() : match.end() + 1]
        if "`" in match.group() or "~" in match.group():
            return False
        return following.isspace() if self.space else following.isdigit() and self.before[-1:].isdigit()

    def add_raised(self, match: re.Match[str]) -> None:
        """What HTML raises: "10<sup>2</sup>" as "10²", and no mark of a footnote behind a word."""
        raised = match["raised_text"].strip()
        is_power = self.before[-1:].isdigit() or not re.search(
            r"[^\W\d_]{3}$|[^\w\s]\s*$", self.plain[: match.start()][-4:]
        )
        if is_power or not re.fullmatch(r"\[?(?:\d{1,3}|[*†‡a-z])\]?", raised):
            self.keep_text(raised.translate(_RAISED), *match.span())

    def add_entity(self, match: re.Match[str]) -> None:
        character = normalise(html.unescape(match.group()))
        if character.isspace():
            self.set_space(character)
        elif character == "-":
            self.dash, self.space_after_dash = match.start(), False
        elif character not in ("'", '"', ""):
            self.keep_text(character, *match.span())

    def set_space(self, gap: str) -> None:
        self.space = self.border = True
        if self.dash >= 0:
            self.space_after_dash = True
            self.line_end = self.line_end or "\n" in gap

    def keep(self, start: int, end: int) -> None:
        """Add the characters of `plain` from start to end."""
        piece = self.plain[start:end].translate(_ONE_SIGN).casefold()
        if len(piece) == end - start:
            self.part(piece)
            self.append(piece, start)
            return
        for place in range(start, end):  # a letter that becomes two characters, as ß does
            self.keep_text(self.plain[place], place, place + 1)

    def keep_text(self, text: str, start: int, end: int) -> None:
        """Add a text that stands for the characters of `plain` from start to end."""
        for character in text.translate(_ONE_SIGN).casefold():
            self.part(character)
            self.append(character, start, end)

    def append(self, piece: str, start: int, end: int = -1) -> None:
        self.parts.append(piece)
        self.pieces.append(self.length)
        self.places.append(start)
        if end >= 0:
            self.ends[self.length] = end
        self.length += len(piece)
        self.before = (self.before + piece[-2:])[-2:]

    def part(self, piece: str) -> None:
        """Add what must stand between what is there and a piece that follows: a dash, a space, nothing."""
        last, following = self.before[-1:], piece[0]
        if self.dash >= 0:
            if not (_may_join(last) and _may_join(following)):
                if self.space and not self.space_after_dash and last.isdigit() and following.isdigit():
                    self.append(" ", self.dash)  # "10 -18"
                self.append("-", self.dash)
            elif not self.line_end:
                self.borders.add(self.length)
        elif self.space and _would_merge(self.before, piece[:2]):
            self.append(" ", 0)  # nothing that is found begins or ends with it
        elif self.border:
            self.borders.add(self.length)
        self.dash = -1
        self.space = self.space_after_dash = self.border = self.line_end = False


def _may_join(character: str) -> bool:
    """Whether a hyphen between it and another such character is one within a word."""
    return character.isalpha() or not character


def _would_merge(before: str, piece: str) -> bool:
    """Whether two words or two numbers would become one without a space between them: "1 5", "1. 5"."""
    last, following = before[-1:], piece[0]
    if (last.isalpha() or composes(last)) and following.isalpha():  # "İ" becomes "i" and a dot
        return not (_UNSPACED.match(last) or _UNSPACED.match(following))
    starts = following.isdigit() or (following in ".," and piece[1:].isdigit())
    return starts and (last.isdigit() or (last in _INNER_SIGNS and before[:1].isdigit() and len(before) == 2))
