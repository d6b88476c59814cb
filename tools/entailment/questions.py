"""Turns a question and an answer into a statement: "Who founded Rome?" + "Romulus" → "Romulus founded Rome."
Knows nothing about evidence. Where no rule fits, question and answer stand one after the other."""

from __future__ import annotations

import re

_BE = r"(?P<be>is|are|was|were)"
_WH = r"(?:[Ww]hat|[Ww]hich|[Ww]ho)"
_REST = r"(?P<rest>(?: (?:in|by|to|at|as|for|from|into|of|with|on|during|after) .+)?)$"
_FINITE = r"\w+(?:ed|es|ts|ns|rs|ds|wrote|won|led|made|became|began|held|ran|took|gave|sold|built)"
_NO_SUBJECT = r"(?!(?:is|are|was|were|did|does|do|can|could|will|would|has|have|had|type|kind) )"
_PARTICIPLE = r"(?P<verb>\w+(?:ed|en|t|n|d|ne|ght|lt|m))"
_IN_WHAT = r"[Ii]n (?:what|which) (?:year|country|city)"
_SUBJECT = re.compile(rf"^(?:[Ww]ho|[Ww]hat) (?P<rest>{_NO_SUBJECT}(?:\w+ly )?{_FINITE} .+)$")
_BE_WHAT = re.compile(rf"^{_WH} {_BE} (?P<rest>the [^?]+|[A-Z][^?]+['’]s [^?]+|[a-z]+ of [^?]+)$")
_BE_NAME = re.compile(rf"^[Ww]ho {_BE} (?P<rest>[^?]+)$")
_WHEN_BE = re.compile(rf"^(?:[Ww]hen|[Ii]n (?:what|which) year) {_BE} (?P<who>.+?) {_PARTICIPLE}{_REST}")
_WHERE_BE = re.compile(
    rf"^[Ww]here {_BE} (?P<who>.+?)(?: (?P<verb>located|born|held|found|built|founded|situated))?$"
)
_HOW_MANY = re.compile(
    r"^[Hh]ow many (?P<noun>[\w ]{3,40}?) (?P<rest>(?:are|were|is|was|have|had|live|lived|make|made) .+)$"
)
_DID = re.compile(
    rf"^(?P<wh>[Ww]hat|[Ww]ho|[Ww]hen|[Ww]here|{_IN_WHAT}|[Hh]ow many (?P<noun>[\w ]{{3,30}}?))"
    rf" did (?P<who>.+?) (?P<verb>[a-z]+){_REST}"
)
_IRREGULAR = """
    win/won lose/lost begin/began become/became get/got take/took make/made give/gave write/wrote buy/bought
    sell/sold build/built find/found lead/led leave/left meet/met come/came go/went see/saw say/said
    think/thought have/had do/did die/died pay/paid hold/held run/ran send/sent lay/laid choose/chose
    break/broke speak/spoke teach/taught fight/fought bring/brought know/knew grow/grew show/showed
    occur/occurred rise/rose fall/fell bear/bore keep/kept tell/told feel/felt spend/spent put/put cut/cut
    set/set hit/hit let/let read/read"""
_PAST = dict(pair.split("/") for pair in _IRREGULAR.split())


def past_of(verb: str) -> str:
    """The past of a verb: the irregular ones that are common, otherwise by rule."""
    if verb in _PAST:
        return _PAST[verb]
    if verb.endswith("e"):
        return verb + "d"
    if re.search(r"[^aeiou]y$", verb):
        return verb[:-1] + "ied"
    if re.fullmatch(r"[^aeiou]*[aeiou][bdgmnpt]", verb):
        return verb + verb[-1] + "ed"
    return verb + "ed"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _with_in(answer: str) -> str:
    placed = re.match(r"(?i)(?:in|on|at|during|after|before|between|from|since|around|by)\b", answer)
    return answer if placed else f"in {answer}"


def declare(question: str, answer: str) -> str | None:
    """The statement that answers the question, or None where no rule fits."""
    q, a = question.strip().rstrip("?").strip(), answer.strip().rstrip(".")
    if match := _DID.match(q):
        wh, rest, past = match.group("wh").lower(), match.group("rest"), past_of(match.group("verb"))
        who = _upper(match.group("who"))
        if wh in ("what", "who"):
            return f"{who} {past} {a}{rest}."
        if wh.startswith("how many"):
            counted = a[:1].isdigit() and " " not in a
            return f"{who} {past} {a} {match.group('noun')}{rest}." if counted else None
        return f"{who} {past}{rest} {_with_in(a)}."
    if match := _WHEN_BE.match(q):
        said = f"{match.group('be')} {match.group('verb')}{match.group('rest')}"
        return f"{_upper(match.group('who'))} {said} {_with_in(a)}."
    if match := _WHERE_BE.match(q):
        verb = f" {match.group('verb')}" if match.group("verb") else ""
        return f"{_upper(match.group('who'))} {match.group('be')}{verb} {_with_in(a)}."
    if match := _HOW_MANY.match(q):
        return f"{_upper(a)} {match.group('noun')} {match.group('rest')}." if " " not in a else None
    if match := _BE_WHAT.match(q):
        return f"{_upper(match.group('rest'))} {match.group('be')} {a}."
    if match := _BE_NAME.match(q):
        return f"{_upper(a)} {match.group('be')} {match.group('rest')}."
    if match := _SUBJECT.match(q):
        return f"{_upper(a)} {match.group('rest')}."
    return None


def kind_of(answer: str) -> str:
    """What an answer looks like: a wrong answer of the same kind is not told by its form."""
    if re.fullmatch(r"(?:1\d|20)\d\d", answer):
        return "year"
    if re.search(r"\d", answer):
        return "number"
    if answer[:1].isupper():
        return "name" if len(answer.split()) <= 4 else "long name"
    return "words" if len(answer.split()) <= 3 else "phrase"
