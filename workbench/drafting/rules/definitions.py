"""Rule: asks what a thing is, or what a word means, where the document defines it.
Knows nothing about other rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.corpus.sections import Section
from workbench.drafting.clauses import read_clause
from workbench.drafting.types import Candidate
from workbench.drafting.vocabulary import Vocabulary
from workbench.text import STOP_WORDS

GLOSSARY = re.compile(r"\b(?:glossary|terms|terminology|definitions|abbreviations|words)\b", re.IGNORECASE)
_TERM = re.compile(r"^(?P<term>[^:.!?]{2,50}): (?P<meaning>.{8,})$", re.DOTALL)
_IS_A = re.compile(r"^(?:an?|the) (?:[^,;.]+?)(?:[,;.]|$)")
_MEANS = re.compile(r"^(?P<verb>means|stands for|refers to) (?P<rest>.+)$")
_VAGUE = re.compile(
    r"^(?:a|an|the) (?:(?:very |most |more |less )?(?:good|great|great|best|same|only|first|next|last|main|"
    r"key|common|important|useful|simple|matter|case|way|thing|one|result|reason|goal|problem|lot|number|few|little|"
    r"better|following|mainstay|focus|basis|cause|popular|crucial|choice))\b"
)


def draft(section: Section, vocabulary: Vocabulary) -> Iterator[Candidate]:
    """Draft a question for each definition: of a glossary, "X is a …", "X means …"."""
    if GLOSSARY.search(f"{section.title} {section.heading}"):
        for item in section.items:
            match = _TERM.match(item.text)
            if match:
                evidence = section.evidence_of(item.paragraph)
                meaning = match["meaning"].split(". ")[0].rstrip(".")
                yield Candidate(
                    "definition", f"What does “{match['term']}” mean?", meaning, item.place, evidence
                )
    for sentence in section.sentences:
        question = _of_sentence(sentence.text, vocabulary)
        if question is not None:
            evidence = section.evidence_of(sentence.paragraph)
            plain = not re.search(r"[A-Z0-9]", question[0][1:])
            yield Candidate("definition", *question, sentence.place, evidence, needs_title=plain)


def _of_sentence(text: str, vocabulary: Vocabulary) -> tuple[str, str] | None:
    clause = read_clause(text, vocabulary)
    if clause is not None and clause.verb in ("is", "are") and not clause.lead:
        named = _named(clause.subject)
        answer = clause.rest.rstrip(".")
        if named and _IS_A.match(clause.rest) and not _VAGUE.match(clause.rest) and len(answer.split()) >= 4:
            return f"What {clause.verb} {clause.subject}?", answer
        return None
    match = re.match(
        r"^(?P<term>[A-Z][\w-]*(?: [\w-]+){0,3}) (?P<verb>means|stands for|refers to) (?P<rest>.+)$", text
    )
    if match is None or re.search(r"[?\"“”:;]", text) or len(match["rest"].split()) < 2:
        return None
    term = match["term"]
    if term.split()[0].lower() in STOP_WORDS - {"the", "a", "an"} or match["rest"].startswith("of "):
        return None
    if term.split()[0] in ("This", "That", "It", "Which", "What", "These", "If", "No", "He", "She", "They"):
        return None
    verb = {"means": "mean", "stands for": "stand for", "refers to": "refer to"}[match["verb"]]
    return f"What does {vocabulary.inside(term)} {verb}?", match["rest"].rstrip(".")


def _named(subject: str) -> bool:
    """Whether the subject names one thing: "the Ember 15", "balance billing", not "the next step"."""
    words = subject.split()
    if re.search(
        r" (?:in|on|at|from|for|with|to|by) ", subject
    ):  # "the Alps in the northeast": one of several
        return False
    if re.search(r"[a-z]{3}[A-Z][a-z]", subject):  # two words of a page that were joined
        return False
    if words[0].lower() in (
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
    if words[0] == "the":
        return any(re.search(r"[A-Z0-9]", word) for word in words[1:]) and len(words) <= 6
    return len(words) <= 4 and "and" not in words
