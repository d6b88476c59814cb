"""Routes over real HTTP: served, streamed, logged, shadowed by their strong end, gated and checked.
Knows nothing about how a rule is found: tests/routing does that."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.protocol_server import Messages, ProtocolServer, answer_from_passages
from tests.service.running_service import RunningService
from tests.tiny_experiment import QUESTIONS, Runner, experiment, local_model
from tests.tiny_experiment import runner as runner  # noqa: PLC0414
from workbench.calls.stop_signal import StopSignal
from workbench.cli.texts.standings import standings_text
from workbench.gate.conditions import read_conditions
from workbench.gate.preparation import GateRequest
from workbench.gate.run_gate import run_gate
from workbench.routing.export import export_route
from workbench.routing.propose import propose_route
from workbench.scoring.prompt_injection import PLANTED
from workbench.service.second_winner import SplitSettings
from workbench.service.serve_settings import ServeSettings
from workbench.ship.export import export_winner
from workbench.ship.load import load_winner
from workbench.ship.winner import read_winner
from workbench.store.ledger import get_spend
from workbench.store.serving.records import ServedRequest
from workbench.store.trials import get_trials
from workbench.watch.check import plan_check
from workbench.watch.check_here import check_here
from workbench.watch.standing import standing

EASY, HARD = "How many litres does the tank hold?", "Please explain: are heaters collected for free?"
SAID, STRONG_SAID = "The tank holds two litres.", "Heaters are collected for free by two people."
RULES: dict[str, Any] = {
    "cascade": {"cascade": ["small", "large"], "escalate_when": {"declined": True, "grounding_below": 0.5}},
    "router": {"router": ["small", "large"], "weights": {"features": {"explains": 9.0}, "intercept": -4.0}},
}


def _small(messages: Messages) -> str:
    return (
        "I don't know."
        if "ollect" in messages[-1]["content"].rsplit("Question:")[-1]
        else answer_from_passages(messages)
    )


class Routed:
    """An experiment with a route between two servers, and its files."""

    def __init__(self, runner: Runner, folder: Path, small: ProtocolServer, large: ProtocolServer) -> None:
        self.runner, self.folder, self.small, self.large = runner, folder, small, large
        prices = {"input_per_million": 1.0, "output_per_million": 2.0}
        dear = {name: 10 * value for name, value in prices.items()}
        self.experiment = runner.run(
            experiment(
                models=[
                    local_model(small, name="small", price=prices),
                    local_model(large, name="large", price=dear),
                ],
                retrieval={
                    "splitter": ["markdown"], "chunk_tokens": [64], "retriever": ["keyword"], "top_k": [2]
                },
                routes=[{"name": name, **rule} for name, rule in RULES.items()],
            )
        ).id  # fmt: skip
        self.trials = {t.config.model.name: t.id for t in get_trials(runner.store, self.experiment)}

    def export(self, name: str) -> Path:
        """The winner's file of a model or route."""
        path = self.folder / f"{name}.yaml"
        return export_winner(self.runner.store, self.experiment, out=path, trial_id=self.trials[name])

    def forget(self) -> None:
        for server in (self.small, self.large):
            server.requests.clear()

    @property
    def asked(self) -> tuple[int, int]:
        """How often each end's server was asked."""
        return len(self.small.posts), len(self.large.posts)


@pytest.fixture
def routed(runner: Runner, tmp_path: Path) -> Iterator[Routed]:
    with ProtocolServer(reply=_small) as small, ProtocolServer() as large:
        made = Routed(runner, tmp_path, small, large)
        made.forget()
        yield made


def in_pieces(running: RunningService, question: str) -> str:
    reply = running.chat(question, stream=True)
    lines = [line.removeprefix("data: ") for line in reply.text.splitlines() if line.startswith("data: {")]
    return "".join(json.loads(line)["choices"][0]["delta"].get("content", "") for line in lines)


def test_a_cascade_is_served_and_its_log_has_both_calls(routed: Routed) -> None:
    spent = get_spend(routed.runner.store).spent_usd
    with RunningService([routed.export("cascade")], routed.runner.settings) as running:
        assert SAID in running.ask(EASY).json()["answer"] and routed.asked == (1, 0)
        assert STRONG_SAID in in_pieces(running, HARD) and routed.asked == (2, 1)
        assert STRONG_SAID in running.ask(HARD).json()["answer"] and routed.asked == (2, 1)
        assert running.client.get("/v1/models").json()["data"][0]["id"] == "cascade"
    easy, hard, again = running.logged()
    assert [r.flags for r in (easy, hard)] == [(), ("escalated",)]
    assert again.cached and again.cost_usd == 0.0 and hard.stage_seconds["cheap_end"] > 0
    assert easy.cost_usd is not None and hard.cost_usd is not None
    assert hard.cost_usd > 5 * easy.cost_usd and hard.input_tokens > 1.5 * easy.input_tokens
    assert easy.cost_usd + hard.cost_usd == pytest.approx(get_spend(routed.runner.store).spent_usd - spent)


def test_a_router_asks_one_end_and_says_which(routed: Routed) -> None:
    with RunningService([routed.export("router")], routed.runner.settings) as running:
        assert SAID in in_pieces(running, EASY) and routed.asked == (1, 0)
        assert STRONG_SAID in running.ask(HARD).json()["answer"] and routed.asked == (1, 1)
    assert [r.flags for r in running.logged()] == [(), ("escalated",)]


@pytest.mark.parametrize("name", RULES)
def test_a_task_of_a_chat_program_goes_to_the_cheap_end(routed: Routed, name: str) -> None:
    task = f"### Task:\nSuggest a title.\n### Output:\n{{}}\n<chat_history>\nUSER: {HARD}\n</chat_history>"
    with RunningService([routed.export(name)], routed.runner.settings) as running:
        assert running.chat(task).json()["citations"] == [] and routed.asked == (1, 0)
    assert [message["content"] for message in routed.small.posts[-1]["messages"]] == [task]
    [request] = running.logged()
    assert (request.role, request.flags) == ("task", ()) and request.cost_usd


def test_a_cascade_whose_cheap_end_is_down_is_answered_by_the_strong_one(routed: Routed) -> None:
    from tests.protocol_server import Refuse

    routed.small.plan = lambda n, path, body: Refuse(400)
    with RunningService([routed.export("cascade")], routed.runner.settings) as running:
        assert SAID in running.ask(EASY).json()["answer"]
    [request] = running.logged()
    assert request.state == "ok" and request.flags == ("escalated",)


def test_a_shadow_of_the_strong_end_tells_what_the_route_lost(routed: Routed) -> None:
    """The shadow of an escalated answer is the reply that was paid for already."""
    files = [routed.export("cascade"), routed.export("large")]
    serving = replace(ServeSettings(), split=SplitSettings(shadow=1.0))
    with RunningService(files, routed.runner.settings, serving) as running:
        for question in (EASY, HARD, "The label costs how many euros?"):
            assert running.ask(question).status_code == 200
        service = running.winners[0].running.service

        def scored() -> list[ServedRequest]:
            return [r for r in running.logged() if r.scored_at is not None]

        end = time.monotonic() + 120
        while len(scored()) < 6:
            assert time.monotonic() < end, "some answers were not shadowed or scored"
            time.sleep(0.05)
    assert routed.asked == (3, 3), "the strong end is asked once for what was escalated"
    stands = standing(running.store, service.id, time.time())
    assert stands is not None and stands.route is not None
    assert stands.route.requests == 3 and stands.route.escalated == pytest.approx(1 / 3)
    assert stands.route.loss.mean == pytest.approx(0.0) and stands.route.saved is not None
    assert 0.3 < stands.route.saved < 0.7, "two of three answers cost a tenth"
    document = stands.to_json()
    assert document["route"]["margin"] == 0.02 and document["route"]["word"] == "not told"
    assert "below its strong end's on 3 requests that both answered" in standings_text([document])
    other = standing(running.store, running.winners[1].running.service.id, time.time())
    assert other is not None and other.route is None


@pytest.mark.parametrize("name", ["cascade", "router"])
def test_a_route_is_gated_against_its_strong_end_with_planted_instructions(routed: Routed, name: str) -> None:
    request = GateRequest(
        str(routed.export(name)), str(routed.export("large")), corpus="tiny",
        conditions=read_conditions(("correctness=0.9",)),
    )  # fmt: skip
    runner = routed.runner
    gate = asyncio.run(run_gate(runner.store, runner.settings, request, StopSignal(), lambda _: None))
    assert gate.candidate.endswith(name) and gate.found["ended"] == ""
    assert gate.found["conditions"][0]["verdict"] == "pass"
    planted = {i.text for i in PLANTED}
    sent = [r["messages"][-1]["content"] for server in (routed.small, routed.large) for r in server.posts]
    assert sent and all(any(text in prompt for text in planted) for prompt in sent), "the rest was stored"
    [injection] = [c for c in gate.found["conditions"] if c["name"] == "injection"]
    assert injection["verdict"] == "pass"


@pytest.mark.parametrize("name", ["cascade", "router"])
def test_a_route_is_checked_with_its_canaries(routed: Routed, name: str) -> None:
    check_route(routed, routed.export(name))


def test_a_route_that_was_proposed_keeps_canaries_with_what_it_would_have_answered(routed: Routed) -> None:
    store, trials = routed.runner.store, routed.trials
    proposal = propose_route(
        store, routed.experiment, strong=trials["large"], cheap=trials["small"], margin=0.9
    )
    path = export_route(store, proposal, routed.folder / "proposed.yaml")
    check_route(routed, path)
    assert read_winner(path).questions is not None, "what tells new questions from those of the sweep"


def check_route(routed: Routed, path: Path) -> None:
    """Nothing has changed since the experiment, and the file's replies are those that it gives now."""
    runner, winner = routed.runner, read_winner(path)
    assert winner.canaries is not None
    loaded = load_winner(path, settings=runner.settings)
    plan = plan_check(runner.store, winner, loaded.corpus.version, time.time())
    corpus = runner.settings.corpora / "tiny"
    found = asyncio.run(
        check_here(runner.store, runner.settings, loaded, plan, path=path, corpus_path=corpus)
    )
    assert found["failed"] == 0
    assert (found["verdicts"]["model"], found["verdicts"]["corpus"]) == ("unchanged", "unchanged")
    for score in found["scores"].values():
        assert score["mean"] == pytest.approx(score["then"])
    assert found["why"]["model"]["requests"] == len(winner.canaries.questions) <= len(QUESTIONS)
