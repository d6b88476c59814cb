"""Gives one spelling to texts that differ only in typography, and says where each character came from.
Knows nothing about words, languages, markup or documents."""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

# What a font or a typesetter chooses, by the tags of Unicode's compatibility decompositions: ﬁ … µ ℃
# (compat), Ａ (wide), ｶ (narrow), 𝐀 (font), CO₂ (sub), ㎏ (square), the joined forms of Arabic, and so on.
# "super", "fraction" and "circle" are missing on purpose: 10² is not 102, 1½ is not 11/2, ① is not 1.
_TYPOGRAPHIC_TAGS = frozenset(
    "compat wide narrow small font sub square vertical noBreak initial medial final isolated".split()
)
_MINUS_SIGNS = "−˗⁃"  # they lie outside Unicode's category of dashes
_DOUBLE_QUOTES = "“”„‟«»″‶〝〞〟❝❞「」『』"
_SINGLE_QUOTES = "‘’‚‛‹›′‵´ʹʻʼ❛❜"
_ELLIPSES = "⋯"  # "…" has a decomposition
_LINE_BREAKS = "\u2028\u2029\u0085"
# At these a sentence ends without a space (`workbench.text`), unlike at "!" and "?".
_SENTENCE_ENDS = "！？"
# Signs of Unicode's category "format" that are visible.
_VISIBLE_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u08e2")
_GRAPHEME_JOINER = "\u034f"
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)

# Spaces that belong to a mark beside them (« so », French marks), and a line break behind a soft hyphen.
_LEFT_OUT = re.compile(
    r"(?<=\s«)[ \xa0\u202f\u2009]|(?<=^«)[ \xa0\u202f\u2009]|(?<=[(\[]«)[ \xa0\u202f\u2009]"
    r"|[ \xa0\u202f\u2009](?=»(?!\w))|[\xa0\u202f\u2009](?=[;:!?])"
    r"|(?<=\u00ad)[ \t]*\r?\n[ \t]*"
)


def normalise(text: str) -> str:
    """One spelling for texts that differ only in typography. Normalising twice changes nothing more.

    - Accents are composed (Unicode's form NFC).
    - All hyphens, dashes and the minus sign become "-", so that "−18" stays minus 18 and "30–40" a range.
    - Quotation marks of every language become `"`, single ones, apostrophes and primes `'`. The spaces inside
      French quotation marks, and no-break or thin ones before ; : ! ?, go.
    - Every space becomes " ", every separator of lines "\\n". Neither is collapsed or stripped.
    - Invisible characters go: soft hyphens (with a line break behind one), zero-width spaces and joiners,
      directional marks, byte-order marks, variation selectors.
    - Ligatures, the ellipsis, full-width and half-width forms, subscripts, letters of other fonts and signs
      for units become the plain characters: ﬁ fi, … ..., １ 1, CO₂ CO2, 𝐱 x, ㎏ kg, ℃ °C.

    It leaves alone what says something: case, accents, digits and letters of other scripts, superscripts
    (10² is not 102, so "m²" is not "m2"), fractions (½), circled numbers, ×, bullets, Markdown, "--", and the
    full-width ！ and ？, at which sentences are split.
    """
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _LEFT_OUT.sub("", text).translate(_FOLDING))


def comparable(text: str) -> str:
    """What texts share that differ only in typography, case and white space: questions, searched words."""
    return " ".join(normalise(text).split()).casefold()


def composed(name: str) -> str:
    """A name with its accents composed: file systems and editors differ in that, and it is one name."""
    return unicodedata.normalize("NFC", name)


def normalise_with_offsets(text: str) -> tuple[str, Sequence[int]]:
    """`normalise(text)`, and the offset in `text` at which each of its characters begins.

    There is one offset more than there are characters, the last being len(text); they never decrease.
    Characters that came from one (ﬁ) share its offset. `source_span` gives the span of a stretch.
    """
    if text.isascii():
        return text, range(len(text) + 1)
    characters: list[str] = []
    offsets = array("I")
    for cluster, cluster_offsets in _clusters(text):
        composed = unicodedata.normalize("NFC", cluster)
        if composed != cluster:
            # Which of its characters became which cannot be said: the cluster stands for all.
            cluster_offsets = [cluster_offsets[0]] * len(composed)
        characters.append(composed)
        offsets.extend(cluster_offsets)
    offsets.append(len(text))
    return "".join(characters), offsets


def source_span(text: str, offsets: Sequence[int], start: int, end: int) -> tuple[int, int]:
    """The (start, end) in `text` of the characters [start, end), at least one, of its normalised form.

    Invisible characters and spaces around the stretch that normalising left out are no part of it. A
    character of which the stretch holds a part (the f of ﬁ) belongs to it whole.
    """
    first, last = offsets[start], offsets[end - 1]
    stop = offsets[min(bisect_right(offsets, last, end - 1), len(offsets) - 1)]
    while stop > last + 1 and (text[stop - 1].isspace() or not _FOLDING[ord(text[stop - 1])]):
        stop -= 1
    return first, stop


class _Folding(dict[int, str]):
    """What each code point becomes, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold(chr(code))
        return folded


def _fold(character: str) -> str:
    """What one character becomes, "" if it is invisible, without the marks around it."""
    if character.isascii() or character in _SENTENCE_ENDS:
        return character
    if character in _DOUBLE_QUOTES:
        return '"'
    if character in _SINGLE_QUOTES:
        return "'"
    if character in _ELLIPSES:
        return "..."
    if character in _LINE_BREAKS:
        return "\n"
    category = unicodedata.category(character)
    if category == "Pd" or character in _MINUS_SIGNS:
        return "-"
    if category == "Zs":
        return " "
    if category == "Cf" and character not in _VISIBLE_FORMATS:
        return ""
    if character == _GRAPHEME_JOINER or ord(character) in _VARIATION_SELECTORS:
        return ""
    return _decomposed(character)


def _decomposed(character: str) -> str:
    """The plain characters for one that has a decomposition of a typographic kind, else the character."""
    tag, *codes = unicodedata.decomposition(character).split() or [""]
    if not tag.startswith("<"):
        # A single code is another spelling of the same character (K for kelvin); more are letter and accent.
        return _fold(chr(int(tag, 16))) if tag and not codes else character
    if tag.strip("<>") not in _TYPOGRAPHIC_TAGS:
        return character
    if codes[0] == "0020" and len(codes) > 1:  # an accent that stands alone, as in ¨
        return character
    return "".join(_fold(chr(int(code, 16))) for code in codes)


_FOLDING = _Folding()
_RUNS = re.compile(r"(?P<ascii>[\x00-\x7f]+)|.", re.DOTALL)


def _clusters(text: str) -> Iterator[tuple[str, Sequence[int]]]:
    """Each letter, folded, with the accents that may compose with it, and the offset of every character.

    ASCII characters come many at a time.
    """
    cluster, offsets = "", list[int]()
    gaps = [match.span() for match in _LEFT_OUT.finditer(text)]
    for (_, begin), (end, _) in pairwise([(0, 0), *gaps, (len(text), len(text))]):
        for run in _RUNS.finditer(text, begin, end):
            start, stop = run.span()
            if run.lastgroup and stop - start > 1:
                if cluster:
                    yield cluster, offsets
                yield text[start : stop - 1], range(start, stop - 1)
                # An accent may follow the last character.
                cluster, offsets = text[stop - 1], [stop - 1]
                continue
            for character in _FOLDING[ord(text[start])]:
                if cluster and not composes(character):
                    yield cluster, offsets
                    cluster, offsets = "", []
                cluster += character
                offsets.append(start)
    if cluster:
        yield cluster, offsets


def composes(character: str) -> bool:
    """Whether it may become one with the character before it: an accent, or a vowel or coda of Korean."""
    if character < "\u0300":
        return False
    return unicodedata.category(character).startswith("M") or "\u1160" <= character <= "\u11ff"
