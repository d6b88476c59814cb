"""Splits English text into words and sentences; has stems, stop words and SQuAD's answer normalisation.
Knows nothing about models, documents or scores, and imports nothing heavy."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from threading import Lock
from typing import Any

import Stemmer  # type: ignore[import-not-found, unused-ignore]  # C module without stubs


@dataclass(frozen=True, slots=True)
class Span:
    """The characters [start, end) of a source text."""

    start: int
    end: int
    text: str
    """source[start:end]."""


# --- words ----------------------------------------------------------------------------------------


def _word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


STOP_WORDS = _word_set(
    """a about above after again against all also am an and any are aren't as at be because been before being
    below between both but by can can't cannot could couldn't did didn't do does doesn't doing don't
    down during e.g each few for from further had hadn't has hasn't have haven't having he her here hers
    herself him himself his how i i.e i'd i'll i'm i've if in into is isn't it its itself just let's may
    me might more most must my myself no nor not of off on once only or other ought our ours ourselves
    out over own please same shall she should shouldn't so some such than that the their theirs them
    themselves then there these they they're this those through to too under until up upon us very was
    wasn't we we're were weren't what when where which while who whom whose why will with won't would
    wouldn't you you're your yours yourself yourselves"""
)

# A class of characters, for patterns: scripts that put no spaces between words, or not between all (Thai,
# Lao, Burmese, Khmer, Japanese, Chinese and Korean).
UNSPACED = (
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f]"
)
_WORD = re.compile(r"\d+(?:[.,]\d+)+|\b(?:[A-Za-z]\.){2,}|[^\W_]+(?:['’][^\W_]+)*")
# Python's \w has no combining marks. In the scripts of India they are vowels: without them a word falls into
# its consonants. The pattern with them is slower, so only texts that have some are matched with it.
_BEYOND_LATIN = re.compile("[^\x00-\u02ff]")


@cache
def _patterns_with_marks() -> tuple[Any, Any]:
    """A combining mark, and a word that may have some. They need a larger library, so few texts load it."""
    import regex

    word = (
        r"\d+(?:[.,]\d+)+|\b(?:[A-Za-z]\.){2,}|[\p{L}\p{N}][\p{L}\p{N}\p{M}\u200c\u200d]*"
        r"(?:['’][\p{L}\p{N}][\p{L}\p{N}\p{M}]*)*"
    )
    return regex.compile(r"\p{M}"), regex.compile(word)


_THOUSANDS = re.compile(r"^\d{1,3}(?:,\d{3})+(?:\.\d+)?$")


def _clean(word: str) -> str:
    """Lower case, one kind of apostrophe, no possessive, no thousands separators, no final dot."""
    word = word.lower().replace("’", "'").removesuffix("'s").rstrip(".")
    return word.replace(",", "") if _THOUSANDS.match(word) else word


def words(text: str) -> list[str]:
    """All words and numbers, lower-cased, in order: "The dog's 1,200 bones" -> the dog 1200 bones."""
    return [_clean(match.group()) for match in _find_words(text)]


def word_spans(text: str) -> list[Span]:
    """The words that `words` returns, as written and with their positions."""
    return [Span(match.start(), match.end(), match.group()) for match in _find_words(text)]


def _find_words(text: str) -> Iterator[re.Match[str]]:
    if not text.isascii() and _BEYOND_LATIN.search(text):
        mark, word_with_marks = _patterns_with_marks()
        if mark.search(text):
            matches: Iterator[re.Match[str]] = word_with_marks.finditer(text)
            return matches
    return _WORD.finditer(text)


_stemmer = Stemmer.Stemmer("english")
_stemmer_lock = Lock()  # a Stemmer object is not safe to share between threads


def stem(token: str) -> str:
    """The Snowball English stem of one lower-case word; numbers are returned as they are."""
    return _stem_of_word(token) if token.isalpha() else token


@lru_cache(maxsize=100_000)  # words; numbers of orders and the like have no end
def _stem_of_word(token: str) -> str:
    with _stemmer_lock:
        return str(_stemmer.stemWord(token))


def content_tokens(text: str) -> list[str]:
    """The stems of all words but stop words, in order and with repeats."""
    written = (match.group() for match in _find_words(text))
    return [token for token in map(_content_token, written) if token is not None]


@lru_cache(maxsize=100_000)
def _content_token(written: str) -> str | None:
    """The stem of one word as it is written; None for a stop word."""
    word = _clean(written)
    return None if word in STOP_WORDS else stem(word)


_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalize_squad(text: str) -> str:
    """Normalise an answer as SQuAD does: lower case, no ASCII punctuation, no articles, single spaces.

    Source: evaluate-v1.1.py of Rajpurkar et al., 2016.
    """
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def any_spacing(text: str) -> re.Pattern[str]:
    """A pattern for the words of a text in their order, whatever the white space between them."""
    return re.compile(r"\s+".join(map(re.escape, text.split())))


# --- sentences ------------------------------------------------------------------------------------

# Abbreviations that never end a sentence.
_INNER = _word_set(
    """mr mrs ms mx dr prof rev hon gen col capt lt sgt gov sen rep pres mt ft fr sr vs cf e.g i.e eg ie viz
    al approx ca c fig figs eq sec ch vol pp ed eds no nos art para para op cit resp dept est lat long
    jan feb mar apr jun jul aug sep sept oct nov dec"""
)
# Abbreviations that end a sentence only when the next word looks like the beginning of one.
_MAYBE = _word_set(
    "inc ltd co corp bros jr st etc u.s u.k u.n e.u d.c a.m p.m am pm b.c a.d ph.d m.d b.a m.a"
)
_STARTERS = _word_set(
    """a an the this that these those it its he she they we you i in on at by for from with as after before
    during when while if although though however but and or so since because there here his her their our
    my your one some many most all each both no not such other another then thus therefore meanwhile
    moreover furthermore also according under over despite unlike like to"""
)

# Marks that end a sentence whatever follows: of Chinese and Japanese, of India, Urdu and Arabic, Armenian,
# Ethiopic, Khmer, Burmese and Tibetan.
_FULL_STOPS = "。！？｡\u0964\u0965\u06d4\u061f\u0589\u1362\u17d4\u17d5\u104b\u0f0e"
_TERMINATOR = re.compile(
    r"[.!?…]+[\"'”’»)\]]*(?:\s?\[\d+(?:,\s?\d+)*\])*(?=\s|\Z)|[" + _FULL_STOPS + "]+[”’」』]*"
)
_LAST_WORD = re.compile(r"[\w.\-]+$")
_FIRST_WORD = re.compile(r"\s+[\"'“‘«(\[]*([^\W_]+)")
_NUMBERED = re.compile(r"^\s*(?:\(?\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})$")
_BULLET = re.compile(
    r"\s*(?:[-*+•–—◦▪●]\s|\(?\d{1,3}[.)]\s|\(?[a-z]\)\s|#{1,6}\s|\||>|```|~~~|\[\d+\]\s|[QA]:\s)"
)
_HEADING = re.compile(r"\s*(?:#{1,6}\s|\|.*\|\s*$|```|~~~|={3,}\s*$|-{3,}\s*$)")

# A line at least this long that does not end a sentence counts as wrapped prose.
_WRAPPED_CHARS = 45


def _ends_sentence(text: str, start: int, stop: int, match: re.Match[str]) -> bool:
    """Whether a terminator inside [start, stop) ends the sentence that began at `start`."""
    mark = match.group()
    if mark[0] in _FULL_STOPS:
        return True
    following = _FIRST_WORD.match(text, match.end(), stop)
    if following is None:  # a symbol, or the end of the block
        return True
    first = following.group(1)
    if first[0].islower():
        return False
    if mark[0] != "." or mark.startswith(".."):
        return True
    before = _LAST_WORD.search(text, max(start, match.start() - 20), match.start())
    if before is None:
        return True
    word = before.group().lower().lstrip(".-")
    if _NUMBERED.match(text[start : match.start()]):  # "1. First item"
        return False
    if word in _INNER:
        # "No. 5", "Sept. 11" and "Dr. Who", but "He said no. Then he left."
        return word == "no" and not first[0].isdigit() and before.group()[0].islower()
    initial = len(word) == 1 and word.isalpha() and before.group().isupper() and word != "i"
    dotted = "." in word and all(len(part) <= 2 for part in word.split("."))
    if initial or dotted or word in _MAYBE:
        return first.lower() in _STARTERS
    return True


def _blocks(text: str) -> list[tuple[int, int]]:
    """(start, end) of paragraphs, headings, list items and table rows, whose borders no sentence crosses."""
    blocks: list[tuple[int, int]] = []
    begin, last = 0, ""
    position = 0
    for line in text.splitlines(keepends=True):
        body = line.strip()
        if position > begin and (not body or not last or not _continues(last, line)):
            blocks.append((begin, position))
            begin = position
        position += len(line)
        last = body
    blocks.append((begin, len(text)))
    return blocks


def _continues(last: str, line: str) -> bool:
    """Whether a line continues the sentence of the line before it (wrapped prose)."""
    if _BULLET.match(line) or _HEADING.match(last) or last.startswith("|"):
        return False
    if line.strip()[0].islower():
        return True
    return len(last) >= _WRAPPED_CHARS and last[-1] not in ".!?:;…。！？"


def _trimmed(text: str, start: int, end: int) -> Span | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end, text[start:end]) if end > start else None


def split_sentences(text: str) -> list[Span]:
    """The sentences of a text in order, without the white space around them. No other text is left out.

    Blank lines, headings, list items and table rows end a sentence. Line breaks inside wrapped prose,
    abbreviations, initials, decimals and list numbers do not.
    """
    sentences: list[Span] = []
    for begin, stop in _blocks(text):
        start = begin
        for match in _TERMINATOR.finditer(text, begin, stop):
            if match.end() > start and _ends_sentence(text, start, stop, match):
                sentences.extend(filter(None, [_trimmed(text, start, match.end())]))
                start = match.end()
        sentences.extend(filter(None, [_trimmed(text, start, stop)]))
    return sentences
