"""Experiments that improve a prompt after their search, over real HTTP: what is asked, kept, paid and said.
Knows nothing about how a prompt is improved."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.prompt_optimisation.corpus import optimised, write_things
from tests.protocol_server import ProtocolServer, Refuse
from tests.protocol_server.reflecting import Reflecting, is_reflecting, obey
from tests.run.test_promises import Remote
from tests.tiny_experiment import Runner, local_model
from workbench.api import prepare_experiment
from workbench.cli.texts.experiments import plan_text
from workbench.errors import ExperimentError
from workbench.planning.plan import make_plan
from workbench.results.optimised_prompts import find_optimised_prompts
from workbench.settings import Settings
from workbench.space.file_writing import experiment_to_yaml, to_experiment_file
from workbench.space.files import parse_experiment
from workbench.store.answers import find_answers
from workbench.store.catalogue import list_family
from workbench.store.experiments import get_experiment
from workbench.store.trials import get_trials


@pytest.fixture
def things(settings: Settings, tmp_path: Path) -> Runner:
    write_things(tmp_path / "corpora" / "things")
    return Runner(replace(settings, corpora=tmp_path / "corpora"))


@pytest.fixture
def server() -> Iterator[ProtocolServer]:
    with ProtocolServer(reply=Reflecting(bad=lambda n: {1: "drops"}.get(n))) as server:
        yield server


def reflections(server: ProtocolServer) -> list[dict[str, Any]]:
    return [body for body in server.posts if is_reflecting(body["messages"])]


def test_an_improved_prompt_is_a_version_a_trial_and_judged_on_held_out_questions(
    things: Runner, server: ProtocolServer
) -> None:
    result = things.run(optimised(local_model(server)))
    assert result.state == "done"
    [found] = find_optimised_prompts(things.store, result.id)
    assert found.prompt == "thorough-optimised@1" and found.start == "thorough@1"
    assert found.held_out is not None and found.held_out.mean is not None and found.held_out.mean > 0
    assert (
        found.held_out.questions == 6
        and "correctness over thorough@1 on 6 held-out questions" in found.in_words
    )
    child = next(v for v in list_family(things.store, "thorough") if v.prompt.name == "thorough-optimised")
    assert child.parent == "thorough@1" and "one sentence" in child.reason and child.source == "optimising"
    rows = {row["trial"]: row for row in result.leaderboard["trials"]}
    assert len(rows) == 2 and rows[found.trial]["rank"] == 1
    assert all(row["holdout"]["correctness"]["count"] == 6 for row in rows.values())
    asked = {(a.trial_id, a.part) for a in find_answers(things.store, result.id, limit=None)}
    assert {part for _, part in asked} == {"search", "holdout"}  # train questions are answers of no trial
    assert result.leaderboard["optimised_prompts"][0]["proposals"][0]["number"] == 0
    assert result.status["calls"]["made"] >= len(server.posts)


def test_the_same_experiment_again_proposes_the_same_and_asks_nothing(
    things: Runner, server: ProtocolServer
) -> None:
    written = optimised(local_model(server))
    first = things.run(written)
    posts = len(server.posts)
    second = things.run(written)
    assert first.id != second.id and len(server.posts) == posts
    one, two = (find_optimised_prompts(things.store, result.id)[0] for result in (first, second))
    kept = [(p.number, p.state, p.template, p.score) for p in one.proposals]
    assert kept == [(p.number, p.state, p.template, p.score) for p in two.proposals]
    assert one.prompt == two.prompt


@pytest.mark.parametrize("at", [1, 2])
def test_a_stop_while_it_reflects_takes_effect_within_2_s_and_a_resumed_run_pays_nothing_again(
    things: Runner, at: int
) -> None:
    remote, stopped_at = Remote(), [0.0]
    reflecting = Reflecting(bad=lambda n: {1: "copies"}.get(n))

    def reply(messages: Any) -> str:
        if is_reflecting(messages) and len(reflecting.reflected) + 1 == at and not stopped_at[0]:
            stopped_at[0] = time.monotonic()
            threading.Thread(target=remote.stop).start()
        return reflecting(messages)

    with ProtocolServer(reply=reply) as server:
        result = things.run(optimised(local_model(server)), make_stop_signal=remote.make)
        took = time.monotonic() - stopped_at[0]
        assert result.state == "stopped" and took < 2
        done = things.run(result.id)
        bodies = [json.dumps(body) for body in server.posts]
    assert done.state == "done" and len(bodies) == len(set(bodies))
    [found] = find_optimised_prompts(things.store, result.id)
    assert found.done and found.prompt is not None


def test_an_experiment_whose_proposals_are_all_refused_is_done_and_says_so(things: Runner) -> None:
    kinds = ["drops", "nonsense", "empty", "copies", "brace", "same"]
    with ProtocolServer(reply=Reflecting(bad=lambda n: kinds[n % len(kinds)])) as server:
        result = things.run(optimised(local_model(server)))
    assert result.state == "done" and len(result.leaderboard["trials"]) == 1
    [found] = find_optimised_prompts(things.store, result.id)
    assert found.prompt is None and {p.state for p in found.proposals[1:]} == {"refused"}
    assert "No better prompt than thorough@1 was found" in found.in_words and "6 refused" in found.in_words
    assert any("No better prompt than thorough@1" in line for line in result.status["defect_remarks"])


def test_a_reflecting_model_that_is_down_pauses_and_the_rest_stands_until_it_is_back(things: Runner) -> None:
    down = [True]

    def plan(n: int, path: str, body: dict[str, Any]) -> Refuse | None:
        return Refuse(401) if down[0] and is_reflecting(body["messages"]) else None

    with ProtocolServer(reply=Reflecting(), plan=plan) as server:
        model = local_model(server)
        result = things.run(optimised(model, {**model, "name": "thinker"}))
        assert result.state == "paused" and "thinker" in result.status["message"]
        down[0] = False
        done = things.run(result.id)
        bodies = [json.dumps(body) for body in server.posts if not is_reflecting(body["messages"])]
    assert done.state == "done" and len(bodies) == len(set(bodies))
    assert find_optimised_prompts(things.store, result.id)[0].prompt is not None


def test_its_own_budget_ends_it_and_the_experiment_goes_on(things: Runner) -> None:
    def reply(messages: Any) -> str:
        return "talk " * 400 if is_reflecting(messages) else obey(messages)

    with ProtocolServer(reply=reply) as server:
        dear = local_model(server, price={"input_per_million": 10.0, "output_per_million": 50.0})
        result = things.run(optimised(dear, budget_usd=0.21))
    [found] = find_optimised_prompts(things.store, result.id)
    assert result.state == "done" and "budget of this optimisation" in found.ended
    assert 0 < found.cost_usd <= 0.21


def test_the_plan_counts_and_prices_it_and_names_what_is_sent(things: Runner, server: ProtocolServer) -> None:
    prepared = prepare_experiment(optimised(local_model(server), calls=160), things.settings, things.store)
    plan = make_plan(prepared, things.settings, things.store).to_json()
    [one] = plan["optimise"]
    assert (one["from"], one["model"], one["cells"], one["calls"]) == ("thorough@1", "local", 1, 160)
    assert one["train_questions"] == 8 and one["answers"] == 8 + 2 * 6
    assert 0 < one["cost_usd"]["low"] < one["cost_usd"]["high"] < plan["cost_usd"]["high"]
    assert "Then thorough@1 is improved by local" in plan_text(plan)
    assert "reference answers" in plan["hosts"][0]["sends"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"calls": 12}, "not enough for one round"),
        ({"budget_usd": 0.0001}, "one round needs about"),
    ],
)
def test_what_cannot_do_one_round_is_an_error_of_the_plan(
    things: Runner, server: ProtocolServer, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(ExperimentError, match=said):
        prepare_experiment(optimised(local_model(server), **given), things.settings, things.store)


def test_too_few_train_questions_and_an_unpriced_model_under_a_cap_are_errors(
    runner: Runner, server: ProtocolServer
) -> None:
    with pytest.raises(ExperimentError, match="at least 4 train questions, and there is 1"):
        prepare_experiment(optimised(local_model(server), corpus="tiny"), runner.settings, runner.store)
    write_things(runner.settings.corpora / "things")
    model = local_model(server)
    thinker = {name: value for name, value in model.items() if name != "price"} | {"name": "thinker"}
    with pytest.raises(ExperimentError, match="thinker has no price"):
        prepare_experiment(optimised(model, thinker, budget_usd=1), runner.settings, runner.store)


def test_an_experiment_with_it_is_written_as_a_file_and_back(things: Runner, server: ProtocolServer) -> None:
    written = optimised(local_model(server), calls=60)
    assert parse_experiment(experiment_to_yaml(written)) == written
    stored = get_experiment(things.store, things.create(written)).experiment
    again = to_experiment_file(stored, {}, lambda prompt: prompt)
    resolved = prepare_experiment(again, things.settings, things.store).experiment
    assert resolved.optimise == stored.optimise and resolved.prompts == stored.prompts


def test_trials_of_a_proposing_search_stay_apart_from_those_that_are_added(
    things: Runner, server: ProtocolServer
) -> None:
    written = optimised(local_model(server))
    axes = written.retrieval.model_copy(update={"top_k": [1, 2, 3]})
    search = type(written.search).model_validate({"strategy": "tpe", "trials": 2})
    written = written.model_copy(update={"retrieval": axes, "search": search})
    remote = Remote()

    def reply(messages: Any) -> str:
        if is_reflecting(messages):
            remote.stop()
        return Reflecting()(messages)

    server.reply = reply
    result = things.run(written, make_stop_signal=remote.make)
    server.reply = Reflecting()
    done = things.run(result.id)
    assert (result.state, done.state) == ("stopped", "done")
    assert len(get_trials(things.store, result.id)) == 3
