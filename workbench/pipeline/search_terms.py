"""Turns a text into the terms by which keyword search compares it.
Knows nothing about chunks, indexes or ranking."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from threading import Lock
from typing import Literal

import Stemmer  # type: ignore[import-not-found, unused-ignore]  # C module without stubs

from workbench.pipeline.word_segmentation import words_by_icu
from workbench.text import STOP_WORDS, UNSPACED, content_tokens
from workbench.typography import normalise

_UNSPACED = re.compile(f"{UNSPACED}+")
_VERSION_MARK = re.compile(r"\b[vV](?=\d+\.\d)")
_SHORT_VERSION = re.compile(r"\b[vV](\d+)\b(?!\.\d)")
# "vitamin A" and "vitamin a?", but no article: those are in lower case before a word, or begin a sentence.
_LETTER_A = re.compile(r"(?<=\w[ -])(?:A(?![\w'])|a(?=\W*$|[?!,;:)]))")
# "World War I" and "type I", but no pronoun.
_LETTER_I = re.compile(r"\b([A-Z]\w+|type|class|category|phase|grade|part|level|group|tier)[ -]I(?![\w'])")
_LETTER_WITH_SIGN = re.compile(r"\b[A-Za-z](?:\+\+|#)(?!\w)")
_CAPITALS = re.compile(r"\b[A-Z]{2,}\b")
# "AB-1234" and "e-mail" are also written in one word, "10 000" in one number, "U.S.A." without points.
_HYPHENATED = re.compile(r"\b(?<!-)(?:[A-Za-z]{1,2}-[A-Za-z]+|[A-Za-z]+-\d[A-Za-z\d]*)(?![\w-])")
_GROUPED = re.compile(r"\d(?<![\w.,]\d)\d{0,2}(?:[ '’]\d{3})+(?![\w'’]|[.,]\d)")
_POINTED = re.compile(r"[A-Z](?<![\w.][A-Z])\.(?:[A-Z]\.)+(?!\w)")


Segmenter = Literal["bigrams", "icu"]
"""How words are found in scripts that put no spaces between them."""

# The Snowball stemmer for words of a script, by its first and last letter. Languages that share a script
# share the stemmer: documents and queries are stemmed alike, so a wrong stem costs little.
_STEMMERS = (
    ("\u0370", "\u03ff", "greek"),
    ("\u0400", "\u04ff", "russian"),
    ("\u0530", "\u058f", "armenian"),
    ("\u0600", "\u06ff", "arabic"),
    ("\u0900", "\u097f", "hindi"),
    ("\u0b80", "\u0bff", "tamil"),
)


def search_terms(text: str, segmenter: Segmenter = "bigrams") -> list[str]:
    """Return the terms of a text, with repeats.

    They are the stems of its content words (`content_tokens`), whatever the typography. Where a script has no
    spaces between words, each pair of neighbouring characters stands for one, as in Lucene's CJK analyser, or
    `segmenter` finds the words.
    """
    text = _VERSION_MARK.sub("", normalise(text))
    if text.isascii():
        return [*content_tokens(text), *_lost_terms(text)]
    terms = [_stem(term) for term in content_tokens(_UNSPACED.sub(" ", text))]
    terms += _lost_terms(text)
    find_words = words_by_icu if segmenter == "icu" else _pairs
    for run in _UNSPACED.finditer(text):
        terms += find_words(run.group())
    return terms


@lru_cache(maxsize=100_000)
def _stem(term: str) -> str:
    """The stem of a word of another script; a word in Latin letters is returned as it is."""
    for first, last, language in _STEMMERS:
        if first <= term[0] <= last:
            with _stemmer_lock:
                return str(_stemmer(language).stemWord(term))
    return term


@cache
def _stemmer(language: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(language)


_stemmer_lock = Lock()  # a Stemmer object is not safe to share between threads


def _lost_terms(text: str) -> Iterator[str]:
    """What would be lost as stop words or with their signs (hepatitis A, type I, US, C++, v2), and names and
    numbers in one piece."""
    yield from ("a" for _ in _LETTER_A.finditer(text))
    if "I" in text:  # to look is faster than to search by a pattern, and most texts have none
        yield from ("i" for match in _LETTER_I.finditer(text) if match[1].lower() not in STOP_WORDS)
    if "#" in text or "++" in text:
        yield from (match.group().lower() for match in _LETTER_WITH_SIGN.finditer(text))
    yield from (match[1] for match in _SHORT_VERSION.finditer(text))
    if "-" in text:
        for match in _HYPHENATED.finditer(text):
            yield from content_tokens(match.group().replace("-", ""))
    yield from (re.sub(r"\D", "", match.group()) for match in _GROUPED.finditer(text))
    yield from (match.group().replace(".", "").lower() for match in _POINTED.finditer(text))
    if not text.isupper():
        yield from (w for match in _CAPITALS.finditer(text) if (w := match.group().lower()) in STOP_WORDS)


def _pairs(run: str) -> Iterator[str]:
    """The pairs of neighbouring characters; a lone character stands for itself."""
    if len(run) == 1:
        yield run
    for i in range(len(run) - 1):
        yield run[i : i + 2]
