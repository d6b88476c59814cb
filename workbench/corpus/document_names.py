"""Finds a document by its name, also where the name's accents are written in another Unicode form.
Knows nothing about questions and files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from workbench.corpus.types import Document
from workbench.typography import composed


def by_name(documents: Iterable[Document]) -> dict[str, Document]:
    """The documents by name, and by name with composed accents: file systems and editors differ in that.
    Where two names differ in nothing else, each finds its own document."""
    documents = list(documents)
    return {composed(d.name): d for d in documents} | {d.name: d for d in documents}


def find_named(documents: Mapping[str, Document], name: str) -> Document | None:
    """The document of this name, also as Windows writes it ("rules\\parking.md") or from the folder on
    ("./parking.md"); None without one. documents: as `by_name` returns them."""
    path = composed(name).replace("\\", "/").removeprefix("./")
    return documents.get(name) or documents.get(composed(name)) or documents.get(path)
