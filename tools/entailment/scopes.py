"""Rules that change a degree, a scope or a condition: often one sentence follows from the other.
Knows nothing about evidence."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from tools.entailment.edit import (
    NEGATED,
    Edit,
    replaced,
    upper_first,
)

# (weaker, stronger): what has the stronger word entails what has the weaker.
_DEGREES = (
    ("some", "all"), ("many", "all"), ("most", "all"), ("several", "all"), ("some", "most"),
    ("often", "always"), ("usually", "always"), ("sometimes", "always"), ("generally", "always"),
    ("rarely", "never"), ("almost all", "all"), ("nearly all", "all"), ("almost every", "every"),
    ("one of the", "the"), ("among the", "the"), ("mainly", "only"), ("mostly", "entirely"),
    ("primarily", "exclusively"), ("partly", "entirely"), ("partially", "completely"),
    ("largely", "entirely"), ("may", "will"), ("might", "will"), ("can", "must"), ("could", "would"),
    ("may", "must"),
    ("at least", "exactly"), ("up to", "exactly"), ("about", "exactly"), ("approximately", "exactly"),
    ("over", "exactly"), ("more than", "at least twice"), ("is thought to be", "is"),
    ("is believed to be", "is"), ("are thought to be", "are"), ("is considered", "is"),
    ("is likely to", "will"), ("planned to", "did"),
    ("tried to", "managed to"), ("attempted to", "managed to"), ("wanted to", "managed to"),
    ("helped to", "was the only one to"), ("contributed to", "caused"), ("is associated with", "causes"),
    ("was associated with", "caused"), ("suggests", "proves"), ("suggested", "proved"), ("suggest", "prove"),
    ("likely", "certainly"), ("probably", "certainly"), ("possibly", "certainly"),
    ("recommended", "required"), ("should", "must"), ("few", "no"), ("typically", "always"),
    ("tends to", "always does"),
)  # fmt: skip
# From the stronger back to the weaker, only these are safe.
_SAFE_WEAKER = frozenset(
    [("some", "all"), ("many", "all"), ("most", "all"), ("often", "always"), ("usually", "always"),
     ("almost all", "all"), ("one of the", "the"), ("at least", "exactly"), ("likely", "certainly"),
     ("may", "will"), ("suggests", "proves"), ("contributed to", "caused"), ("should", "must"),
     ("partly", "entirely"), ("mostly", "entirely"), ("mainly", "only")]
)  # fmt: skip


def scope(text: str, chance: random.Random, names: Sequence[str]) -> Edit | None:
    """A stronger degree or a wider scope, which does not follow: some → all, up to 5 → exactly 5."""
    found = [
        (match, weak, strong)
        for weak, strong in _DEGREES
        for match in re.finditer(rf"\b{weak}\b", text, re.IGNORECASE)
        if weak not in ("over", "about", "up to", "more than", "at least")
        or re.match(r"\s+[$€£]?\d|\s+(?:one|two|three|four|five|ten|half)", text[match.end() :])
        if weak != "can" or not text[match.end() :].startswith("not")
        if weak != "may" or match.group().islower()
        if weak not in ("most", "few", "many", "some", "several")
        or not re.search(
            r"\b(?:the|last|first|next|a|its|their|how|so)\s$", text[: match.start()], re.IGNORECASE
        )
        if weak != "most" or re.match(r"\s(?:of|\w+s)\b", text[match.end() :])
    ]
    if not found:
        return None
    match, weak, strong = chance.choice(found)
    new = upper_first(strong) if match.group()[0].isupper() else strong
    if weak in ("one of the", "among the") and not re.match(r"\s(?:most|\w+est)\b", text[match.end() :]):
        return None
    reverse = True if (weak, strong) in _SAFE_WEAKER else None
    return Edit("scope", replaced(text, *match.span(), new), False, reverse)


def weaker(text: str, chance: random.Random, names: Sequence[str]) -> Edit | None:
    """A weaker degree, which follows: all → most, always → usually."""
    found = [
        (match, weak, strong)
        for weak, strong in sorted(_SAFE_WEAKER)
        if strong not in ("the", "exactly", "only")
        for match in re.finditer(
            rf"\b(?<!nearly )(?<!almost )(?<!at )(?<!of ){strong}\b(?! time)(?! by)(?! the time)",
            text,
            re.IGNORECASE,
        )
    ]
    if not found or NEGATED.search(text) or " no " in text:
        return None
    match, weak, strong = chance.choice(found)
    new = upper_first(weak) if match.group()[0].isupper() else weak
    return Edit("weaker", replaced(text, *match.span(), new), True, False)


def only(text: str, chance: random.Random, names: Sequence[str]) -> Edit | None:
    """An "only" put in, which does not follow, or taken out, which does."""
    match = re.search(r"\bonly\s", text)
    if match is not None:
        if "not only" in text or "only if" in text or "only when" in text or "the only" in text:
            return None
        return Edit("only", replaced(text, *match.span(), ""), True, False)
    match = re.search(
        r"\b(?:is|are|was|were|can|may|must)\s(?!not\b)(?=\w+ed\b|in\b|by\b|at\b|for\b|from\b|used\b)", text
    )
    if match is None:
        return None
    return Edit("only", replaced(text, match.end(), match.end(), "only "), False, True)


_CONDITION = re.compile(
    r",?\s(?:if|unless|except|provided that|only when|only if|as long as|until|"
    r"without|within|other than|excluding)\s[^,.;]{6,80}(?=[,.;]|$)"
)


def condition(text: str, chance: random.Random, names: Sequence[str]) -> Edit | None:
    """A condition or an exception left out: "… if it was bought online" → "…"."""
    match = _CONDITION.search(text)
    if match is None or match.start() < 15:
        return None
    cut = text[: match.start()] + text[match.end() :]
    return Edit("condition", cut, False, None)
