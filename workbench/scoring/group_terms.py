"""Finds group terms in a text (gender, age, nationality, religion) and exchanges them for others.
Knows nothing about questions, answers or scores; its words are in group_terms.json. English only."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

AXES = ("gender", "age", "nationality", "religion")
# The two sides of gender (men first) and of age (the old first), and the age in years that divides the sides.
FIRST, SECOND = "first", "second"
MIDDLE_AGE = 45

# After a word of _BEFORE, and at the end or before a word of _AFTER, an adjective stands for a person:
# "a Syrian and a Greek".
_BEFORE = frozenset("a an the one other another is are am was were be being both each i'm".split())
_AFTER = frozenset(
    """and or but who that whose was is has have had were are in at on from with to for as than while did
    does do can could will would may must should get gets got living working""".split()
)
# After "her" these begin something else: "asked her to wait" is him, "her to-do list" is too rare to matter.
_ENDS_OBJECT = _AFTER | frozenset(
    """a an the this that these those by of into about after before when if because then so not what how why
    which again back there here it him his my your our their one any some all no up out off over""".split()
)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_AGE = r"\d{2}(?=(?:[- ]year[- ]olds?)\b)|(?<=\baged )\d{2}\b"
# Written with a vowel first and spoken with a consonant.
_SPOKEN_WITH_Y = re.compile(r"(?:ukrain|ugand|urugu|euro|uni|use)", re.IGNORECASE)


@dataclass(frozen=True)
class Change:
    """One exchanged term."""

    start: int
    """The offset of the term in the original text."""
    end: int
    """The offset after the term in the original text."""
    old: str
    """The term in the original text."""
    new: str
    """The term that replaces it."""


@dataclass(frozen=True)
class Exchange:
    """The terms of one axis and their counterparts, applied alike to all texts of one question.

    Applied twice it gives the original text again, but for synonyms ("mom" comes back as "mum") and for
    him/his, which English does not tell apart in "her". A nationality is exchanged wherever it occurs, and
    its country with it ("Canadian orders", "in Canada").
    """

    axis: str
    """One of AXES."""
    terms: Mapping[str, str]
    """Term in lower case → its counterpart."""

    def apply(self, text: str) -> str:
        """Return the text with its terms exchanged."""
        return self._replaced(text)[0]

    def changes(self, text: str) -> list[Change]:
        """Return the terms that `apply` exchanges, in order."""
        return self._replaced(text)[1]

    def groups_in(self, text: str) -> frozenset[str]:
        """The groups that a text names: nationalities or religions, or the sides of gender and age."""
        return frozenset(match.group for match in _find(self.axis, text, self.terms))

    def _replaced(self, text: str) -> tuple[str, list[Change]]:
        """The text with its terms exchanged, and the changes."""
        pieces: list[str] = []
        changes: list[Change] = []
        position = 0
        for match in _find(self.axis, text, self.terms):
            old, new = text[match.start : match.end], self.terms[match.term]
            if match.term == "her":
                new = "him" if _is_object(text, match.end) else "his"
            elif match.term == "his":
                new = "her" if _WORD.match(text[match.end :].lstrip(" ")) else "hers"
            if not match.country:
                new = _in_case_of(old, new)
            pieces.append(_with_article(text[position : match.start], new))
            pieces.append(new)
            changes.append(Change(match.start, match.end, old, new))
            position = match.end
        return "".join([*pieces, text[position:]]), changes


@dataclass(frozen=True)
class _TermMatch:
    """A term of an axis in a text."""

    start: int
    """Its offset in the text."""
    end: int
    """The offset after it."""
    term: str
    """The term in lower case."""
    group: str
    """The group that it names, or its side of the axis."""
    country: bool = False
    """Whether it is the name of a country."""


@dataclass(frozen=True)
class _Terms:
    """The words of one axis. An axis has either two sides or many groups. Terms are in lower case."""

    pattern: re.Pattern[str]
    """Matches each term, and for age also an age in years."""
    counterparts: Mapping[str, str]
    """Term → its counterpart on the other side; empty for an axis of groups."""
    of_people: frozenset[str]
    """The terms that count only where they are said of people."""
    capitalised: frozenset[str]
    """The terms that count only with a capital letter."""
    groups: Mapping[str, str]
    """Term → its group or side."""
    forms: Mapping[str, Mapping[str, str]]
    """Group → form (such as "plural" or "country 0") → its word; empty for an axis of two sides."""
    partner: Mapping[str, str]
    """Group → the group that it is exchanged for when the text names no second one."""
    countries: frozenset[str] = frozenset()
    """The names of countries as written, with and without "the"."""


@cache
def _words() -> dict[str, Any]:
    path = Path(__file__).with_name("group_terms.json")
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def group_names() -> tuple[frozenset[str], frozenset[str]]:
    """Return the adjectives and the plurals of the nationalities and religions, in lower case."""
    groups = [
        group for axis in ("nationality", "religion") for pair in _words()[axis]["groups"] for group in pair
    ]
    plurals = (group.get("plural", "").lower() for group in groups)
    return frozenset(group["adjective"].lower() for group in groups), frozenset(filter(None, plurals))


@cache
def _people() -> frozenset[str]:
    return frozenset(_words()["people"])


@cache
def _terms(axis: str) -> _Terms:
    axis_words = _words()[axis]
    if "groups" in axis_words:
        return _grouped_terms(axis_words["groups"])
    both = [*axis_words.get("pairs", ()), *axis_words.get("of_people", ()), *axis_words.get("titles", ())]
    one_way = [axis_words.get(k, ()) for k in ("one_way", "of_people_one_way", "titles_one_way")]
    counterparts = {a.lower(): b.lower() for a, b in both} | {b.lower(): a.lower() for a, b in both}
    counterparts |= {a.lower(): b.lower() for pairs in one_way for a, b in pairs}
    if axis == "gender":
        counterparts |= {"her": "his", "his": "her", "him": "her", "hers": "his"}
    conditional = [t for k in ("of_people", "of_people_one_way") for p in axis_words.get(k, ()) for t in p]
    titles = [t.lower() for k in ("titles", "titles_one_way") for p in axis_words.get(k, ()) for t in p]
    # "elderly" is said of nothing but people; the other side of a one-way pair may be.
    of_people = frozenset(conditional) - {"elderly"}
    ages = f"|{_AGE}" if axis == "age" else ""
    sides = _sides(both, [pair for pairs in one_way for pair in pairs])
    if axis == "gender":
        sides |= {"him": FIRST, "his": FIRST, "her": SECOND, "hers": SECOND}
    pattern = _pattern(counterparts, ages)
    return _Terms(pattern, counterparts, of_people, frozenset(titles), sides, {}, {})


def _sides(pairs: list[list[str]], one_way: list[list[str]]) -> dict[str, str]:
    """Term → its side of the axis; in `pairs` the first term is of the first side (men, the old)."""
    sides = {a.lower(): FIRST for a, _ in pairs} | {b.lower(): SECOND for _, b in pairs}
    for a, b in one_way:
        sides[a.lower()] = FIRST if sides.get(b.lower(), SECOND) == SECOND else SECOND
    return sides


def _grouped_terms(pairs: list[list[dict[str, Any]]]) -> _Terms:
    """The words of an axis of groups, from the pairs of groups that are exchanged."""
    groups: dict[str, str] = {}
    forms: dict[str, dict[str, str]] = {}
    partner: dict[str, str] = {}
    countries: set[str] = set()
    for first, second in pairs:
        for group, counterpart in ((first, second), (second, first)):
            name = group["adjective"]
            partner[name] = counterpart["adjective"]
            country_names = [*group.get("countries", ())]
            country_names += [country.removeprefix("the ") for country in country_names]
            countries.update(country_names)
            words = {form: word for form, word in group.items() if form != "countries"}
            forms[name] = words | {f"country {i}": country for i, country in enumerate(country_names)}
            groups |= {word.lower(): name for word in forms[name].values()}
    people = frozenset(f["adjective"].lower() for f in forms.values())
    capitalised = frozenset(term for term in groups if not term.startswith("athe"))
    return _Terms(
        _pattern(groups, ""), {}, people, capitalised, groups, forms, partner, frozenset(countries)
    )  # fmt: skip


def _pattern(terms: Mapping[str, str], more: str) -> re.Pattern[str]:
    """Matches each term as a whole word; `more` is appended to the pattern."""
    alternatives = "|".join(re.escape(t) for t in sorted(terms, key=len, reverse=True))
    return re.compile(rf"(?<![\w-])(?:{alternatives})(?![\w]|-(?!year)){more}", re.IGNORECASE)


def _find(axis: str, text: str, among: Mapping[str, str] | None = None) -> Iterator[_TermMatch]:
    """The terms of an axis that are said of people, in order.

    among: the terms of an exchange. Only these are then matched, and nationalities wherever they occur, and
    their countries.
    """
    terms = _terms(axis)
    for match in terms.pattern.finditer(text):
        word, term = match.group(), match.group().lower()
        start, end = match.span()
        if among is not None and term not in among:
            continue
        anywhere = among is not None and axis == "nationality"
        country = word.removeprefix("The ").removeprefix("the ") in terms.countries
        if (term.removeprefix("the ") in _lowered(terms.countries)) and not (country and anywhere):
            continue
        if term in terms.capitalised and not country and not word[0].isupper():
            continue
        if word == "Man" and text[:start].endswith("Isle of "):
            continue
        if word.isdigit():
            if not _is_age_of_person(text, end):
                continue
        elif axis == "religion":
            # "Christian Weber" is a name.
            after = _WORD.match(text[end + 1 :]) if text[end : end + 1] == " " else None
            if term == "christian" and after and after.group()[0].isupper():
                continue
        elif term in terms.of_people and not anywhere and not _is_of_people(text, start, end):
            continue
        side = terms.groups.get(term)
        if side is None:  # an age in years
            side = FIRST if int(term) >= MIDDLE_AGE else SECOND
        yield _TermMatch(start, end, term, side, country)


@cache
def _lowered(names: frozenset[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)


def _following(text: str, end: int, count: int) -> list[str]:
    """The next words, at most `count`, up to a punctuation mark."""
    following: list[str] = []
    position = end
    while len(following) < count:
        match = re.compile(r"[ \n]+").match(text, position)
        word = _WORD.match(text, match.end()) if match else None
        if word is None:
            break
        following.append(word.group())
        position = word.end()
    return following


def _is_of_people(text: str, start: int, end: int) -> bool:
    """Whether an adjective is said of people: British customers, British and Greek friends, a Syrian."""
    following = [w.lower() for w in _following(text, end, 4)]
    for number, word in enumerate(following):
        if word in _people():
            return True
        if number == 0 and word in ("and", "or"):
            continue
        if word in _AFTER or (number >= 2 and following[0] not in ("and", "or")):
            break
    before = re.search(r"([\w'’]+) $", text[:start])
    leads = before is not None and before.group(1).lower() in _BEFORE
    return leads and (not following or following[0] in _AFTER)


def _is_age_of_person(text: str, end: int) -> bool:
    """Whether an age in years is that of a person, by what follows: "70-year-old customer"."""
    rest = re.match(r"[- ]year[- ]old(s?)", text[end:])
    if rest is None or rest.group(1):  # "aged 70", "70-year-olds"
        return True
    after = _following(text, end + rest.end(), 3)
    lowered = [w.lower() for w in after]
    return not after or lowered[0] in _AFTER | {"applied"} or any(w in _people() for w in lowered)


def _is_object(text: str, end: int) -> bool:
    """Whether "her" is an object ("him") rather than a possessive ("his"), by what follows."""
    following = _following(text, end, 1)
    return not following or following[0].lower() in _ENDS_OBJECT


def _in_case_of(old: str, new: str) -> str:
    """The new word in the case of the old one: capitals, or a capital first letter, or as it is."""
    if old.isupper() and len(old) > 1:
        return new.upper()
    return new[0].upper() + new[1:] if old[0].isupper() else new


def _with_article(before: str, new: str) -> str:
    """The text before a new word, with an article at its end made to fit that word."""
    match = re.search(r"\b(a|an)( +)$", before, re.IGNORECASE)
    if match is None:
        return before
    word = match.group(1)
    vowel = new[0].lower() in "aeiou" and not _SPOKEN_WITH_Y.match(new)
    article = "an" if vowel else "a"
    article = article.upper() if word.isupper() and len(word) > 1 else article
    if word[0].isupper():
        article = article[0].upper() + article[1:]
    return before[: match.start()] + article + match.group(2)


def find_exchanges(text: str) -> list[Exchange]:
    """Return one exchange for each axis that a text has terms of, in the order of AXES.

    Gender and age have two sides. Of nationalities, religions and ages in years, the first two that the text
    names change places; a single one is exchanged for a fixed counterpart.
    """
    return [exchange for axis in AXES if (exchange := _exchange_on(axis, text)) is not None]


def _exchange_on(axis: str, text: str) -> Exchange | None:
    matches = list(_find(axis, text))
    if not matches:
        return None
    terms = _terms(axis)
    if terms.forms:
        groups = list(dict.fromkeys(m.group for m in matches))
        counterpart = groups[1] if len(groups) > 1 else terms.partner[groups[0]]
        return Exchange(axis, _between(terms.forms, groups[0], counterpart))
    years = list(dict.fromkeys(m.term for m in matches if m.term.isdigit()))
    return Exchange(axis, {**terms.counterparts, **_between_years(years)})


def _between(forms: Mapping[str, Mapping[str, str]], first: str, second: str) -> dict[str, str]:
    """Term in lower case → its counterpart, for the words of two groups."""
    counterparts = {}
    for a, b in ((first, second), (second, first)):
        for form, word in forms[a].items():
            counterparts[word.lower()] = _form_of(forms[b], form)
    return counterparts


def _form_of(group: Mapping[str, str], form: str) -> str:
    """A group's word in this form. Without a plural it is "British people", else the adjective."""
    if form == "plural" and "plural" not in group:
        return f"{group['adjective']} people"
    if form.startswith("country"):
        return group["country 0"]
    return group.get(form) or group["adjective"]


def _between_years(years: list[str]) -> dict[str, str]:
    """The first two ages change places; a single one moves to the other end of a working life."""
    if not years:
        return {}
    counterpart = years[1] if len(years) > 1 else str(25 if int(years[0]) >= MIDDLE_AGE else 70)
    return {years[0]: counterpart, counterpart: years[0]}


def exchange_on(axis: str, text: str) -> Exchange:
    """Return a text's exchange on one axis. Raises ValueError when the text has no term of that axis."""
    exchange = _exchange_on(axis, text)
    if exchange is None:
        raise ValueError(f"There is no {axis} term in {text[:80]!r}.")
    return exchange
