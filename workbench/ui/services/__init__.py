"""The pages' only access to the store, the corpora and the worker: one typed class per subject.
Knows nothing about widgets; imports nothing that is slow to load (a test checks)."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from workbench.errors import InputError, WorkbenchError
from workbench.run.open_home import open_workbench, read_catalogue_files
from workbench.settings import Settings
from workbench.space.drafts import DraftFiles
from workbench.store.database import Store
from workbench.ui.services.answers import Answers
from workbench.ui.services.catalogue import Catalogue
from workbench.ui.services.cluster import ClusterAccess
from workbench.ui.services.code import CodePermission
from workbench.ui.services.comparisons import Comparisons
from workbench.ui.services.corpora import Corpora
from workbench.ui.services.designs import Designs
from workbench.ui.services.experiments import ExperimentCard, Experiments
from workbench.ui.services.gates import Gates
from workbench.ui.services.question_drafts import QuestionDrafts
from workbench.ui.services.question_imports import QuestionImports
from workbench.ui.services.questions import Questions
from workbench.ui.services.ratings import Ratings
from workbench.ui.services.results import Results
from workbench.ui.services.training_data import TrainingDataSets
from workbench.ui.services.trainings import Trainings
from workbench.ui.services.watching import Watching
from workbench.ui.services.worker import WorkerAccess


class Services:
    """All that pages may do, by subject: `services.corpora.create_corpus(name)`.

    One instance serves the whole app; it holds the store's engine, never a session.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def store(self) -> Store:
        """The store, opened at the first use. Raises StoreError for a database that cannot be used."""
        return open_workbench(self.settings)

    @cached_property
    def experiments(self) -> Experiments:
        return Experiments(self.store, self.worker)

    @cached_property
    def drafts(self) -> DraftFiles:
        """The drafts of experiments; files, so that they are kept even where the store cannot be used."""
        return DraftFiles(self.settings.home / "drafts")

    @cached_property
    def designs(self) -> Designs:
        return Designs(self.store, self.settings)

    @cached_property
    def cluster(self) -> ClusterAccess:
        return ClusterAccess(self.store, self.settings)

    @cached_property
    def code(self) -> CodePermission:
        return CodePermission(self.store)

    @cached_property
    def results(self) -> Results:
        return Results(self.store)

    @cached_property
    def comparisons(self) -> Comparisons:
        return Comparisons(self.store)

    @cached_property
    def answers(self) -> Answers:
        return Answers(self.store)

    @cached_property
    def ratings(self) -> Ratings:
        return Ratings(self.store, self.settings)

    @cached_property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.store, self.settings)

    @cached_property
    def corpora(self) -> Corpora:
        return Corpora(self.settings)

    @cached_property
    def questions(self) -> Questions:
        return Questions(self.settings)

    @cached_property
    def question_imports(self) -> QuestionImports:
        return QuestionImports(self.settings)

    @cached_property
    def question_drafts(self) -> QuestionDrafts:
        return QuestionDrafts(self.settings)

    @cached_property
    def gates(self) -> Gates:
        return Gates(self.store, self.settings)

    @cached_property
    def training_data(self) -> TrainingDataSets:
        return TrainingDataSets(self.settings)

    @cached_property
    def trainings(self) -> Trainings:
        return Trainings(self.store, self.settings, self.worker)

    @cached_property
    def watching(self) -> Watching:
        return Watching(self.store, self.settings)

    @cached_property
    def worker(self) -> WorkerAccess:
        return WorkerAccess(self.store, self.settings)

    def broken_files(self) -> list[InputError]:
        """Return what is wrong with prompts.yaml and models.yaml."""
        return read_catalogue_files(self.settings).broken

    def guide_is_dismissed(self) -> bool:
        return self._dismissal_file.exists()

    def dismiss_guide(self) -> None:
        self._dismissal_file.touch()

    @property
    def _dismissal_file(self) -> Path:
        return self.settings.home / "guide-dismissed"


__all__ = ["ExperimentCard", "InputError", "Services", "WorkbenchError"]
