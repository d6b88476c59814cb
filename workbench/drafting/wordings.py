"""Words a question of the rules differently, without changing what it asks for.
Knows nothing about documents."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TITLE = r"“(?P<title>[^”]+)”"
# (pattern of a whole question, other wordings of it)
_WORDINGS = tuple(
    (re.compile(pattern), others)
    for pattern, others in (
        (
            rf"(?P<first>\w)(?P<asked>.+), according to {_TITLE}\?",
            ("According to “{title}”, {lower}{asked}?", "Going by “{title}”, {lower}{asked}?"),
        ),
        (
            r"What (?P<verb>should|can) (?P<who>\w+) do (?P<case>(?:if|when) .+)\?",
            ("{Case}, what {verb} {who} do?", "What {verb} be done {case}?"),
        ),
        (r"What happens (?P<case>(?:if|when) .+)\?", ("{Case}, what happens?", "What is the result {case}?")),
        (r"How can I (?P<aim>.+)\?", ("What do I have to do to {aim}?", "What is the right way to {aim}?")),
        (r"Why (?P<rest>.+)\?", ("For what reason {rest}?",)),
        (
            rf"What does {_TITLE} say about (?P<topic>.+)\?",
            ("What can be read about {topic} in “{title}”?", "What is written in “{title}” about {topic}?"),
        ),
        (
            rf"What does {_TITLE} give as (?P<column>“[^”]+”) for (?P<rest>.+)\?",
            ("According to “{title}”, what is given as {column} for {rest}?",),
        ),
        (
            rf"What does {_TITLE} give for (?P<rest>.+)\?",
            ("According to “{title}”, what holds for {rest}?",),
        ),
        (r"How many (?P<rest>.+)\?", ("What number of {rest}?",)),
        (r"How much does (?P<thing>.+) cost(?P<rest>.*)\?", ("What is the price of {thing}{rest}?",)),
        (r"What is the price of (?P<thing>.+)\?", ("How much does {thing} cost?",)),
        (r"On what date (?P<rest>.+)\?", ("When {rest}?", "On which day {rest}?")),
        (r"In what year (?P<rest>.+)\?", ("When {rest}?", "In which year {rest}?")),
        (r"At what time (?P<rest>.+)\?", ("When {rest}?", "At what hour {rest}?")),
        (
            r"What is the (?P<attribute>[^,]+) of (?P<thing>[^,“]+)\?",
            ("Which {attribute} does {thing} have?", "What {attribute} does {thing} have?"),
        ),
        (
            r"What (?P<verb>is|are) (?P<thing>[^,]+)\?",
            ("What is meant by {thing}?", "How is {thing} explained?"),
        ),
        (
            r"What does (?P<thing>“[^”]+”) mean\?",
            ("What is meant by {thing}?", "What does {thing} stand for?"),
        ),
        (r"Who (?P<rest>.+)\?", ("Which person {rest}?",)),
    )
)


def reword(question: str) -> Iterator[str]:
    """Yield other wordings of a question, as many as the rules know."""
    for pattern, others in _WORDINGS:
        match = pattern.fullmatch(question)
        if match is None:
            continue
        parts = match.groupdict()
        if "case" in parts:
            parts["Case"] = parts["case"][:1].upper() + parts["case"][1:]
        if "first" in parts:
            parts["lower"] = parts["first"].lower()
        yield from (other.format(**parts) for other in others)
        return
