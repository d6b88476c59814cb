"""A training at a provider, over real HTTP: started once, followed, cancelled, paid, and what can go wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.protocol_server import ProtocolServer
from tests.protocol_server.misbehaviour import Refuse
from workbench.errors import ProviderError, Stopped, TuningError, TuningFailed
from workbench.providers.trust import ONLY_WELL_KNOWN, Trust
from workbench.space.model import Model
from workbench.tuning.hosting.fine_tuning_api import FineTuningApi, HostedProgress, read_events, suffix_of
from workbench.tuning.hosting.train_hosted import (
    HostedResult,
    HostedTraining,
    as_call,
    check_hosted,
    estimate_tokens,
    train_hosted,
)


def training_of(data: Path, **fields: Any) -> HostedTraining:
    given = {
        "key": "abc123", "name": "smol-tuned", "kind": "sft", "data": data, "settings": {"n_epochs": 2},
        "seed": 7, "price_per_million_tokens": 3.0,
    }  # fmt: skip
    return HostedTraining(**given | fields)


def train(
    parent: Model,
    training: HostedTraining,
    *,
    job_id: str | None = None,
    stop_after: int | None = None,
    patience: float = 0.2,
    trust: Trust = ONLY_WELL_KNOWN,
    stop: Callable[[int], bool] = lambda seen: False,
) -> tuple[HostedResult, list[HostedProgress], list[str]]:
    seen: list[HostedProgress] = []
    jobs: list[str] = []

    async def remember(id_: str) -> None:
        jobs.append(id_)

    async def go() -> HostedResult:
        api = FineTuningApi(parent, trust)
        try:
            return await train_hosted(
                api,
                training,
                job_id=job_id,
                remember=remember,
                on_progress=lambda progress, words: seen.append(progress),
                stop=lambda: stop(len(seen)) or (stop_after is not None and len(seen) > stop_after),
                poll_seconds=0.001,
                patience_seconds=patience,
            )
        finally:
            await api.close()

    return asyncio.run(go()), seen, jobs


def test_a_job_ends_in_a_served_model_with_its_curve_and_its_price(
    server: ProtocolServer, parent: Model, conversations: Path
) -> None:
    result, seen, jobs = train(parent, training_of(conversations))
    assert result.model == "ft:test-chat:tests:smol-tuned:1"
    assert result.losses == ((1, 2.0), (2, 1.0), (3, 2.0 / 3))
    assert (result.trained_tokens, result.cost_usd) == (12_000, 0.036)
    assert jobs == ["ftjob-1"] and [p.step for p in seen] == [0, 1, 2, 3]


def test_the_job_is_told_its_settings_and_its_key(
    server: ProtocolServer, parent: Model, conversations: Path
) -> None:
    train(parent, training_of(conversations, settings={"n_epochs": 2, "batch_size": "auto", "rank": 8}))
    assert server.training is not None
    [job] = server.training.created
    assert job["method"] == {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 2}}}
    assert job["metadata"] == {"workbench_key": "abc123"} and job["seed"] == 7


def test_pairs_are_trained_by_dpo(server: ProtocolServer, parent: Model, tmp_path: Path) -> None:
    row = {
        "input": {"messages": [{"role": "user", "content": "How long?"}]},
        "preferred_output": [{"role": "assistant", "content": "30 days."}],
        "non_preferred_output": [{"role": "assistant", "content": "Forever."}],
    }
    pairs = tmp_path / "pairs.jsonl"
    pairs.write_text("".join(json.dumps(row) + "\n" for _ in range(10)))
    train(parent, training_of(pairs, kind="dpo", settings={"beta": 0.1}))
    assert server.training is not None
    assert server.training.created[0]["method"] == {"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.1}}}


def test_the_provider_keeps_no_training_data(
    server: ProtocolServer, parent: Model, conversations: Path
) -> None:
    train(parent, training_of(conversations))
    assert server.training is not None and not server.training.files


def test_a_job_whose_id_was_lost_is_found_by_its_key(
    server: ProtocolServer, parent: Model, conversations: Path
) -> None:
    train(parent, training_of(conversations))
    result, _, jobs = train(parent, training_of(conversations))
    assert server.training is not None and len(server.training.created) == 1
    assert jobs == ["ftjob-1"] and result.model


def test_a_known_job_is_followed_where_no_jobs_are_listed(
    server: ProtocolServer, parent: Model, conversations: Path
) -> None:
    assert server.training is not None
    server.training.lists_jobs = False
    train(parent, training_of(conversations))
    train(parent, training_of(conversations), job_id="ftjob-1")
    assert len(server.training.created) == 1


def test_a_failed_job_says_why_and_another_attempt_starts_a_new_one(
    server: ProtocolServer, parent: Model, conversations: Path
) -> None:
    assert server.training is not None
    server.training.fails_at = 2
    with pytest.raises(TuningFailed, match="could not train smol-tuned: The GPU fell off the bus"):
        train(parent, training_of(conversations))
    server.training.fails_at = None
    assert train(parent, training_of(conversations), job_id="ftjob-1")[2] == ["ftjob-2"]


def test_a_job_that_vanished_is_said_and_the_next_attempt_starts_a_new_one(
    server: ProtocolServer, parent: Model, conversations: Path
) -> None:
    training = server.training
    assert training is not None
    training.steps = 1000

    def vanish(seen: int) -> bool:
        if seen == 2:
            training.jobs.clear()
        return False

    with pytest.raises(TuningFailed, match="no longer knows the job ftjob-1 of smol-tuned"):
        train(parent, training_of(conversations), stop=vanish)
    training.steps = 3
    assert train(parent, training_of(conversations), job_id="ftjob-1")[0].model
    assert len(training.created) == 2


def test_a_stop_says_when_the_provider_could_not_be_told(
    server: ProtocolServer, parent: Model, conversations: Path
) -> None:
    provider = server.training
    assert provider is not None
    provider.steps = 1000

    def stop(seen: int) -> bool:
        provider.broken = seen > 2
        return provider.broken

    with pytest.raises(Stopped, match="may go on and cost"):
        train(parent, training_of(conversations), stop=stop)


def test_a_provider_that_fails_for_long_is_given_up_and_followed_again_later(
    server: ProtocolServer, parent: Model, conversations: Path
) -> None:
    provider = server.training
    assert provider is not None
    provider.steps = 1000

    def fail(seen: int) -> bool:
        provider.broken = seen == 2
        return False

    with pytest.raises(TuningFailed, match="has not answered for"):
        train(parent, training_of(conversations), stop=fail, patience=0.02)
    provider.broken, provider.steps = False, 3
    assert train(parent, training_of(conversations), job_id="ftjob-1")[2] == ["ftjob-1"]
    assert len(provider.created) == 1


def test_a_stop_cancels_the_job_at_the_provider(
    server: ProtocolServer, parent: Model, conversations: Path
) -> None:
    assert server.training is not None
    server.training.steps = 1000
    with pytest.raises(Stopped):
        train(parent, training_of(conversations), stop_after=2)
    assert server.training.jobs["ftjob-1"]["status"] == "cancelled"


def test_a_provider_that_is_away_for_a_while_is_waited_for(
    server: ProtocolServer, parent: Model, conversations: Path
) -> None:
    with ProtocolServer(training=server.training) as another:
        gone = another.base_url
    with pytest.raises(TuningFailed, match="has not answered for"):
        train(parent.model_copy(update={"base_url": gone}), training_of(conversations), patience=0.02)


def test_tokens_that_are_not_reported_are_estimated_and_marked(
    server: ProtocolServer, parent: Model, conversations: Path
) -> None:
    assert server.training is not None
    server.training.counts_tokens = False
    result, _, _ = train(parent, training_of(conversations))
    assert result.tokens_estimated
    assert result.trained_tokens == estimate_tokens(conversations, {"n_epochs": 2}) == 12 * 17 / 4 * 2


def test_the_ledger_gets_a_call_with_the_cost(parent: Model, conversations: Path) -> None:
    call = as_call(parent, training_of(conversations), HostedResult("ft:x", 12_000, False, 0.036, ()), 60.0)
    assert (call.kind, call.cost_usd, call.input_tokens, call.served_model) == ("tune", 0.036, 12_000, "ft:x")


@pytest.mark.parametrize(
    ("fields", "room", "words"),
    [
        ({"kind": "kto"}, None, "not from kto"),
        ({"price_per_million_tokens": None}, 1.0, "names no price"),
        ({"price_per_million_tokens": 1e6}, 1.0, "would cost about"),
    ],
)
def test_what_cannot_be_paid_or_trained_is_refused_before_anything_is_sent(
    conversations: Path, fields: dict[str, Any], room: float | None, words: str
) -> None:
    with pytest.raises(TuningError, match=words):
        check_hosted(training_of(conversations, **fields), room)


def test_data_of_one_row_are_refused(tmp_path: Path) -> None:
    one = tmp_path / "one.jsonl"
    one.write_text('{"messages": []}\n')
    with pytest.raises(TuningError, match="have 1 row; a provider needs at least 10"):
        check_hosted(training_of(one), None)


def test_a_refused_key_is_said_as_such(conversations: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAIN_KEY", "wrong")
    with ProtocolServer(api_key="right") as locked:
        model = Model(name="m", base_url=locked.base_url, model="test-chat", api_key_env="TRAIN_KEY")
        with pytest.raises(ProviderError) as raised:
            train(model, training_of(conversations), trust=Trust.of([model]))
    assert raised.value.kind == "key" and "wrong" not in str(raised.value)


def test_a_busy_provider_is_asked_again(conversations: Path) -> None:
    from tests.protocol_server.training import Training

    busy = iter([Refuse(503)] * 2)
    with ProtocolServer(training=Training(), plan=lambda n, path, body: next(busy, None)) as server:
        model = Model(name="m", base_url=server.base_url, model="test-chat")
        assert train(model, training_of(conversations))[0].model


@pytest.mark.parametrize(
    ("rows", "progress"),
    [
        ([], HostedProgress(0, 0, ())),
        (["nonsense", {"data": None}, {"data": {"step": "x"}}], HostedProgress(0, 0, ())),
        ([{"data": {"step": 2, "train_loss": float("nan")}}], HostedProgress(2, 0, ())),
    ],
)
def test_odd_events_are_no_progress(rows: list[Any], progress: HostedProgress) -> None:
    assert read_events(rows) == progress


def test_a_suffix_has_at_most_eighteen_letters() -> None:
    assert suffix_of("Smol tuned rank_8 epochs=3") == "med-rank-8-epochs-3"[-18:].strip("-")
    assert suffix_of("→") == "tuned"
