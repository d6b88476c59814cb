"""Routes in a run: their answers are those of their ends, and cost what both calls cost.
Knows nothing about how a route is fitted: tests/routing does that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import Runner, experiment, local_model
from workbench.api import prepare_experiment
from workbench.corpus.types import AskedQuestion
from workbench.pipeline.question_features import question_features, strong_probability
from workbench.pipeline.retrieval_features import FoundPassage, retrieval_features
from workbench.planning.plan import make_plan
from workbench.results.leaderboard import leaderboard_to_json
from workbench.scoring.route_signals import measure_signals
from workbench.ship.export import export_winner
from workbench.ship.load import load_winner
from workbench.space.experiment import ExperimentFile
from workbench.space.file_writing import experiment_to_yaml
from workbench.space.files import parse_experiment
from workbench.space.route import RETRIEVAL_FEATURES, USUAL_WEIGHTS, Route, RouterWeights
from workbench.store.answers import find_answers
from workbench.store.experiments import get_experiment
from workbench.store.free_rows import find_retrievals
from workbench.store.ledger import sum_calls
from workbench.store.trials import get_trials
from workbench.store.usage import count_experiments, uses_model

CHEAP, STRONG = "embedded/extractive", "embedded/extractive-tuned"
CASCADE = {
    "name": "cheap-first", "cascade": [CHEAP, "local"],
    "escalate_when": {"grounding_below": 0.8, "declined": True, "thin_retrieval": 0.6},
}  # fmt: skip
ROUTER = {
    "name": "by-question",
    "router": [CHEAP, "local"],
    "weights": {"features": {"words": 0.5}, "intercept": -2.3},
}


@pytest.fixture
def routed() -> Iterator[ExperimentFile]:
    with ProtocolServer() as server:
        yield experiment(
            models=[CHEAP, local_model(server)],
            retrieval={
                "splitter": ["markdown"],
                "chunk_tokens": [64],
                "retriever": ["keyword"],
                "top_k": [2],
            },
            routes=[CASCADE, ROUTER],
        )


def answers_by_model(runner: Runner, experiment_id: str) -> dict[str, dict[str, Any]]:
    names = {t.id: t.config.model.name for t in get_trials(runner.store, experiment_id)}
    found: dict[str, dict[str, Any]] = {}
    for answer in find_answers(runner.store, experiment_id, limit=None):
        found.setdefault(names[answer.trial_id], {})[answer.question.id] = answer
    return found


def grounding_of(answer: Any) -> float | None:
    return next(s.value for s in answer.scores if s.name == "grounding")


def test_a_route_answers_what_its_rule_makes_of_its_ends(runner: Runner, routed: ExperimentFile) -> None:
    result = runner.run(routed)
    assert result.state == "done"
    found = answers_by_model(runner, result.id)
    escalations = {"cheap-first": 0, "by-question": 0}
    rule = parse_experiment(experiment_to_yaml(routed)).routes[0].escalate_when
    weights = parse_experiment(experiment_to_yaml(routed)).routes[1].weights
    for route in escalations:
        assert len(found[route]) == len(found[CHEAP]) == len(found["local"]) == 7
        for question_id, answer in found[route].items():
            cheap, strong = found[CHEAP][question_id], found["local"][question_id]
            if route == "cheap-first":
                signals = measure_signals(
                    cheap.question.text, cheap.text, [p.text for p in cheap.passages], grounding_of(cheap)
                )
                escalates = bool(rule.reasons(signals.grounding, signals.declined, signals.coverage))
            else:
                asked = AskedQuestion(cheap.question.text)
                escalates = strong_probability(weights, question_features(asked)) > 0.5
            taken = strong if escalates else cheap
            assert (answer.text, answer.passages) == (taken.text, taken.passages)
            assert {s.name: s.value for s in answer.scores} == {s.name: s.value for s in taken.scores}
            assert ("escalated" in answer.flags) == escalates
            both = escalates and route == "cheap-first"
            paid = taken.cost_usd + (cheap.cost_usd if both else 0)
            assert answer.cost_usd == pytest.approx(paid, rel=0.2)  # both ends searched, which is paid once
            escalations[route] += escalates
    assert all(0 < n < 7 for n in escalations.values()), escalations


def test_a_route_between_trials_makes_no_call_of_its_own(runner: Runner, routed: ExperimentFile) -> None:
    plain = routed.model_copy(update={"routes": []})
    runner.run(plain)
    before = sum_calls(runner.store)
    plan = make_plan(prepare_experiment(routed, runner.settings, runner.store), runner.settings, runner.store)
    assert plan.configs == 4 and plan.stages["generate"].left == 0 and plan.cost_usd is not None
    result = runner.run(routed)
    assert result.state == "done"
    assert [(c.kind, c.calls) for c in sum_calls(runner.store)] == [(c.kind, c.calls) for c in before]
    rows = {row["name"]: row for row in leaderboard_to_json(runner.store, result.id)["trials"]}
    ends = sorted(rows[name]["cost_per_1k_questions"] for name in ("extractive", "local"))
    assert ends[0] < rows["by-question"]["cost_per_1k_questions"] < ends[1]
    assert ends[0] <= rows["cheap-first"]["cost_per_1k_questions"] < sum(ends)
    assert rows["cheap-first"]["config"]["route"] == "cheap-first"
    assert count_experiments(runner.store, uses_model("local")) == 2
    assert len(find_retrievals(runner.store, result.id)) == 1


def test_the_plan_of_ends_that_are_not_tried(runner: Runner, routed: ExperimentFile) -> None:
    """The strong end may be asked nothing, and at most everything."""
    alone = routed.model_copy(update={"models": [CHEAP], "routes": routed.routes[:1]})
    inline = [CHEAP, routed.models[1]]
    route = routed.routes[0].with_ends(inline)
    alone = alone.model_copy(update={"routes": [route]})
    prepared = prepare_experiment(alone, runner.settings, runner.store)
    plan = make_plan(prepared, runner.settings, runner.store)
    assert plan.configs == 2
    assert plan.stages["generate"].distinct == 2 * 5 + 2 * 2
    result = runner.run(alone)
    assert result.state == "done"


def test_a_route_is_exported_and_answers_as_in_the_run(
    runner: Runner, routed: ExperimentFile, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = runner.run(routed)
    [trial] = [t for t in get_trials(runner.store, result.id) if t.config.model.name == "cheap-first"]
    file = export_winner(runner.store, result.id, out=tmp_path / "winner.yaml", trial_id=trial.id)
    winner = load_winner(file, settings=runner.settings)
    assert winner.winner.to_config().id == trial.config.id
    asked = answers_by_model(runner, result.id)["cheap-first"]
    for answer in asked.values():
        again = winner.answer(answer.question.text)
        assert again.answer == answer.text
        assert ("escalated" in again.flags) == ("escalated" in answer.flags)
        assert again.cost_usd == pytest.approx(answer.cost_usd, rel=0.2)


def test_a_route_with_whole_ends_stands_beside_the_axes(runner: Runner) -> None:
    ends = [
        {"prompt": "concise", "retrieval": {"splitter": "markdown", "chunk_tokens": 64, "retriever": "keyword", "top_k": k}, "model": CHEAP}
        for k in (1, 3)
    ]  # fmt: skip
    written = experiment(
        retrieval={"splitter": ["markdown"], "chunk_tokens": [64], "retriever": ["keyword"], "top_k": [2]},
        routes=[{"name": "wider", "cascade": ends}],
    )
    result = runner.run(written)
    assert result.state == "done"
    board = {row["name"]: row for row in leaderboard_to_json(runner.store, result.id)["trials"]}
    assert board["wider"]["config"]["prompt"] is None and board["wider"]["config"]["route"] == "wider"
    assert get_experiment(runner.store, result.id).experiment.routes[0].is_whole


def test_a_strong_end_that_cannot_be_used_pauses_and_keeps_what_the_cheap_end_answered(
    runner: Runner, routed: ExperimentFile
) -> None:
    unknown = routed.models[1].model_copy(update={"model": "no-such-model"})
    result = runner.run(routed.model_copy(update={"models": [CHEAP, unknown], "routes": routed.routes[:1]}))
    assert result.state == "paused"
    found = answers_by_model(runner, result.id)
    kept = [a for a in found.get("cheap-first", {}).values() if a.state == "ok"]
    assert kept and all("escalated" not in a.flags for a in kept)


def test_usual_weights_are_of_known_features() -> None:
    features = question_features(AskedQuestion("Why is a heater better than a fan, and what does it cost?"))
    assert 0 < strong_probability(USUAL_WEIGHTS, features) < 1
    assert features["compares"] == features["explains"] == 1


def test_a_router_that_looks_at_what_is_retrieved_decides_alike_in_a_run_and_in_use(
    runner: Runner, tmp_path: Any
) -> None:
    """What the cheap end retrieved is paid, also where the strong one retrieves anew; but once where the strong
    one only gives its prompt something else of it."""
    cheap, otherwise, alike = (
        {
            "prompt": "concise",
            "retrieval": {"splitter": "markdown", "chunk_tokens": 64, **own},
            "model": CHEAP,
        }
        for own in (
            {"retriever": "hybrid", "top_k": 1},
            {"retriever": "keyword", "top_k": 3},
            {"retriever": "hybrid", "top_k": 1, "returns": "window:1"},
        )
    )
    ends = [cheap, otherwise]
    weights = {"intercept": 8.0, "retrieval": {"covered": -10.0, "lead": -1.0}}
    written = experiment(
        retrieval={"splitter": ["markdown"], "chunk_tokens": [64], "retriever": ["keyword"], "top_k": [2]},
        routes=[
            {"name": "by-retrieval", "router": ends, "weights": weights},
            {"name": "always", "router": ends, "weights": {"strong_above": 0.0}},
            {"name": "alike", "router": [cheap, alike], "weights": weights},
            {"name": "always alike", "router": [cheap, alike], "weights": {"strong_above": 0.0}},
        ],
    )
    result = runner.run(written)
    assert result.state == "done"
    # By number: routes between the same models go by one name.
    trials = dict(
        zip([route.name for route in written.routes], get_trials(runner.store, result.id)[-4:], strict=True)
    )
    answers = find_answers(runner.store, result.id, limit=None)
    found = {
        name: {a.question.id: a for a in answers if a.trial_id == trial.id} for name, trial in trials.items()
    }
    escalated = {id_ for id_, answer in found["by-retrieval"].items() if "escalated" in answer.flags}
    assert 0 < len(escalated) < len(found["by-retrieval"])
    for id_ in escalated:
        assert found["by-retrieval"][id_].cost_usd > found["always"][id_].cost_usd
        assert found["alike"][id_].cost_usd == pytest.approx(found["always alike"][id_].cost_usd)
    trial = trials["by-retrieval"]
    file = export_winner(runner.store, result.id, out=tmp_path / "winner.yaml", trial_id=trial.id)
    winner = load_winner(file, settings=runner.settings)
    assert winner.winner.to_config().id == trial.config.id
    for id_, answer in found["by-retrieval"].items():
        again = winner.answer(answer.question.text)
        assert (again.answer, "escalated" in again.flags) == (answer.text, id_ in escalated)
        assert again.cost_usd > 0


def test_what_is_retrieved_is_described_by_how_scores_fall_and_words_are_covered() -> None:
    found = [
        FoundPassage("a.md", "The tank is blue. It holds two litres.", 4.0),
        FoundPassage("b.md", "How many litres a tank holds differs.", 3.0),
    ]
    features = retrieval_features("How many litres does the tank hold?", found)
    assert tuple(features) == RETRIEVAL_FEATURES
    assert features["lead"] == 0.25 and features["spread"] == 1.0 and features["same_document"] == 1.0
    assert features["sentence"] < features["covered"] <= features["covered_together"] == 1.0
    assert features["sentence_elsewhere"] > 0
    assert set(retrieval_features("How many litres?", []).values()) == {0.0}


def test_routers_that_look_at_no_retrieval_keep_their_identity() -> None:
    """Else every stored configuration of a router would be another one."""
    plain = Route(name="r", router=["a", "b"])
    assert "retrieval" not in plain.content["rule"]
    looks = Route(name="r", router=["a", "b"], weights=RouterWeights(retrieval={"lead": -1.0}))
    assert looks.content["rule"]["retrieval"] == {"lead": -1.0}
