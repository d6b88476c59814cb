"""Makes one context for all chunks of a document: its title and the sentence that best stands for it.
Knows nothing about embedding or searching, and asks no model."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Sequence

from workbench.corpus.sections import read_sections
from workbench.corpus.types import Document
from workbench.pipeline.stage_context import ContextWriting
from workbench.pipeline.types import Chunk
from workbench.text import content_tokens

FEWEST_WORDS, MOST_WORDS = 6, 40
"""How many words a sentence may have that stands for its document: fewer say little, more are a list."""


async def context_document(document: Document, chunks: Sequence[Chunk], _: ContextWriting) -> list[str]:
    """For each chunk the document's title, and below it the document's most central sentence."""
    summary = await asyncio.to_thread(find_central_sentence, document)
    return ["\n".join(filter(None, (document.title, summary)))] * len(chunks)


def find_central_sentence(document: Document) -> str:
    """The sentence whose words are nearest to those of the whole document, by the cosine of their counts (the
    centroid of Radev et al. 2004); of equal ones the first. "" where no sentence has a fitting length.

    The sentences are those of paragraphs: no headings, list items, tables or code.
    """
    sentences = [
        sentence.text
        for section in read_sections(document)
        for sentence in section.sentences
        if FEWEST_WORDS <= len(sentence.text.split()) <= MOST_WORDS
    ]
    counts = [Counter(content_tokens(sentence)) for sentence in sentences]
    whole = sum(counts, Counter())

    def centrality(place: int) -> float:
        length = math.sqrt(sum(count**2 for count in counts[place].values()))
        return sum(n * whole[word] for word, n in counts[place].items()) / length if length else 0.0

    return sentences[max(range(len(sentences)), key=lambda n: (centrality(n), -n))] if sentences else ""
