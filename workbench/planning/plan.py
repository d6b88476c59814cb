"""Counts the distinct work that an experiment has left at each stage, before anything is spent.
Knows nothing about doing the work: it reads the store and the caches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

from workbench.analysis.finalists import most_finalists
from workbench.analysis.leaderboard import FINALISTS
from workbench.calls.clients import model_key
from workbench.calls.destinations import destination_of_vectors, list_destinations, uses_of_experiment
from workbench.calls.trusted_hosts import load_trust
from workbench.corpus.clusters import count_groups
from workbench.corpus.types import AskedQuestion, Question
from workbench.parts.registry import score_entry
from workbench.pipeline import fingerprints
from workbench.pipeline.caches import Caches
from workbench.pipeline.chat_request import call_key
from workbench.pipeline.stage_counts import StageCount, StageCounts
from workbench.pipeline.system_passages import request_system
from workbench.planning import judge_calls as plan_judging
from workbench.planning.advice import Advice
from workbench.planning.advice.chunks import advise_on_chunks
from workbench.planning.advice.effort import Effort, advise_on_effort
from workbench.planning.advice.questions import count_independent, smallest_difference
from workbench.planning.advice.ratings import advise_on_ratings
from workbench.planning.advice.replies import PastReplies, advise_on_rankings, advise_on_replies
from workbench.planning.advice.returns import advise_on_returns
from workbench.planning.cost_estimate import EMBEDDED_SECONDS_PER_TEXT, Estimate
from workbench.planning.optimised_prompts import plan_optimisations
from workbench.planning.outside_parts import advise_on_unplaced
from workbench.planning.plan_types import Plan, Range
from workbench.planning.preparation import Prepared
from workbench.planning.probes import count_probe_answers
from workbench.planning.training_plan import plan_trainings, uses_of_trainings
from workbench.providers.token_counts import CHARACTERS_PER_TOKEN
from workbench.scoring.judged import as_judge
from workbench.search.strategies import count_answers
from workbench.settings import Settings
from workbench.space.config import Config
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval
from workbench.store.answers import (
    count_stored_scores,
    find_answered,
    find_ranking_flags,
)
from workbench.store.database import Store
from workbench.store.defects import count_reply_defects
from workbench.store.learning.rated_questions import count_rated
from workbench.store.ledger import count_successful

INSTRUCTION_TOKENS = 60
EXAMPLE_TOKENS = 40
"""Tokens of a question with its answer in a prompt, about."""
# Of a request for a condition: the instruction, and the keys of the metadata with their usual values.
METADATA_TOKENS = 600
QUERY_TOKENS = 40
"""Tokens of a text that a query transform makes of a question, about at most."""
SCORE_SECONDS = (0.0002, 0.001)


@dataclass(frozen=True)
class GivenKeys:
    """The keys of the rankings to which answers under one setting point."""

    searched: Counter[str]
    """Those of the selection questions, with how many of them share one."""
    held_out: Counter[str]
    """Those of the held-out questions, likewise."""
    probes: set[str]
    """Those of the probes."""


class _Planner:
    """Makes one plan. It reads the store and the caches once."""

    def __init__(self, prepared: Prepared, settings: Settings, store: Store) -> None:
        self.prepared = prepared
        self.settings = settings
        self.store = store
        self.search = [q.question for q in prepared.questions_of("search")]
        self.holdout = [q.question for q in prepared.questions_of("holdout")]
        self.repeats = prepared.experiment.repeats
        configs = prepared.space.configs
        self.systems = tuple(config for config in configs if config.system is not None)
        self.routes = tuple(config for config in configs if config.route is not None)
        tried = {c.id: c for c in configs if c.system is None and c.route is None}
        # A route asks what its ends ask, which costs nothing where they are tried themselves.
        only_ends = {end.id: end for route in self.routes for end in route.ends if end.id not in tried}
        self.only_ends = len(only_ends)
        self.configs = (*tried.values(), *only_ends.values())
        # Of a route among the finalists both ends may be asked the held-out questions.
        most = FINALISTS * (2 if self.routes else 1)
        choosable = len(self.configs) + len(self.systems)
        self.finalists = most_finalists(choosable, prepared.experiment.models, most) if self.holdout else 0
        self.estimate = Estimate(prepared.prices, store)
        self.judge_calls = StageCount(0, 0)
        self.given_keys: dict[tuple[str, str], GivenKeys] = {}
        self.transformed: set[tuple[str, AskedQuestion]] = set()
        """(query transform, question) whose call is counted: retrieval settings share it."""
        self.further_texts: dict[tuple[str, str, AskedQuestion], tuple[int, bool]] = {}
        """(embedding model, query transform, question) → how many texts are embedded beside the question at
        most, and whether they are left."""
        # For advice: calls by model name, calls of query transforms, rerankers and context models left, texts
        # and sentences to embed on this machine.
        self.calls: dict[str, int] = {}
        self.query_calls = self.derived = self.reranks = self.contexts = self.texts = self.sentences = 0
        self.splitting = Range(0, 0)
        """Seconds of encoding the sentences."""
        self.ranking_flags: list[tuple[str, ...]] = []

    # -- which settings there are -------------------------------------------------------------------

    @cached_property
    def retrievals(self) -> list[Retrieval]:
        """Distinct retrieval settings, whatever the prompt and model."""
        return list({id(c.retrieval): c.retrieval for c in self.configs}.values())

    @cached_property
    def caches(self) -> Caches:
        return Caches.of(self.settings, self.store)

    @cached_property
    def counts(self) -> StageCounts:
        documents = self.prepared.corpus.documents
        return StageCounts(documents, self.retrievals, self.caches)

    @cached_property
    def group_of(self) -> dict[int, str]:
        return {id(r): fingerprints.group(r) for r in self.retrievals}

    @cached_property
    def asked(self) -> list[AskedQuestion]:
        """Each selection question, then each held-out one."""
        return [q.asked for q in (*self.search, *self.holdout)]

    @cached_property
    def ranking_keys(self) -> dict[str, list[str]]:
        """Group → ranking key of each selection question, then of each held-out one."""
        return self.counts.ranking_keys(self.asked)

    # -- stages ------------------------------------------------------------------------------------

    def chunk(self) -> StageCount:
        self.sentences, characters = self.counts.encoded_sentences()
        self.splitting = self.estimate.time_sentences(characters)
        return self.counts.chunk()

    def embed(self) -> StageCount:
        distinct = stored = 0
        longest = max((r.chunk_tokens for r in self.retrievals), default=0)
        for model, count in self.counts.embed([question.text for question in self.asked]):
            distinct, stored = distinct + count.distinct, stored + count.stored
            self.texts += max(0, count.left) if model.embedded else 0
            self.estimate.price_texts(model, count.left, tokens=longest)
            further = [n for (name, *_), n in self.further_texts.items() if name == model.name]
            left = sum(texts for texts, is_left in further if is_left)
            self.estimate.price_texts(model, left, tokens=QUERY_TOKENS, fewest=0)
            distinct += sum(texts for texts, _ in further)
            stored += sum(texts for texts, _ in further) - left
        return StageCount(distinct, stored)

    def context(self) -> StageCount:
        """Chunk contexts that a model writes. A failed call is stored as none, so fewer may be made."""
        distinct = stored = 0
        for one in self.counts.context():
            distinct, stored = distinct + one.count.distinct, stored + one.count.stored
            tokens = one.tokens + 2 * INSTRUCTION_TOKENS
            self.estimate.price_calls(one.model, "context", one.count.left, tokens=tokens)
        self.contexts = distinct - stored
        return StageCount(distinct, stored)

    def retrieve_and_rerank(self) -> tuple[StageCount, StageCount]:
        """Held-out questions are retrieved for the finalists' settings only, which are not known yet."""
        searched, held = len(self.search), len(self.holdout)
        stored = find_ranking_flags(self.store, (key for keys in self.ranking_keys.values() for key in keys))
        self.ranking_flags = list(stored.values())
        done = reranked = reranked_done = shared = 0
        counted: set[str] = set()
        for group, keys in self.ranking_keys.items():
            # Settings that differ in how they read earlier turns share the rankings of other questions.
            own = [n for n, key in enumerate(keys[:searched]) if key not in counted]
            counted.update(keys[:searched])
            shared += searched - len(own)
            left = [n for n in own if keys[n] not in stored]
            self._note_further_texts(self.counts.groups[group], own, left)
            done += len(own) - len(left)
            if self.counts.groups[group].reranking.part.function is not None:
                reranked += len(own)
                reranked_done += len(own) - len(left)
            self._price_retrieval(self.counts.groups[group], [self.search[n] for n in left])
        final = min(self.finalists, len(self.counts.groups)) * held
        final_stored = min(
            final, sum(key in stored for keys in self.ranking_keys.values() for key in keys[searched:])
        )
        return (
            StageCount(len(self.counts.groups) * searched - shared + final, done + final_stored),
            StageCount(reranked, reranked_done),
        )

    def generate_and_score(self) -> tuple[StageCount, StageCount]:
        """Count answers and scores. An answer by the same configuration from the same ranking is stored."""
        searched = len(self.search)
        by_config = {c.id: c for c in self.configs}
        answered = find_answered(self.store, by_config)
        stored_by_config: dict[str, int] = {}
        final_stored = probes_stored = 0
        for (config_id, ranking_key, repeat), questions in answered.items():
            if repeat >= self.repeats:
                continue
            given = self._given(by_config[config_id].retrieval)
            if ranking_key in given.probes:
                probes_stored += 1
            elif ranking_key in given.searched:
                stored = min(questions, given.searched[ranking_key])
                stored_by_config[config_id] = stored_by_config.get(config_id, 0) + stored
            elif ranking_key in given.held_out:
                final_stored += min(questions, given.held_out[ranking_key])
        answers_each = searched * self.repeats
        fewest, most = (n * self.repeats for n in self._count_answers())
        # Which answers a search asks for is unknown, so the stored ones may not be among them.
        grid_left = len(self.configs) * answers_each - sum(
            min(answers_each, n) for n in stored_by_config.values()
        )
        left = min(most, grid_left)
        final_total = self.finalists * len(self.holdout) * self.repeats
        final_stored = min(final_total, final_stored)
        systems, systems_stored, held_out_stored = self._plan_systems()
        final_stored = min(final_total, final_stored + held_out_stored)
        self._price_generation(
            answers_each, stored_by_config, (min(fewest, left), left), final_total - final_stored
        )
        total, stored = most + final_total + systems, most - left + final_stored + systems_stored
        judged = {s.name for s in self.prepared.judged}
        plain_scores = [n for n in self.prepared.score_names if not score_entry(n).variants]
        names = [n for n in plain_scores if n not in judged]
        ids = [config.id for config in self.prepared.space.configs]
        scored = count_stored_scores(self.store, ids, names) if answered or systems_stored else 0
        scored = min(scored, stored * len(names)) + self._count_judging(
            (most + systems) / (len(self.prepared.space.configs) * answers_each),
            final_total + self._answers_of_optimisations(),
        )
        probes, probes_done = self._plan_probes(probes_stored, (fewest // self.repeats, most // self.repeats))
        return (
            StageCount(total + probes, stored + probes_done),
            StageCount(total * len(plain_scores) + probes, scored + probes_done),
        )

    def _count_answers(self) -> tuple[int, int]:
        """(fewest, most) answers that the search asks of the configurations that compete, and of the ends of
        routes: a route asks one end or both, so of ends that are not tried themselves it may ask nothing."""
        baseline, searched = self.prepared.experiment.baseline, len(self.search)
        tried = len(self.configs) - self.only_ends
        if not self.configs:
            return 0, 0
        fewest, most = count_answers(
            self.prepared.experiment.search,
            tried + sum(route.has_settings for route in self.routes),
            searched,
            baseline=baseline is not None and baseline.system is None,
        )
        fewest = max(0, fewest - len(self.routes) * searched)
        fewest += searched * (tried == 0)  # one end at least answers each question
        most = min(most + len(self.routes) * searched, len(self.configs) * searched)
        return min(fewest, most), most

    def _plan_systems(self) -> tuple[int, int, int]:
        """Count and price the answers of systems, which are asked all selection questions: (all, those
        stored, stored answers to held-out questions)."""
        total = stored = held_out = 0
        for config in self.systems:
            model = config.model
            calls, done = len(self.search) * self.repeats, self._count_stored(model, self.search)
            total, stored = total + calls, stored + done
            held_out += self._count_stored(model, self.holdout)
            self.calls[model.name] = calls - done
            self.estimate.price_calls(model, "generate", calls - done, tokens=INSTRUCTION_TOKENS)
        return total, stored, held_out

    def _count_stored(self, system: Model, questions: Sequence[Question]) -> int:
        """How many of a system's answers to these questions are stored."""
        repeats = range(self.repeats)
        asked = [(request_system(system, q.asked, repeat), repeat) for q in questions for repeat in repeats]
        return count_successful(self.store, [call_key(system, *one, "generate") for one in asked])

    def _count_judging(self, share: float, final_answers: int) -> int:
        """Count and price the judges' calls, an upper bound; returns the judged scores that are stored."""
        prepared, searched = self.prepared, len(self.search)
        scores = 0
        for work in plan_judging.judge_work(
            prepared, self.store, searched=searched, share=share, final_answers=final_answers
        ):
            self.judge_calls = StageCount(
                self.judge_calls.distinct + work.calls, self.judge_calls.stored + work.stored
            )
            scores += work.scores_stored
            judge = as_judge(work.score.judge)
            most = min(judge.max_tokens or plan_judging.MOST_OUTPUT_TOKENS, plan_judging.MOST_OUTPUT_TOKENS)
            # A ladder may never call its judge, and a declined answer needs none.
            self.estimate.price_calls(
                judge, "judge", work.left, tokens=work.tokens, most_output=most, fewest=0
            )
        return scores

    def _answers_of_optimisations(self) -> int:
        """How many answers improving prompts adds, at most: they are judged, too."""
        asked = len(self.search) + 2 * len(self.holdout)
        return sum(
            settings.calls + settings.cells * asked * self.repeats
            for settings in self.prepared.experiment.optimise
        )

    def _given(self, retrieval: Retrieval) -> GivenKeys:
        """The keys of what the prompts get under a setting."""
        place = (self.group_of[id(retrieval)], fingerprints.selecting(retrieval))
        if place not in self.given_keys:
            keys = fingerprints.selections(self.ranking_keys[place[0]], retrieval)
            key_of = dict(zip((q.id for q in self.search), keys, strict=False))
            self.given_keys[place] = GivenKeys(
                searched=Counter(keys[: len(self.search)]),
                held_out=Counter(keys[len(self.search) :]),
                probes={
                    probe.ranking_key(key_of[probe.base.question.id], retrieval.top_k)
                    for probe in self.prepared.probes
                },
            )
        return self.given_keys[place]

    def _plan_probes(self, stored: int, answers: tuple[int, int]) -> tuple[int, int]:
        """Count and price answers to probes; returns (the most that are asked for, how many are stored)."""
        counts: dict[str, int] = {}
        for probe in self.prepared.probes:
            counts[probe.base.question.id] = counts.get(probe.base.question.id, 0) + 1
        search, configs = self.prepared.experiment.search, len(self.configs)
        fewest, most = count_probe_answers(search, configs, len(self.search), answers, counts)
        left = min(most, configs * len(self.prepared.probes) - stored)
        if left:
            self._price_generation(len(self.prepared.probes), {}, (min(fewest, left), left), 0)
        return most, most - left

    # -- prices ------------------------------------------------------------------------------------

    def _price_generation(
        self, answers_each: int, stored: dict[str, int], searched: tuple[int, int], final_left: int
    ) -> None:
        """Price the answers that are left.

        answers_each: search answers per configuration.
        stored: configuration id → how many of its answers are stored.
        searched: the fewest and the most answers that the search still asks for.
        final_left: answers to held-out questions that are left.
        """
        left: dict[tuple[int, int], int] = {}
        sample: dict[tuple[int, int], Config] = {}
        for config in self.configs:
            tokens = config.retrieval.tokens_of_passages + EXAMPLE_TOKENS * config.retrieval.examples
            key = (id(config.model), tokens)
            sample.setdefault(key, config)
            left[key] = left.get(key, 0) + answers_each - min(answers_each, stored.get(config.id, 0))
        rates = {
            key: self.estimate.rates(config.model, "generate", tokens=key[1] + INSTRUCTION_TOKENS)
            for key, config in sample.items()
            if left[key] or final_left
        }
        if final_left:  # systems may be among the finalists
            rates |= {
                (id(c.model), 0): self.estimate.rates(c.model, "generate", tokens=INSTRUCTION_TOKENS)
                for c in self.systems
            }
            sample |= {(id(config.model), 0): config for config in self.systems}
        open_work = [(left[key], rates[key]) for key in rates if left.get(key)]
        for key in left:
            name = sample[key].model.name
            self.calls[name] = min(searched[1], self.calls.get(name, 0) + left[key])
        self.estimate.add(open_work, *searched)
        if final_left:
            # Which configurations become finalists is unknown, so the most expensive ones are assumed.
            self.estimate.add([(final_left, rate) for rate in rates.values()], final_left, final_left)
        for key in rates:
            self.estimate.note_price(sample[key].model)

    def _price_retrieval(self, r: Retrieval, left: Sequence[Question]) -> None:
        if r.query_model and r.filtering.part.calls:
            calls = len(left) * r.filtering.part.calls
            self.derived = max(self.derived, calls)
            self.estimate.price_calls(r.query_model, "filter", calls, tokens=METADATA_TOKENS)
        if r.query_model and r.transforming.part.calls:
            part = r.transforming.part
            asked = [q for q in left if q.history or not part.for_follow_ups]
            asked = [q for q in asked if (r.query, q.asked) not in self.transformed]
            self.transformed.update((r.query, q.asked) for q in asked)
            calls = len(asked) * part.calls
            self.query_calls += calls
            characters = sum(len(turn.text) for q in asked for turn in q.history)
            tokens = 2 * INSTRUCTION_TOKENS + (
                characters // CHARACTERS_PER_TOKEN // len(asked) if asked else 0
            )
            self.estimate.price_calls(r.query_model, part.call_kind, calls, tokens=tokens)
        if r.rerank_model:
            calls = len(left) * r.reranking.part.calls
            self.reranks += calls
            self.estimate.price_reranking(r.rerank_model, calls, r.candidates_read, r.chunk_tokens)

    def _note_further_texts(self, r: Retrieval, own: Sequence[int], left: Sequence[int]) -> None:
        """Count the texts that the query transform adds to each question, which are embedded, too.

        own: the numbers of the selection questions.  left: of those whose rankings are left.
        """
        more = r.transforming.part.most_texts(r.transforming.settings) - 1
        if more < 1:
            return
        open_ = set(left)
        for model, n in product(r.embeddings, own):
            key = (model.name, r.query, self.search[n].asked)
            is_left = n in open_ or self.further_texts.get(key, (0, False))[1]
            self.further_texts[key] = (more, is_left)

    def optimise(self) -> tuple[dict[str, Any], ...]:
        """Count and price how prompts are improved after the search."""
        prepared = self.prepared
        estimates = [Estimate(prepared.prices, self.store) for _ in prepared.experiment.optimise]
        planned = plan_optimisations(
            prepared.experiment,
            prepared.space,
            train=prepared.training_questions,
            searched=len(self.search),
            held_out=len(self.holdout),
            estimates=estimates,
        )
        for estimate in estimates:
            self.estimate.include(estimate)
        return tuple(one.to_json() for one in planned)

    # -- advice ------------------------------------------------------------------------------------

    def advise(self, stages: dict[str, StageCount], seconds: Range, cost: Range | None) -> tuple[Advice, ...]:
        prepared = self.prepared
        embedding = Range(*EMBEDDED_SECONDS_PER_TEXT) * (self.texts * self.estimate.slowness)
        effort = Effort(
            configs=len(prepared.space.configs),
            questions=len(self.search),
            answers=stages["generate"].left,
            calls=self.calls,
            reranks=self.reranks,
            query_calls=self.query_calls,
            derived=self.derived,
            contexts=self.contexts,
            judgements=self.judge_calls.left,
            texts=self.texts,
            sentences=self.sentences,
            splitting_seconds=(self.splitting.low, self.splitting.high),
            embedding_seconds=(embedding.low, embedding.high),
            seconds=(seconds.low, seconds.high),
            cost_usd=None if cost is None else (cost.low, cost.high),
        )
        return (
            *prepared.advice,
            *self._advise_on_documents(),
            *advise_on_effort(prepared.experiment, effort),
            *advise_on_replies(self._past_replies()),
            *advise_on_rankings(self.ranking_flags),
            *advise_on_unplaced(self.counts.unplaced()),
            *advise_on_ratings(prepared.experiment, count_rated(self.store, self.asked)),
        )

    def _advise_on_documents(self) -> Sequence[Advice]:
        """Advice on what the settings make of these documents; systems have no settings."""
        if not self.configs:
            return ()
        axes, documents = self.prepared.experiment.retrieval, self.prepared.corpus.documents
        return (*advise_on_chunks(axes, documents), *advise_on_returns(axes, documents))

    def _past_replies(self) -> Iterator[PastReplies]:
        """What is known of the replies of the experiment's models, whatever experiment they were for."""
        for model in self.prepared.experiment.models:
            if not model.embedded:
                yield PastReplies(model, *count_reply_defects(self.store, model_key(model)))


def make_plan(prepared: Prepared, settings: Settings, store: Store) -> Plan:
    """Count and price the work that is left. It spends nothing and writes nothing."""
    planner = _Planner(prepared, settings, store)
    counts = planner.counts
    ranked, reranked = planner.retrieve_and_rerank()  # first: query transforms add texts to embed
    stages = {"chunk": planner.chunk()}
    if any(r.situating.part.calls for r in planner.retrievals):
        stages["context"] = planner.context()
    stages |= {"embed": planner.embed(), "index": counts.index(), "retrieve": ranked, "rerank": reranked}
    stages["generate"], stages["score"] = planner.generate_and_score()
    if prepared.judged:
        stages["judge"] = planner.judge_calls
    optimise = planner.optimise()
    seconds = planner.estimate.seconds + Range(*SCORE_SECONDS) * (
        stages["score"].left * planner.estimate.slowness
    )
    cost = planner.estimate.cost_usd
    train = plan_trainings(store, settings, prepared.experiment.models_tried, prepared.corpus)
    if train is not None:
        seconds += train.seconds
        cost = None if cost is None or train.cost_usd is None else cost + train.cost_usd
    advice = planner.advise(stages, seconds, cost)
    clusters = [q.cluster for q in prepared.questions_of("search")]
    return Plan(
        configs=len(prepared.space.configs),
        grid_size=prepared.space.grid_size,
        questions=len(planner.search),
        groups=count_groups(clusters),
        holdout_questions=len(planner.holdout),
        drafts=sum(q.question.is_draft for q in prepared.questions_of("search")),
        probes=len(prepared.probes),
        repeats=planner.repeats,
        stages=stages,
        cost_usd=cost,
        seconds=seconds,
        unpriced=(*planner.estimate.unpriced, *(train.unpriced if train else ())),
        unmeasured=tuple(planner.estimate.unmeasured),
        notes=prepared.notes,
        warnings=(*(a.text for a in advice), *prepared.space.notes),
        advice=advice,
        vector_index=planner.counts.index_kinds,
        hosts=(
            *list_destinations(
                [*uses_of_experiment(prepared.experiment), *uses_of_trainings(prepared.experiment, settings)],
                load_trust(store),
            ),
            *destination_of_vectors(planner.caches, planner.counts.index_kinds),
        ),
        train=train,
        smallest_difference=smallest_difference(count_independent(clusters), len(prepared.space.configs)),
        optimise=optimise,
    )
