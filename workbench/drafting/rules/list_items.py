"""Rule: asks what a list says of the thing that each of its items begins with.
Knows nothing about other rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.corpus.sections import Section
from workbench.drafting.heading_words import is_vague
from workbench.drafting.rules.definitions import GLOSSARY
from workbench.drafting.types import Candidate
from workbench.drafting.verbs import COMMANDS
from workbench.drafting.vocabulary import Vocabulary
from workbench.text import words

_LABELLED = re.compile(r"^(?P<label>[A-Z][^:.!?;]{1,50}): (?P<text>.{6,400})$", re.DOTALL)
_LEAST_ITEMS = 2


def draft(section: Section, vocabulary: Vocabulary) -> Iterator[Candidate]:
    """Draft a question for each item that begins with what it is about, as in "Chat: 90 seconds"."""
    if GLOSSARY.search(f"{section.title} {section.heading}") or section.heading and is_vague(section):
        return
    labelled = [(item, match) for item in section.items if (match := _LABELLED.match(item.text))]
    if len(labelled) < _LEAST_ITEMS:
        return
    labels = [match["label"] for _, match in labelled]
    texts = [match["text"] for _, match in labelled]
    for item, match in labelled:
        if labels.count(match["label"]) > 1 or texts.count(match["text"]) > 1:
            continue
        if _is_command(match["label"], vocabulary):
            continue  # "Ask questions: ask your provider …" says nothing of a thing
        if len(words(match["label"])) > 6 or "“" in match["label"]:
            continue
        where = f" under “{section.heading}”" if section.heading else ""
        question = f"What does “{section.title}” say about “{match['label']}”{where}?"
        answer = match["text"].rstrip(".")
        yield Candidate(
            "list", question, answer, item.place, section.evidence_of(item.paragraph), names_title=True
        )


def _is_command(label: str, vocabulary: Vocabulary) -> bool:
    first, _, following = label.lower().partition(" ")
    return first in COMMANDS or bool(following) and vocabulary.is_verb(first)
