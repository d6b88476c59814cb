"""Experiments from plan to leaderboard, on embedded models and on a server that misbehaves.
Knows nothing about pages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.protocol_server import Body, Cut, ProtocolServer, Refuse, Reply, Stall
from tests.tiny_experiment import Runner, experiment, local_model
from workbench.api import ExperimentResult, prepare_experiment
from workbench.calls.stop_signal import StopSignal
from workbench.errors import InputError
from workbench.planning.plan import make_plan
from workbench.results.leaderboard import leaderboard_to_json
from workbench.results.status import get_status, ledger_to_json
from workbench.run.budget_change import change_budget
from workbench.store.answers import AnswerFilter, find_answers, group_failures
from workbench.store.leases import queue
from workbench.store.ledger import get_spend
from workbench.store.trials import get_trials


def test_an_experiment_runs_from_plan_to_leaderboard(runner: Runner) -> None:
    result = runner.run(experiment(models=["embedded/extractive", "embedded/extractive-tuned"]))
    assert result.state == "done" and result.status["trials"] == 4
    assert result.status["answers"] == 4 * 5 + 4 * 2 and result.status["failed_answers"] == 0
    first = result.leaderboard["trials"][0]
    assert first["rank"] == 1 and first["scores"]["correctness"]["count"] == 5
    assert first["holdout"]["correctness"]["count"] == 2
    assert first["cost_per_1k_questions"] > 0 and first["seconds_p50"] >= 0
    assert first["ratings"] == {"up": 0, "down": 0}


def test_train_questions_are_never_asked(runner: Runner) -> None:
    result = runner.run(experiment())
    asked = {a.question.text for a in find_answers(runner.store, result.id, limit=None)}
    assert "How long can goods be returned?" not in asked and len(asked) == 7


def test_the_plan_counts_distinct_work_and_what_is_stored(runner: Runner) -> None:
    written = experiment()

    def plan() -> dict[str, Any]:
        prepared = prepare_experiment(written, runner.settings, runner.store)
        return make_plan(prepared, runner.settings, runner.store).to_json()

    before = plan()
    assert (before["configs"], before["questions"]) == (2, 5)
    assert before["stages"]["chunk"]["left"] == 3 and before["stages"]["index"]["distinct"] == 1
    assert before["cost_usd"]["low"] <= before["cost_usd"]["high"]
    runner.run(written)
    after = plan()
    assert (
        after["stages"]["chunk"]["left"]
        == after["stages"]["embed"]["left"]
        == after["stages"]["retrieve"]["left"]
        == 0
    )
    assert after["stages"]["generate"]["left"] == 0


def test_the_plan_says_how_vectors_are_searched_and_what_is_left_to_build(
    runner: Runner, chroma_runner: Runner
) -> None:
    written = experiment()

    def plan(of: Runner) -> tuple[list[str], int]:
        made = make_plan(prepare_experiment(written, of.settings, of.store), of.settings, of.store).to_json()
        return made["vector_index"], made["stages"]["index"]["left"]

    assert plan(runner) == (["exact"], 0) and plan(chroma_runner) == (["chroma"], 1)
    runner.run(written)
    assert not runner.settings.indexes.exists()
    chroma_runner.run(written)
    assert plan(chroma_runner) == (["chroma"], 0)


def test_a_forced_index_ranks_anew_what_it_decides_and_finds_the_same_here(
    runner: Runner, chroma_runner: Runner
) -> None:
    exact, chroma = runner.run(experiment()), chroma_runner.run(experiment(name="forced"))
    stage = chroma.status["stages"]["retrieve"]
    assert stage["done"] == 2 * stage["reused"] > 0  # keyword rankings are the same whatever the index

    def found(result: ExperimentResult) -> dict[tuple[str, str], list[str]]:
        answers = find_answers(runner.store, result.id, limit=None)
        return {(a.trial_name, a.question.id): [p.key for p in a.passages] for a in answers}

    assert found(exact) == found(chroma)


def test_the_same_experiment_again_makes_no_new_call(runner: Runner) -> None:
    first = runner.run(experiment())
    second = runner.run(experiment(name="again"))
    assert second.id != first.id and second.status["calls"]["made"] == 0
    assert second.status["calls"]["reused"] > 0 and second.status["spent_usd"] == 0

    def means(result: Any) -> list[Any]:
        return [t["scores"]["correctness"]["mean"] for t in result.leaderboard["trials"]]

    assert means(first) == means(second)


def test_changing_only_the_prompt_embeds_and_retrieves_nothing(runner: Runner) -> None:
    runner.run(experiment())
    result = runner.run(experiment(prompts=["cited"]))
    stages = result.status["stages"]
    for stage in ("chunk", "embed", "retrieve"):
        assert stages[stage]["done"] == stages[stage]["reused"], stage


def test_a_stopped_experiment_resumes_and_asks_nothing_twice(runner: Runner) -> None:
    stop: list[Callable[[], object]] = []

    def make_stop_signal() -> StopSignal:
        stop_signal, loop = StopSignal(), asyncio.get_running_loop()
        stop.append(lambda: loop.call_soon_threadsafe(stop_signal.set, "stopped", "Stopped by you."))
        return stop_signal

    def plan(number: int, path: str, body: dict[str, Any]) -> None:
        if number == 3:
            stop[0]()

    with ProtocolServer(plan=plan) as server:
        written = experiment(models=[local_model(server, limits={"concurrency": 1})])
        stopped = runner.run(written, make_stop_signal=make_stop_signal)
        assert stopped.state == "stopped" and 0 < stopped.status["answers"] < 10
        queue(runner.store, stopped.id)
        done = runner.run(stopped.id)
        bodies = [str(body) for body in server.posts]
    assert done.state == "done" and len(bodies) == len(set(bodies))


def test_repeats_are_calls_of_their_own_the_first_time_and_stored_ones_the_second(runner: Runner) -> None:
    with ProtocolServer() as server:
        written = experiment(models=[local_model(server)], repeats=2, holdout=0.0)
        first = runner.run(written)
        posts = len(server.posts)
        again = runner.run(written.model_copy(update={"name": "again"}))
        assert len(server.posts) == posts
    assert first.status["answers"] == 2 * 7 * 2 and again.status["calls"]["made"] == 0


@pytest.mark.parametrize("odd", [Refuse(429, "0.1"), Refuse(500), Cut(), Body("<html>"), Reply("")])
def test_what_passes_is_asked_again_and_no_answer_fails(runner: Runner, odd: Any) -> None:
    with ProtocolServer(plan=lambda n, path, body: odd if n in (1, 3) else None) as server:
        result = runner.run(experiment(models=[local_model(server)]))
    assert result.state == "done" and result.status["failed_answers"] == 0


def test_a_question_that_always_fails_is_a_stored_failure_and_the_rest_goes_on(runner: Runner) -> None:
    def plan(number: int, path: str, body: dict[str, Any]) -> Any:
        return (
            Refuse(400, message="I do not like this one")
            if "probe" in str(body["messages"][-1]["content"].split("Question:")[-1])
            else None
        )

    with ProtocolServer(plan=plan) as server:
        result = runner.run(experiment(models=[local_model(server)]))
    groups = group_failures(runner.store, result.id)
    assert result.state == "done" and result.status["failed_answers"] == 2
    assert groups[0].count == 2 and "I do not like this one" in groups[0].error
    correctness = result.leaderboard["trials"][0]["scores"]["correctness"]
    assert (correctness["count"], correctness["failed"]) == (4, 1)  # a failed answer is no answer


def test_a_wrong_key_ends_the_experiment_with_words_instead_of_failing_every_answer(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_KEY@127.0.0.1", "wrong")
    with ProtocolServer(api_key="right") as server:
        result = runner.run(experiment(models=[local_model(server, api_key_env="TEST_KEY")]))
        asked = len(server.posts)
    assert result.state in ("paused", "failed") and "TEST_KEY" in result.status["message"]
    assert asked <= 8


def test_no_more_calls_run_at_a_time_than_the_limit(runner: Runner) -> None:
    with ProtocolServer(plan=lambda n, path, body: Stall(0.03)) as server:
        runner.run(experiment(models=[local_model(server, limits={"concurrency": 2})]))
        assert server.most_in_flight <= 2


def test_the_budget_is_a_cap_and_raising_it_goes_on(runner: Runner) -> None:
    with ProtocolServer() as server:
        model = local_model(
            server,
            price={"input_per_million": 1000.0, "output_per_million": 1000.0},
            limits={"concurrency": 1},
        )
        result = runner.run(experiment(models=[model], budget_usd=0.6))
        spent = get_spend(runner.store, result.id).spent_usd
        assert result.state == "stopped: budget" and 0 < spent <= 0.6
        change_budget(runner.store, result.id, 100.0)
        assert runner.run(result.id).state == "done"


def test_a_budget_with_an_unpriced_model_is_an_error(runner: Runner) -> None:
    with ProtocolServer() as server, pytest.raises(InputError, match="price"):
        runner.create(experiment(models=[local_model(server, price=None)], budget_usd=1.0))


def test_the_ledger_adds_up_to_what_is_shown(runner: Runner) -> None:
    with ProtocolServer() as server:
        result = runner.run(experiment(models=[local_model(server)]))
        posts = len(server.posts)
    status = get_status(runner.store, result.id)
    spend = get_spend(runner.store, result.id)
    assert status["spent_usd"] == spend.spent_usd > 0
    assert posts <= status["calls"]["made"]


@pytest.mark.parametrize("budget", [None, 8.0])
def test_a_machine_by_the_hour_is_paid_once_for_calls_that_overlap(
    runner: Runner, budget: float | None
) -> None:
    with ProtocolServer(plan=lambda n, path, body: Stall(0.3)) as server:
        limits = {"concurrency": 8, "timeout_seconds": 2}  # eight such calls apart would reserve 16 dollars
        model = local_model(server, price={"per_hour": 3600.0}, limits=limits)
        result = runner.run(experiment(models=[model], budget_usd=budget, prompts=["concise", "cited"]))
        posts = len(server.posts)
    assert result.state == "done" and posts > 16
    assert 0.6 <= result.status["spent_usd"] < min(posts * 0.3 / 2, result.status["seconds"])
    calls = ledger_to_json(runner.store, result.id, rows=True)["rows"]
    assert sum(c["cost_usd"] for c in calls) == pytest.approx(result.status["spent_usd"])
    assert sum(c["seconds"] for c in calls if c["model"] == "local") > 2 * result.status["spent_usd"]


def test_an_embedding_server_a_reranking_model_and_hyde_work_together(runner: Runner) -> None:
    def reply(messages: list[dict[str, str]]) -> str:
        return (
            "[2] > [1]"
            if "Rank the" in messages[-1]["content"]
            else "Goods can be returned within 30 days of delivery."
        )

    with ProtocolServer(reply=reply) as server:
        chat = local_model(server, name="helper")
        embedding = {
            "name": "server-embed",
            "kind": "embedding",
            "base_url": server.base_url,
            "model": "test-embed",
            "price": {"free": True},
        }
        result = runner.run(
            experiment(
                models=[local_model(server)],
                retrieval={
                    "splitter": ["sentence"], "chunk_tokens": [32], "chunk_overlap": [0], "embedding": [embedding],
                    "retriever": ["dense"], "top_k": [2], "rerank": ["llm"], "query": ["hyde"],
                    "rerank_model": chat, "query_model": chat,
                },
            )
        )  # fmt: skip
        kinds = {path for path, _, body in server.requests if body}  # GET asks what the server is
    assert result.state == "done" and result.status["failed_answers"] == 0
    assert kinds == {"/v1/chat/completions", "/v1/embeddings"}
    assert result.status["stages"]["rerank"]["done"] == 7


@pytest.mark.usefixtures("hasty")
def test_a_dead_server_is_asked_a_few_times_and_not_for_every_question(runner: Runner) -> None:
    made: list[StopSignal] = []

    def make() -> StopSignal:
        made.append(StopSignal())
        return made[-1]

    def watch(progress: Any) -> None:
        if any("Unavailable" in words for words in progress.providers.values()):
            made[-1].set("stopped", "Stopped by you.")

    model = {"name": "dead", "base_url": "http://127.0.0.1:9/v1", "model": "x", "price": {"free": True}}
    started = time.monotonic()
    result = runner.run(experiment(models=[model]), make_stop_signal=make, on_progress=watch)
    assert result.state in ("stopped", "paused") and time.monotonic() - started < 30
    assert result.status["failed_answers"] == 0


def test_changed_documents_pause_an_experiment_and_it_goes_on_once_they_are_back(runner: Runner) -> None:
    experiment_id = runner.create(experiment())
    new = runner.settings.corpora / "tiny" / "documents" / "new.md"
    new.write_text("# New\n\nMore.")
    result = runner.run(experiment_id)
    assert result.state == "paused" and "have changed" in result.status["message"]
    assert "Put them back as they were and resume" in result.status["message"]
    new.unlink()
    assert runner.run(experiment_id).state == "done"


def test_missing_documents_pause_an_experiment(runner: Runner) -> None:
    experiment_id = runner.create(experiment())
    folder = runner.settings.corpora / "tiny"
    folder.rename(folder.with_name("elsewhere"))
    result = runner.run(experiment_id)
    assert result.state == "paused" and "There is no corpus" in result.status["message"]
    folder.with_name("elsewhere").rename(folder)
    assert runner.run(experiment_id).state == "done"


def test_thumbs_show_wherever_the_same_thing_is_seen(runner: Runner) -> None:
    from workbench.feedback.ratings import rate_answer

    first = runner.run(experiment())
    answer = find_answers(runner.store, first.id, limit=1)[0]
    rate_answer(runner.store, answer.id, "down", rater="ann", comment="no")
    again = runner.run(experiment(name="again"))
    disliked = find_answers(runner.store, again.id, AnswerFilter(liked=-1))
    assert {a.question.text for a in disliked} == {answer.question.text}
    rate_answer(runner.store, answer.id, "up", rater="ann")
    rate_answer(runner.store, answer.id, "up", rater="ben")
    assert sum(t["ratings"]["up"] for t in leaderboard_to_json(runner.store, again.id)["trials"]) >= 2
    rate_answer(runner.store, answer.id, "none", rater="ann")
    assert find_answers(runner.store, again.id, AnswerFilter(liked=-1)) == []


def test_the_plan_of_a_search_counts_what_it_asks_at_most(runner: Runner) -> None:
    axes = {"splitter": ["markdown"], "chunk_tokens": [32, 64, 96], "retriever": ["keyword"], "top_k": [1, 2]}
    dear = {"input_per_million": 1000.0, "output_per_million": 1000.0}
    with ProtocolServer() as server:
        models = [local_model(server), local_model(server, name="dear", model="test-chat-2", price=dear)]
        fields = {"models": models, "retrieval": axes, "prompts": ["concise", "short"], "holdout": 0.0}

        def plan_of(search: dict[str, Any]) -> dict[str, Any]:
            prepared = prepare_experiment(experiment(search=search, **fields), runner.settings, runner.store)
            return make_plan(prepared, runner.settings, runner.store).to_json()

        whole = plan_of({"strategy": "grid"})
        halved = plan_of({"strategy": "halving", "first": 1, "keep": 0.5})
        raced = plan_of({"strategy": "race", "block": 1})
        drawn = plan_of({"strategy": "tpe", "trials": 3})
    assert whole["stages"]["generate"]["distinct"] == 24 * 7 == raced["stages"]["generate"]["distinct"]
    assert halved["stages"]["generate"]["left"] < 24 * 7 / 2 and drawn["stages"]["generate"]["left"] == 3 * 7
    # A search may spend its answers on the cheap model, or on the dear one.
    for plan in (halved, raced, drawn):
        assert plan["cost_usd"]["low"] < whole["cost_usd"]["low"]
    # The three drawn may be the dearest: more than their share of the grid, and less than all of it.
    assert whole["cost_usd"]["high"] * 3 / 12 < drawn["cost_usd"]["high"] < whole["cost_usd"]["high"]
    assert raced["cost_usd"]["high"] == pytest.approx(whole["cost_usd"]["high"])


def test_a_trial_has_the_names_and_prices_of_its_own_experiment(runner: Runner) -> None:
    """Names, prices and limits decide no answer, so the configuration is the same one; but it is this
    experiment's that people see, that cost and that are exported."""
    with ProtocolServer() as server:
        first = experiment(
            prompts=[{"name": "old", "template": "{passages} {question}"}],
            models=[local_model(server, name="cheap")],
        )
        runner.run(first)
        priced = {"input_per_million": 100.0, "output_per_million": 200.0}
        second = experiment(
            prompts=[{"name": "new", "template": "{passages} {question}"}],
            models=[local_model(server, name="expensive", price=priced, limits={"concurrency": 2})],
        )
        done = runner.run(second)
    for trial in get_trials(runner.store, done.id):
        config = trial.config
        assert (config.prompt.name, config.model.name) == ("new", "expensive")
        assert config.model.limits.concurrency == 2
        assert config.model.price is not None and config.model.price.input_per_million == 100.0
