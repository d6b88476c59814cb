"""Tells which language a text is in, roughly: by its letters, and by its commonest small words.
Knows nothing about what the text is for. None where it is too short or mixed to say."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from workbench.text import STOP_WORDS, words

WORD = re.compile(r"[^\W\d_]+")
SCRIPTS = {
    "CYRILLIC": "Russian or another language in Cyrillic letters", "CJK": "Chinese", "HIRAGANA": "Japanese",
    "KATAKANA": "Japanese", "HANGUL": "Korean", "ARABIC": "Arabic", "HEBREW": "Hebrew", "GREEK": "Greek",
    "DEVANAGARI": "Hindi", "THAI": "Thai",
}  # fmt: skip
# Words that are frequent in one of these languages and rare in the others.
SMALL_WORDS = {
    "English": "the and of to is that it for was with are this be by from have not which they an on as at or",
    "German": "der die das und ist nicht ein eine mit auf für von den dem zu sich auch wird bei im als sind",
    "French": "le la les et est une des du dans que pour pas qui sur avec ce il au sont par ne se plus",
    "Spanish": "el la los las y es una del que en por con para no se su al lo como más son está",
    "Italian": "il la che di e è un una per non con del della sono si le gli nel alla anche come più",
    "Portuguese": "o a os as e é um uma que do da em para não com se por no na ao são mais dos",
    "Dutch": "de het een en van is niet dat op te voor met zijn aan er ook bij door naar wordt om",
}
_SETS = {language: frozenset(listed.split()) for language, listed in SMALL_WORDS.items()}
FEWEST_HITS = 2
LONGEST = 4000
MOST_LETTERS = 500


def find_language(text: str) -> str | None:
    """The language's name in English, or None where it cannot be told."""
    found = [w.lower() for w in WORD.findall(text[:LONGEST])]
    letters = Counter(_script(letter) for letter in "".join(found)[:MOST_LETTERS])
    if not letters:
        return None
    script, count = letters.most_common(1)[0]
    if script in SCRIPTS and 2 * count >= letters.total():
        return "Japanese" if letters["HIRAGANA"] + letters["KATAKANA"] else SCRIPTS[script]
    hits = {language: len(own.intersection(found)) for language, own in _SETS.items()}
    best, second = sorted(hits, key=lambda language: -hits[language])[:2]
    clear = hits[best] >= FEWEST_HITS and hits[best] >= 1.5 * hits[second]
    return best if clear else None


def _script(letter: str) -> str:
    return unicodedata.name(letter, "UNKNOWN").split(" ")[0].split("-")[0]


_FEW = 8  # words; fewer say too little (a name, a number)
_LEAST_SHARE = 0.12  # English prose has about 0.45 of such words, German and French under 0.1


def looks_english(text: str) -> bool:
    """Whether word features made for English apply: by its letters and the share of its small words."""
    found = words(text[:5_000])
    letters = [c for c in text[:5_000] if c.isalpha()]
    if letters and sum(c.isascii() for c in letters) < 0.7 * len(letters):
        return False
    return len(found) < _FEW or sum(w in STOP_WORDS for w in found) >= _LEAST_SHARE * len(found)
