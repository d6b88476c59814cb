"""Finds noun phrases by what stands around them, without a tagger: "the annual deductible applies to …".
Knows nothing about questions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from workbench.drafting.verbs import COMMANDS, FORMS, is_participle
from workbench.drafting.vocabulary import Vocabulary
from workbench.scoring.dates import MONTHS
from workbench.scoring.word_rarity import weight_of
from workbench.text import STOP_WORDS, content_tokens, stem

MOST_WORDS = 3
_DETERMINERS = frozenset("a an the your our my their its his her any each every all no this that".split())
_PREPOSITIONS = frozenset(
    """of for in on at by with from about into over under through during between against within without than
    like per via among after before until including""".split()
)
_FOLLOWING = _PREPOSITIONS | frozenset(
    """is are was were has have had can could may might must shall should will would do does did and or but
    that which who when where if because while so""".split()
)
_CONJUNCTIONS = frozenset("and or".split())
_OTHER_STOP_WORDS = frozenset(
    """within without among per via although since despite upon whether unless across along around behind
    beside beyond toward towards throughout though another either neither every many much several often
    usually always never also however therefore now then yet still even ever rather quite etc can cannot
    us using used based according including like made one ones two three four five six seven eight nine ten
    twelve hundred thousand million billion first second third""".split()
)  # fmt: skip
_BREAK = ""
"""What stands beside a run of words at punctuation, and at both ends of a sentence."""
_WORD = re.compile(r"[^\W_]+(?:[-‑'’][^\W_]+)*")
_POSSESSIVE = re.compile(r"['’]s?$")
_CODE = re.compile(r"[a-z][A-Z]|\d[a-z]|[A-Za-z]{26,}")
_NO_NOUN = re.compile(r"(?:ly|ed|able|ible|ous|ful|less|est)$")
_MAY_BE_NOUN = re.compile(r"(?:ing|ive|al|ic|ary|ant|ent)$")
_LEAST_NOUN = 3  # times that such a word stands as a noun does
# Nouns that tell nothing of what is spoken about.
_EMPTY = frozenset(
    """example way thing number time part kind case order lot person people type amount day week month year
    today tip note fact result addition place list item information detail step use help need question answer
    reason end beginning section page document text top bottom line name word term point issue problem change
    work other something anything everything someone anyone everyone level form matter idea effort process
    area role field view purpose situation group basis range variety majority minority instance option
    consideration exception factor aspect sense set side rest half piece bit hand turn course attempt
    advantage disadvantage importance ability opportunity understanding knowledge possibility
    addition means start period moment version others figure share total average rate choice approach
    condition effect success failure response support position measure member employee user customer company
    event claim guide chapter introduction overview summary""".split()
)
_EMPTY_STEMS = frozenset(map(stem, _EMPTY))
# Adjectives that say how much, when or how good, and not of what sort.
_LOOSE = frozenset(
    """new good best better great various different important certain additional other more most much
    following general available common specific able same full final main due likely possible necessary
    appropriate relevant similar overall whole long short high low large small big little old early late
    later earlier last next previous current recent former single individual typical nearby several many few
    additional own entire major minor key primary basic proper right wrong actual real true clear simple easy
    hard difficult strong weak equal efficient effective further extra particular regular special separate
    significant original modern famous popular successful useful free complete less higher lower larger
    smaller greater older younger longer shorter given twice highest lowest
    largest smallest direct wide valuable desired optimal respective official analogous anticipated complex
    numerous extensive prominent distinctive practical potential exact approximate latest earliest
    lies""".split()
)
_LEAST_RARITY = 4.0
"""The least rarity (`weight_of`) of a word that stands alone."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun with the words that belong to it."""

    text: str
    """As it stands inside a sentence."""
    stems: frozenset[str]
    words: frozenset[str]
    """Its words in lower case and in the singular: "invitations" is not "invited", whose stem is the same."""
    is_subject: bool
    """Whether its sentence begins with it."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Words with no stop word and no punctuation between them, and what stands beside them."""

    words: tuple[str, ...]
    before: str
    after: str
    is_first: bool
    """Whether the sentence begins with it; a determiner may stand before."""


class NounPhrases:
    """The noun phrases of a corpus."""

    def __init__(self, sentences: Iterable[str], vocabulary: Vocabulary) -> None:
        """Read all sentences, to learn which words stand where nouns do."""
        self._vocabulary = vocabulary
        self._as_noun: Counter[str] = Counter()
        self._at_end: Counter[str] = Counter()
        self._as_other: Counter[str] = Counter()
        self._said: Counter[tuple[str, ...]] = Counter()
        for sentence in sentences:
            for run in _runs(sentence):
                lower = tuple(word.lower() for word in run.words)
                last = _singular(lower[-1])
                self._said[lower] += 1
                is_word = len(run.words) == 1
                ends = run.after == _BREAK or run.after in _FOLLOWING
                self._at_end[last] += ends and run.before in _DETERMINERS
                stands_alone = is_word and ends and run.before in _DETERMINERS | _PREPOSITIONS
                if stands_alone or run.after == "of" and run.before in _DETERMINERS:
                    self._as_noun[last] += 1
                elif is_word and run.before in _FOLLOWING - _PREPOSITIONS - _CONJUNCTIONS:
                    self._as_other[last] += 1

    def find(self, sentence: str) -> list[Phrase]:
        """The noun phrases of a sentence, in order; those that cannot be told for certain are left out."""
        return [
            Phrase(self._inside(run), _stems(run), singular_words(" ".join(run.words)), run.is_first)
            for run in _runs(sentence)
            if self._is_noun_phrase(run)
        ]

    def runs(self, sentence: str) -> list[frozenset[str]]:
        """The stems of each row of words without stop words and punctuation, whatever words they are."""
        return [_stems(run) for run in _runs(sentence)]

    def _inside(self, run: _Run) -> str:
        first, *others = run.words
        keeps = not run.is_first or others and others[0][0].isupper() or self._vocabulary.is_name(first)
        return " ".join([first if keeps else first[:1].lower() + first[1:], *others])

    def _is_noun_phrase(self, run: _Run) -> bool:
        begins = run.before == _BREAK or run.before in _DETERMINERS | _PREPOSITIONS | _CONJUNCTIONS
        if not begins or run.after != _BREAK and run.after not in _FOLLOWING or len(run.words) > MOST_WORDS:
            return False
        if any(len(word) < 2 or word.isdigit() or _CODE.search(word) for word in run.words):
            return False
        if all(self._is_name(word, run) for word in run.words):
            first = run.words[0].lower()
            return not (
                first in COMMANDS or first.endswith("ly") or any(word.lower() in MONTHS for word in run.words)
            )
        lower = [word.lower() for word in run.words]
        is_usual = self._said[tuple(lower)] > 1
        if not is_usual and (
            len(lower) == MOST_WORDS or len(lower) > 1 and self._vocabulary.is_verb(lower[-1])
        ):
            return False
        return self._ends_with_noun(lower) and self._begins_well(lower, run)

    def _is_name(self, word: str, run: _Run) -> bool:
        """Whether a word is a name; where a sentence or label begins, only if it is one inside of others."""
        begins = len(run.words) == 1 and (run.is_first or run.before == _BREAK)
        is_written_so = self._vocabulary.capital[word.lower()] > self._vocabulary.lower[word.lower()]
        return word[0].isupper() and (is_written_so or not begins and self._vocabulary.is_name(word))

    def _ends_with_noun(self, lower: list[str]) -> bool:
        last = lower[-1]
        key = _singular(last)
        if stem(last) in _EMPTY_STEMS or last in MONTHS or last in _LOOSE or len(last) < 3 or last in FORMS:
            return False
        if _NO_NOUN.search(last) and last not in ("speed", "seed", "need") or is_participle(last):
            return False
        least = 1 + self._as_other[key]
        if _MAY_BE_NOUN.search(last) or len(lower) == 1 and self._vocabulary.is_verb(last):
            least = max(least, _LEAST_NOUN)
        if len(lower) > 1 and self._at_end[key] > least:
            return True
        return self._as_noun[key] >= least and (len(lower) > 1 or weight_of(stem(last)) >= _LEAST_RARITY)

    def _begins_well(self, lower: list[str], run: _Run) -> bool:
        first = lower[0]
        if any(word in _LOOSE or word.endswith("ly") or word in MONTHS for word in lower):
            return False
        if len(lower) == 1:
            return True
        is_told = run.before in _DETERMINERS
        if any(word in FORMS or is_participle(word) and not is_told for word in lower[:-1]):
            return False
        if stem(first) in _EMPTY_STEMS or first.endswith("ing") and self._as_noun[first] < _LEAST_NOUN:
            return False
        return is_told or not (first in COMMANDS or self._vocabulary.is_verb(first))


def singular_words(text: str) -> frozenset[str]:
    """The words of a text in lower case, plurals as their singulars."""
    return frozenset(_singular(_POSSESSIVE.sub("", word).lower()) for word in _WORD.findall(text))


def _stems(run: _Run) -> frozenset[str]:
    return frozenset(content_tokens(" ".join(run.words)))


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word if word.endswith(("ss", "us", "is")) else word.removesuffix("s")


def _runs(sentence: str) -> Iterator[_Run]:
    words: list[str] = []
    before, end, is_first, begins = _BREAK, 0, True, True
    for match in _WORD.finditer(sentence):
        if sentence[end : match.start()].strip():
            if words:
                yield _Run(tuple(words), before, _BREAK, is_first)
            words, before = [], _BREAK
            begins = begins and end == 0
        written, lower = match.group(), match.group().lower()
        bare = _POSSESSIVE.sub("", written)
        end = match.end()
        if lower in STOP_WORDS or lower in _OTHER_STOP_WORDS or bare != written:
            if words:
                yield _Run(tuple(words), before, lower, is_first)
            words, before = [], "the" if bare != written else lower
            begins = begins and lower in _DETERMINERS
            continue
        if not words:
            is_first, begins = begins, False
        words.append(bare)
    if words:
        yield _Run(tuple(words), before, _BREAK, is_first)
