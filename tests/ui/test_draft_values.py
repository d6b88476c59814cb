"""An experiment file through the Design page's values and back, for any file there may be.
Knows nothing about widgets: test_design.py draws them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import ExperimentError
from workbench.space.experiment import COST_MEASURES, ExperimentFile
from workbench.space.file_writing import to_yaml
from workbench.space.files import parse_experiment, parse_rules
from workbench.space.model import Model
from workbench.ui.design.draft_values import to_data, to_file_data, to_values

Data = dict[str, Any]
NAMES = st.text("abcé019", min_size=1, max_size=4).flatmap(
    lambda head: st.text("ab1 ._/-", max_size=6).map(lambda tail: head + tail)
)
# Whatever a person may write: line breaks of all kinds, blanks at both ends, signs that YAML knows.
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40) | st.text(
    " \t\n\r\u2028ab:#-|>'\"{}[]&*!%@`~", max_size=30
)
NUMBERS = st.floats(-5, 5).map(lambda x: round(x, 3))


def unique(values: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[list[Any]]:
    return st.lists(values, min_size=1, max_size=most, unique_by=_meaning)


def _meaning(value: Any) -> str:
    """The same for two models that differ only in which defaults are written out."""
    is_model = isinstance(value, dict) and "base_url" in value
    return repr(Model.model_validate(value) if is_model else value)


def optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Data]:
    return st.fixed_dictionaries({}, optional=fields)


PROMPTS = NAMES | st.builds(
    lambda name, system, template, notes: {
        "name": name, "system": system, "notes": notes,
        "template": template.replace("{", "{{").replace("}", "}}") + "{question}",
    },
    NAMES, st.none() | TEXTS.map(lambda t: t.replace("{", "").replace("}", "")), TEXTS, TEXTS,
)  # fmt: skip


def models(kind: str) -> st.SearchStrategy[Any]:
    inline = st.builds(
        lambda name, more: (
            {"name": name, "kind": kind, "base_url": "http://127.0.0.1:1/v1", "model": "m"} | more
        ),
        NAMES,
        optional(
            revision=st.none() | TEXTS,
            temperature=st.none() | st.sampled_from([0.0, 0.7]),
            max_tokens=st.none() | st.integers(1, 9999),
            price=st.sampled_from([{"free": True}, {"per_hour": 1.2}, {"input_per_million": 0.1}]),
            limits=st.just({"concurrency": 3}),
            extra_body=st.dictionaries(
                st.sampled_from(["a", "top_k"]), st.integers(-(10**17), 10**17) | TEXTS | st.booleans()
            ),
            notes=TEXTS,
        ),
    )
    return NAMES | inline


SCORES = (
    st.sampled_from(["correctness", "retrieval", "faithfulness", "toxicity"])
    | st.builds(lambda text: {"name": "my rubric", "rubric": "1 when " + text}, TEXTS)
    | st.builds(
        lambda low, judge: {"name": "grounding", "ladder": ["embedded", "model"], **low, **judge},
        optional(escalate_between=st.just([0.2, 0.65])),
        optional(judge=models("chat")),
    )
    | st.builds(lambda judge: {"name": "context_recall", "judge": judge}, models("chat"))
)
AXES = optional(
    splitter=unique(st.sampled_from(["sentence", "token", "markdown"])),
    chunk_tokens=unique(st.integers(16, 8192)),
    chunk_overlap=unique(st.integers(0, 99)),
    embedding=unique(models("embedding"), 2),
    retriever=unique(st.sampled_from(["dense", "keyword", "sparse", "hybrid"])),
    sparse_embedding=unique(st.none() | models("sparse_embedding"), 2),
    top_k=unique(st.integers(1, 50)),
    rerank=unique(st.sampled_from(["none", "mmr", "llm"])),
    query=unique(st.sampled_from(["plain", "hyde"])),
    query_model=st.none() | models("chat"),
    rerank_model=st.none() | models("chat"),
)
RULE_VALUES = st.integers(0, 9) | NAMES | st.lists(NAMES | st.integers(0, 9), max_size=2)
RULES = st.dictionaries(
    st.sampled_from(["splitter", "top_k", "prompt", "model"]), RULE_VALUES, min_size=1, max_size=2
)
ONE_AIM = st.one_of(
    st.just({"strategy": "race", "block": 7}),
    st.just({"strategy": "model", "answers": 0.31}),
    st.just({"strategy": "halving", "first": 4, "keep": 0.5}),
)
MANY_AIMS = st.just({"strategy": "grid"}) | st.builds(
    lambda name, n: {"strategy": name, "trials": n}, st.sampled_from(["random", "tpe"]), st.integers(1, 99)
)
MEASURES = st.sampled_from(["correctness", "toxicity", "my rubric", *COST_MEASURES])
BOUNDS = st.dictionaries(MEASURES, NUMBERS, max_size=2)


@st.composite
def files(draw: st.DrawFn) -> ExperimentFile:
    aims = draw(unique(MEASURES))
    cut = draw(st.integers(0, len(aims)))
    objective = {
        word: names[0] if len(names) == 1 else names
        for word, names in (("maximize", aims[:cut]), ("minimize", aims[cut:]))
        if names
    }
    data = {
        "name": draw(NAMES),
        "corpus": draw(TEXTS.filter(bool)),
        "prompts": draw(unique(PROMPTS)),
        "models": draw(unique(models("chat"))),
        "objective": objective | {"at_least": draw(BOUNDS), "at_most": draw(BOUNDS)},
        "search": draw(ONE_AIM | MANY_AIMS if len(aims) == 1 else MANY_AIMS),
        "retrieval": draw(AXES),
        **draw(
            optional(
                questions=optional(tags=unique(TEXTS), limit=st.none() | st.integers(1, 10_000), drafts=st.booleans()),
                repeats=st.integers(1, 100),
                exclude=st.lists(RULES, max_size=2),
                conditions=st.lists(
                    st.builds(lambda when: {"axis": "top_k", "when": when}, RULES), max_size=2
                ),
                configs=st.none() | st.lists(RULES, max_size=2),
                scores=st.lists(SCORES, min_size=1, max_size=4, unique_by=lambda s: s if isinstance(s, str) else s["name"]),
                judge=st.none() | models("chat"),
                budget_usd=st.none() | st.floats(0.001, 1e6),
                holdout=st.sampled_from([0.0, 0.2, 0.33, 0.8]),
                seed=st.integers(0, 2**32 - 1),
            )
        ),
    }  # fmt: skip
    return ExperimentFile.model_validate(data)


def back(written: ExperimentFile, **turned: Any) -> ExperimentFile:
    """The file that the page writes after these values were turned."""
    values, inline = to_values(written)
    data = to_data(values | turned, inline, values, to_file_data(written))
    return parse_experiment(to_yaml(data))


@settings(max_examples=150, deadline=None)
@given(files())
def test_any_file_comes_back_equal(written: ExperimentFile) -> None:
    assert back(written) == written


@settings(max_examples=80, deadline=None)
@given(files())
def test_turning_one_thing_changes_nothing_else(written: ExperimentFile) -> None:
    assert back(written, top_k=["7", "9"]) == written.model_copy(
        update={"retrieval": written.retrieval.model_copy(update={"top_k": [7, 9]})}
    )


@settings(max_examples=100, deadline=None)
@given(files())
def test_the_values_alone_say_all_that_the_page_has_widgets_for(written: ExperimentFile) -> None:
    values, inline = to_values(written)
    made = parse_experiment(to_yaml(to_data(values, inline, {}, {})))
    axes = written.retrieval
    unasked = {
        role: None if role == "query_model" else [None]
        for role, axis, value in (
            ("query_model", "query", "hyde"),
            ("rerank_model", "rerank", "llm"),
            ("sparse_embedding", "retriever", "sparse"),
        )
        if value not in getattr(axes, axis)  # a model that nobody asks has no widget
    }
    assert made == written.model_copy(
        update={"retrieval": axes.model_copy(update=unasked), "name": written.name.strip()}
    )


def test_an_entry_written_out_is_told_apart_from_a_registered_one_of_its_name() -> None:
    template = "{question}"
    one, other = ({"name": "a", "template": f"{n} {template}"} for n in (1, 2))
    written = ExperimentFile.model_validate(
        {"name": "x", "corpus": "c", "prompts": ["a", one, other], "models": ["m"]}
    )
    values, inline = to_values(written)
    assert values["prompts"] == ["a", "a (in this file)", "a (in this file), 2"]
    kept = to_data(values | {"prompts": ["a", "a (in this file), 2"]}, inline, values, to_file_data(written))
    assert kept["prompts"] == ["a", other]


def test_what_is_typed_and_no_number_is_left_for_the_plan_to_name() -> None:
    written = ExperimentFile.model_validate({"name": "x", "corpus": "c", "prompts": ["a"], "models": ["m"]})
    with pytest.raises(ExperimentError, match="few"):
        back(written, top_k=["few"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("exclud: []\n", ["rules:1", "exclud", "exclude"]),
        ("exclude:\n  - 3\n", ["rules:2", "3"]),
        ("conditions:\n  - {axis: top_k}\n", ["rules:2", "when"]),
        ("exclude: [", ["not valid YAML"]),
        ("words", ["expected keys"]),
    ],
)  # fmt: skip
def test_wrong_rules_name_their_line(text: str, words: list[str]) -> None:
    with pytest.raises(ExperimentError) as raised:
        parse_rules(text, "rules")
    assert all(word in raised.value.message + (raised.value.hint or "") for word in words)


def test_no_rules_are_none() -> None:
    assert parse_rules("", "rules") == {} == parse_rules("# a remark\n", "rules")
