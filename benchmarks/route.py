"""What a route saves between two answerers of different strength, and whether its promise holds.
Knows nothing about how a route is found: it takes what `python -m workbench route` would propose.

    python -m benchmarks.route [--quick] [--questions 4000] [--home FOLDER]

An experiment over all 48 articles of SQuAD 1.1 dev, asked questions about the 24 articles that the shipped
answerer was not trained on. The cheap end is given one passage, the strong ones eight; a strong end's tokens
cost ten times as much, as those of a large hosted model do beside a small one; at equal prices, its prompts
alone make it dearer. Required, where an oracle saves at least 50 %: 30 % saved on held-out questions, with
correctness within the margin of 0.02; and of 500 samples of 1,000 questions, the loss over all questions is
within the margin for 95 % of the routes (not drawn again at equal prices).

Beside it, recorded answers of real models to open questions, right or wrong by people's judgement (EVOUNA):
one asks ChatGPT first or at once, or GPT-4. Nothing was retrieved, so that only the question and whether the
cheap end declines can tell; half of the questions are chosen on, the others held out.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from benchmarks.correctness_sets import JudgedAnswer, load_evouna
from benchmarks.figures import DataNotFound, Figure, run_alone, say
from benchmarks.squad import Squad, half_of, load_squad
from workbench.analysis.clusters import Clusters
from workbench.analysis.route_choice import DEFAULT_MARGIN, choose_route
from workbench.analysis.route_table import EndsTable, describe_route
from workbench.api import prepare_experiment, resume_experiment
from workbench.corpus.types import AskedQuestion
from workbench.pipeline.question_features import question_features, question_vectors
from workbench.routing.stored_answers import AnswerReader
from workbench.run.creation import find_or_create
from workbench.run.open_home import open_workbench
from workbench.scoring.refusal import is_refusal
from workbench.settings import Settings
from workbench.space.experiment import ExperimentFile
from workbench.space.route import RETRIEVAL_FEATURES
from workbench.store.database import Store
from workbench.store.trials import get_trials

PROJECT = Path(__file__).resolve().parent.parent
DEARER = 10.0
EQUALLY_PRICED = "eight passages"
"""The pair that is looked at for equal prices, too."""
RESAMPLES, SAMPLE, QUICK_QUESTIONS, QUICK_RESAMPLES = 500, 1000, 300, 20
LEAST_SAVED, ORACLE_SAVES, KEPT = 0.3, 0.5, 0.95
CHEAP = "one passage"
RECORDED = {"NQ": "Natural Questions", "TQ": "TriviaQA"}
RECORDED_ENDS = ("chatgpt", "gpt4")
CONFIGS = {
    CHEAP: {"top_k": 1, "retriever": "keyword", "model": "embedded/extractive"},
    "eight passages": {"top_k": 8, "retriever": "keyword", "model": "embedded/extractive"},
    "eight passages, hybrid, tuned": {
        "top_k": 8,
        "retriever": "hybrid",
        "model": "embedded/extractive-tuned",
    },
}


@dataclass(frozen=True)
class Pair:
    """A strong end beside the cheap one."""

    name: str
    search: EndsTable
    holdout: EndsTable
    is_dearer: bool = True
    """Whether the strong end's tokens cost more."""
    is_recorded: bool = False
    """Whether it is made of other people's models, which were not given passages: no saving is required."""


def write_corpus(squad: Squad, folder: Path, count: int) -> None:
    """The articles as documents, and a sample of the questions about half of them."""
    (folder / "documents").mkdir(parents=True)
    articles: dict[str, list[str]] = {}
    for paragraph in squad.paragraphs:
        articles.setdefault(paragraph.title, []).append(paragraph.text)
    for number, texts in enumerate(articles.values()):
        (folder / "documents" / f"article_{number:02}.txt").write_text("\n\n".join(texts), encoding="utf-8")
    inside = [question for question in squad.questions if half_of(question.article) == "test"]
    with (folder / "questions.jsonl").open("w", encoding="utf-8") as file:
        for question in random.Random(7).sample(inside, min(count, len(inside))):
            answers = sorted({text for _, text in question.answers})
            row = {"id": question.id, "question": question.text, "answer": answers}
            file.write(json.dumps(row) + "\n")


def sweep(squad: Squad, home: Path, count: int) -> tuple[Store, str]:
    """Run the experiment in a home of its own, or take the one that ran there."""
    settings = Settings(home / "home", home / "corpora", home / "experiments", 0.10, "benchmark")
    if not settings.corpora.exists():
        write_corpus(squad, settings.corpora / "squad", count)
        settings.experiments.mkdir()
        shutil.copy(PROJECT / "experiments" / "prompts.yaml", settings.experiments)
    price = {"input_per_million": 1.0, "output_per_million": 4.0}
    models = dict.fromkeys(config["model"] for config in CONFIGS.values())
    written = ExperimentFile.model_validate(
        {
            "name": "route", "corpus": "squad", "prompts": ["concise"],
            "models": [{"name": name, "price": price} for name in models],
            "retrieval": {
                "splitter": ["sentence"], "chunk_tokens": [128], "retriever": ["keyword", "hybrid"],
                "top_k": [1, 8],
            },
            "configs": list(CONFIGS.values()), "scores": ["grounding", "correctness"], "holdout": 0.4,
        }
    )  # fmt: skip
    store = open_workbench(settings)
    experiment_id, _ = find_or_create(store, prepare_experiment(written, settings, store))
    resume_experiment(store, settings, experiment_id)
    return store, experiment_id


def read_pairs(store: Store, experiment_id: str) -> Iterator[Pair]:
    trials = get_trials(store, experiment_id)
    reader = AnswerReader(store, experiment_id, "correctness")
    for name, trial in list(zip(CONFIGS, trials, strict=True))[1:]:
        ends = reader.read(trials[0].id, trial.id)
        assert ends.holdout is not None and ends.measure == "usd"
        tables = ends.search, ends.holdout
        yield Pair(name, *(replace(table, strong_cost=DEARER * table.strong_cost) for table in tables))
        if name == EQUALLY_PRICED:
            yield Pair(f"{name}, equal prices", *tables, is_dearer=False)


def read_recorded(name: str) -> Pair:
    """Two real models' answers to one set of questions. Raises DataNotFound without the set."""
    by_question: dict[str, dict[str, JudgedAnswer]] = {}
    for row in load_evouna(name):
        by_question.setdefault(row.group, {})[row.system] = row
    both = [answers for answers in by_question.values() if answers.keys() >= set(RECORDED_ENDS)]
    random.Random(7).shuffle(both)
    cheap, strong = ([answers[end] for answers in both] for end in RECORDED_ENDS)
    asked = [AskedQuestion(row.question) for row in cheap]
    costs = [
        np.array([float(len(f"{r.question} {r.answer}".split())) for r in end]) for end in (cheap, strong)
    ]
    count, unknown = len(both), np.full(len(both), np.nan)
    table = EndsTable(
        clusters=Clusters.alone(count),
        cheap_score=np.array([row.judged for row in cheap]),
        strong_score=np.array([row.judged for row in strong]),
        cheap_cost=costs[0],
        strong_cost=DEARER * costs[1],
        shared_cost=np.zeros(count),
        grounding=unknown,
        declined=np.array([is_refusal(row.answer) for row in cheap]),
        coverage=unknown,
        features=np.array([list(question_features(question).values()) for question in asked]),
        vectors=np.array(question_vectors(asked), dtype=np.float64),
        retrieval=np.zeros((count, len(RETRIEVAL_FEATURES))),
        looking_cost=np.zeros(count),
    )
    halves = np.arange(0, count, 2), np.arange(1, count, 2)
    return Pair(
        f"ChatGPT and GPT-4 on {RECORDED[name]}", *(table.select(rows) for rows in halves), is_recorded=True
    )


def join(pair: Pair) -> EndsTable:
    """All questions of a pair."""
    both = (pair.search, pair.holdout)
    names = [f.name for f in fields(EndsTable) if f.name != "clusters"]
    arrays = {name: np.concatenate([getattr(table, name) for table in both]) for name in names}
    return EndsTable(Clusters.alone(sum(table.questions for table in both)), **arrays)


def resample(pair: Pair, rounds: int, size: int) -> tuple[float, float, float]:
    """(share of samples whose route keeps the margin over all questions, share with a route, mean saved)."""
    everything = join(pair)
    draw = np.random.default_rng(7)
    kept, saved = [], []
    for _ in range(rounds):
        rows = np.sort(draw.permutation(everything.questions)[: min(size, everything.questions // 2)])
        chosen = choose_route(everything.select(rows))
        if chosen is None:
            kept.append(True)
            continue
        strong = chosen.escalated(everything)
        kept.append(float(everything.losses(strong).mean()) <= DEFAULT_MARGIN)
        saved.append(everything.saved(strong, chosen.kind))
    return float(np.mean(kept)), len(saved) / rounds, float(np.mean(saved)) if saved else 0.0


def measure_pair(pair: Pair, rounds: int) -> Iterator[Figure]:
    chosen = choose_route(pair.search)
    oracle = pair.holdout.saved(pair.holdout.oracle, "router")
    bar = LEAST_SAVED if oracle >= ORACLE_SAVES and not pair.is_recorded else None
    ratio = pair.holdout.strong_cost.mean() / pair.holdout.cheap_cost.mean()
    say(f"{pair.name}: the strong end costs {ratio:.1f} times as much")
    if chosen is None:
        say(f"{pair.name}: no route pays")
        yield Figure(f"{pair.name}: saved on held-out questions", 0.0, bar=bar)
    else:
        found = describe_route(pair.holdout, chosen.escalated(pair.holdout), chosen.kind)
        rule = chosen.escalate_when if chosen.kind == "cascade" else f"above {chosen.weights.strong_above}"  # type: ignore[union-attr]
        say(f"{pair.name}: {chosen.kind}, {rule}")
        say(
            f"  held out: {found.score.mean:.3f} against {found.strong_score.mean:.3f} (cheap "
            f"{found.cheap_score.mean:.3f}), {found.escalated:.0%} escalated, saved {found.saved:.0%}"
        )
        yield Figure(
            f"{pair.name}: saved on held-out questions", found.saved, found.saved_low, found.saved_high, bar,
            note=f"an oracle {oracle:.2f}; {found.escalated:.0%} escalated, {chosen.kind}; "
            f"the strong end costs {ratio:.1f} times as much",
        )  # fmt: skip
        loss = found.difference
        yield Figure(
            f"{pair.name}: loss of correctness there", -loss.mean, -(loss.high or 0.0), -(loss.low or 0.0),
            DEFAULT_MARGIN, at_most=True,
            note=f"strong {found.strong_score.mean:.3f}, cheap {found.cheap_score.mean:.3f}",
        )  # fmt: skip
    if not pair.is_dearer:
        return
    kept, found_share, saved = resample(pair, rounds, SAMPLE)
    note = f"{found_share:.0%} of {rounds} samples have a route, which saves {saved:.2f} on average"
    yield Figure(f"{pair.name}: margin kept", kept, bar=KEPT, note=note)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--questions", type=int, default=4000)
    parser.add_argument("--home", type=Path, help="a folder to keep the experiment in")


def measure(options: argparse.Namespace) -> list[Figure]:
    squad = load_squad()
    if squad is None:
        raise DataNotFound("squad")
    count = QUICK_QUESTIONS if options.quick else options.questions
    with tempfile.TemporaryDirectory() as folder:
        store, experiment_id = sweep(squad, options.home or Path(folder), count)
        pairs = list(read_pairs(store, experiment_id))
    for name in RECORDED:
        try:
            pairs.append(read_recorded(name))
        except DataNotFound:
            say(f"{RECORDED[name]}: EVOUNA is not beside the checkout")
    rounds = QUICK_RESAMPLES if options.quick else RESAMPLES
    return [figure for pair in pairs for figure in measure_pair(pair, rounds)]


if __name__ == "__main__":
    raise SystemExit(run_alone("route", measure, __doc__, add_options))
