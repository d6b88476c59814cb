"""The share of liked answers on real ones: people's labels stand for thumbs, the truth is over all labels.
Knows nothing about how it is estimated.

EVOUNA: answers of five models to Natural Questions and TriviaQA, right or wrong. BEGIN: replies of four
models in three sets of dialogues, supported by the given knowledge or not. In each of many rounds, 150
questions are drawn, and 50 of the labels are taken for thumbs.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.correctness_sets import load_evouna
from benchmarks.figures import DataNotFound, Figure, find_data, say
from workbench.analysis.liked.estimate import estimate_liked
from workbench.analysis.liked.types import Answers, Array, Thumb
from workbench.scoring.agreement import compare
from workbench.scoring.grounding import score_grounding
from workbench.scoring.refusal import is_refusal
from workbench.scoring.token_f1 import token_f1

QUESTIONS, THUMBS, MOST = 150, 50, 1_000
BARS = {"EVOUNA NQ": 0.93, "EVOUNA TriviaQA": 0.93, "BEGIN": 0.75}
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


def load_begin() -> list[Labelled]:
    """Replies of four models; the score is grounding in the given knowledge."""
    rows = []
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
            rows.append(
                Labelled(f"{model} {source}", facts, f"{source} {number}", scores, label.startswith("Fully"))
            )
    return rows


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
    loaders = {
        "EVOUNA NQ": lambda: load_judged("NQ"), "EVOUNA TriviaQA": lambda: load_judged("TQ"),
        "BEGIN": load_begin,
    }  # fmt: skip
    figures: list[Figure] = []
    for name, load in loaders.items():
        try:
            rows = load()
        except DataNotFound:
            say(f"  {name}: its data are not beside the checkout")
            continue
        figures += measure_set(name, rows, rounds)
    return figures
