"""Puts a text into the form that the toxicity model reads: plain letters, one word for all groups of people.
Knows nothing about the model and its weights."""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from workbench.scoring.group_terms import group_names

LONGEST_SENTENCE = 400
"""A longer one, in characters, is cut."""
SHORTEST_SENTENCE = 40
"""One of fewer characters is scored together with the next."""
# What every group is read as. The model cannot tell groups apart, so none is held against a text.
PLURAL, SINGULAR, ADJECTIVE, FAITH = "foreigners", "foreigner", "foreign", "faith"

_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufe00-\ufe0f\ud800-\udfff]")
_ADDRESS = re.compile(
    r"(?:https?://|www\.)\S+|(?<!\S)\S+@\S+\.\S+|@\w+|\[?\b(?:url|user)\b\]?", re.IGNORECASE
)
_SPACED = re.compile(r"(?<![^\W_])(?:[a-z*@$!0-9][ .\-_*]){3,60}[a-z](?![^\W_])")
_OBSCURED = re.compile(r"(?<!\S)[\"'(]?[a-z0-9@$][a-z0-9@$!*]+(?=[.,;:?)\"']*(?:\s|$))")
_DIGITS = str.maketrans("013457@$!", "oieastasi")
_SENTENCE_END = re.compile(r"[.!?][\"')]*\s+")
_REPEATED = re.compile(r"(\w)\1{2,}")


def normalise(text: str) -> str:
    """Return a text in lower case, with spaced-out and digit-for-letter spellings undone, groups as one."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).lower().replace("’", "'")
    text = _ADDRESS.sub(" ", text)
    text = _SPACED.sub(lambda match: re.sub(r"[ .\-_*]", "", match.group()), text)
    text = _OBSCURED.sub(_spelled_out, text)
    text = _REPEATED.sub(r"\1\1", text)
    return _groups().sub(lambda match: _readings()[match.group()], " ".join(text.split()))


def split_sentences(normalised: str) -> list[str]:
    """Cut a normalised text into its sentences; short ones stay together, and long ones are cut at spaces."""
    pieces: list[str] = []
    start = 0
    ends = [match.end() for match in _SENTENCE_END.finditer(normalised)]
    for end in (*ends, len(normalised)):
        if end - start < SHORTEST_SENTENCE and end < len(normalised):
            continue
        while end - start > LONGEST_SENTENCE:
            space = normalised.rfind(" ", start + 1, start + LONGEST_SENTENCE)
            cut = space + 1 if space > 0 else start + LONGEST_SENTENCE
            pieces.append(normalised[start:cut])
            start = cut
        pieces.append(normalised[start:end])
        start = end
    return [piece.strip() for piece in pieces if piece.strip()]


def _spelled_out(match: re.Match[str]) -> str:
    """A word with letters for the signs in it; a part number such as a55 or e2713 is left as it is."""
    word = match.group()
    core = word.rstrip("!")
    letters = sum(character.isalpha() for character in core)
    signs = len(core) - letters
    if not signs or letters < 2 or (letters <= signs and "*" not in core):
        return word
    return core.translate(_DIGITS) + word[len(core) :]


@cache
def _readings() -> dict[str, str]:
    """Word for a group in lower case → what it is read as."""
    path = Path(__file__).with_name("identity_terms.json")
    words: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    adjectives, plurals = group_names()
    readings = dict.fromkeys(adjectives, ADJECTIVE) | dict.fromkeys(plurals, PLURAL)
    for kind, reading in (
        ("singular", SINGULAR),
        ("adjective", ADJECTIVE),
        ("plural", PLURAL),
        ("faith", FAITH),
    ):
        readings |= dict.fromkeys(words[kind], reading)
    readings |= words["gender"]
    return readings


@cache
def _groups() -> re.Pattern[str]:
    alternatives = "|".join(re.escape(word) for word in sorted(_readings(), key=len, reverse=True))
    return re.compile(rf"(?<![\w])(?:{alternatives})(?![\w])")
