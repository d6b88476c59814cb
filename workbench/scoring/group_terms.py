"""Group terms in a text (age, nationality, religion, gender) and their exchange for others of the same kind.
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
# The two sides of gender and of age, and the age in years that parts the latter.
FIRST, SECOND = "first", "second"
MIDDLE_AGE = 45

# After these, and with no noun behind it, an adjective stands for a person: "a Syrian and a Greek".
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
# Written with a vowel and spoken with a consonant.
_SPOKEN_WITH_Y = re.compile(r"(?:ukrain|ugand|urugu|euro|uni|use)", re.IGNORECASE)


@dataclass(frozen=True)
class Change:
    """One exchanged term: what stood at [start, end) of the old text, and what stands there now."""

    start: int
    end: int
    old: str
    new: str


@dataclass(frozen=True)
class Exchange:
    """Terms of one axis and what each becomes, to be used on every text of one question alike.

    terms: lower-case term → its counterpart.  Used twice it gives the first text again, but for synonyms
    ("mom" comes back as "mum") and for he/him/his, which English does not tell apart in "her".
    A nationality is exchanged wherever it stands, and its country with it ("Canadian orders", "in Canada").
    """

    axis: str
    terms: Mapping[str, str]

    def apply(self, text: str) -> str:
        return self._replaced(text)[0]

    def changes(self, text: str) -> list[Change]:
        return self._replaced(text)[1]

    def groups_in(self, text: str) -> frozenset[str]:
        """The groups that a text names: nationalities or religions, or the sides of gender and age."""
        return frozenset(found.group for found in _find(self.axis, text, self.terms))

    def _replaced(self, text: str) -> tuple[str, list[Change]]:
        done: list[str] = []
        changes: list[Change] = []
        position = 0
        for found in _find(self.axis, text, self.terms):
            new = self.terms[found.term]
            if found.term == "her":
                new = "him" if _is_object(text, found.end) else "his"
            elif found.term == "his":
                new = "her" if _WORD.match(text[found.end :].lstrip(" ")) else "hers"
            if not found.country:
                new = _in_case_of(text[found.start : found.end], new)
            done.append(_with_article(text[position : found.start], new))
            done.append(new)
            changes.append(Change(found.start, found.end, text[found.start : found.end], new))
            position = found.end
        return "".join([*done, text[position:]]), changes


@dataclass(frozen=True)
class _Found:
    start: int
    end: int
    term: str
    group: str
    country: bool = False


@dataclass(frozen=True)
class _Terms:
    """One axis's words.  of_people: terms that count only where they are said of people.

    groups: term → its group or side.  forms: group → its words, where an axis has more than two sides.
    partner: group → the one it is exchanged with.  countries: their names, with and without "the".
    """

    pattern: re.Pattern[str]
    counterparts: Mapping[str, str]
    of_people: frozenset[str]
    capitalised: frozenset[str]
    groups: Mapping[str, str]
    forms: Mapping[str, Mapping[str, str]]
    partner: Mapping[str, str]
    countries: frozenset[str] = frozenset()


@cache
def _words() -> dict[str, Any]:
    path = Path(__file__).with_name("group_terms.json")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@cache
def _people() -> frozenset[str]:
    return frozenset(_words()["people"])


@cache
def _terms(axis: str) -> _Terms:
    given = _words()[axis]
    if "groups" in given:
        return _grouped_terms(given["groups"])
    both = [*given.get("pairs", ()), *given.get("of_people", ()), *given.get("titles", ())]
    one_way = [given.get(k, ()) for k in ("one_way", "of_people_one_way", "titles_one_way")]
    counterparts = {a.lower(): b.lower() for a, b in both} | {b.lower(): a.lower() for a, b in both}
    counterparts |= {a.lower(): b.lower() for pairs in one_way for a, b in pairs}
    if axis == "gender":
        counterparts |= {"her": "his", "his": "her", "him": "her", "hers": "his"}
    conditional = [t for k in ("of_people", "of_people_one_way") for p in given.get(k, ()) for t in p]
    titles = [t.lower() for k in ("titles", "titles_one_way") for p in given.get(k, ()) for t in p]
    # "elderly" is said of nothing but people; the other side of a one-way pair may be.
    of_people = frozenset(conditional) - {"elderly"}
    ages = f"|{_AGE}" if axis == "age" else ""
    sides = _sides(both, [pair for pairs in one_way for pair in pairs])
    if axis == "gender":
        sides |= {"him": FIRST, "his": FIRST, "her": SECOND, "hers": SECOND}
    pattern = _pattern(counterparts, ages)
    return _Terms(pattern, counterparts, of_people, frozenset(titles), sides, {}, {})


def _sides(pairs: list[list[str]], one_way: list[list[str]]) -> dict[str, str]:
    """Which of an axis's two sides each term is of; pairs have the same side first (men, the old)."""
    found = {a.lower(): FIRST for a, _ in pairs} | {b.lower(): SECOND for _, b in pairs}
    for a, b in one_way:
        found[a.lower()] = FIRST if found.get(b.lower(), SECOND) == SECOND else SECOND
    return found


def _grouped_terms(pairs: list[list[dict[str, Any]]]) -> _Terms:
    groups: dict[str, str] = {}
    forms: dict[str, dict[str, str]] = {}
    partner: dict[str, str] = {}
    countries: set[str] = set()
    for one, other in pairs:
        for group, with_ in ((one, other), (other, one)):
            name = group["adjective"]
            partner[name] = with_["adjective"]
            named = [*group.get("countries", ())]
            named += [country.removeprefix("the ") for country in named]
            countries.update(named)
            words = {form: word for form, word in group.items() if form != "countries"}
            forms[name] = words | {f"country {i}": country for i, country in enumerate(named)}
            groups |= {word.lower(): name for word in forms[name].values()}
    people = frozenset(f["adjective"].lower() for f in forms.values())
    capitalised = frozenset(term for term in groups if not term.startswith("athe"))
    return _Terms(
        _pattern(groups, ""), {}, people, capitalised, groups, forms, partner, frozenset(countries)
    )  # fmt: skip


def _pattern(terms: Mapping[str, str], more: str) -> re.Pattern[str]:
    listed = "|".join(re.escape(t) for t in sorted(terms, key=len, reverse=True))
    return re.compile(rf"(?<![\w-])(?:{listed})(?![\w]|-(?!year)){more}", re.IGNORECASE)


def _find(axis: str, text: str, among: Mapping[str, str] | None = None) -> Iterator[_Found]:
    """The terms of an axis that stand for people, in order. Of those an exchange is `among`, nationalities
    wherever they stand, and their countries."""
    terms = _terms(axis)
    for match in terms.pattern.finditer(text):
        found, term = match.group(), match.group().lower()
        start, end = match.span()
        if among is not None and term not in among:
            continue
        anywhere = among is not None and axis == "nationality"
        country = found.removeprefix("The ").removeprefix("the ") in terms.countries
        if (term.removeprefix("the ") in _lowered(terms.countries)) and not (country and anywhere):
            continue
        if term in terms.capitalised and not country and not found[0].isupper():
            continue
        if found == "Man" and text[:start].endswith("Isle of "):
            continue
        if found.isdigit():
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
        yield _Found(start, end, term, side, country)


@cache
def _lowered(names: frozenset[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)


def _following(text: str, end: int, count: int) -> list[str]:
    """The next words up to a mark that ends the phrase."""
    found: list[str] = []
    position = end
    while len(found) < count:
        match = re.compile(r"[ \n]+").match(text, position)
        word = _WORD.match(text, match.end()) if match else None
        if word is None:
            break
        found.append(word.group())
        position = word.end()
    return found


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
    rest = re.match(r"[- ]year[- ]old(s?)", text[end:])
    if rest is None or rest.group(1):  # "aged 70", "70-year-olds"
        return True
    after = _following(text, end + rest.end(), 3)
    lowered = [w.lower() for w in after]
    return not after or lowered[0] in _AFTER | {"applied"} or any(w in _people() for w in lowered)


def _is_object(text: str, end: int) -> bool:
    """Whether "her" is an object (him) rather than possessive (his), by what follows."""
    following = _following(text, end, 1)
    return not following or following[0].lower() in _ENDS_OBJECT


def _in_case_of(old: str, new: str) -> str:
    if old.isupper() and len(old) > 1:
        return new.upper()
    return new[0].upper() + new[1:] if old[0].isupper() else new


def _with_article(before: str, new: str) -> str:
    """`before` with its last a or an made to fit the word that follows it."""
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
    """One exchange for each axis that a text has terms of, in the order of AXES.

    Gender and age have two sides. Of nationalities, religions and ages in years, the first two that the text
    names change places; a single one is exchanged for a fixed other.
    """
    return [found for axis in AXES if (found := _exchange_on(axis, text)) is not None]


def _exchange_on(axis: str, text: str) -> Exchange | None:
    found = list(_find(axis, text))
    if not found:
        return None
    terms = _terms(axis)
    if terms.forms:
        named = list(dict.fromkeys(f.group for f in found))
        other = named[1] if len(named) > 1 else terms.partner[named[0]]
        return Exchange(axis, _between(terms.forms, named[0], other))
    years = list(dict.fromkeys(f.term for f in found if f.term.isdigit()))
    return Exchange(axis, {**terms.counterparts, **_between_years(years)})


def _between(forms: Mapping[str, Mapping[str, str]], one: str, other: str) -> dict[str, str]:
    found = {}
    for a, b in ((one, other), (other, one)):
        for form, word in forms[a].items():
            found[word.lower()] = _form_of(forms[b], form)
    return found


def _form_of(group: Mapping[str, str], form: str) -> str:
    """A group's word in this form; where it has none: the Germans, the British; a Jew, a Hindu."""
    if form == "plural" and "plural" not in group:
        return f"{group['adjective']} people"
    if form.startswith("country"):
        return group["country 0"]
    return group.get(form) or group["adjective"]


def _between_years(years: list[str]) -> dict[str, str]:
    """The first two ages change places; a single one moves to the other end of a working life."""
    if not years:
        return {}
    other = years[1] if len(years) > 1 else str(25 if int(years[0]) >= MIDDLE_AGE else 70)
    return {years[0]: other, other: years[0]}


def exchange_on(axis: str, text: str) -> Exchange:
    """The exchange of one axis that a text asks for. Raises ValueError where it has no term of it."""
    found = _exchange_on(axis, text)
    if found is None:
        raise ValueError(f"There is no {axis} term in {text[:80]!r}.")
    return found
