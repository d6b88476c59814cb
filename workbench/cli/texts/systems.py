"""Formats what a system replied to one question.
Knows nothing about how it was asked."""

from __future__ import annotations

import textwrap
from typing import Any

from workbench.results.answer_flags import describe_flags
from workbench.results.tried_words import tried_in_words


def tried_text(tried: dict[str, Any]) -> str:
    """tried: the document of `systems try --json`."""
    lines = [
        f"{tried['system']} was asked: {tried['question']}",
        textwrap.indent(tried["answer"], "  "),
        tried_in_words(tried),
    ]
    for number, p in enumerate(tried["passages"], start=1):
        where = (
            f"{p['document']} {p['start']:,} to {p['end']:,}" if p["document"] else "in none of the documents"
        )
        named = f" ({p['title']})" if p["title"] and not p["document"] else ""
        lines.append(f"  [{number}] {where}{named}: {textwrap.shorten(p['text'], 70, placeholder=' …')}")
    return "\n".join([*lines, *(f"Note: {said}" for said in describe_flags(tried["flags"]))])
