"""Says what became of requests that were taken over as drafts: for the page and for the command alike.
Knows nothing about how they are taken over: it reads the document of `questions from-requests --json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.formatting import counted


def taken_in_words(taken: Mapping[str, Any]) -> tuple[list[str], str]:
    """Sentences, the first one saying how many drafts wait; and what to mind in them, "" for nothing."""
    said = [f"{counted(len(taken['waiting']), 'draft')} of {taken['corpus']} from requests, to be reviewed."]
    facts = {
        "with the better answer that a user gave as reference.": taken["with_reference"],
        "left out: the corpus or another request asks the same.": taken["known"],
        "left out: the service does not keep the text.": taken["without_text"],
    }
    said += [f"{number:,} {what}" for what, number in facts.items() if number]
    if not taken["personal_data"]:
        return said, ""
    drafts = counted(taken["personal_data"], "draft")
    return said, f"Personal data in {drafts}: the review shows which. Take it out before you keep them."
