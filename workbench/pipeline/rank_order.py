"""Reads the order of passages from a model's reply, however it is written.
Knows nothing about passages or models."""

from __future__ import annotations

import re

# A longer number is none of a passage.
_NUMBER = re.compile(r"(?<![\d.])\d{1,6}(?![\d%]|\.\d)")
_WORD = r"(?:passages?|documents?|docs?\b\.?|no\.|numbers?|#)"
# What may stand between two numbers of an order that is written with ">": those marks, the numbers'
# decoration, commas between passages of equal rank.
_BETWEEN = re.compile(rf"(?:[\s\[\](){{}}*_`\"'\\>≻›»→⟩=,;-]|{_WORD})*", re.I)
_MARK = re.compile("[>≻›»→⟩]")
_LONGEST_BETWEEN = 40
_BRACKETED = re.compile(r"\[([^\[\]\n]{1,300})\]")
_ONLY_NUMBERS = re.compile(rf"\s*{_WORD}?[\s\d,;\\]+", re.I)
# A line that is longer is no line of a list.
_LONGEST_LINE = 300
# "1. Passage 3" and "1) 3": the place, then the passage.
_LISTED = re.compile(
    rf"\W{{0,9}}\d{{1,3}}\s*[.):]\s+\W{{0,9}}{_WORD}?\s*(\d{{1,6}})(?![\d%]|\.\d|\w).*", re.I
)
# Numbers alone, maybe after words and a colon.
_ALONE = re.compile(r"(?:[^\d:]*:)?[\W\d]*\d[\W\d]*")
_NAMED = re.compile(rf"\b{_WORD}\s{{0,3}}(\d{{1,6}})(?![\d%]|\.\d)", re.I)
# Full-width forms, as Chinese and Japanese replies have them.
_PLAIN = str.maketrans("［］【】〔〕＞，；：、", "[][][]>,;:,")


def parse_order(reply: str, count: int) -> list[int] | None:
    """Positions (from 0) in the order in which a reply names them, without repeats; None without an order.

    The first of these that the reply has is taken: numbers with ">" between them (the longest such row),
    numbers in square brackets, a numbered list of passages, numbers alone, one passage named in a sentence.
    Other numbers in sentences, such as "within 30 days", say nothing about the order.
    """
    text = reply.translate(_PLAIN).replace("&gt;", ">")
    order = list(dict.fromkeys(n - 1 for n in _numbers_in(text) if 1 <= n <= count))
    return order or None


def _numbers_in(text: str) -> list[int]:
    if chain := _longest_chain(text):
        return chain
    insides = [inside for inside in _BRACKETED.findall(text) if _ONLY_NUMBERS.fullmatch(inside)]
    if insides:
        return [n for inside in insides for n in _all(inside)]
    lines = [line for line in text.splitlines() if line.strip()]
    short = [line for line in lines if len(line) <= _LONGEST_LINE]
    listed = [int(found[1]) for line in short if (found := _LISTED.fullmatch(line))]
    if len(listed) > 1:
        return listed
    alone = [line for line in short if _ALONE.fullmatch(line)]
    if len(alone) in (1, len(lines)):
        return [n for line in alone for n in _all(line)]
    named = list(dict.fromkeys(int(n) for n in _NAMED.findall(text)))
    return named if len(named) == 1 else []


def _longest_chain(text: str) -> list[int]:
    """The longest row of numbers with ">" between them, the last of equally long ones; [] without one."""
    longest: list[int] = []
    chain: list[int] = []
    has_mark = False
    end = 0
    for found in _NUMBER.finditer(text):
        between = text[end : found.start()] if found.start() - end <= _LONGEST_BETWEEN else "too long"
        if not (chain and _BETWEEN.fullmatch(between)):
            chain, has_mark = [], False
        chain.append(int(found[0]))
        has_mark = has_mark or (len(chain) > 1 and _MARK.search(between) is not None)
        if has_mark and len(chain) >= len(longest):
            longest = chain
        end = found.end()
    return longest


def _all(text: str) -> list[int]:
    return [int(n) for n in _NUMBER.findall(text)]
