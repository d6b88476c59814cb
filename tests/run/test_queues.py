"""Servers that people run themselves: silent queues, slots, a wrong name, parameters learnt, repeats with a seed.
Knows nothing about how the concurrency adapts."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.protocol_server import Misbehaviour, ProtocolServer, Stall
from tests.tiny_experiment import Runner, experiment, local_model
from workbench.providers.adaptive_concurrency import AdaptiveConcurrency
from workbench.providers.rate_limits import ProviderLimits
from workbench.space.model import Limits
from workbench.store.ledger import list_calls

KEYWORD = {"splitter": ["markdown"], "chunk_tokens": [64], "retriever": ["keyword"], "top_k": [1, 2, 3]}


def queueing(**fields: Any) -> ProtocolServer:
    return ProtocolServer(slots=2, seconds_each=0.4, **fields)


def test_a_silent_queue_of_two_slots_fails_no_answer_at_a_concurrency_of_eight(runner: Runner) -> None:
    limits = {"concurrency": 8, "timeout_seconds": 1.0}  # eight at a time would wait for 1.6 s
    with queueing() as server:
        result = runner.run(experiment(models=[local_model(server, limits=limits)], retrieval=KEYWORD))
    assert result.state == "done" and result.status["failed_answers"] == 0
    assert server.most_in_flight <= 5


def test_the_slots_that_llama_cpp_names_are_the_most_calls_at_a_time(runner: Runner) -> None:
    props = {"total_slots": 2, "default_generation_settings": {"n_ctx": 8192}}
    limits = {"concurrency": 8, "timeout_seconds": 5.0}
    with ProtocolServer(slots=2, seconds_each=0.05, pages={"/props": props}) as server:
        result = runner.run(experiment(models=[local_model(server, limits=limits)], retrieval=KEYWORD))
    assert result.state == "done" and server.most_in_flight == 2


def test_a_server_nearby_that_does_many_at_a_time_is_soon_sent_many() -> None:
    level = AdaptiveConcurrency(32, begin=2)
    for _ in range(60):
        level.note_accepted(level.allowed, seconds=0.5)
    assert level.allowed == 32


def test_a_server_that_queues_is_not_sent_more() -> None:
    level = AdaptiveConcurrency(32, begin=2)
    for _ in range(60):
        level.note_accepted(level.allowed, seconds=0.25 * level.allowed)
    assert level.allowed <= 4 and not level.was_lowered


def test_one_less_for_each_call_that_timed_out_beside_others_and_none_for_one_alone() -> None:
    async def work() -> tuple[int, int]:
        from workbench.errors import ProviderError

        late = ProviderError("late", kind="timeout", retryable=True)
        limits = ProviderLimits(Limits(concurrency=8))
        async with limits.slot() as alone:
            alone.note_failure(late)
        after_one_alone = limits.allowed
        async with limits.slot() as first, limits.slot() as second:
            first.note_failure(late)
            second.note_failure(late)
        return after_one_alone, limits.allowed

    assert asyncio.run(work()) == (8, 6)


def test_a_retry_after_a_time_out_may_take_longer(runner: Runner) -> None:
    def plan(number: int, path: str, body: dict[str, Any]) -> Misbehaviour | None:
        return Stall(1.4) if "messages" in body else None  # as a first load of a model, each time

    limits = {"concurrency": 1, "timeout_seconds": 1.0}
    with ProtocolServer(plan=plan) as server:
        written = experiment(models=[local_model(server, limits=limits)], retrieval=KEYWORD | {"top_k": [1]},
                             questions={"limit": 1}, holdout=0.0)  # fmt: skip
        result = runner.run(written)
    assert result.state == "done" and result.status["failed_answers"] == 0


def test_what_one_refusal_teaches_costs_no_answer_and_is_learnt_before_the_many(runner: Runner) -> None:
    with ProtocolServer(wants_max_completion_tokens=True, seconds_each=0.05) as server:
        limits = {"concurrency": 8, "timeout_seconds": 5.0}
        result = runner.run(experiment(models=[local_model(server, limits=limits)], retrieval=KEYWORD))
    assert result.state == "done" and result.status["failed_answers"] == 0
    assert sum("max_tokens" in body for body in server.posts) == 1


def test_repeats_of_a_model_with_a_seed_have_seeds_of_their_own(runner: Runner) -> None:
    with ProtocolServer() as server:
        written = experiment(models=[local_model(server, seed=7)], retrieval=KEYWORD, repeats=3)
        result = runner.run(written)
        sent = len(server.posts)
        again = runner.run(
            experiment(models=[local_model(server, seed=7)], retrieval=KEYWORD, repeats=3, name="b")
        )
        assert len(server.posts) == sent  # each repeat was found again under its own key
    assert result.state == again.state == "done"
    assert {body["seed"] for body in server.posts} == {7, 8, 9}


def wrong_name(runner: Runner, *models: dict[str, Any]) -> tuple[Any, ProtocolServer]:
    row = {"id": "small.gguf", "owned_by": "llamacpp", "meta": {"n_ctx": 8192}}
    with ProtocolServer(models=("small.gguf",), any_name=True, model_rows=[row],
                        pages={"/props": {"total_slots": 4}}) as server:  # fmt: skip
        described = [local_model(server, **m) for m in models]
        return runner.run(experiment(models=described, retrieval=KEYWORD | {"top_k": [1]})), server


def test_a_wrong_name_on_a_server_that_answers_to_any_is_said_and_what_served_is_stored(
    runner: Runner,
) -> None:
    result, _ = wrong_name(runner, {"name": "big", "model": "llama-3-70b"})
    assert result.state == "done"
    assert any("big" in w and "small.gguf" in w for w in result.status["warnings"])
    served = {call.served_model for _, call in list_calls(runner.store) if call.kind == "generate"}
    assert served == {"small.gguf"}


def test_a_misspelt_adapter_is_said_to_be_compared_with_itself(runner: Runner) -> None:
    result, _ = wrong_name(
        runner,
        {"name": "base", "model": "small.gguf"},
        {"name": "tuned", "model": "suport-lora", "parent": "base"},
    )
    assert any("base and tuned" in w and "with itself" in w for w in result.status["warnings"])


@pytest.mark.parametrize("begin", [None, 1, 2, 40])
def test_a_beginning_is_never_above_the_limit(begin: int | None) -> None:
    assert AdaptiveConcurrency(8, begin=begin).allowed == min(8, begin or 8)
