"""Rule: asks who did or does something, where the document names a person.
Knows nothing about other rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.corpus.sections import Section, Sentence
from workbench.drafting.clauses import end_of_clause
from workbench.drafting.rules.amounts import tidy
from workbench.drafting.types import Candidate
from workbench.drafting.vocabulary import Vocabulary

_PERSON = r"[A-Z][a-z]+(?: [A-Z]\.)?(?: (?:van|von|de|der|la|du) )?(?: [A-Z][a-z’'-]+){1,2}"
_ACTS = re.compile(
    rf"^(?P<who>{_PERSON}) (?P<did>(?:was|is) (?:elected|appointed|named|born|chosen|hired|promoted|employed|"
    r"buried|awarded|crowned|ordained|married)|wrote|founded|won|invented|discovered|led|joined|became|taught|designed|"
    r"directed|composed|painted|published|developed|built|established|created|proposed|introduced|signed|married|"
    r"died|studied|leads|manages|chairs|owns|runs) (?P<rest>.+)$"
)
_BY = re.compile(
    rf"^(?P<what>(?:The|A|An) [a-z][^,;:]{{3,60}}?) (?P<aux>was|is|were|are) "
    rf"(?P<done>\w+ed|written|built|led|chosen) by (?P<who>{_PERSON})(?P<rest>[^,;:]*)\.$"
)
_ROLES = (
    "chair|owner|author|minutes|contact|editor|manager|lead|director|president|treasurer|secretary|chairman|"
    "chairwoman|chairperson|coordinator|responsible|approved by|written by|prepared by|reviewed by"
)
_ROLE = re.compile(rf"(?:^|[.;,] )(?P<role>{_ROLES}): (?P<who>{_PERSON})(?=[.;,]|$)", re.IGNORECASE)
_WRITTEN = re.compile(
    rf"^(?P<did>Written|Prepared|Approved|Reviewed) by (?P<who>{_PERSON}(?: and {_PERSON})?)\."
)


def draft(section: Section, vocabulary: Vocabulary) -> Iterator[Candidate]:
    """Draft a question for each sentence that says of a person what the person did or is."""
    for sentence in [*section.sentences, *section.items]:
        for question, answer, names_title in _questions(sentence, section, vocabulary):
            if all(_is_person(name, vocabulary) for name in answer.split(" and ")):
                yield Candidate(
                    "name", question, answer, sentence.place, section.evidence_of(sentence.paragraph),
                    needs_title=not names_title, names_title=names_title,
                )  # fmt: skip


def _is_person(name: str, vocabulary: Vocabulary) -> bool:
    """Whether a name may be a person's: the corpus never writes its words in lower case."""
    return not any(vocabulary.lower[word.lower()] for word in (name.split()[0], name.split()[-1]))


def _questions(
    sentence: Sentence, section: Section, vocabulary: Vocabulary
) -> Iterator[tuple[str, str, bool]]:
    text = sentence.text
    for match in _ROLE.finditer(text):
        role = match["role"].lower()
        if role.endswith(" by"):
            yield f"By whom was “{section.title}” {role.removesuffix(' by')}?", match["who"], True
        elif role == "minutes":
            yield f"Who took the minutes of “{section.title}”?", match["who"], True
        else:
            yield f"Who is the {role} named in “{section.title}”?", match["who"], True
    if written := _WRITTEN.match(text):
        verb = written["did"].lower()
        asked = {"written": "Who wrote"}.get(verb, f"Who {verb}")
        yield f"{asked} “{section.title}”?", written["who"], True
    if re.search(r"[?\"“”„«»\[\]{}<>|/=_#]", text) or not text.endswith("."):
        return
    if acts := _ACTS.match(text):
        rest = acts["rest"][: end_of_clause(acts["rest"])]
        if (
            2 <= len(rest.split()) <= 14
            and not rest.startswith("to ")
            and not re.search(r"\b(?:he|she|it|his|her|him|their|this|that|these)\b", rest)
        ):
            yield tidy(f"who {acts['did']} {rest}"), acts["who"], False
    elif by := _BY.match(text):
        what = vocabulary.inside(by["what"])
        if not re.search(r"\b(?:this|that|which|who|it|these)\b", what):
            yield tidy(f"by whom {by['aux']} {what} {by['done']}{by['rest']}"), by["who"], False
