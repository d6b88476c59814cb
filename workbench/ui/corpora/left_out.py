"""Shows what documents' files hold beside the text that was read: running heads, menus, pictures.
Knows nothing about how files are read."""

from __future__ import annotations

from collections import Counter
from typing import Any

import streamlit as st

from workbench.formatting import counted
from workbench.ui.widgets.text import as_markdown

LEFT_OUT_HELP = "Characters in the file that are not in the text, such as running heads and menus."
MOST_KINDS = 5  # in the summary of a corpus


def characters_left_out(document: dict[str, Any]) -> int:
    """The number of characters of a file that are not in the document's text."""
    return sum(item["characters"] for item in document["left_out"])


def show_summary(documents: list[dict[str, Any]]) -> None:
    """Show in one line what was left out of all documents together.

    documents: as the worker read them.
    """
    counts: Counter[str] = Counter()
    for document in documents:
        for item in document["left_out"]:
            counts[item["kind"]] += item["count"]
    if not counts:
        return
    kinds = [f"{as_markdown(kind)} ({count:,})" for kind, count in counts.most_common(MOST_KINDS)]
    more = " and others" if len(counts) > MOST_KINDS else ""
    characters = sum(map(characters_left_out, documents))
    total = characters + sum(d["characters"] for d in documents)
    st.caption(
        f"Left out of the files: {', '.join(kinds)}{more}. That is {counted(characters, 'character')}, "
        f"{characters / total:.1%} of the text. Select a document to see what was left out of it."
    )


def show_left_out(left_out: list[dict[str, Any]]) -> None:
    """Show what was left out of one document, with examples."""
    if not left_out:
        st.caption("Nothing: all text of the file was read.")
        return
    st.table(
        [
            {
                "What": as_markdown(item["kind"]),
                "How many": f"{item['count']:,}",
                "Characters": f"{item['characters']:,}" if item["characters"] else "",
                "For example": as_markdown(" · ".join(item["examples"])),
            }
            for item in left_out
        ],
        border="horizontal",
        hide_index=True,
        alt="What was left out of the document",
    )
    st.caption("None of this is indexed, shown to a model or matched by a quote.")
