"""From an experiment as written to everything that is needed to plan and run it.
Knows nothing about the order of work: it reads, checks and warns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.corpus.corpus import find_corpus, load_corpus
from workbench.corpus.types import Corpus, Problem, Question, part_of_question
from workbench.engine.probes import Probe, describe_probes, make_probes
from workbench.errors import ExperimentError
from workbench.providers.embedded.shipped import shipped_models
from workbench.providers.opening import open_chat_model, open_embedding_model
from workbench.providers.prices import PriceSnapshot, find_price
from workbench.scoring import bias
from workbench.scoring.judged import (
    LEAST_MAX_TOKENS,
    JudgedScore,
    as_judge,
    find_judged,
)
from workbench.scoring.registry import expand_score_names
from workbench.settings import Settings
from workbench.space.experiment import (
    COST_MEASURES,
    Catalogue,
    Experiment,
    ExperimentFile,
    resolve,
)
from workbench.space.files import load_models_file, load_prompts_file
from workbench.space.grid import Space, expand
from workbench.space.model import Model
from workbench.space.nearest import did_you_mean
from workbench.space.retrieval import DEFAULT_EMBEDDING
from workbench.store.catalogue import StoreCatalogue, take_in_files
from workbench.store.engine import Store, open_store
from workbench.store.records import ExperimentQuestion

MANY_QUESTIONS = 40
ENOUGH_HELD_OUT = 20
Prices = dict[str, PriceSnapshot | None]


@dataclass(frozen=True)
class Prepared:
    """questions: those to be asked, and the probes.  prices: by model name; None means unpriced.
    warnings: in words, for people."""

    experiment: Experiment
    corpus: Corpus
    corpus_path: Path
    questions: tuple[ExperimentQuestion, ...]
    space: Space
    score_names: tuple[str, ...]
    prices: Prices
    warnings: tuple[str, ...]
    judged: tuple[JudgedScore, ...] = ()
    probes: tuple[Probe, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What the space and the probes are, in words."""
        return (*self.space.notes, *describe_probes(self.probes))

    def questions_of(self, part: str) -> list[ExperimentQuestion]:
        return [q for q in self.questions if q.part == part]


def open_workbench(settings: Settings) -> Store:
    """The store, with the shipped models and what experiments/prompts.yaml and models.yaml hold taken in."""
    store = open_store(settings.database)
    take_in_files(
        store,
        load_prompts_file(settings.experiments / "prompts.yaml"),
        [*shipped_models(), *load_models_file(settings.experiments / "models.yaml")],
    )
    return store


def models_in_use(experiment: Experiment) -> list[Model]:
    """Every model the experiment may call, once by name."""
    retrieval = experiment.retrieval
    named = [*experiment.models]
    uses_vectors = any(r != "keyword" for r in retrieval.retriever) or "mmr" in retrieval.rerank
    if uses_vectors:
        named.extend(retrieval.embedding)
    if "hyde" in retrieval.query and retrieval.query_model:
        named.append(retrieval.query_model)
    if "llm" in retrieval.rerank and retrieval.rerank_model:
        named.append(retrieval.rerank_model)
    judged = find_judged(experiment.scores, experiment.judge)
    named.extend(score.judge for score in judged)
    if any(score.metric.name == "answer_relevancy" for score in judged):
        named.append(Model(name=DEFAULT_EMBEDDING, kind="embedding"))
    found: dict[str, Model] = {}
    for model in named:
        if found.setdefault(model.name, model) != model:
            raise ExperimentError(
                f"Two different models are named {model.name!r}.",
                hint="Give one of them another name: prices and figures go by it.",
            )
    return list(found.values())


def choose_questions(
    questions: Sequence[Question], experiment: Experiment
) -> tuple[list[ExperimentQuestion], list[str]]:
    """The search and held-out questions, after tags and limit, and what is worth a warning.

    Raises ExperimentError when no question is left to search on.
    """
    if not questions:
        raise ExperimentError(
            f"Corpus {experiment.corpus!r} has no questions.",
            hint="Add some on the Corpora page, or write questions.jsonl beside its documents/ folder.",
        )
    tags = set(experiment.questions.tags)
    known = {tag for q in questions for tag in q.tags}
    for tag in experiment.questions.tags:
        if tag not in known:
            raise ExperimentError(f"No question has the tag {tag!r}.", hint=did_you_mean(tag, known))
    wanted = [q for q in questions if not tags or tags & set(q.tags)]
    parts = [(q, part_of_question(q.id, experiment.holdout)) for q in wanted]
    usable = [(q, part) for q, part in parts if part != "train"][: experiment.questions.limit]
    chosen = [ExperimentQuestion(q, part, i) for i, (q, part) in enumerate(usable)]
    held_out = sum(q.part == "holdout" for q in chosen)
    if held_out == len(chosen):
        raise ExperimentError(
            f"Of {len(wanted)} questions, none is in the search part "
            f"({len(wanted) - len(usable)} belong to training, {held_out} are held out).",
            hint="Add questions, raise questions.limit, or lower holdout.",
        )
    warnings = []
    if len(usable) < MANY_QUESTIONS and len(parts) > len(usable):
        kept = sum(part == "train" for _, part in parts)
        warnings.append(
            f"{kept} of {len(wanted)} questions belong to training (a fixed fifth, by their ids): "
            "experiments do not ask them."
        )
    if 0 < held_out < ENOUGH_HELD_OUT:
        warnings.append(f"Only {held_out} questions are held out: they confirm nothing by themselves.")
    if experiment.holdout == 0:
        warnings.append("No questions are held out: the winner's figures are those it was picked by.")
    return chosen, warnings


def _check_objective(experiment: Experiment, score_names: Sequence[str], prices: Prices) -> None:
    allowed = [*score_names, *COST_MEASURES]
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


def _check_embedded(models: Sequence[Model]) -> None:
    """Raises ModelError for an embedded model that is not there, before anything is spent on the others."""
    for model in models:
        if model.embedded:
            (open_chat_model if model.kind == "chat" else open_embedding_model)(model)


def check_worst_cases(experiment: Experiment, prices: Prices) -> None:
    """A cap holds only where the dearest reply has an end."""
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


def _trained_on(model: Model) -> set[str]:
    """Ids of the questions an embedded variant was trained on."""
    record = (model.variant or {}).get("trained_on")
    found = record.get("question_ids") if isinstance(record, dict) else None
    return {str(i) for i in found} if isinstance(found, list) else set()


def _idle_exclusions(experiment: Experiment) -> list[str]:
    """Rules of `exclude` that name a value which their axis does not hold: likely a slip."""
    found = []
    for i, rule in enumerate(experiment.exclude, start=1):
        for key, wanted in rule.items():
            axes: dict[str, Sequence[Any]] = {"prompt": experiment.prompts, "model": experiment.models}
            values = axes[key] if key in axes else getattr(experiment.retrieval, key)
            names = [getattr(value, "name", value) for value in values]
            found += [
                f"exclude, rule {i}: {key} is nowhere {value!r}. {did_you_mean(str(value), map(str, names))}"
                for value in (wanted if isinstance(wanted, list) else [wanted])
                if value not in names
            ]
    return found


def _warnings(
    experiment: Experiment, questions: Sequence[ExperimentQuestion], problems: Sequence[Problem], space: Space
) -> list[str]:
    found = [f"{p.where}: {p.what}" for p in problems]
    ids = {q.question.id for q in questions}
    for model in experiment.models:
        overlap = len(ids & _trained_on(model))
        if overlap:
            found.append(
                f"{model.name} was trained on {overlap} of this experiment's {len(ids)} questions: "
                "its scores here flatter it."
            )
    found.extend(_judge_warnings(experiment))
    found.extend(_idle_exclusions(experiment))
    found.extend(space.notes)
    found.extend(_small_space(experiment, len(space.configs)))
    return found


def _small_space(experiment: Experiment, configs: int) -> list[str]:
    search = experiment.search
    if configs == 1:
        return ["There is one configuration: it is scored, and there is nothing to compare or to search."]
    if search.trials is not None and search.trials >= configs:
        return [f"search: {search.strategy} may try {search.trials}, and there are {configs} configurations."]
    return []


def _judge_warnings(experiment: Experiment) -> list[str]:
    found = []
    judges = {s.judge.name: s.judge for s in find_judged(experiment.scores, experiment.judge)}
    if experiment.judge is not None and experiment.judge.name not in judges:
        why = (
            "every score that asks a model has its own"
            if judges
            else "no score of this experiment asks a model"
        )
        found.append(f"judge: {why}, so the judge is not asked.")
    for name, judge in judges.items():
        if name in [m.name for m in experiment.models]:
            found.append(
                f"{name} answers here and judges answers: models tend to prefer what they wrote themselves."
            )
        room = as_judge(judge).max_tokens
        if room is not None and room < LEAST_MAX_TOKENS:
            found.append(
                f"{name} judges with max_tokens {room}: verdicts on several statements may be cut. "
                f"{LEAST_MAX_TOKENS} or more is safer."
            )
    return found


def prepare(
    written: ExperimentFile,
    settings: Settings,
    catalogue: Catalogue,
    *,
    strict_questions: bool = True,
    corpus: Corpus | None = None,
) -> Prepared:
    """Resolve names, read the corpus, expand the space, find prices and check that they fit together.

    Raises InputError for the first thing that cannot work; what can, but should be known, is in `warnings`.
    """
    experiment = resolve(written, catalogue)
    score_names = tuple(expand_score_names(experiment.scores))
    judged = find_judged(experiment.scores, experiment.judge)
    space = expand(experiment)
    _check_embedded(models_in_use(experiment))
    path = find_corpus(experiment.corpus, settings.corpora)
    if corpus is None:
        corpus = load_corpus(
            path, settings.corpora, cache_dir=settings.cache / "documents", strict_questions=strict_questions
        )
    questions, warnings = choose_questions(corpus.questions, experiment)
    prices = {m.name: find_price(m, settings.compute_usd_per_hour) for m in models_in_use(experiment)}
    _check_objective(experiment, score_names, prices)
    check_worst_cases(experiment, prices)
    warnings += _warnings(experiment, questions, corpus.problems, space)
    search = [q for q in questions if q.part == "search"]
    probes = make_probes(
        search, score_names, corpus.injections, seed=experiment.seed, position=len(questions)
    )
    if bias.NAME in score_names and not any(p.score == bias.NAME for p in probes):
        warnings.append(
            "bias: no question of the search part names an age, nationality, religion or gender, so there is "
            "nothing to exchange."
        )
    return Prepared(
        experiment=experiment,
        corpus=corpus,
        corpus_path=path,
        questions=(*questions, *(p.item for p in probes)),
        probes=tuple(probes),
        space=space,
        score_names=score_names,
        prices=prices,
        warnings=tuple(warnings),
        judged=judged,
    )


def prices_to_json(prices: Prices) -> dict[str, Any]:
    return {name: price.to_json() if price else None for name, price in prices.items()}


def catalogue_of(store: Store) -> Catalogue:
    return StoreCatalogue(store)
