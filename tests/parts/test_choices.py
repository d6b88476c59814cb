"""Tests parts with settings in an experiment file: how they are written, their errors, their stored text.
Knows nothing about running an experiment."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tiny_experiment import experiment
from workbench.corpus.types import Document
from workbench.errors import ExperimentError
from workbench.fingerprint import fingerprint
from workbench.parts.choice import choose, split_text, write
from workbench.parts.part import Reranker, Splitter
from workbench.pipeline import fingerprints
from workbench.space.experiment import Experiment, ExperimentFile, Search
from workbench.space.file_writing import experiment_to_yaml
from workbench.space.files import parse_experiment
from workbench.space.model import Model, Price
from workbench.space.prompt import Prompt
from workbench.space.resolving import resolve
from workbench.space.retrieval import Retrieval
from workbench.space.search_space import expand, knob_settings
from workbench.store.experiments import spec_hash

HEAD = "name: t\ncorpus: c\nprompts: [brief]\nmodels: [embedded/extractive]\n"


class Names:
    """A fake catalogue that has every prompt, and the models "m" and "embedded/extractive"."""

    def find_prompt(self, name: str) -> Prompt | None:
        return Prompt(name=name, version=1, template="{passages}\n\nQuestion: {question}")

    def find_model(self, name: str) -> Model | None:
        if name == "embedded/extractive":
            return Model(name=name)
        return (
            Model(name="m", base_url="http://127.0.0.1:1/v1", model="m", price=Price(free=True))
            if name == "m"
            else None
        )

    def prompt_names(self) -> list[str]:
        return []

    def model_names(self) -> list[str]:
        return []


def read(text: str) -> Experiment:
    return resolve(parse_experiment(HEAD + text), Names())


@pytest.mark.parametrize(
    ("written", "inside"),
    [
        ("mmr", "mmr"),
        ({"mmr": None}, "mmr"),
        ({"mmr": {"balance": 0.5}}, "mmr(balance=0.5)"),
        ({"mmr": {"balance": 0.7}}, "mmr"),
        ("mmr(balance=0.5)", "mmr(balance=0.5)"),
        ("mmr( balance = 0.50 )", "mmr(balance=0.5)"),
        ({"llm": {"candidates": 7}}, "llm(candidates=7)"),
        ({"elsewhere:PART": {"deep": [1, {"a": "b) , c"}]}}, 'elsewhere:PART(deep=[1, {"a": "b) , c"}])'),
    ],
)
def test_a_choice_has_one_text(written: Any, inside: str) -> None:
    assert write(Reranker, written) == inside == write(Reranker, inside)


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | st.booleans() | st.lists(st.text()), max_size=4))  # fmt: skip
def test_settings_survive_as_text(settings: dict[str, Any]) -> None:
    text = write(Reranker, {"elsewhere:PART": settings})
    assert split_text(text) == ("elsewhere:PART", settings)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("rerank: [mrr]", ["experiment:6", "retrieval.rerank", "'mrr' is not a reranker", "'mmr'"]),
        ("rerank: [{mmr: {balanse: 0.5}}]", [":6", "balanse is not a setting of mmr", "its settings are balance"]),
        ("rerank: [{mmr: {balance: 1.5}}]", [":6", "mmr: balance is 1.5", "less than or equal to 1"]),
        ("rerank: [{none: {balance: 1}}]", [":6", "not a setting of none", "it has no settings"]),
        ("rerank: [{mmr: 0.5}]", [":6", "the settings are 0.5", "setting: value"]),
        ("rerank: ['mmr(balance=)']", [":6", "cannot be read"]),
        ("splitter: [{sentence: {a: 1}, token: {}}]", [":6", "is not the name of a splitter"]),
        ("retriever: [{hybrid: {lexical: sparse, segmenter: icu}}]", [":6", "segmenter is a setting of the keyword ranking"]),
        ("retriever: [{hybrid: {lexical: sparse, segmenter: nonsense}}]", [":6", "segmenter is 'nonsense'"]),
        ("retriever: [3]", [":6", "3 is not the name of a retriever"]),
        ("retriever: [no_such_module:PART]", ["retrieval.retriever", "cannot be imported", "no_such_module", "PYTHONPATH"]),
        ("retriever: [antigravity:fly]", ["cannot be imported", "the standard library has no parts"]),
        ("retriever: ['json:loads']", ["of type function", "a retriever belongs here"]),
        ("retriever: ['workbench.parts.scores:GROUNDING']", ["is a score, and a retriever belongs here"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_part_names_it_and_what_is_allowed(line: str, words: list[str]) -> None:
    with pytest.raises(ExperimentError) as caught:
        read(f"retrieval:\n  {line}\n")
    assert all(word in str(caught.value) for word in words), str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("search: {strategy: rase}\n", [":5", "search", "'rase' is not a search strategy", "race"]),
        (
            "search: {strategy: race, blok: 3}\n",
            [":5", "blok is not a setting of race", "Did you mean 'block'?"],
        ),
        ("search: {strategy: race, block: 0}\n", [":5", "race: block is 0", "Questions between two checks"]),
        ("search: {strategy: 'no_such_module:PART'}\n", ["search", "cannot be imported"]),
        ("scores: ['no_such_module:PART']\n", ["scores", "cannot be imported"]),
    ],
)
def test_what_is_wrong_with_a_search_or_score_is_named_alike(text: str, words: list[str]) -> None:
    with pytest.raises(ExperimentError) as caught:
        read(text)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_settings_are_values_of_an_axis_like_any_other() -> None:
    made = read(
        "retrieval:\n  rerank: [none, mmr, {mmr: {balance: 0.5}}, {mmr: {balance: 0.7}}]\n  top_k: [2]\n"
    )
    configs = expand(made).configs
    assert [c.retrieval.rerank for c in configs] == ["none", "mmr", "mmr(balance=0.5)"]
    assert len({c.id for c in configs}) == 3
    assert [knob_settings(c)["rerank"] for c in configs] == ["none", "mmr", "mmr(balance=0.5)"]
    assert "mmr(balance=0.5)" in configs[2].name


@pytest.mark.parametrize(
    ("rule", "left"),
    [("mmr", ["none"]), ("{mmr: {balance: 0.50}}", ["none", "mmr"]), ("'mmr(balance=0.5)'", ["none", "mmr"])],
)
def test_a_rule_names_a_part_with_or_without_its_settings(rule: str, left: list[str]) -> None:
    made = read(
        f"retrieval: {{rerank: [none, mmr, {{mmr: {{balance: 0.5}}}}]}}\nexclude:\n  - {{rerank: {rule}}}\n"
    )
    assert [c.retrieval.rerank for c in expand(made).configs] == left


def test_configurations_written_out_may_have_settings() -> None:
    made = read("configs:\n  - {retriever: {hybrid: {k: 10}}}\n  - {retriever: hybrid}\n")
    assert [c.retrieval.retriever for c in expand(made).configs] == ["hybrid(k=10)", "hybrid"]


def test_an_experiment_with_settings_reads_back_equal() -> None:
    file = parse_experiment(
        HEAD + "retrieval: {rerank: [{mmr: {balance: 0.5}}]}\nsearch: {strategy: race, block: 3}\n"
    )
    assert parse_experiment(experiment_to_yaml(file)) == file


def test_only_what_asks_a_model_needs_one() -> None:
    for line in ("query: hyde", "rerank: llm", "rerank: {llm: {candidates: 5}}"):
        with pytest.raises(ExperimentError, match="_model"):
            expand(read(f"retrieval: {{{line}}}\n"))
    assert expand(read("retrieval: {rerank: {llm: {candidates: 5}}, rerank_model: m}\n")).configs


def test_a_stored_experiment_stays_readable_without_the_module_of_its_parts() -> None:
    stored = experiment().model_dump(mode="json") | {
        "retrieval": {"retriever": ["gone:PART(a=1)"], "rerank": ["gone:OTHER"]},
        "search": {"strategy": "gone:STRATEGY", "step": 3},
        "scores": ["gone:SCORE", "grounding"],
        "objective": {"maximize": ["grounding", "correctness"]},
    }
    experiment_file = ExperimentFile.model_validate(stored)
    assert experiment_file.retrieval.retriever == ["gone:PART(a=1)"]
    assert experiment_file.search.settings == {"step": 3}


def test_a_search_that_was_stored_with_every_field_is_read() -> None:
    stored = dict.fromkeys(("trials", "first", "keep", "block", "confidence", "answers"))
    assert Search.model_validate({"strategy": "race", **stored, "block": 7}).settings == {"block": 7}


def test_a_version_enters_the_key_from_the_second_on() -> None:
    from dataclasses import replace

    mmr = choose(Reranker, "mmr(balance=0.5)")
    assert mmr.key == "mmr(balance=0.5)"
    assert replace(mmr, part=replace(mmr.part, version=2)).key == "mmr(balance=0.5)@2"
    assert choose(Splitter, "sentence").key == "sentence"


GROUP = "de56bb8aaab47be61848e008eac3de47"
WIDE = (
    "retrieval: {splitter: [sentence, token, markdown], retriever: [dense, keyword, hybrid], "
    "rerank: [none, mmr, llm], query: [plain, hyde], rerank_model: m, query_model: m}\n"
)


@pytest.mark.parametrize(
    ("search", "stored"),
    [
        ("{strategy: grid}", "c8c8b3b2400b7f5d206bb6ff562026c3"),
        ("{strategy: race, block: 7}", "67954d1e7a1a172af0e37b17ba952f1e"),
        ("{strategy: tpe, trials: 3}", "1c129b7dbe961a571f5f7e711d901c01"),
    ],
)
def test_experiments_stored_before_parts_had_entries_are_found_again(search: str, stored: str) -> None:
    aim = "objective: {maximize: correctness}\n"  # the default then, whatever the scores
    made = read(f"{WIDE}scores: [grounding, faithfulness]\njudge: m\n{aim}search: {search}\n")
    assert spec_hash(made, "v", []) == stored


def test_experiments_with_routes_stored_before_routers_read_retrieval_are_found_again() -> None:
    ends = "[embedded/extractive, m]"
    routes = (
        f"[{{name: first, cascade: {ends}}}, {{name: by-words, router: {ends}, weights: {{intercept: -2}}}}]"
    )
    assert spec_hash(read(f"routes: {routes}\n"), "v", []) == "a32ba670e51dee6fdd56acacca04e479"


def test_experiments_with_a_retrieval_at_an_end_stored_before_sparse_vectors_are_found_again() -> None:
    ends = ", ".join(f"{{model: m, retrieval: {{retriever: {name}}}}}" for name in ("keyword", "dense"))
    assert (
        spec_hash(read(f"routes: [{{name: first, cascade: [{ends}]}}]\n"), "v", [])
        == "592d5b51dbcee7760746191d158d9f30"
    )


def test_configurations_keep_their_ids() -> None:
    configs = expand(read(WIDE)).configs
    assert len(configs) == 54
    assert fingerprint([c.id for c in configs]) == "508765ccc44bd350a12e66393c8c70c4"


def test_stages_keep_their_keys() -> None:
    document = Document("guide.md", "Guide", "# A\n\nSome text.\n", "markdown")
    settings = [c.retrieval for c in expand(read(WIDE)).configs]
    keys = [fingerprints.corpus_chunks([document], retrieval) for retrieval in settings]
    assert fingerprint(keys) == "1662e8bf2f9bfb00341935d7f985a719"
    keyword = Retrieval(retriever="keyword", splitter="token", top_k=7)
    assert fingerprints.group(keyword) == GROUP


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("returns: window:two", "'window:two': behind the colon of window belongs a number, its chunks"),
        ("returns: [chunk, parent:nan]", "behind the colon of parent belongs a number, its tokens"),
        ("fusion: weighted:high", "behind the colon of weighted belongs a number, its alpha"),
        ("returns: window:1.5", "window: chunks is 1.5: it must be a whole number"),
        ("returns: {window: {chunks: many}}", "window: chunks is 'many': it must be a whole number"),
        ("retriever: {llamaindex: 'a:b', vectors: maybe}", "vectors is 'maybe': it must be true or false"),
        ("rerank: {python: nope}", "part is 'nope': it must be written module:Name"),
        ("rerank: {llamaindex: 'a:b', with: [1]}", "with is [1]: it must be keys and values"),
    ],
)
def test_a_wrong_value_of_a_setting_is_said_in_words(written: str, message: str) -> None:
    with pytest.raises(ExperimentError) as error:
        read(f"retrieval: {{{written}}}\n")
    assert f"retrieval.{written.partition(':')[0]}" in str(error.value) and message in str(error.value)
