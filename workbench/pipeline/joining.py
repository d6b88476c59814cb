"""Joins what is given for the chunks that were found into passages: what overlaps or touches is one passage.
Knows nothing about how much is given for a chunk."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from workbench.pipeline.corpus_texts import Texts, header_tokens
from workbench.pipeline.given import Given
from workbench.pipeline.splitters.packing import Span
from workbench.pipeline.types import Chunk

_TEXT = re.compile(r"\S")


@dataclass(frozen=True)
class _Joined:
    """Characters of one document, and what was found in them."""

    document: str
    start: int
    end: int
    found: tuple[tuple[int, Given], ...]
    """With the rank of each, best first."""


class Joining:
    """Passages to which what is given for one chunk after another is added."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._parts: dict[str, list[_Joined]] = defaultdict(list)
        self._added = 0

    @property
    def tokens(self) -> int:
        """The tokens of all passages as the prompt shows them."""
        parts = (part for of_document in self._parts.values() for part in of_document)
        return sum(self._texts.shown_tokens(part.document, part.start, part.end) for part in parts)

    def cost(self, name: str, span: Span) -> int:
        """How many tokens more the passages would have with this span."""
        joined, absorbed = self._join(name, span)
        before = sum(self._texts.shown_tokens(name, part.start, part.end) for part in absorbed)
        return self._texts.shown_tokens(name, *joined) - before

    def add(self, given: Given, span: Span) -> None:
        """Add what is given for a chunk. Those with better ranks come first."""
        name = given.chunk.document
        (start, end), absorbed = self._join(name, span)
        found = sorted((f for part in absorbed for f in part.found), key=lambda ranked: ranked[0])
        rest = [part for part in self._parts[name] if part not in absorbed]
        self._parts[name] = [*rest, _Joined(name, start, end, (*found, (self._added, given)))]
        self._added += 1

    def _join(self, name: str, span: Span) -> tuple[Span, list[_Joined]]:
        """The span with all that it overlaps or touches, and what that is."""
        text = self._texts.document(name).text
        start, end = span
        absorbed = [
            part
            for part in self._parts[name]
            if not _TEXT.search(text, min(part.end, end), max(part.start, start))
        ]
        return (min([start, *(p.start for p in absorbed)]), max([end, *(p.end for p in absorbed)])), absorbed

    def passages(self) -> list[Given]:
        """The passages. Of what is joined, the best rank and score count."""
        parts = [part for of_document in self._parts.values() for part in of_document]
        return [_given(part, self._texts) for part in sorted(parts, key=lambda part: part.found[0][0])]


def join(
    found: Sequence[Given], spans: Sequence[Span], texts: Texts, most_tokens: int | None = None
) -> list[Given]:
    """The passages of what is given for each chunk.

    most_tokens: of all together; None for any number. Of the first that does not fit, as many of the chunks
        around the one that was found are given as fit, and nothing of what was ranked below it. Where not
        even the best chunk fits, it is cut.
    """
    joining = Joining(texts)
    for given, span in zip(found, spans, strict=True):
        room = None if most_tokens is None else most_tokens - joining.tokens
        if room is None or joining.cost(given.chunk.document, span) <= room:
            joining.add(given, span)
            continue
        for smaller in _shrunk(given.chunk, span, texts):
            if joining.cost(given.chunk.document, smaller) <= room:
                joining.add(given, smaller)
                break
        break
    passages = joining.passages()
    if found and not passages:
        assert most_tokens is not None
        return [cut_to(found[0], most_tokens, texts)]
    return passages


def _shrunk(chunk: Chunk, span: Span, texts: Texts) -> Iterator[Span]:
    """Ever smaller spans within this one around the chunk, by whole chunks at its ends; the chunk is last."""
    cut = texts.chunks(chunk.document)
    number = cut.number_of(chunk.start, chunk.end)
    inside = cut.within(*span)
    if number is not None and inside:
        low, high = min(number, inside[0]), max(number, inside[-1])
        for distance in range(max(number - low, high - number), 0, -1):
            for before in (distance, distance - 1):
                start, end = cut.span(max(low, number - before), min(high, number + distance))
                yield min(start, chunk.start), max(end, chunk.end)
    yield chunk.start, chunk.end


def _given(part: _Joined, texts: Texts) -> Given:
    found = [given for _, given in part.found]
    same = next((g.chunk for g in found if (g.chunk.start, g.chunk.end) == (part.start, part.end)), None)
    return replace(
        found[0],
        chunk=same or texts.passage(part.document, part.start, part.end),
        copies=tuple(copy for given in found for copy in given.copies),
    )


def keep_first(found: Sequence[Given], most_tokens: int | None, texts: Texts) -> list[Given]:
    """The first chunks as they are, as many as have so many tokens together, with their table headers; None
    for all.

    A chunk never takes the place of a better one. Where not even the best fits, it is cut.
    """
    if most_tokens is None:
        return list(found)
    kept: list[Given] = []
    left = most_tokens
    for given in found:
        left -= given.chunk.tokens + header_tokens(given.chunk.header)
        if left < 0:
            break
        kept.append(given)
    return kept or [cut_to(given, most_tokens, texts) for given in found[:1]]


def cut_to(given: Given, tokens: int, texts: Texts) -> Given:
    """The beginning of a chunk, with its table header where there is room for both."""
    chunk = given.chunk
    of_header = header_tokens(chunk.header)
    has_room = of_header < tokens
    end = texts.end_of(chunk.document, chunk.start, chunk.end, tokens - of_header if has_room else tokens)
    cut = replace(
        chunk,
        end=end,
        text=chunk.text[: end - chunk.start],
        tokens=texts.count(chunk.document, chunk.start, end),
        header=chunk.header if has_room else "",
    )
    return replace(given, chunk=cut, core=cut)
