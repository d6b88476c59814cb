"""Shows what is known about a document beside its text, by which questions and experiments can filter.
Knows nothing about where metadata come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from workbench.ui.widgets.text import as_markdown

HELP = (
    "From the path, the file's date, front matter and `metadata.jsonl`. Filters read them: "
    "`filter: {region: NL}`."
)


def show_metadata(metadata: Mapping[str, Any], columns: Sequence[str]) -> None:
    """Show the metadata of a document as a table.

    columns: of a table whose columns have names, those names: each row can be filtered by its cells.
    """
    st.caption(HELP)
    if metadata:
        st.table(
            [
                {"Key": as_markdown(key), "Value": as_markdown(_in_words(value))}
                for key, value in metadata.items()
            ]
        )
    named = [column for column in columns if column]
    if named:
        st.caption(f"Each row can also be filtered by its columns: {as_markdown(', '.join(named))}.")


def _in_words(value: Any) -> str:
    values = value if isinstance(value, list) else [value]
    return ", ".join(str(one).lower() if isinstance(one, bool) else str(one) for one in values)
