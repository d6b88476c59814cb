"""Imports questions into a corpus, with the documents that their format brings; says what was done and what
not.
Knows nothing about pages and the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.corpus.corpus import (
    check_corpus_name,
    create_corpus,
    documents_folder,
    find_corpus,
    load_documents_of,
)
from workbench.corpus.question_editing import add_questions, read_rows, today
from workbench.corpus.samples import require_own
from workbench.corpus.types import Question
from workbench.errors import CorpusError
from workbench.files.writing import write_new_files
from workbench.formatting import counted
from workbench.importing.preparation import Existing, Prepared, prepare_import
from workbench.importing.source_reading import read_source
from workbench.importing.types import AUTO, Field, RowProblem, Source
from workbench.settings import Settings

MOST_SHOWN = 20
"""The most problems that a text names one by one."""


@dataclass(frozen=True)
class Imported:
    """The result of an import."""

    prepared: Prepared
    added: int
    """How many questions are new in the corpus, or would be."""
    created: bool
    """Whether the corpus is new, or would be."""
    dry_run: bool
    """Whether nothing was written."""

    def to_json(self) -> dict[str, Any]:
        """Return what `questions import --json` prints."""
        prepared = self.prepared
        return {
            "corpus": prepared.corpus,
            "created": self.created,
            "dry_run": self.dry_run,
            "file": prepared.file,
            "format": prepared.format.name,
            "why": prepared.why,
            "columns": dict(prepared.columns),
            "rows": prepared.rows,
            "added": self.added,
            "already": prepared.already,
            "duplicates": prepared.duplicates,
            "documents_added": len(prepared.documents.documents),
            "documents_already": prepared.documents.already,
            "without_evidence": prepared.without_evidence,
            "problems": [problem.as_row() for problem in prepared.problems],
        }


def import_questions(
    settings: Settings,
    path: Path,
    corpus: str,
    *,
    format_name: str = AUTO,
    mapping: Mapping[str, Field | None] | None = None,
    dry_run: bool = False,
) -> Imported:
    """Import the questions of a file or folder into a corpus.

    corpus: its name or path. One that does not exist is created when the format brings documents.
    mapping: column → what it means, where it is not what the format says.
    dry_run: write nothing.

    Raises QuestionError for a source without questions, and CorpusError for a corpus that cannot be changed.
    """
    source = read_source(path)
    prepared = prepare(settings, source, corpus, format_name=format_name, mapping=mapping)
    is_new = find_own_corpus(settings, corpus) is None
    if dry_run:
        return Imported(prepared, len(prepared.questions), is_new, True)
    return Imported(prepared, store(settings, corpus, prepared), is_new, False)


def find_own_corpus(settings: Settings, corpus: str) -> Path | None:
    """A corpus's folder; None when there is no such corpus. Raises CorpusError for one that is read-only."""
    try:
        path = find_corpus(corpus, settings.corpora)
    except CorpusError:
        return None
    require_own(path)
    return path


def prepare(
    settings: Settings,
    source: Source,
    corpus: str,
    *,
    format_name: str = AUTO,
    mapping: Mapping[str, Field | None] | None = None,
) -> Prepared:
    """Work out what importing a source into a corpus will add; the errors are those of `import_questions`."""
    path = find_own_corpus(settings, corpus)
    if path is not None:
        documents = load_documents_of(path, settings.cache / "documents")
        existing = Existing(path.name, tuple(documents), read_rows(path))
        return prepare_import(source, existing, today=today(), format_name=format_name, mapping=mapping)
    existing = Existing(corpus)
    prepared = prepare_import(source, existing, today=today(), format_name=format_name, mapping=mapping)
    if not prepared.documents.documents:
        raise CorpusError(
            f"There is no corpus {corpus!r}, and {prepared.file} brings no documents to make one of.",
            hint=f"Put documents into {settings.corpora / corpus / 'documents'} first, or make the corpus on "
            "the page Corpora.",
        )
    check_corpus_name(corpus)
    return prepared


def store(
    settings: Settings, corpus: str, prepared: Prepared, questions: Sequence[Question] | None = None
) -> int:
    """Write what was prepared: the documents, then the questions; returns how many questions were added.

    questions: those to write; None for all that were prepared.

    When it is ended in the middle, importing again goes on: what is there already is not written again.
    """
    path = find_own_corpus(settings, corpus) or create_corpus(settings.corpora, corpus)
    brought = prepared.documents
    if brought.texts:
        write_new_files(documents_folder(path), brought.texts, raise_as=CorpusError)
    chosen = [question for _, question in prepared.questions] if questions is None else questions
    if not chosen:
        return 0
    documents = load_documents_of(path, settings.cache / "documents")
    added, _ = add_questions(path, chosen, documents)
    return added


def describe(imported: Imported) -> str:
    """The result in words, for people."""
    prepared = imported.prepared
    used = [f"{column} = {field}" for column, field in prepared.columns.items() if field]
    unused = [column for column, field in prepared.columns.items() if not field]
    one, many = ("would be", "would be") if imported.dry_run else ("was", "were")
    lines = [
        f"{prepared.file}: {prepared.format.label}" + (f", because {prepared.why}." if prepared.why else "."),
        f"Columns: {', '.join(used)}." + (f" Not used: {', '.join(unused)}." if unused else ""),
        f"{counted(imported.added, 'question')} {one if imported.added == 1 else many} added to "
        f"{prepared.corpus}, of {counted(prepared.rows, 'row')}.",
    ]
    if imported.created:
        lines.append(f"The corpus {prepared.corpus} {one} created.")
    brought = prepared.documents
    if brought.documents or brought.already:
        there = f"; {brought.already:,} are there already" if brought.already else ""
        new = len(brought.documents)
        lines.append(f"{counted(new, 'document')} {one if new == 1 else many} added{there}.")
    for count, what in (
        (prepared.already, "already in the corpus"),
        (prepared.duplicates, "twice in the file"),
        (prepared.without_evidence, "without evidence, which retrieval scores need"),
    ):
        if count:
            lines.append(f"{counted(count, 'question')} {what}.")
    lines += describe_problems(prepared.problems)
    if imported.dry_run:
        lines.append("Nothing was written.")
    return "\n".join(lines)


def describe_problems(problems: Sequence[RowProblem]) -> list[str]:
    """The problems in words, one per line; of many, the first and how many more."""
    shown = problems[:MOST_SHOWN]
    lines = [f"{f'row {p.row}: ' if p.row else ''}{p.what}." for p in shown]
    more = len(problems) - len(shown)
    return lines + ([f"… and {more:,} more; --json lists all."] if more else [])
