"""Says in words what drafts are: their kinds and the checks on them.
Knows nothing about pages and commands, which all use these words."""

from __future__ import annotations

from workbench.corpus.draft_types import OK, Draft

KIND_LABELS = {
    "question": "Asked in the text",
    "list": "List item",
    "table": "Table cell",
    "heading": "Section",
    "direct": "Direct",
    "search words": "In search words",
    "situational": "From a situation",
    "numeric": "Number",
    "two documents": "Two documents",
    "comparison": "Comparison",
    "false premise": "False premise",
    "unanswerable": "Unanswerable",
    "follow-up": "Follow-up",
    "asked": "Asked by a person",
    "served": "Asked of a service",
}
"""Kind → its label, where that is not the kind with a capital."""

PASSED = {
    "quote": "The quote is in the document",
    "answer": "The answer is in the quote",
    "given away": "The question does not contain its own answer",
    "copied": "It is not a heading or sentence of the document",
    "language": "It is in the language of its document",
    "context": "The question makes sense on its own",
    "surroundings": "Nothing around it changes what it says",
    "other passages": "No other passage answers it differently",
    "duplicate": "No other question asks the same",
    "wording": "The wording is plain",
    "personal data": "No personal data was found in it",
    "nothing answers it": "No document answers it",
    "closed book": "It cannot be answered without the documents",
    "round trip": "The quote alone leads to this answer",
}
"""Name of a check → what holds when it passes."""


def label_of_kind(kind: str) -> str:
    """The kind for people."""
    return KIND_LABELS.get(kind, kind[:1].upper() + kind[1:])


def describe_check(name: str, verdict: str) -> str:
    """A verdict as a sentence or a reason."""
    title = name[:1].upper() + name[1:]
    return PASSED.get(name, f"{title}: passed") if verdict == OK else f"{title}: {verdict}"


def reasons_of(draft: Draft) -> str:
    """Why a draft does not pass, in one line; empty when it does."""
    return "; ".join(describe_check(name, verdict) for name, verdict in draft.failed_checks.items())
