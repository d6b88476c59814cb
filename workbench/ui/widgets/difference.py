"""Shows what changed between two texts: lines that were removed and lines that were added.
Knows nothing about what the texts are."""

from __future__ import annotations

import difflib
import html

from workbench.ui.widgets.text import show_html

CONTEXT_LINES = 3
"""So many unchanged lines are shown around a change."""


def difference_html(before: str, after: str) -> str:
    """Return the lines that differ as escaped HTML, each with a sign, among unchanged ones; "" for none."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=CONTEXT_LINES, lineterm="")
    shown: list[str] = []
    for line in list(lines)[2:]:  # the first two name the texts
        sign, text = line[:1], html.escape(line[1:])
        if sign == "@":
            shown += ["…"] if shown else []
        elif sign == "+":
            shown.append(f"<ins>+ {text}</ins>")
        elif sign == "-":
            shown.append(f"<del>− {text}</del>")
        else:
            shown.append(f"  {text}")
    return "\n".join(shown)


def show_difference(before: str, after: str) -> bool:
    """Show what changed. Return whether anything did."""
    shown = difference_html(before, after)
    if shown:
        show_html(shown, kind="wb-code")
    return bool(shown)
