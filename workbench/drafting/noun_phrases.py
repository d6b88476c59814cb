"""Finds noun phrases of a sentence that begin with an article or are names, where that is certain.
Knows nothing about questions."""

from __future__ import annotations

import re

from workbench.drafting.verbs import COMMANDS, FORMS, HELPERS, is_participle
from workbench.drafting.vocabulary import Vocabulary
from workbench.text import STOP_WORDS

MOST_WORDS = 4
_AS_VERBS = COMMANDS | frozenset("say mean fit blink flash corrode contain leak heat happen organise".split())
_LANGUAGES = frozenset("Dutch English French German Italian Spanish Norwegian Turkish Polish Chinese".split())
_TOKEN = re.compile(r"[A-Za-z0-9][\w’'-]*|[^\w\s]")
_ARTICLES = frozenset("the a an".split())
_ENDS = HELPERS | frozenset(
    """of in for with on at to from between by under over about against into through within without during
    after before per via across among and or but that which who when where if as than because so while has
    have had not""".split()
)
_VAGUE = frozenset(
    """way thing things lot kind type number part example case time day year one two three first second third
    last same other following many much few several various fact end beginning rest result reason latter
    former process use result results set list page section document answer question need order""".split()
)


def find_noun_phrases(text: str, vocabulary: Vocabulary) -> list[str]:
    """The noun phrases in order: names, and "the steam boiler" where a preposition or a mark ends it."""
    tokens = [(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(text)]
    phrases, place = [], 0
    while place < len(tokens):
        has_article = tokens[place][0].lower() in _ARTICLES
        begin = place + has_article
        end = begin
        while end < len(tokens) and _goes_on(tokens, begin, end):
            end += 1
        closed = end == len(tokens) or tokens[end][0].lower() in _ENDS or tokens[end][0] in ".,;"
        found = [token[0] for token in tokens[begin:end]]
        if closed and 1 <= len(found) <= MOST_WORDS and _is_phrase(found, has_article, place, vocabulary):
            phrase = text[tokens[place][1] : tokens[end - 1][2]]
            phrases.append(phrase[:1].lower() + phrase[1:] if has_article else phrase)
        place = max(end, place + 1)
    return phrases


def _goes_on(tokens: list[tuple[str, int, int]], begin: int, end: int) -> bool:
    word, start, _ = tokens[end]
    joined = end == begin or start - tokens[end - 1][2] == 1
    return joined and word[0].isalnum() and word.lower() not in _ENDS | _ARTICLES | STOP_WORDS


def _is_phrase(words: list[str], has_article: bool, place: int, vocabulary: Vocabulary) -> bool:
    lower = [word.lower() for word in words]
    if any(_may_be_verb(word, vocabulary) for word in lower[0 if len(words) == 1 else 1 :]):
        return False
    if any({word, word.removesuffix("s")} & _AS_VERBS for word in lower[1:]):
        return False
    if lower[-1].endswith("ly") or any(word.endswith("s") and word[:1].islower() for word in words[1:-1]):
        return False
    if all(word in _VAGUE or word.isdigit() for word in lower) or lower[-1] in _VAGUE or len(lower[-1]) < 3:
        return False
    if has_article:
        return True
    named = all(word[0].isupper() and vocabulary.is_name(word) for word in words)
    return named and place > 0 and (len(words) > 1 or len(words[0]) > 3 and words[0] not in _LANGUAGES)


def _may_be_verb(word: str, vocabulary: Vocabulary) -> bool:
    return word in FORMS or is_participle(word) or word.endswith("ing") or vocabulary.is_verb(word)
