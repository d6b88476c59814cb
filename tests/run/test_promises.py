"""Nothing stored is lost, nothing paid twice, and the cap holds: each test one way it once went wrong.
Knows nothing about how the engine does it."""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import threading
import time
from typing import Any

import pytest

from tests.protocol_server import Body, Cut, ProtocolServer, Refuse, Reply, Stall
from tests.tiny_experiment import QUESTIONS, Runner, experiment, local_model
from workbench import api
from workbench.api import prepare_experiment, resume_experiment
from workbench.calls.stop_signal import StopSignal
from workbench.cli.texts.experiments import status_text
from workbench.cli.texts.ledger import ledger_text
from workbench.errors import InputError
from workbench.parts.strategies import STRATEGIES
from workbench.providers import circuit_breaker
from workbench.providers.token_counts import count
from workbench.results.status import get_status, ledger_to_json
from workbench.run import executor, start_or_resume
from workbench.run.budget_change import change_budget
from workbench.run.creation import find_or_create
from workbench.scoring.ragas_packages import INSTALL_COMMAND
from workbench.store import leases
from workbench.store.answers import find_answers
from workbench.store.leases import claim, queue, request_stop
from workbench.store.ledger import get_spend
from workbench.store.processes import owner_name
from workbench.store.ratings import seen_key

DEAR = {"input_per_million": 1000.0, "output_per_million": 1000.0}


class Remote:
    """A stop signal that another thread can set, as a user's stop does."""

    def __init__(self) -> None:
        self.stop_signal: StopSignal | None = None

    def make(self) -> StopSignal:
        self.stop_signal, self._loop = StopSignal(), asyncio.get_running_loop()
        return self.stop_signal

    def stop(self) -> None:
        assert self.stop_signal is not None
        self._loop.call_soon_threadsafe(self.stop_signal.set, "stopped", "Stopped by you.")


def distinct(server: ProtocolServer) -> int:
    return len({json.dumps(body) for body in server.posts})


def test_configurations_that_ask_the_same_share_calls_under_way_and_just_made(runner: Runner) -> None:
    same = {"splitter": ["markdown"], "chunk_tokens": [64, 96, 128], "retriever": ["keyword"], "top_k": [2]}
    with ProtocolServer(plan=lambda n, path, body: Stall(0.02)) as server:
        model = local_model(server, limits={"concurrency": 3})
        result = runner.run(experiment(models=[model], retrieval=same, holdout=0.0))
        assert len(server.posts) == distinct(server) == 7
    assert result.status["answers"] == 21 and result.status["calls"]["reused"] == 14
    for answer in find_answers(runner.store, result.id, limit=None):
        assert answer.seen == seen_key(answer.question.text, answer.text, [p.key for p in answer.passages])


def test_an_empty_reply_that_was_billed_is_in_the_ledger_and_not_bought_six_times(runner: Runner) -> None:
    thinking = Reply("", finish_reason="length", usage={"prompt_tokens": 50, "completion_tokens": 60})
    with ProtocolServer(plan=lambda n, path, body: thinking) as server:
        result = runner.run(experiment(models=[local_model(server, price=DEAR)]))
        posts = len(server.posts)
    assert posts == distinct(server)
    assert result.status["failed_answers"] == result.status["answers"]
    assert get_spend(runner.store, result.id).spent_usd >= posts * 110 / 1000


def test_billed_failures_count_under_the_cap(runner: Runner) -> None:
    with ProtocolServer(plan=lambda n, path, body: Reply("")) as server:
        result = runner.run(experiment(models=[local_model(server, price=DEAR)], budget_usd=1.0))
    assert result.state == "stopped: budget"
    assert 0 < get_spend(runner.store, result.id).spent_usd <= 1.0


@pytest.mark.parametrize("price", [{"per_hour": 36_000.0}, DEAR])
def test_the_cap_holds_for_every_kind_of_price_and_many_calls_at_once(runner: Runner, price: Any) -> None:
    cap = 15.0
    with ProtocolServer(plan=lambda n, path, body: Stall(0.3)) as server:
        model = local_model(server, price=price, limits={"concurrency": 8, "timeout_seconds": 1})
        result = runner.run(experiment(models=[model], budget_usd=cap))
    assert get_spend(runner.store, result.id).spent_usd <= cap
    assert result.state in ("stopped: budget", "done")


def test_a_budget_needs_max_tokens_where_tokens_cost_money(runner: Runner) -> None:
    with ProtocolServer() as server, pytest.raises(InputError, match="max_tokens"):
        runner.create(experiment(models=[local_model(server, max_tokens=None)], budget_usd=1.0))


def test_a_new_budget_in_the_file_is_the_budget_of_the_resumed_run(runner: Runner) -> None:
    with ProtocolServer() as server:
        first = experiment(models=[local_model(server, price=DEAR)])
        experiment_id = runner.create(first)
        request_stop(runner.store, experiment_id)
        capped = first.model_copy(update={"budget_usd": 0.3})
        found, new = find_or_create(runner.store, prepare_experiment(capped, runner.settings, runner.store))
        assert (found, new) == (experiment_id, False)
        result = runner.run(found)
    assert result.state == "stopped: budget" and result.status["spent_usd"] <= 0.3


def test_resume_takes_no_budget_for_a_model_without_a_price(runner: Runner) -> None:
    with ProtocolServer() as server:
        experiment_id = runner.create(experiment(models=[local_model(server, price=None)]))
    request_stop(runner.store, experiment_id)
    with pytest.raises(InputError, match="price"):
        change_budget(runner.store, experiment_id, 1.0)


def test_two_models_of_one_name_are_an_error(runner: Runner) -> None:
    with ProtocolServer() as server, pytest.raises(InputError, match="named 'local'"):
        retrieval = {
            "splitter": ["markdown"], "retriever": ["keyword"], "rerank": ["llm"],
            "rerank_model": local_model(server, price={"free": True}),
        }  # fmt: skip
        runner.create(experiment(models=[local_model(server)], retrieval=retrieval))


def test_a_stop_while_vectors_are_made_keeps_every_call_under_way(runner: Runner) -> None:
    remote = Remote()

    def plan(number: int, path: str, body: dict[str, Any]) -> Any:
        if "embeddings" in path:
            if len(server.posts) > 4:  # the second group's vectors: chats of the first are under way
                remote.stop()
            return Stall(0.2)
        return Stall(0.6)

    with ProtocolServer(plan=plan) as server:
        embedding = {
            "name": "server-embed", "kind": "embedding", "base_url": server.base_url, "model": "test-embed",
            "price": {"free": True},
        }  # fmt: skip
        retrieval = {
            "splitter": ["sentence"], "chunk_tokens": [32, 48], "chunk_overlap": [0],
            "embedding": [embedding], "retriever": ["dense"], "top_k": [2],
        }  # fmt: skip
        written = experiment(models=[local_model(server, limits={"concurrency": 6})], retrieval=retrieval)
        result = runner.run(written, make_stop_signal=remote.make)
        chats = [json.dumps(b) for b in server.posts if "messages" in b]
        assert result.state == "stopped" and chats
        assert runner.run(result.id).state == "done"
        after = [json.dumps(b) for b in server.posts if "messages" in b]
    assert len(after) == len(set(after))


@pytest.mark.parametrize("odd", [Refuse(503), Refuse(429, "600")])
def test_an_outage_pauses_and_what_is_left_can_be_resumed(
    runner: Runner, monkeypatch: pytest.MonkeyPatch, odd: Any
) -> None:
    monkeypatch.setattr(executor, "GIVE_UP_SECONDS", 3.0)
    monkeypatch.setattr(circuit_breaker, "LONGEST_PAUSE_SECONDS", 0.5)
    out = [True]
    with ProtocolServer(plan=lambda n, path, body: odd if out[0] and n > 3 else None) as server:
        model = local_model(server, limits={"concurrency": 4, "timeout_seconds": 1})
        paused = runner.run(experiment(models=[model]))
        assert paused.state == "paused" and paused.status["failed_answers"] == 0
        out[0] = False
        assert runner.run(paused.id).state == "done"


def test_a_wrong_key_for_embeddings_pauses_too(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY@127.0.0.1", "wrong")
    with ProtocolServer(api_key="right") as server:
        embedding = {
            "name": "server-embed", "kind": "embedding", "base_url": server.base_url, "model": "test-embed",
            "price": {"free": True}, "api_key_env": "TEST_KEY",
        }  # fmt: skip
        retrieval = {"splitter": ["sentence"], "embedding": [embedding], "retriever": ["dense"]}
        result = runner.run(experiment(retrieval=retrieval))
    assert result.state == "paused" and result.status["failed_answers"] == 0
    assert "TEST_KEY" in result.status["message"]


@pytest.mark.usefixtures("hasty")
def test_a_question_that_makes_the_server_hang_up_is_one_failure_and_no_pause(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(circuit_breaker, "FIRST_PAUSE_SECONDS", 0.1)
    monkeypatch.setattr(circuit_breaker, "LONGEST_PAUSE_SECONDS", 0.2)
    poison = QUESTIONS[4][0]

    def plan(number: int, path: str, body: dict[str, Any]) -> Any:
        return Cut() if poison in body["messages"][-1]["content"].split("Question:")[-1] else None

    with ProtocolServer(plan=plan) as server:
        model = local_model(server, limits={"concurrency": 1, "timeout_seconds": 2})
        result = runner.run(
            experiment(models=[model], retrieval={"retriever": ["keyword"], "splitter": ["markdown"]})
        )
    assert result.state == "done" and result.status["failed_answers"] == 1


def test_a_stop_does_not_wait_for_limits_a_minute(runner: Runner) -> None:
    remote = Remote()
    with ProtocolServer() as server:
        model = local_model(server, limits={"concurrency": 4, "requests_per_minute": 2})
        threading.Timer(1.5, remote.stop).start()
        result = runner.run(experiment(models=[model]), make_stop_signal=remote.make)
    assert remote.stop_signal is not None
    assert result.state == "stopped" and remote.stop_signal.seconds_since_set() < 3


def test_a_stop_that_its_worker_did_not_live_to_see_still_stops(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment_id = runner.create(experiment())
    monkeypatch.setattr(leases, "LEASE_SECONDS", 2.0)
    assert claim(runner.store, "another-host:1:w", experiment_id=experiment_id) is not None
    request_stop(runner.store, experiment_id)
    time.sleep(2.1)
    assert claim(runner.store, "this-host:1:w") is None
    assert get_status(runner.store, experiment_id)["state"] == "stopped"


def test_a_stopped_experiments_leaderboard_counts_all_answers_there_are(runner: Runner) -> None:
    remote = Remote()

    def plan(number: int, path: str, body: dict[str, Any]) -> None:
        if number == 4:
            remote.stop()

    with ProtocolServer(plan=plan) as server:
        model = local_model(server, limits={"concurrency": 1})
        result = runner.run(experiment(models=[model]), make_stop_signal=remote.make)
    counts = [t["scores"]["correctness"]["count"] for t in result.leaderboard["trials"] if t["scores"]]
    assert sum(counts) == result.status["answers"] > 0


def test_unpriced_and_failed_calls_are_counted_one_by_one(runner: Runner) -> None:
    with ProtocolServer(plan=lambda n, path, body: Refuse(400) if n <= 3 else None) as server:
        result = runner.run(experiment(models=[local_model(server, price=None)]))
        posts = len(server.posts)
    spend = get_spend(runner.store, result.id)
    assert spend.failed == 3 and spend.unpriced == posts - 3


def test_edited_evidence_is_another_experiment(runner: Runner) -> None:
    experiment_id = runner.create(experiment())
    file = runner.settings.corpora / "tiny" / "questions.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    rows[2]["evidence"] = [{"document": "heaters.md", "quote": "Never cover a heater."}]
    file.write_text("\n".join(json.dumps(r) for r in rows))
    prepared = prepare_experiment(experiment(), runner.settings, runner.store)
    assert find_or_create(runner.store, prepared)[0] != experiment_id


def test_the_lease_is_kept_while_documents_are_read(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "LEASE_SECONDS", 2.5)
    monkeypatch.setattr(start_or_resume, "HEARTBEAT_SECONDS", 0.2)
    monkeypatch.setattr(executor, "HEARTBEAT_SECONDS", 0.2)
    importlib.import_module("scipy.stats")  # takes longer than this test's lease
    read = start_or_resume._reload_corpus

    def slow(*arguments: Any) -> Any:
        time.sleep(4.0)
        return read(*arguments)

    monkeypatch.setattr(start_or_resume, "_reload_corpus", slow)
    experiment_id = runner.create(experiment())
    states: list[str] = []
    watching = threading.Event()

    def watch() -> None:
        while not watching.wait(0.1):
            states.append(get_status(runner.store, experiment_id)["state"])

    thread = threading.Thread(target=watch)
    thread.start()
    result = runner.run(experiment_id)
    watching.set()
    thread.join()
    assert result.state == "done" and "interrupted" not in states


@pytest.mark.parametrize("key", ["secret-key-0123456789\r", "sk-\N{ZERO WIDTH SPACE}abc"])
def test_a_key_with_odd_characters_is_named_by_its_variable_only(
    runner: Runner, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("TEST_KEY@127.0.0.1", key)
    with ProtocolServer(api_key="secret-key-0123456789") as server:
        result = runner.run(experiment(models=[local_model(server, api_key_env="TEST_KEY")]))
    if key.endswith("\r"):
        assert result.state == "done"  # what a file from Windows leaves behind is taken off
    else:
        assert result.state == "paused" and "TEST_KEY" in result.status["message"]
    everything = b"".join(p.read_bytes() for p in runner.settings.home.rglob("*") if p.is_file())
    assert key.strip().encode() not in everything


def test_a_key_that_the_server_repeats_is_not_stored(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    key = "abcdefgh-very-long-" + "x" * 280
    monkeypatch.setenv("TEST_KEY@127.0.0.1", key)

    def plan(number: int, path: str, body: dict[str, Any]) -> Any:
        from tests.protocol_server import Body

        return (
            Body(json.dumps({"error": f"your key {key} is odd"}))
            if number % 2
            else Refuse(400, message=f"bad {key}")
        )

    with ProtocolServer(plan=plan) as server:
        runner.run(experiment(models=[local_model(server, api_key_env="TEST_KEY")]))
    everything = b"".join(p.read_bytes() for p in runner.settings.home.rglob("*") if p.is_file())
    assert b"abcdefgh-very-long" not in everything


def test_calls_without_usage_are_counted_by_ourselves_and_flagged_wherever_they_show(runner: Runner) -> None:
    def plan(number: int, path: str, body: dict[str, Any]) -> Any:
        return Body(json.dumps({"choices": [{"message": {"content": "Never."}, "finish_reason": "stop"}]}))

    with ProtocolServer(plan=plan) as server:
        result = runner.run(experiment(models=[local_model(server)]))
        posts = len(server.posts)
    assert result.status["estimated_calls"] == posts and result.status["spent_usd"] > 0
    answers = find_answers(runner.store, result.id, limit=None)
    assert all("usage_estimated" in a.flags and a.input_tokens > 10 for a in answers)
    shown = ledger_to_json(runner.store, result.id, rows=True)
    served = [row for row in shown["rows"] if row["model"] == "local"]
    assert all(row["usage_estimated"] and row["cost_usd"] > 0 for row in served)
    assert "counted here" in status_text(result.status) and "counted here" in ledger_text(shown)


@pytest.mark.parametrize(("factor", "flagged"), [(0.3, True), (0.95, False), (1.1, False), (2.0, True)])
def test_usage_that_differs_from_our_count_by_over_a_fifth_is_flagged(
    runner: Runner, factor: float, flagged: bool
) -> None:
    def plan(number: int, path: str, body: dict[str, Any]) -> Any:
        sent = sum(count(m["content"]) for m in body["messages"])
        return Reply("Never.", usage={"prompt_tokens": int(sent * factor), "completion_tokens": 2})

    long = {"name": "long", "template": "{passages}\n" + "Read all of it with care. " * 30 + "\n{question}"}
    with ProtocolServer(plan=plan) as server:
        result = runner.run(experiment(models=[local_model(server)], prompts=[long]))
        posts = len(server.posts)
    assert result.status["disagreeing_calls"] == (posts if flagged else 0)
    answers = find_answers(runner.store, result.id, limit=None)
    assert {"usage_disagrees" in a.flags for a in answers} == {flagged}
    assert ("over 20 %" in status_text(result.status)) == flagged


@pytest.mark.parametrize("budget", [0.0, -1.0, float("nan"), float("inf")])
def test_a_budget_that_is_no_amount_of_money_is_an_error(runner: Runner, budget: float) -> None:
    with pytest.raises(ValueError, match="budget_usd"):
        experiment(budget_usd=budget)
    experiment_id = runner.create(experiment())
    request_stop(runner.store, experiment_id)
    with pytest.raises(InputError, match="above 0"):
        change_budget(runner.store, experiment_id, budget)


def test_a_concurrency_of_0_is_an_error() -> None:
    with pytest.raises(ValueError, match="concurrency"):
        experiment(
            models=[{"name": "m", "base_url": "http://h/v1", "model": "m", "limits": {"concurrency": 0}}]
        )


@pytest.mark.parametrize("strategy", [part.name for part in STRATEGIES])
def test_a_space_of_one_point_is_scored_whatever_searches_it_and_the_plan_says_so(
    runner: Runner, strategy: str
) -> None:
    search: dict[str, Any] = {"strategy": strategy}
    if strategy in ("random", "tpe"):
        search["trials"] = 5
    one = {"splitter": ["markdown"], "chunk_tokens": [64], "retriever": ["keyword"], "top_k": [2]}
    written = experiment(retrieval=one, search=search)
    assert "one configuration" in " ".join(
        prepare_experiment(written, runner.settings, runner.store).warnings
    )
    result = runner.run(written)
    assert (
        result.state == "done"
        and result.status["trials"] == 1
        and result.leaderboard["trials"][0]["rank"] == 1
    )


@pytest.mark.parametrize("strategy", ["grid", "race"])
def test_a_space_that_exclusions_leave_empty_is_an_error_that_says_what_was_left_out(
    runner: Runner, strategy: str
) -> None:
    empty = experiment(exclude=[{"prompt": "concise"}], search={"strategy": strategy})
    with pytest.raises(InputError, match="No configuration is left to try. 2 left out by `exclude`"):
        runner.create(empty)


def test_a_run_from_the_command_line_is_not_taken_by_the_apps_worker_that_looks_all_the_time(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[object] = []
    prepared = prepare_experiment(experiment(), runner.settings, runner.store)

    def create_before_a_worker_looks(*args: Any, **options: Any) -> tuple[str, bool]:
        created = find_or_create(*args, **options)
        taken.append(claim(runner.store, owner_name("worker")))
        return created

    monkeypatch.setattr(api, "find_or_create", create_before_a_worker_looks)
    monkeypatch.setattr(api, "prepare_experiment", lambda *_, **__: prepared)
    result = api.run_experiment(experiment(), runner.settings.home)
    assert taken == [None] and result.state == "done"


def test_an_experiment_whose_ragas_has_gone_pauses_before_it_spends_and_goes_on_with_it(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment_id = runner.create(experiment(scores=["correctness", "ragas_exact_match"]))
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "ragas", None)
        paused = runner.run(experiment_id)
    assert paused.state == "paused" and paused.status["answers"] == 0
    assert INSTALL_COMMAND in paused.status["message"]
    assert runner.run(experiment_id).state == "done"


def test_resume_of_what_is_done_or_unknown_says_so(runner: Runner) -> None:
    done = runner.run(experiment())
    with pytest.raises(InputError, match="is done: there is nothing left to resume"):
        queue(runner.store, done.id)
    with pytest.raises(InputError, match="is done: there is nothing left to resume"):
        resume_experiment(runner.store, runner.settings, done.id)
    with pytest.raises(InputError, match="no experiment 'nope'"):
        queue(runner.store, "nope")
