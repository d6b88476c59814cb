"""Reads the passages that chat endpoints give with an answer when they have retrieved by themselves.
Knows nothing about requests. Each server has a form of its own:

- Azure OpenAI On Your Data: `message.context.citations`, earlier as JSON in a tool's message of
  `message.context.messages`
- Perplexity: `search_results` and `citations` beside the choices
- Open WebUI: `sources` beside the choices, each with `document`, `metadata` and `distances`
- OpenAI and OpenRouter: `message.annotations` with `url_citation` or `file_citation`
- others: a list of texts or objects under `citations`, `sources` or `documents`, beside the choices or in the
  message
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from workbench.replies.system_passages import SystemPassage, read_passage
from workbench.replies.untrusted import NotJson, read_json

LISTS = ("citations", "sources", "documents", "search_results")
TEXTS = ("content", "text", "snippet", "page_content", "cited_text", "quote")
_ADDRESS = re.compile(r"\w+://\S+")
NAMES = ("filepath", "file_name", "filename", "document", "source", "name", "title", "url")


def read_citations(raw: Any) -> list[SystemPassage | None]:
    """What a completion, or a piece of a stream, cites; None for a citation without a text."""
    if not isinstance(raw, Mapping):
        return []
    places: list[Mapping[str, Any]] = [raw]
    choices = raw.get("choices")
    for choice in choices[:1] if isinstance(choices, list) else []:
        message = choice.get("message") or choice.get("delta") if isinstance(choice, Mapping) else None
        if isinstance(message, Mapping):
            places += [message, *_contexts(message)]
    return [passage for place in places for passage in _in_place(place)]


def _contexts(message: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Azure's context, and what its tool's messages hold as JSON."""
    context = message.get("context")
    if not isinstance(context, Mapping):
        return
    yield context
    messages = context.get("messages")
    for tool in messages if isinstance(messages, list) else []:
        content = tool.get("content") if isinstance(tool, Mapping) else None
        try:
            inner = read_json(content) if isinstance(content, str) else None
        except NotJson:
            continue
        if isinstance(inner, Mapping):
            yield inner


def _in_place(place: Mapping[str, Any]) -> Iterator[SystemPassage | None]:
    for name in LISTS:
        listed = place.get(name)
        for item in listed if isinstance(listed, list) else []:
            yield from _read(item)
    annotations = place.get("annotations")
    for note in annotations if isinstance(annotations, list) else []:
        kind = note.get("type") if isinstance(note, Mapping) else None
        if kind in ("url_citation", "file_citation"):
            yield _of_object(note.get(kind) if isinstance(note.get(kind), Mapping) else note)


def _read(item: Any) -> Iterator[SystemPassage | None]:
    if isinstance(item, str):
        # Perplexity's citations are addresses: what stands there is not told.
        yield None if _ADDRESS.fullmatch(item.strip()) else read_passage(item)
    elif isinstance(item, Mapping):
        if isinstance(item.get("document"), list):
            yield from _of_open_webui(item)
        else:
            yield _of_object(item)


def _of_object(item: Any) -> SystemPassage | None:
    metadata = item.get("metadata")
    named = [*(item.get(name) for name in NAMES), *_names_in(metadata)]
    text = next((t for name in TEXTS if isinstance(t := item.get(name), str) and t.strip()), None)
    document = next((n for n in named if isinstance(n, str) and n.strip()), None)
    return read_passage(text, document, item.get("start"), item.get("end"), item.get("score"))


def _of_open_webui(source: Mapping[str, Any]) -> Iterator[SystemPassage | None]:
    """A source with its chunks side by side: texts, what is known of each, and how near it is."""
    about = source.get("source")
    name = next(_names_in(about), None)
    listed = (source.get(key) for key in ("document", "metadata", "distances"))
    texts, known, scores = (value if isinstance(value, list) else [] for value in listed)
    for text, metadata, score in zip_longest(texts, known[: len(texts)], scores[: len(texts)]):
        yield read_passage(text, next(_names_in(metadata), None) or name, score=score)


def _names_in(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from (name for key in NAMES if isinstance(name := value.get(key), str) and name.strip())
