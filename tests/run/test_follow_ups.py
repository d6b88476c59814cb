"""Experiments over follow-up questions: how the search uses earlier turns, what it costs, what people see.
Knows nothing about how a question is rewritten."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.protocol_server import Misbehaviour, ProtocolServer, Refuse, Reply
from tests.protocol_server.limits import Messages
from tests.tiny_experiment import Runner, experiment, local_model
from workbench.api import prepare_experiment
from workbench.cli.texts.answers import answer_text, answer_to_json, answers_csv
from workbench.corpus.types import place_of_question
from workbench.feedback.ratings import rate_answer
from workbench.feedback.review_queue import prefer
from workbench.planning.plan import Plan, make_plan
from workbench.results.matrix import matrix_table, scale_of
from workbench.settings import Settings
from workbench.space.experiment import Objective
from workbench.store.answer_filters import AnswerFilter
from workbench.store.answers import find_answers
from workbench.store.ledger import list_calls
from workbench.store.matrix_types import MatrixFilter
from workbench.store.preferences import list_preferences
from workbench.store.ratings import list_ratings
from workbench.store.records import AnswerRecord
from workbench.tuning.fine_tuning import find_thumbs

# (earlier question, earlier answer, follow-up question, what it means, reference, document, quote)
FOLLOW_UPS = [
    ("Can goods be returned?", "Yes.", "And within how many days?", "Within how many days can goods be returned?",
     "30 days", "returns.md", "Goods can be returned within 30 days of delivery."),
    ("Where is the label?", "In the parcel.", "What does it cost or hold?", "What does the label cost?",
     "5 euros", "returns.md", "The label costs 5 euros."),
    ("Tell me about heaters.", "They are warm.", "May I cover one?", "May a heater be covered?",
     "Never", "heaters.md", "Never cover a heater."),
    ("What is the tank?", "It is for water.", "What does it cost or hold?", "How much does the tank hold?",
     "Two litres", "water.md", "The tank holds two litres."),
]  # fmt: skip
REWRITING = "Rewritten question:"


def rewriting(messages: Messages) -> str:
    """Rewrites as it should, and answers everything else with the first passage."""
    text = messages[-1]["content"]
    if REWRITING in text:
        return next(
            meant for before, _, asked, meant, *_ in FOLLOW_UPS if f"User: {before}" in text and asked in text
        )
    return text.partition("[1] ")[2].partition("\n")[2].partition("\n")[0] or "I don't know."


@pytest.fixture
def runner(tiny: Settings) -> Runner:
    """One whose corpus asks follow-up questions, too, all of the selection part."""
    file = tiny.corpora / "tiny" / "questions.jsonl"
    rows = []
    for number, (before, said, asked, _, answer, document, quote) in enumerate(FOLLOW_UPS):
        ids = (f"f{number}-{n}" for n in range(1000))
        rows.append({
            "id": next(i for i in ids if 0.2 <= place_of_question(i) < 0.7),
            "question": asked, "answer": answer, "evidence": [{"document": document, "quote": quote}],
            "tags": ["follow-up"],
            "history": [{"role": "user", "content": before}, {"role": "assistant", "content": said}],
        })  # fmt: skip
    file.write_text(file.read_text() + "".join(json.dumps(row) + "\n" for row in rows))
    return Runner(tiny)


def written(server: ProtocolServer, queries: list[str], **fields: Any) -> Any:
    retrieval = {
        "splitter": ["sentence"], "chunk_tokens": [16], "chunk_overlap": [0], "retriever": ["keyword"],
        "top_k": [1], "query": queries, "query_model": local_model(server, name="helper"),
    }  # fmt: skip
    return experiment(**{"retrieval": retrieval, "models": [local_model(server)]} | fields)


def plan_of(runner: Runner, file: Any) -> Plan:
    return make_plan(prepare_experiment(file, runner.settings, runner.store), runner.settings, runner.store)


def by_query(runner: Runner, result: Any) -> dict[str, dict[str, Any]]:
    return {row["config"]["retrieval"]["query"]: row for row in result.leaderboard["trials"]}


def answers_of(runner: Runner, result: Any, **matching: Any) -> list[AnswerRecord]:
    return find_answers(runner.store, result.id, AnswerFilter(**matching), limit=None)


def test_rewriting_finds_what_the_question_alone_does_not_and_costs_only_follow_up_questions(
    runner: Runner,
) -> None:
    with ProtocolServer(reply=rewriting) as server:
        file = written(server, ["plain", "history", "rewrite"])
        plan = plan_of(runner, file)
        # Three settings, but a question on its own is ranked once for all of them.
        assert plan.stages["retrieve"].distinct == 5 + 3 * 4 + 3 * 2
        result = runner.run(file)
        assert result.state == "done" and result.status["failed_answers"] == 0
        asked = [b for b in server.posts if REWRITING in str(b["messages"])]
        assert len(asked) == len(FOLLOW_UPS)
        again = plan_of(runner, file)
        assert again.stages["retrieve"].left <= 3 * 2 and not again.stages["generate"].left
    rows = by_query(runner, result)
    recall = {name: row["scores"]["retrieval_recall"]["mean"] for name, row in rows.items()}
    assert recall["plain"] < recall["history"] <= recall["rewrite"] == 1.0
    costs = {name: row["cost_per_1k_questions"] for name, row in rows.items()}
    assert costs["rewrite"] > costs["history"]
    kinds = [call.kind for _, call in list_calls(runner.store)]
    assert kinds.count("rewrite") == len(FOLLOW_UPS) and "hyde" not in kinds


def test_the_answering_model_gets_the_earlier_turns_as_messages(runner: Runner) -> None:
    with ProtocolServer(reply=rewriting) as server:
        runner.run(written(server, ["plain"]))
        bodies = [[(m["role"], m["content"]) for m in b["messages"]] for b in server.posts]
    with_turns = [body for body in bodies if ("assistant", "In the parcel.") in body]
    assert [role for role, _ in with_turns[0]][-3:] == ["user", "assistant", "user"]
    assert with_turns[0][-3] == ("user", "Where is the label?")
    assert sum(len(body) > 2 for body in bodies) == len(FOLLOW_UPS)


@pytest.mark.parametrize("kind", ["empty", "rejected", "essay"])
def test_a_rewriting_model_that_fails_leaves_the_last_turns_and_a_flag(runner: Runner, kind: str) -> None:
    def plan(number: int, path: str, body: dict[str, Any]) -> Misbehaviour | None:
        if REWRITING not in str(body.get("messages")) or "Where is the label" not in str(body["messages"]):
            return None
        if kind == "rejected":
            return Refuse(400, message="This model takes no such request.")
        return Reply("The label is paid. " * 100) if kind == "essay" else Reply(None, "content_filter")

    with ProtocolServer(reply=rewriting, plan=plan) as server:
        result = runner.run(written(server, ["rewrite"]))
    assert result.state == "done" and result.status["failed_answers"] == 0
    flagged = [a for a in answers_of(runner, result) if "query_failed" in a.flags]
    assert [a.question.history[0].text for a in flagged] == ["Where is the label?"]
    assert f"query_{'nonsense' if kind == 'essay' else kind}" in flagged[0].flags
    assert "label" in flagged[0].passages[0].text


def test_offline_the_embedded_answerer_looks_for_the_words_of_the_conversation(runner: Runner) -> None:
    with ProtocolServer() as server:
        file = written(server, ["plain", "history"], models=["embedded/extractive"])
        file = file.model_copy(update={"retrieval": file.retrieval.model_copy(update={"query_model": None})})
        result = runner.run(file)
    rows = by_query(runner, result)
    assert (
        rows["history"]["scores"]["retrieval_recall"]["mean"]
        > rows["plain"]["scores"]["retrieval_recall"]["mean"]
    )
    texts = [
        a.text for a in answers_of(runner, result, tag="follow-up") if "label" in a.question.history[0].text
    ]
    assert any("label costs 5 euros" in text for text in texts)


def test_a_rating_belongs_to_the_question_in_its_conversation(runner: Runner) -> None:
    with ProtocolServer(reply=lambda messages: "Nobody knows.") as server:
        result = runner.run(written(server, ["plain"]))
    label, tank = (
        next(
            a
            for a in answers_of(runner, result)
            if a.question.history and a.question.history[0].text == before
        )
        for before in ("Where is the label?", "What is the tank?")
    )
    assert label.question.text == tank.question.text and label.passages == tank.passages
    assert label.text == tank.text and label.seen != tank.seen
    rate_answer(runner.store, label.id, "up", rater="ann")
    [rating] = list_ratings(runner.store)
    assert rating.history == label.question.history and rating.seen == label.seen
    [thumb] = find_thumbs(runner.store)
    assert (thumb.id, thumb.question) == (label.question.id, "What does it cost or hold?")
    prefer(runner.store, label, label, "good", rater="ann")
    assert list_preferences(runner.store)[0].history == label.question.history


def test_commands_show_the_earlier_turns_of_an_answer(runner: Runner) -> None:
    with ProtocolServer(reply=rewriting) as server:
        result = runner.run(written(server, ["plain"]))
    answers = answers_of(runner, result)
    follow_up = next(a for a in answers if a.question.history)
    assert "   User: " in answer_text(follow_up) and "\nQ: " in answer_text(follow_up)
    assert answer_to_json(follow_up)["history"][0]["role"] == "user"
    assert ",history" in answers_csv(answers) and ",history" not in answers_csv(
        [a for a in answers if not a.question.history]
    )
    [trial] = {a.trial_id for a in answers}
    scale = scale_of(Objective(maximize="correctness"), "correctness")
    head, lines = matrix_table(runner.store, result.id, {trial: "plain"}, scale, MatrixFilter())
    assert head[-1] == "history" and any(str(line[-1]).startswith("User: ") for line in lines)
    alone = MatrixFilter(holds="a question that nobody asks")
    head, _ = matrix_table(runner.store, result.id, {trial: "plain"}, scale, alone)
    assert "history" not in head


def test_the_plan_says_what_follow_up_questions_need_and_what_is_idle_without_them(runner: Runner) -> None:
    with ProtocolServer() as server:
        advice = {a.text for a in plan_of(runner, written(server, ["plain"])).advice}
        assert any("4 questions are follow-up questions, but the search ignores" in text for text in advice)
        rewrite = plan_of(runner, written(server, ["rewrite"]))
        texts = " ".join(a.text for a in rewrite.advice)
        assert (
            "asks helper to rewrite follow-up questions: one more call for each follow-up question, up to 4"
            in texts
        )
        file = runner.settings.corpora / "tiny" / "questions.jsonl"
        file.write_text("\n".join(line for line in file.read_text().splitlines() if "history" not in line))
        texts = " ".join(a.text for a in plan_of(runner, written(server, ["history", "plain"])).advice)
        assert "history changes nothing, because no question that is asked has earlier turns" in texts


def test_what_was_asked_without_turns_is_reused_when_turns_can_be_used(runner: Runner) -> None:
    """A home of an older version: its rankings and calls are those of today's questions without turns."""
    with ProtocolServer(reply=rewriting) as server:
        runner.run(written(server, ["plain"]))
        sent = len(server.posts)
        result = runner.run(written(server, ["plain", "rewrite"], name="again"))
        fresh = server.posts[sent:]
    assert result.state == "done"
    assert all(REWRITING in str(b["messages"]) or len(b["messages"]) > 2 for b in fresh)
