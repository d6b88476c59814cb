"""Experiment files, prompts, models and configurations.
Knows nothing about running them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import ExperimentError, InputError, ModelError, PromptError
from workbench.parts.retrieval_settings import DEFAULT_EMBEDDING
from workbench.space.config import Config, short_names
from workbench.space.experiment import Experiment, ExperimentFile, Search
from workbench.space.file_writing import experiment_to_yaml
from workbench.space.files import (
    build_prompt,
    load_experiment_file,
    load_models_file,
    load_prompts_file,
    parse_experiment,
    validate,
)
from workbench.space.model import Model
from workbench.space.prompt import Prompt, substitute
from workbench.space.resolving import resolve
from workbench.space.search_space import expand

PROJECT = Path(__file__).parent.parent.parent
TEMPLATE = "{passages}\n\nQuestion: {question}"


class Names:
    """A catalogue of two prompts and two models."""

    prompts = {
        name: Prompt(name=name, version=1, template=f"{name}: {TEMPLATE}") for name in ("brief", "long")
    }
    models = {name: Model(name=name) for name in ("embedded/extractive", "embedded/other")}

    def find_prompt(self, name: str) -> Prompt | None:
        return self.prompts.get(name.split("@")[0])

    def find_model(self, name: str) -> Model | None:
        return self.models.get(name)

    def prompt_names(self) -> list[str]:
        return list(self.prompts)

    def model_names(self) -> list[str]:
        return list(self.models)


def experiment(text: str = "", **retrieval: object) -> Experiment:
    lines = "".join(f"  {key}: {value}\n" for key, value in retrieval.items())
    base = "name: t\ncorpus: c\nprompts: [brief, long]\nmodels: [embedded/extractive]\n"
    return resolve(parse_experiment(base + (f"retrieval:\n{lines}" if lines else "") + text), Names())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: t\ncorpus: c\nprompts: [a]\nmodels: [m]\nretreival: {}\n", ["experiment:5", "retreival", "retrieval"]),
        ("name: t\ncorpus: c\nprompts: [a]\nmodels: [m]\nretrieval:\n  top_n: [3]\n", [":6", "top_n", "top_k"]),
        ("name: t\ncorpus: c\nprompts: [a]\nmodels: [m]\nretrieval:\n  retriever: [bm25]\n", [":6", "bm25", "keyword"]),
        ("name: t\ncorpus: c\nmodels: [m]\n", ["prompts", "missing"]),
        ("name: t\ncorpus: [\n", ["not valid YAML"]),
        ("just words", ["expected keys"]),
        ("name: t\nname: u\n", ["not valid YAML"]),
        ("name: t\ncorpus: c\nprompts: [a]\nmodels: [m]\nobjective: {at_least: {a: 1}}\n", ["maximize or minimize"]),
        ("", ["found nothing"]),
        ("- a list\n", ["found a list"]),
        ("name: " + "[" * 1000, ["nested too deeply"]),
        ("name: t\ncorpus: c\nprompts: []\nmodels: [m]\n", [":3", "prompts is an empty list"]),
        ("name: t\ncorpus: c\nprompts: a\nmodels: [m]\n", [":3", "write a list, such as [a]"]),
        ("name: t\ncorpus:\nprompts: [a]\nmodels: [m]\n", [":2", "corpus is empty"]),
        ("name: t\ncorpus: c\nprompts: [a]\nmodels: [m]\nretrieval:\n  chunk_tokens: [0]\n", [":6", "0", "16"]),
        ("name: t\ncorpus: c\nprompts: [a]\nmodels: [m]\nretrieval:\n  chunk_tokens: [9000]\n", [":6", "9000", "8192"]),
        ("name: t\ncorpus: c\nprompts: [a]\nmodels: [m]\nretrieval:\n  top_k: [2.5]\n", [":6", "whole number"]),
        ("name: t\ncorpus: c\nprompts: [a]\nmodels: [m]\nbudget_usd: .inf\n", [":5", "finite"]),
        ("name: t\ncorpus: c\nprompts: [a]\nmodels: [m]\nobjective: {maximize: x, at_least: {y: .nan}}\n", [":5", "finite"]),
        (f"name: {'n' * 81}\ncorpus: c\nprompts: [a]\nmodels: [m]\n", [":1", "81 characters", "at most 80"]),
        ("name: <b>\ncorpus: c\nprompts: [a]\nmodels: [m]\n", [":1", "use letters"]),
        ("name: t\ncorpus: c\nprompts: [a]\nmodels:\n  - {name: m, base_url: 'http://x/v1', model: m, price: {free: true, per_hour: 1}}\n", [":5", "price is either"]),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_file_names_the_place_the_value_and_what_is_allowed(
    text: str, words: list[str]
) -> None:
    with pytest.raises(InputError) as caught:
        parse_experiment(text)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_a_key_written_where_its_variables_name_belongs_is_not_shown() -> None:
    text = (
        "name: t\ncorpus: c\nprompts: [a]\nmodels:\n"
        "  - {name: m, base_url: 'http://x/v1', model: m, api_key_env: sk-secret-0815}\n"
    )
    with pytest.raises(ExperimentError, match="never the key itself") as caught:
        parse_experiment(text)
    assert "0815" not in str(caught.value)


@pytest.mark.parametrize("name", ["Größe 日本", "n" * 80])
def test_names_may_hold_letters_of_any_script_eighty_of_them(name: str) -> None:
    assert experiment().model_copy(update={"name": name}) == resolve(
        parse_experiment(f"name: {name}\ncorpus: c\nprompts: [brief, long]\nmodels: [embedded/extractive]\n"),
        Names(),
    )


def test_an_unknown_prompt_or_model_names_the_nearest() -> None:
    base = "name: t\ncorpus: c\n"
    with pytest.raises(ExperimentError, match="brief"):
        resolve(parse_experiment(base + "prompts: [breif]\nmodels: [embedded/extractive]"), Names())
    with pytest.raises(ExperimentError, match="embedded/extractive"):
        resolve(parse_experiment(base + "prompts: [brief]\nmodels: [embedded/extractve]"), Names())


def test_an_empty_axis_is_an_error_that_names_it() -> None:
    with pytest.raises(ExperimentError, match="top_k"):
        expand(experiment(top_k="[]"))


def test_a_space_with_everything_excluded_is_an_error() -> None:
    with pytest.raises(ExperimentError):
        expand(experiment("exclude:\n  - {model: embedded/extractive}\n"))


def test_the_grid_is_the_product_of_its_axes() -> None:
    space = expand(experiment(retriever="[dense, keyword]", top_k="[2, 4, 8]"))
    assert len(space.configs) == 2 * 2 * 3 == len({c.id for c in space.configs})


def test_configurations_that_send_the_same_are_one() -> None:
    twice = experiment().model_copy(
        update={"prompts": [Prompt(name="a", template=TEMPLATE), Prompt(name="b", template=TEMPLATE)]}
    )
    assert len(expand(twice).configs) == 1


def test_keyword_search_does_not_multiply_by_embeddings() -> None:
    other = Model(name="e", kind="embedding", base_url="http://127.0.0.1:1/v1", model="e")
    made = experiment(retriever="[keyword]")
    axes = made.retrieval.model_copy(update={"embedding": [*made.retrieval.embedding, other]})
    assert len(expand(made.model_copy(update={"retrieval": axes})).configs) == 2


def test_a_random_draw_is_the_seeds() -> None:
    text = "search: {strategy: random, trials: 5}\n"
    draws = [expand(experiment(text, top_k="[1, 2, 3, 4, 5, 6]")).configs for _ in range(2)]
    assert draws[0] == draws[1] and len(draws[0]) == 5


def test_a_written_experiment_reads_back_equal() -> None:
    file = load_experiment_file(PROJECT / "experiments" / "support-first-look.yaml")
    assert parse_experiment(experiment_to_yaml(file)) == file
    resolved = experiment(retriever="[dense]")
    assert parse_experiment(experiment_to_yaml(resolved)).prompts == resolved.prompts


@given(
    st.builds(
        dict,
        repeats=st.integers(1, 5),
        holdout=st.sampled_from([0.0, 0.2, 0.5]),
        seed=st.integers(0, 99),
        budget_usd=st.none() | st.sampled_from([0.5, 20.0]),
        retrieval=st.fixed_dictionaries(
            {
                "top_k": st.lists(st.integers(1, 50), min_size=1, max_size=4, unique=True),
                "splitter": st.just(["token"]),
            }
        ),
    )
)
def test_any_experiment_survives_yaml(fields: dict[str, object]) -> None:
    made = ExperimentFile.model_validate(
        {"name": "t", "corpus": "c", "prompts": ["a"], "models": ["m"], **fields}
    )
    assert parse_experiment(experiment_to_yaml(made)) == made


def test_the_projects_own_files_are_good() -> None:
    assert {p.name for p in load_prompts_file(PROJECT / "experiments" / "prompts.yaml")} >= {
        "concise",
        "cited",
    }
    assert load_models_file(PROJECT / "experiments" / "none.yaml") == []


@pytest.mark.parametrize(
    "template",
    ["{question.__class__}", "{question!r}", "{question:>10}", "{passage} {question}", "{", "}", "{0} {question}", "{{question}}"],
)  # fmt: skip
def test_a_template_takes_bare_variables_only(template: str) -> None:
    with pytest.raises(PromptError):
        build_prompt("p", template)


def test_a_mistake_in_a_template_names_its_line() -> None:
    with pytest.raises(PromptError, match="line 2"):
        build_prompt("p", "{question}\n{documents}")


def test_what_comes_in_with_a_value_is_never_expanded() -> None:
    filled = substitute(
        "{{x}} {question} {passages}", {"question": "{passages}", "passages": "{question}", "today": ""}
    )
    assert filled == "{x} {passages} {question}"


@given(st.text(), st.text())
def test_values_arrive_verbatim(question: str, passages: str) -> None:
    assert (
        substitute("Q{question}P{passages}", {"question": question, "passages": passages})
        == f"Q{question}P{passages}"
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "x"}, "no base_url"),
        ({"name": "x", "base_url": "ftp://h/v1", "model": "m"}, "http"),
        ({"name": "x", "base_url": "http://u:p@h/v1", "model": "m"}, "password"),
        ({"name": "x", "base_url": "http://h/v1"}, "name its server knows"),
        ({"name": "x", "base_url": "http://h/v1", "model": "m", "api_key": "sk-1"}, "api_key_env"),
        ({"name": "x", "base_url": "http://h/v1", "model": "m", "price": {"free": True, "per_hour": 1}}, "either"),
    ],
)  # fmt: skip
def test_a_bad_model_says_what_is_wrong(fields: dict[str, object], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        validate(Model, fields, "the model", ModelError)


def test_price_limits_key_and_name_do_not_change_what_a_model_is() -> None:
    base = Model(name="a", base_url="http://h/v1", model="m")
    same = Model.model_validate(
        base.model_dump()
        | {"name": "b", "price": {"free": True}, "api_key_env": "K", "limits": {"concurrency": 2}}
    )
    other = base.model_copy(update={"revision": "2"})
    assert base.content == same.content != other.content


def test_a_configurations_id_is_stable() -> None:
    space = expand(experiment(retriever="[keyword]", top_k="[3]", chunk_tokens="[128]"))
    assert [c.id for c in space.configs] == [c.id for c in space.configs]
    assert Config.from_json(space.configs[0].to_json()).id == space.configs[0].id


def test_short_names_say_what_varies_and_are_unique() -> None:
    configs = expand(experiment(top_k="[2, 4]", retriever="[dense, keyword]")).configs
    names = short_names(configs)
    assert len(set(names)) == len(configs) and all("dense" in n or "keyword" in n for n in names)
    assert DEFAULT_EMBEDDING not in " ".join(names)


def test_a_short_name_is_never_empty() -> None:
    configs = expand(experiment(retriever="[hybrid]", rerank="[none, mmr]")).configs
    names = short_names(configs)
    assert any("rerank none" in name for name in names)
    assert all(part for name in names for part in name.split(" · "))


def test_an_embedding_models_extra_body_is_part_of_what_it_is() -> None:
    def model(**extra: Any) -> Model:
        return Model(
            name="e", kind="embedding", base_url="http://127.0.0.1:1/v1", model="x", extra_body=extra
        )

    assert model(dimensions=256).content != model(dimensions=512).content


def test_extra_body_cannot_say_otherwise_what_a_model_says_itself() -> None:
    with pytest.raises(ModelError, match="max_tokens"):
        Model(name="m", base_url="http://127.0.0.1:1/v1", model="x", extra_body={"max_tokens": 9000})


def test_an_axis_with_a_condition_varies_only_where_it_holds() -> None:
    made = experiment(
        "conditions:\n  - {axis: top_k, when: {retriever: dense}}\n",
        retriever="[dense, keyword]",
        top_k="[2, 4, 8]",
    )
    space = expand(made)
    settings = [(c.retrieval.retriever, c.retrieval.top_k) for c in space.configs]
    assert sorted(set(settings)) == [("dense", 2), ("dense", 4), ("dense", 8), ("keyword", 2)]
    assert "same requests" in " ".join(space.notes)


def test_written_configurations_replace_the_product() -> None:
    made = experiment("configs:\n  - {top_k: 7, retriever: keyword}\n  - {chunk_tokens: 64}\n")
    configs = expand(made).configs
    assert (configs[0].retrieval.top_k, configs[0].retrieval.retriever) == (7, "keyword")
    assert len(configs) == 2 and configs[1].retrieval.chunk_tokens == 64


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("configs: []\n", ["configs is an empty list"]),
        ("configs:\n  - {topk: 3}\n", ["configs, number 1", "'topk'", "top_k"]),
        ("configs:\n  - {prompt: concize}\n", ["'concize'", "prompts"]),
        ("configs:\n  - {top_k: none}\n", ["top_k", "'none'"]),
        ("conditions:\n  - {axis: topk, when: {retriever: dense}}\n", ["conditions, rule 1", "top_k"]),
        ("conditions:\n  - {axis: top_k, when: {}}\n", ["`when` is empty"]),
        ("conditions:\n  - {axis: top_k, when: {top_k: 2}}\n", ["depend on itself"]),
    ],
)
def test_a_wrong_rule_names_its_place_and_the_nearest_axis(more: str, words: list[str]) -> None:
    with pytest.raises(ExperimentError) as caught:
        expand(experiment(more))
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("search", "words"),
    [
        ("{strategy: random}", ["needs trials"]),
        ("{strategy: tpe}", ["needs trials"]),
        ("{strategy: grid, trials: 3}", ["not a setting of grid"]),
        ("{strategy: halving, block: 3}", ["block", "first, keep"]),
        ("{strategy: race, confidence: 1.5}", ["confidence"]),
        ("{strategy: evolve}", ["strategy"]),
    ],
)
def test_a_search_names_the_settings_it_has(search: str, words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        experiment(f"search: {search}\n")
    for word in words:
        assert word in str(caught.value)


def test_a_front_of_several_aims_needs_a_search_that_can_find_one() -> None:
    aims = "objective: {maximize: correctness, minimize: tokens_per_answer}\n"
    assert experiment(aims + "search: {strategy: tpe, trials: 4}\n").objective.target == "correctness"
    with pytest.raises(InputError, match="one aim"):
        experiment(aims + "search: {strategy: race}\n")


@pytest.mark.parametrize("strategy", ["grid", "random", "tpe", "halving", "race", "model"])
def test_every_strategys_settings_are_listed(strategy: str) -> None:
    given = {"trials": 3} if strategy in ("random", "tpe") else {}
    assert Search(strategy=strategy, **given).settings == given  # type: ignore[arg-type]


RANDOM = "search: {strategy: random, trials: 7}\n"


def test_of_very_many_combinations_some_are_drawn_and_a_full_search_says_what_to_do() -> None:
    many = {
        "chunk_tokens": list(range(64, 464, 2)),
        "top_k": list(range(1, 51)),
        "retriever": ["keyword", "dense", "hybrid"],
        "returns": ["chunk", "window:1", "section", "merged"],
    }
    drawn = expand(experiment(RANDOM, **many))
    assert len(drawn.configs) == len({c.id for c in drawn.configs}) == 7 and drawn.grid_size == 240_000
    again = expand(experiment(RANDOM, **many))
    assert [c.id for c in again.configs] == [c.id for c in drawn.configs]
    with pytest.raises(ExperimentError, match="240,000 combinations, and grid would go through all of them"):
        expand(experiment(**many))
