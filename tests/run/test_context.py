"""Models whose context is too small for all passages, whatever their tokenizers count and their servers say.
Knows nothing about how prompts are rendered."""

from __future__ import annotations

from typing import Any

import pytest

from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import Runner, experiment, local_model
from workbench.settings import Settings
from workbench.store.answers import find_answers
from workbench.store.ledger import list_calls

RETRIEVAL = {"splitter": ["sentence"], "chunk_tokens": [32], "retriever": ["keyword"], "top_k": [6]}
LIMITS = {"concurrency": 2, "timeout_seconds": 5.0}


@pytest.fixture
def runner(tiny: Settings) -> Runner:
    """One whose corpus has passages enough to fill a small context."""
    for number in range(8):
        text = f"# Note {number}\n\nNote {number} on goods, heaters, the label, the tank and the probe: they can cost much."
        (tiny.corpora / "tiny" / "documents" / f"note-{number}.md").write_text(text)
    return Runner(tiny)


def llama(tokens: int, limit: int) -> dict[str, Any]:
    words = (
        f"request ({tokens} tokens) exceeds the available context size ({limit} tokens), try increasing it"
    )
    return {
        "code": 400,
        "message": words,
        "type": "exceed_context_size_error",
        "n_prompt_tokens": tokens,
        "n_ctx": limit,
    }


def vllm(tokens: int, limit: int) -> str:
    return (
        f"This model's maximum context length is {limit} tokens. However, you requested 60 output tokens and your "
        f"prompt contains at least {tokens} input tokens. Please reduce the length of the input prompt."
    )


def ollama(tokens: int, limit: int) -> str:
    return "the input length exceeds the context length"


def run(runner: Runner, server: ProtocolServer, **fields: Any) -> Any:
    model = local_model(server, limits=LIMITS, max_tokens=10, **fields)
    return runner.run(experiment(models=[model], retrieval=RETRIEVAL))


def flags_of(runner: Runner, experiment_id: str) -> list[tuple[str, ...]]:
    return [a.flags for a in find_answers(runner.store, experiment_id, limit=None)]


@pytest.mark.parametrize("too_long", [llama, vllm, ollama])
def test_a_prompt_that_is_refused_as_too_long_is_asked_again_with_fewer_passages(
    runner: Runner, too_long: Any
) -> None:
    with ProtocolServer(context_tokens=90, too_long=too_long) as server:
        result = run(runner, server)
        shorter = [f for f in flags_of(runner, result.id) if "asked_again_shorter" in f]
        assert result.state == "done" and result.status["failed_answers"] == 0
        assert shorter and all("passages_dropped" in flags for flags in shorter)
        sent = len(server.posts)
        again = runner.run(
            experiment(
                models=[local_model(server, limits=LIMITS, max_tokens=10)], retrieval=RETRIEVAL, name="b"
            )
        )
        assert again.state == "done" and again.status["calls"]["reused"] >= len(shorter)
        # What was answered is found again; only the refusals, which cost nothing, are heard again.
        answered = [b for b in server.posts[sent:] if server.count_tokens(b["messages"]) <= 90]
        assert answered == []


def test_an_answer_says_how_many_passages_it_saw(runner: Runner) -> None:
    with ProtocolServer(context_tokens=90, too_long=llama) as server:
        result = run(runner, server)
    answers = find_answers(runner.store, result.id, limit=None)
    longest = max(len(b["messages"][-1]["content"]) for b in server.posts)
    assert {len(a.passages) for a in answers if "passages_dropped" in a.flags} != {6} and longest
    assert all(len(a.passages) < 6 for a in answers if "passages_dropped" in a.flags)


def test_a_prompt_that_cannot_be_made_to_fit_fails_with_the_servers_words(runner: Runner) -> None:
    with ProtocolServer(context_tokens=5, too_long=llama) as server:
        result = run(runner, server)
    assert result.status["failed_answers"] == 5
    answer = find_answers(runner.store, result.id, limit=1)[0]
    assert "exceeds the available context size (5 tokens)" in answer.error


@pytest.mark.parametrize("ratio", [1.32, 1.86])
def test_a_tokenizer_that_counts_more_overflows_no_declared_window(runner: Runner, ratio: float) -> None:
    with ProtocolServer(context_tokens=230, token_ratio=ratio) as server:
        result = run(runner, server, context_window=240)
    assert result.state == "done" and result.status["failed_answers"] == 0
    assert not any("asked_again_shorter" in flags for flags in flags_of(runner, result.id))


def test_the_ratio_is_learnt_by_one_call_that_is_stored(runner: Runner) -> None:
    with ProtocolServer(token_ratio=1.5) as server:
        first = run(runner, server, context_window=240)
        sent = len(server.posts)
        model = local_model(server, limits=LIMITS, max_tokens=10, context_window=240)
        runner.run(experiment(models=[model], retrieval=RETRIEVAL, name="b"))
        assert len(server.posts) == sent
    assert first.state == "done"
    assert [c.kind for _, c in list_calls(runner.store)].count("count_tokens") == 1


def test_a_window_that_surely_holds_every_prompt_asks_for_no_ratio(runner: Runner) -> None:
    with ProtocolServer() as server:
        run(runner, server, context_window=32_000)
    assert "count_tokens" not in {c.kind for _, c in list_calls(runner.store)}


def test_a_window_that_is_not_declared_is_read_from_the_server(runner: Runner) -> None:
    rows = [{"id": "test-chat", "owned_by": "vllm", "max_model_len": 130}]
    with ProtocolServer(context_tokens=120, model_rows=rows) as server:
        result = run(runner, server)
    flags = flags_of(runner, result.id)
    assert result.state == "done" and result.status["failed_answers"] == 0
    assert any("passages_dropped" in f for f in flags)
    assert not any("asked_again_shorter" in f for f in flags)
