"""How often sentences of documents are taken for refusals, and how well refusals of real models are found.
Knows nothing about the wordings.

    python -m benchmarks.refusals [--quick]

The sentences of SQuAD's paragraphs and of the sample corpora decline nothing. EVOUNA holds answers of four
chat models to questions of NQ and TriviaQA, with people's verdict whether each holds the right answer: an
answer that does is seldom a refusal. EVOUNA is left out where it is absent.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.figures import DATA, DataNotFound, Figure, run_alone
from benchmarks.squad import load_squad
from workbench.scoring.refusal import is_refusal
from workbench.text import split_sentences

QUICK = 500
MODELS = ("gpt35", "chatgpt", "gpt4", "newbing")
CORPORA = Path(__file__).resolve().parents[1] / "corpora"


def false_alarms(name: str, sentences: Sequence[str]) -> Figure:
    """The share of sentences of documents that are taken for refusals."""
    taken = sum(is_refusal(sentence) for sentence in sentences)
    return Figure(
        f"{name}, share of sentences taken for refusals", taken / len(sentences), digits=4,
        note=f"{taken} of {len(sentences)}",
    )  # fmt: skip


def load_answers(folder: Path) -> Iterator[tuple[str, bool]]:
    """Each answer, and whether people say that it holds the right answer."""
    for file in ("NQ.json", "TQ.json"):
        for row in json.loads((folder / file).read_text(encoding="utf-8")):
            for model in MODELS:
                if row.get(f"answer_{model}"):
                    yield row[f"answer_{model}"], row.get(f"judge_{model}") is True


def measure(options: argparse.Namespace) -> list[Figure]:
    squad = load_squad()
    if squad is None:
        raise DataNotFound("squad")
    sets = {
        "SQuAD": [paragraph.text for paragraph in squad.paragraphs],
        "sample corpora": [
            file.read_text(encoding="utf-8") for file in sorted(CORPORA.glob("*/documents/**/*.md"))
        ],
    }
    figures = []
    for name, texts in sets.items():
        sentences = [s.text for text in texts for s in split_sentences(text)]
        figures.append(false_alarms(name, sentences[:QUICK] if options.quick else sentences))
    evouna = DATA / "evouna"
    if evouna.is_dir():
        answers = list(load_answers(evouna))[: QUICK if options.quick else None]
        right = [right for answer, right in answers if is_refusal(answer)]
        note = f"{len(right)} of {len(answers)} answers are taken for refusals"
        figures.append(
            Figure(
                "EVOUNA, share of refusals that hold the right answer",
                sum(right) / max(1, len(right)),
                note=note,
            )
        )
    return figures


if __name__ == "__main__":
    raise SystemExit(run_alone("refusals", measure, __doc__))
