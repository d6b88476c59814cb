"""Rule: asks what a thing is, or what a word means, where the document defines it.
Knows nothing about other rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.corpus.sections import Section
from workbench.drafting.clauses import begins_with_superlative, helpers_of, read_clause
from workbench.drafting.types import Candidate
from workbench.drafting.vocabulary import Vocabulary
from workbench.drafting.whole_sections import goes_on, is_cut
from workbench.text import STOP_WORDS

GLOSSARY = re.compile(r"\b(?:glossary|terms|terminology|definitions|abbreviations|words)\b", re.IGNORECASE)
_TERM = re.compile(r"^(?P<term>[^:.!?]{2,50}): (?P<meaning>.{8,})$", re.DOTALL)
_IS_A = re.compile(r"^(?:an?|the) (?:[^,;.]+?)(?:[,;.]|$)")
_OF_NO_THING = re.compile(
    r"^(?:an?|the) (?:similar|common|unusual|another|further|different|notable|major|main|phrase|term|word|"
    r"idea)\b"
)
_VAGUE = re.compile(
    r"^(?:a|an|the) (?:(?:very |most |more |less )?(?:good|great|great|best|same|only|first|next|last|main|"
    r"key|common|important|useful|simple|matter|case|way|thing|one|result|reason|goal|problem|lot|number|few|little|"
    r"better|following|mainstay|focus|basis|cause|popular|crucial|choice|critical|essential|vital|integral|serious|"
    r"significant|valuable|powerful|fundamental|central|perfect|ideal|growing|leading|unique|complex))\b"
)
# A predicate that says a rule or a fact about a thing, and not what it is.
NO_DEFINITION = re.compile(
    r"\bnot only\b|\band not\b|\b(?:of|in|on|by|for|to|from|with) (?:that|this|such|these|those) \w+|"
    r"(?:,| and| but) (?:it|they|he|she|this) |"
    r"[ ,](?:and|but) (?:is|are|was|were|has|have|had|can|may|must|will|should|cannot|does|do|did|became)\b"
)
# Who somebody is, nobody asks with "what".
PERSON = re.compile(
    r"(?:an?|the) (?:[\w-]+ ){0,4}?(?:chair|chairman|president|king|queen|emperor|minister|governor|mayor|"
    r"leader|founder|director|author|writer|singer|actor|actress|player|professor|member|head|son|daughter|man|woman|"
    r"\w{3,}ist|\w{2,}ian)\b"
)
# "The" with a noun of no sort describes one among others: "the largest stadium", "the working fluid of". And
# an adverb before the noun judges the thing.
_DESCRIBES = re.compile(
    r"the (?!(?:[\w-]+ )?(?:combination|process|act|study|practice|amount|number|ability|science|method|use|"
    r"art|branch|name|part|time|period|sum|rate|ratio|share|percentage|diagnosis|management|measure|set|"
    r"maximum|minimum|difference|person|place|court|body|office|code|price|fee|unit|product|right|total)\b)|"
    r"an? (?:\w+ly|recent|rarity|moniker|minority|majority)\b"
)
_SEVERAL = re.compile(r"(?:an?|the) [\w-]+(?: [\w-]+)?(?:,| or) (?:an?|the) ")  # "an id, a name or a file"
# The next sentence goes on with what the thing is.
_DEFINED_FURTHER = re.compile(
    r"(?:it|they) (?:is|are|was|were|also|may|can|includes?|involves?|consists?|means?)\b|"
    r"(?:this|that) means\b|(?:also|however|but|additionally|in addition)\b",
    re.IGNORECASE,
)
_BEGINS_WITH_PLACE = re.compile(
    r"(?:inside|outside|within|behind|above|below|near|next|among|between)\b", re.IGNORECASE
)
_MOST_MEANING_WORDS = 60


def draft(section: Section, vocabulary: Vocabulary) -> Iterator[Candidate]:
    """Draft a question for each definition: of a glossary, "X is a …", "X means …"."""
    if GLOSSARY.search(f"{section.title} {section.heading}"):
        yield from _of_glossary(section)
    for number, sentence in enumerate(section.sentences, start=1):
        question = _of_sentence(sentence.text, vocabulary)
        if question is None or any(_DEFINED_FURTHER.match(s.text) for s in section.sentences[number:][:1]):
            continue
        if _is_said_again(section, sentence.text):
            continue
        evidence = section.evidence_of(sentence.paragraph)
        plain = not re.search(r"[A-Z]", question[0][1:])
        yield Candidate("definition", *question, sentence.place, evidence, needs_title=plain)


def _of_glossary(section: Section) -> Iterator[Candidate]:
    for item in section.items:
        match = _TERM.match(item.text)
        if match is None or goes_on(match["meaning"]) or is_cut(match["meaning"]):
            continue
        if len(match["meaning"].split()) > _MOST_MEANING_WORDS or re.search(r"[“\",]", match["term"]):
            continue
        evidence = section.evidence_of(item.paragraph)
        question = f"What does “{match['term']}” mean?"
        plain = not re.search(r"[A-Z]{2}|\d", match["term"])
        yield Candidate(
            "definition", question, match["meaning"].rstrip("."), item.place, evidence, needs_title=plain
        )


def _is_said_again(section: Section, sentence: str) -> bool:
    """Whether another sentence of the document begins with the same subject and verb."""
    start = re.match(r".{2,80}? (?:is|are|means|stands for|refers to) ", sentence)
    return start is not None and section.document.text.count(start.group()) > 1


def _of_sentence(text: str, vocabulary: Vocabulary) -> tuple[str, str] | None:
    clause = read_clause(text, vocabulary)
    if clause is not None and clause.verb in ("is", "are") and not clause.lead:
        named = _named(clause.subject)
        answer = clause.rest.rstrip(".")
        if NO_DEFINITION.search(answer):
            return None
        if clause.verb == "are":
            return None  # "reviews are a dialogue": a view of them
        if PERSON.match(answer) and clause.subject.split()[-1][0].isupper() or _goes_on_with_verb(answer):
            return None
        if re.search(r"[:;]", answer) or _SEVERAL.match(answer) or _DESCRIBES.match(answer):
            return None
        if (
            named
            and not begins_with_superlative(clause.rest)
            and _IS_A.match(clause.rest)
            and not _VAGUE.match(clause.rest)
            and len(answer.split()) >= 4
        ):
            return f"What {clause.verb} {clause.subject}?", answer
        return None
    match = re.match(
        r"^(?P<term>[A-Z][\w-]*(?: [\w-]+){0,3}) (?P<verb>means|stands for|refers to) (?P<rest>.+)$", text
    )
    if match is None or re.search(r"[?\"“”:;\[]", text) or len(match["rest"].split()) < 2:
        return None
    term = match["term"]
    if match["rest"].startswith("that ") or NO_DEFINITION.search(match["rest"]):
        return None  # "a visit means that nobody answers the phone": what follows from it
    if term.split()[0].endswith("ing") or not _IS_A.match(match["rest"]) or len(match["rest"].split()) < 4:
        return None
    if term.split()[-1].lower() == "itself":
        return None
    if term.split()[0].lower() in STOP_WORDS - {"the", "a", "an"} or match["rest"].startswith("of "):
        return None
    if term.split()[0] in ("This", "That", "It", "Which", "What", "These", "If", "No", "He", "She", "They"):
        return None
    verb = {"means": "mean", "stands for": "stand for", "refers to": "refer to"}[match["verb"]]
    return f"What does {vocabulary.inside(term)} {verb}?", match["rest"].rstrip(".")


def _goes_on_with_verb(answer: str) -> bool:
    """Whether "and" goes on with another predicate: "a guide for members and describes the rules"."""
    return any("does" in helpers_of(word) for word in re.findall(r"\band (\w+)", answer))


def _named(subject: str) -> bool:
    """Whether the subject names one thing: "the Ember 15", "balance billing", not "the next step"."""
    parts = subject.split()
    if re.search(r"['’]s? ", subject) and not re.match(r"[A-Z]", subject):
        return False  # "the plan's aim": of a thing of a thing
    if (
        parts[0] in ("most", "more", "less", "least")
        or _OF_NO_THING.match(subject)
        or _BEGINS_WITH_PLACE.match(subject)
    ):
        return False
    if re.search(
        r" (?:in|on|at|from|for|with|to|by) ", subject
    ):  # "the Alps in the northeast": one of several
        return False
    if re.search(r"[a-z]{3}[A-Z][a-z]", subject):  # two words of a page that were joined
        return False
    if parts[0].lower() in (
        "our",
        "your",
        "their",
        "its",
        "we",
        "you",
        "each",
        "every",
        "all",
        "some",
        "any",
    ):
        return False
    if parts[0] == "the":
        return any(re.search(r"[A-Z]", word) for word in parts[1:]) and len(parts) <= 6
    return len(parts) <= 4 and "and" not in parts
