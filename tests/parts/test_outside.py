"""Runs a whole experiment with each kind of part from a module outside the package: adding one touches one file.
Knows nothing about the built-in parts."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Folder
from tests.conftest import PROJECT
from tests.tiny_experiment import Runner, experiment
from workbench.planning.plan import make_plan
from workbench.planning.preparation import catalogue_of, prepare
from workbench.space.files import parse_experiment

MODULE = '''
"""Somebody's own parts."""

from pydantic import Field

from workbench.parts.part import (
    PartSettings, QueryTransform, Reranker, Retriever, Score, Splitter, Strategy,
)
from workbench.search.types import Ask, Step


def score_length(context, most=20):
    return min(1.0, len((context.answer or "").split()) / most)


class LengthSettings(PartSettings):
    most: int = Field(20, ge=1, description="Words of an answer that has 1")


LENGTH = Score(
    name="length", label="Length", help="Words.", function=score_length, settings=LengthSettings,
    higher_is_better=False,
)


def split_lines(text, chunk_tokens, chunk_overlap, least=1):
    spans, start = [], 0
    for line in text.splitlines(keepends=True):
        if len(line.strip()) >= least:
            spans.append((start, start + len(line.rstrip())))
        start += len(line)
    return spans


class LineSettings(PartSettings):
    least: int = Field(1, ge=1, description="Characters of the shortest line that is a chunk")


LINES = Splitter(name="lines", label="Lines", help="Lines.", function="PLACE:split_lines", settings=LineSettings)


def by_position(searchable, queries, n, skip=0):
    ranked = [(i, 1.0 / (1 + i)) for i in range(skip, len(searchable.chunks))]
    return [ranked[:n] for _ in queries]


class PositionSettings(PartSettings):
    skip: int = Field(0, ge=0, description="Chunks that are left out at the start")


POSITION = Retriever(
    name="position", label="Position", help="In order.", function=by_position, settings=PositionSettings
)


async def turn_round(question, hits, context):
    return list(reversed(hits)), ("turned",)


REVERSED = Reranker(name="reversed", label="Reversed", help="Turns the order round.", function=turn_round)


async def say(question, context, word="tank"):
    return word


class WordSettings(PartSettings):
    word: str = Field("tank", description="What is searched for, whatever the question")


WORD = QueryTransform(
    name="word", label="A word", help="Searches for one word.", function=say, settings=WordSettings
)


def first_ones(field, *, step=1):
    for config in range(0, field.configs, step):
        yield Step([Ask(config, range(field.questions))])


class FirstSettings(PartSettings):
    step: int = Field(1, ge=1, description="Every how manyth configuration is asked")


EVERY = Strategy(
    name="every", label="Every", help="Some of them.", function=first_ones, settings=FirstSettings,
    asks="some configurations",
)
'''


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The import path of a module with a part of each kind."""
    name = "parts_of_a_test"
    (tmp_path / f"{name}.py").write_text(MODULE.replace("PLACE", name))
    monkeypatch.syspath_prepend(str(tmp_path))
    yield name
    sys.modules.pop(name, None)


def retrieval(**axes: Any) -> dict[str, Any]:
    return {"splitter": ["markdown"], "chunk_tokens": [64], "retriever": ["keyword"], "top_k": [2]} | axes


def by_name(leaderboard: Any, axis: str) -> dict[str, Any]:
    return {trial["config"]["retrieval"][axis]: trial for trial in leaderboard["trials"]}


def test_a_score(runner: Runner, mine: str) -> None:
    result = runner.run(experiment(scores=["correctness", f"{mine}:LENGTH", {f"{mine}:LENGTH": {"most": 2}}]))
    scores = result.leaderboard["trials"][0]["scores"]
    short, long = scores[f"{mine}:LENGTH(most=2)"], scores[f"{mine}:LENGTH"]
    assert result.state == "done" and 0 < long["mean"] < short["mean"] <= 1


def test_a_score_as_the_objective(runner: Runner, mine: str) -> None:
    result = runner.run(experiment(scores=[f"{mine}:LENGTH"], objective={"minimize": f"{mine}:LENGTH"}))
    assert [trial["rank"] for trial in result.leaderboard["trials"]] == [1, 2]


def test_a_splitter(runner: Runner, mine: str) -> None:
    axes = retrieval(splitter=["markdown", f"{mine}:LINES", {f"{mine}:LINES": {"least": 12}}], top_k=[50])
    result = runner.run(experiment(retrieval=axes, scores=["retrieval", "correctness"]))
    trials = by_name(result.leaderboard, "splitter")
    assert set(trials) == {"markdown", f"{mine}:LINES", f"{mine}:LINES(least=12)"}
    assert all(trial["scores"]["retrieval_recall"]["mean"] > 0 for trial in trials.values())


def test_a_retriever(runner: Runner, mine: str) -> None:
    own = f"{mine}:POSITION"
    axes = retrieval(retriever=["keyword", own, {own: {"skip": 1}}], top_k=[1])
    result = runner.run(experiment(retrieval=axes, scores=["retrieval", "correctness"]))
    trials = by_name(result.leaderboard, "retriever")
    assert set(trials) == {"keyword", own, f"{own}(skip=1)"}
    recall = {name: trial["scores"]["retrieval_recall"]["mean"] for name, trial in trials.items()}
    assert recall["keyword"] == 1.0 and 0 < recall[own] < 1.0 and recall[own] != recall[f"{own}(skip=1)"]


def test_a_reranker(runner: Runner, mine: str) -> None:
    axes = retrieval(retriever=["dense"], rerank=["none", f"{mine}:REVERSED"], top_k=[1])
    result = runner.run(experiment(retrieval=axes, scores=["retrieval", "correctness"]))
    trials = by_name(result.leaderboard, "rerank")
    plain, turned = (trials[name]["scores"]["retrieval_mrr"]["mean"] for name in ("none", f"{mine}:REVERSED"))
    assert plain > turned


def test_a_query_transform(runner: Runner, mine: str) -> None:
    own = f"{mine}:WORD"
    axes = retrieval(query=["plain", own, {own: {"word": "heater"}}], top_k=[1])
    result = runner.run(experiment(retrieval=axes, scores=["retrieval", "correctness"]))
    trials = by_name(result.leaderboard, "query")
    recall = {name: trial["scores"]["retrieval_recall"]["mean"] for name, trial in trials.items()}
    assert recall == {"plain": 1.0, own: 0.4, f'{own}(word="heater")': 0.4}


def test_a_search_strategy_with_its_settings_beside_it(runner: Runner, mine: str) -> None:
    axes = retrieval(retriever=["keyword", "dense"], top_k=[1, 2, 3])
    written = experiment(
        retrieval=axes, search={"strategy": f"{mine}:EVERY", "step": 2}, scores=["correctness"]
    )
    plan = make_plan(
        prepare(written, runner.settings, catalogue_of(runner.store)), runner.settings, runner.store
    )
    assert plan.configs == 6
    result = runner.run(written)
    ranks = [trial["rank"] for trial in result.leaderboard["trials"]]
    assert result.state == "done" and sorted(r for r in ranks if r is not None) == [1, 2, 3]


def test_running_it_again_asks_nothing_again(runner: Runner, mine: str) -> None:
    def run(name: str) -> Any:
        axes = retrieval(retriever=[f"{mine}:POSITION"], splitter=[f"{mine}:LINES"])
        return runner.run(experiment(name=name, retrieval=axes, scores=[f"{mine}:LENGTH", "correctness"]))

    first, again = run("first"), run("again")
    assert first.leaderboard["trials"][0]["scores"] == again.leaderboard["trials"][0]["scores"]


def test_from_the_folder_in_which_the_command_runs(folder: Folder) -> None:
    folder.write("my_parts.py", MODULE.replace("PLACE", "my_parts"))
    text = folder.file.read_text().replace("retriever: [keyword, dense]", "retriever: ['my_parts:POSITION']")
    folder.write("experiments/own.yaml", text.replace("[grounding,", "['my_parts:LENGTH', grounding,"))
    refused = folder.run("run", "experiments/own.yaml", code=2).stderr
    assert "my_parts.py contains Python code" in refused and "--allow-code" in refused
    done = folder.json("run", "experiments/own.yaml", "--allow-code")
    assert done["state"] == "done"
    folder.write("experiments/gone.yaml", text.replace("my_parts", "no_parts"))
    assert (
        "'no_parts:POSITION' cannot be imported" in folder.run("plan", "experiments/gone.yaml", code=2).stderr
    )


def test_the_example_of_the_docs_works_as_it_stands(
    runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (PROJECT / "docs" / "parts.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"```(python|yaml)\n(.*?)```", text, re.DOTALL))
    (tmp_path / "my_parts.py").write_text(blocks["python"])
    monkeypatch.syspath_prepend(str(tmp_path))
    head = "name: t\ncorpus: tiny\nprompts: [concise]\nmodels: [embedded/extractive]\n"
    try:
        result = runner.run(parse_experiment(head + blocks["yaml"]))
    finally:
        sys.modules.pop("my_parts", None)
    retrievers = by_name(result.leaderboard, "retriever")
    assert set(retrievers) == {"hybrid", "my_parts:TITLE_FIRST", "my_parts:TITLE_FIRST(bonus=2.0)"}
    assert all("my_parts:POLITE" in trial["scores"] for trial in retrievers.values())
