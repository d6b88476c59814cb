"""Chooses which configurations are asked the held-out questions: the best, and beside each tuned model's best
the same with its parent. Knows nothing about asking."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.analysis.leaderboard import FINALISTS, LeaderboardRow
from workbench.fingerprint import fingerprint
from workbench.space.config import Config
from workbench.space.model import Model
from workbench.store.records import TrialRecord


def find_families(models: Sequence[Model], *, trained_here: bool = False) -> list[tuple[str, str]]:
    """(parent, variant): the names of each model that was made from another one of these.

    trained_here: only those whose training is known.
    """
    names = {model.name for model in models}
    return [
        (model.parent, model.name)
        for model in models
        if model.parent in names
        and model.parent is not None
        and (model.tuned is not None or not trained_here)
    ]


def most_finalists(configurations: int, models: Sequence[Model], best: int = FINALISTS) -> int:
    """The most configurations that are asked the held-out questions.

    best: how many are chosen by rank.
    """
    return min(best + 4 * len(find_families(models, trained_here=True)), configurations)


def choose_finalists(rows: Sequence[LeaderboardRow], models: Sequence[Model]) -> list[TrialRecord]:
    """The best by rank; and for each model that was trained here, its best configuration and its parent's,
    each beside the same with the other model: so neither is chosen by how it happened to score.

    rows: in the order of rank.
    """
    ranked = [row.trial for row in rows if row.rank is not None]
    chosen = {trial.id: trial for trial in ranked[:FINALISTS]}
    by_setting = {(setting_of(t.config), t.config.model.name): t for t in ranked if is_plain(t.config)}
    for parent, variant in find_families(models, trained_here=True):
        for one, other in ((variant, parent), (parent, variant)):
            pairs = (
                (trial, by_setting.get((setting_of(trial.config), other)))
                for trial in ranked
                if is_plain(trial.config) and trial.config.model.name == one
            )
            for pair in pairs:
                if pair[1] is not None:
                    chosen |= {trial.id: trial for trial in pair if trial is not None}
                    break
    return list(chosen.values())


def is_plain(config: Config) -> bool:
    """Whether it is a prompt, a retrieval and one model."""
    return config.system is None and config.route is None


def setting_of(config: Config) -> str:
    """Equal for configurations that differ in nothing but the model."""
    return fingerprint(config.prompt.content, config.retrieval.content)
