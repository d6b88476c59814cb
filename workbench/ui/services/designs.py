"""Experiments as files: stored ones, the sample, and what is written in the editor.
Knows nothing about drafts, nor about what ran."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from workbench.settings import Settings
from workbench.space.experiment import Experiment, ExperimentFile
from workbench.space.file_writing import experiment_to_yaml, to_experiment_file
from workbench.space.files import parse_experiment, validate
from workbench.space.presets import Available
from workbench.space.tuning import Tuning
from workbench.store import catalogue
from workbench.store.database import Store
from workbench.store.learning.tuning_jobs import TuningJob
from workbench.store.serving.records import Service


@dataclass(frozen=True)
class Designs:
    """Experiments as files."""

    store: Store
    settings: Settings
    """Folders, prices and limits."""

    def to_experiment_file(self, experiment: Experiment) -> ExperimentFile:
        """Return a stored experiment as a file: registered prompts and models by name, all others written
        out."""
        registered = {m.model.name: m.model for m in catalogue.list_models(self.store)}
        return to_experiment_file(
            experiment, registered, save_prompt=partial(catalogue.add_prompt, self.store)
        )

    def design_after(
        self, service: Service, corpus_name: str, tags: Sequence[str], questions: int, available: Available
    ) -> ExperimentFile:
        """Return an experiment on questions with these tags, with what a service runs as its baseline.

        questions: how many there are.
        """
        from workbench.ship.winner import Winner
        from workbench.space.next_design import design_after

        winner = validate(Winner, service.winner, service.name)
        return design_after(
            winner.to_config(), corpus_name, tags, questions, available,
            {m.model.name: m.model for m in catalogue.list_models(self.store)},
            partial(catalogue.add_prompt, self.store),
        )  # fmt: skip

    def design_of_family(
        self, job: TuningJob, corpus_name: str, questions: int, available: Available
    ) -> ExperimentFile:
        """Return an experiment on a corpus that asks what a training made, and its parent.

        questions: how many the corpus has. Raises ModelError where the model is not registered any more.
        """
        from workbench.space.next_design import design_of_family

        registered = {m.model.name: m.model for m in catalogue.list_models(self.store)}
        variant = catalogue.get_model(self.store, job.name)
        parent = Tuning.model_validate(job.tuning).parent
        return design_of_family(parent, variant, corpus_name, questions, available, registered)

    def experiment_yaml(self, experiment: Experiment | ExperimentFile) -> str:
        return experiment_to_yaml(experiment)

    def parse_experiment(self, text: str) -> ExperimentFile:
        return parse_experiment(text, "the experiment")

    def sample_experiment(self) -> ExperimentFile:
        from workbench.demo import demo_file
        from workbench.space.files import load_experiment_file

        return load_experiment_file(demo_file(self.settings))
