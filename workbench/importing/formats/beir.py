"""BEIR: a folder with documents, queries and judgements of which document answers which query. Brings
documents.
Knows nothing about other formats.

Shape (beir/datasets/data_loader.py): corpus.jsonl with _id, title and text; queries.jsonl with _id and text;
qrels/test.tsv, dev.tsv and train.tsv with query-id, corpus-id and score, whose first row names the columns.
In a zip file as well. Each document becomes a document of the corpus and is the evidence as a whole. Scores
above 0 mean relevant, whatever their grade, because evidence has no grades. Where there is a test.tsv, its
queries are imported; else those of all files. Queries without a judgement are left out, and counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from workbench.errors import QuestionError
from workbench.importing.columns import named
from workbench.importing.formats.shared import has_columns, recognised_by, unique_documents
from workbench.importing.source_reading import read_source_bytes
from workbench.importing.types import Content, Format, Recognition, Record, RowProblem, Source, SourceDocument
from workbench.importing.values import as_text


def _find(source: Source, *names: str) -> str | None:
    """The path of the first file with one of these names, with or without .gz."""
    for path in source.files:
        if PurePosixPath(path).name.removesuffix(".gz") in names:
            return path
    return None


def _qrels(source: Source) -> list[str]:
    """The files with judgements that count: test.tsv, or else all of them."""
    paths = [
        path for path in source.files
        if path.removesuffix(".gz").endswith(".tsv") and "qrels" in PurePosixPath(path).as_posix()
    ]  # fmt: skip
    test = [path for path in paths if PurePosixPath(path).name.removesuffix(".gz") == "test.tsv"]
    return test or paths


def _recognise(source: Source) -> Recognition | None:
    if source.kind == "folder":
        if _find(source, "corpus.jsonl") and _find(source, "queries.jsonl"):
            return Recognition(0.98, "it has the files corpus.jsonl and queries.jsonl")
        return None
    if has_columns(source, "_id", "text"):
        return recognised_by(source, 0.9, "_id", "title", "text")
    return None


def _read(source: Source) -> Content:
    if source.kind != "folder":
        if "title" in source.columns:
            raise QuestionError(
                f"{source.name} is the documents of a BEIR data set.",
                hint="Import the folder that it is in, or a zip file of it: the queries belong to it.",
            )
        what = (
            "these are the queries of a BEIR data set; import its folder to have documents and evidence, too"
        )
        return Content(source.records, (), (*source.problems, RowProblem(None, what)))
    problems: list[RowProblem] = []
    documents = []
    for record in _rows(source, _find(source, "corpus.jsonl"), problems):
        key, title, text = (as_text(record.values.get(name)) for name in ("_id", "title", "text"))
        if key and (text or title):
            documents.append(SourceDocument(key, title, text or title))
        else:
            problems.append(
                RowProblem(None, f"line {record.row} of corpus.jsonl has no _id or no text; left out")
            )
    there = {document.key for document in documents}
    judged = _judgements(source, problems, there)
    records = []
    without = 0
    for record in _rows(source, _find(source, "queries.jsonl"), problems):
        query = as_text(record.values.get("_id"))
        if judged and query not in judged:
            without += 1
            continue
        records.append(
            Record(
                record.row,
                {"_id": query, "text": record.values.get("text"), "documents": judged.get(query, [])},
            )
        )
    if without:
        what = "1 query has" if without == 1 else f"{without:,} queries have"
        left_out = "it is" if without == 1 else "they are"
        problems.append(RowProblem(None, f"{what} no judgement here; {left_out} left out"))
    if not judged:
        problems.append(
            RowProblem(None, "there are no judgements (qrels/test.tsv), so questions have no evidence")
        )
    return Content(tuple(records), unique_documents(documents), tuple(problems))


def _rows(source: Source, path: str | None, problems: list[RowProblem]) -> Iterator[Record]:
    if path is None:
        return
    read = read_source_bytes(PurePosixPath(path).name, source.files[path]())
    for problem in read.problems:
        where = f"line {problem.row} of " if problem.row else ""
        problems.append(RowProblem(None, f"{where}{path}: {problem.what}"))
    yield from read.records


def _cells(source: Source, path: str, problems: list[RowProblem]) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of a table, also of its first row where that does not name the columns."""
    for number, record in enumerate(_rows(source, path, problems)):
        columns = list(record.values)
        if number == 0 and len(columns) > 2 and columns[2].isdecimal():
            yield 1, columns
        yield record.row, [as_text(cell) for cell in record.values.values()]


def _judgements(source: Source, problems: list[RowProblem], there: set[str]) -> dict[str, list[str]]:
    """Query → the documents that are relevant to it."""
    judged: dict[str, list[str]] = {}
    grades: set[int] = set()
    missing = 0
    for path in _qrels(source):
        for line, cells in _cells(source, path, problems):
            try:
                query, document, grade = cells[0], cells[1], int(float(cells[2]))
            except (IndexError, ValueError):
                problems.append(RowProblem(None, f"line {line} of {path} is no judgement; it is not used"))
                continue
            relevant = judged.setdefault(query, [])
            if grade > 0 and document in there:
                relevant.append(document)
                grades.add(grade)
            missing += grade > 0 and document not in there
    if len(grades) > 1:
        what = (
            f"relevance has the grades {', '.join(map(str, sorted(grades)))}; each of them counts as relevant"
        )
        problems.append(RowProblem(None, what))
    if missing:
        problems.append(
            RowProblem(None, f"{missing:,} judgements name a document that corpus.jsonl does not have")
        )
    return judged


FORMAT = Format(
    "beir", "BEIR", _recognise, _read,
    named({"id": "id", "text": "question", "documents": "document"}),
)  # fmt: skip
