"""Routes as people write them: where they stand, what they are called, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import ExperimentError
from workbench.space.config import Config, Labels, short_names
from workbench.space.experiment import Experiment
from workbench.space.file_writing import experiment_to_yaml, to_experiment_file
from workbench.space.files import parse_experiment
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.space.resolving import resolve
from workbench.space.retrieval import Retrieval
from workbench.space.route import End, Escalation, Route, RouterWeights
from workbench.space.search_space import expand, find_baseline_config

PROMPTS = {
    name: Prompt(name=name, template=f"{name}: {{passages}} {{question}}") for name in ("short", "long")
}
MODELS = {
    name: Model(name=name, base_url="http://127.0.0.1:9/v1", model=name)
    for name in ("small", "large", "other")
}
BASE = """
name: x
corpus: y
prompts: [short]
models: [small, large]
retrieval: {retriever: [keyword], top_k: [2, 4]}
"""
CHEAP_FIRST = """
routes:
  - name: cheap-first
    cascade: [small, large]
    escalate_when: {grounding_below: 0.55, declined: true, thin_retrieval: 0.2}
"""
BY_QUESTION = "routes: [{name: by-question, router: [small, large]}]"
WHOLE = """
routes:
  - name: whole
    router:
      - {prompt: short, retrieval: {retriever: keyword, top_k: 1}, model: small}
      - {prompt: long, retrieval: {retriever: keyword, top_k: 8}, model: other}
"""


class Names:
    def find_prompt(self, name: str) -> Prompt | None:
        return PROMPTS.get(name)

    def find_model(self, name: str) -> Model | None:
        return MODELS.get(name)

    def prompt_names(self) -> list[str]:
        return list(PROMPTS)

    def model_names(self) -> list[str]:
        return list(MODELS)


def read(text: str) -> Experiment:
    return resolve(parse_experiment(text), Names())


def test_a_route_between_models_stands_in_every_cell() -> None:
    experiment = read(BASE + CHEAP_FIRST)
    configs = expand(experiment).configs
    assert short_names(configs) == [
        "top 2 · small", "top 2 · large", "top 2 · cheap-first", "top 4 · small", "top 4 · large", "top 4 · cheap-first",
    ]  # fmt: skip
    [first, _] = [c for c in configs if c.route]
    assert first.route is not None and first.has_settings
    assert [end.id for end in first.ends] == [configs[0].id, configs[1].id]
    assert first.retrieval.top_k == 2 and first.route.escalate_when.grounding_below == 0.55
    assert {m.name for m in first.models} == {"small", "large"}


def test_rules_and_the_baseline_name_a_route() -> None:
    text = BASE + CHEAP_FIRST + "exclude: [{model: cheap-first, top_k: 4}]\nbaseline: {model: cheap-first}\n"
    experiment = read(text)
    assert sum(c.route is not None for c in expand(experiment).configs) == 1
    baseline = find_baseline_config(experiment)
    assert baseline is not None and baseline.route is not None and baseline.retrieval.top_k == 2


def test_whole_ends_stand_beside_the_axes() -> None:
    space = expand(read(BASE + WHOLE))
    assert len(space.configs) == 5 and space.notes[-1] == "1 route added."
    whole = space.configs[-1]
    assert not whole.has_settings and whole.name == "whole"
    assert [end.retrieval.top_k for end in whole.ends] == [1, 8]


@pytest.mark.parametrize("text", [CHEAP_FIRST, BY_QUESTION, WHOLE])
def test_routes_survive_storing_and_cloning(text: str) -> None:
    experiment = read(BASE + text)
    assert Experiment.model_validate_json(experiment.model_dump_json()) == experiment
    for config in expand(experiment).configs:
        stored = Config.from_json(config.to_json())
        assert stored.id == config.id and stored.name == config.name
    file = to_experiment_file(experiment, MODELS, lambda prompt: prompt)
    again = resolve(parse_experiment(experiment_to_yaml(file)), Names())
    assert [c.id for c in expand(again).configs] == [c.id for c in expand(experiment).configs]


def test_a_stored_route_gets_the_names_of_its_experiment() -> None:
    first = next(c for c in expand(read(BASE + CHEAP_FIRST)).configs if c.route)
    other = read(BASE + CHEAP_FIRST.replace("cheap-first", "thrifty"))
    labels = Labels.of(other.prompts_tried, other.models_tried, other.routes)
    renamed = labels.put_on(Config.from_json(first.to_json()))
    assert renamed.id == first.id and renamed.model.name == "thrifty"


def test_the_id_goes_by_ends_and_rule_not_by_name() -> None:
    def id_of(text: str) -> str:
        return next(c.id for c in expand(read(BASE + text)).configs if c.route)

    assert id_of(CHEAP_FIRST) == id_of(CHEAP_FIRST.replace("cheap-first", "thrifty"))
    assert id_of(CHEAP_FIRST) != id_of(CHEAP_FIRST.replace("0.55", "0.5"))
    assert id_of(CHEAP_FIRST) != id_of(BY_QUESTION)


@pytest.mark.parametrize(
    ("routes", "message"),
    [
        ("[{name: a}]", "must have one of cascade and router"),
        ("[{name: a, cascade: [small, large], router: [small, large]}]", "must have one of cascade and router"),
        ("[{name: a, cascade: [small]}]", "cascade has 1 ends; it needs two"),
        ("[{name: a, cascade: [small, small]}]", "both ends are the same"),
        ("[{name: a, cascade: [small, large], escalate_when: {}}]", "escalate_when names no sign"),
        ("[{name: a, cascade: [small, large], escalate_when: {grounding_belo: 1}}]", "Did you mean 'grounding_below'"),
        ("[{name: a, cascade: [small, large], escalate_when: {grounding_below: 2}}]", "routes.0.escalate_when.grounding_below is 2"),
        ("[{name: a, router: [small, large], escalate_when: {declined: true}}]", "escalate_when belongs to a cascade"),
        ("[{name: a, cascade: [small, large], weights: {intercept: 1}}]", "weights belongs to a router"),
        ("[{name: a, router: [small, large], weights: {vector: abc}}]", "base64 of 384 bytes"),
        ("[{name: a, router: [small, large], weights: {features: {wordz: 1}}}]", "routes.0.weights.features.wordz"),
        ("[{name: a, cascade: [3, large]}]", "routes.0.cascade.0 is 3"),
        ("[{name: a, cascade: [small, {prompt: short}]}]", "'routes.0.cascade.1.model' is missing"),
        ("[{name: a, cascade: [small, large]}, {name: a, router: [small, large]}]", "Two routes are named 'a'"),
        ("[{name: small, cascade: [small, large]}]", "A route and a model are named 'small'"),
        ("[{name: a, cascade: [small, huge]}]", "Route 'a': Model 'huge' is not registered"),
        ("[{name: a, cascade: [small, {prompt: nope, model: large}]}]", "Route 'a': There is no prompt 'nope'"),
    ],
)  # fmt: skip
def test_what_is_refused_names_the_key(routes: str, message: str) -> None:
    with pytest.raises(ExperimentError) as refused:
        read(f"{BASE}routes: {routes}\n")
    assert message in f"{refused.value.message} {refused.value.hint or ''}"


shares = st.none() | st.floats(0, 1)


@given(shares, st.booleans(), shares, st.none() | st.floats(0, 1), st.booleans(), st.none() | st.floats(0, 1))
def test_an_escalation_needs_a_sign_that_it_names(
    below: float | None, declines: bool, thin: float | None,
    grounding: float | None, declined: bool, coverage: float | None,
) -> None:  # fmt: skip
    if below is None and not declines and thin is None:
        with pytest.raises(ExperimentError):
            Escalation()
        return
    rule = Escalation(grounding_below=below, declined=declines, thin_retrieval=thin)
    reasons = rule.reasons(grounding, declined, coverage)
    assert ("declined" in reasons) == (declines and declined)
    assert ("grounding_below" in reasons) == (None not in (below, grounding) and grounding < below)  # type: ignore[operator]
    assert set(reasons) <= set(rule.model_dump(exclude_defaults=True))
    assert Escalation.model_validate_json(rule.model_dump_json()) == rule


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                        st.sampled_from(["name", "cascade", "router", "prompt", "retrieval", "model", "escalate_when", "weights", "vector"]),
                        inner, max_size=4), max_leaves=8))  # fmt: skip
def test_whatever_is_written_is_read_or_refused_in_words(routes: Any) -> None:
    from workbench.space.experiment import ExperimentFile
    from workbench.space.files import validate

    data = {"name": "x", "corpus": "y", "prompts": ["short"], "models": ["small"], "routes": routes}
    try:
        validate(ExperimentFile, data, "x.yaml")
    except ExperimentError as refused:
        assert refused.message


def test_weights_are_compact_and_exact() -> None:
    import base64

    steps = bytes([1, 255, 127, 129, *[0] * 380])
    weights = RouterWeights(vector=base64.b64encode(steps).decode(), scale=0.5)
    assert weights.vector_weights[:4] == (0.5, -0.5, 63.5, -63.5)


def test_an_end_may_bring_a_prompt_and_take_the_retrieval_of_the_cell() -> None:
    route = Route(name="a", cascade=[MODELS["small"], End(prompt=PROMPTS["long"], model=MODELS["large"])])
    assert not route.is_whole
    here = Config.of_route(route.at(PROMPTS["short"], Retrieval(retriever="keyword")))
    assert [end.prompt.name for end in here.ends] == ["short", "long"] and not here.has_settings
