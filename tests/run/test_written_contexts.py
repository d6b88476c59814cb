"""Experiments whose chunks get a context that a model writes: calls, money, progress, winners.
Knows nothing about how a context is made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.protocol_server import ProtocolServer
from tests.protocol_server.misbehaviour import Refuse, Stall
from tests.tiny_experiment import DOCUMENTS, QUESTIONS, Runner, experiment, local_model
from workbench.api import prepare_experiment
from workbench.calls.destinations import DOCUMENTS as WHOLE_DOCUMENTS
from workbench.errors import ExperimentError
from workbench.planning.plan import make_plan
from workbench.providers import circuit_breaker
from workbench.results.progress_words import stage_lines
from workbench.results.status import ledger_to_json
from workbench.ship.export import export_winner
from workbench.ship.load import load_winner
from workbench.space.experiment import ExperimentFile
from workbench.space.model import Limits, Model
from workbench.store.answers import find_answers


def written(server: ProtocolServer, *contexts: str, **fields: Any) -> ExperimentFile:
    model = local_model(
        server, name="writer", price=fields.pop("price", {"input_per_million": 1, "output_per_million": 2})
    )
    retrieval = {
        "splitter": ["markdown"], "chunk_tokens": [24], "chunk_overlap": [0], "retriever": ["keyword"], "top_k": [2],
        "context": list(contexts or ("written",)), "context_model": model,
    }  # fmt: skip
    return experiment(retrieval=retrieval, **fields)


def contexts_asked(server: ProtocolServer) -> list[str]:
    return [
        body["messages"][-1]["content"]
        for body in server.posts
        if "<passage>" in body.get("messages", [{"content": ""}])[-1]["content"]
    ]


def test_contexts_are_planned_made_once_and_paid_but_no_cost_of_serving(runner: Runner) -> None:
    with ProtocolServer(reply=lambda messages: "It stands at the beginning.") as server:
        file = written(server, "none", "headings", "written")
        before = make_plan(
            prepare_experiment(file, runner.settings, runner.store), runner.settings, runner.store
        )
        result = runner.run(file)
        after = make_plan(
            prepare_experiment(file, runner.settings, runner.store), runner.settings, runner.store
        )
        asked = len(contexts_asked(server))
    assert result.state == "done" and len(result.leaderboard["trials"]) == 3
    planned = before.stages["context"]
    assert planned.left == planned.distinct >= len(DOCUMENTS)
    assert before.cost_usd is not None and 0 < before.cost_usd.low < before.cost_usd.high
    assert after.stages["context"].left == 0 and after.stages["context"].stored == asked >= len(DOCUMENTS)
    assert any(WHOLE_DOCUMENTS in host.sends for host in before.hosts)
    sums = {line["kind"]: line for line in ledger_to_json(runner.store, result.id)["sums"]}
    assert sums["context"]["calls"] == asked and sums["context"]["cost_usd"] > 0
    assert result.status["spent_usd"] >= sums["context"]["cost_usd"]
    # Two settings answer alike, and one of them paid for contexts: that is no cost of serving.
    costs = [trial["cost_per_1k_questions"] for trial in result.leaderboard["trials"]]
    assert max(costs) < 1_000 * sums["context"]["cost_usd"] / len(QUESTIONS)
    stages = result.status["stages"]
    assert stages["context"]["done"] == stages["context"]["total"] > asked  # headings are contexts, too
    assert any("chunk contexts made" in line for line in stage_lines(stages, len(DOCUMENTS)))


def test_a_second_experiment_reuses_the_contexts(runner: Runner) -> None:
    with ProtocolServer(reply=lambda messages: "It stands at the beginning.") as server:
        runner.run(written(server))
        asked = len(contexts_asked(server))
        again = runner.run(written(server, name="other", prompts=["cited"]))
        assert again.state == "done" and len(contexts_asked(server)) == asked


def test_a_budget_that_ends_midway_stops_and_a_resumed_run_pays_nothing_twice(runner: Runner) -> None:
    from workbench.run.budget_change import change_budget

    price = {"input_per_million": 1_000, "output_per_million": 1_000}
    with ProtocolServer(reply=lambda messages: "It stands at the beginning.") as server:
        file = written(server, price=price, budget_usd=0.9)
        stopped = runner.run(file)
        first = contexts_asked(server)
        assert stopped.state == "stopped: budget" and len(first) > 0 and stopped.status["spent_usd"] <= 0.9
        change_budget(runner.store, stopped.id, None)
        done = runner.run(stopped.id)
        everything = contexts_asked(server)
    assert done.state == "done" and len(everything) > len(first)
    assert len(everything) == len(set(everything))


def test_a_context_model_that_cannot_be_used_fails_only_its_setting(runner: Runner) -> None:
    def plan(number: int, path: str, body: dict[str, Any]) -> Refuse | None:
        return Refuse(400, message="Not with me.") if "messages" in body else None

    with ProtocolServer(plan=plan) as server:
        result = runner.run(written(server, "none", "written"))
    answers = {trial["config"]["retrieval"]["context"]: trial for trial in result.leaderboard["trials"]}
    assert answers["none"]["scores"]["correctness"]["mean"] is not None
    assert result.state == "paused" and "Not with me." in result.status["message"]


@pytest.mark.usefixtures("hasty")
def test_rankings_made_while_a_context_was_late_are_not_taken_for_complete_ones(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(circuit_breaker, "FIRST_PAUSE_SECONDS", 0.1)
    monkeypatch.setattr(circuit_breaker, "LONGEST_PAUSE_SECONDS", 0.2)
    hangs = True

    def plan(number: int, path: str, body: dict[str, Any]) -> Stall | None:
        asked = body.get("messages", [{"content": ""}])[-1]["content"]
        passage = asked.partition("<passage>")[2].partition("</passage>")[0]
        return Stall(2) if hangs and "two litres" in passage else None

    with ProtocolServer(reply=lambda messages: "It stands at the beginning.", plan=plan) as server:
        file = written(server)
        assert isinstance(file.retrieval.context_model, Model)
        model = file.retrieval.context_model.model_copy(update={"limits": Limits(timeout_seconds=0.2)})
        file = file.model_copy(
            update={"retrieval": file.retrieval.model_copy(update={"context_model": model})}
        )
        first = runner.run(file)
        hangs = False
        again = runner.run(file.model_copy(update={"name": "again"}))
    assert first.state == again.state == "done"
    for result, is_late in ((first, True), (again, False)):
        answers = find_answers(runner.store, result.id)
        assert answers and all(("context_failed" in answer.flags) == is_late for answer in answers)


def test_a_winner_says_what_its_contexts_cost_on_other_documents(runner: Runner, tmp_path: Path) -> None:
    with ProtocolServer(reply=lambda messages: "It stands at the beginning.") as server:
        result = runner.run(written(server))
        winner = tmp_path / "winner.yaml"
        export_winner(runner.store, result.id, out=winner, trial_id=result.leaderboard["trials"][0]["trial"])
        (tmp_path / "new" / "documents").mkdir(parents=True)
        (tmp_path / "new" / "documents" / "one.md").write_text("# One\n\nThe pump is blue and heavy.\n")
        same = load_winner(
            winner, runner.settings.corpora / "tiny", settings=runner.settings, trust=["127.0.0.1"]
        )
        assert same.contexts_to_write is None
        with pytest.warns(UserWarning, match="corpus has changed"):
            other = load_winner(winner, tmp_path / "new", settings=runner.settings, trust=["127.0.0.1"])
        left = other.contexts_to_write
        assert left is not None and left.calls == 1 and left.most_usd is not None and left.most_usd > 0
        assert str(left).startswith(
            "Before its first answer over these documents, writer writes a context for"
        )
        asked = len(contexts_asked(server))
        answer = other.answer("What colour is the pump?")
        assert len(contexts_asked(server)) == asked + 1
        assert "blue" in answer.passages[0].text and "beginning" not in answer.passages[0].text
        assert other.contexts_to_write is None


def test_written_contexts_need_a_model(runner: Runner) -> None:
    file = experiment(retrieval={"context": ["written"]})
    with pytest.raises(ExperimentError, match="needs context_model"):
        prepare_experiment(file, runner.settings, runner.store)
