"""Rule: asks what a thing does, is used for or is responsible for, where one clause says it.
Knows nothing about other rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.corpus.sections import Section
from workbench.drafting.clauses import ReadClause, end_of_clause, has_other_verb, is_be, read_clause
from workbench.drafting.rules.amounts import needs_title, tidy
from workbench.drafting.types import Candidate
from workbench.drafting.verbs import MODALS
from workbench.drafting.vocabulary import Vocabulary
from workbench.text import content_tokens

# Verbs whose object is asked for with "What does … VERB?"
_TRANSITIVE = frozenset(
    """accept acquire announce build buy collect contain convert cover create describe develop discover
    employ establish finance generate identify implement improve include increase introduce manage measure
    need occupy offer operate own perform prepare preserve prevent produce propose protect provide publish
    receive recommend reduce refuse release remove replace represent require restore support
    supply teach treat use win""".split()
)
_OF_BE = re.compile(
    r"^(?:be )?(?P<asked>responsible for|committed to|used (?:to|for|as)|designed (?:to|for)|"
    r"intended (?:to|for)|made (?:of|from)|based on|known (?:as|for)|composed of|divided into) "
    r"(?P<answer>.+)$"
)
_PREPOSITIONAL = re.compile(r"^(?P<asked>of|to|on|for) (?P<answer>.+)$")
_PREPOSITIONS = {"consist": "of", "lead": "to", "apply": "to", "belong": "to", "depend": "on"}
_NO_OBJECT = re.compile(
    r"^(?:to|that|which|who|how|what|why|when|where|if|in|on|at|by|for|from|with|of|as|into|over|under|between|"
    r"through|up|out|off|down|and|or|but|more|less|only|also|not|it|them|him|her|us|this|these|those|that|such|"
    r"one|both|each|another|\w+ly|\w+ing)\b",
    re.IGNORECASE,
)
_IS_THING = re.compile(r"^(?:a|an|the|to|that) ")
_POINTS_BACK = re.compile(
    r"\b(?:this|these|those|such|he|she|his|her|him|they|them|their|it|its|latter|former|above|below)\b",
    re.IGNORECASE,
)
_LEAST_ANSWER_WORDS, _MOST_ANSWER_WORDS = 3, 40
_LEAST_WORDS = 3  # of a question, stop words not counted


def draft(section: Section, vocabulary: Vocabulary) -> Iterator[Candidate]:
    """Draft a question for each sentence that says such a fact."""
    for sentence in section.sentences:
        clause = read_clause(sentence.text, vocabulary)
        asked = _ask(clause) if clause is not None else None
        if clause is None or asked is None or not _is_clear(clause):
            continue
        question, answer = asked
        count = len(answer.split())
        if not _LEAST_ANSWER_WORDS <= count <= _MOST_ANSWER_WORDS:
            continue
        if len(content_tokens(question)) >= _LEAST_WORDS and _stands_alone(clause, answer):
            yield Candidate(
                "fact", question, answer, sentence.place, section.evidence_of(sentence.paragraph),
                needs_title=needs_title(clause),
            )  # fmt: skip


def _is_clear(clause: ReadClause) -> bool:
    """Whether the clause was surely read rightly, and what stands before it belongs to the question."""
    last = clause.subject.split()[-1].lower()
    return (
        not re.search(r"[.:,]", clause.subject)
        and last not in ("most", "more", "many", "some", "least")
        and not re.match(
            r"(?:in (?:addition|general|short|fact|other|this|case)|for (?:example|instance))\b", clause.lead
        )
    )


def _stands_alone(clause: ReadClause, answer: str) -> bool:
    """Whether nothing in a fact points to another sentence; "its" may stand for the subject."""
    first = answer[: end_of_clause(answer)]
    return not _POINTS_BACK.search(re.sub(r"\b(?:its|their)\b", "", first)) and not _POINTS_BACK.search(
        f"{clause.subject} {clause.lead}"
    )


def _ask(clause: ReadClause) -> tuple[str, str] | None:
    rest = clause.rest.rstrip(" .!")
    lead = f" {clause.lead}" if clause.lead else ""
    if has_other_verb(rest[: end_of_clause(rest)]) and not is_be(clause.verb):
        return None
    if clause.base or clause.helper in MODALS:
        base, after = clause.base, rest
        if not base:
            base, _, after = rest.partition(" ")
        if base == "be" and (match := _OF_BE.match(after)):
            return _of_be(clause, f"{clause.helper} {clause.subject} be", match, lead)
        start = f"what {clause.helper} {clause.subject} {base}"
        match = _PREPOSITIONAL.match(after)
        if match and _PREPOSITIONS.get(base) == match["asked"]:
            return tidy(f"{start} {match['asked']}{lead}"), match["answer"]
        if base in _TRANSITIVE and re.match(r"[\w£€$“]", after) and not _NO_OBJECT.match(after):
            return tidy(f"{start}{lead}"), after
        return None
    if not is_be(clause.verb):
        return None
    if match := _OF_BE.match(rest):
        return _of_be(clause, f"{clause.verb} {clause.subject}", match, lead)
    if re.match(r"the [a-z]+(?: [a-z]+)? (?:of|for) ", clause.subject) and _IS_THING.match(rest):
        return tidy(f"what {clause.verb} {clause.subject}{lead}"), rest
    return None


def _of_be(clause: ReadClause, start: str, match: re.Match[str], lead: str) -> tuple[str, str]:
    asked, answer = match["asked"], match["answer"]
    verb, _, preposition = asked.rpartition(" ")
    if preposition == "to" and verb != "committed":
        asked, answer = (f"{verb} for", f"to {answer}") if verb == "used" else (f"{verb} to do", answer)
    return tidy(f"what {start} {asked}{lead}"), answer
