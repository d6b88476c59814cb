"""Makes a store as the engine would leave it: a large experiment with all that hangs on it, and small ones.
Knows nothing about pages. Nobody is asked and nothing is scored: what is said is drawn by a seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import update

from benchmarks.large_answers import JUDGED, SCORES, Respondent
from benchmarks.large_texts import Author, Corpus, write_corpus
from workbench.analysis.leaderboard import FINALISTS
from workbench.corpus.types import Question
from workbench.feedback.ratings import get_answer, rate_seen
from workbench.feedback.review_queue import next_pairs, prefer
from workbench.results.status import get_leaderboard
from workbench.results.summarise import compare_experiment, sum_up_judging, summarise_trial
from workbench.run.open_home import open_workbench
from workbench.settings import Settings
from workbench.space.experiment import Experiment
from workbench.space.search_space import expand
from workbench.store.answer_filters import AnswerFilter
from workbench.store.answers import add_answers, add_rankings, find_answers
from workbench.store.catalogue import add_prompt, save_model
from workbench.store.database import Store
from workbench.store.experiments import create_experiment, edit_experiment
from workbench.store.leases import claim, finish
from workbench.store.ledger import add_calls, batched
from workbench.store.processes import owner_name
from workbench.store.records import ExperimentQuestion, State, TrialRecord
from workbench.store.summaries import write_summaries
from workbench.store.tables import ExperimentRow
from workbench.store.trials import get_trials, set_trial_states

RATERS = ("Ada", "Tove")
TRIALS_A_COMMIT = 10
AGE_SECONDS = 3.5 * 86_400
PRICE = {"input_per_million": 0.2, "output_per_million": 0.6}
SMALL_STATES: tuple[State, ...] = ("done", "stopped", "paused", "failed", "done", "stopped: budget")


@dataclass(frozen=True)
class Shape:
    """How large an experiment is: each axis has so many values, and the splitter two.  thumbs: by each of two
    people, and as many choices between answers."""

    name: str = "large"
    prompts: int = 10
    chunk_sizes: int = 5
    top_ks: int = 5
    models: int = 2
    questions: int = 200
    holdout: int = 60
    thumbs: int = 150
    state: State = "done"

    @property
    def trials(self) -> int:
        return 2 * self.prompts * self.chunk_sizes * self.top_ks * self.models


@dataclass(frozen=True)
class Made:
    """experiment: the id of the largest and newest.  small: the others' ids.  trials to scores: of the
    largest."""

    experiment: str
    small: tuple[str, ...]
    trials: int
    answers: int
    scores: int


def make_store(
    settings: Settings,
    shape: Shape,
    *,
    small: int = 12,
    documents: int = 120,
    seed: int = 7,
    awkward: bool = False,
) -> Made:
    """A corpus, so many small experiments in various states, and last one of this shape."""
    author = Author(seed, awkward=awkward)
    corpus = write_corpus(
        settings.corpora, author, documents=documents, search=shape.questions, holdout=shape.holdout
    )
    store = open_workbench(settings)
    others = []
    for number in range(small):
        state = SMALL_STATES[number % len(SMALL_STATES)]
        little = Shape(
            f"small {number}", 1, 1, 2, 1, min(20, shape.questions), min(6, shape.holdout), 0, state
        )
        others.append(_make_experiment(store, corpus, little, author, seed + number)[0])
    if others:
        edit_experiment(store, others[0], archived=True, notes=author.paragraph())
    experiment_id, answers = _make_experiment(store, corpus, shape, author, seed + small)
    _make_older(store)
    return Made(experiment_id, tuple(others), shape.trials, answers, answers * len(SCORES))


def _make_older(store: Store) -> None:
    """Three days, so that "2 min ago" does not become "3 min ago" while pages are drawn."""
    with store.write() as session:
        session.execute(update(ExperimentRow).values(created_at=ExperimentRow.created_at - AGE_SECONDS))


def _written(corpus: str, shape: Shape, awkward: bool) -> Experiment:
    very = " of a name that goes on for as long as a name may" if awkward else ""
    prompts = [
        {"name": f"manner {n}{very}", "template": f"{{passages}}\n\nQuestion: {{question}}\n\nIn manner {n}."}
        for n in range(shape.prompts)
    ]
    served = {"base_url": "http://127.0.0.1:9/v1", "price": PRICE}
    models = [{"name": f"local {n}{very}", "model": f"served-{n}", **served} for n in range(shape.models)]
    return Experiment.model_validate(
        {
            "name": shape.name, "corpus": corpus, "prompts": prompts, "models": models,
            "judge": {"name": "judge", "model": "served-judge", **served},
            "retrieval": {
                "splitter": ["sentence", "markdown"], "retriever": ["keyword"],
                "chunk_tokens": [96, 128, 192, 256, 384][: shape.chunk_sizes],
                "top_k": [2, 3, 4, 6, 8][: shape.top_ks],
                "embedding": [{"name": "embedded/minilm", "kind": "embedding"}],
            },
            "scores": [*SCORES[:-1], {"name": JUDGED, "rubric": "1: one can act on it. 0: one cannot."}],
            "objective": {"maximize": "correctness", "at_least": {"grounding": 0.4}},
        }
    )  # fmt: skip


def _create(store: Store, corpus: Corpus, written: Experiment, asked: Sequence[tuple[Question, str]]) -> str:
    for prompt in written.prompts:
        add_prompt(store, prompt)
    for model in written.models:
        save_model(store, model)
    space = expand(written)
    return create_experiment(
        store,
        written,
        configs=space.configs,
        questions=[ExperimentQuestion(q, part, at) for at, (q, part) in enumerate(asked)],
        corpus_path=corpus.name,
        corpus_version="as made",
        today="2026-11-24",
        prices={m.name: PRICE | {"source": "as made"} for m in written.models},
        space_notes=space.notes,
    )


def _make_experiment(
    store: Store, corpus: Corpus, shape: Shape, author: Author, seed: int
) -> tuple[str, int]:
    """(id, how many answers it has)."""
    search = corpus.of_part("search")[: shape.questions]
    holdout = corpus.of_part("holdout")[: shape.holdout]
    written = _written(corpus.name, shape, author.awkward)
    experiment_id = _create(
        store, corpus, written, [*((q, "search") for q in search), *((q, "holdout") for q in holdout)]
    )
    lease = claim(store, owner_name("made"), experiment_id=experiment_id)
    assert lease is not None
    respondent = Respondent(experiment_id, corpus, [*search, *holdout], author, seed)
    trials = get_trials(store, experiment_id)
    rankings, passages = respondent.rank(trials)
    with store.write() as session:
        add_rankings(session, rankings, passages)
    for some in batched(trials, TRIALS_A_COMMIT):
        _answer(store, respondent, some, search, "search")
    best = [row.trial for row in get_leaderboard(store, experiment_id)][:FINALISTS]
    _answer(store, respondent, best, holdout, "holdout")
    findings = compare_experiment(store, experiment_id, with_effects=shape.state == "done")
    with store.write() as session:
        findings.write(session)
    answers = len(trials) * len(search) + len(best) * len(holdout)
    stage = {"done": answers, "total": answers, "reused": answers // 11}
    why = "" if shape.state == "done" else "Left so, to have one of each."
    stages = dict.fromkeys(("retrieve", "generate", "score"), stage)
    progress = {"stages": stages, "judging": sum_up_judging(store, experiment_id)}
    finish(store, lease, shape.state, why, seconds=900.0, progress=progress)
    if shape.thumbs:
        _rate(store, experiment_id, best[0].id, shape.thumbs, author, random.Random(seed))
    return experiment_id, answers


def _answer(
    store: Store,
    respondent: Respondent,
    trials: Sequence[TrialRecord],
    questions: Sequence[Question],
    part: str,
) -> None:
    """Have these trials answer these questions, and sum them up."""
    answers = [respondent.answer(trial, question, part) for trial in trials for question in questions]
    with store.write() as session:
        add_calls(session, respondent.take_calls())
        add_answers(session, answers)
    summaries = {trial.id: summarise_trial(store, trial.id) for trial in trials}
    with store.write() as session:
        for trial_id, found in summaries.items():
            write_summaries(session, trial_id, found)
        set_trial_states(session, list(summaries), "done", in_final=part == "holdout")


def _rate(
    store: Store, experiment_id: str, trial_id: str, count: int, author: Author, draw: random.Random
) -> None:
    """Thumbs on a trial's answers, and choices between answers, by two people who mostly agree."""
    shown = find_answers(store, experiment_id, AnswerFilter(trial_id=trial_id, state="ok"), limit=count)
    for rater in RATERS:
        for answer in shown:
            value = 1 if draw.random() < 0.7 else -1
            rate_seen(store, answer, value, rater=rater, comment=author.sentence(5))
        for pair in next_pairs(store, experiment_id, rater)[0][:count]:
            left, right = get_answer(store, pair.left_id), get_answer(store, pair.right_id)
            prefer(store, left, right, draw.choice(("left", "right", "good", "bad")), rater=rater)
