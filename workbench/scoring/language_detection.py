"""Detects the language of a text roughly, by its letters and its most frequent function words.
Knows nothing about what the text is for."""

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
    """Return the language's name in English, or None when the text is too short or too mixed to tell.

    Reads the first 4,000 characters.
    """
    lowered = [w.lower() for w in WORD.findall(text[:LONGEST])]
    letters = Counter(_script(letter) for letter in "".join(lowered)[:MOST_LETTERS])
    if not letters:
        return None
    script, count = letters.most_common(1)[0]
    if script in SCRIPTS and 2 * count >= letters.total():
        return "Japanese" if letters["HIRAGANA"] + letters["KATAKANA"] else SCRIPTS[script]
    hits = {language: len(function_words.intersection(lowered)) for language, function_words in _SETS.items()}
    best, second = sorted(hits, key=lambda language: -hits[language])[:2]
    clear = hits[best] >= FEWEST_HITS and hits[best] >= 1.5 * hits[second]
    return best if clear else None


def _script(letter: str) -> str:
    """The script of a letter, as the first word of its Unicode name."""
    return unicodedata.name(letter, "UNKNOWN").split(" ")[0].split("-")[0]


_FEW = 8  # words; fewer tell too little (a name, a number)
_LEAST_SHARE = 0.12  # English prose has about 0.45 of such words, German and French under 0.1


def in_another_script(text: str) -> bool:
    """Whether most letters of a text are none of the English alphabet; a text without letters is in none."""
    letters = [c for c in text if c.isalpha()]
    return sum(c.isascii() for c in letters) < 0.7 * len(letters)


def looks_english(text: str) -> bool:
    """Whether word features made for English apply, by the text's letters and its share of stop words.

    Reads the first 5,000 characters. A text in Latin letters of fewer than 8 words counts as English.
    """
    tokens = words(text[:5_000])
    if in_another_script(text[:5_000]):
        return False
    return len(tokens) < _FEW or sum(w in STOP_WORDS for w in tokens) >= _LEAST_SHARE * len(tokens)
