"""Natural Questions and sets like it: questions with a long answer in a page, and short answers. Brings
documents.
Knows nothing about other formats.

Shapes: simplified v1.0 (question_text, document_text with tokens and HTML tags separated by spaces,
example_id, annotations: [{"long_answer": {"start_token", "end_token"}, "short_answers": [{"start_token",
"end_token"}], "yes_no_answer": "NONE"}]); the original with document_tokens [{"token", "html_token"}]; the
Hugging Face rows (question {"text"}, document {"title", "tokens": {"token": [...], "is_html": [...]}},
annotations as an object of lists); CLAPNQ (primeqa/clapnq: id, input, passages [{"title", "text"}], output
[{"answer", "selected_sentences"}]); KILT (facebookresearch/KILT: id, input, output [{"answer", "provenance":
[{"title"}]}]). The page, or the passage, becomes a document; the long answer is the evidence. A question
whose annotators found no answer in its page is one that the documents do not answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.importing.columns import named
from workbench.importing.formats.shared import first_objects, has_columns, recognised_by, unique_documents
from workbench.importing.types import Content, Format, Recognition, Record, Source, SourceDocument
from workbench.importing.values import as_text, as_texts, parse_cell

Token = tuple[str, bool]
"""(text, whether it is an HTML tag)."""


def _recognise(source: Source) -> Recognition | None:
    if has_columns(source, "annotations") and has_columns(source, any_of=("question_text", "question")):
        return recognised_by(
            source, 0.95, "question_text", "question", "document_text", "document", "annotations"
        )
    if has_columns(source, "input", "output"):
        outputs = [parse_cell(row.get("output")) for row in first_objects(source)]
        if all(isinstance(o, list) and all(isinstance(item, dict) for item in o) for o in outputs) and any(
            "answer" in item or "provenance" in item for o in outputs for item in o
        ):
            return recognised_by(source, 0.9, "input", "passages", "output")
    return None


def _read(source: Source) -> Content:
    documents: list[SourceDocument] = []
    read = _annotated if has_columns(source, "annotations") else _with_outputs
    records = tuple(Record(record.row, read(record.values, documents)) for record in source.records)
    return Content(records, unique_documents(documents), source.problems)


def _with_outputs(row: dict[str, Any], documents: list[SourceDocument]) -> dict[str, Any]:
    """A row of CLAPNQ or KILT."""
    titles, contexts = [], []
    for passage in _objects(row.get("passages")):
        title, text = as_text(passage.get("title")), as_text(passage.get("text"))
        if text:
            documents.append(SourceDocument(title or text[:60], title, text))
            contexts.append(text)
    answers: list[str] = []
    for output in _objects(row.get("output")):
        answers += as_texts(output.get("answer"))[0]
        titles += [as_text(p.get("title")) for p in _objects(output.get("provenance"))]
    answerable = bool(answers) if "passages" in row and not answers else None
    return {
        "id": row.get("id"),
        "question": row.get("input"),
        "answers": answers,
        "long_answer": contexts if answers else [],
        "document": [] if contexts else [title for title in dict.fromkeys(titles) if title],
        "answerable": answerable,
    }


def _annotated(row: dict[str, Any], documents: list[SourceDocument]) -> dict[str, Any]:
    """A row of Natural Questions."""
    page = row.get("document") if isinstance(row.get("document"), dict) else {}
    assert isinstance(page, dict)
    tokens = _tokens(row, page)
    title = as_text(page.get("title") or row.get("document_title"))
    text = _plain_text(tokens)
    if text:
        documents.append(SourceDocument(title or text[:60], title, text))
    long_answers: list[str] = []
    answers: list[str] = []
    for annotation in _annotations(row.get("annotations")):
        long_answers += [_plain_text(span) for span in _spans(tokens, annotation.get("long_answer"))]
        answers += [_plain_text(span) for span in _spans(tokens, annotation.get("short_answers"))]
        said = annotation.get("yes_no_answer")
        answers += [word for word in ("yes", "no") if said == word.upper() or said == int(word == "yes")]
    long_answers = [text for text in dict.fromkeys(long_answers) if text]
    return {
        "id": row.get("example_id", row.get("id")),
        "question": row.get("question_text", row.get("question")),
        "answers": list(dict.fromkeys(filter(None, answers))),
        "long_answer": long_answers[:1],  # each annotator's; the first is enough
        "document": title,
        "answerable": None if long_answers or answers else False,
    }


def _objects(value: Any) -> list[dict[str, Any]]:
    value = parse_cell(value)
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def _annotations(value: Any) -> list[dict[str, Any]]:
    """Annotations, one object each: a list of them, or an object of lists."""
    value = parse_cell(value)
    if not isinstance(value, dict):
        return _objects(value)
    count = max((len(item) for item in value.values() if isinstance(item, list)), default=0)
    return [
        {key: item[i] for key, item in value.items() if isinstance(item, list) and i < len(item)}
        for i in range(count)
    ]


def _tokens(row: dict[str, Any], page: dict[str, Any]) -> list[Token]:
    text = row.get("document_text")
    if isinstance(text, str):
        return [(word, word.startswith("<") and word.endswith(">")) for word in text.split(" ")]
    tokens = page.get("tokens", row.get("document_tokens"))
    if isinstance(tokens, dict):
        words, tags = tokens.get("token"), tokens.get("is_html")
        if isinstance(words, list) and isinstance(tags, list):
            return [(str(word), bool(tag)) for word, tag in zip(words, tags, strict=False)]
    return [
        (str(token.get("token", "")), bool(token.get("html_token", token.get("is_html"))))
        for token in _objects(tokens)
    ]


def _spans(tokens: Sequence[Token], value: Any) -> list[Sequence[Token]]:
    """The stretches of tokens of a long answer or of short answers, which may be objects of lists."""
    spans = []
    for item in _objects(value):
        starts, ends = item.get("start_token"), item.get("end_token")
        pairs = (
            zip(starts, ends, strict=False)
            if isinstance(starts, list) and isinstance(ends, list)
            else [(starts, ends)]
        )
        spans += [
            tokens[start:end]
            for start, end in pairs
            if isinstance(start, int) and isinstance(end, int) and 0 <= start < end
        ]
    return spans


BREAKS = (
    "<p>",
    "</p>",
    "<tr>",
    "</tr>",
    "<li>",
    "</li>",
    "<h1>",
    "<h2>",
    "<h3>",
    "</h1>",
    "</h2>",
    "</h3>",
    "<br>",
)


def _plain_text(tokens: Sequence[Token]) -> str:
    """The words of tokens, with a line break where a tag begins a paragraph, a row or an item."""
    parts = [("\n" if word.lower() in BREAKS else "") if is_tag else word for word, is_tag in tokens]
    lines = " ".join(part for part in parts if part).split("\n")
    return "\n".join(" ".join(line.split()) for line in lines if line.strip())


FORMAT = Format(
    "natural-questions", "Natural Questions, CLAPNQ or KILT", _recognise, _read,
    named({"id": "id", "question": "question", "answers": "answer", "long_answer": "contexts",
           "document": "document", "answerable": "answerable"}),
)  # fmt: skip
