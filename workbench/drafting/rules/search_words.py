"""Rule: makes words that a person could type into a search box to find a passage.
Knows nothing about other rules.

They are no sentence, so nothing in them can be ungrammatical. What has to be right is that the passage is
about them, and that no other passage is."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from workbench.corpus.draft_types import SEARCH_WORDS
from workbench.corpus.sections import Place, Section
from workbench.drafting.heading_words import is_change, is_command
from workbench.drafting.noun_phrases import NounPhrases, Phrase, singular_words
from workbench.drafting.types import Candidate
from workbench.drafting.verbs import FORMS, HELPERS
from workbench.drafting.vocabulary import Vocabulary
from workbench.drafting.whole_passages import WholePassage, cut_passages
from workbench.pipeline.types import Chunk
from workbench.text import STOP_WORDS, content_tokens

MOST_TITLE_WORDS, MOST_WORDS = 6, 9
_SUBJECT, _HEADED = 1.5, 1.5  # how much more a phrase counts that begins a passage, or that its heading has
_MOST_TRIED = 8  # phrases of a passage
_IN_NAMES = frozenset("of for and or in on the a an with to from at by".split())
_WORD = re.compile(r"[\w’'-]+")
_NO_WORDS = re.compile(r"[.!?;|/{}<>_=`“”\\]|\d{3}")


@dataclass(frozen=True, slots=True)
class _Scored:
    """A phrase of a passage."""

    phrase: Phrase
    score: float
    is_about: bool
    """Whether the passage is about it: two of its sentences name it, or it begins with it."""


class SearchWords:
    """Makes search words for the passages of one corpus."""

    def __init__(
        self,
        sections: Mapping[str, Sequence[Section]],
        vocabulary: Vocabulary,
        chunks: Sequence[Chunk],
        siblings: Collection[str],
    ) -> None:
        """sections: name of a document → its sections.
        chunks: all text of the documents, in passages of usual size.
        siblings: the names of documents that are like others, whose title is always needed.
        """
        self._sections, self._vocabulary, self._chunks = sections, vocabulary, chunks
        self._siblings = frozenset(siblings)
        pieces = [p for own in sections.values() for s in own for p in (*s.sentences, *s.items)]
        self._phrases = NounPhrases((piece.text for piece in pieces), vocabulary)
        self._holders: defaultdict[str, set[int]] = defaultdict(set)  # stem → numbers of the chunks with it
        for number, chunk in enumerate(chunks):
            for token in content_tokens(chunk.text):
                self._holders[token].add(number)
        self._titles = [own[0].title for own in sections.values() if own]
        counts = Counter(token for title in self._titles for token in set(content_tokens(title)))
        self._usual = {t for t, count in counts.items() if count > 2 and 2 * count >= len(self._titles)}
        self._paragraphs: dict[str, list[tuple[Place, frozenset[str]]]] = {}

    def draft(self, section: Section) -> Iterator[Candidate]:
        """Draft one query for each passage of a section of which it is certain what it is about."""
        title = self._title(section.title)
        done: list[Place] = []
        for passage in cut_passages(section):
            place = passage.whole.place
            if any(_overlap(place, other) for other in done):
                continue
            if words := self._choose(section, title, passage):
                done.append(place)
                yield Candidate(
                    SEARCH_WORDS, words, passage.whole.text, place, section.evidence_of(place),
                    names_title=words.startswith(f"{title} "),
                )  # fmt: skip

    def _choose(self, section: Section, title: str, passage: WholePassage) -> str | None:
        """Words that tell a passage from all others: its heading, with a phrase where these recur, or two
        phrases, of one of which it is certain that the passage is about it; with the title of its document
        where another one has them, too, or there is no heading of two words. None where none tell it."""
        heading = self._heading(passage.heading)
        titled, headed = frozenset(content_tokens(section.title)), frozenset(content_tokens(heading))
        found = self._rank(section, passage, titled, headed)
        telling = [one for one in found if not one.phrase.stems <= headed][:_MOST_TRIED]
        if heading:
            choices: list[list[Phrase]] = [[], *([one.phrase] for one in telling)]
        else:
            pairs = combinations(telling, 2)
            choices = [
                [one.phrase, other.phrase]
                for one, other in pairs
                if (one.is_about or other.is_about) and not one.phrase.stems & other.phrase.stems
            ]
        for chosen in choices:
            texts = [heading, *(phrase.text for phrase in chosen)]
            stems = headed.union(*(phrase.stems for phrase in chosen))
            if not stems - titled or self._recurs(stems - titled, section, passage.whole.place):
                continue
            is_elsewhere = section.document.name in self._siblings or self._is_elsewhere(stems, section)
            if titled <= stems and is_elsewhere or is_elsewhere and not title:
                continue
            if (is_elsewhere or len(headed) < 2) and not titled <= stems:
                texts = [title, *texts]
            words = " ".join(filter(None, texts))
            if 2 <= len(words.split()) <= MOST_WORDS:
                return words
        return None

    def _rank(
        self, section: Section, passage: WholePassage, titled: frozenset[str], headed: frozenset[str]
    ) -> list[_Scored]:
        """The phrases of a passage that say more than its title, the most telling first. Those that it has in
        longer ones, too, and single words that it names once, are left out."""
        place = passage.whole.place
        pieces = sorted((*section.sentences, *section.items), key=lambda piece: piece.place.start)
        inside = [piece.text for piece in pieces if place.start <= piece.place.start < place.end]
        said = [singular_words(text) for text in inside]
        longer = {stems for text in inside for stems in self._phrases.runs(text)}
        best: dict[frozenset[str], _Scored] = {}
        for number, text in enumerate(inside):
            for phrase in self._phrases.find(text):
                fresh = phrase.stems - titled
                if not fresh or any(phrase.stems < stems for stems in longer):
                    continue
                count = sum(phrase.words <= words for words in said)
                is_subject, is_word = number == 0 and phrase.is_subject, len(phrase.words) == 1
                is_about = count > 1 or is_subject and not is_word
                if not is_about and (number > 0 or is_word):
                    continue
                score = sum(map(self._rarity, fresh)) / math.sqrt(len(fresh)) * (1 + math.log(count))
                score *= (_SUBJECT if is_subject else 1) * (_HEADED if fresh & headed else 1)
                if phrase.stems not in best or best[phrase.stems].score < score:
                    best[phrase.stems] = _Scored(phrase, score, is_about)
        return sorted(best.values(), key=lambda one: -one.score)

    def _rarity(self, token: str) -> float:
        return math.log(len(self._chunks) / (1 + len(self._holders.get(token, ()))))

    def _holding(self, stems: frozenset[str]) -> list[Chunk]:
        """The chunks that have all of some stems."""
        holders = set.intersection(*(self._holders.get(token, set()) for token in stems))
        return [self._chunks[number] for number in sorted(holders)]

    def _recurs(self, stems: frozenset[str], section: Section, place: Place) -> bool:
        """Whether another passage or paragraph of the document has all of some stems."""
        name = section.document.name
        if name not in self._paragraphs:
            text = section.document.text
            self._paragraphs[name] = [
                (paragraph, frozenset(content_tokens(text[paragraph.start : paragraph.end])))
                for one in self._sections[name]
                for paragraph in one.paragraphs
            ]
        chunks = (Place(c.start, c.end) for c in self._holding(stems) if c.document == name)
        paragraphs = (paragraph for paragraph, held in self._paragraphs[name] if stems <= held)
        return not all(_overlap(p, place) for p in (*chunks, *paragraphs))

    def _is_elsewhere(self, stems: frozenset[str], section: Section) -> bool:
        return any(chunk.document != section.document.name for chunk in self._holding(stems))

    def _heading(self, heading: str) -> str:
        """The words of a heading; "" for one that is a clause or names nothing: "If it breaks"."""
        parts = [word.lower() for word in _WORD.findall(heading)]
        has_verb = any(part in HELPERS or part in FORMS for part in parts[1:])
        if (
            has_verb
            or _NO_WORDS.search(heading)
            or is_change(heading)
            or is_command(heading, self._vocabulary)
        ):
            return ""
        if any(part in STOP_WORDS and part not in _IN_NAMES for part in parts):
            return ""
        return " ".join(_content_words(heading))

    def _title(self, title: str) -> str:
        """The words of a title without those with which most titles of the corpus begin, and without what
        follows a colon or the like where it is long and no other title begins so."""
        while len(_content_words(title)) > MOST_TITLE_WORDS:
            shorter = re.sub(r"[:,–(-] ?[^:,–(-]*$", "", title)
            if shorter == title or sum(other.startswith(shorter) for other in self._titles) > 1:
                return ""
            title = shorter
        parts = _content_words(title)
        while parts and set(content_tokens(parts[0])) <= self._usual:
            parts.pop(0)
        return " ".join(parts)


def _overlap(one: Place, other: Place) -> bool:
    return one.start < other.end and other.start < one.end


def _content_words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text) if word.lower() not in STOP_WORDS]
