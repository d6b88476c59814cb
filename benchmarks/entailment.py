"""How well the entailment model tells supported answers from others, alone and beside the features.
Knows nothing about how the model was trained.

    python -m benchmarks.entailment MODEL [--quick] [--edited-summaries FOLDER]

The model never saw any of these sets. features: the grounding score under weights fitted without the set's
family. blend: both logits of each claim, weighted by a logistic regression that is fitted on the other
families alone. The answer's figure is made of its claims as in the product.
--edited-summaries: the folder data/summedits of github.com/salesforce/factualNLG. It only measures.
weakest: the model's judgement of the answer's least supported claim.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from benchmarks.auroc import auroc, auroc_interval
from benchmarks.figures import Figure, run_alone, say
from benchmarks.grounding_fit import MeasuredSet, claim_supports, fit
from benchmarks.grounding_measured import ALL_SETS, MOST_ROWS, load_sets, measure_rows
from benchmarks.grounding_model_answers import MODEL_ANSWERS
from benchmarks.grounding_sets import SETS, Judged
from tools.entailment.reader import EntailmentModel
from tools.entailment.windows import choose_windows
from workbench.scoring.grounding import mean_of_sentences
from workbench.scoring.grounding_evidence import read_evidence

QUICK = 60
SUMMARIES = ("scitldr", "samsum", "ectsum", "news", "qmsumm", "sales_email")
SUMMARIES_OF_EACH = 120
MEASURED_ONLY = frozenset(("faithbench", "summaries"))  # families that nothing is fitted on
NO_WINDOW = -8.0  # the logit of a claim that shares no word with the passages
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Compared:
    """One set with both logits of each claim."""

    measured: MeasuredSet
    rows: tuple[Judged, ...]
    lexical: tuple[Array, ...]
    """For each answer the logits of its claims by the features, fitted without this family."""
    entailed: tuple[Array, ...]
    """For each answer the logits of its claims by the model."""


def load_edited_summaries(folder: Path) -> list[Judged]:
    """Summaries with an edit by a model, consistent with their document or not, as people say (SummEdits)."""
    chance = random.Random(5)
    found: list[Judged] = []
    for name in SUMMARIES:
        rows = json.loads((folder / f"summedits_{name}.json").read_text(encoding="utf-8"))
        for row in chance.sample(rows, min(SUMMARIES_OF_EACH, len(rows))):
            text = row.get("doc") or row["document"]
            found.append(Judged(row["summary"], (text,), bool(row["label"]), text[:200]))
    return found


def judge_claims(one: MeasuredSet, rows: Sequence[Judged], model: EntailmentModel) -> tuple[Array, ...]:
    found = []
    for row, places in zip(rows, one.sentences, strict=True):
        evidence = read_evidence(row.passages)
        logits = [model.judge_windows(claim, choose_windows(claim, evidence)) for _, claim in places]
        found.append(np.array([NO_WINDOW if z is None else z for z in logits]))
    return tuple(found)


def lexical_logits(one: MeasuredSet, weights: Array) -> tuple[Array, ...]:
    return tuple(_logit(supports) for supports in claim_supports(one, weights))


def _logit(supports: Array) -> Array:
    kept = np.clip(supports, 1 / (1 + np.exp(-NO_WINDOW)), 1 / (1 + np.exp(NO_WINDOW)))
    return np.log(kept / (1 - kept))


def supports(one: Compared, logits: Sequence[Array]) -> list[Array]:
    """The support of each claim. What is settled stays as it is."""
    return [
        np.where(np.isnan(settled), 1 / (1 + np.exp(-z)), settled)
        for settled, z in zip(one.measured.settled, logits, strict=True)
    ]


def answers(one: Compared, logits: Sequence[Array]) -> Array:
    """Each answer's score, as score_grounding takes it."""
    return np.array(
        [
            mean_of_sentences([(*place, s) for place, s in zip(places, claims.tolist(), strict=True)])
            for places, claims in zip(one.measured.sentences, supports(one, logits), strict=True)
        ]
    )


def weakest(one: Compared, logits: Sequence[Array]) -> Array:
    """The support of each answer's least supported claim: an edit changes one claim among many."""
    return np.array([float(claims.min()) for claims in supports(one, logits)])


def blend_weights(sets: Sequence[Compared]) -> tuple[float, float, float]:
    """(shift, weight of the features, weight of the model), fitted on claims with their answer's label."""
    parts, labels, weights = [], [], []
    for one in sets:
        decided = np.isnan(np.concatenate(one.measured.settled))
        x = np.column_stack([np.concatenate(one.lexical), np.concatenate(one.entailed)])[decided]
        y = np.array(one.measured.supported)[one.measured.owners][decided]
        parts.append(x)
        labels.append(y)
        weights.append(np.where(y, 1 / max(1, y.sum()), 1 / max(1, (~y).sum())))
    found = LogisticRegression(C=1e3).fit(
        np.concatenate(parts), np.concatenate(labels), np.concatenate(weights) * 1000
    )
    return float(found.intercept_[0]), float(found.coef_[0, 0]), float(found.coef_[0, 1])


def blended(one: Compared, weights: tuple[float, float, float]) -> tuple[Array, ...]:
    shift, lexical, entailed = weights
    return tuple(shift + lexical * a + entailed * b for a, b in zip(one.lexical, one.entailed, strict=True))


def compare_sets(model: EntailmentModel, most: int, summaries: Path | None) -> dict[str, Compared]:
    loaded = load_sets(most)
    found = {name: measure_rows(ALL_SETS[name][1], rows) for name, rows in loaded.items()}
    every = {name: one for name, (one, _) in found.items()}
    wanted = {name: found[name] for name in (*SETS, *MODEL_ANSWERS)}
    if summaries is not None:
        rows = load_edited_summaries(summaries)
        wanted["Edited summaries"] = measure_rows("summaries", rows)
    compared = {}
    for name, (one, kept) in wanted.items():
        weights = fit([other for other in every.values() if other.family not in {one.family, *MEASURED_ONLY}])
        compared[name] = Compared(
            one, tuple(kept), lexical_logits(one, weights), judge_claims(one, kept, model)
        )
    return compared


def milliseconds_a_claim(model_file: Path, compared: Mapping[str, Compared]) -> float:
    """Processor time of a claim that was not seen before: reading the passages, windows and judgements."""
    model = EntailmentModel(model_file)
    model.judge("It is loaded.", "It is loaded.")
    parts = [
        (one.measured.part([i < 15 for i in range(len(one.rows))]), one.rows) for one in compared.values()
    ]
    started = time.process_time()
    for part, rows in parts:
        judge_claims(part, rows[: len(part.groups)], model)
    seconds = time.process_time() - started
    return 1000 * seconds / sum(len(places) for part, _ in parts for places in part.sentences)


def measure(options: argparse.Namespace) -> list[Figure]:
    compared = compare_sets(
        EntailmentModel(options.model), QUICK if options.quick else MOST_ROWS, options.edited_summaries
    )
    figures = []
    for name, one in compared.items():
        labels, groups = one.measured.supported, one.measured.groups
        apart = {one.measured.family, *MEASURED_ONLY}
        others = [o for o in compared.values() if o.measured.family not in apart]
        weights = blend_weights(others)
        scores = {
            "features": answers(one, one.lexical),
            "entailment": answers(one, one.entailed),
            "blend": answers(one, blended(one, weights)),
            "weakest": weakest(one, one.entailed),
        }
        say(f"{name:20} " + "  ".join(f"{k} {auroc(v, labels):.3f}" for k, v in scores.items())
            + f"  weights {weights[1]:.2f} {weights[2]:.2f}")  # fmt: skip
        low, high = auroc_interval(scores["blend"], labels, groups, rounds=200)
        note = ", ".join(f"{k} {auroc(v, labels):.3f}" for k, v in scores.items())
        figures.append(
            Figure(f"{name}, blend left out", auroc(scores["blend"], labels), low, high, note=note)
        )
    figures.append(
        Figure(
            "milliseconds a claim",
            milliseconds_a_claim(options.model, compared),
            bar=25.0,
            at_most=True,
            digits=1,
        )
    )
    return figures


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, help="the ONNX file that tools.entailment exports")
    parser.add_argument("--edited-summaries", type=Path, help="the folder of SummEdits")


if __name__ == "__main__":
    raise SystemExit(run_alone("entailment", measure, __doc__, add_options))
