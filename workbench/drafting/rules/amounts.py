"""Rule: asks for the one amount, price, date or time of a sentence.
Knows nothing about other rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.corpus.sections import Section
from workbench.drafting.amounts import Asked, find_asked
from workbench.drafting.clauses import (
    ReadClause,
    end_of_clause,
    has_other_verb,
    helpers_of,
    is_be,
    is_some_event,
    leads_back,
    read_clause,
)
from workbench.drafting.types import Candidate
from workbench.drafting.verbs import HELPERS, INTRANSITIVE, MODALS, is_participle
from workbench.drafting.vocabulary import Vocabulary
from workbench.scoring.word_rarity import is_common
from workbench.text import stem

_OF_PHRASE = re.compile(
    r"^ of (?:(?:the|a|an|your|its|their|his|her) )?[A-Za-z-]+(?: [a-z-]+){0,2}?"
    r"(?=$| (?:after|before|in|for|from|to|at|by|on|when|if)\b)"
)


# What follows limits the amount to some cases, or names another one for others.
_RESTRICTED = re.compile(
    r"\b(?:except|unless|provided|only (?:if|when|for)|but|otherwise|excluding|apart from|depending)\b"
    r"|, or\b|,? (?:and|or) (?:\w+ )?(?:longer|shorter|more|less|fewer|later|earlier|up to|twice|half)\b"
)


def draft(section: Section, vocabulary: Vocabulary) -> Iterator[Candidate]:
    """Draft a question for each sentence and list item that says one amount."""
    for sentence in [*section.sentences, *section.items]:
        clause = read_clause(sentence.text, vocabulary)
        if clause is None:
            continue
        # The whole sentence, or its first clause where others say more amounts.
        pieces = (clause.rest, clause.rest.partition(";")[0], re.split(r"[;,] ", clause.rest)[0])
        asked = next((found for piece in pieces if (found := find_asked(piece)) is not None), None)
        if asked is None or leads_back(clause.lead) or re.search(r"\d", clause.lead) and asked.kind != "date":
            continue
        question = ask(clause, asked)
        if question is not None:
            yield Candidate(
                asked.kind, question, asked.answer, sentence.place, section.evidence_of(sentence.paragraph),
                needs_title=needs_title(clause),
            )  # fmt: skip


def needs_title(clause: ReadClause) -> bool:
    """Whether the subject begins with a plain noun, of which many documents speak: "members", "council
    members", "tension with Paris"."""
    first, *further = re.sub(r"^(?:the|an?) ", "", clause.subject, flags=re.IGNORECASE).split()
    if not re.search(r"[A-Z0-9]", first):
        return not re.search(r"[A-Z0-9]", " ".join(further[:1]))
    named = any(re.search(r"[A-Z0-9]", word) for word in further)
    is_plural = bool(further) and further[-1].endswith("s")
    return bool(further) and not named and (is_plural or is_common(stem(first.lower())))


def ask(clause: ReadClause, asked: Asked) -> str | None:
    """The question for an amount of a clause; None where it cannot be asked in plain English."""
    before = clause.rest[: asked.start].rstrip()
    end = end_of_clause(clause.rest, asked.end)
    after = clause.rest[asked.end : end]
    tail_words = after.split()
    if re.search(r"[,;:–—()]", before) or re.search(
        r"\b(?:and|or|but|that|which|who|when|if|than|so|whether|where|because|as)\b", before
    ):
        return None
    if _is_cut_short(before, after, clause.rest[end:]):
        return None
    if clause.helper == "did" and any(helpers_of(word) & {"do", "did"} for word in tail_words):
        return None  # "Products registered within 30 days gain a year": the verb was a participle
    if clause.helper in ("did", "was", "were") and not _is_told_apart(clause, asked):
        return None
    if clause.helper in ("would", "could", "might"):
        return None  # "Bonnie would cause damage in 2004" tells the past
    if asked.wh.startswith("since ") and clause.helper not in ("has", "have", "had", "was", "were", "did"):
        return None  # "Since what date is …" is no English
    if re.search(r"\bby \w+ing\b", before):
        return None  # "locked by holding minus for five seconds": it is held for so long, not locked
    if has_other_verb(before) or has_other_verb(after) or len(tail_words) > 14:
        return None
    if after and not after.startswith(" "):
        return None
    lead = f" {clause.lead}" if clause.lead else ""
    if is_be(clause.verb) and not before and not asked.has_preposition:
        return _what_is(clause, asked, after, lead)
    wh = asked.wh
    if asked.kind == "number" and wh != "how often":
        of = _OF_PHRASE.match(after)
        if of and not re.search(
            r"\b\w+ing\b", of.group()
        ):  # "of receiving the decision from us" is one phrase
            wh, after = wh + of.group(), after[of.end() :]
        elif after.startswith(" of ") and len(tail_words) <= 10:
            wh, after = wh + after, ""
        elif wh == "what percentage" or after.startswith(" of "):
            return None
    if not asked.has_preposition and not _takes_object(clause, before):
        return None
    if clause.base and before and is_participle(before.split()[-1].lower()):
        return None  # "has a constitution enacted in 1975"
    if clause.base and not (before or after.strip() or clause.base in INTRANSITIVE) and asked.has_preposition:
        return None  # what it announced stands in another clause
    is_bare = clause.helper in MODALS and " " not in before and before not in INTRANSITIVE
    if is_bare and not after.strip() and asked.has_preposition:
        return None  # "the team will approve within three days": what?
    if clause.base:
        asked_verb = f"{clause.helper} {clause.subject} {clause.base}"
    else:
        asked_verb = f"{clause.helper} {clause.subject}"
    return tidy(f"{wh} {asked_verb} {before}{after}{lead}")


def _is_told_apart(clause: ReadClause, asked: Asked) -> bool:
    """Whether an event can be told from others: "a machine was repaired in six days" is one of many, and so
    is "the party took 16 seats", said of an election that stands before it."""
    if re.match(r"an? ", clause.subject) or is_some_event(clause):
        return False
    return asked.kind == "date" or bool(re.search(r"\d", clause.lead))


def _is_cut_short(before: str, after: str, beyond: str) -> bool:
    """Whether an amount belongs to a participle inside ("a dinner attended by"), or the words after it begin
    something longer.

    beyond: what follows the clause.
    """
    inner = before.split()
    for place, word in enumerate(inner):
        adverb = place and (
            inner[place - 1].endswith("ly")
            or inner[place - 1] in ("first", "also", "be", "been", "being", "not")
        )
        if place and is_participle(word.lower()) and not adverb:
            return True
    if re.search(r"\b(?:consisting|comprising|including)\b", after) or _RESTRICTED.search(after + beyond):
        return True
    if re.search(r"\b(?:in|of|for|with|on|at|to|from|by|the|a|an)$", after):
        return True
    if (
        re.search(r"\bsince\b", before)
        or re.match(r" (?:more|less|fewer)\b", after)
        or re.match(r" (?:that|who|whose|which|where|as) ", beyond)
    ):
        return True
    if after and re.match(r", [\w-]+(?: \w+)?,? and ", beyond):
        return True  # a list that was cut off
    further = re.match(r"(?P<comma>,?) (?:and|or) (?P<word>\S+)", beyond)
    is_verb = further and (helpers_of(further["word"]) or further["word"].endswith("ed"))
    if further and not further["comma"] and not is_verb and further["word"] not in HELPERS:
        return True  # a name or a noun that was cut off: "the Great and General Court", "in Kenya and …"
    return bool(beyond.strip(" .!")) and bool(re.search(r"\b(?:when|while|where|if)\b", after))


def _takes_object(clause: ReadClause, before: str) -> bool:
    """Whether the amount may be the object of the verb."""
    last = before.split()[-1].lower() if before else ""
    if clause.base:
        return not last and clause.base not in ("become", "remain", "stay")
    if clause.helper in ("has", "have", "had"):
        return is_participle(last)
    return clause.helper in MODALS and last in _BASES


_BASES = frozenset(
    "hold carry cost take have keep use need reach pay receive save spend last include add contain cover "
    "produce support store send make serve".split()
)


def _what_is(clause: ReadClause, asked: Asked, after: str, lead: str) -> str | None:
    """Ask "What is the target …?" for "The target is 88% …"."""
    if len(after.split()) > 8 or after and not re.match(r" (?:for|in|at|with|from|on|during)\b", after):
        return None
    if not re.search(
        r"\b(?:\w*price|cost|fee|limit|target|temperature|weight|width|height|length|depth|size|speed|rate|budget|"
        r"capacity|period|maximum|minimum|deposit|charge|salary|allowance|deductible|premium|population|area|share|"
        r"total|average|number|amount|value|balance|distance|altitude|elevation|duration|age)\b",
        clause.subject,
    ):
        return None
    return tidy(f"what {clause.verb} {clause.subject}{after}{lead}")


def tidy(text: str) -> str:
    """A question of these words: one space between them, a capital first and a question mark last."""
    text = " ".join(text.split()).rstrip(" .,;:")
    return f"{text[:1].upper()}{text[1:]}?"
