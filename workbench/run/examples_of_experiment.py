"""Says which examples an experiment's prompts may show, and whether they are still those of its creation.
Knows nothing about which of them a prompt gets."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.errors import WorkbenchError
from workbench.pipeline.examples import ExamplePool
from workbench.space.experiment import Experiment
from workbench.space.prompt import Prompt
from workbench.space.route import End
from workbench.store.database import Store
from workbench.store.experiments import get_spec_hash, spec_hash
from workbench.store.records import ExperimentQuestion, ExperimentRecord


class ExamplesChanged(WorkbenchError):
    """The examples are not those the experiment was created with."""


def shows_examples(experiment: Experiment) -> bool:
    """Whether some prompt of an experiment shows examples."""
    baseline = experiment.baseline
    ends = [end for route in experiment.routes for end in route.ends if isinstance(end, End)]
    numbers = [
        *experiment.retrieval.examples,
        *([baseline.examples] if baseline is not None else []),
        *(end.retrieval.examples for end in ends if end.retrieval is not None),
    ]
    prompts = [
        *experiment.prompts,
        *([baseline.prompt] if baseline is not None else []),
        *(end.prompt for end in ends),
    ]
    shows = any(isinstance(prompt, Prompt) and prompt.uses_examples for prompt in prompts)
    return shows and any(numbers)


def examples_key(experiment: Experiment, pool: ExamplePool) -> str:
    """Hash of the examples, as part of the experiment's content; "" where no prompt of it shows any.

    pool: the examples that the corpus has.
    """
    return pool.key if shows_examples(experiment) else ""


def require_examples(
    store: Store, record: ExperimentRecord, questions: Sequence[ExperimentQuestion], pool: ExamplePool
) -> None:
    """Raise ExamplesChanged where prompts would show other examples than those that are answered already.

    questions: all of the experiment.
    pool: the examples that the corpus has now.
    """
    key = examples_key(record.experiment, pool)
    # Without a key: created before examples were part of the content.
    same = [
        spec_hash(record.experiment, record.corpus_version, questions, examples) for examples in (key, "")
    ]
    if key and get_spec_hash(store, record.id) not in same:
        raise ExamplesChanged(
            "The questions whose answers the prompts show as examples have changed since this experiment was "
            "created.",
            hint="Run its file again: a new experiment starts, and everything that is still valid is reused.",
        )
