"""Prepares an experiment as written: resolves, reads, checks, and collects what a plan or a run needs.
Knows nothing about the order of work."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from workbench.calls.destinations import uses_of_experiment
from workbench.corpus.corpus import find_corpus, load_corpus, require_own_folder
from workbench.corpus.train_part import train_questions
from workbench.corpus.types import Corpus
from workbench.corpus.unreviewed_drafts import with_drafts
from workbench.errors import ExperimentError
from workbench.formatting import listed
from workbench.nearest import did_you_mean
from workbench.parts.retrieval_settings import DEFAULT_EMBEDDING
from workbench.planning.advice import Advice
from workbench.planning.advice.experiment import (
    advise_on_default_objective,
    advise_on_experiment,
    advise_on_models,
    advise_on_training,
)
from workbench.planning.advice.questions import advise_on_bias
from workbench.planning.optimised_prompts import check_optimisations
from workbench.planning.outside_parts import check_classes
from workbench.planning.probes import Probe, describe_probes, make_probes
from workbench.planning.question_choice import choose_questions
from workbench.planning.training_plan import completer, plan_trainings
from workbench.providers.open_model import check_in_process
from workbench.providers.prices import Prices, find_price
from workbench.providers.trust import ONLY_WELL_KNOWN, Trust
from workbench.scoring import bias
from workbench.scoring.judged import JudgedScore, as_judge, find_judged
from workbench.scoring.ragas_packages import require_ragas
from workbench.settings import Settings
from workbench.space.code_needed import code_of_experiment
from workbench.space.experiment import (
    BESIDE_SCORES,
    Experiment,
    ExperimentFile,
)
from workbench.space.model import Model
from workbench.space.model_input import check_model
from workbench.space.resolving import Catalogue, resolve
from workbench.space.scores import expand_score_names
from workbench.space.search_space import Space, expand
from workbench.space.system import SystemModel
from workbench.store.catalogue import StoreCatalogue
from workbench.store.database import Store
from workbench.store.records import ExperimentQuestion
from workbench.user_code.permission import look_in, require, use_settings


@dataclass(frozen=True)
class Prepared:
    """An experiment with all that a plan or a run needs."""

    experiment: Experiment
    corpus: Corpus
    corpus_path: Path
    questions: tuple[ExperimentQuestion, ...]
    """The questions to ask, then the probes."""
    space: Space
    score_names: tuple[str, ...]
    """Every score, with groups replaced by their members."""
    prices: Prices
    """Model name → price; None for an unpriced model."""
    advice: tuple[Advice, ...]
    judged: tuple[JudgedScore, ...] = ()
    """The scores that ask a model."""
    probes: tuple[Probe, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """The advice, and what the space leaves out, in words for people."""
        return (*(a.text for a in self.advice), *self.space.notes)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the space and the probes are, in words."""
        return (*self.space.notes, *describe_probes(self.probes))

    @property
    def training_questions(self) -> int:
        """How many of the questions with the experiment's tags belong to training, and so are not asked."""
        experiment = self.experiment
        return len(train_questions(self.corpus.questions, experiment.questions.tags, experiment.holdout))

    def questions_of(self, part: str) -> list[ExperimentQuestion]:
        return [q for q in self.questions if q.part == part]


def models_in_use(experiment: Experiment) -> list[Model]:
    """Every model that the experiment may call, once. Raises ExperimentError when two share a name."""
    models = [model for model, _ in uses_of_experiment(experiment)]
    if any(score.metric.samples for score in find_judged(experiment.scores, experiment.judge)):
        models.append(Model(name=DEFAULT_EMBEDDING, kind="embedding"))
    by_name: dict[str, Model] = {}
    for model_used in models:
        if by_name.setdefault(model_used.name, model_used) != model_used:
            systems = any(isinstance(m, SystemModel) for m in (model_used, by_name[model_used.name]))
            raise ExperimentError(
                f"{'A system and a model' if systems else 'Two different models'} are named "
                f"{model_used.name!r}.",
                hint="Give one of them another name: prices and figures go by it.",
                about="models",
            )
    return list(by_name.values())


def _check_objective(experiment: Experiment, score_names: Sequence[str], prices: Prices) -> None:
    allowed = [*score_names, *BESIDE_SCORES]
    for name in experiment.objective.names:
        if name not in allowed:
            raise ExperimentError(
                f"objective: {name!r} is neither a score of this experiment nor a cost.",
                hint=did_you_mean(name, allowed),
            )
    unpriced = [name for name, price in prices.items() if price is None]
    if unpriced and "cost_per_1k_questions" in experiment.objective.names:
        raise ExperimentError(
            f"objective: cost_per_1k_questions needs a price for every model; "
            f"{', '.join(unpriced)} has none.",
            hint="Give it `price: {input_per_million: …, output_per_million: …}` or `price: {free: true}`.",
        )
    if unpriced and experiment.budget_usd is not None:
        raise ExperimentError(
            f"budget_usd needs a price for every model; {', '.join(unpriced)} has none.",
            hint="Give it a price, `price: {free: true}`, or leave budget_usd out.",
        )


def check_worst_cases(experiment: Experiment, prices: Prices) -> None:
    """Raise ExperimentError for a budget with a priced model whose reply has no highest price."""
    if experiment.budget_usd is None:
        return
    for model in models_in_use(experiment):
        price = prices.get(model.name)
        by_token = price is not None and price.output_per_million > 0
        if model.kind == "chat" and by_token and as_judge(model).max_tokens is None:
            raise ExperimentError(
                f"budget_usd needs max_tokens on {model.name}: without it a reply has no highest price.",
                hint="Set max_tokens on the model, or leave budget_usd out.",
            )


def _check_training_prices(experiment: Experiment, settings: Settings, store: Store | None) -> None:
    """Raise ExperimentError for a budget with a training whose price is not known."""
    if store is None or experiment.budget_usd is None:
        return
    train = plan_trainings(store, settings, experiment.models_tried)
    if train is not None and train.unpriced:
        raise ExperimentError(
            f"budget_usd needs a price for every training; that of {listed(train.unpriced)} has none.",
            hint="Write `price: {per_hour: …}` or `price: {free: true}` into the recipe, or leave budget_usd "
            "out.",
            about="budget_usd",
        )


def prepare(
    written: ExperimentFile,
    settings: Settings,
    catalogue: Catalogue,
    *,
    strict_questions: bool = True,
    corpus: Corpus | None = None,
    file: Path | None = None,
    named_folders: Collection[str] = (),
    trust: Trust = ONLY_WELL_KNOWN,
    store: Store | None = None,
) -> Prepared:
    """Resolve names, read the corpus, expand the space, find prices, and check that they fit together.

    strict_questions: whether an invalid line in questions.jsonl is an error.
    corpus: the corpus when it is loaded already.
    file: where the experiment was read from; None when it comes from elsewhere.
    named_folders: folders outside the corpora that the user named, which may be read.
    trust: what the user has confirmed; only such servers nearby are asked what they serve.
    store: the home, which knows what was trained and what people rated; trainings need it.

    Raises InputError for the first thing that cannot work. What works but deserves attention is in `advice`.
    """
    use_settings(settings)
    if file is not None:
        look_in(file.parent)
    require(code_of_experiment(written))

    @cache
    def read_corpus() -> tuple[Path, Corpus]:
        require_own_folder(written.corpus, settings.corpora, file=file, named=named_folders)
        path = find_corpus(written.corpus, settings.corpora)
        return path, corpus or load_corpus(
            path, settings.corpora, cache_dir=settings.cache / "documents", strict_questions=strict_questions
        )

    experiment = resolve(written, catalogue)
    if store is not None and any(not model.is_made for model in experiment.models):
        complete = completer(store, settings, experiment, read_corpus()[1])
        experiment = resolve(written, catalogue, complete)
    require(code_of_experiment(experiment))  # models that were only named have theirs, too
    check_classes(experiment)
    models = models_in_use(experiment)
    for model in models:
        check_model(model)
    score_names = tuple(expand_score_names(experiment.scores))
    judged = find_judged(experiment.scores, experiment.judge)
    require_ragas(score_names, judged)
    space = expand(experiment)
    for model in models:  # before anything is spent on the others
        check_in_process(model)
    path, corpus = read_corpus()
    if experiment.questions.drafts:
        corpus = with_drafts(corpus, path)
    questions, advice = choose_questions(corpus.questions, corpus.documents, experiment)
    advice += advise_on_default_objective(written, experiment)
    prices = {m.name: find_price(m, settings.compute_usd_per_hour) for m in models}
    _check_objective(experiment, score_names, prices)
    check_worst_cases(experiment, prices)
    _check_training_prices(experiment, settings, store)
    if experiment.optimise:
        train = len(train_questions(corpus.questions, experiment.questions.tags, experiment.holdout))
        check_optimisations(experiment, space, score_names, train, prices)
    advice += advise_on_experiment(experiment, questions, score_names, corpus, len(space.configs))
    advice += advise_on_training(experiment, questions, store)
    search = [q for q in questions if q.part == "search"]
    probes = make_probes(
        search, score_names, corpus.injections, seed=experiment.seed, position=len(questions)
    )
    advice += advise_on_models(models, experiment, trust)
    advice += advise_on_bias(score_names, any(p.score == bias.NAME for p in probes))
    return Prepared(
        experiment=experiment,
        corpus=corpus,
        corpus_path=path,
        questions=(*questions, *(p.item for p in probes)),
        probes=tuple(probes),
        space=space,
        score_names=score_names,
        prices=prices,
        advice=tuple(advice),
        judged=judged,
    )


def prices_to_json(prices: Prices) -> dict[str, Any]:
    return {name: price.to_json() if price else None for name, price in prices.items()}


def catalogue_of(store: Store, settings: Settings | None = None) -> Catalogue:
    """The prompts and models of a store; with `settings`, not those that a broken file may define."""
    return StoreCatalogue(store, settings.experiments if settings is not None else None)
