"""Rule: asks what a thing does, is used for or is responsible for, where one clause says it.
Knows nothing about other rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.corpus.sections import Section
from workbench.drafting.clauses import (
    ReadClause,
    begins_with_superlative,
    end_of_clause,
    has_other_verb,
    helpers_of,
    is_be,
    is_some_event,
    leads_back,
    read_clause,
)
from workbench.drafting.rules.amounts import needs_title, tidy
from workbench.drafting.types import Candidate
from workbench.drafting.verbs import MODALS
from workbench.drafting.vocabulary import Vocabulary
from workbench.text import content_tokens

# Verbs whose object is asked for with "What does … VERB?": few things are such objects of one subject.
_TRANSITIVE = frozenset(
    """accept contain convert describe discover include manage prevent preserve protect refuse remove replace
    represent require restore""".split()
)
# "What did the company offer?" may be anything, but "What did the company offer in 1998?" is one thing.
_OPEN = frozenset(
    """acquire announce build buy collect create develop establish finance generate identify implement improve
    increase introduce measure occupy produce propose publish receive reduce release win""".split()
)
_USED_FOR = re.compile(r"^(?P<thing>(?:[\w’'-]+ ){1,6}?)(?P<aim>to [a-z]+ .+)$")
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
# A subject that is compared with something said before: "longer term plans", "a similar method".
_COMPARED = re.compile(
    r"^(?:the |an? )?(?:more|less|other|another|similar|common|common(?:er|est)|further|notable|same|smaller|"
    r"larger|longer|shorter|nearer|later|earlier|newer|older|higher|lower|list|mission)\b",
    re.IGNORECASE,
)
# "several tools" says nothing, and "approaches to …" goes on.
_NO_TOOL = re.compile(
    r"\bfor |^(?:several|various|many|some|different|multiple|two|three|four) |"
    r"\b(?:approach|approaches|access|answers?|solutions?|links?|rights?|keys?|ways?) $"
)
_ASIDE = re.compile(
    r"\s*(?:—|\s[–-]\s|;|,? (?:while|whereas|although|though)\b|, (?:which|who|whom|whose|where|so)\b)"
)
_JOINED = re.compile(r"(?P<comma>,?) (?:and|but|or|yet|nor) ")
_PRONOUNS = frozenset("it they he she you we i there this these".split())
_PERSON = re.compile(r"\b[A-Z]\w+ [A-Z]\w+\b")
_LEAST_ANSWER_WORDS, _MOST_ANSWER_WORDS = 3, 40
_LEAST_WORDS = 3  # of a question, stop words not counted


def draft(section: Section, vocabulary: Vocabulary) -> Iterator[Candidate]:
    """Draft a question for each sentence that says such a fact."""
    for sentence in section.sentences:
        clause = read_clause(sentence.text, vocabulary)
        asked = _ask(clause) if clause is not None else None
        if clause is None or asked is None or not _is_clear(clause):
            continue
        question, said = asked
        answer = _first_clause(said, vocabulary)
        if answer is None or not _LEAST_ANSWER_WORDS <= len(answer.split()) <= _MOST_ANSWER_WORDS:
            continue
        own = set(content_tokens(section.title))
        if (
            len(content_tokens(question)) >= _LEAST_WORDS
            and len(set(content_tokens(question)) - own) > 1
            and _stands_alone(clause, answer)
        ):
            yield Candidate(
                "fact", question, answer, sentence.place, section.evidence_of(sentence.paragraph),
                needs_title=needs_title(clause),
            )  # fmt: skip


def _first_clause(answer: str, vocabulary: Vocabulary) -> str | None:
    """An answer without the clauses that follow it; None where its end is not certain."""
    aside = _ASIDE.search(answer)
    goes_on = {",": r" (?:and|or) ", "—": "—"}.get(aside.group().strip()[0]) if aside else None
    if aside and goes_on and re.search(goes_on, answer[aside.end() :]):
        return None  # perhaps a list, or the sentence, goes on after it
    answer = answer[: aside.start()] if aside else answer
    if len(answer.split()) > 2 * _MOST_ANSWER_WORDS:
        return None
    for joined in _JOINED.finditer(answer):
        begins = _begins_clause(answer[joined.end() :], vocabulary)
        if begins and joined["comma"]:
            return answer[: joined.start()]
        is_odd = joined["comma"] and ", " not in answer[: joined.start()]  # lists of two have no comma
        if begins or begins is None or is_odd:
            return None
    return None if re.search(r"\b(?:but|yet)\b", answer) else answer


def _begins_clause(text: str, vocabulary: Vocabulary) -> bool | None:
    """Whether a text that follows "and" is a clause and no further noun; None where that is not certain."""
    segment = text.partition(",")[0].split()
    while len(segment) > 1 and (segment[0].endswith("ly") or segment[0] in ("also", "then", "often", "so")):
        segment = segment[1:]
    first = segment[0].lower() if segment else ""
    if first in _PRONOUNS or has_other_verb(first):
        return True
    if first.endswith("ed") or helpers_of(first) & {"did", "does"}:
        return True
    if first.endswith("s") and vocabulary.is_verb(first):
        return None  # "an agreement and sets the terms"
    inside = " ".join(segment)
    relative = re.search(r"\b(?:that|which|who|where|what|how|if|when)\b", inside)
    if not relative and has_other_verb(inside):
        return True
    further = [
        word
        for word in segment[1:6]
        if word.endswith("ed")
        or helpers_of(word) & {"did"}
        or word.endswith("s")
        and vocabulary.is_verb(word)
    ]
    return None if further and first in ("the", "a", "an", "its", "their") else False


def _is_clear(clause: ReadClause) -> bool:
    """Whether the clause was surely read rightly, and what stands before it belongs to the question."""
    last = clause.subject.split()[-1].lower()
    return (
        not re.search(r"[.:,]", clause.subject)
        and not is_some_event(clause)
        and not (clause.helper in ("did", "was", "were") and re.match(r"[a-z]+ ?[^A-Z]*$", clause.subject))
        and not _COMPARED.match(clause.subject)
        and last not in ("most", "more", "many", "some", "least")
        and not leads_back(clause.lead)
    )


def _stands_alone(clause: ReadClause, answer: str) -> bool:
    """Whether nothing in a fact points to another sentence; "its" may stand for the subject."""
    first = answer[: end_of_clause(answer)]
    begins = answer.split()[0].lower()
    if (
        begins == "well"
        or "did" in helpers_of(begins)
        or "do" in helpers_of(begins)
        or begins_with_superlative(answer)
    ):
        return False  # "the signaling protocols used allow …": the verb was a participle
    if re.match(r"(?:a|the) (?:similar|same)\b", answer):
        return False
    if clause.base == "include" and re.search(r" in (?:its|their) ", answer):
        return False
    if clause.base == "replace" and re.match(r"[A-Z]", answer):
        return False  # perhaps a person
    if clause.base == "require" and re.match(r"(?:\w+ ){1,3}to \w+", answer):
        return False  # "requires members to give notice" asks for what they must do
    if clause.base == "describe" and " as " in answer:
        return False
    if clause.base == "include" and (re.match(r"\d", answer) or len(_PERSON.findall(answer)) > 1):
        return False  # "attendance included 350 officials"; people are not asked for with "what"
    if begins in ("different", "various", "many", "several", "some"):
        return False
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
        used = _USED_FOR.match(after) if base == "use" else None
        if (
            used
            and clause.subject not in ("people", "users")
            and not has_other_verb(used["thing"])
            and not _NO_TOOL.search(used["thing"])
        ):
            return tidy(f"{start} {used['thing']}for{lead}"), used["aim"]
        is_dated = clause.helper == "did" and bool(re.search(r"\d", lead))
        match = _PREPOSITIONAL.match(after)
        if match and _PREPOSITIONS.get(base) == match["asked"]:
            return tidy(f"{start} {match['asked']}{lead}"), match["answer"]
        if (
            (base in _TRANSITIVE or base in _OPEN and is_dated)
            and re.match(r"[\w£€$“]", after)
            and not _NO_OBJECT.match(after)
        ):
            return tidy(f"{start}{lead}"), after
        return None
    if not is_be(clause.verb):
        return None
    if match := _OF_BE.match(rest):
        return _of_be(clause, f"{clause.verb} {clause.subject}", match, lead)
    is_named = re.match(r"the (?!first|next|last)[a-z]+(?: [a-z]+)? (?:of|for) ", clause.subject)
    if is_named and _IS_THING.match(rest):
        return tidy(f"what {clause.verb} {clause.subject}{lead}"), rest
    return None


def _of_be(clause: ReadClause, start: str, match: re.Match[str], lead: str) -> tuple[str, str]:
    asked, answer = match["asked"], match["answer"]
    verb, _, preposition = asked.rpartition(" ")
    if preposition == "to" and verb != "committed":
        asked, answer = (f"{verb} for", f"to {answer}") if verb == "used" else (f"{verb} to do", answer)
    return tidy(f"what {start} {asked}{lead}"), answer
