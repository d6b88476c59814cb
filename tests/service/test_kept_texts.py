"""What a whole service leaves in its home, by its settings, and what a full disk does to it.
Knows nothing about how texts are redacted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.protocol_server import ProtocolServer
from tests.service.running_service import QUESTION, RunningService, write_winner
from tests.service.test_request_log import full_disk
from tests.service.test_serving_over_time import problems, until
from workbench.service import write_behind
from workbench.service.request_log import LogSettings
from workbench.service.serve_settings import ServeSettings
from workbench.settings import Settings
from workbench.ship.served_scores import VERSIONS
from workbench.store.ledger import get_spend
from workbench.store.serving.requests import count_requests

SECRET = f"{QUESTION} I am zebedee.quux@example.org, (415) 555-2671."
REPLY = "The tank holds two litres, dear zebedee.quux@example.org."


def bytes_of(home: Path) -> bytes:
    return b"".join(file.read_bytes() for file in home.rglob("*") if file.is_file())


@pytest.mark.parametrize(
    ("texts", "gone"),
    [
        ("redacted", (b"zebedee", b"555-2671")),
        ("none", (b"zebedee", b"555-2671", b"How many litres", b"dear ", b"ann-key", b"wrong, since")),
    ],
)
def test_no_file_of_the_home_holds_what_may_not_be_stored(
    tiny: Settings, server: ProtocolServer, tmp_path: Path, texts: str, gone: tuple[bytes, ...]
) -> None:
    server.reply = lambda body: REPLY
    winner = write_winner(tmp_path / "tiny.yaml", tiny, server, retrieval={"retriever": ["hybrid"]})
    serving = ServeSettings(log=LogSettings(texts=texts))  # type: ignore[arg-type]
    with RunningService([winner], tiny, serving) as running:
        history = [{"role": "user", "content": SECRET}, {"role": "assistant", "content": REPLY}]
        reply = running.ask(SECRET, history=history, user="ann-key").json()
        assert reply["answer"] == REPLY
        thumb = {"request": reply["id"], "value": -1, "comment": "wrong, since (415) 555-2671 is mine"}
        assert running.client.post("/feedback", json=thumb).status_code == 200
        until(lambda: running.logged()[0].scored_at)
    [logged] = running.logged()
    assert {score.name for score in logged.scores} == {"grounding", "toxicity", "personal_data"}
    assert logged.score_versions == VERSIONS
    assert logged.cost_usd and get_spend(running.store).spent_usd == pytest.approx(logged.cost_usd, rel=0.01)
    running.store.dispose()
    everything = bytes_of(tiny.home)
    assert [secret for secret in gone if secret in everything] == []


def test_on_a_full_disk_answers_go_on_and_the_log_too_once_there_is_room(
    winner: Path, tiny: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_behind, "RETRY_SECONDS", 0.05)
    with RunningService([winner], tiny) as running:
        with full_disk(running.store):
            for number in range(8):
                assert running.ask(f"{QUESTION} {number} {'and so on ' * 900}").status_code == 200
            until(lambda: problems(running) == ["Requests are not being logged."])
            assert running.client.get("/healthz").status_code == 200
            assert "is full" in running.service.background.problems[0]
            assert running.ask(QUESTION).status_code == 200
        until(lambda: not problems(running))
        until(lambda: count_requests(running.store) == 9)
    assert any(
        text.startswith("Requests are not being logged; the service keeps answering.")
        for text in running.said
    )
    assert "Requests are being logged again." in running.said
