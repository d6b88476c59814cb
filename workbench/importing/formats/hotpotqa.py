"""HotpotQA: questions that need sentences of several titled paragraphs. Brings the paragraphs as documents.
Knows nothing about other formats.

Shapes: the published hotpot_dev_distractor_v1.json: a list of {"_id", "question", "answer", "type", "level",
"supporting_facts": [[title, number of sentence]], "context": [[title, [sentences]]]}, and the rows of the
Hugging Face set: id, supporting_facts {"title": [...], "sent_id": [...]}, context {"title": [...],
"sentences": [[...]]}. 2WikiMultihopQA and MuSiQue in this shape are read as well. Each supporting sentence
is a piece of evidence; all are needed."""

from __future__ import annotations

from typing import Any

from workbench.importing.columns import named
from workbench.importing.formats.shared import has_columns, recognised_by, unique_documents
from workbench.importing.types import Content, Format, Recognition, Record, RowProblem, Source, SourceDocument
from workbench.importing.values import parse_cell


def _recognise(source: Source) -> Recognition | None:
    if has_columns(source, "question", "context", "supporting_facts"):
        return recognised_by(source, 0.95, "question", "answer", "context", "supporting_facts")
    return None


def _read(source: Source) -> Content:
    records: list[Record] = []
    problems: list[RowProblem] = list(source.problems)
    documents: dict[tuple[str, str], SourceDocument] = {}
    for record in source.records:
        paragraphs = dict(_pairs(record.values.get("context"), "title", "sentences"))
        for title, sentences in paragraphs.items():
            text = "".join(map(str, sentences)).strip() if isinstance(sentences, list) else ""
            if text:
                documents.setdefault((title, text), SourceDocument(title, title, text))
        facts: list[str] = []
        for title, number in _pairs(record.values.get("supporting_facts"), "title", "sent_id"):
            sentences = paragraphs.get(title)
            if isinstance(sentences, list) and isinstance(number, int) and 0 <= number < len(sentences):
                facts.append(str(sentences[number]).strip())
            else:
                what = f"its supporting fact {number} of {title!r} is not in its context; it is not used"
                problems.append(RowProblem(record.row, what))
        keys = ("_id", "id", "question", "answer", "type", "level")
        values = {key: record.values[key] for key in keys if key in record.values}
        records.append(Record(record.row, values | {"supporting_sentences": facts}))
    return Content(tuple(records), unique_documents(documents.values()), tuple(problems))


def _pairs(value: Any, first: str, second: str) -> list[tuple[str, Any]]:
    """The pairs of a list of pairs, or of an object with two lists."""
    value = parse_cell(value)
    if isinstance(value, dict):
        ones, others = value.get(first), value.get(second)
        if isinstance(ones, list) and isinstance(others, list):
            return [(str(one), other) for one, other in zip(ones, others, strict=False)]
        return []
    pairs = value if isinstance(value, list) else []
    return [(str(pair[0]), pair[1]) for pair in pairs if isinstance(pair, list | tuple) and len(pair) == 2]


FORMAT = Format(
    "hotpotqa", "HotpotQA", _recognise, _read,
    named({"id": "id", "question": "question", "answer": "answer", "supporting_sentences": "contexts",
           "type": "tags", "level": "tags"}),
)  # fmt: skip
