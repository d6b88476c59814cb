"""Sentences of SQuAD's paragraphs, and the same with one thing changed by program: no longer supported.
Knows nothing about scoring. It teaches what natural sets hold too little of: exchanged names, opposites."""

from __future__ import annotations

import random
import re
from collections import Counter

from benchmarks.figures import DataNotFound
from benchmarks.grounding_sets import Judged
from benchmarks.squad import load_squad
from workbench.scoring.quantities import find_quantities
from workbench.text import STOP_WORDS, split_sentences

ROWS_OF_A_KIND = 300
_NAME = re.compile(r"\b[A-Z][\w'’-]{3,}")
_NAMES_AROUND_A_VERB = re.compile(
    r"\b(?P<a>[A-Z][\w'’-]+(?:\s[A-Z][\w'’-]+){0,2})"
    r"(?P<middle>\s(?:\w+\s){0,2}?[a-z]+(?:ed|s)\s(?:\w+\s){0,2}?)"
    r"(?P<b>[A-Z][\w'’-]+(?:\s[A-Z][\w'’-]+){0,2})\b"
)
_AUXILIARY = re.compile(r"\b(?:is|are|was|were|has|have|had|can|could|will|would|must|should|may)\b(?! not)")
_OPPOSITES = (
    "increase/decrease increased/decreased rise/fall rose/fell more/less before/after above/below first/last "
    "high/low higher/lower open/closed always/never won/lost bought/sold free/paid maximum/minimum "
    "early/late "
    "north/south east/west true/false young/old most/least left/right largest/smallest major/minor "
    "began/ended"
)
_OPPOSITE = {a: b for pair in _OPPOSITES.split() for a, b in (pair.split("/"), pair.split("/")[::-1])}
_LEADS = ("According to the text, ", "The passage says that ", "As stated, ", "In short, ")


def _names(text: str) -> list[re.Match[str]]:
    return [m for m in _NAME.finditer(text) if m.start() > 0 and m.group().lower() not in STOP_WORDS]


def _other_number(text: str, chance: random.Random) -> str | None:
    found = [q for q in find_quantities(text) if any(c.isdigit() for c in q.text)]
    if not found:
        return None
    quantity = chance.choice(found)
    match = re.search(r"\d{1,9}", quantity.text)
    assert match is not None
    value = int(match.group())
    steps = (-7, -3, -1, 1, 2, 5, 10) if value > 12 else range(1, 8)
    start = quantity.start + match.start()
    return f"{text[:start]}{value + chance.choice(steps)}{text[start + len(match.group()) :]}"


def _other_name(text: str, pool: list[str], chance: random.Random) -> str | None:
    found = _names(text)
    if not found:
        return None
    match = chance.choice(found)
    other = chance.choice(pool)
    return f"{text[: match.start()]}{other}{text[match.end() :]}" if other != match.group() else None


def _negated(text: str) -> str | None:
    if re.search(r"\bnot\b|n't\b", text):
        return re.sub(r"\bnot |n't\b", "", text, count=1)
    match = _AUXILIARY.search(text)
    return f"{text[: match.end()]} not{text[match.end() :]}" if match else None


def _opposite(text: str, chance: random.Random) -> str | None:
    found = [m for m in re.finditer(r"[a-z]+", text) if m.group() in _OPPOSITE]
    if not found:
        return None
    match = chance.choice(found)
    return f"{text[: match.start()]}{_OPPOSITE[match.group()]}{text[match.end() :]}"


def _exchanged(text: str) -> str | None:
    for match in _NAMES_AROUND_A_VERB.finditer(text):
        a, b = match.group("a"), match.group("b")
        if a != b and a.split()[0].lower() not in STOP_WORDS:
            return f"{text[: match.start()]}{b}{match.group('middle')}{a}{text[match.end() :]}"
    return None


def _led_in(text: str, chance: random.Random) -> str:
    """Half of them said a little differently, so that an exact copy is not what tells."""
    if chance.random() < 0.5:
        return text
    common = text.split()[0].lower() in STOP_WORDS
    return chance.choice(_LEADS) + (text[0].lower() + text[1:] if common else text)


def _shortened(text: str, chance: random.Random) -> str:
    """A third of them without their last clause."""
    cut = text.rfind(", ")
    return text[:cut] + "." if cut > len(text) / 2 and chance.random() < 0.33 else text


def load_edits_by_program() -> list[Judged]:
    """About 1,400 edited sentences and 1,500 that are not. Raises DataNotFound without SQuAD."""
    squad = load_squad()
    if squad is None:
        raise DataNotFound("squad")
    chance = random.Random(7)
    pool = [m.group() for p in squad.paragraphs[::7] for m in _names(p.text)]
    counts: Counter[str] = Counter()
    found: list[Judged] = []
    for number in chance.sample(range(len(squad.paragraphs)), len(squad.paragraphs)):
        paragraph = squad.paragraphs[number].text
        sentences = [s.text for s in split_sentences(paragraph) if 6 <= len(s.text.split()) <= 40]
        if not sentences:
            continue
        sentence = chance.choice(sentences)
        edits = {
            "number": _other_number(sentence, chance),
            "name": _other_name(sentence, pool, chance),
            "negation": _negated(sentence),
            "opposite": _opposite(sentence, chance),
            "exchanged": _exchanged(sentence),
        }
        for kind, edited in edits.items():
            if edited and edited != sentence and counts[kind] < ROWS_OF_A_KIND:
                counts.update((kind, "edited"))
                found.append(Judged(_led_in(edited, chance), (paragraph,), False, str(number)))
        if counts["kept"] < 5 * ROWS_OF_A_KIND:
            counts["kept"] += 1
            found.append(
                Judged(_led_in(_shortened(sentence, chance), chance), (paragraph,), True, str(number))
            )
    return found
