"""Where prompts and models were used, as read from the store.
Knows nothing about pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.tiny_experiment import Runner, experiment, run_once, runner, take_over, tiny  # noqa: F401  (fixtures)
from workbench.feedback.ratings import rate_answer
from workbench.results.status import get_leaderboard
from workbench.results.usage import count_uses, find_uses, last_uses
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.store.answers import AnswerFilter, find_answers
from workbench.store.catalogue import StoreCatalogue
from workbench.store.trials import drop_trials, get_trials

MODEL = Model(name="embedded/extractive")
MINILM = Model(name="embedded/minilm", kind="embedding")


@pytest.fixture(scope="module")
def ran_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    return run_once(tmp_path_factory.mktemp("ran-once"), experiment(prompts=["concise", "short"]))


@pytest.fixture
def used(runner: Runner, ran_once: tuple[str, Path]) -> tuple[Runner, str]:  # noqa: F811
    experiment_id, database = ran_once
    take_over(runner, database)
    return runner, experiment_id


def prompt(runner: Runner, name: str) -> Prompt:  # noqa: F811
    found = StoreCatalogue(runner.store).find_prompt(name)
    assert found is not None
    return found


def test_a_prompts_figure_is_the_mean_over_its_configurations_and_so_is_its_interval(
    used: tuple[Runner, str],
) -> None:
    runner, id_ = used  # noqa: F811
    (use,) = find_uses(runner.store, prompt(runner, "short"))
    rows = [r for r in get_leaderboard(runner.store, id_) if r.trial.config.prompt.name == "short"]
    figures = [r.search.scores["correctness"] for r in rows if r.search]
    assert use.experiment.id == id_ and use.configurations == 2 and use.target == "correctness"
    assert use.figure is not None and use.figure.count == 10
    for end in ("mean", "low", "high"):
        expected = sum(getattr(f, end) for f in figures) / 2
        assert getattr(use.figure, end) == pytest.approx(expected)
    assert use.best_rank == min(r.rank for r in rows if r.rank) and use.ranked == 4


def test_the_best_rank_heeds_constraints_as_the_leaderboard_does(runner: Runner) -> None:  # noqa: F811
    bounded: dict[str, Any] = {"maximize": "correctness", "at_most": {"tokens_per_answer": 1.0}}
    id_ = runner.run(experiment(prompts=["concise", "short"], objective=bounded)).id
    for name in ("concise", "short"):
        (use,) = find_uses(runner.store, prompt(runner, name))
        rows = get_leaderboard(runner.store, id_)
        assert use.best_rank == next(r.rank for r in rows if r.trial.config.prompt.name == name)


def test_a_prompt_is_known_by_its_text_whatever_its_name(used: tuple[Runner, str]) -> None:
    runner, _ = used  # noqa: F811
    own = prompt(runner, "short")
    assert count_uses(runner.store, Prompt(name="other", system=own.system or "", template=own.template)) == 1
    assert count_uses(runner.store, Prompt(name="short", template="{question} {passages}?")) == 0


def test_what_the_search_dropped_counts_in_no_figure(used: tuple[Runner, str]) -> None:
    runner, id_ = used  # noqa: F811
    own = [t.id for t in get_trials(runner.store, id_) if t.config.prompt.name == "short"]
    with runner.store.write() as session:
        drop_trials(session, dict.fromkeys(own, "slow"))
    (use,) = find_uses(runner.store, prompt(runner, "short"))
    assert (use.configurations, use.dropped, use.figure, use.best_rank, use.ranked) == (2, 2, None, None, 2)


def test_thumbs_are_those_on_its_own_answers(used: tuple[Runner, str]) -> None:
    runner, id_ = used  # noqa: F811
    trial = next(t for t in get_trials(runner.store, id_) if t.config.prompt.name == "short")
    answer = find_answers(runner.store, id_, AnswerFilter(trial_id=trial.id))[0]
    rate_answer(runner.store, answer.id, "down", rater="ann")
    (short,), (concise,) = (find_uses(runner.store, prompt(runner, n)) for n in ("short", "concise"))
    assert (short.up, short.down) == (0, 1) and (concise.up, concise.down) == (0, 0)


def test_models_are_found_as_what_answers_and_as_what_embeds(used: tuple[Runner, str]) -> None:
    runner, _ = used  # noqa: F811
    newer = runner.run(experiment(name="newer", retrieval={"retriever": ["keyword"]})).id
    assert count_uses(runner.store, MODEL) == 2 and count_uses(runner.store, MINILM) == 1
    found = last_uses(runner.store, [MODEL, MINILM, Model(name="embedded/none")])
    assert set(found) == {"embedded/extractive", "embedded/minilm"}
    use, count = found["embedded/extractive"]
    assert (use.experiment.id, count) == (newer, 2)
    assert found["embedded/minilm"][0].configurations == 2  # the dense ones


def test_uses_are_paged_newest_first(runner: Runner) -> None:  # noqa: F811
    ids = [runner.create(experiment(name=f"e{n}")) for n in range(3)]
    pages = [find_uses(runner.store, MODEL, offset=n, limit=2) for n in (0, 2)]
    assert [[u.experiment.id for u in page] for page in pages] == [[ids[2], ids[1]], [ids[0]]]
    assert pages[0][0].figure is None and pages[0][0].best_rank is None  # nothing has run
