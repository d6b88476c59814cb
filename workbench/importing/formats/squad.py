"""SQuAD 1.1 and 2.0: questions about paragraphs of articles; some of 2.0 cannot be answered. Brings
documents.
Knows nothing about other formats.

Shapes: the published dev-v1.1.json and dev-v2.0.json: {"version", "data": [{"title", "paragraphs":
[{"context", "qas": [{"id", "question", "answers": [{"text", "answer_start"}], "is_impossible",
"plausible_answers"}]}]}]}, and the rows of the Hugging Face sets squad and squad_v2: id, title, context,
question, answers {"text": [...], "answer_start": [...]}, where an unanswerable question has no answer text.
Each article becomes a document; the paragraph is the evidence. `plausible_answers` are wrong answers and are
not used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workbench.importing.columns import named
from workbench.importing.formats.shared import has_columns, recognised_by, unique_documents
from workbench.importing.types import Content, Format, Recognition, Record, RowProblem, Source, SourceDocument
from workbench.importing.values import as_text, as_texts, parse_cell


def _articles(source: Source) -> list[Any]:
    value = source.value
    data = value.get("data") if isinstance(value, dict) else value
    return data if isinstance(data, list) else []


def _recognise(source: Source) -> Recognition | None:
    articles = _articles(source)
    if articles and isinstance(articles[0], dict) and "paragraphs" in articles[0]:
        version = source.value.get("version") if isinstance(source.value, dict) else None
        named_version = f" of version {version}" if version else ""
        return Recognition(0.98, f"it holds articles with paragraphs and their questions{named_version}")
    if has_columns(source, "question", "context", "answers", "title"):
        return recognised_by(source, 0.9, "id", "title", "context", "question", "answers")
    return None


def _read(source: Source) -> Content:
    if has_columns(source, "question", "context"):
        return _read_rows(source)
    records: list[Record] = []
    problems: list[RowProblem] = []
    documents: list[SourceDocument] = []
    for number, article in enumerate(_articles(source), start=1):
        title = as_text(article.get("title")) if isinstance(article, dict) else ""
        paragraphs = list(_paragraphs(article))
        if not paragraphs:
            problems.append(RowProblem(None, f"article {number} has no paragraphs; it is left out"))
            continue
        title = title.replace("_", " ") or f"Article {number}"
        documents.append(SourceDocument(title, title, "\n\n".join(text for text, _ in paragraphs)))
        for text, questions in paragraphs:
            for entry in questions:
                values = entry if isinstance(entry, dict) else {}
                records.append(Record(len(records) + 1, _values(values, text, title)))
    return Content(tuple(records), unique_documents(documents), tuple(problems))


def _paragraphs(article: Any) -> Iterator[tuple[str, list[Any]]]:
    paragraphs = article.get("paragraphs") if isinstance(article, dict) else None
    for paragraph in paragraphs if isinstance(paragraphs, list) else []:
        if isinstance(paragraph, dict) and (text := as_text(paragraph.get("context"))):
            questions = paragraph.get("qas")
            yield text, questions if isinstance(questions, list) else []


def _read_rows(source: Source) -> Content:
    """Rows of one question each: paragraphs of one title are one document, in the order of the rows."""
    texts: dict[str, dict[str, None]] = {}
    records = []
    for record in source.records:
        text = as_text(record.values.get("context"))
        title = as_text(record.values.get("title")).replace("_", " ") or "Untitled"
        if text:
            texts.setdefault(title, {})[text] = None
        records.append(Record(record.row, _values(record.values, text, title)))
    documents = (SourceDocument(title, title, "\n\n".join(parts)) for title, parts in texts.items())
    return Content(tuple(records), tuple(documents), source.problems)


def _values(entry: dict[str, Any], context: str, title: str) -> dict[str, Any]:
    answers, _ = as_texts(parse_cell(entry.get("answers")))
    impossible = entry.get("is_impossible")
    if impossible is None and "answers" in entry and not answers:
        impossible = True  # so the rows of squad_v2 say it
    return {
        "id": entry.get("id"),
        "question": entry.get("question"),
        "answers": [] if impossible is True else answers,
        "context": "" if impossible is True else context,
        "title": title,
        "is_impossible": impossible,
    }


FORMAT = Format(
    "squad", "SQuAD 1.1 or 2.0", _recognise, _read,
    named({"id": "id", "question": "question", "answers": "answer", "context": "contexts",
           "title": "document", "is_impossible": "unanswerable"}),
)  # fmt: skip
