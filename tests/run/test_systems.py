"""Systems of one's own beside the configurations: asked, stored, scored, ranked, resumed and exported alike.
Knows nothing about how a reply is read: tests/providers/test_systems.py does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.protocol_server import ProtocolServer
from tests.system_server import Reply, SystemServer, good_answer
from tests.tiny_experiment import DOCUMENTS, Runner, experiment
from workbench.api import prepare_experiment
from workbench.calls.trusted_hosts import trust_hosts
from workbench.errors import CodeNotAllowed, ExperimentError, HostNotConfirmed
from workbench.planning.plan import make_plan
from workbench.results.leaderboard import leaderboard_to_json
from workbench.results.leaderboard_csv import leaderboard_csv
from workbench.ship.export import export_winner
from workbench.ship.load import load_winner
from workbench.space.config import Config
from workbench.space.experiment import ExperimentFile
from workbench.space.file_writing import experiment_to_yaml, to_experiment_file
from workbench.space.files import parse_experiment
from workbench.store.answers import find_answers
from workbench.store.comparisons import find_effects, get_score_cells
from workbench.store.experiments import get_experiment
from workbench.store.ledger import sum_calls
from workbench.store.trials import get_trials
from workbench.user_code.permission import Code, allow, look_in

CHAIN = """
from pathlib import Path

def answer(question, history):
    print("this must not be among a command's results")
    return {"answer": "Within 30 days of delivery.", "passages": ["Goods can be returned within 30 days of delivery."]}

async def later(question):
    return "I don't know."

def fails(question):
    raise ValueError("no such index")
"""


@pytest.fixture
def server() -> Iterator[SystemServer]:
    with SystemServer() as running:
        yield running


@pytest.fixture
def chain(tmp_path: Path, runner: Runner) -> Path:
    """A module with functions, allowed."""
    file = tmp_path / "code" / "own_chain.py"
    file.parent.mkdir()
    file.write_text(CHAIN)
    look_in(file.parent)
    allow([Code.of_file(file.resolve())])
    return file


def system(server: SystemServer, **fields: Any) -> dict[str, Any]:
    return {"name": "today", "url": server.url, "limits": {"concurrency": 2, "timeout_seconds": 5}, **fields}


def with_systems(*systems: dict[str, Any], **fields: Any) -> ExperimentFile:
    return experiment(systems=list(systems), **fields)


def row_of(board: dict[str, Any], name: str) -> dict[str, Any]:
    return next(row for row in board["trials"] if row["name"] == name)


def answers_of(runner: Runner, experiment_id: str, name: str) -> list[Any]:
    return [a for a in find_answers(runner.store, experiment_id, limit=None) if a.trial_name == name]


def test_it_stands_on_the_leaderboard_with_the_same_scores(runner: Runner, server: SystemServer) -> None:
    result = runner.run(with_systems(system(server)))
    board = result.leaderboard
    assert result.state == "done" and len(board["trials"]) == 3
    row = row_of(board, "today")
    scores = {name: figure["mean"] for name, figure in row["scores"].items()}
    assert scores["correctness"] == 1.0 and scores["retrieval_recall"] == 1.0
    assert scores["retrieval_precision"] == pytest.approx(0.5, abs=0.2) and scores["grounding"] > 0.5
    assert row["config"]["system"] == "today" and row["config"]["prompt"] is row["config"]["model"] is None
    assert set(row["config"]["retrieval"].values()) == {None}
    assert row["cost_per_1k_questions"] is None and row["failed_answers"] == 0
    others = [r for r in board["trials"] if r["name"] != "today"]
    assert all(r["config"]["system"] is None and r["config"]["retrieval"]["top_k"] == 2 for r in others)
    assert {q["question"] for q in server.asked} >= {"What does the label cost?"}
    assert all(q["history"] == [] for q in server.asked) and server.busiest <= 2
    lines = leaderboard_csv(board).splitlines()
    assert lines[0].endswith(",system") and sum(line.endswith(",today") for line in lines) == 1


def test_its_passages_have_their_places_and_the_text_it_gave(runner: Runner, server: SystemServer) -> None:
    result = runner.run(with_systems(system(server)))
    for answer in answers_of(runner, result.id, "today"):
        if not answer.question.answerable:
            continue
        exact, other = answer.passages
        assert DOCUMENTS[exact.document][exact.start : exact.end] == exact.text
        assert DOCUMENTS[other.document][other.start : other.end] == other.text
        assert answer.passage_scores == (0.9, 0.4) and answer.flags == ("usage_estimated",)
        assert answer.seconds > 0 and answer.text


def test_the_passage_tokens_of_a_system_that_reports_no_passages_are_not_known(runner: Runner) -> None:
    def without(asked: dict[str, Any]) -> Reply:
        reply = good_answer(asked)
        assert isinstance(reply, dict)
        return {"answer": reply["answer"]}

    with SystemServer(without) as silent, SystemServer() as telling:
        result = runner.run(with_systems(system(silent), system(telling, name="telling")))
    given = {row["name"]: row["passage_tokens_per_answer"] for row in result.leaderboard["trials"]}
    assert given.pop("today") is None and all(tokens > 0 for tokens in given.values())
    cells = get_score_cells(runner.store, result.id, "passage_tokens_per_answer")
    [today] = [t.id for t in get_trials(runner.store, result.id) if t.name == "today"]
    assert cells and today not in {trial for trial, _, _ in cells}


def test_nothing_is_asked_twice(runner: Runner, server: SystemServer) -> None:
    first = runner.run(with_systems(system(server)))
    asked = len(server.asked)
    again = runner.run(with_systems(system(server, name="renamed"), name="again"))
    assert len(server.asked) == asked
    old, new = answers_of(runner, first.id, "today"), answers_of(runner, again.id, "renamed")
    assert [(a.text, a.passages) for a in old] == [(a.text, a.passages) for a in new]
    assert all(a.reused for a in new)
    runner.run(with_systems(system(server, revision="2"), name="changed"))
    assert len(server.asked) == 2 * asked


def test_repeats_are_asked_each(runner: Runner, server: SystemServer) -> None:
    runner.run(with_systems(system(server), repeats=3, holdout=0))
    assert len(server.asked) == 3 * len({q["question"] for q in server.asked})


def test_changed_documents_place_a_stored_reply_anew(runner: Runner, server: SystemServer) -> None:
    runner.run(with_systems(system(server)))
    asked = len(server.asked)
    page = runner.settings.corpora / "tiny" / "documents" / "returns.md"
    page.write_text("Before.\n\n" + page.read_text())
    result = runner.run(with_systems(system(server)))
    assert len(server.asked) == asked
    places = [p.start for a in answers_of(runner, result.id, "today") for p in a.passages[:1]]
    moved = [
        a
        for a in answers_of(runner, result.id, "today")
        if a.passages and a.passages[0].document == "returns.md"
    ]
    assert places and moved
    for answer in moved:
        first = answer.passages[0]
        assert page.read_text()[first.start : first.end] == first.text


@pytest.mark.parametrize(
    "search",
    [
        {"strategy": "grid"}, {"strategy": "race", "block": 1}, {"strategy": "halving", "first": 1},
        {"strategy": "random", "trials": 1}, {"strategy": "tpe", "trials": 2}, {"strategy": "model"},
    ],
)  # fmt: skip
def test_every_strategy_asks_it_all_questions(
    runner: Runner, server: SystemServer, search: dict[str, Any]
) -> None:
    def poor(asked: dict[str, Any]) -> dict[str, Any]:
        return {"answer": "Perhaps.", "passages": []}

    server.reply = poor
    result = runner.run(with_systems(system(server), search=search, baseline={"system": "today"}))
    assert result.state == "done"
    row = row_of(result.leaderboard, "today")
    assert row["answers"] == 5 and row["state"] == "done"
    assert result.leaderboard["baseline"] == row["trial"]
    assert all(r["config"]["system"] is None for r in result.leaderboard["trials"] if r["name"] != "today")


def test_systems_alone_need_neither_prompt_nor_model(runner: Runner, server: SystemServer) -> None:
    written = ExperimentFile.model_validate(
        {
            "name": "alone",
            "corpus": "tiny",
            "systems": [system(server), system(server, name="tomorrow", revision="2")],
        }
    )
    plan = make_plan(
        prepare_experiment(written, runner.settings, runner.store), runner.settings, runner.store
    )
    assert plan.configs == 2 and plan.stages["embed"].distinct == plan.stages["retrieve"].distinct == 0
    assert plan.stages["generate"].left == 2 * (5 + 2)
    result = runner.run(written)
    assert {row["name"] for row in result.leaderboard["trials"]} == {"today", "tomorrow"}


def test_the_plan_counts_its_calls_and_says_that_it_has_no_price(
    runner: Runner, server: SystemServer
) -> None:
    def plan_of(**fields: Any) -> Any:
        prepared = prepare_experiment(with_systems(system(server, **fields)), runner.settings, runner.store)
        return make_plan(prepared, runner.settings, runner.store)

    plain = make_plan(
        prepare_experiment(experiment(), runner.settings, runner.store), runner.settings, runner.store
    )
    plan = plan_of()
    assert plan.configs == plain.configs + 1
    assert plan.stages["generate"].distinct - plain.stages["generate"].distinct in (5, 7)
    assert plan.cost_usd is None and plan.unpriced == ("today",)
    [host] = plan.hosts
    assert host.sends == ("questions",) and host.models == ("today",) and host.confirmed
    priced = plan_of(price={"per_call": 0.01})
    assert priced.cost_usd is not None and 0.05 <= priced.cost_usd.low <= priced.cost_usd.high < 0.12
    runner.run(with_systems(system(server)))
    assert plan_of().stages["generate"].left == 0


def test_what_it_costs_is_its_word_else_its_price_else_unknown(runner: Runner, server: SystemServer) -> None:
    told = {"cost_usd": 0.002, "usage": {"input": 100, "output": 10}}
    server.reply = lambda asked: {**good_answer(asked), **told}  # type: ignore[dict-item]
    board = runner.run(with_systems(system(server, price={"per_call": 5}))).leaderboard
    assert row_of(board, "today")["cost_per_1k_questions"] == pytest.approx(2.0)
    assert row_of(board, "today")["tokens_per_answer"] == 110
    server.reply = good_answer
    board = runner.run(
        with_systems(system(server, price={"per_call": 0.01}, revision="2"), name="b")
    ).leaderboard
    assert row_of(board, "today")["cost_per_1k_questions"] == pytest.approx(10.0)
    line = next(line for line in sum_calls(runner.store) if line.model == "today")
    assert line.kind == "generate" and line.unpriced == 0


def test_a_budget_holds_for_it(runner: Runner, server: SystemServer) -> None:
    with pytest.raises(ExperimentError, match="needs a price for every model; today has none"):
        runner.create(with_systems(system(server), budget_usd=1.0))
    result = runner.run(with_systems(system(server, price={"per_call": 0.3}), budget_usd=1.0))
    assert result.state == "stopped: budget"
    assert len(server.asked) == 3
    again = runner.run(with_systems(system(server, price={"per_call": 0.3}), budget_usd=10.0))
    assert again.id == result.id and again.state == "done" and len(server.asked) == 7
    answers = answers_of(runner, result.id, "today")
    assert all(len(a.passages) == 2 for a in answers if a.question.answerable)


def test_a_function_that_always_raises_leaves_the_rest_alone(runner: Runner, chain: Path) -> None:
    result = runner.run(with_systems({"name": "chain", "python": "own_chain:fails"}))
    assert result.state == "paused" and "ValueError: no such index" in str(result.status)
    others = [row for row in result.leaderboard["trials"] if row["name"] != "chain"]
    assert all(row["answers"] == 5 for row in others)


def test_functions_and_chat_endpoints_stand_beside_it(
    runner: Runner, server: SystemServer, chain: Path
) -> None:
    with ProtocolServer() as chat:
        door = {"base_url": chat.base_url, "model": "test-chat"}
        written = with_systems(
            system(server), {"name": "chain", "python": "own_chain:answer"},
            {"name": "later", "python": "own_chain:later"}, {"name": "chat", "openai": door},
        )  # fmt: skip
        result = runner.run(written)
        assert result.state == "done"
        rows = {row["name"]: row for row in result.leaderboard["trials"]}
        assert {"today", "chain", "later", "chat"} < set(rows)
        assert all(row["failed_answers"] == 0 for row in rows.values())
        [answer, *_] = [a for a in answers_of(runner, result.id, "chain") if a.passages]
        assert answer.passages[0].document == "returns.md"
        assert "no_passages" in answers_of(runner, result.id, "later")[0].flags
        assert "no_passages" in answers_of(runner, result.id, "chat")[0].flags


def test_code_runs_only_when_it_is_allowed(runner: Runner, tmp_path: Path) -> None:
    file = tmp_path / "foreign_chain.py"
    file.write_text("raise SystemExit('it ran')")
    look_in(tmp_path)
    with pytest.raises(CodeNotAllowed, match="foreign_chain.py"):
        runner.create(with_systems({"name": "chain", "python": "foreign_chain:answer"}))


def test_a_changed_function_is_asked_anew(runner: Runner, chain: Path) -> None:
    first = runner.run(with_systems({"name": "chain", "python": "own_chain:answer"}))
    chain.write_text(CHAIN.replace('Within 30 days of delivery."', 'Ten days."'))
    written = with_systems({"name": "chain", "python": "own_chain:answer"})
    with pytest.raises(CodeNotAllowed):
        runner.create(written)
    allow([Code.of_file(chain.resolve())])
    second = runner.run(written)
    texts = [answers_of(runner, r.id, "chain")[0].text for r in (first, second)]
    assert texts == ["Within 30 days of delivery.", "Ten days."]


def test_one_that_fails_is_said_and_the_rest_goes_on(
    runner: Runner, server: SystemServer, chain: Path
) -> None:
    def odd(asked: dict[str, Any]) -> Any:
        if "label" in asked["question"]:
            return {"answer": {"wrong": "type"}}
        return {**good_answer(asked), "passages": ["Nothing of this is in any document."]}  # type: ignore[dict-item]

    server.reply = odd
    result = runner.run(with_systems(system(server)))
    assert result.state == "done"
    row = row_of(result.leaderboard, "today")
    assert (
        row["failed_answers"] == 1 and "its answer, at $.answer, is an object" in row["failures"][0]["error"]
    )
    answers = [a for a in answers_of(runner, result.id, "today") if a.state == "ok"]
    assert all("passages_not_in_documents" in a.flags and a.passages[0].document == "" for a in answers)
    assert row["scores"]["retrieval_recall"]["mean"] == 0.0


def test_the_file_it_came_from_can_be_written_again(runner: Runner, server: SystemServer) -> None:
    written = with_systems(
        system(server, map={"answer": "$.answer"}), {"name": "c", "openai": {"base_url": "http://127.0.0.1:1/v1", "model": "m"}},
        baseline={"system": "today"},
    )  # fmt: skip
    assert parse_experiment(experiment_to_yaml(written)) == written
    record = get_experiment(runner.store, runner.create(written))
    again = to_experiment_file(record.experiment, {}, lambda prompt: prompt)
    assert again.systems == written.systems and again.baseline == written.baseline
    for trial in get_trials(runner.store, record.id):
        assert Config.from_json(json.loads(json.dumps(trial.config.to_json()))).id == trial.config.id


def test_experiments_without_systems_keep_their_identity(runner: Runner) -> None:
    first = runner.create(experiment())
    assert runner.create(experiment(systems=[])) == first


def test_effects_of_settings_leave_it_out(runner: Runner, server: SystemServer) -> None:
    result = runner.run(with_systems(system(server)))
    effects = find_effects(runner.store, result.id, "correctness")
    assert effects is not None and effects["configurations"] == 2
    assert [axis["axis"] for axis in effects["axes"]] == ["retriever"]


def test_as_a_winner_it_is_asked_again(runner: Runner, server: SystemServer, tmp_path: Path) -> None:
    result = runner.run(with_systems(system(server)))
    board = leaderboard_to_json(runner.store, result.id)
    assert row_of(board, "today")["rank"] == 1
    file = export_winner(runner.store, result.id, out=tmp_path / "winner.yaml")
    assert "retrieval:" not in file.read_text().split("evidence:")[0]
    winner = load_winner(file, runner.settings.corpora / "tiny", settings=runner.settings)
    answer = winner.answer("How much does the tank hold?")
    assert answer.answer == "Two litres." and answer.passages[0].document == "water.md"
    assert answer.scores["grounding"] is not None and answer.cost_usd is None
    assert [p.document for p in winner.retrieve("How much does the tank hold?")][0] == "water.md"
    assert [d.sends for d in winner.destinations] == [("questions",)]


def test_its_host_and_every_key_need_a_yes(
    runner: Runner, server: SystemServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TODAY_KEY", "Bearer of-today")
    monkeypatch.setenv("OTHER_KEY", "other-of-today")
    written = with_systems(system(server, headers_env={"Authorization": "TODAY_KEY", "X-Other": "OTHER_KEY"}))
    with pytest.raises(HostNotConfirmed, match="TODAY_KEY and OTHER_KEY"):
        runner.create(written)
    assert not server.asked
    trust_hosts(runner.store, [s.model for s in written.systems], [server.url.split("/")[2]])
    assert runner.run(written).state == "done"
    assert all(
        h["authorization"] == "Bearer of-today" and h["x-other"] == "other-of-today" for h in server.headers
    )


def test_follow_up_questions_bring_their_history(runner: Runner, server: SystemServer) -> None:
    questions = runner.settings.corpora / "tiny" / "questions.jsonl"
    rows = [json.loads(line) for line in questions.read_text().splitlines()]
    rows[2]["history"] = [
        {"role": "user", "content": "I have a heater."},
        {"role": "assistant", "content": "I see."},
    ]
    questions.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert runner.run(with_systems(system(server))).state == "done"
    told = [q["history"] for q in server.asked if q["history"]]
    assert told == [rows[2]["history"]]


@pytest.mark.parametrize(
    ("systems", "message"),
    [
        ([{"name": "a", "python": "m:f"}, {"name": "a", "python": "m:g"}], "Two systems are named 'a'"),
        ([{"name": "embedded/extractive", "url": "http://127.0.0.1:1/"}], "A system and a model are named"),
        ([{"name": "a"}], "needs exactly one of url, python and openai"),
        ([{"name": "a", "url": "http://127.0.0.1:1", "python": "m:f"}], "and has url and python"),
        ([{"name": "a", "url": "ftp://x"}], "it must be an address such as"),
        ([{"name": "a", "url": "http://u:p@h/"}], "must not contain a password"),
        ([{"name": "a", "url": "http://h/", "map": {"answer": "$..x"}}], "is not a path"),
        ([{"name": "a", "url": "http://h/", "body": {"q": "x"}}], "so it asks nothing"),
        ([{"name": "a", "url": "http://h/", "headers_env": {"Authorization": "Bearer x"}}], "never the key itself"),
        ([{"name": "a", "python": "not a function"}], "names a function as module:function"),
        ([{"name": "a", "python": "m:f", "headers_env": {"A": "B"}}], "headers_env belongs to a url"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_the_file_is_said(
    runner: Runner, systems: list[dict[str, Any]], message: str
) -> None:
    written = experiment().model_dump(mode="json", exclude_defaults=True) | {"systems": systems}
    from workbench.space.file_writing import to_yaml

    with pytest.raises(ExperimentError, match=message):
        prepare_experiment(parse_experiment(to_yaml(written)), runner.settings, runner.store)


@pytest.mark.parametrize(
    ("baseline", "message"),
    [
        ({"system": "tomorrow"}, "there is no system 'tomorrow'"),
        ({"system": "today", "top_k": 4}, "a system has no top_k"),
    ],
)
def test_a_baseline_names_a_system_and_nothing_else(
    runner: Runner, server: SystemServer, baseline: dict[str, Any], message: str
) -> None:
    with pytest.raises(ExperimentError, match=message):
        runner.create(with_systems(system(server), baseline=baseline))
