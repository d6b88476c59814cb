"""Takes more of the text around the chunks that were found, and joins what overlaps or touches.
Knows nothing about how much is taken: a part of the catalogue says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from workbench.errors import ProviderError, WorkbenchError
from workbench.parts.choice import Choice
from workbench.parts.part import Returns
from workbench.pipeline.corpus_texts import Texts
from workbench.pipeline.given import Given
from workbench.pipeline.splitters import Span
from workbench.pipeline.token_offsets import TokenOffsets
from workbench.pipeline.types import Chunk


@dataclass
class _Joined:
    """Spans of one document that overlap or touch."""

    start: int
    end: int
    found: list[tuple[int, Given]] = field(default_factory=list)
    """What was found in them, with its rank."""


def take_surroundings(found: Sequence[Given], returns: Choice[Returns], texts: Texts) -> list[Given]:
    """What is given for the chunks that were found. Of what is joined, the best rank and score count.

    Raises ProviderError (kind "rejected") when a part of the user's fails, or returns what is not there.
    """
    if returns.part.function is None or not found:
        return list(found)
    spans = _spans(found, returns, texts)
    by_document: dict[str, list[tuple[Span, int]]] = {}
    for rank, (given, span) in enumerate(zip(found, spans, strict=True)):
        by_document.setdefault(given.chunk.document, []).append((span, rank))
    joined = [
        part
        for name, placed in by_document.items()
        for part in _join(texts.document(name).text, placed, found)
    ]
    joined.sort(key=lambda part: min(rank for rank, _ in part.found))
    return [_given(part, texts) for part in joined]


def _spans(found: Sequence[Given], returns: Choice[Returns], texts: Texts) -> list[Span]:
    """For each chunk the span that is given for it."""
    try:
        spans = list(returns.part.load()([given.hit for given in found], texts, **returns.arguments))
    except WorkbenchError:
        raise
    except Exception as error:  # a part of the user's may raise anything
        raise ProviderError(
            f"returns: {returns.text}: {type(error).__name__}: {error}", kind="rejected"
        ) from error
    lengths = [len(texts.document(given.chunk.document).text) for given in found]
    if len(spans) != len(found) or not all(
        0 <= start < end <= length for (start, end), length in zip(spans, lengths, strict=False)
    ):
        raise ProviderError(
            f"returns: {returns.text} must return one (start, end) within the document for each of "
            f"{len(found)} chunks, and returned {spans[:5]}.",
            kind="rejected",
        )
    return [(int(start), int(end)) for start, end in spans]


def _join(text: str, placed: Sequence[tuple[Span, int]], found: Sequence[Given]) -> list[_Joined]:
    """The spans of one document, those with nothing but white space between them as one."""
    parts: list[_Joined] = []
    for (start, end), rank in sorted(placed):
        last = parts[-1] if parts else None
        if last is None or start > last.end and not text[last.end : start].isspace():
            last = _Joined(start, end)
            parts.append(last)
        last.end = max(last.end, end)
        last.found.append((rank, found[rank]))
    return parts


def _given(part: _Joined, texts: Texts) -> Given:
    ranked = [given for _, given in sorted(part.found, key=lambda pair: pair[0])]
    best = ranked[0]
    copies = tuple(copy for given in ranked for copy in given.copies)
    same = next((g.chunk for g in ranked if (g.chunk.start, g.chunk.end) == (part.start, part.end)), None)
    chunk = same or make_passage(best.chunk.document, part.start, part.end, texts)
    return Given(chunk, best.score, best.core, copies)


def make_passage(name: str, start: int, end: int, texts: Texts) -> Chunk:
    """The passage of these characters of a document."""
    document = texts.document(name)
    text = document.text[start:end]
    begun = texts.chunk_at(name, start)
    return Chunk(
        document=name,
        title=begun.title if begun else texts.title_at(name, start, end),
        start=start,
        end=end,
        text=text,
        tokens=TokenOffsets.of(text).count(0, len(text)),
        page=document.page_at(start),
        header=begun.header if begun else "",
    )
