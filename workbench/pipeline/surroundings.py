"""Asks a part of the catalogue how much of the text around the chunks that were found is given.
Knows nothing about how that becomes passages."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.errors import ProviderError, WorkbenchError
from workbench.parts.choice import Choice
from workbench.parts.part import Returns
from workbench.pipeline.corpus_texts import Texts
from workbench.pipeline.given import Given
from workbench.pipeline.splitters.packing import Span


def find_surroundings(found: Sequence[Given], returns: Choice[Returns], texts: Texts) -> list[Span]:
    """For each chunk the characters of its document that are given for it.

    Raises ProviderError (kind "rejected") when a part of the user's fails, or returns what is not there.
    """
    chunks = [given.chunk for given in found]
    if returns.part.function is None:
        return [(chunk.start, chunk.end) for chunk in chunks]
    try:
        spans = list(returns.part.load()([given.hit for given in found], texts, **returns.arguments))
    except WorkbenchError:
        raise
    except Exception as error:  # a part of the user's may raise anything
        raise ProviderError(
            f"returns: {returns.text}: {type(error).__name__}: {error}", kind="rejected"
        ) from error
    lengths = [len(texts.document(chunk.document).text) for chunk in chunks]
    if len(spans) != len(found) or not all(
        0 <= start < end <= length for (start, end), length in zip(spans, lengths, strict=False)
    ):
        raise ProviderError(
            f"returns: {returns.text} must return one (start, end) within the document for each of "
            f"{len(found)} chunks, and returned {spans[:5]}.",
            kind="rejected",
        )
    return [(int(start), int(end)) for start, end in spans]
