"""Questions of other tools: reading a file, what it will add to a corpus, adding it.
Knows nothing about the formats of files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.corpus.types import Question
from workbench.importing import import_questions
from workbench.importing.formats import FORMATS
from workbench.importing.preparation import AUTO, Prepared
from workbench.importing.source_reading import SUFFIXES, read_source_bytes
from workbench.importing.types import FIELDS, Field, Source
from workbench.settings import Settings

FILE_TYPES = sorted({suffix.lstrip(".") for suffix in SUFFIXES} | {"zip", "gz"})
"""The endings of files that can be imported."""
FORMAT_LABELS = {AUTO: "Recognise it", **{format_.name: format_.label for format_ in FORMATS}}
"""Name of each format → its label."""
FIELD_LABELS: dict[Field | None, str] = {None: "not used", **{field: field for field in FIELDS}}
"""What a column can mean → its label."""


@dataclass(frozen=True)
class QuestionImports:
    """Imports of questions into a corpus."""

    settings: Settings
    """Folders, prices and limits."""

    def read(self, filename: str, data: bytes) -> Source:
        """Read an uploaded file. Raises QuestionError for one that cannot be imported."""
        return read_source_bytes(filename, data)

    def prepare(
        self, corpus_name: str, source: Source, *, format_name: str = AUTO,
        mapping: Mapping[str, Field | None] | None = None,
    ) -> Prepared:  # fmt: skip
        """Work out what importing the file will add, without writing anything."""
        return import_questions.prepare(
            self.settings, source, corpus_name, format_name=format_name, mapping=mapping
        )

    def store(self, corpus_name: str, prepared: Prepared, questions: Sequence[Question]) -> tuple[int, int]:
        """Add the documents of the file and these questions; return (number added, number already there)."""
        added = import_questions.store(self.settings, corpus_name, prepared, questions)
        return added, prepared.already + len(questions) - added
