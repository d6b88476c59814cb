"""Advice: each rule speaks where it holds, and only there.
Knows nothing about where advice is shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from tests.tiny_experiment import Runner, experiment
from workbench.corpus.types import Document, Evidence, Question
from workbench.planning.advice import Advice
from workbench.planning.advice.axes import advise_on_axes
from workbench.planning.advice.chunks import advise_on_chunks
from workbench.planning.advice.effort import Effort, advise_on_effort, advise_on_search
from workbench.planning.advice.fusion import advise_on_fusion
from workbench.planning.advice.languages import advise_on_languages
from workbench.planning.advice.questions import advise_on_questions, smallest_difference
from workbench.planning.advice.replies import PastReplies, advise_on_replies
from workbench.planning.advice.returns import advise_on_returns, advise_on_selection
from workbench.planning.advice.rules import advise_on_rules
from workbench.planning.plan import make_plan
from workbench.planning.preparation import catalogue_of, prepare
from workbench.space.experiment import Experiment, ResolvedRetrieval
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.space.retrieval_axes import RetrievalAxes
from workbench.space.scores import expand_score_names
from workbench.store.records import ExperimentQuestion

TEXT = "{passages}\n\nQuestion: {question}\n\n"
EXTRACTIVE = Model(name="embedded/extractive")
SERVED = Model(name="own", base_url="http://127.0.0.1:1/v1", model="m")
RANKER = Model(name="ranker", kind="reranker", base_url="http://127.0.0.1:1/v1", model="m")
MINILM = Model(name="embedded/minilm", kind="embedding")
OTHER = Model(name="other", kind="embedding", base_url="http://127.0.0.1:1/v1", model="e")


def made(*, retrieval: dict[str, Any] | None = None, **fields: Any) -> Experiment:
    axes = ResolvedRetrieval(**({"embedding": [MINILM]} | (retrieval or {})))
    given = {"name": "t", "corpus": "c", "prompts": [Prompt(name="p", template=TEXT)], "models": [EXTRACTIVE]}
    return Experiment(**(given | fields), retrieval=axes)


def about(advice: Iterable[Advice], setting: str, words: str = "") -> list[str]:
    return [a.text for a in advice if a.about == setting and words in a.text]


# Axes


def test_a_plain_experiment_needs_no_advice() -> None:
    assert advise_on_axes(made()) == [] == advise_on_rules(made())


def test_grounding_as_the_aim_of_models_that_copy_is_named() -> None:
    aims = {"scores": ["grounding", "correctness"], "objective": {"maximize": ["correctness", "grounding"]}}
    assert about(advise_on_axes(made(**aims)), "objective", "decides nothing")
    writes = Model(name="m", base_url="http://127.0.0.1:1/v1", model="m")
    assert not about(advise_on_axes(made(**aims, models=[EXTRACTIVE, writes])), "objective")


def test_prompts_and_models_of_one_content_are_named() -> None:
    twins = [Prompt(name=n, template=TEXT) for n in ("a", "b")]
    models = [Model(name=n, base_url=SERVED.base_url, model="m") for n in ("x", "y")]
    found = advise_on_axes(made(prompts=twins, models=models))
    assert about(found, "prompts", "a and b have the same text")
    assert about(found, "models", "x and y send the same requests")


def test_embedded_models_that_differ_in_what_they_do_not_heed_are_named() -> None:
    warm = [
        EXTRACTIVE.model_copy(update={"name": f"embedded/{n}", "temperature": t, "variant": {"weights": 1}})
        for n, t in (("a", 0.0), ("b", 0.9))
    ]
    assert about(
        advise_on_axes(made(models=warm)), "models", "embedded/a and embedded/b give the same answers"
    )
    longer = [warm[0], warm[1].model_copy(update={"max_tokens": 9})]
    assert not advise_on_axes(made(models=longer))


def test_prompts_that_the_embedded_answerer_reads_alike_are_named() -> None:
    polite = Prompt(name="polite", template=TEXT + "Answer in one sentence, kindly.")
    curt = Prompt(name="curt", template=TEXT + "Answer in one sentence, like a pirate.")
    cited = Prompt(name="cited", template=TEXT + "Answer in one sentence and cite.")
    found = about(advise_on_axes(made(prompts=[polite, curt, cited])), "prompts")
    assert len(found) == 1 and "polite and curt" in found[0] and "add a model behind an address" in found[0]
    mixed = about(advise_on_axes(made(prompts=[polite, curt], models=[EXTRACTIVE, SERVED])), "prompts")
    assert "to embedded/extractive" in mixed[0] and "exclude" in mixed[0]
    assert not advise_on_axes(made(prompts=[polite, curt], models=[SERVED]))


@pytest.mark.parametrize(
    ("models", "kind"),
    [
        ([EXTRACTIVE], "idle"),
        ([SERVED], "idle"),
        ([EXTRACTIVE, SERVED.model_copy(update={"temperature": 0.7})], "expensive"),
        ([SERVED.model_copy(update={"temperature": 0.7})], None),
        ([SERVED.model_copy(update={"temperature": None})], None),
    ],
)  # fmt: skip
def test_repeats_of_what_does_not_vary_are_named(models: list[Model], kind: str | None) -> None:
    found = advise_on_axes(made(models=models, repeats=3))
    assert [a.kind for a in found if a.about == "repeats"] == ([kind] if kind else [])
    assert not about(advise_on_axes(made(models=models)), "repeats")


@pytest.mark.parametrize(
    ("retrieval", "setting", "words"),
    [
        ({"retriever": ["keyword"], "embedding": [MINILM, Model(name="e", kind="embedding", base_url="http://127.0.0.1:1/v1", model="m")]}, "embedding", "count as one"),
        ({"retriever": ["keyword"], "rerank": ["none", "mmr"]}, "rerank", "embeds all documents after all"),
        ({"retriever": ["dense"], "rerank": ["mmr"], "top_k": [1, 4]}, "rerank", "changes nothing"),
        ({"rerank": ["llm"], "rerank_model": SERVED, "top_k": [20]}, "rerank", "only in another order"),
        ({"rerank": ["mmr"], "candidates": [4, 20], "top_k": [4]}, "candidates", "mmr ranks the first 4 passages"),
        ({"rerank": ["cross_encoder"], "rerank_model": RANKER, "candidates": [5], "top_k": [8]}, "candidates", "or raise candidates"),
        ({"rerank": ["cross_encoder"], "rerank_model": RANKER, "top_k": [20]}, "rerank", "ranks the first 20 passages"),
        ({"candidates": [20]}, "candidates", "nothing is reranked"),
        ({"embedding": [Model(name="e5", kind="embedding", base_url="http://127.0.0.1:1/v1", model="intfloat/e5-base")]}, "embedding", "query_prefix 'query: ' and document_prefix 'passage: '"),
        ({"rerank_model": SERVED}, "rerank", "rerank_model is not asked"),
        ({"query_model": SERVED}, "query", "query_model is not asked"),
        ({"chunk_tokens": [64, 600]}, "chunk_tokens", "reads 510 tokens"),
        ({"chunk_tokens": [64, 256], "chunk_overlap": [64]}, "chunk_overlap", "64 does not fit into chunks of 64"),
        ({"chunk_tokens": [64], "chunk_overlap": [40]}, "chunk_overlap", "more than half"),
        ({"chunk_overlap": [0, 3]}, "chunk_overlap", "3 tokens hardly hold one"),
    ],
)  # fmt: skip
def test_retrieval_settings_that_do_little_are_named(
    retrieval: dict[str, Any], setting: str, words: str
) -> None:
    assert about(advise_on_axes(made(retrieval=retrieval)), setting, words)


@pytest.mark.parametrize(
    "retrieval",
    [
        {"retriever": ["keyword"]},
        {"retriever": ["hybrid"], "rerank": ["mmr"], "top_k": [1]},
        {"rerank": ["llm"], "rerank_model": SERVED, "top_k": [5]},
        {"query": ["hyde"], "query_model": SERVED},
        {"rerank": ["cross_encoder"], "rerank_model": RANKER, "candidates": [10, 50], "top_k": [5]},
        {"retriever": ["keyword"], "embedding": [Model(name="e5", kind="embedding", base_url="http://127.0.0.1:1/v1", model="e5-base")]},
        {"retriever": ["keyword"], "chunk_tokens": [600]},
        {"splitter": ["token"], "chunk_overlap": [0, 3]},
    ],
)  # fmt: skip
def test_settings_that_do_something_are_left_alone(retrieval: dict[str, Any]) -> None:
    assert advise_on_axes(made(retrieval=retrieval)) == []


def test_no_reranker_is_not_said_to_rank() -> None:
    axes = {"rerank": ["none", "cross_encoder"], "rerank_model": RANKER, "candidates": [5], "top_k": [8]}
    (note,) = advise_on_axes(made(retrieval=axes))
    assert "a model ranks the first 5 passages" in note.text


@pytest.mark.parametrize(
    ("retrieval", "setting", "words"),
    [
        (
            {"retriever": ["keyword"], "second_embedding": [None, OTHER]},
            "second_embedding",
            "does not use it",
        ),
        ({"second_embedding": [MINILM]}, "second_embedding", "embedded/minilm is the embedding, too"),
        ({"retriever": ["dense"], "fusion": ["weighted:0.3"]}, "fusion", "Add the retriever hybrid"),
        (
            {"retriever": ["hybrid(k=20)"], "fusion": ["rrf(k=30)"]},
            "fusion",
            "of rrf(k=30) counts, not that of",
        ),
    ],
)
def test_fusions_and_second_embeddings_in_vain_are_named(
    retrieval: dict[str, Any], setting: str, words: str
) -> None:
    assert about(advise_on_fusion(made(retrieval=retrieval)), setting, words)


@pytest.mark.parametrize(
    "retrieval",
    [
        {},
        {"fusion": ["rrf", "weighted:0.3"]},
        {"retriever": ["dense"], "second_embedding": [OTHER], "fusion": ["weighted:0.3"]},
        {"retriever": ["hybrid(k=20)"]},
        {"fusion": ["rrf(k=20)"]},
    ],
)
def test_fusions_that_do_something_are_left_alone(retrieval: dict[str, Any]) -> None:
    assert list(advise_on_fusion(made(retrieval=retrieval))) == []


def test_passages_that_do_not_fit_a_models_context_are_named() -> None:
    small = SERVED.model_copy(update={"context_window": 1000, "max_tokens": 300})
    assert about(advise_on_axes(made(models=[small])), "top_k", "700 tokens that own has")
    assert not advise_on_axes(made(models=[small], retrieval={"top_k": [2]}))


def test_rules_that_change_nothing_are_named() -> None:
    when = {"axis": "top_k", "when": {"retriever": ["dense"]}}
    found = advise_on_rules(made(exclude=[{"model": "other"}], conditions=[when]))
    assert about(found, "exclude", "model is nowhere 'other'")
    assert about(found, "conditions", "top_k has one value")
    assert about(found, "conditions", "retriever is nowhere 'dense', so top_k is always 4")
    good = made(retrieval={"top_k": [2, 4]}, conditions=[{"axis": "top_k", "when": {"retriever": "hybrid"}}])
    assert advise_on_rules(good) == []


def test_values_that_no_written_configuration_takes_are_named() -> None:
    found = advise_on_rules(made(retrieval={"top_k": [2, 4, 8]}, configs=[{"top_k": 4}, {}]))
    assert about(found, "top_k") == [
        "top_k: configs lists what is tried, and 8 is in none of it. Name it there, or leave it out."
    ]


# Chunks


def documents(*texts: str) -> list[Document]:
    return [Document(f"{n}.md", f"{n}", text, "markdown") for n, text in enumerate(texts)]


SHORT = documents(
    "# One\n\nIt opens at nine. It closes at six.\n", "# Two\n\nParking is free. It has a barrier.\n"
)
LONG = documents("# One\n\n" + "".join(f"Sentence number {n} says a thing. " for n in range(60)))


def test_sizes_and_overlaps_that_cut_alike_are_named() -> None:
    axes = RetrievalAxes(splitter=["sentence"], chunk_tokens=[64, 128], chunk_overlap=[0, 16])
    found = advise_on_chunks(axes, SHORT)
    assert about(found, "chunk_tokens", "64 and 128 cut these documents alike")
    assert about(found, "chunk_overlap", "0 and 16 cut these documents alike")
    assert {a.kind for a in found} == {"idle"}
    assert advise_on_chunks(axes, LONG) == []


def test_an_overlap_that_one_splitter_has_no_use_for_is_named_with_the_splitter() -> None:
    sections = documents(
        *("".join(f"# H{n}\n\nA line of this section, {n}.\n\n" for n in range(30)) for _ in "ab")
    )
    axes = RetrievalAxes(splitter=["markdown", "token"], chunk_tokens=[32], chunk_overlap=[0, 8])
    found = about(advise_on_chunks(axes, sections), "chunk_overlap")
    assert len(found) == 1 and "with the splitter markdown, 0 and 8" in found[0] and "conditions" in found[0]


def test_top_k_that_hands_over_everything_is_named() -> None:
    axes = RetrievalAxes(splitter=["sentence"], chunk_tokens=[64], top_k=[1, 2, 8])
    found = about(advise_on_chunks(axes, SHORT), "top_k")
    assert len(found) == 1 and "make 2 passages at most" in found[0] and "Leave 8 out" in found[0]
    assert not about(advise_on_chunks(RetrievalAxes(chunk_tokens=[32], top_k=[2, 8]), LONG), "top_k")


def test_what_would_take_long_to_find_out_is_not_said() -> None:
    axes = RetrievalAxes(splitter=["sentence"], chunk_tokens=[64, 128])
    assert advise_on_chunks(axes, SHORT, most_characters=50) == []


# Questions, scores, aims


def asked(count: int, **fields: Any) -> list[ExperimentQuestion]:
    given = {"answers": ("a",), "evidence": (Evidence("d", 0, 1),)} | fields
    return [
        ExperimentQuestion(Question(f"q{n}", f"Q{n}?", **given), "search", n) for n in range(count)
    ]  # fmt: skip


def on_questions(questions: list[ExperimentQuestion], configs: int = 4, **fields: Any) -> list[Advice]:
    written = made(**({"scores": ["correctness", "retrieval", "grounding"]} | fields))
    return advise_on_questions(written, questions, expand_score_names(written.scores), configs)


def test_few_questions_are_said_to_tell_only_large_differences() -> None:
    assert about(on_questions(asked(6)), "questions", "with 6 selection questions")
    assert not about(on_questions(asked(300)), "questions")
    assert not about(on_questions(asked(6), configs=1), "questions")


def test_the_smallest_difference_shrinks_with_questions_and_grows_with_configurations() -> None:
    one, more, compared = (smallest_difference(*n) for n in ((50, 2), (200, 2), (200, 48)))
    assert one is not None and more is not None and compared is not None
    # 2.802 deviations of the mean difference: the two-sided test at 0.05 with a power of 0.8.
    assert one == pytest.approx(2.802 * 0.35 / 50**0.5, rel=1e-3)
    assert more == pytest.approx(one / 2) and compared > more
    assert smallest_difference(1, 9) is None and smallest_difference(9, 1) is None


def test_scores_that_apply_to_no_question_are_named_and_so_is_an_aim_at_them() -> None:
    found = on_questions(asked(60, answers=(), evidence=()))
    assert about(found, "scores", "no question has a reference answer, so correctness stays empty")
    assert about(
        found, "scores", "retrieval_recall, retrieval_precision, retrieval_mrr and retrieval_ndcg stay empty"
    )
    assert about(found, "objective", "correctness will have no value")
    assert on_questions(asked(300)) == []


def test_an_aim_that_few_questions_have_a_value_for_is_named() -> None:
    mixed = [*asked(5), *asked(300, answers=())]
    assert about(on_questions(mixed), "objective", "correctness rests on 5 of 305 questions")


def test_refusal_without_an_unanswerable_question_is_named() -> None:
    scores = {"scores": ["refusal", "correctness"]}
    assert about(on_questions(asked(300), **scores), "scores", "a model that never declines scores 1")
    assert not on_questions([*asked(300), *asked(20, answerable=False, answers=())], **scores)


def test_refusal_needs_to_know_what_the_documents_answer() -> None:
    unknown = asked(60, answerable=None, answers=(), evidence=())
    found = on_questions(unknown, scores=["refusal"], objective={"maximize": "refusal"})
    assert about(found, "scores", "no question has a mark that says whether the documents answer it")
    assert about(found, "objective", "refusal will have no value")
    some = on_questions(
        [*unknown, *asked(9, answerable=False)], scores=["refusal"], objective={"maximize": "refusal"}
    )
    assert about(some, "objective", "refusal rests on 9 of 69 questions")


@pytest.mark.parametrize(
    ("objective", "words"),
    [
        ({"maximize": "toxicity"}, "lower toxicity is better, but it is maximized"),
        ({"minimize": "correctness"}, "higher correctness is better, but it is minimized"),
        ({"maximize": "correctness", "at_least": {"grounding": 1.2}}, "cannot be met"),
        ({"maximize": "correctness", "at_most": {"toxicity": -0.1}}, "cannot be met"),
        ({"maximize": "correctness", "at_least": {"grounding": 0}}, "always holds"),
        ({"maximize": "correctness", "at_most": {"toxicity": 1}}, "always holds"),
    ],
)  # fmt: skip
def test_an_aim_or_bound_the_wrong_way_round_is_named(objective: dict[str, Any], words: str) -> None:
    scores = ["correctness", "grounding", "toxicity"]
    assert about(on_questions(asked(300), scores=scores, objective=objective), "objective", words)


def test_sensible_aims_are_left_alone() -> None:
    objective = {
        "minimize": "cost_per_1k_questions",
        "at_least": {"correctness": 0.5},
        "at_most": {"seconds_p95": 30},
    }
    assert on_questions(asked(300), objective=objective) == []


# Search and effort


@pytest.mark.parametrize(
    ("search", "configs", "words"),
    [
        ({"strategy": "grid"}, 1, "There is one configuration"),
        ({"strategy": "tpe", "trials": 9}, 9, "tpe may try 9 configurations, and there are 9"),
        ({"strategy": "random", "trials": 9}, 5, "random may try 9 configurations, and there are 5"),
        ({"strategy": "model"}, 6, "model asks all"),
        ({"strategy": "halving"}, 5, "halving asks all"),
    ],
)  # fmt: skip
def test_a_search_with_nothing_to_choose_from_is_named(
    search: dict[str, Any], configs: int, words: str
) -> None:
    assert about(advise_on_search(made(search=search), configs, 60), "search", words)


@pytest.mark.parametrize(
    ("search", "configs"),
    [({"strategy": "grid"}, 6), ({"strategy": "random", "trials": 9}, 9), ({"strategy": "race"}, 6), ({"strategy": "model"}, 60)],
)  # fmt: skip
def test_a_search_that_can_choose_is_left_alone(search: dict[str, Any], configs: int) -> None:
    assert advise_on_search(made(search=search), configs, 60) == []


SMALL = Effort(configs=10, questions=50, answers=500, calls={"own": 500}, seconds=(10, 60), cost_usd=(1, 3))


def test_a_large_grid_is_told_what_a_search_would_ask() -> None:
    large = replace(SMALL, configs=864, questions=139, answers=120_096)
    found = about(advise_on_effort(made(), large), "search")
    assert (
        len(found) == 1 and "grid needs 120,096 answers" in found[0] and "model would need 24,0" in found[0]
    )
    two = made(objective={"maximize": ["correctness", "grounding"]})
    assert "tpe or random" in about(advise_on_effort(two, large), "search")[0]
    assert not advise_on_effort(made(search={"strategy": "race"}), large)
    assert advise_on_effort(made(), replace(large, answers=0)) == []


def test_calls_beside_those_for_answers_are_counted() -> None:
    both = made(
        retrieval={
            "query": ["hyde"],
            "query_model": SERVED,
            "rerank": ["llm"],
            "rerank_model": SERVED,
            "chunk_tokens": [100],
        }
    )
    found = advise_on_effort(both, replace(SMALL, query_calls=50, reranks=200))
    assert about(found, "query", "one more call for each question, up to 50")
    assert about(found, "rerank", "200 more calls, of up to 2,000 tokens each, beside 500 for answers")
    assert about(
        advise_on_effort(made(), replace(SMALL, judgements=1_200)), "judge", "up to 1,200 times for 500"
    )
    assert advise_on_effort(made(), replace(SMALL, judgements=400)) == []
    every = replace(SMALL, answers=6_000, judgements=6_000)
    assert about(advise_on_effort(made(), every), "judge", "asked up to 6,000 times, for every answer")


def test_a_long_embedding_and_a_long_queue_at_a_server_are_named() -> None:
    slow = replace(SMALL, texts=40_000, embedding_seconds=(80.0, 1_200.0))
    two = made(retrieval={"chunk_tokens": [64, 128]})
    assert about(advise_on_effort(two, slow), "embedding", "1 min 20 s to 20 min. Each of the 2 ways")
    by_meaning = made(retrieval={"splitter": ["semantic", "token"], "chunk_tokens": [64, 128]})
    slow = replace(SMALL, sentences=120_000, splitting_seconds=(180.0, 400.0))
    assert about(advise_on_effort(by_meaning, slow), "splitter", "semantic encodes about 120,000 sentences")
    queue = replace(SMALL, calls={"own": 9_000}, seconds=(3_000, 20_000))
    assert about(
        advise_on_effort(made(models=[SERVED]), queue), "models", "own gets up to 9,000 calls, 8 at a time"
    )
    assert advise_on_effort(made(models=[EXTRACTIVE]), queue) == []


@pytest.mark.parametrize(
    ("cap", "words"), [(0.5, "less than the plan's lowest"), (2.0, "may stop it"), (5.0, None)]
)
def test_a_budget_below_the_estimate_is_named(cap: float, words: str | None) -> None:
    found = about(advise_on_effort(made(budget_usd=cap), SMALL), "budget_usd")
    assert bool(found) == bool(words) and all(words in f for f in found if words)
    assert advise_on_effort(made(budget_usd=cap), replace(SMALL, cost_usd=None)) == []


# In the plan


def test_the_plan_brings_advice_and_its_texts_are_among_the_warnings(runner: Runner) -> None:
    written = experiment(
        retrieval={
            "splitter": ["sentence"],
            "chunk_tokens": [64, 128],
            "retriever": ["keyword"],
            "top_k": [2, 12],
        },
        repeats=2,
    )
    plan = make_plan(
        prepare(written, runner.settings, catalogue_of(runner.store)), runner.settings, runner.store
    ).to_json()
    said = {a["about"] for a in plan["advice"]}
    assert {"chunk_tokens", "top_k", "repeats", "questions", "holdout"} <= said
    assert {a["text"] for a in plan["advice"]} <= set(plan["warnings"])
    assert plan["smallest_difference"] > 0.2
    assert runner.run(written).state == "done"


def test_the_cheapest_that_holds_can_be_raced_for(runner: Runner) -> None:
    written = experiment(
        prompts=["concise", "short"],
        search={"strategy": "race"},
        objective={"minimize": "cost_per_1k_questions", "at_least": {"correctness": 0.1}},
    )
    result = runner.run(written)
    assert result.state == "done" and result.leaderboard["trials"][0]["rank"] == 1


# Replies


def test_stored_replies_that_were_cut_are_named_with_the_limit_and_what_to_do() -> None:
    model = SERVED.model_copy(update={"max_tokens": 64})
    [advice] = advise_on_replies([PastReplies(model, 40, {"cut_at_max_tokens": 12})])
    assert advice.about == "models"
    assert advice.text == "models: own: 12 of 40 stored replies were cut at max_tokens 64. Raise max_tokens."


def test_a_rare_defect_or_none_is_not_worth_advice() -> None:
    assert (
        advise_on_replies([PastReplies(SERVED, 0, {}), PastReplies(SERVED, 400, {"template_marks": 2})]) == []
    )


# What the prompt gets


def on_selection(**retrieval: Any) -> list[Advice]:
    return advise_on_selection(made(retrieval=retrieval))


def test_parents_that_are_no_larger_than_chunks_are_named() -> None:
    small = on_selection(returns=["parent:128", "parent:512", "merged(tokens=64)"], chunk_tokens=[64, 128])
    assert len(about(small, "returns", "no effect")) == 2
    assert about(small, "returns", "parent:128 has no effect with chunks of 128 tokens")
    assert not on_selection(returns=["parent:512", "window:1", "section"], chunk_tokens=[64, 128])


def test_a_least_score_that_fused_ranks_never_have_is_named() -> None:
    assert about(
        on_selection(retriever=["hybrid"], min_score=[0.01, 0.3]), "min_score", "with 0.3 no passage"
    )
    assert not on_selection(retriever=["hybrid"], min_score=[0.01])
    assert not on_selection(retriever=["dense"], min_score=[0.3])


def test_near_duplicates_of_one_passage_and_a_budget_below_a_chunk_are_named() -> None:
    assert about(on_selection(near_duplicates=["drop"], top_k=[1]), "near_duplicates", "Raise top_k")
    assert not on_selection(near_duplicates=["drop"], top_k=[1, 2])
    assert about(on_selection(passage_tokens=[64, None]), "passage_tokens", "are too few for a chunk of 256")
    assert not on_selection(passage_tokens=[256])


def test_what_gives_whole_documents_is_named() -> None:
    text = "\n\n".join(f"Sentence number {n} says little." for n in range(12))
    documents = [Document(f"{n}.md", "D", text, "markdown") for n in range(2)]

    def said(returns: list[str]) -> list[str]:
        axes = RetrievalAxes(returns=returns, chunk_tokens=[16], chunk_overlap=[0], splitter=["sentence"])
        return about(advise_on_returns(axes, documents), "returns")

    assert not said(["chunk", "window:2", "parent:64", "section", "merged"])
    assert "window:11 gives whole documents" in said(["window:11", "window:2"])[0]
    assert "They are alike; keep window:11." in said(["window:11", "window:50", "parent:8192"])[0]


def test_a_context_that_cannot_hold_what_is_returned_is_named() -> None:
    small = Model(name="m", base_url="http://127.0.0.1:1/v1", model="m", context_window=2000, max_tokens=100)
    axes: dict[str, Any] = {"top_k": [4], "chunk_tokens": [128], "returns": ["parent:512"]}
    assert about(advise_on_axes(made(retrieval=axes, models=[small])), "top_k", "let returns give less")
    assert not about(
        advise_on_axes(made(retrieval=axes | {"passage_tokens": [1000]}, models=[small])), "top_k"
    )


GERMAN = (
    "Die Rückgabe ist innerhalb von dreißig Tagen möglich, wenn die Ware nicht benutzt wurde und das Paket "
    * 3
)
ENGLISH = (
    "You can return the goods within thirty days if they have not been used and the parcel is complete. " * 3
)


def test_scores_and_an_encoder_made_for_english_are_named_for_documents_in_other_languages() -> None:
    found = list(advise_on_languages(made(), documents(GERMAN, GERMAN, ENGLISH)))
    assert about(found, "scores", "2 of 3 documents do not look English")
    assert about(found, "scores", "toxicity means nothing") and about(
        found, "scores", "grounding compares only"
    )
    assert about(found, "embedding", "embedded/minilm was trained on English")
    short_lines = "# 停车\n\n访客可以停车九十分钟。\n\n## 电动车\n\n电动车可以免费充电。\n"
    assert about(
        list(advise_on_languages(made(), documents(short_lines))), "scores", "1 of 1 document do not look"
    )
    by_words = made(retrieval={"retriever": ["keyword"]}, scores=["token_f1"])
    assert not list(advise_on_languages(by_words, documents(GERMAN)))
    assert not list(advise_on_languages(made(), documents(ENGLISH)))
    code = Document("a.py", "a", "def f(x):\n    return x\n", "code")
    assert not list(advise_on_languages(made(), [code]))
