"""Makes six documents of different kinds and questions about them: a price list, in which keyword search finds
each part by its number and dense search mixes the numbers up.
Knows nothing about what is done with them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import docx
from reportlab.pdfgen.canvas import Canvas

PRICES = {4000 + 37 * n: 20 + 3 * n for n in range(60)}
"""The number of a part → its price in euros."""
ASKED = 44
"""How many of the parts are asked about."""


def _html(sentences: Sequence[str]) -> bytes:
    paragraphs = "".join(f"<p>{sentence}</p>" for sentence in sentences)
    return f"<html><head><title>Parts</title></head><body>{paragraphs}</body></html>".encode()


def _word(sentences: Sequence[str]) -> bytes:
    document, out = docx.Document(), io.BytesIO()
    for sentence in sentences:
        document.add_paragraph(sentence)
    document.save(out)
    return out.getvalue()


def _pdf(sentences: Sequence[str]) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    for at, sentence in enumerate(sentences):
        canvas.drawString(72, 760 - 40 * at, sentence)
    canvas.save()
    return out.getvalue()


ABOUT = (
    "The workshop opens at 8:00 on every day of the week but Sunday. A repair takes five days. The warranty on a "
    "repair is 24 months, and it covers the parts as well as the work that was done."
)
"""What the first document says besides, in sentences that questions can be drafted from."""

KINDS: dict[str, Callable[[Sequence[str]], bytes]] = {
    "md": lambda sentences: "\n\n".join(["# The workshop", ABOUT, "## Parts", *sentences]).encode(),
    "txt": lambda sentences: "\n\n".join(sentences).encode(),
    "html": _html,
    "csv": lambda sentences: "\n".join(["remark", *sentences]).encode(),
    "docx": _word,
    "pdf": _pdf,
}
"""A file's ending → what makes its content of sentences."""


def write_documents(folder: Path) -> list[str]:
    """Write one document of each kind, over which the parts are spread; return their paths."""
    paths = []
    for at, (kind, make) in enumerate(KINDS.items()):
        parts = list(PRICES.items())[at :: len(KINDS)]
        path = folder / f"parts-{at + 1}.{kind}"
        path.write_bytes(make([f"Part {number} costs {price} euros." for number, price in parts]))
        paths.append(str(path))
    return paths


def write_questions(path: Path) -> None:
    """Write a file of questions, each about the price of one part."""
    rows = [
        {"question": f"What does part {number} cost?", "answer": f"{price} euros", "tags": ["price"]}
        for number, price in list(PRICES.items())[:ASKED]
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n")
