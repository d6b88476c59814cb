"""Rule: asks what a list says of the thing that each of its items begins with.
Knows nothing about other rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.corpus.sections import Section, Sentence
from workbench.drafting.clauses import read_clause
from workbench.drafting.heading_words import is_change, is_command, is_vague
from workbench.drafting.rules.definitions import GLOSSARY
from workbench.drafting.types import Candidate
from workbench.drafting.vocabulary import Vocabulary
from workbench.drafting.whole_sections import goes_on, is_cut
from workbench.scoring.document_languages import is_code
from workbench.text import STOP_WORDS, words

_LABELLED = re.compile(r"^(?P<label>[A-Z][^:.!?;]{1,50}): (?P<text>.{6,400})$", re.DOTALL)
_LEAST_ITEMS = 2
_MOST_LABEL_WORDS = 4  # with more, it is a statement


def draft(section: Section, vocabulary: Vocabulary) -> Iterator[Candidate]:
    """Draft a question for each item that begins with what it is about, as in "Chat: 90 seconds"."""
    labelled = [(item, match) for item in section.items if (match := _LABELLED.match(item.text))]
    if len(labelled) < _LEAST_ITEMS or is_vague(section):
        return
    if GLOSSARY.search(f"{section.title} {section.heading}"):
        return
    labels = [match["label"] for _, match in labelled]
    texts = [match["text"] for _, match in labelled]
    for item, match in labelled:
        label, text = match["label"], match["text"]
        if labels.count(label) > 1 or texts.count(text) > 1:
            continue
        if not _is_topic(label, vocabulary) or not _is_whole(section, item, text):
            continue
        question = f"What does “{section.title}” say about “{label}” under “{section.heading}”?"
        evidence = section.evidence_of(item.paragraph)
        yield Candidate("list", question, text.rstrip("."), item.place, evidence, names_title=True)


def _is_topic(label: str, vocabulary: Vocabulary) -> bool:
    """Whether something can be said "about" a label: it is neither a command nor a statement."""
    parts = words(label)
    if len(parts) > _MOST_LABEL_WORDS or "“" in label or is_change(label):
        return False
    if parts[0] in STOP_WORDS and parts[0] not in ("the", "a", "an", "our", "your"):
        return False  # "More data helped most", "After that"
    if is_command(label, vocabulary):
        return False  # "Ask questions: ask your provider …" says nothing of a thing
    return read_clause(f"{label} so.", vocabulary) is None


def _is_whole(section: Section, item: Sentence, text: str) -> bool:
    """Whether an item says all that stands under its label: neither is it cut off, nor does more follow."""
    if goes_on(text) or is_cut(text) or text.endswith((":", "?")) or is_code(text) or len(text.split()) < 2:
        return False
    # What is indented below it belongs to it, and a small letter goes on with it after the end of a page.
    return not re.match(
        r"[ \t]*\n(?:\s*\n)?(?:[ \t]{2,}\S|\s*[a-z])", section.document.text[item.place.end :]
    )
