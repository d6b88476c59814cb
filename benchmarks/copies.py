"""How the grounding score judges copies: each sentence of the shipped corpora against the text it stands in.
Knows nothing about how the score comes about.

    python -m benchmarks.copies [--quick]

Each sentence is scored twice, with its whole document and with its chunk as the only passage. Sentences that
claim nothing (headings, questions) have no score and are counted beside it.
"""

from __future__ import annotations

import argparse

from benchmarks.figures import Figure, run_alone, say
from workbench.corpus.reading import load_documents
from workbench.pipeline.chunking import chunk_document
from workbench.scoring.grounding import score_grounding
from workbench.settings import PROJECT
from workbench.text import split_sentences

EVERY, QUICK_EVERY = 1, 20
LEAST = 0.9


def measure_corpus(corpus: str, every: int) -> Figure:
    """The lowest value of any sentence of a corpus."""
    documents, _ = load_documents(PROJECT / "corpora" / corpus / "documents")
    values, without = [], 0
    for document in documents:
        chunks = [chunk.text for chunk in chunk_document(document, "sentence", 256, 0)]
        for sentence in split_sentences(document.text)[::every]:
            chunk = next((chunk for chunk in chunks if sentence.text in chunk), document.text)
            for passage in (document.text, chunk):
                value = score_grounding(sentence.text, [passage]).value
                without += value is None
                if value is not None:
                    values.append(value)
                    if value < LEAST:
                        say(f"{document.name}: {value:.2f}: {sentence.text}")
    note = f"{len(values)} comparisons, {without} without a claim"
    return Figure(f"{corpus}: lowest value of a copy", min(values), bar=LEAST, note=note)


def measure(options: argparse.Namespace) -> list[Figure]:
    every = QUICK_EVERY if options.quick else EVERY
    corpora = sorted(path.parent.name for path in (PROJECT / "corpora").glob("*/documents"))
    return [measure_corpus(corpus, every) for corpus in corpora]


if __name__ == "__main__":
    raise SystemExit(run_alone("copies", measure, __doc__))
