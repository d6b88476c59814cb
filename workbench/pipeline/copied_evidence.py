"""Evidence in passages that were left out because a better one says the same in the same words.
Knows nothing about scores: it only adds the places where the words of the evidence stand as well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from workbench.corpus.types import Evidence
from workbench.pipeline.given import Given
from workbench.pipeline.types import Chunk
from workbench.text import any_spacing


def with_copies(evidence: Sequence[Evidence], passages: Sequence[Given]) -> tuple[Evidence, ...]:
    """The evidence, and as alternatives the places of the same words in the passages that are given.

    Only a quote that lies whole in a passage that was left out, and whose words stand in the one that is
    given for it, counts there: near-equal passages may differ in just these words. Where a whole document is
    evidence, any passage of it counts, and so does the one that is given for it.
    """
    pairs = [(given.chunk, copy) for given in passages for copy in given.copies]
    if not pairs:
        return tuple(evidence)
    return tuple(
        replace(piece, alternatives=(*piece.alternatives, *more))
        if (more := tuple(_more(piece, pairs)))
        else piece
        for piece in evidence
    )


def _more(piece: Evidence, pairs: Sequence[tuple[Chunk, Chunk]]) -> Iterator[Evidence]:
    wholes = {option.document for option in piece.options if option.whole}
    for given, copy in pairs:
        if copy.document in wholes:
            yield Evidence(given.document, given.start, given.end)
        for place in piece.places:
            if place.document == copy.document and copy.start <= place.start < place.end <= copy.end:
                words = copy.text[place.start - copy.start : place.end - copy.start]
                match = any_spacing(words).search(given.text) if words.strip() else None
                if match:
                    yield Evidence(given.document, given.start + match.start(), given.start + match.end())
