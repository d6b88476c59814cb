"""Prepares an experiment as written: resolves, reads, checks, and collects what a plan or a run needs.
Knows nothing about the order of work."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from workbench.calls.destinations import uses_of_experiment
from workbench.corpus.clusters import find_clusters
from workbench.corpus.corpus import find_corpus, load_corpus, require_own_folder
from workbench.corpus.question_sources import drafts_in_words
from workbench.corpus.train_part import train_questions
from workbench.corpus.types import Corpus, Document, Question, part_of
from workbench.corpus.unreviewed_drafts import with_drafts
from workbench.errors import ExperimentError
from workbench.formatting import counted, listed
from workbench.nearest import did_you_mean
from workbench.parts.retrieval_settings import DEFAULT_EMBEDDING
from workbench.planning.advice import Advice
from workbench.planning.advice.axes import advise_on_axes
from workbench.planning.advice.effort import advise_on_search
from workbench.planning.advice.examples import advise_on_examples
from workbench.planning.advice.filters import advise_on_filters
from workbench.planning.advice.follow_ups import advise_on_follow_ups
from workbench.planning.advice.fusion import advise_on_fusion
from workbench.planning.advice.judging import advise_on_drafting_models, advise_on_judges
from workbench.planning.advice.languages import advise_on_languages
from workbench.planning.advice.questions import advise_on_bias, advise_on_questions
from workbench.planning.advice.returns import advise_on_selection
from workbench.planning.advice.rules import advise_on_rules
from workbench.planning.advice.servers import advise_on_embedding_limits, advise_on_servers
from workbench.planning.optimised_prompts import check_optimisations
from workbench.planning.outside_parts import advise_on_own_calls, check_classes
from workbench.planning.probes import Probe, describe_probes, make_probes
from workbench.planning.training_plan import advise_on_trainings, completer, plan_trainings
from workbench.providers.nearby_servers import ask_servers_nearby
from workbench.providers.open_model import check_in_process
from workbench.providers.prices import Prices, find_price
from workbench.providers.trust import ONLY_WELL_KNOWN, Trust
from workbench.results.trained_on import describe_overlaps, find_all_trained_on
from workbench.scoring import bias
from workbench.scoring.judged import JudgedScore, as_judge, find_judged
from workbench.scoring.ragas_packages import require_ragas
from workbench.settings import Settings
from workbench.space.code_needed import code_of_experiment
from workbench.space.experiment import (
    BESIDE_SCORES,
    DEFAULT_TARGET,
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

MANY_QUESTIONS = 40
ENOUGH_HELD_OUT = 20


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


def choose_questions(
    questions: Sequence[Question], documents: Sequence[Document], experiment: Experiment
) -> tuple[list[ExperimentQuestion], list[Advice]]:
    """The search and held-out questions after tags and limit, with their clusters, and advice about them.

    The limit counts questions and may cut a group: what is left of it stays one cluster in one part.

    Raises ExperimentError when no question is left to search on.
    """
    if not questions:
        raise ExperimentError(
            f"Corpus {experiment.corpus!r} has no questions.",
            hint="Add some on the Questions page, or write questions.jsonl beside its documents/ folder."
            + ("" if experiment.questions.drafts else " `questions: {drafts: true}` asks drafts, too."),
            about="corpus",
        )
    tags = set(experiment.questions.tags)
    corpus_tags = {tag for q in questions for tag in q.tags}
    for tag in experiment.questions.tags:
        if tag not in corpus_tags:
            raise ExperimentError(
                f"No question has the tag {tag!r}.", hint=did_you_mean(tag, corpus_tags), about="questions"
            )
    tagged = [q for q in questions if not tags or tags & set(q.tags)]
    parts = [(q, part_of(q, experiment.holdout)) for q in tagged]
    usable = [(q, part) for q, part in parts if part != "train"][: experiment.questions.limit]
    clusters = find_clusters([q for q, _ in usable], documents)
    chosen = [ExperimentQuestion(q, part, i, clusters.get(q.id, "")) for i, (q, part) in enumerate(usable)]
    held_out = sum(q.part == "holdout" for q in chosen)
    if held_out == len(chosen):
        raise ExperimentError(
            f"Of {len(tagged)} questions, none is in the search part "
            f"({len(tagged) - len(usable)} belong to training, {held_out} are held out).",
            hint="Add questions, raise questions.limit, or lower holdout.",
            about="questions",
        )
    drafts = sum(q.question.is_draft for q in chosen)
    return chosen, _on_parts(experiment, [part for _, part in parts], len(chosen), held_out, drafts)


def _on_parts(
    experiment: Experiment, parts: Sequence[str], asked: int, held_out: int, drafts: int
) -> list[Advice]:
    advice = []
    if drafts:
        text = f"{drafts_in_words(drafts, asked - held_out)} Drafts are never held out."
        advice.append(Advice("questions", text))
    elif experiment.questions.drafts:
        text = "questions: drafts is true, but no draft waits for review and passed every check."
        advice.append(Advice("questions", text, "idle"))
    training = parts.count("train")
    if asked < MANY_QUESTIONS and training:
        text = (
            f"{training} of {len(parts)} questions belong to training (a fixed fifth, by their ids): "
            "experiments do not ask them."
        )
        advice.append(Advice("questions", text))
    if 0 < held_out < ENOUGH_HELD_OUT:
        are = "is" if held_out == 1 else "are"
        text = f"Only {counted(held_out, 'question')} {are} held out, too few to confirm anything."
        advice.append(Advice("holdout", text))
    if experiment.holdout == 0:
        text = "No questions are held out: the winner's figures are those it was picked by."
        advice.append(Advice("holdout", text))
    return advice


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


def _advise(
    experiment: Experiment,
    questions: Sequence[ExperimentQuestion],
    score_names: Sequence[str],
    corpus: Corpus,
    configs: int,
) -> list[Advice]:
    return [
        *(Advice("corpus", f"{p.where}: {p.what}") for p in corpus.problems),
        *advise_on_languages(experiment, corpus.documents),
        *advise_on_judges(experiment),
        *advise_on_drafting_models(experiment, questions),
        *(advise_on_axes(experiment) if experiment.models else ()),
        *advise_on_own_calls(experiment),
        *advise_on_selection(experiment),
        *advise_on_fusion(experiment),
        *advise_on_filters(experiment, questions, corpus.documents),
        *advise_on_examples(experiment, corpus.questions),
        *(advise_on_rules(experiment) if experiment.models else ()),
        *advise_on_questions(experiment, questions, score_names, configs),
        *advise_on_follow_ups(experiment, questions),
        *advise_on_search(experiment, configs, sum(q.part == "search" for q in questions)),
    ]


def _advise_on_training(
    experiment: Experiment, questions: Sequence[ExperimentQuestion], store: Store | None
) -> list[Advice]:
    """Say which models were trained on questions that the experiment asks."""
    if store is None:
        return []
    asked = frozenset(item.question.id for item in questions)
    found = find_all_trained_on(store, experiment.models_tried)
    advice = [Advice("models", text) for text in describe_overlaps(found, asked)]
    return [*advice, *advise_on_trainings(experiment, store)]


def _advise_on_default_objective(written: ExperimentFile, experiment: Experiment) -> list[Advice]:
    """Say which score is taken as the aim where none is set and the usual one is not among the scores."""
    if experiment.objective == written.objective:
        return []
    change = "maximized" if experiment.objective.sign > 0 else "minimized"
    text = f"No objective is set, and {DEFAULT_TARGET} is not among the scores: "
    text += f"{experiment.objective.target} is {change}. Set `objective` to choose another."
    return [Advice("objective", text)]


def _advise_on_models(models: Sequence[Model], experiment: Experiment, trust: Trust) -> list[Advice]:
    """Ask the servers nearby what they serve, and say where that is not what the experiment needs."""
    facts = ask_servers_nearby(models, trust)
    embeddings = [m for m in models if m.kind == "embedding"]
    longest_chunk = max(experiment.retrieval.chunk_tokens)
    return [
        *advise_on_servers(models, experiment.models, facts),
        *advise_on_embedding_limits(embeddings, longest_chunk, facts),
    ]


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
    advice += _advise_on_default_objective(written, experiment)
    prices = {m.name: find_price(m, settings.compute_usd_per_hour) for m in models}
    _check_objective(experiment, score_names, prices)
    check_worst_cases(experiment, prices)
    _check_training_prices(experiment, settings, store)
    if experiment.optimise:
        train = len(train_questions(corpus.questions, experiment.questions.tags, experiment.holdout))
        check_optimisations(experiment, space, score_names, train, prices)
    advice += _advise(experiment, questions, score_names, corpus, len(space.configs))
    advice += _advise_on_training(experiment, questions, store)
    search = [q for q in questions if q.part == "search"]
    probes = make_probes(
        search, score_names, corpus.injections, seed=experiment.seed, position=len(questions)
    )
    advice += _advise_on_models(models, experiment, trust)
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
