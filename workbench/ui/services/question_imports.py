"""Questions of other tools: reading a file, what it will add to a corpus, adding it.
Knows nothing about the formats of files, which are loaded when the first file is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.corpus.types import Question
from workbench.importing.types import AUTO, Field, Source
from workbench.settings import Settings

if TYPE_CHECKING:
    from workbench.importing.preparation import Prepared


@dataclass(frozen=True)
class QuestionImports:
    """Imports of questions into a corpus."""

    settings: Settings
    """Folders, prices and limits."""

    def format_labels(self) -> dict[str, str]:
        """Name of each format → its label; first the name that has it recognised."""
        from workbench.importing.formats import FORMATS

        return {AUTO: "Recognise it"} | {format_.name: format_.label for format_ in FORMATS}

    def read(self, filename: str, data: bytes) -> Source:
        """Read an uploaded file. Raises QuestionError for one that cannot be imported."""
        from workbench.importing.source_reading import read_source_bytes

        return read_source_bytes(filename, data)

    def prepare(
        self, corpus_name: str, source: Source, format_name: str, mapping: Mapping[str, Field | None]
    ) -> Prepared:
        """Work out what importing the file will add, without writing anything."""
        from workbench.importing.import_questions import prepare

        return prepare(self.settings, source, corpus_name, format_name=format_name, mapping=mapping)

    def store(self, corpus_name: str, prepared: Prepared, questions: Sequence[Question]) -> tuple[int, int]:
        """Add the documents of the file and these questions; return (number added, number already there)."""
        from workbench.importing.import_questions import store

        added = store(self.settings, corpus_name, prepared, questions)
        return added, prepared.already + len(questions) - added
