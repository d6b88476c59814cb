"""Reads a plain English sentence as subject, verb and rest, or not at all where that is not certain.
Knows nothing about questions."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workbench.drafting.verbs import BE, COMMANDS, FORMS, HELPERS, is_participle
from workbench.drafting.vocabulary import Vocabulary

MOST_SUBJECT_WORDS = 9
_DETERMINERS = frozenset(
    "the a an each every all both any some our your its their my his her this that these those no".split()
)
_PREPOSITIONS = frozenset(
    """among of in for with on at to from between by under over about against inside outside within without
    near behind beyond along through throughout across towards like despite""".split()
)
# A subject with one of these hangs on what stands before it, or is no subject.
_NEVER = frozenset(
    """it they he she this that these those there here which who whom whose what when where why how if while
    because although though but than as so not never no nobody nothing none either neither such another
    other others one ones former latter same above below following i me us him them his her its their also
    then therefore however only even just anyone someone everybody everything something it's that's
    before after until unless since whether instead otherwise please yes
    always often sometimes usually lot lots""".split()
)
_LEADS = frozenset("in on during from since under at by before after until within for between".split())
_FINITE = HELPERS | {"has", "have", "had", "do", "does", "did"}
# What begins another clause, where a question about the first one ends.
_BOUNDARY = re.compile(
    r"[,;:–—(]|\s-\s|\s(?:and|but|or|which|who|that|because|so|although|while|whereas|where|as|including|such)\s"
)


@dataclass(frozen=True, slots=True)
class ReadClause:
    """The main clause of a sentence."""

    lead: str
    """What stands before the subject, such as "In 2024"; empty for nothing."""
    subject: str
    verb: str
    """The finite verb as written."""
    helper: str
    """What asks: "is" or "must" of the sentence, or "does", "do", "did"."""
    base: str
    """The verb's base form where the helper is one of "do"; else empty."""
    rest: str
    """The text after the verb, to the end of the clause's sentence."""


def end_of_clause(rest: str, start: int = 0) -> int:
    """Where the clause that goes on at `start` ends."""
    match = _BOUNDARY.search(rest, start)
    end = match.start() if match else len(rest)
    return len(rest[:end].rstrip(" .!"))


def read_clause(sentence: str, vocabulary: Vocabulary) -> ReadClause | None:
    """The main clause of a sentence; None where it is not plain English of the simplest kind."""
    if not re.match(r"[A-Z0-9£€$]", sentence) or not re.search(r"[.!]$", sentence):
        return None
    if re.search(r"[?\"“”„«»\[\]{}<>|/=_#]|https?:", sentence):
        return None
    lead, main = _cut_lead(sentence)
    words = main.split(" ")
    for place, word in enumerate(words[: MOST_SUBJECT_WORDS + 1]):
        bare = word.lower()
        # A capital inside makes a word part of a name: "the Covered Market".
        if (not place or word == bare) and (bare in _FINITE or bare in FORMS):
            subject = words[:place]
            if bare not in _FINITE and not (subject and _is_subject(subject) and _agrees(bare, subject)):
                continue  # a noun or participle: "the visit", "a used machine"
            if not subject or not _is_subject(subject):
                return None
            return _with_verb(lead, vocabulary.inside(" ".join(subject)), word, " ".join(words[place + 1 :]))
        if re.search(r"[^\w'’£€$%.&-]", word) or word.endswith("."):
            return None
    return None


def _cut_lead(sentence: str) -> tuple[str, str]:
    first = sentence.split(" ", 1)[0].lower()
    comma = sentence.find(", ")
    if first not in _LEADS or not 0 < comma < 60:
        return "", sentence
    lead = sentence[:comma]
    if len(lead.split()) > 6 or any(
        w.lower() in _NEVER | _FINITE or w.lower() in FORMS for w in lead.split()
    ):
        return "", sentence
    main = sentence[comma + 2 :]
    return lead[:1].lower() + lead[1:], main[:1].upper() + main[1:]


def _is_subject(words: list[str]) -> bool:
    """Whether the words are noun phrases joined by prepositions or "and"."""
    lower = [w.lower() for w in words]
    if any(w in _NEVER for w in lower) or lower[-1] in _DETERMINERS | _PREPOSITIONS | {"and", "or"}:
        return False
    if lower[-1].endswith(("'s", "’s")):
        return False  # "Skylab's last crew": "last" is no verb here
    if lower[0] in _PREPOSITIONS or lower[0] in ("to", "and", "or") or lower[0].endswith("ing"):
        return False
    for place, word in enumerate(lower):
        opens = place == 0 or lower[place - 1] in _PREPOSITIONS | {"and", "or", "all", "both"}
        if word in _DETERMINERS and not opens:
            return False
        if word.endswith("ly") or (place and is_participle(word) and not opens):
            return False
        if word in ("we", "you") and len(words) > 1:
            return False
    return True


def _agrees(verb: str, subject: list[str]) -> bool:
    """Whether the subject may have this form, so that "the costs" is not read as a verb."""
    last, first = subject[-1].lower(), subject[0].lower()
    plural = first in ("we", "you") or "and" in [w.lower() for w in subject] or _is_plural(_head(subject))
    forms = FORMS[verb]
    if any(form.helper == "did" for form in forms):
        return last not in ("to",) and first not in ("to",)
    if any(form.helper == "does" for form in forms):
        return not plural
    return plural


def _head(subject: list[str]) -> str:
    """The noun that a verb agrees with: the last word before the first preposition."""
    for place, word in enumerate(subject):
        if place and word.lower() in _PREPOSITIONS:
            return subject[place - 1].lower()
    return subject[-1].lower()


def _is_plural(noun: str) -> bool:
    return noun in ("people", "children", "men", "women", "staff") or (
        noun.endswith("s") and not noun.endswith(("ss", "us", "is"))
    )


def _with_verb(lead: str, subject: str, verb: str, rest: str) -> ReadClause | None:
    bare = verb.lower()
    following = rest.split(" ", 1)[0].lower().rstrip(".,")
    adverb = following.endswith("ly") or following in ("already", "also", "always", "often", "since", "now")
    if (
        following in ("not", "never", "no", "neither")
        or not rest
        or adverb
        and bare in ("has", "have", "had")
    ):
        return None
    if bare in HELPERS or (bare in ("has", "have", "had") and is_participle(following)):
        return ReadClause(lead, subject, verb, bare, "", rest)
    if bare in ("do", "does", "did"):
        return None
    forms = FORMS.get(bare)
    if not forms:
        return None
    form = next((f for f in forms if f.helper == "did"), forms[0])
    return ReadClause(lead, subject, verb, form.helper, form.base, rest)


_SUPERLATIVE = re.compile(r"^the (?:\w+ and )?\w+est\b(?: and \w+est\b)? (?:in|of|ever)\b")
_LEADS_BACK = re.compile(
    r"(?:(?:in|for|by) (?:addition|general|short|fact|other|case|some|many|most|certain|rare|all|contrast|"
    r"comparison|example|instance)|"
    r"(?:in|at|on|by|for|from|until|after|before|since) (?:this|that|these|those|such|then)|on the)\b"
)
_TO_DO = re.compile(
    r"^(?:please |make sure|be sure|(?:you|we|employees|members|customers|users|managers|staff) "
    r"(?:can|should|must|may|need to|have to)\b|you(?:’|')ll (?:need|want) to |"
    r"it(?: is|’s|'s) (?:important|best|recommended|a good idea))",
    re.IGNORECASE,
)


def is_advice(text: str) -> bool:
    """Whether a text begins by telling somebody what to do."""
    first, _, following = text.partition(" ")
    first = first.lower().rstrip(",")
    is_verb = first in COMMANDS or any(form.helper == "do" for form in FORMS.get(first, []))
    is_noun = following.partition(" ")[0] in _FINITE  # "lead is routed to the desk"
    return is_verb and not is_noun or bool(_TO_DO.match(text))


def is_past(text: str) -> bool | None:
    """Whether the first finite verb of a text is past; None where that is not certain."""
    verbs = [word.strip(".,;:").lower() for word in text.split()]
    helper = next((verb for verb in verbs if verb in _FINITE or verb in ("don't", "don’t")), "")
    if helper:
        return helper in ("was", "were", "had", "did")
    for verb in verbs:
        forms = helpers_of(verb)
        if forms == {"did"} or verb.endswith("ed") and len(verb) > 3:
            return True
        if forms and "did" not in forms:
            return False
    return None


def has_other_verb(text: str) -> bool:
    """Whether a text holds another finite verb, so that the clause was perhaps read wrongly."""
    return any(w.strip(".,").lower() in _FINITE for w in text.split()) and not re.search(
        r"\b(?:after|before|until|unless|when|if|once)\b", text
    )


def is_be(verb: str) -> bool:
    """Whether a verb is a form of "to be"."""
    return verb.lower() in BE


def begins_with_superlative(text: str) -> bool:
    """Whether a text says that something is the most of many: "the largest room in the city"."""
    return bool(_SUPERLATIVE.match(text))


def leads_back(lead: str) -> bool:
    """Whether what stands before a subject ties its clause to others, or to some cases: "for example"."""
    return bool(_LEADS_BACK.match(lead))


def is_some_event(clause: ReadClause) -> bool:
    """Whether a clause says in the past what became of something that its subject does not name: "tension
    with Paris led to a siege"."""
    head, _, _ = clause.subject.partition(" ")
    is_bare = head.islower() and head not in _DETERMINERS and not _is_plural(_head(clause.subject.split()))
    return is_bare and clause.helper in ("did", "was", "were")


def helpers_of(word: str) -> set[str]:
    """What asks with a word as a verb, such as "do" and "does"; empty for other words."""
    return {form.helper for form in FORMS.get(word.strip(".,").lower(), [])}
