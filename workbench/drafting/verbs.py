"""Lists verbs with their forms, and the words that help a sentence's verb; small and strict on purpose.
Knows nothing about sentences.

A verb that is as often a noun ("order", "charge") is left out: a sentence with it is then not read at all,
which is better than a question that reads badly."""

from __future__ import annotations

from dataclasses import dataclass

# Regular verbs: base forms. "-s", "-ed" and "-ing" are made from them.
_REGULAR = """
accept achieve acquire add allow announce apply arrive attend carry close collect connect consist consume
contain convert cover create deliver deposit describe destroy develop disable discover double earn employ
enable enter establish exceed expire extend finance finish gain generate govern happen hire identify implement
improve include increase inspect install introduce invest keep_ launch learn lift listen live located lock
manage measure migrate move name need obtain occupy occur offer operate own participate pay_ perform
permit persist play prepare present preserve prevent produce propose provide publish receive recommend
reduce refund refuse register release remain remove repair replace reply represent require reserve resign
respond restore retain retire retry save serve settle share start stay store support suffer supply survive
switch transfer travel treat use validate visit wait want weigh wipe work
"""
# Irregular ones: base, past, past participle.
_IRREGULAR = """
become became become|begin began begun|bring brought brought|build built built|buy bought bought|
choose chose chosen|come came come|cost cost cost|draw drew drawn|fall fell fallen|feel felt felt|
find found found|get got got|give gave given|go went gone|grow grew grown|have had had|hold held held|
keep kept kept|last lasted lasted|lead led led|leave left left|lose lost lost|make made made|
meet met met|pay paid paid|run ran run|see saw seen|sell sold sold|send sent sent|
show showed shown|speak spoke spoken|spend spent spent|stand stood stood|take took taken|
teach taught taught|tell told told|win won won|write wrote written|receive received received
"""

# Verbs that need no object: "On what date does it begin?"
INTRANSITIVE = frozenset(
    """apply arrive attend begin close come enter expire fall finish go grow happen last launch leave
    live lock migrate occur persist play register resign respond retire run speak stand start stay
    survive travel wait win work end""".split()
)
# What instructions begin with: "Press and hold both cups."
COMMANDS = frozenset(
    """add ask avoid begin bring call change check choose clean click close complete confirm consider
    consult contact copy create delete descale discuss do don't don’t email empty ensure enter fill find
    flag follow get give go hand hold install join keep leave let log look make measure move open order
    pay plan press provide pull push put reach read refer remember remove replace report return review
    ring run see select send set sign speak start state stop submit switch take talk tell test try turn
    type unplug update upload use verify visit wait wash write""".split()
)
BE = frozenset("is are was were".split())
MODALS = frozenset("can could may might must shall should will would".split())
HELPERS = BE | MODALS


@dataclass(frozen=True, slots=True)
class Form:
    """A finite form of a verb."""

    base: str
    helper: str
    """What asks with it: "does", "do" or "did"."""


def _third(base: str) -> str:
    if base == "have":
        return "has"
    if base.endswith(("s", "sh", "ch", "x", "z", "o")):
        return base + "es"
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ies"
    return base + "s"


def _past(base: str) -> str:
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ied"
    if base in ("permit", "occur", "transfer", "refer"):
        return base + base[-1] + "ed"
    return base + "ed"


def _forms() -> dict[str, list[Form]]:
    forms: dict[str, list[Form]] = {}

    def add(word: str, base: str, helper: str) -> None:
        forms.setdefault(word, []).append(Form(base, helper))

    irregular = [entry.split() for entry in _IRREGULAR.replace("\n", "").split("|")]
    regular = [base for base in _REGULAR.split() if not base.endswith("_") and base != "located"]
    for base, past in [(base, _past(base)) for base in regular] + [(e[0], e[1]) for e in irregular]:
        add(_third(base), base, "does")
        add(base, base, "do")
        if past != base:
            add(past, base, "did")
    return forms


FORMS = _forms()
"""Word → its finite forms, by lower-case word."""
PARTICIPLES = frozenset(e.split()[2] for e in _IRREGULAR.replace("\n", "").split("|"))


def is_participle(word: str) -> bool:
    """Whether a word may follow "has" or "is" as a participle."""
    return (
        word in PARTICIPLES or word.endswith("ed") or word in ("been", "done", "set", "put", "cut", "known")
    )
