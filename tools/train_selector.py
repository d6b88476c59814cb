"""Trains the shipped variant `embedded/extractive` on half of SQuAD 1.1 dev's articles.
Knows nothing about the other half, which benchmarks/squad_extraction.py measures on.

    python -m tools.train_selector

Needs the data folder that benchmarks/squad.py names, about two minutes and no network. Writes
workbench/providers/embedded/variants/extractive.json. SQuAD is CC BY-SA 4.0 (Rajpurkar et al.);
the file records it.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from datetime import UTC, datetime

from benchmarks.squad import HybridRetriever, SquadQuestion, load_squad, sample
from workbench.providers.embedded.encoder import shared_encoder
from workbench.providers.embedded.feature_names import FEATURES
from workbench.providers.embedded.fitting import scales_of
from workbench.providers.embedded.sentence_vectors import SentenceVectors
from workbench.providers.embedded.training import (
    HAND_SET,
    Example,
    case_of_example,
    starting_point,
    train_variant,
)
from workbench.providers.embedded.units import NumberedPassage
from workbench.providers.embedded.variant import BASE_NAME, VARIANTS_FOLDER, to_json

ANSWERABLE, UNANSWERABLE, TOP_K = 2500, 600, 5
HOLD = 1000.0  # a scale at which a weight stays where the starting point has it
DESCRIPTION = (
    "SQuAD 1.1 dev (Rajpurkar et al. 2016), {n} questions of the 24 articles whose titles hash to 'train' "
    "(benchmarks/squad.py), with the top 5 of hybrid retrieval over all 2,067 paragraphs; "
    "{m} unanswerable questions of SQuAD 2.0 dev from the same articles"
)


def example_of(question: SquadQuestion, found: list[int], paragraphs: tuple[NumberedPassage, ...]) -> Example:
    passages = tuple(
        NumberedPassage(n, paragraphs[i].title, paragraphs[i].text) for n, i in enumerate(found, start=1)
    )
    evidence: tuple[tuple[int, int, int], ...] = ()
    if question.home in found:
        place = found.index(question.home)
        evidence = tuple({(place, start, start + len(text)) for start, text in question.answers})
    return Example(question.id, question.text, passages, tuple(sorted(evidence)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--today", default=datetime.now(UTC).date().isoformat(), help="the date to record")
    today = parser.parse_args().today
    squad = load_squad()
    if squad is None:
        print("The SQuAD files are not here: nothing trained.", file=sys.stderr)
        return 2
    vectors = SentenceVectors(shared_encoder(), size=60_000)
    retriever = HybridRetriever(squad.paragraphs, shared_encoder())
    questions = sample(squad.questions, "train", ANSWERABLE)
    hard = sample(squad.unanswerable, "train", UNANSWERABLE)
    everything = [*questions, *hard]
    found = retriever.find([question.text for question in everything], TOP_K)
    examples = [example_of(q, f, squad.paragraphs) for q, f in zip(everything, found, strict=True)]
    cases = [case_of_example(example, vectors.encode) for example in examples]
    scales = tuple(round(float(spread), 4) for spread in scales_of(cases))
    held = tuple(HOLD if name in HAND_SET else s for name, s in zip(FEATURES, scales, strict=True))
    parent = dataclasses.replace(starting_point(), scales=held)
    variant = train_variant(
        parent,
        examples,
        BASE_NAME,
        encode=vectors.encode,
        trained_at=today,
        description=DESCRIPTION.format(n=len(questions), m=len(hard)),
        licence="CC BY-SA 4.0",
        strengths=(8.0, 2.0, 0.5),
    )
    variant = dataclasses.replace(variant, parent=None, scales=scales)
    VARIANTS_FOLDER.mkdir(exist_ok=True)
    (VARIANTS_FOLDER / "extractive.json").write_text(to_json(variant), encoding="utf-8")
    print(variant.weights, variant.confidence, variant.threshold, variant.trained_on.metrics)
    return 0


if __name__ == "__main__":
    sys.exit(main())
