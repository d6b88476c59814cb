"""Seconds that the page Compare takes to draw the matrix, with 1,000 trials × 1,000 questions in the store.
Knows nothing about browsers: a draw is a run of the page's script by Streamlit's AppTest.

    python -m benchmarks.matrix [--quick] [--at FOLDER]

The store is made as benchmarks/pages.py makes it, for four trials. SQL then copies their answers and scores
to as many trials as are wanted, with other values, because making a million answers one by one takes an hour.
The tests of differences, which the worker computes beside it, are not asked for.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path

from sqlalchemy import text

from benchmarks.figures import Figure, run_alone, say
from benchmarks.large_store import Made, Shape, make_store
from benchmarks.page_visits import Change, Visit, choose, open_cell, pick, turn_to, write
from benchmarks.pages import Clock, figures_of, make_visit, quieten, settings_in
from benchmarks.runs import take_sample
from workbench.settings import Settings
from workbench.store.database import Store, open_home_store

TRIALS, QUESTIONS, QUICK_TRIALS, QUICK_QUESTIONS = 1_000, 1_000, 40, 60
ROUNDS, QUICK_ROUNDS = 3, 1
BAR_SECONDS = 1.0
NUMBERS = """CREATE TEMP TABLE copied AS WITH RECURSIVE n(value) AS (
    SELECT :first UNION ALL SELECT value + 1 FROM n WHERE value < :last) SELECT value FROM n"""
COPY = (
    """INSERT INTO trial (id, experiment_id, number, config_id, name, state, in_final, note, finished_at)
       SELECT t.experiment_id || '-c' || n.value, t.experiment_id, n.value, t.config_id,
              t.name || ' ' || n.value, t.state, 0, t.note, t.finished_at
       FROM trial t JOIN copied n ON t.number = 1 + n.value % :made WHERE t.experiment_id = :experiment""",
    """INSERT INTO answer (trial_id, question_id, repeat, part, ranking_key, call_id, passages, reused, state,
                           error, error_kind, flags, seen, refused, cost_usd, seconds, tokens)
       SELECT t.experiment_id || '-c' || n.value, a.question_id, a.repeat, a.part, a.ranking_key, a.call_id,
              a.passages, a.reused, a.state, a.error, a.error_kind, a.flags, a.seen, a.refused, a.cost_usd,
              a.seconds, a.tokens
       FROM copied n JOIN trial t ON t.number = 1 + n.value % :made AND t.experiment_id = :experiment
       JOIN answer a ON a.trial_id = t.id AND a.part = 'search'""",
    """INSERT INTO score (answer_id, name, key, value, status, reason, detail)
       SELECT a.id, s.name, s.key || a.id, abs(random() % 5) / 4.0, s.status, s.reason, '{}'
       FROM trial t JOIN answer a ON a.trial_id = t.id
       JOIN answer o ON o.question_id = a.question_id AND o.repeat = a.repeat
            AND o.trial_id = (SELECT id FROM trial WHERE experiment_id = :experiment AND number = 1)
       JOIN score s ON s.answer_id = o.id AND s.status = 'ok' AND s.name IN ('correctness', 'grounding')
       WHERE t.experiment_id = :experiment AND t.number > :made""",
    """INSERT INTO score_summary (trial_id, part, name, mean, low, high, count, failed, not_applicable, note)
       SELECT a.trial_id, a.part, s.name, avg(s.value), avg(s.value) - 0.03, avg(s.value) + 0.03,
              count(s.value), 0, 0, ''
       FROM trial t JOIN answer a ON a.trial_id = t.id JOIN score s ON s.answer_id = a.id
       WHERE t.experiment_id = :experiment AND t.number > :made GROUP BY a.trial_id, a.part, s.name""",
    """INSERT INTO trial_summary (trial_id, part, answers, failed_answers, cost_per_1k_questions,
                                  tokens_per_answer, seconds_p50, seconds_p95, defects)
       SELECT a.trial_id, a.part, count(*), sum(a.state = 'failed'), 1000 * avg(a.cost_usd), avg(a.tokens),
              avg(a.seconds), max(a.seconds), '{}'
       FROM trial t JOIN answer a ON a.trial_id = t.id
       WHERE t.experiment_id = :experiment AND t.number > :made GROUP BY a.trial_id, a.part""",
    """INSERT INTO comparison (experiment_id, kind, score, trial_id, other_id, compared, questions, verdict)
       SELECT :experiment, 'baseline', 'correctness', t.id, :experiment || '-0001', 1, 1000, 'as made'
       FROM trial t WHERE t.experiment_id = :experiment AND t.number > :made""",
)


def copy_trials(store: Store, made: Made, trials: int) -> None:
    """Add trials to an experiment until it has so many; each copies one that was made, with other scores."""
    of_made = {"experiment": made.experiment, "made": made.trials}
    with store.write() as session:
        session.execute(text(NUMBERS), {"first": made.trials + 1, "last": trials})
        for statement in COPY:
            session.execute(text(statement), of_made)


def _made(folder: Path, settings: Settings, trials: int, questions: int) -> Made:
    """The store in this folder, made when it is not there."""
    file = folder / "made.json"
    if not file.exists():
        shape = Shape(
            prompts=1, chunk_sizes=1, top_ks=2, models=1, questions=questions, holdout=40, thumbs=50
        )
        made = make_store(settings, shape, small=2)
        copy_trials(open_home_store(settings), made, trials)
        file.write_text(json.dumps(asdict(made)), encoding="utf-8")
    facts = json.loads(file.read_text(encoding="utf-8"))
    return Made(**facts | {"small": tuple(facts["small"])})


def _visit(made: Made, trials: int) -> Visit:
    """First the baseline and 23 others; then it and seven, which are filtered, ordered and opened."""
    first, others = f"{made.experiment}-0001", [f"{made.experiment}-c{trials - n}" for n in range(23)]
    of = {"experiment": made.experiment}
    return Visit(
        "compare",
        BAR_SECONDS,
        (of | {"trials": ",".join([first, *others])}, of | {"trials": ",".join([first, *others[:7]])}),
        (
            *(pick("Show", show) for show in ("flips", "differ", "better", "ungrounded", "disliked", "all")),
            *(pick("Order", order) for order in ("gain", "position", "spread")),
            pick("Tag", "prices"),
            write("Question contains", "number 1"),
            write("Question contains", ""),
            Change("a cell is opened", open_cell),
            turn_to(2),
            choose("View", "side"),
        ),
    )


def measure(options: argparse.Namespace) -> list[Figure]:
    quieten()
    trials, questions = (QUICK_TRIALS, QUICK_QUESTIONS) if options.quick else (TRIALS, QUESTIONS)
    with tempfile.TemporaryDirectory(prefix="workbench-bench-") as temporary:
        folder = options.at or Path(temporary)
        settings = settings_in(folder)
        made = _made(folder, settings, trials, questions)
        say(f"{trials:,} trials × {questions:,} questions")
        visit, clock = _visit(made, trials), Clock()
        make_visit(replace(visit, changes=()), Clock(), settings)
        before = take_sample(os.getpid())
        for _ in range(QUICK_ROUNDS if options.quick else ROUNDS):
            make_visit(visit, clock, settings)
        return figures_of(clock, [visit], before, take_sample(os.getpid()))


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--at", type=Path, metavar="FOLDER", help="make the store here, or use the one there")


if __name__ == "__main__":
    sys.exit(run_alone("matrix", measure, __doc__, _options))
