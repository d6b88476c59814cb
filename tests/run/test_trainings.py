"""Variants that a run trains first: the others go on meanwhile, equal trainings are done once."""

from __future__ import annotations

from tests.tiny_experiment import Runner, experiment, runner, tiny
from tests.trainings import PARENT, TUNE, VARIANT, teachable
from workbench.results.status import get_status


def test_a_variant_is_trained_and_asked_beside_its_parent(teachable: Runner) -> None:
    runner = teachable
    result = runner.run(experiment(models=["embedded/extractive", TUNE]))
    status = get_status(runner.store, result.id)
    print(status)
    from workbench.store.learning.tuning_jobs import list_jobs

    print(list_jobs(runner.store))
    from workbench.results.family import families_to_json

    print(families_to_json(runner.store, result.id))
    assert result.state == "done"
    assert 0
