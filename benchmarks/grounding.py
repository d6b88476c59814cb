"""How well the grounding score tells supported answers from others, beside what is simpler.
Knows nothing about how the score comes about.

    python -m benchmarks.grounding [--quick] [--ablation]

left out: AUROC under weights fitted again without the set's family (all of BEGIN together): what to expect of
data never seen. shipped: under the weights as they are, which were fitted on these sets: no result.
overlap: share of the answer's words found in the context, weighted by rarity (idf over the set's contexts).
cosine: the embedded encoder's best context sentence for each claim, averaged, on a sample of 300 answers.
length: the shorter answer taken for the supported one. What length alone tells is no evidence about support.
calibration: expected calibration error in ten bins, documents scored by weights fitted on others.
--ablation: the left-out figures without each feature in turn.

Answers that claim nothing (refusals, a bare "no") have no score, and are left out of every column alike.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from benchmarks.auroc import auroc, auroc_interval
from benchmarks.figures import Figure, run_alone, say
from benchmarks.grounding_fit import (
    MeasuredSet,
    calibration_error,
    score_answers,
    score_held_out,
    score_left_out,
)
from benchmarks.grounding_measured import ALL_SETS, MOST_ROWS, load_model_answers, load_sets, measure_rows
from benchmarks.grounding_sets import SETS, Judged
from workbench.providers.embedded.encoder import shared_encoder
from workbench.scoring.baselines import cosine_alone, length_alone, overlap_alone
from workbench.scoring.grounding import score_grounding
from workbench.scoring.grounding_features import FEATURES
from workbench.scoring.grounding_support import load_weights

COSINE_SAMPLE = 300
QUICK = 60
BARS = {"WiCE": 0.82, "SciFact claims": 0.72}
BEGIN = ("BEGIN wow", "BEGIN cmu", "BEGIN topical-chat")
BEGIN_BAR = 0.93
CALIBRATED = ("WiCE", *BEGIN, "SciFact claims", "Factcheck-GPT")
MOST_ERROR = 0.08
MOST_SECONDS = 3.0
WARNINGS = {"HaluEval QA": "a length artefact: weak evidence, never a headline"}
# What the ablation looks at: each family once.
FAMILIES = (*SETS, "Factcheck-GPT", "FEVER", "SciTail", "MNLI")


def seconds_for_100_answers(answers: int = 100) -> tuple[float, float]:
    """Wall-clock and processor seconds of answers of 3 sentences against 5 passages of 256 tokens.

    None was seen before; taken as if for 100. Processor seconds say what it costs on a busy machine.
    """
    rows = SETS["WiCE"][0]()
    encoder = shared_encoder()
    texts = [row.passages[0] for row in rows]
    windows = []
    for text in texts:
        spans = encoder.token_spans(text)
        windows += [text[spans[i][0] : spans[i + 255][1]] for i in range(0, len(spans) - 256, 256)]
    chance = random.Random(7)
    made = [
        (" ".join(rows[(3 * i + j) % len(rows)].answer for j in range(3)), chance.sample(windows, 5))
        for i in range(answers)
    ]
    score_grounding("The encoder is loaded.", ["The encoder is loaded before the clock starts."])
    started, busy = time.perf_counter(), time.process_time()
    for answer, passages in made:
        score_grounding(answer, passages)
    scale = 100 / answers
    return (time.perf_counter() - started) * scale, (time.process_time() - busy) * scale


def with_interval(values: ArrayLike, rows: Sequence[Judged], rounds: int) -> str:
    labels = [row.supported for row in rows]
    low, high = auroc_interval(values, labels, [row.group for row in rows], rounds=rounds)
    return f"{auroc(values, labels):.3f} ({low:.3f}-{high:.3f})"


def report_set(
    name: str, one: MeasuredSet, rows: Sequence[Judged], left_out: ArrayLike, rounds: int
) -> Figure:
    labels = list(one.supported)
    sample = random.Random(7).sample(range(len(rows)), min(COSINE_SAMPLE, len(rows)))
    sampled = [rows[i] for i in sample]
    answers, passages = [row.answer for row in rows], [row.passages for row in rows]
    few_answers, few_passages = [row.answer for row in sampled], [row.passages for row in sampled]
    alone = {
        "shipped": with_interval(score_answers(one, load_weights()), rows, rounds),
        "overlap": with_interval(overlap_alone(answers, passages), rows, rounds),
        "cosine": with_interval(cosine_alone(few_answers, few_passages), sampled, rounds),
        "length": with_interval(length_alone(answers), rows, rounds),
    }
    note = ", ".join(f"{key} {value}" for key, value in alone.items())
    if name in WARNINGS:
        note += f" ({WARNINGS[name]})"
    say(f"{name:20}{len(rows):6} answers, {sum(labels)} supported")
    low, high = auroc_interval(left_out, labels, one.groups, rounds=rounds)
    return Figure(f"{name}, left out", auroc(left_out, labels), low, high, BARS.get(name), note=note)


def begin_mean(measured: Mapping[str, MeasuredSet], left_out: Mapping[str, ArrayLike], rounds: int) -> Figure:
    """The interval adds the parts' variances: they share no text."""
    parts = [(left_out[name], measured[name]) for name in BEGIN]
    mean = float(np.mean([auroc(scores, one.supported) for scores, one in parts]))
    halves = [
        (high - low) / 2
        for low, high in (auroc_interval(s, one.supported, one.groups, rounds=rounds) for s, one in parts)
    ]
    half = math.sqrt(sum(h * h for h in halves)) / len(halves)
    return Figure("BEGIN mean, left out", mean, mean - half, mean + half, BEGIN_BAR)


def report_calibration(measured: Mapping[str, MeasuredSet]) -> Figure:
    scores = score_held_out(measured)
    supported = [label for name in CALIBRATED for label in measured[name].supported]
    pooled = np.concatenate([scores[name] for name in CALIBRATED])
    bins = np.minimum((pooled * 10).astype(int), 9)
    for b in range(10):
        here = bins == b
        if here.any():
            share = float(np.mean(np.array(supported)[here]))
            say(
                f" {b / 10:.1f}: {int(here.sum()):4} answers, said {pooled[here].mean():.2f}, are {share:.2f}"
            )
    each = ", ".join(
        f"{name} {calibration_error(scores[name], measured[name].supported):.3f} at "
        f"{np.mean(measured[name].supported):.2f}"
        for name in CALIBRATED
    )
    note = f"prevalence {np.mean(supported):.2f}, {len(supported)} answers; {each}"
    return Figure(
        "calibration error, held-out documents", calibration_error(pooled, supported), bar=MOST_ERROR,
        at_most=True, note=note,
    )  # fmt: skip


def report_ablation(measured: Mapping[str, MeasuredSet]) -> None:
    def line(title: str, features: Sequence[int]) -> None:
        scores = score_left_out(measured, features)
        found = {name: auroc(scores[name], measured[name].supported) for name in FAMILIES}
        begin = float(np.mean([found[name] for name in BEGIN]))
        rest = "  ".join(f"{name} {found[name]:.3f}" for name in FAMILIES if name not in BEGIN)
        say(f"{title:26}BEGIN {begin:.3f}  {rest}")

    say("\nLeft out, without one feature:")
    every = range(len(FEATURES))
    line("all", every)
    for dropped, name in enumerate(FEATURES):
        line(f"- {name}", [i for i in every if i != dropped])
    say()


def measure(options: argparse.Namespace) -> list[Figure]:
    most = QUICK if options.quick else MOST_ROWS
    loaded = {**load_sets(most), **load_model_answers(most)}
    rounds = 100 if options.quick else 1000
    found = {name: measure_rows(ALL_SETS[name][1], rows) for name, rows in loaded.items()}
    measured = {name: one for name, (one, _) in found.items()}
    left_out = score_left_out(measured)
    figures = [report_set(name, measured[name], found[name][1], left_out[name], rounds) for name in measured]
    figures.insert(4, begin_mean(measured, left_out, rounds))
    figures.append(report_calibration(measured))
    if options.ablation:
        report_ablation(measured)
    seconds, processor = seconds_for_100_answers(20 if options.quick else 100)
    figures.append(
        Figure(
            "seconds for 100 answers",
            seconds,
            bar=MOST_SECONDS,
            at_most=True,
            digits=2,
            note=f"3 claims, 5 passages of 256 tokens, not seen before; {processor:.1f} processor seconds",
        )  # fmt: skip
    )
    return figures


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--ablation", action="store_true", help="left-out figures without each feature in turn"
    )


if __name__ == "__main__":
    raise SystemExit(run_alone("grounding", measure, __doc__, add_options))
