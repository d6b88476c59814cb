"""Writes an experiment's winner, or any trial of it, to a file that runs elsewhere.
Knows nothing about running it. Nothing secret is in the store, so nothing secret can leave it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from workbench.analysis.leaderboard import LeaderboardRow
from workbench.analysis.leaderboard_json import row_to_json
from workbench.analysis.liked.figures import estimates_to_json
from workbench.corpus.corpus import questions_file
from workbench.corpus.questions import load_questions
from workbench.errors import InputError
from workbench.files.writing import check_destination, write_atomically
from workbench.pipeline.examples import ExamplePool
from workbench.results.liked import read_liked
from workbench.results.sources import count_drafts, count_experiment_sources
from workbench.results.status import judge, rank, read_figures
from workbench.results.summarise import ensure_comparisons
from workbench.ship.canary_choice import CorpusThen, Replies, find_canaries, find_known, replies_of_trial
from workbench.ship.kept_questions import DEFAULT_CANARIES, MOST_CANARIES
from workbench.ship.trained import trainings_of
from workbench.ship.winner import Evidence, Winner, WinnerConfig, WinnerCorpus, WinnerExample
from workbench.space.code_needed import packages_of_config
from workbench.space.config import Config
from workbench.space.model_input import check_model
from workbench.store.database import Store
from workbench.store.experiments import get_experiment
from workbench.store.records import ExperimentRecord
from workbench.tuning.made_config import get_made_config

LIBRARIES = ("llama-index-core", "chromadb", "bm25s", "onnxruntime", "tokenizers", "openai", "ragas")


def choose_winner(rows: list[LeaderboardRow], experiment_id: str, trial_id: str | None) -> LeaderboardRow:
    """The named trial, else the best feasible one.

    Raises InputError when there is none, naming the nearest and what it lacks.
    """
    if trial_id is not None:
        for row in rows:
            if row.trial.id == trial_id:
                return row
        raise InputError(f"Experiment {experiment_id} has no trial {trial_id!r}.")
    ranked = [row for row in rows if row.rank is not None]
    if not ranked:
        raise InputError(f"Experiment {experiment_id} has no ranked trial yet.", hint="Run it first.")
    if not ranked[0].feasible:
        nearest = ranked[0]
        raise InputError(
            f"No trial meets the constraints. The nearest is {nearest.trial.name!r} ({nearest.trial.id}): "
            + "; ".join(nearest.broken)
            + ".",
            hint=f"Export it anyway with --trial {nearest.trial.id}, or loosen the objective.",
        )
    return ranked[0]


def check_canaries(count: int) -> None:
    """Raise InputError for more canaries than a winner keeps."""
    if not 0 <= count <= MOST_CANARIES:
        raise InputError(f"A winner keeps 0 to {MOST_CANARIES} canaries, not {count}.")


def build_winner(
    store: Store,
    experiment_id: str,
    trial_id: str | None = None,
    *,
    canaries: int = DEFAULT_CANARIES,
    cache: Path | None = None,
) -> Winner:
    """The experiment's winner, or the named trial.

    canaries: how many questions are kept to be asked again, with their texts; 0 leaves all texts out.
    cache: where extracted texts of documents are kept; None reads every document anew.

    Raises InputError when there is no such trial, or for more canaries than are kept.
    """
    check_canaries(canaries)
    record = get_experiment(store, experiment_id)
    liked = read_liked(store, experiment_id)  # all that follows rests on the present ratings
    ensure_comparisons(store, experiment_id)
    figures = read_figures(store, experiment_id)
    rows = rank(store, figures)
    row = choose_winner(rows, experiment_id, trial_id)
    verdict = judge(store, figures, rows, figures.objective)
    named = next((r.trial for r in rows if r.trial.id == figures.baseline), None)
    shown = row_to_json(row)
    drafts, asked = count_drafts(store, experiment_id)
    return put_together(
        store,
        record,
        row.trial.config,
        row.trial.name,
        Evidence(
            experiment=record.id,
            experiment_name=record.name,
            trial=row.trial.id,
            rank=row.rank,
            configs=len(rows),
            objective=objective_of(record),
            search=shown["scores"],
            holdout=shown["holdout"],
            cost_per_1k_questions=shown["cost_per_1k_questions"],
            tokens_per_answer=shown["tokens_per_answer"],
            seconds_p50=shown["seconds_p50"],
            seconds_p95=shown["seconds_p95"],
            ratings=shown["ratings"],
            liked=liked and estimates_to_json(liked),
            verdict={"kind": verdict.kind, "so_far": verdict.so_far, "sentences": verdict.sentences},
            questions={
                "asked": asked,
                "unreviewed": drafts,
                "sources": dict(count_experiment_sources(store, experiment_id)),
            },
            baseline=named and {"trial": named.id, "name": named.name, "difference": shown["vs_baseline"]},
        ),
        partial(replies_of_trial, store, record.id, row.trial.id),
        canaries=canaries,
        cache=cache,
    )


def put_together(
    store: Store,
    record: ExperimentRecord,
    config: Config,
    name: str,
    evidence: Evidence,
    replies: Replies,
    *,
    canaries: int,
    cache: Path | None,
) -> Winner:
    """The winner that a configuration of an experiment is, now.

    name: what the configuration is called.
    replies: finds what it answered.
    canaries, cache: see `build_winner`.
    """
    config = get_made_config(store, config)
    for model in config.models:
        check_model(model)  # a key that an older version let in must not leave
    then = CorpusThen.read(record, cache)
    return Winner(
        name=f"{record.name}: {name}",
        exported_at=datetime.now(UTC).isoformat(timespec="seconds"),
        config=WinnerConfig.of(config),
        corpus=WinnerCorpus(
            name=record.experiment.corpus, hash=record.corpus_version, documents=then.hashes()
        ),
        examples=examples_of(config, Path(record.corpus_path)),
        trained=trainings_of(store, config),
        evidence=evidence,
        canaries=find_canaries(store, record, replies, then, canaries) if canaries else None,
        questions=find_known(store, record.id, with_texts=canaries > 0),
        libraries=library_versions() | packages_of_config(config),
    )


def objective_of(record: ExperimentRecord) -> dict[str, Any]:
    """What the experiment maximizes or minimizes, as a winner's evidence has it."""
    return record.experiment.objective.model_dump(mode="json", exclude_defaults=True)


def examples_of(config: Config, corpus: Path) -> list[WinnerExample]:
    """What the prompt's examples are taken from; nothing where it shows none.

    Raises InputError when the questions of the corpus are not there any more.
    """
    ends = [end for end in config.ends if end.system is None]
    if not any(end.retrieval.examples and end.prompt.uses_examples for end in ends):
        return []
    file = questions_file(corpus)
    if file is None:
        raise InputError(
            f"The prompt shows examples, and {corpus} no longer has questions.",
            hint="Put its question file back, then export again.",
        )
    pool = ExamplePool.of_questions(load_questions(file, ())[0])
    return [WinnerExample(question=e.question, answer=e.answer, group=e.group) for e in pool.examples]


def library_versions() -> dict[str, str]:
    """Package → version, of what a winner is chosen and run with."""
    versions = {}
    for name in LIBRARIES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def export_winner(
    store: Store,
    experiment_id: str,
    *,
    out: Path,
    trial_id: str | None = None,
    overwrite: bool = True,
    canaries: int = DEFAULT_CANARIES,
    cache: Path | None = None,
) -> Path:
    """Write the winner (or the named trial) to `out`; returns the path. canaries, cache: see `build_winner`.

    Raises InputError when there is no such trial, or `out` cannot be written; unless `overwrite`, also when
    there is a file already.
    """
    check_destination(out, overwrite=overwrite)
    winner = build_winner(store, experiment_id, trial_id, canaries=canaries, cache=cache)
    write_atomically(out, winner.to_yaml(), overwrite=overwrite)
    return out
