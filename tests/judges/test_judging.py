"""Tests judged scores over real HTTP: what is asked, stored, reused, refused and failed.
Knows nothing about how a run schedules them."""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from tests import small_judge
from tests.protocol_server import ProtocolServer, Refuse, Reply, Stall, answer_from_passages
from tests.run.test_promises import Remote
from tests.tiny_experiment import Runner, experiment, local_model
from workbench.api import ExperimentResult, prepare_experiment
from workbench.cli.texts.leaderboard import leaderboard_text
from workbench.errors import InputError
from workbench.planning.plan import Plan, make_plan
from workbench.providers import circuit_breaker
from workbench.run import executor
from workbench.space.experiment import ExperimentFile
from workbench.space.files import parse_experiment
from workbench.store.answers import find_answers
from workbench.store.ledger import get_spend
from workbench.store.records import ScoreRecord

JUDGED = [
    "faithfulness", "answer_relevancy", "context_precision", "context_recall", "factual_correctness", "noise_sensitivity",
]  # fmt: skip
RUBRIC = {"name": "heat", "rubric": "1 when it speaks of heaters, 0 when not."}
KEYWORD = {"splitter": ["markdown"], "chunk_tokens": [64], "retriever": ["keyword"], "top_k": [2]}
# Of the seven questions asked, five are answered and two declined.
ANSWERED = 5


def judge_model(server: ProtocolServer, **fields: Any) -> dict[str, Any]:
    return local_model(server, **({"name": "judge", "max_tokens": 300} | fields))


def judged(server: ProtocolServer, scores: list[Any], **fields: Any) -> ExperimentFile:
    given = {
        "scores": ["correctness", *scores], "judge": judge_model(server), "retrieval": KEYWORD, "holdout": 0.0,
    }  # fmt: skip
    return experiment(**(given | fields))


def scores_of(runner: Runner, result: ExperimentResult, name: str) -> list[ScoreRecord]:
    answers = find_answers(runner.store, result.id, limit=None)
    return [s for a in answers for s in a.scores if s.name == name]


def asked(scores: list[ScoreRecord]) -> list[ScoreRecord]:
    return [s for s in scores if s.detail["judging"]["calls"]]


def plan_of(runner: Runner, written: ExperimentFile) -> Plan:
    return make_plan(
        prepare_experiment(written, runner.settings, runner.store), runner.settings, runner.store
    )


Judge = Callable[[list[dict[str, str]]], str]


def twisted(change: Callable[[dict[str, Any]], Any]) -> Judge:
    """The small judge with its replies changed."""

    def judge(messages: list[dict[str, str]]) -> str:
        reply = change(json.loads(small_judge.judge(messages)))
        return reply if isinstance(reply, str) else json.dumps(reply)

    return judge


# -- what a judge says is kept ------------------------------------------------------------------------


def test_every_judged_score_is_made_with_its_verdicts_and_lies_within_0_and_1(runner: Runner) -> None:
    with ProtocolServer() as server:
        result = runner.run(judged(server, [*JUDGED, RUBRIC]))
    assert result.state == "done"
    for name in [*JUDGED, "heat"]:
        found = scores_of(runner, result, name)
        assert len(found) == 7 and {s.status for s in found} <= {"ok", "not_applicable"}, name
        assert all(0 <= s.value <= 1 for s in found if s.value is not None)
        assert len(asked(found)) == (7 if name == "heat" else ANSWERED)
    [first, *_] = asked(scores_of(runner, result, "faithfulness"))
    [verdict] = first.detail["verdicts"]
    assert (verdict["text"], verdict["verdict"]) == ("The label costs 5 euros.", 1) and verdict["reason"]
    assert first.value == 1 and first.detail["judging"]["judge"] == "judge"
    hot = [s.value for s in scores_of(runner, result, "heat")]
    assert hot.count(1.0) == 2 and hot.count(0.25) == 5


def test_a_declined_answer_costs_no_verdict(runner: Runner) -> None:
    with ProtocolServer(reply=lambda messages: "I don't know.") as server:
        result = runner.run(judged(server, JUDGED, models=[local_model(server)]))
        assert [b for b in server.judged if "context" not in b["messages"][0]["content"]] == []
    assert {s.status for s in scores_of(runner, result, "faithfulness")} == {"not_applicable"}
    values = [s.value for s in scores_of(runner, result, "factual_correctness")]
    assert values.count(0.0) == ANSWERED and values.count(None) == 2


def test_replies_are_asked_for_by_a_closed_schema_and_with_room_for_verdicts(runner: Runner) -> None:
    with ProtocolServer() as server:
        runner.run(judged(server, ["faithfulness", RUBRIC]))
        bodies = server.judged
    assert {b["response_format"]["type"] for b in bodies} == {"json_schema"}
    assert {b["max_tokens"] for b in bodies} == {4096}
    [verdicts] = {
        json.dumps(b["response_format"]["json_schema"]["schema"])
        for b in bodies
        if b["response_format"]["json_schema"]["name"] == "NLIStatementOutput"
    }
    assert '"enum": [0, 1]' in verdicts


def test_a_judges_own_max_tokens_are_kept(runner: Runner) -> None:
    with ProtocolServer() as server:
        result = runner.run(judged(server, ["faithfulness"], judge=judge_model(server, max_tokens=700)))
        assert {b["max_tokens"] for b in server.judged} == {700}
    assert any("700" in w for w in result.status["warnings"])


@pytest.mark.parametrize(
    ("refused", "left"), [(("json_schema",), "json_object"), (("json_schema", "json_object"), None)]
)
def test_a_server_without_schemas_is_asked_as_it_can_and_found_out_once(
    runner: Runner, refused: tuple[str, ...], left: str | None
) -> None:
    with ProtocolServer(refuses_formats=refused) as server:
        result = runner.run(judged(server, ["faithfulness", "context_recall", RUBRIC]))
        formats = [b.get("response_format", {}).get("type") for b in server.judged]
    assert {s.status for s in asked(scores_of(runner, result, "faithfulness"))} == {"ok"}
    assert all(formats.count(kind) == 1 for kind in refused)
    assert set(formats) == {*refused, left}


# -- replies that are no use --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("judge", "reason"),
    [
        (lambda messages: "I would rather talk about the weather.", "not the JSON"),
        (lambda messages: '{"urteil": "ja"}', "field required"),
        (twisted(lambda d: {"statements": [r | {"verdict": 7} for r in d["statements"]]}
                 if isinstance(d["statements"][0], dict) else d), "neither 0 nor 1"),
        (twisted(lambda d: {"statements": d["statements"] * 2}
                 if isinstance(d["statements"][0], dict) else d), "2 verdicts on 1 statements"),
        (twisted(lambda d: json.dumps(d)[:-4]), "not the JSON"),
        (twisted(lambda d: {"statements": []}), "no statement"),
    ],
)  # fmt: skip
def test_nonsense_is_a_stored_failure_with_its_reason_and_attempts(
    runner: Runner, judge: Judge, reason: str
) -> None:
    with ProtocolServer(judge=judge) as server:
        result = runner.run(judged(server, ["faithfulness"]))
        posts = len(server.judged)
        again = runner.run(judged(server, ["faithfulness"]))
        assert len(server.judged) == posts  # what it said is stored, and is no better a second time
    for one in (result, again):
        found = asked(scores_of(runner, one, "faithfulness"))
        assert {s.status for s in found} == {"failed"} and {s.value for s in found} == {None}
        assert all(reason in s.reason for s in found), found[0].reason
        assert {s.detail["judging"]["attempts"] for s in found} == {
            1 if "statement to" in found[0].reason else 3
        }
    assert get_spend(runner.store, result.id).calls >= posts
    [trial] = result.leaderboard["trials"]
    assert trial["scores"]["faithfulness"] | {"low": None, "high": None} == {
        "mean": None, "low": None, "high": None, "count": 0, "failed": 5, "not_applicable": 2,
        "groups": None, "marked": True,
        "note": "failed on every answer it applies to",
    }  # fmt: skip
    assert any("faithfulness failed on 5 of 5" in w for w in result.leaderboard["warnings"])


def test_a_reply_is_asked_for_again_with_what_was_wrong_at_most_twice(runner: Runner) -> None:
    with ProtocolServer(judge=lambda messages: "no") as server:
        runner.run(judged(server, [RUBRIC]))
        turns = [[m["role"] for m in b["messages"]] for b in server.judged]
    assert sorted(len(t) for t in turns) == [1] * 7 + [3] * 7 + [5] * 7
    assert max(turns, key=len) == ["user", "assistant", "user", "assistant", "user"]


def test_a_judge_that_mends_its_reply_is_a_score(runner: Runner) -> None:
    def judge(messages: list[dict[str, str]]) -> str:
        return small_judge.judge(messages) if len(messages) > 1 else "Sure! Here is the JSON:"

    with ProtocolServer(judge=judge) as server:
        result = runner.run(judged(server, ["faithfulness"]))
    found = asked(scores_of(runner, result, "faithfulness"))
    assert {s.status for s in found} == {"ok"} and {s.detail["judging"]["calls"] for s in found} == {4}


@pytest.mark.parametrize("mark", [7, -0.5, "NaN", "very good", None])
def test_a_mark_that_is_not_within_0_and_1_is_a_failure(runner: Runner, mark: Any) -> None:
    text = '{"reason": "x", "score": NaN}' if mark == "NaN" else json.dumps({"reason": "x", "score": mark})
    with ProtocolServer(judge=lambda messages: text) as server:
        result = runner.run(judged(server, [RUBRIC]))
    found = scores_of(runner, result, "heat")
    assert {s.status for s in found} == {"failed"} and all("score" in s.reason for s in found)
    assert {s.detail["judging"]["attempts"] for s in found} == {3}


def test_a_cut_reply_is_not_bought_again(runner: Runner) -> None:
    def plan(number: int, path: str, body: dict[str, Any]) -> Any:
        return Reply('{"reason": "it is', finish_reason="length")

    with ProtocolServer(plan=plan) as server:
        result = runner.run(judged(server, [RUBRIC]))
        assert len(server.judged) == 7
    assert all("max_tokens (4096)" in s.reason for s in scores_of(runner, result, "heat"))


def test_a_judge_that_fails_fails_the_score_and_not_the_answer(runner: Runner) -> None:
    with ProtocolServer(plan=lambda n, path, body: Refuse(400, message="no")) as server:
        result = runner.run(judged(server, [RUBRIC]))
    assert result.state == "done" and result.status["failed_answers"] == 0
    assert {s.status for s in scores_of(runner, result, "heat")} == {"failed"}


def test_a_question_in_another_language_is_no_measure_of_relevancy(runner: Runner) -> None:
    german = "Wie lange ist die Frist, und was ist der Preis?"
    judge = twisted(lambda d: d | {"question": german})
    with ProtocolServer(judge=judge) as server:
        result = runner.run(judged(server, ["answer_relevancy"]))
    found = asked(scores_of(runner, result, "answer_relevancy"))
    assert [s.status for s in found if "German" in s.reason] == ["failed"] * len(
        [s for s in found if "German" in s.reason]
    )
    assert any("German" in s.reason for s in found)


def test_reasons_in_another_language_leave_the_verdicts_and_are_warned_of(runner: Runner) -> None:
    judge = twisted(
        lambda d: d | {"reason": "Die Antwort ist nicht gut, und das ist der Grund.", "score": 0.5}
    )
    with ProtocolServer(judge=judge) as server:
        result = runner.run(judged(server, [RUBRIC]))
    found = [s for s in scores_of(runner, result, "heat") if s.detail["judging"].get("language")]
    assert found and all(s.value == 0.5 and "German" in s.reason for s in found)
    assert any("another language" in w for w in result.leaderboard["warnings"])


def test_a_judge_that_always_says_the_same_is_warned_of(runner: Runner) -> None:
    def numbered(messages: list[dict[str, str]]) -> str:
        return f"It takes {zlib.crc32(messages[-1]['content'].encode())} days."

    def wanted(server: ProtocolServer, **fields: Any) -> ExperimentFile:
        return judged(server, [RUBRIC], models=[local_model(server)], prompts=["concise", "short", "cited"], **fields)  # fmt: skip

    always = '{"reason": "fine", "score": 0.5}'
    with ProtocolServer(reply=numbered, judge=lambda messages: always) as server:
        result = runner.run(wanted(server))
    told = [w for w in result.leaderboard["warnings"] if "tells nothing apart" in w]
    assert len(told) == 1 and "gave 0.5 to all of 21" in told[0] and told[0] in result.status["warnings"]
    with ProtocolServer(reply=numbered, judge=lambda messages: always) as server:
        few = runner.run(wanted(server, questions={"limit": 6}))
    assert not any("tells nothing apart" in w for w in few.leaderboard["warnings"])


# -- what is shared and what is not -------------------------------------------------------------------


def test_the_same_experiment_again_asks_no_judge(runner: Runner) -> None:
    with ProtocolServer() as server:
        first = runner.run(judged(server, [*JUDGED, RUBRIC]))
        posts = len(server.posts)
        second = runner.run(judged(server, [*JUDGED, RUBRIC]))
        assert len(server.posts) == posts
    for name in [*JUDGED, "heat"]:
        assert [s.value for s in scores_of(runner, first, name)] == [
            s.value for s in scores_of(runner, second, name)
        ]
    assert second.status["spent_usd"] < first.status["spent_usd"] <= second.status["saved_usd"] * 1.001
    assert plan_of(runner, judged(server, [*JUDGED, RUBRIC])).stages["judge"].left == 0


def test_equal_requests_go_out_once_though_configurations_run_side_by_side(runner: Runner) -> None:
    retrieval = KEYWORD | {"chunk_tokens": [64, 96, 128]}
    with ProtocolServer(plan=lambda n, path, body: Stall(0.02)) as server:
        runner.run(judged(server, JUDGED, retrieval=retrieval))
        bodies = [json.dumps(b) for b in server.judged]
    assert len(bodies) == len(set(bodies))


def test_another_judge_never_gets_the_first_ones_verdicts_and_generates_nothing(runner: Runner) -> None:
    models = {"models": []}
    with ProtocolServer() as kind, ProtocolServer(judge=twisted(_strict)) as strict, ProtocolServer() as chat:
        models = {"models": [local_model(chat)]}
        first = runner.run(judged(kind, ["faithfulness"], **models))
        generated = len(chat.posts)
        second = runner.run(judged(strict, ["faithfulness"], **models))
        assert len(chat.posts) == generated and len(strict.judged) > 0
        for change in (
            {"revision": "2"},
            {"temperature": 0.7},
            {"max_tokens": 2000},
            {"model": "test-embed"},
        ):
            before = len(kind.judged)
            runner.run(judged(kind, ["faithfulness"], judge=judge_model(kind, **change), **models))
            assert len(kind.judged) > before, change
        before = len(kind.judged)
        other_price = judge_model(kind, name="renamed", price={"free": True})
        runner.run(judged(kind, ["faithfulness"], judge=other_price, **models))
        assert len(kind.judged) == before and len(chat.posts) == generated
    assert {s.value for s in asked(scores_of(runner, first, "faithfulness"))} == {1.0}
    assert {s.value for s in asked(scores_of(runner, second, "faithfulness"))} == {0.0}


def _strict(data: dict[str, Any]) -> dict[str, Any]:
    if isinstance(data.get("statements", [None])[0], dict):
        return {"statements": [row | {"verdict": 0} for row in data["statements"]]}
    return data


def test_what_does_not_look_at_the_answer_is_judged_once_for_all_models_and_prompts(runner: Runner) -> None:
    with ProtocolServer() as server:
        runner.run(judged(server, ["context_recall"], prompts=["concise", "short"]))
        assert len(server.judged) == ANSWERED


def test_a_score_added_asks_its_judge_and_generates_nothing(runner: Runner) -> None:
    with ProtocolServer() as server, ProtocolServer() as chat:
        models = {"models": [local_model(chat)]}
        runner.run(judged(server, ["faithfulness"], **models))
        generated, asked_before = len(chat.posts), len(server.judged)
        runner.run(judged(server, ["faithfulness", "context_recall"], **models))
        assert len(chat.posts) == generated and len(server.judged) == asked_before + ANSWERED


# -- stopping, money, outages -------------------------------------------------------------------------


def test_a_budget_caps_judging_too_and_what_is_left_is_judged_after_it_is_raised(runner: Runner) -> None:
    dear = {"input_per_million": 20.0, "output_per_million": 20.0}
    with ProtocolServer() as server:
        written = judged(server, [*JUDGED, RUBRIC], judge=judge_model(server, price=dear))
        free = runner.run(written.model_copy(update={"name": "uncapped"}))
        whole = free.status["spent_usd"]
    with ProtocolServer() as server:
        written = judged(
            server, [*JUDGED, RUBRIC], judge=judge_model(server, price=dear), budget_usd=whole * 0.7
        )
        stopped = runner.run(written)
        assert stopped.state == "stopped: budget" and stopped.status["spent_usd"] <= whole * 0.7
        for answer in find_answers(runner.store, stopped.id, limit=None):
            assert len(answer.scores) == 8  # none is half judged
        more = runner.run(written.model_copy(update={"budget_usd": whole * 3}))
        assert more.id == stopped.id and more.state == "done"
        bodies = [json.dumps(b) for b in server.judged]
    assert len(bodies) == len(set(bodies))
    assert more.status["spent_usd"] == pytest.approx(whole, rel=0.02)


def test_a_stop_is_heard_and_resuming_pays_no_verdict_twice(runner: Runner) -> None:
    remote = Remote()

    def plan(number: int, path: str, body: dict[str, Any]) -> Any:
        if number == 6:
            remote.stop()
        return Stall(0.1)

    with ProtocolServer(plan=plan) as server:
        written = judged(server, JUDGED)
        result = runner.run(written, make_stop_signal=remote.make)
        assert remote.stop_signal is not None and remote.stop_signal.seconds_since_set() < 3
        at_stop = len(server.judged)
        assert result.state == "stopped" and at_stop <= 6 + 4
        assert runner.run(result.id).state == "done"
        bodies = [json.dumps(b) for b in server.judged]
    assert len(bodies) == len(set(bodies)) > at_stop


@pytest.mark.usefixtures("hasty")
def test_a_judge_that_is_down_pauses_the_experiment(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "GIVE_UP_SECONDS", 0.5)  # before the call has had its last round
    monkeypatch.setattr(circuit_breaker, "LONGEST_PAUSE_SECONDS", 0.5)
    down = [True]
    with ProtocolServer(plan=lambda n, path, body: Refuse(503) if down[0] else None) as server:
        result = runner.run(judged(server, ["faithfulness"]))
        assert result.state == "paused" and server.base_url in result.status["message"]
        assert scores_of(runner, result, "faithfulness") == [] or not asked(
            scores_of(runner, result, "faithfulness")
        )
        down[0] = False
        again = runner.run(result.id)
    assert again.state == "done"
    assert {s.status for s in asked(scores_of(runner, again, "faithfulness"))} == {"ok"}


def test_a_judge_with_a_wrong_key_pauses_at_once(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY@127.0.0.1", "wrong")
    with ProtocolServer(api_key="right") as server:
        result = runner.run(
            judged(server, ["faithfulness"], judge=judge_model(server, api_key_env="TEST_KEY"))
        )
    assert result.state == "paused" and "TEST_KEY" in result.status["message"]


def test_judges_keep_their_own_limits_and_do_not_hold_up_the_models(runner: Runner) -> None:
    done_generating = threading.Event()

    def plan(number: int, path: str, body: dict[str, Any]) -> Any:
        if number == 14:
            done_generating.set()
        return None

    seen_early = []

    def judging(number: int, path: str, body: dict[str, Any]) -> Any:
        if number == 3:
            seen_early.append(done_generating.wait(5))
        return Stall(0.02)

    with ProtocolServer(plan=plan) as chat, ProtocolServer(plan=judging) as server:
        judge = judge_model(server, limits={"concurrency": 2})
        retrieval = KEYWORD | {"top_k": [1, 2]}
        result = runner.run(
            judged(
                server,
                ["faithfulness"],
                judge=judge,
                models=[local_model(chat, limits={"concurrency": 1})],
                retrieval=retrieval,
                prompts=["concise", "cited"],
            )
        )
        assert server.most_in_flight <= 2
    assert result.state == "done" and seen_early == [True]


# -- the ladder ---------------------------------------------------------------------------------------


def ladder(low: float, high: float) -> dict[str, Any]:
    return {"grounding": {"ladder": ["embedded", "model"], "escalate_between": [low, high]}}


def half_right(messages: list[dict[str, str]]) -> str:
    """Every other question gets a claim that no passage holds."""
    copied = answer_from_passages(messages)
    odd = zlib.crc32(copied.encode()) % 2 and "know" not in copied
    return f"{copied} Purple bananas grow on Mars in winter." if odd else copied


def test_a_ladder_asks_only_where_the_free_score_is_unsure(runner: Runner) -> None:
    with ProtocolServer(reply=half_right) as chat, ProtocolServer() as server:
        models = {"models": [local_model(chat)]}
        free = runner.run(judged(server, ["grounding"], **models))
        values = sorted(s.value for s in scores_of(runner, free, "grounding") if s.value is not None)
        low, high = values[0], values[-1]
        result = runner.run(judged(server, [ladder(0.0, (low + high) / 2)], **models))
        calls = len(server.judged)
    unsure = sum(v <= (low + high) / 2 for v in values)
    assert 0 < unsure < len(values) and calls == 2 * unsure
    found = result.leaderboard["judging"]["grounding"]
    assert (found["escalated"], found["of"]) == (unsure, len(values))
    assert found["saved_usd"] == pytest.approx(found["mean_cost_usd"] * (len(values) - unsure))
    for score in scores_of(runner, result, "grounding"):
        if score.value is not None:
            assert score.detail["claims"]
            assert ("verdicts" in score.detail) == bool(score.detail["escalated"])
    assert f"{unsure} of {len(values)} distinct answers went to the judge" in leaderboard_text(
        result.leaderboard
    )


def test_a_ladder_that_is_never_unsure_asks_nobody_and_says_that_its_saving_is_not_known(
    runner: Runner,
) -> None:
    with ProtocolServer() as server:
        result = runner.run(judged(server, [ladder(0.0, 0.0001)]))
        assert server.judged == []
    assert result.leaderboard["judging"]["grounding"]["saved_usd"] is None


# -- plan and input -----------------------------------------------------------------------------------


def test_the_plan_counts_and_prices_no_less_than_is_then_asked(runner: Runner) -> None:
    with ProtocolServer() as server:
        written = judged(server, [*JUDGED, RUBRIC, ladder(0.3, 0.7)], repeats=2, holdout=0.3)
        made = plan_of(runner, written)
        result = runner.run(written)
        calls = len(server.judged)
    assert made.stages["judge"].stored == 0 and made.stages["judge"].left >= calls > 0
    assert made.cost_usd is not None
    assert made.cost_usd.low <= result.status["spent_usd"] <= made.cost_usd.high


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("scores: [faithfulness]", "faithfulness asks a model, and the experiment names none"),
        ("scores: [{name: tone, rubric: 1 when polite}]", "tone asks a model"),
        ("scores: [grounding: {ladder: [embedded, model]}]", "grounding asks a model"),
        ("scores: [faithfulness]\njudge: embedded/extractive", "cannot judge"),
        ("scores: [faithfulnes]", "Did you mean 'faithfulness'"),
        ("scores: [{faithfulnes: {judge: embedded/extractive}}]", "Did you mean 'faithfulness'"),
        ("scores: [{toxicity: {judge: embedded/extractive}}]", "asks no model"),
        ("scores: [{name: correctness, rubric: x}]", "something else already"),
        ("scores: [faithfulness]\njudge: nobody", "'nobody' is not registered"),
        ("scores:\n  - correctness\n  - grounding: {lader: [embedded, model]}", "experiment:7: 'scores.1.lader'"),
        ("scores:\n  - grounding: {ladder: [embedded, model], escalate_between: [0.7, 0.3]}", "two rising numbers"),
        ("scores:\n  - {name: tone, rubric: ' '}", "rubric is empty"),
        ("scores: [tone: {rubric: x}, tone: {rubric: y}]", "named twice"),
    ],
)  # fmt: skip
def test_wrong_judging_is_named_before_anything_is_spent(runner: Runner, text: str, message: str) -> None:
    head = "name: x\ncorpus: tiny\nprompts: [concise]\nmodels: [embedded/extractive]\n"
    with pytest.raises(InputError) as error:
        runner.create(parse_experiment(head + text))
    assert message in str(error.value)


def test_a_judge_that_is_not_asked_or_judges_itself_is_said(runner: Runner) -> None:
    with ProtocolServer() as server:
        prepared = prepare_experiment(judged(server, []), runner.settings, runner.store)
        assert any("the judge is not asked" in w for w in prepared.warnings)
        own = judged(server, ["faithfulness"], models=[judge_model(server)])
        prepared = prepare_experiment(own, runner.settings, runner.store)
        assert any("prefer what they wrote themselves" in w for w in prepared.warnings)
