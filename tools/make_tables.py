"""Writes the tables of parts into the README and docs/, between `<!-- parts: search -->` and `<!-- end -->`.
Knows nothing about the parts: their entries say what a row holds. A test notices what is out of date."""

from __future__ import annotations

import re
from pathlib import Path

from workbench.parts.tables import table_of

PROJECT = Path(__file__).parent.parent
BLOCK = re.compile(r"(<!-- parts: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def files() -> list[Path]:
    """The files that may hold tables."""
    return [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]


def as_markdown(place: str) -> str:
    """A table of the parts of one place."""
    head, rows = table_of(place)
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def renew(text: str) -> str:
    """The text with every table as the entries have it now."""
    return BLOCK.sub(lambda match: match[1] + as_markdown(match[2]) + match[3], text)


if __name__ == "__main__":
    for path in files():
        before = path.read_text(encoding="utf-8")
        if (after := renew(before)) != before:
            path.write_text(after, encoding="utf-8")
            print(f"{path.relative_to(PROJECT)} renewed")
