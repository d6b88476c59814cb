"""/ask, /retrieve, /feedback and the pages about the service."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

from tests.protocol_server import ProtocolServer
from tests.service.running_service import ANSWER, QUESTION, RunningService, write_winner
from workbench.gate.sides import find_revision
from workbench.service.request_log import LogSettings
from workbench.service.serve_settings import ServeSettings
from workbench.settings import Settings
from workbench.ship.load import load_winner
from workbench.store.ratings import list_ratings


def test_ask_has_the_fields_of_the_command_and_retrieve_its_passages(
    running: RunningService, winner: Path
) -> None:
    reply = running.ask().json()
    expected = load_winner(winner, settings=running.settings).answer(QUESTION).to_json()
    assert set(expected) < set(reply)
    assert reply["answer"] == ANSWER and reply["passages"] == expected["passages"]
    assert reply["scores"] == expected["scores"] and reply["scores"]["grounding"] > 0.9
    assert reply["tokens"] == expected["tokens"] and reply["cost_usd"] > 0 and reply["model"] == "tiny"
    found = running.client.post("/retrieve", json={"question": QUESTION}).json()
    assert found["passages"] == reply["passages"] and found["corpus_version"] == reply["corpus_version"]


def test_ask_takes_history_and_a_filter(tiny: Settings, server: ProtocolServer, tmp_path: Path) -> None:
    documents = tiny.corpora / "tiny" / "documents"
    rows = [{"document": "water.md", "region": "NL"}, {"document": "returns.md", "region": "DE"}]
    (documents.parent / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    path = write_winner(tmp_path / "filtered.yaml", tiny, server, retrieval={"filter": ["question"]})
    history = [{"role": "user", "content": "And water?"}, {"role": "assistant", "content": "It is wet."}]
    with RunningService([path], tiny) as running:
        reply = running.ask(
            "Can goods be returned, and water?", filter={"region": "DE"}, history=history
        ).json()
        assert {p["document"] for p in reply["passages"]} == {"returns.md"} and reply["condition"] == {
            "region": "DE"
        }
        assert server.posts[-1]["messages"][1]["content"] == "And water?"
        refused = running.ask(filter={"region": {"below": [1]}})
        assert refused.status_code == 400 and "filter" in refused.json()["error"]["message"]


def test_a_filter_is_refused_by_a_winner_that_takes_none(running: RunningService) -> None:
    refused = running.ask(filter={"region": "NL"})
    assert refused.status_code == 400 and "takes no filter" in refused.json()["error"]["message"]


def test_a_thumb_on_a_reply_is_a_rating_with_comment_and_better_answer(running: RunningService) -> None:
    reply_id = running.chat(user="ann").json()["id"]
    thumb = {"request": reply_id, "value": -1, "comment": " wrong ", "better_answer": "Two.", "user": "ann"}
    assert running.client.post("/feedback", json=thumb).status_code == 200
    [rating] = list_ratings(running.store)
    assert (rating.value, rating.comment, rating.better_answer) == (-1, "wrong", "Two.")
    assert (rating.question, rating.answer) == (QUESTION, ANSWER) and len(rating.passages) == 1
    assert rating.rater.startswith("user:") and "ann" not in rating.rater
    assert running.client.post("/feedback", json=thumb | {"value": 1, "better_answer": ""}).status_code == 200
    [changed] = list_ratings(running.store)
    assert (changed.value, changed.better_answer, changed.rater) == (1, "", rating.rater)
    running.client.post("/feedback", json=thumb | {"user": "bob"})
    assert len(list_ratings(running.store)) == 2
    running.stop()
    assert {r.seen for r in running.logged()} == {rating.seen}


def test_feedback_that_fits_no_reply_is_refused(running: RunningService) -> None:
    unknown = running.client.post("/feedback", json={"request": "chatcmpl-1", "value": 1})
    assert unknown.status_code == 404 and unknown.json()["error"]["code"] == "request_not_found"
    for body in (
        {"request": "x", "value": 0},
        {"request": "x", "value": True},
        {"value": 1},
        {"request": 3, "value": 1},
    ):
        assert running.client.post("/feedback", json=body).status_code == 400, body


def test_without_texts_a_thumb_is_stored_without_words(winner: Path, tiny: Settings) -> None:
    with RunningService([winner], tiny, replace(ServeSettings(), log=LogSettings("none"))) as running:
        reply_id = running.ask().json()["id"]
        thumb = {"request": reply_id, "value": -1, "comment": "wrong", "better_answer": "Two."}
        assert running.client.post("/feedback", json=thumb).status_code == 200
    [request], [rating] = running.logged(), list_ratings(running.store)
    assert (request.question, request.answer, request.passages) == (
        "",
        "",
        (),
    ) and request.seen == rating.seen
    assert (rating.question, rating.answer, rating.comment, rating.better_answer) == ("", "", "", "")


def test_a_request_is_logged_with_its_figures_and_scored_afterwards(running: RunningService) -> None:
    reply = running.chat(user="ann")
    running.stop()
    [request] = running.logged()
    assert request.id == reply.json()["id"] == reply.headers["x-request-id"]
    assert (request.state, request.answer, request.cached) == ("ok", ANSWER, False)
    assert request.service_id == running.winners[0].running.service.id and request.user
    assert (
        request.input_tokens
        and request.output_tokens
        and request.cost_usd
        and request.served_model == "test-chat"
    )
    assert set(request.stage_seconds) == {"retrieve", "generate"} and request.seconds > 0
    assert [passage.document for passage in request.passages][0] == "water.md"
    assert request.corpus_version == reply.headers["x-workbench-corpus-version"]


def test_health_says_whether_the_documents_can_be_searched(winner: Path, tiny: Settings) -> None:
    with RunningService([winner], tiny, indexes=False) as running:
        health = running.client.get("/healthz")
        assert health.status_code == 503 and health.json()["status"] == "not ready"
        asked = running.chat()
        assert asked.status_code == 503 and int(asked.headers["retry-after"]) > 0
        assert asked.json()["error"]["code"] == "not_ready"
        running.winners[0].exchange(running.winners[0].running)
        assert running.client.get("/healthz").json()["status"] == "ready"


def test_a_gate_tells_by_the_health_whether_stored_answers_may_be_used(running: RunningService) -> None:
    first = find_revision(running.base_url, "")
    assert first is not None and first == find_revision(running.base_url, running.winners[0].model_id)
    served = running.winners[0].running
    running.winners[0].exchange(replace(served, service=replace(served.service, id="another")))
    assert find_revision(running.base_url, "") not in (None, first)


def test_metrics_are_prometheus_text(running: RunningService) -> None:
    running.chat()
    running.chat()
    text = running.client.get("/metrics").text
    service = running.winners[0].running.service.id
    assert f'workbench_answers_total{{cached="true",role="main",service="{service}",state="ok"}} 1' in text
    assert f'workbench_answer_seconds_count{{role="main",service="{service}"}} 2' in text
    for line in text.splitlines():
        assert re.fullmatch(r'# (HELP|TYPE) .+|[a-z_]+(\{([a-z]+="[^"]*",?)+\})? [0-9.e+-]+', line), line


def test_the_page_about_the_endpoints_loads_nothing(running: RunningService) -> None:
    page = running.client.get("/docs").text
    assert "POST /v1/chat/completions" in page and "better_answer" in page
    assert not re.search(r"<(script|link|img|iframe)|src=|url\(|https?://", page)
    document = running.client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1") and "/feedback" in document["paths"]
    fields = document["components"]["schemas"]["AskBody"]["properties"]
    assert all(field["description"] for field in fields.values())
    assert running.client.get("/", follow_redirects=True).text == page
