"""Rule: asks what happens or what to do in a case that a text names, and how to do what it explains.
Knows nothing about other rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.corpus.sections import Section, Sentence
from workbench.drafting.clauses import has_other_verb, helpers_of, is_advice, is_past, read_clause
from workbench.drafting.rules.amounts import tidy
from workbench.drafting.types import Candidate
from workbench.drafting.verbs import COMMANDS, FORMS, MODALS, is_participle
from workbench.drafting.vocabulary import Vocabulary
from workbench.text import STOP_WORDS, content_tokens

_CASE = re.compile(r"^(?P<when>If|When) (?P<case>[^,;:()“”\"?]{12,140}), (?P<then>[^?]{12,400}[.!])$")
_GOAL = re.compile(r"^To (?P<goal>[a-z][^,;:()“”\"?]{8,90}), (?P<how>[^?]{12,400}[.!])$")
_BECAUSE = re.compile(r"^(?P<what>[^,;:()“”\"?]{12,120}),? because (?P<why>[^?;]{12,300}[.!])$")
_CASE_BEGINS = frozenset(
    "so not this that it they he she any possible asked used necessary needed in on at whoever".split()
)
_NO_MAIN_CLAUSE = re.compile(
    r"^(?:and|or|but|as|unlike|such|which|where|who|while|with|including|\w+ing)\b", re.IGNORECASE
)
# What goes on with the case, so that its comma did not end it: "…, either by illness or by law, …".
_GOES_ON = re.compile(
    r"^(?:either|say|such|through|if|just|like|one|that|to|for (?:example|instance)|e\.g|especially|"
    r"particularly|even|whether|due|in|on|at|by|with|without|not)\b",
    re.IGNORECASE,
)
_MOST_CASE_WORDS = 18
_LEAST_CASE_WORDS = 3  # "when the fighting ended": which one?
_NO_CASE = frozenset(  # words of templates, and those that tell no case from others
    content_tokens("what happens happened do people someone anyone multiple several interested already new")
)
_HELP = re.compile(
    r"\b(?:questions|suggestions|feedback|assistance|concerns|more information|"
    r"(?:issues?|problems?|errors?) persists?)\b"
)
_PARTICIPLE = re.compile(r"^[a-z]+ing\b")
_HANGS = re.compile(
    r"\b(?:afterwards|otherwise|instead|also|too|then|none|one|ones|any of|the criteria|the conditions|"
    r"the above)\b"
)
_OBJECT_BEFORE = re.compile(r"\w+ (?:it|them)\b")  # "If you live in a soft area, set it to 1"
_EMPTY_ANSWER = re.compile(
    r"\bthere (?:is no one|are (?:a few|some|several|many|other) (?:\w+ )?"
    r"(?:tips|things|steps|ways|options|factors))"
)
_ALLOWED = re.compile(r"you (?:may|might|could)\b|you can (?:also|still|be|even|not|receive|have|find)\b")
_DUTY = re.compile(r"\b(?:should|must|shall|(?:need|needs|has|have) to|recommended|advised|important)\b")
_ODD = re.compile(r"[{}\[\]<>|_=`*]|https?:")
_PEOPLE = re.compile(
    r"^(?P<who>employees|members|customers|users|managers|staff) (?:should|must|need to|have to)\b"
)


_FIRST_PERSON = re.compile(r"\b(?:I|me|my|mine)\b")
_WISH = re.compile(
    r"^you(?: are|’re|'re|’d|'d)? (?:already |just |still |only )?"
    r"(?:ready|need|want|wish|like|know|prefer|looking|interested|wondering|curious)\b"
)


def draft(section: Section, vocabulary: Vocabulary) -> Iterator[Candidate]:
    """Draft a question for each sentence that says what holds in a case, how a goal is reached, or why."""
    for sentence in [*section.sentences, *section.items]:
        if _ODD.search(sentence.text):
            continue
        asked = (
            _of_case(sentence.text, vocabulary) or _of_goal(sentence.text) or _of_reason(sentence, vocabulary)
        )
        if asked is not None and _says_something(asked[0]):
            question, answer = asked
            evidence = section.evidence_of(sentence.paragraph)
            yield Candidate(
                "situational", tidy(question), answer.rstrip(".! "), sentence.place, evidence,
                needs_title=True,  # "if a game is tied": which game?
            )  # fmt: skip


def _says_something(question: str) -> bool:
    """Whether a question is of more than help in general, and its case can be told from others."""
    named = set(content_tokens(question)) - _NO_CASE
    is_mixed = bool(re.search(r"\bI\b.*\byou(?:rself)?\b|\byou\b.*\bmyself\b", question))
    return not _HELP.search(question) and not is_mixed and len(named) >= _LEAST_CASE_WORDS


def _of_case(text: str, vocabulary: Vocabulary) -> tuple[str, str] | None:
    match = _CASE.match(text)
    if match is None:
        return None
    case, when = match["case"], match["when"].lower()
    then = re.sub(r"^then ", "", match["then"])
    if not _is_whole_case(case) or _NO_MAIN_CLAUSE.match(then):
        return None
    if _EMPTY_ANSWER.search(then) or _ALLOWED.match(then) or _HANGS.search(case):
        return None
    if case.startswith("you ") and _OBJECT_BEFORE.match(then):
        return None
    first = then.partition(", ")[0]
    if _GOES_ON.match(then) or not is_advice(then) and (is_past(first) is None or len(first.split()) < 4):
        return None  # the comma ended no clause: "If you need higher, custom limits, ask"
    if re.match(r"(?:we|i|you(?:’|')ll)\b|it(?: is|’s|'s) important\b", then):
        return None
    if _PARTICIPLE.match(case) and not is_advice(then):
        return None
    if _is_command(then, vocabulary) or _FIRST_PERSON.search(f"{case} {then}"):
        return None  # perhaps it tells to do something: "head to the desk"
    if re.match(r"\W|(?:\S+ ){0,4}also\b|read on\b|keep reading\b", then):
        return None
    mine = _mine(case)
    who = "you" if re.search(r"\byou\b", mine) else "I"
    if is_advice(then):
        people = _PEOPLE.match(then)
        if people is None and re.match(r"(?:we|employees|members|customers|users|managers|staff)\b", then):
            return None
        asks = "can" if then.startswith("you can ") else "should"
        return f"what {asks} {people['who'] if people else who} do {when} {mine}", then
    if re.match(r"they\b", then) and re.match(r"you\b", case):
        return None  # who?
    if re.match(r"you\b", then) or _DUTY.search(first):
        return None
    if not _is_consequence(first) or _WISH.match(case):
        return None
    past, then_past = is_past(case), is_past(then)
    if past and "would" in then.split() or past is None and then_past:
        return None
    if past and then_past and not re.search(r"[A-Z0-9]", case):
        return None  # "when exam time came": whose?
    if past and when == "when" and then_past:
        return f"what happened when {mine}", then
    if then_past or past and any(helpers_of(word) == {"did"} for word in case.split()) and when == "when":
        return None  # neither "happens" nor "happened" fits
    return f"what happens {when} {mine}", then


def _is_command(then: str, vocabulary: Vocabulary) -> bool:
    """Whether a text may begin with a verb that COMMANDS does not list."""
    first, _, following = then.partition(" ")
    if is_advice(then) or not first.islower() or first.endswith("s") or first in STOP_WORDS:
        return False
    if re.match(r"(?:the|an?|your|it|them|all|any)\b", following):
        return True
    return vocabulary.is_verb(first) and bool(re.match(r"(?:to|on|with|for|in|at|up|out)\b", following))


def _is_consequence(then: str) -> bool:
    """Whether a clause says what is done or becomes so, and not what may be, what is good or where it is."""
    parts = then.split()
    for place, part in enumerate(parts[1:], start=1):
        following = next(
            (word for word in parts[place + 1 :] if not word.endswith("ly") and word != "not"), ""
        )
        if part in ("may", "might", "can", "could", "would") or "’s" in parts[0] or "'s" in parts[0]:
            return False
        if part == "will":
            return True
        if part in ("is", "are", "was", "were"):
            return is_participle(following.strip(",.;"))
        if helpers_of(part) & {"does", "did"} or part in ("has", "have", "had"):
            return True
    return False


def _is_whole_case(case: str) -> bool:
    parts = case.lower().split()
    first = parts[0]
    return (
        first not in _CASE_BEGINS
        and not first.endswith(("ed", "ly"))
        and len(parts) <= _MOST_CASE_WORDS
        and sum(part in ("we", "you", "the") for part in parts) <= 3
        and parts.count("we") <= 1
    )


def _of_goal(text: str) -> tuple[str, str] | None:
    match = _GOAL.match(text)
    if match is None or not is_advice(match["how"]) or re.match(r"(?:the|a|an|this|your)\b", match["goal"]):
        return None
    first = match["goal"].split()[0]
    if not (first in COMMANDS or any(form.helper == "do" for form in FORMS.get(first, []))):
        return None
    if re.search(r"\b(?:and|or) to\b", match["goal"]):
        return None
    return f"how can I {_mine(match['goal'])}", match["how"]


def _of_reason(sentence: Sentence, vocabulary: Vocabulary) -> tuple[str, str] | None:
    match = _BECAUSE.match(sentence.text)
    clause = read_clause(f"{match['what']}.", vocabulary) if match else None
    if (
        match is None
        or clause is None
        or re.search(r"\b(?:and|but|so|that|if|whether|how|what)\b", clause.rest)
    ):
        return None
    if (
        re.match(r"some |many |several ", clause.subject)
        or re.match(r"of |\W", match["why"])
        or has_other_verb(clause.rest)
        or "whoever" in match["what"].lower()
    ):
        return None
    verb = f" {clause.base}" if clause.base else ""
    lead = f" {clause.lead}" if clause.lead else ""
    return f"why {clause.helper} {clause.subject}{verb} {clause.rest.rstrip('.')}{lead}", match["why"]


def _mine(case: str) -> str:
    """The words of a text to its reader as the reader says them, where only the first word is "you"."""
    first, _, following = case.partition(" ")
    if re.search(r"\b(?:you|yourself|yours|you(?:’|')\w+)\b", following):
        return case
    verb, _, after = following.partition(" ")
    if first.lower() == "you":
        same = {"are": "am", "were": "was", "aren’t": "am not", "aren't": "am not"}.get(verb, verb)
        if same == verb and verb not in MODALS and not FORMS.get(verb) and verb not in ("don't", "don’t"):
            return case
        case = f"I {same} {after}"
    elif first.lower() in ("you’re", "you're"):
        case = f"I am {following}"
    elif first.lower() in ("you’ve", "you've"):
        case = f"I have {following}"
    elif re.match(r"you[’'](?!re|ve)", first):
        return case
    return re.sub(r"\byour\b", "my", case)
