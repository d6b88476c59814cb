"""Rules that leave a part out or add one: the shorter sentence follows from the longer one.
Knows nothing about evidence."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from tools.entailment.edit import (
    NAME,
    Edit,
)

_TRAILING = re.compile(
    r",\s(?:and|which|where|who|with|including|while|as|making|leading|although)\s[^;]{12,160}?(?=\.?$)"
    r"|\s(?:and)\s(?:was|were|is|are|has|had|then|later|also|became|won|made|served|used|received|moved)\s[^;,]{8,120}?(?=\.?$)"
)
_LISTED = re.compile(
    r"(?P<a>\b[\w'’-]+(?:\s[\w'’-]+){0,2}),\s(?P<b>[\w'’-]+(?:\s[\w'’-]+){0,2}),?\s(?P<and>and)\s(?P<c>[\w'’-]+)"
)
_NO_LIST = re.compile(
    r"\b(?:between|either|neither|both|or|nor|not|no|never|only|total|sum|without|except)\b|n['’]t\b"
)


def conjunct(text: str, chance: random.Random, names: Sequence[str]) -> Edit | None:
    """A part left out: the shorter sentence follows from the longer one, not the other way round."""
    if _NO_LIST.search(text):
        return None
    found: list[tuple[int, int]] = [m.span() for m in _TRAILING.finditer(text) if m.start() > 20]
    found += [(m.end("a"), m.end("b")) for m in _LISTED.finditer(text)]
    if not found:
        return None
    start, end = chance.choice(found)
    cut = text[:start] + text[end:]
    cut = re.sub(r"(\w+),\sand\s(?=\w+)", r"\1 and ", cut, count=1) if cut.count(",") == 1 else cut
    return Edit("conjunct", cut, True, False)


_APPOSITION = re.compile(
    rf"^(?P<who>{NAME}), (?P<what>(?:a|an|the)\s[^,;]{{5,80}}), "
    r"(?P<rest>(?:is|was|are|were|has|had|[a-z]+ed)\s.+)$"
)


def apposition(text: str, chance: random.Random, names: Sequence[str]) -> Edit | None:
    """ "A, the B, did C" → "A is the B" or "A did C", which follow."""
    match = _APPOSITION.match(text)
    if match is None:
        return None
    if chance.random() < 0.5:
        return Edit("apposition", f"{match.group('who')} {match.group('rest')}", True, False)
    verb = "was" if re.match(r"was|were|had|\w+ed", match.group("rest")) else "is"
    return Edit("apposition", f"{match.group('who')} {verb} {match.group('what')}.", True, False)


_ADVICE = (
    "You should contact customer support first.", "It is recommended to check this regularly.",
    "You may need to restart afterwards.", "Make sure to keep a copy for your records.",
    "This is the best option for most people.", "It is important to consult a professional.",
    "This ensures that everything works as expected.", "Please contact the team for details.",
    "This makes it easier to use.", "It is widely regarded as a success.",
    "This was very popular at the time.",
    "Always follow the instructions of the manufacturer.", "You can also ask a member of staff.",
)  # fmt: skip
_ADVICE_TAILS = (
    ", so you should check it regularly", ", which makes it the best choice",
    ", so it is recommended to wait",
    " to ensure the best results", ", which is important for safety", ", as experts recommend",
    " in order to avoid problems", ", which saves time and money", ", making it very popular",
    " to help people work better", " for a better experience", ", which had a great impact",
)  # fmt: skip


def advice(text: str, chance: random.Random, names: Sequence[str]) -> Edit | None:
    """Advice or praise added that the original does not have."""
    body = text.rstrip()
    if not body.endswith(".") or len(body) > 220:
        return None
    if chance.random() < 0.3:
        return Edit("advice", f"{body} {chance.choice(_ADVICE)}", False, True)
    return Edit("advice", body[:-1] + chance.choice(_ADVICE_TAILS) + ".", False, True)
