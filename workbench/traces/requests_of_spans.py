"""Turns the spans of a trace into the request that they trace: its question, answer, passages, tokens, times.
Knows nothing about the formats that spans are written in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.importing.types import RowProblem
from workbench.importing.values import as_text, parse_cell
from workbench.traces.attributes import (
    COST,
    DOCUMENT_CONTENT,
    DOCUMENT_ID,
    DOCUMENT_METADATA,
    DOCUMENTS,
    FIRST_TOKEN_SECONDS,
    GENERATE,
    INPUT,
    INPUT_MESSAGES,
    INPUT_TOKENS,
    KIND,
    MODEL,
    OUTPUT,
    OUTPUT_MESSAGES,
    OUTPUT_TOKENS,
    RETRIEVE,
    USER,
    Kind,
    Names,
)
from workbench.traces.types import ImportedPassage, ImportedRequest, Span
from workbench.traces.values import answer_of, history_of, question_of, read_amount, read_count

_GENERATING = ("chat", "text_completion", "generate_content")
NAME_KEYS = ("document", "document_name", "file_name", "filename", "source", "path", "url", "title")
_NUMBERED = re.compile(r"(\d{1,9})\.(.+)")


def request_of_trace(trace: str, spans: Sequence[Span]) -> ImportedRequest | RowProblem:
    """The request that the spans of a trace trace, or why there is none."""
    request = _request_of(trace, spans)
    if isinstance(request, str):
        return RowProblem(spans[0].row, f"the trace {trace or 'without an id'} {request}")
    return request


def _request_of(trace: str, spans: Sequence[Span]) -> ImportedRequest | str:
    """The request, or why there is none."""
    by_start = sorted(spans, key=lambda span: (span.start is None, span.start or 0.0))
    ids = {span.id for span in spans}
    root = next((span for span in by_start if span.parent not in ids), by_start[0])
    made = [span for span in by_start if _is(span, GENERATE)]
    found = [span for span in by_start if _is(span, RETRIEVE)]
    question = _question(root) or next(filter(None, map(_question, [*found, *reversed(made)])), "")
    if not question:
        return "has no question; it is left out"
    if root.start is None:
        return "has no time; it is left out"
    passages = next(filter(None, (_passages(span) for span in reversed([root, *found]))), ())
    last = made[-1] if made else root
    counted = made or [root]
    costs = [cost for span in counted if (cost := read_amount(_get(span, COST))) is not None]
    return ImportedRequest(
        key=trace or root.id,
        question=question,
        answer=_answer(root) or next(filter(None, map(_answer, reversed(made))), ""),
        asked_at=root.start,
        passages=passages,
        history=_history(last, question),
        error=root.error,
        user=next((as_text(user) for span in by_start if (user := _get(span, USER))), ""),
        model=as_text(_get(last, MODEL)) or None,
        cost_usd=sum(costs) if costs else None,
        input_tokens=sum(read_count(_get(span, INPUT_TOKENS)) for span in counted),
        output_tokens=sum(read_count(_get(span, OUTPUT_TOKENS)) for span in counted),
        seconds=_seconds([root]),
        stage_seconds=_stages(found, made),
    )


def _get(span: Span, names: Names) -> Any:
    return next((span.attributes[name] for name in names.read if span.attributes.get(name) is not None), None)


def _is(span: Span, kind: Kind) -> bool:
    said = {str(span.attributes.get(name, "")).lower() for name in KIND.read}
    operations = _GENERATING if kind is GENERATE else (kind.gen_ai,)
    return bool(said & {kind.openinference.lower(), *operations})


def _below(span: Span, names: Names) -> list[dict[str, Any]]:
    """A list of objects that OpenInference spreads over attributes, or that is JSON in one of them."""
    items: dict[int, dict[str, Any]] = {}
    for prefix in names.read:
        for name, value in span.attributes.items():
            if name.startswith(f"{prefix}.") and (match := _NUMBERED.fullmatch(name[len(prefix) + 1 :])):
                items.setdefault(int(match[1]), {})[match[2]] = value
        if items:
            return [items[position] for position in sorted(items)]
        whole = parse_cell(span.attributes.get(prefix))
        if isinstance(whole, list):
            return [item for item in whole if isinstance(item, dict)]
    return []


def _messages(span: Span, names: Names) -> list[dict[str, Any]]:
    """As {"role", "content"}."""
    return [
        {
            "role": item.get("message.role", item.get("role", "")),
            "content": next(
                (item[key] for key in ("message.content", "content", "parts") if key in item),
                # A message of several parts is spread once more.
                "\n".join(
                    as_text(v) for k, v in item.items() if k.endswith(("message_content.text", ".text"))
                ),
            ),
        }
        for item in _below(span, names)
    ]


def _question(span: Span) -> str:
    return question_of(_get(span, INPUT)) or question_of(_messages(span, INPUT_MESSAGES))


def _answer(span: Span) -> str:
    if _is(span, RETRIEVE):
        return ""
    return answer_of(_get(span, OUTPUT)) or answer_of(_messages(span, OUTPUT_MESSAGES))


def _history(span: Span, question: str) -> Any:
    """The turns before: those of a prompt that holds passages are no conversation, unless it ends with the
    question itself."""
    messages = _messages(span, INPUT_MESSAGES)
    if not messages or question_of(messages) != question:
        return ()
    return history_of(messages, question)


def _passages(span: Span) -> tuple[ImportedPassage, ...]:
    passages = []
    for item in _below(span, DOCUMENTS):
        text = as_text(item.get(DOCUMENT_CONTENT, item.get("content")))
        if not text:
            continue
        metadata = parse_cell(item.get(DOCUMENT_METADATA, item.get("metadata")))
        if not isinstance(metadata, Mapping):
            begin = f"{DOCUMENT_METADATA}."
            metadata = {k.removeprefix(begin): v for k, v in item.items() if k.startswith(begin)}
        passages.append(passage_of(text, metadata, as_text(item.get(DOCUMENT_ID, item.get("id")))))
    return tuple(passages)


def passage_of(text: str, metadata: Mapping[str, Any], name: str = "") -> ImportedPassage:
    """A passage with what its metadata says of its document; `name` where that says nothing."""
    document = next((as_text(metadata[key]) for key in NAME_KEYS if as_text(metadata.get(key))), name)
    page = read_count(metadata.get("page", metadata.get("page_number")))
    return ImportedPassage(
        text=text,
        document=document,
        title=as_text(metadata.get("title")),
        page=page if page >= 1 else None,
    )


def _seconds(spans: Sequence[Span]) -> float:
    """From the first begin to the last end; 0 where it is not known."""
    starts = [span.start for span in spans if span.start is not None]
    ends = [span.end for span in spans if span.end is not None]
    return max(0.0, max(ends) - min(starts)) if starts and ends else 0.0


def _stages(found: Sequence[Span], made: Sequence[Span]) -> dict[str, float]:
    stages = {"retrieve": _seconds(found), "generate": _seconds(made)}
    first = read_amount(_get(made[-1], FIRST_TOKEN_SECONDS)) if made else None
    if first is not None:
        stages["first_token"] = first
    return {name: seconds for name, seconds in stages.items() if seconds > 0}
