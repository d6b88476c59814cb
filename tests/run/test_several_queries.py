"""Experiments whose questions are searched for by several texts or two embeddings: figures, price, winner, faults.
Knows nothing about how replies are read or rankings combined."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.protocol_server import DIMENSIONS, Misbehaviour, ProtocolServer, Refuse, Reply
from tests.protocol_server.limits import Messages
from tests.tiny_experiment import Runner, experiment, local_embedding, local_model
from workbench.api import prepare_experiment
from workbench.corpus.types import place_of_question
from workbench.garbage_collection import clean
from workbench.planning.plan import Plan, make_plan
from workbench.settings import Settings
from workbench.ship.export import export_winner
from workbench.ship.load import load_winner
from workbench.ship.winner import read_winner
from workbench.store.answer_filters import AnswerFilter
from workbench.store.answers import find_answers
from workbench.store.ledger import list_calls
from workbench.store.usage import count_experiments, newest_by_model, uses_model

# (question, its parts, references, evidence)
TWO_PARTS = [
    ("What does the label cost, and how much does the tank hold?",
     ["What does the label cost?", "How much does the tank hold?"], "5 euros and two litres",
     [("returns.md", "The label costs 5 euros."), ("water.md", "The tank holds two litres.")]),
    ("What confuses the probe of the tank, and what of the tank, the probe and its salt must never be covered?",
     ["What confuses the probe?", "What must never be covered?"], "Salt softeners, and heaters",
     [("water.md", "Salt softeners confuse the probe of the tank."), ("heaters.md", "Never cover a heater.")]),
    ("Who collects heaters that heaters and heaters stand by, and goods?",
     ["Who collects heaters?", "Within how many days can goods be returned?"], "Two people; 30 days",
     [("heaters.md", "Heaters are collected for free by two people."),
      ("returns.md", "Goods can be returned within 30 days of delivery.")]),
]  # fmt: skip
QUERIES = ["plain", "several", "decompose", "step_back"]
ASKED = ("\n\nWordings:", "\n\nQuestions:", "\n\nMore general question:")


def replying(messages: Messages) -> str:
    """Writes wordings, parts and general questions as it should, and answers with the first passage."""
    text = messages[-1]["content"]
    question = text.rpartition("Question: ")[2].partition("\n")[0]
    parts = next((parts for asked, parts, *_ in TWO_PARTS if asked in question), [question])
    if text.endswith(ASKED[0]):
        return "\n".join(f"{n}. In {n} other words, {question}" for n in (1, 2, 3))
    if text.endswith(ASKED[1]):
        return json.dumps({"questions": parts})
    if text.endswith(ASKED[2]):
        return "What are the rules for parcels, heaters and water?"
    return text.partition("[1] ")[2].partition("\n")[2].partition("\n")[0] or "I don't know."


@pytest.fixture
def runner(tiny: Settings) -> Runner:
    """One whose corpus asks questions of two parts, too, all of the selection part."""
    file = tiny.corpora / "tiny" / "questions.jsonl"
    rows = []
    for number, (asked, _, answer, evidence) in enumerate(TWO_PARTS):
        ids = (f"p{number}-{n}" for n in range(1000))
        rows.append({
            "id": next(i for i in ids if 0.2 <= place_of_question(i) < 0.7), "question": asked,
            "answer": answer, "tags": ["parts"],
            "evidence": [{"document": document, "quote": quote} for document, quote in evidence],
        })  # fmt: skip
    file.write_text(file.read_text() + "".join(json.dumps(row) + "\n" for row in rows))
    return Runner(tiny)


def written(server: ProtocolServer, queries: list[str], **axes: Any) -> Any:
    retrieval = {
        "splitter": ["sentence"], "chunk_tokens": [16], "chunk_overlap": [0], "retriever": ["keyword"],
        "top_k": [2], "query": queries, "query_model": local_model(server, name="helper"), **axes,
    }  # fmt: skip
    return experiment(retrieval=retrieval, models=["embedded/extractive"])


def plan_of(runner: Runner, file: Any) -> Plan:
    return make_plan(prepare_experiment(file, runner.settings, runner.store), runner.settings, runner.store)


def recall_by_query(result: Any) -> dict[str, float]:
    return {
        row["config"]["retrieval"]["query"]: row["scores"]["retrieval_recall"]["mean"]
        for row in result.leaderboard["trials"]
    }


def test_parts_are_found_apart_the_plan_is_what_is_spent_and_the_winner_asks_the_same(
    runner: Runner, tmp_path: Path
) -> None:
    with ProtocolServer(reply=replying) as server:
        embedding = local_embedding(server)
        file = written(server, QUERIES, retriever=["keyword", "hybrid"], embedding=[embedding])
        plan = plan_of(runner, file)
        said = next(a.text for a in plan.advice if a.about == "query")
        assert "several, decompose and step_back ask helper for other wordings, for the parts" in said
        assert "one more call for each question and query transform, up to 24" in said
        assert "Up to 4 texts are then searched for" in said
        result = runner.run(file)
        assert result.state == "done" and result.status["failed_answers"] == 0
        assert plan.cost_usd and plan.cost_usd.low <= result.status["spent_usd"] <= plan.cost_usd.high
        asked = [b["messages"][-1]["content"] for b in server.posts if "messages" in b]
        # Of the 8 questions that choose and the 2 that confirm; the two retrievers share the calls.
        assert all(8 <= sum(text.endswith(end) for text in asked) <= 10 for end in ASKED)
        again = plan_of(runner, file)
        assert again.stages["embed"].left <= 2 * (3 + 2 + 1)  # held-out questions of the finalists' only
        recall = recall_by_query(result)
        assert recall["decompose"] > recall["plain"]
        kinds = [call.kind for _, call in list_calls(runner.store)]
        assert kinds.count("query") == len(asked) and "hyde" not in kinds
        best = next(
            row
            for row in result.leaderboard["trials"]
            if row["config"]["retrieval"]["query"] == "decompose"
            and row["config"]["retrieval"]["retriever"] == "keyword"
        )
        path = export_winner(runner.store, result.id, trial_id=best["trial"], out=tmp_path / "winner.yaml")
        assert read_winner(path).config.retrieval.query == "decompose"
        server.requests.clear()
        answer = load_winner(path, settings=runner.settings).answer(f"Please tell: {TWO_PARTS[0][0]}")
        assert {p.document for p in answer.passages} == {"returns.md", "water.md"} and answer.cost_usd
        assert len(server.posts) == 1


def test_what_was_searched_for_is_kept_by_clean(runner: Runner) -> None:
    with ProtocolServer(reply=replying) as server:
        axes = {"retriever": ["dense"], "embedding": [local_embedding(server)]}
        runner.run(written(server, QUERIES, **axes))
        clean(runner.store, runner.settings)
        server.requests.clear()
        result = runner.run(written(server, QUERIES, **axes, top_k=[1]))
        assert result.state == "done" and not server.posts


@pytest.mark.parametrize("query", QUERIES[1:])
@pytest.mark.parametrize("kind", ["empty", "rejected", "essay"])
def test_a_query_model_that_fails_leaves_the_question_and_a_flag(
    runner: Runner, query: str, kind: str
) -> None:
    def plan(number: int, path: str, body: dict[str, Any]) -> Misbehaviour | None:
        if TWO_PARTS[0][0] not in str(body.get("messages")):
            return None
        if kind == "rejected":
            return Refuse(400, message="This model takes no such request.")
        return Reply("The label is paid. " * 100) if kind == "essay" else Reply(None, "content_filter")

    with ProtocolServer(reply=replying, plan=plan) as server:
        result = runner.run(written(server, [query]))
    assert result.state == "done" and result.status["failed_answers"] == 0
    answers = find_answers(runner.store, result.id, AnswerFilter(), limit=None)
    flagged = [a for a in answers if "query_failed" in a.flags]
    assert [a.question.text for a in flagged] == [TWO_PARTS[0][0]]
    assert f"query_{'nonsense' if kind == 'essay' else kind}" in flagged[0].flags


def test_two_embeddings_beside_each_other_are_planned_searched_and_shipped(
    runner: Runner, tmp_path: Path
) -> None:
    with ProtocolServer(reply=replying) as server:
        file = written(
            server, ["plain"], retriever=["dense", "hybrid", "keyword"], embedding=["embedded/minilm"],
            second_embedding=[None, local_embedding(server)], fusion=["rrf", "weighted:0.6"], query_model=None,
        )  # fmt: skip
        plan = plan_of(runner, file)
        # dense 1, dense with two 2, hybrid 2, hybrid with two 2, keyword 1
        assert plan.configs == 8 and plan.cost_usd and plan.cost_usd.high > 0
        assert [server.base_url.startswith(d.host) for d in plan.hosts] == [True]
        result = runner.run(file)
        assert result.state == "done" and result.status["failed_answers"] == 0
        # The plan takes it that a text fills half of its chunk; some of these are shorter.
        assert 0.9 * plan.cost_usd.low <= result.status["spent_usd"] <= plan.cost_usd.high
        again = plan_of(runner, file)
        assert not again.stages["embed"].left and not again.stages["index"].left
        texts = [text for body in server.posts for text in body["input"]]
        assert len(texts) == len(set(texts))
        of_two = next(
            row
            for row in result.leaderboard["trials"]
            if row["config"]["retrieval"].get("second_embedding")
            and row["config"]["retrieval"]["retriever"] == "hybrid"
        )
        path = export_winner(runner.store, result.id, trial_id=of_two["trial"], out=tmp_path / "winner.yaml")
        second = read_winner(path).config.retrieval.second_embedding
        assert second is not None and second.name == "local-embed"
        assert count_experiments(runner.store, uses_model("local-embed")) == 1
        assert newest_by_model(runner.store)["local-embed"] == (result.id, 1)
        answer = load_winner(path, settings=runner.settings).answer("How much may the tank hold?")
        assert "two litres" in answer.answer and answer.cost_usd
        assert DIMENSIONS != 384
