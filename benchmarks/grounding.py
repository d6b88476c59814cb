"""How well the grounding score tells supported answers from others, beside what is simpler: AUROC.
Knows nothing about how the score comes about.

    python -m benchmarks.grounding [--quick]

value: score_grounding as it is. Its nine weights were fitted on these sets: no result on unseen data.
left out: the same features under weights fitted again without the set (all of BEGIN together): that is one.
overlap: share of the answer's words found in the context, weighted by rarity (idf over the set's contexts).
cosine: the embedded encoder's best context sentence for each claim, averaged, on a sample of 300 answers.
length: the shorter answer taken for the supported one. What length alone tells is no evidence about support.

Answers that claim nothing (refusals, a bare "no") have no score, and are left out of every column alike.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.auroc import auroc, auroc_interval
from benchmarks.figures import Figure, run_alone, say
from benchmarks.grounding_refit import MeasuredSet, score_left_out
from benchmarks.grounding_sets import SETS, Judged
from workbench.providers.embedded.encoder import shared_encoder
from workbench.scoring.claims import split_claims
from workbench.scoring.grounding import score_grounding
from workbench.scoring.support_features import measure_claim, read_evidence
from workbench.text import content_tokens, split_sentences, words

COSINE_SAMPLE = 300
QUICK = 60
WARNINGS = {"HaluEval QA": "a length artefact: weak evidence, never a headline"}


@dataclass(frozen=True)
class Scored:
    """One set's answers that have a score, and the scores."""

    rows: tuple[Judged, ...]
    values: tuple[float, ...]
    unscored: int
    milliseconds: float

    @property
    def labels(self) -> list[bool]:
        return [row.supported for row in self.rows]

    @property
    def groups(self) -> list[str]:
        return [row.group for row in self.rows]


def score_rows(rows: Sequence[Judged]) -> Scored:
    started = time.perf_counter()
    found = [score_grounding(row.answer, list(row.passages)).value for row in rows]
    seconds = time.perf_counter() - started
    kept = [(row, value) for row, value in zip(rows, found, strict=True) if value is not None]
    return Scored(
        tuple(row for row, _ in kept),
        tuple(value for _, value in kept),
        len(rows) - len(kept),
        1000 * seconds / len(rows),
    )


def overlap_alone(rows: Sequence[Judged]) -> list[float]:
    contexts = [set(content_tokens("\n".join(row.passages))) for row in rows]
    counts = Counter(token for context in contexts for token in context)

    def weight(token: str) -> float:
        return math.log((len(rows) + 1) / (counts[token] + 1))

    def share(row: Judged, context: set[str]) -> float:
        tokens = sorted(set(content_tokens(row.answer)))  # sorted: the same sum in every run
        whole = sum(map(weight, tokens))
        return sum(weight(token) for token in tokens if token in context) / whole if whole else 0.0

    return [share(row, context) for row, context in zip(rows, contexts, strict=True)]


def cosine_alone(rows: Sequence[Judged]) -> list[float]:
    encode = shared_encoder().encode

    def nearest(row: Judged) -> float:
        sentences = [s.text for passage in row.passages for s in split_sentences(passage)]
        claims = [claim.text for claim in split_claims(row.answer)]
        return float((encode(claims) @ encode(sentences).T).max(axis=1).mean())

    return [nearest(row) for row in rows]


def length_alone(rows: Sequence[Judged]) -> list[float]:
    return [-float(len(words(row.answer))) for row in rows]


def measure_features(family: str, rows: Sequence[Judged]) -> MeasuredSet:
    features = []
    for row in rows:
        evidence = read_evidence(row.passages)
        claims = split_claims(row.answer)
        features.append(np.array([measure_claim(claim.text, evidence).values() for claim in claims]))
    return MeasuredSet(family, tuple(features), tuple(row.supported for row in rows))


def milliseconds_per_answer(rows: Sequence[Judged], answers: int) -> float:
    """Answers of 4 and 5 claims in turn against 38 sentences never seen before, as in BASELINES (2.7 ms)."""
    made = []
    for i in range(answers):
        near = [rows[(5 * i + j) % len(rows)] for j in range(4 + i % 2)]
        sentences = [s.text for s in split_sentences(near[0].passages[0])][:38]
        # A mark of its own makes each text new to the cache of sentences.
        made.append((" ".join(row.answer for row in near), [f"{i}. " + " ".join(sentences)]))
    started = time.perf_counter()
    for answer, passages in made:
        score_grounding(answer, passages)
    return 1000 * (time.perf_counter() - started) / answers


def report_set(name: str, scored: Scored, left_out: Sequence[float], quick: bool) -> Figure:
    sample = random.Random(7).sample(range(len(scored.rows)), min(COSINE_SAMPLE, len(scored.rows)))
    if quick:
        sample = sample[: QUICK // 2]
    rows = scored.rows
    sampled = [rows[i] for i in sample]
    alone: dict[str, float] = {
        "left out": auroc(left_out, scored.labels),
        "overlap": auroc(overlap_alone(rows), scored.labels),
        "cosine": auroc(cosine_alone(sampled), [row.supported for row in sampled]),
        "length": auroc(length_alone(rows), scored.labels),
    }
    low, high = auroc_interval(scored.values, scored.labels, scored.groups, rounds=100 if quick else 1000)
    note = ", ".join(f"{key} {value:.3f}" for key, value in alone.items())
    say(
        f"{name:20}{len(rows):6} answers, {sum(scored.labels)} supported, {scored.unscored} without a score, "
        f"{scored.milliseconds:.1f} ms each"
    )
    if name in WARNINGS:
        note += f" ({WARNINGS[name]})"
    return Figure(f"{name}, AUROC", auroc(scored.values, scored.labels), low, high, note=note)


def measure(options: argparse.Namespace) -> list[Figure]:
    loaded: dict[str, list[Judged]] = {name: load() for name, (load, _) in SETS.items()}
    if options.quick:
        loaded = {name: random.Random(7).sample(rows, QUICK) for name, rows in loaded.items()}
    scored = {name: score_rows(rows) for name, rows in loaded.items()}
    features = {name: measure_features(SETS[name][1], one.rows) for name, one in scored.items()}
    left_out = score_left_out(features)
    figures = [report_set(name, one, list(left_out[name]), options.quick) for name, one in scored.items()]
    milliseconds = milliseconds_per_answer(loaded["WiCE"], 20 if options.quick else 100)
    figures.append(Figure("ms per answer of 4.5 claims", milliseconds, digits=1, note="38 context sentences"))
    return figures


if __name__ == "__main__":
    raise SystemExit(run_alone("grounding", measure, __doc__))
