"""Says a sentence in slightly other words that mean the same, so that a copy is not what tells.
Knows nothing about evidence and labels."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

_SAME = """began/started started/began large/big largest/biggest big/large purchased/bought bought/purchased
    approximately/about about/approximately however/but many/numerous numerous/many children/kids
    obtained/got received/got created/made founded/established established/founded located/situated
    situated/located used/employed near/close_to also/additionally commonly/often often/frequently
    frequently/often usually/normally normally/usually various/different constructed/built built/constructed
    ended/finished finished/ended died/passed_away assisted/helped helped/assisted requires/needs
    needs/requires
    required/needed needed/required allows/permits permits/allows allowed/permitted
    permitted/allowed entire/whole whole/entire primary/main main/primary principal/main
    important/significant
    significant/important rapidly/quickly quickly/rapidly difficult/hard difficult/tough film/movie movie/film
    automobile/car cars/automobiles physician/doctor doctors/physicians individuals/people roughly/about
    show/demonstrate shows/demonstrates showed/demonstrated
    demonstrated/showed attempted/tried tried/attempted
    so_that/in_order_that in_order_to/to because/since due_to/because_of because_of/due_to prior_to/before
    before/prior_to after/following during/in_the_course_of while/whereas several/a_number_of
    within/inside annually/every_year yearly/every_year each_year/every_year such_as/like including/such_as
    known_as/called called/known_as named/called initially/at_first originally/at_first later/afterwards
    finally/in_the_end roughly/around around/about United_States/US United_Kingdom/UK percent/per_cent
    currently/now now/currently purchase/buy buy/purchase assist/help obtain/get select/choose choose/select
    choose/pick return/send_back staff/employees employees/staff customers/clients refund/reimbursement
    job/position wages/pay salary/pay error/fault faults/errors begin/start start/begin ends/finishes
    remain/stay stay/remain wish/want additional/extra extra/additional sufficient/enough enough/sufficient
    reduce/cut decreased/fell increased/rose rose/increased fell/decreased"""
SYNONYMS = {a.replace("_", " "): b.replace("_", " ") for a, b in (p.split("/") for p in _SAME.split())}
_SYNONYM = re.compile(r"\b(?:" + "|".join(sorted(map(re.escape, SYNONYMS), key=len, reverse=True)) + r")\b")
_LEADS = (
    "According to the text, ", "The passage says that ", "The document states that ", "In short, ",
    "In fact, ", "As stated, ", "It is said that ", "Note that ", "We know that ", "It is stated that ",
)  # fmt: skip
_DIGITS = {
    w: str(n) for n, w in enumerate("two three four five six seven eight nine ten eleven twelve".split(), 2)
}
_WORDS = {d: w for w, d in _DIGITS.items()}
_SMALL = re.compile(
    r"^(?:The|A|An|In|On|At|By|For|From|With|As|After|Before|During|When|While|If|Although|This|That|These|"
    r"Those|It|He|She|They|We|There|Some|Many|Most|All|Each|Both|His|Her|Their|Its)\b"
)


def _synonyms(text: str, chance: random.Random) -> str:
    return _SYNONYM.sub(lambda m: SYNONYMS[m.group()] if chance.random() < 0.7 else m.group(), text)


def _led_in(text: str, chance: random.Random) -> str:
    return chance.choice(_LEADS) + (text[0].lower() + text[1:] if _SMALL.match(text) else text)


def _fronted(text: str, chance: random.Random) -> str:
    """ "In 1990, A did B." → "A did B in 1990." and back."""
    match = re.match(r"^((?:In|On|At|During|By|After|Since|Before) [^,.;]{2,40}), ([^;]{15,}?)(\.?)$", text)
    if match:
        front, rest, end = match.groups()
        return f"{rest[0].upper()}{rest[1:]} {front[0].lower()}{front[1:]}{end}"
    match = re.match(
        r"^([^,;]{15,}?) (in \d{4}|on [A-Z][a-z]+ \d{1,2}(?:, \d{4})?|during the [^,.;]{4,30})(\.?)$", text
    )
    if match:
        rest, back, end = match.groups()
        return (
            f"{back[0].upper()}{back[1:]}, {rest[0].lower() + rest[1:] if _SMALL.match(rest) else rest}{end}"
        )
    return text


def _conjuncts(text: str, chance: random.Random) -> str:
    """ "A and B" → "B and A", for single words or names."""
    match = re.search(
        r"(?<![-,\w] )\b([A-Z][\w’'-]+|[a-z]{4,}) and ([A-Z][\w’'-]+|[a-z]{4,})"
        r"(?=[.,;]| (?:is|are|was|were|in|of|to)\b)",
        text,
    )
    if match is None or match.group(1)[0].isupper() != match.group(2)[0].isupper() or match.start() == 0:
        return text
    if re.search(r"\bbetween\b|\bboth\b", text[: match.start()]):
        return text
    return f"{text[: match.start()]}{match.group(2)} and {match.group(1)}{text[match.end() :]}"


def _numbers(text: str, chance: random.Random) -> str:
    """1,500 → 1500, three → 3, 5 → five, 30% → 30 percent."""
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text) if chance.random() < 0.6 else text
    text = re.sub(r"(\d) ?%", r"\1 percent", text) if "%" in text else re.sub(r"(\d) percent", r"\1%", text)
    if chance.random() < 0.5:
        return re.sub(rf"\b(?:{'|'.join(_DIGITS)})\b", lambda m: _DIGITS[m.group()], text)
    return re.sub(r"(?<![\w.,:/$€£-])(?:1[0-2]|[2-9])(?=\s[a-z])", lambda m: _WORDS[m.group()], text)


def _months(text: str, chance: random.Random) -> str:
    """5 March 2010 → March 5, 2010, and back."""
    found = re.sub(r"\b(\d{1,2}) ([A-Z][a-z]{2,8}) (\d{4})\b", r"\2 \1, \3", text)
    return found if found != text else re.sub(r"\b([A-Z][a-z]{2,8}) (\d{1,2}), (\d{4})\b", r"\2 \1 \3", text)


_PASSIVE = re.compile(
    r"^(?P<a>(?:The |the |An? )?[\w'’ -]{3,50}?) (?:was|were) (?P<verb>\w+ed) "
    r"by (?P<b>(?:the |an? )?[\w'’-]+(?: [\w'’-]+){0,3})(?P<end>(?: in \d{4})?\.?)$"
)


def _active(text: str, chance: random.Random) -> str:
    """ "A was founded by B." → "B founded A." """
    match = _PASSIVE.match(text)
    if match is None:
        return text
    a, b = match.group("a"), match.group("b")
    a = a[0].lower() + a[1:] if _SMALL.match(a) else a
    return f"{b[0].upper()}{b[1:]} {match.group('verb')} {a}{match.group('end')}"


def _genitive(text: str, chance: random.Random) -> str:
    """ "the capital of France" → "France's capital"."""
    return re.sub(r"\b[Tt]he ([a-z]{4,}) of ([A-Z][a-z]+)(?=[ ,.])(?! [A-Z])", r"\2's \1", text, count=1)


_CONTRACTIONS = (
    ("do not", "don't"), ("does not", "doesn't"), ("is not", "isn't"), ("cannot", "can't"),
    ("are not", "aren't"), ("was not", "wasn't"), ("did not", "didn't"), ("will not", "won't"),
)  # fmt: skip


def _contracted(text: str, chance: random.Random) -> str:
    for full, short in _CONTRACTIONS:
        if full in text:
            return text.replace(full, short)
    return text


_WAYS: tuple[Callable[[str, random.Random], str], ...] = (
    _synonyms, _synonyms, _led_in, _fronted, _conjuncts, _numbers, _months, _active, _genitive, _contracted,
)  # fmt: skip


def rephrase(text: str, chance: random.Random) -> str:
    """The sentence with up to three harmless changes; the sentence itself where none applies."""
    for way in chance.sample(_WAYS, chance.choice((1, 2, 3, 4))):
        text = way(text, chance)
    return text
