"""The share of liked answers on real ones: people's labels stand for thumbs, the truth is over all labels.
Knows nothing about how it is estimated.

EVOUNA: answers of five models to Natural Questions and TriviaQA, right or wrong. BEGIN: replies of four
models in three sets of dialogues, supported by the given knowledge or not. In each of many rounds, 150
questions are drawn, and 50 of the labels are taken for thumbs. Beside BEGIN stands how far a better score
would help: one that is fitted to all of its labels (cross-fitted), which nobody has beforehand.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import logit

from benchmarks.correctness_sets import load_evouna
from benchmarks.figures import DataNotFound, Figure, find_data, say
from workbench.analysis.clusters import Clusters
from workbench.analysis.liked.estimate import estimate_liked
from workbench.analysis.liked.types import Answers, Array, Thumb
from workbench.analysis.router_fit import cross_fitted
from workbench.scoring.agreement import compare
from workbench.scoring.grounding import score_grounding
from workbench.scoring.refusal import is_refusal
from workbench.scoring.token_f1 import token_f1

QUESTIONS, THUMBS, MOST = 150, 50, 1_000
FITTED = "BEGIN, a score fitted to all labels"
BARS = {"EVOUNA NQ": 0.93, "EVOUNA TriviaQA": 0.93, "BEGIN": 0.75, FITTED: None}
"""The systems of BEGIN are further apart (0.02 to 0.82) than 50 thumbs let expect."""


@dataclass(frozen=True)
class Labelled:
    """An answer, what was measured of it, and what people say."""

    system: str
    facts: tuple[tuple[str, str], ...]
    question: str
    scores: tuple[float, ...]
    liked: bool


def load_judged(name: str) -> list[Labelled]:
    """Answers with references; scores are correctness, token F1 and whether it declines."""
    rows = load_evouna(name)
    groups = sorted({row.group for row in rows})
    random = np.random.default_rng(3)
    some = set(random.choice(groups, min(MOST, len(groups)), replace=False))
    return [
        Labelled(
            row.system, (("model", row.system),), row.group,
            (
                max(compare(row.answer, reference, row.question).value for reference in row.references),
                max(token_f1(row.answer, reference) for reference in row.references),
                float(is_refusal(row.answer)),
            ),
            row.judged > 0.5,
        )
        for row in rows if row.group in some
    ]  # fmt: skip


def load_begin() -> tuple[list[Labelled], Array]:
    """Replies of four models, whose score is grounding in the given knowledge, and [replies, features]: what
    else can be measured of them."""
    rows, told = [], []
    for source in ("wow", "cmu", "tc"):
        (path,) = find_data(f"begin/begin_dev_{source}.tsv.gz")
        text = gzip.decompress(path.read_bytes()).decode("utf-8")
        for number, row in enumerate(
            csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE)
        ):
            model, label = row["model_name"], row["begin_label"]
            if label not in ("Fully attributable", "Not fully attributable", "Generic"):
                continue
            grounding = score_grounding(row["response"], [row["knowledge"]]).value
            facts = (("model", model), ("source", source))
            scores = (np.nan if grounding is None else grounding,)
            liked = label.startswith("Fully")
            rows.append(Labelled(f"{model} {source}", facts, f"{source} {number}", scores, liked))
            told.append(_features(scores[0], row["response"], row["knowledge"], row["message"]))
    return rows, np.array(told)


def _features(grounding: float, reply: str, knowledge: str, message: str) -> list[float]:
    """What is measured of a reply without a model: by grounding, its length, and whose words it has."""
    words, known, asked = (text.lower().split() for text in (reply, knowledge, message))
    runs = {tuple(known[n : n + 3]) for n in range(len(known) - 2)}
    copied = [tuple(words[n : n + 3]) in runs for n in range(len(words) - 2)]
    value = 0.5 if np.isnan(grounding) else grounding
    of_words = [np.mean([word in text for word in words]) if words else 0.0 for text in (known, asked)]
    return [
        value, value**2, value**3, float(np.isnan(grounding)), np.log1p(len(words)), *map(float, of_words),
        float(np.mean(copied)) if copied else 0.0, float("?" in reply), float("i" in words or "you" in words),
    ]  # fmt: skip


def fit_to_all(rows: Sequence[Labelled], features: Array) -> list[Labelled]:
    """The same answers with one score: the log odds that a regression says which was fitted to the labels
    on the other four fifths of the answers. features: [answers, features]."""
    labels = np.array([row.liked for row in rows], dtype=float)
    none = np.zeros((len(rows), 0))
    said = logit(cross_fitted(features, none, labels, Clusters.alone(len(rows))))
    return [replace(row, scores=(float(score),)) for row, score in zip(rows, said, strict=True)]


def draw_answers(rows: Sequence[Labelled], random: np.random.Generator) -> tuple[Answers, Array, Array]:
    """(the answers to some questions, [seen]: whether people like it, [trials]: the share over all rows)."""
    systems = sorted({row.system for row in rows})
    facts = {row.system: dict(row.facts) for row in rows}
    truth = np.array([np.mean([row.liked for row in rows if row.system == name]) for name in systems])
    asked = sorted({row.question for row in rows})
    if len(rows) / len(asked) > 1.5:  # several systems answer one question
        asked = sorted(random.choice(asked, min(QUESTIONS, len(asked)), replace=False))
    place = {question: n for n, question in enumerate(asked)}
    used = [row for row in rows if row.question in place]
    answers = Answers(
        trial_ids=tuple(systems),
        facts=tuple(facts[name] for name in systems),
        question_ids=tuple(asked),
        parts=("search",) * len(asked),
        clusters=np.arange(len(asked)),
        seen=tuple(f"s{n}" for n in range(len(used))),
        trial=np.array([systems.index(row.system) for row in used]),
        question=np.array([place[row.question] for row in used]),
        item=np.arange(len(used)),
        scores=np.array([row.scores for row in used], dtype=float),
        score_names=tuple(f"score {n}" for n in range(len(used[0].scores))),
    )
    return answers, np.array([row.liked for row in used]), truth


def measure_set(name: str, rows: Sequence[Labelled], rounds: int) -> list[Figure]:
    covered, useless, widths, alone = [], [], [], []
    for seed in range(rounds):
        random = np.random.default_rng([seed, 17])
        answers, liked, truth = draw_answers(rows, random)
        rated = random.choice(len(liked), THUMBS, replace=False)
        thumbs = [Thumb("people", answers.seen[n], bool(liked[n])) for n in rated]
        for scores, coverage, width in (
            (answers.scores, covered, widths),
            (np.zeros((len(liked), 0)), [], alone),
            (random.permutation(answers.scores), useless, []),
        ):
            names = answers.score_names if scores.shape[1] else ()
            found = estimate_liked(replace(answers, scores=scores, score_names=names), thumbs)
            assert found is not None
            part = found.parts["search"].liked
            inside = [one.low <= share <= one.high for one, share in zip(part, truth, strict=True)]
            coverage.append(float(np.mean(inside)))
            width.append(float(np.mean([one.high - one.low for one in part])))
    half = 1.96 * float(np.std(covered)) / np.sqrt(len(covered))
    mean, ratio = float(np.mean(covered)), float(np.mean(widths) / np.mean(alone))
    note = f"{rounds} rounds, {len(truth)} systems, shares {truth.min():.2f} to {truth.max():.2f}; "
    note += f"with the scores of other answers {np.mean(useless):.3f}"
    say(f"  {name}: coverage {mean:.3f}, {ratio:.3f} of the width")
    return [
        Figure(f"coverage: {name}", mean, mean - half, mean + half, bar=BARS[name], note=note),
        Figure(
            f"width over that without scores: {name}", ratio, at_most=True,
            note=f"{np.mean(widths):.3f} over {np.mean(alone):.3f}",
        ),
    ]  # fmt: skip


def measure_real(rounds: int) -> list[Figure]:
    """The figures of the sets that are at hand. Raises DataNotFound without any."""
    figures: list[Figure] = []
    for name, load in (("EVOUNA", _load_evouna), ("BEGIN", _load_begin)):
        try:
            sets = load()
        except DataNotFound:
            say(f"  {name}: its data are not beside the checkout")
            continue
        for one, rows in sets.items():
            figures += measure_set(one, rows, rounds)
    return figures


def _load_evouna() -> dict[str, list[Labelled]]:
    return {"EVOUNA NQ": load_judged("NQ"), "EVOUNA TriviaQA": load_judged("TQ")}


def _load_begin() -> dict[str, list[Labelled]]:
    rows, features = load_begin()
    return {"BEGIN": rows, FITTED: fit_to_all(rows, features)}
