"""An edit of a sentence, and the small text work that the rules share.
Knows nothing about the rules."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """A changed sentence."""

    kind: str
    """What was changed: number, unit, name, roles, opposite, negation, scope, rank, conjunct, ..."""
    text: str
    """The changed sentence."""
    follows: bool
    """Whether the changed sentence follows from the original."""
    reverse: bool | None
    """Whether the original follows from the changed sentence; None where the rule cannot tell."""


Rule = Callable[[str, random.Random, Sequence[str]], Edit | None]
"""(sentence, chance, names of the same document) → an edit, or None where the rule does not apply."""

NAME = r"[A-Z][\w'’-]+(?:\s(?:(?:of|de|the|von|van)\s)?[A-Z][\w'’-]+){0,3}"
NOT_NAMES = frozenset(
    """The A An In On At By For From With As After Before During When While If Although However But And Or So
    Since Because There Here His Her Their Our My Your One Some Many Most All Each Both No Not Such Other
    Another Then Thus This That These Those It He She They We You I Its According Under Over Despite To Of
    Despite Unlike Today Only Also What Which Who Where How Why January February March April May June July
    August September October November December Monday Tuesday Wednesday Thursday Friday Saturday Sunday
    """.split()
)
SMALL_NUMBERS = "two three four five six seven eight nine ten eleven twelve".split()
NEGATED = re.compile(r"\b(?:not(?! only)|never)\s|(?<=[a-z])n['’]t\b")


def find_names(text: str) -> list[re.Match[str]]:
    """The runs of capitalised words that may be names; no single word at the beginning of the text."""
    found = []
    for match in re.finditer(rf"\b{NAME}", text):
        words = match.group().split()
        if words[0] in NOT_NAMES or (match.start() == 0 and len(words) == 1):
            continue
        found.append(match)
    return found


def replaced(text: str, start: int, end: int, new: str) -> str:
    return f"{text[:start]}{new}{text[end:]}"


def lower_first(text: str) -> str:
    return text[0].lower() + text[1:] if text.split() and text.split()[0] in NOT_NAMES - {"I"} else text


def upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def exchange_table(pairs: str) -> dict[str, list[str]]:
    """ "a/b" pairs → each word with the words that it may be exchanged for."""
    table: dict[str, list[str]] = {}
    for pair in pairs.split():
        first, second = (w.replace("_", " ") for w in pair.split("/"))
        table.setdefault(first, []).append(second)
        table.setdefault(second, []).append(first)
    return table


def choose_word(
    text: str, table: dict[str, list[str]], chance: random.Random
) -> tuple[re.Match[str], str] | None:
    """A word of the table in the text and what it is exchanged for."""
    pattern = r"\b(?:" + "|".join(sorted(map(re.escape, table), key=len, reverse=True)) + r")\b(?!-)"
    found = list(re.finditer(pattern, text))
    if not found:
        return None
    match = chance.choice(found)
    return match, chance.choice(table[match.group()])
