"""Formats what a system replied to one question.
Knows nothing about how it was asked."""

from __future__ import annotations

import textwrap
from typing import Any

from workbench.formatting import counted, dollars
from workbench.results.answer_flags import describe_flags


def tried_text(tried: dict[str, Any]) -> str:
    """tried: the document of `systems try --json`."""
    passages = tried["passages"]
    placed = sum(bool(p["document"]) for p in passages)
    cost = "cost unknown" if tried["cost_usd"] is None else dollars(tried["cost_usd"])
    lines = [
        f"{tried['system']} was asked: {tried['question']}",
        textwrap.indent(tried["answer"], "  "),
        f"{counted(len(passages), 'passage')}, {placed} of them found in the documents · "
        f"{tried['tokens']['input']:,} tokens in, {tried['tokens']['output']:,} out · {cost} · "
        f"{tried['seconds']:.2f} s",
    ]
    for number, p in enumerate(passages, start=1):
        where = (
            f"{p['document']} {p['start']:,} to {p['end']:,}" if p["document"] else "in none of the documents"
        )
        named = f" ({p['title']})" if p["title"] and not p["document"] else ""
        lines.append(f"  [{number}] {where}{named}: {textwrap.shorten(p['text'], 70, placeholder=' …')}")
    return "\n".join([*lines, *(f"Note: {said}" for said in describe_flags(tried["flags"]))])
