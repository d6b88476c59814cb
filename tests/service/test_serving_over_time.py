"""What happens to a service while it runs: its corpus and its winner change, a second winner joins, a second
server works on its home. Knows nothing about the shape of requests and replies, which have tests of their own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.protocol_server import ProtocolServer, Refuse
from tests.service.running_service import QUESTION, RunningService, write_winner
from workbench.service import background_scores, heartbeat, renewing
from workbench.service.renewing import RenewalSettings
from workbench.service.second_winner import SplitSettings
from workbench.service.serve_settings import ServeSettings
from workbench.settings import Settings
from workbench.store.ledger import get_spend
from workbench.store.serving.request_list import RequestFilter, count_requests
from workbench.store.serving.requests import list_requests
from workbench.store.serving.servers import list_servers
from workbench.store.serving.services import list_services
from workbench.watch.figures import daily_figures

BROAD = "What is said of goods, of heaters and of the tank?"
LOOKS = ServeSettings(renewal=RenewalSettings(0.05, reload=True))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewing, "SETTLE_SECONDS", 0.05)
    monkeypatch.setattr(renewing, "FILE_SECONDS", 0.05)
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.1)
    monkeypatch.setattr(background_scores, "LEFT_SECONDS", 0.5)


def until(condition: Callable[[], Any]) -> Any:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError("It took too long.")


def problems(running: RunningService) -> list[str]:
    found: list[str] = running.client.get("/healthz").json()["problems"]
    return found


def passages(running: RunningService) -> int:
    return len(running.ask(BROAD).json()["passages"])


def test_a_changed_corpus_is_read_and_answers_say_which_version_they_rest_on(
    tiny: Settings, winner: Path
) -> None:
    water = tiny.corpora / "tiny" / "documents" / "water.md"
    with RunningService([winner], tiny, LOOKS) as running:
        before = running.ask()
        version = before.json()["corpus_version"]
        assert before.headers["X-Workbench-Corpus-Version"] == version
        water.write_text("# Water\n\nThe tank holds seven litres.\n")
        after = until(lambda: (r := running.ask()).json()["corpus_version"] != version and r)
        assert "seven litres" in after.json()["answer"]
        assert after.headers["X-Workbench-Corpus-Version"] == after.json()["corpus_version"]
        assert problems(running) == []
        assert running.winners[0].running.service.corpus_version == after.json()["corpus_version"]
    assert {r.corpus_version for r in running.logged()} == {version, after.json()["corpus_version"]}


def test_a_broken_corpus_leaves_the_old_one_and_is_said(tiny: Settings, winner: Path) -> None:
    documents = tiny.corpora / "tiny" / "documents"
    water = documents / "water.md"
    with RunningService([winner], tiny, LOOKS) as running:
        version = running.ask().json()["corpus_version"]
        water.write_bytes(b"\x00\x01\x02 no text \x00" * 50)
        assert until(lambda: problems(running)) == ["tiny still answers with its previous version."]
        assert "water.md" in running.service.background.problems[0]
        assert running.ask("What is collected?").json()["corpus_version"] == version
        [seen] = until(lambda: [s for s in list_servers(running.store) if s.problems])
        assert "water.md" in seen.problems[0]
        for file in documents.iterdir():
            file.unlink()
        until(lambda: "no document" in " ".join(running.service.background.problems).lower())
        assert "two litres" in running.ask().json()["answer"]
        water.write_text("# Water\n\nThe tank holds nine litres.\n")
        until(lambda: "nine litres" in running.ask().json()["answer"])
        assert problems(running) == []


def test_questions_are_answered_while_a_corpus_is_exchanged_each_from_one_version(
    tiny: Settings, winner: Path
) -> None:
    water = tiny.corpora / "tiny" / "documents" / "water.md"
    with RunningService([winner], tiny, LOOKS) as running:
        said: dict[str, set[str]] = {}
        for number in range(40):
            if number % 10 == 5:
                water.write_text(f"# Water\n\nThe tank holds {number} litres.\n")
            reply = running.ask()
            assert reply.status_code == 200
            said.setdefault(reply.json()["corpus_version"], set()).add(reply.json()["answer"])
            time.sleep(0.03)
        assert len(said) > 1
        assert all(len(answers) == 1 for answers in said.values())


def test_a_new_winner_is_taken_when_its_file_is_written(
    tiny: Settings, server: ProtocolServer, winner: Path
) -> None:
    with RunningService([winner], tiny, LOOKS) as running:
        assert passages(running) == 2
        write_winner(winner, tiny, server, retrieval={"top_k": [1]})
        until(lambda: passages(running) == 1)
        winner.write_text("format: 1\n")
        assert until(lambda: problems(running)) == ["tiny still answers with its previous version."]
        assert passages(running) == 1
    old, new = sorted(list_services(running.store), key=lambda one: one.created_at)
    assert old.created_at < new.created_at, "each says since when it was served"
    logged = running.logged()
    assert (logged[0].service_id, logged[-1].service_id) == (old.id, new.id)


def test_a_model_that_refuses_is_no_problem_once_its_winner_is_replaced(
    tiny: Settings, server: ProtocolServer, winner: Path
) -> None:
    server.plan = lambda n, path, body: Refuse(401)
    with RunningService([winner], tiny, LOOKS) as running:
        assert running.chat().status_code == 503
        assert until(lambda: problems(running)) == ["The model of tiny does not answer."]
        write_winner(winner, tiny, server, retrieval={"top_k": [1]})
        until(lambda: not problems(running))


def test_without_reload_a_winner_stays_until_it_is_asked_for(
    tiny: Settings, server: ProtocolServer, winner: Path
) -> None:
    with RunningService([winner], tiny, replace(LOOKS, renewal=RenewalSettings(0.05))) as running:
        write_winner(winner, tiny, server, retrieval={"top_k": [1]})
        time.sleep(0.5)
        assert passages(running) == 2
        running.loop.call_soon_threadsafe(running.service.background.renew)
        until(lambda: passages(running) == 1)


def two_winners(tiny: Settings, server: ProtocolServer, folder: Path) -> list[Path]:
    second = {"model": {"name": "second", "temperature": 0.5}, "retrieval": {"top_k": [1]}}
    return [
        write_winner(folder / "main.yaml", tiny, server),
        write_winner(folder / "new.yaml", tiny, server, **second),
    ]


def test_a_share_of_users_always_gets_the_second_winner(
    tiny: Settings, server: ProtocolServer, tmp_path: Path
) -> None:
    serving = ServeSettings(split=SplitSettings(share=0.4))
    with RunningService(two_winners(tiny, server, tmp_path), tiny, serving) as running:
        users = [f"user{number}" for number in range(20)]
        models = {user: {running.ask(user=user).json()["model"] for _ in range(2)} for user in users}
        assert {running.ask(user=user, model="new").json()["model"] for user in users} == {"new"}
    assert all(len(found) == 1 for found in models.values())
    assert {model for found in models.values() for model in found} == {"main", "new"}
    main, new = (winner.running.service.id for winner in running.winners)
    for request in running.logged():
        assert request.service_id == (new if request.role == "share" else main) or request.role == "main"
        assert len(request.user) == 24 and "user" not in request.user
    assert {request.role for request in running.logged()} == {"main", "share"}


def test_a_question_that_measures_is_logged_apart_and_answered_by_the_winner_that_is_named(
    tiny: Settings, server: ProtocolServer, tmp_path: Path
) -> None:
    """A gate's questions are no traffic: no figure counts them, and no share of a second winner takes them."""
    serving = ServeSettings(split=SplitSettings(share=1.0))
    with RunningService(two_winners(tiny, server, tmp_path), tiny, serving) as running:
        running.client.headers["X-Workbench-Purpose"] = "test"
        assert running.ask().json()["model"] == "main"
        assert running.chat("And salt?", stream=True).is_success
        del running.client.headers["X-Workbench-Purpose"]
        assert running.ask("And pepper?").json()["model"] == "new"
    assert [request.role for request in running.logged()] == ["test", "test", "share"]
    main = running.winners[0].running.service
    assert daily_figures(running.store, main.id, since=0.0, every=None) == []
    assert [v.requests for v in daily_figures(running.store, main.id, since=0.0, every=None, by="role")] == [
        2
    ]
    assert count_requests(running.store, RequestFilter(main.id, asked_by_users=True)) == 0


def test_a_shadow_answers_the_same_question_unseen_and_its_cost_counts(
    tiny: Settings, server: ProtocolServer, tmp_path: Path
) -> None:
    serving = ServeSettings(split=SplitSettings(shadow=1.0))
    with RunningService(two_winners(tiny, server, tmp_path), tiny, serving) as running:
        reply = running.ask(user="ann").json()
        assert reply["model"] == "main"
        until(lambda: len(list_requests(running.store)) == 2)
    main, shadow = running.logged()
    assert (shadow.role, shadow.shadow_of, shadow.user) == ("shadow", reply["id"], main.user)
    assert (shadow.question, len(shadow.passages)) == (QUESTION, 1)
    assert shadow.cost_usd and main.cost_usd
    assert get_spend(running.store).spent_usd == pytest.approx(shadow.cost_usd + main.cost_usd)


def test_a_shadow_that_fails_or_hangs_fails_and_delays_no_reply(
    tiny: Settings, server: ProtocolServer, tmp_path: Path
) -> None:
    server.plan = lambda n, path, body: Refuse(400, "0") if body and body.get("temperature") == 0.5 else None
    serving = ServeSettings(split=SplitSettings(shadow=1.0))
    with RunningService(two_winners(tiny, server, tmp_path), tiny, serving) as running:
        assert running.ask().status_code == 200
        until(lambda: len(list_requests(running.store)) == 2)
    main, shadow = running.logged()
    assert (main.state, shadow.state) == ("ok", "failed")
    assert shadow.error_kind == "rejected"


def test_two_servers_work_on_one_home(tiny: Settings, winner: Path) -> None:
    with RunningService([winner], tiny) as first, RunningService([winner], tiny) as second:
        ids = {running.ask(f"{QUESTION} {n}").json()["id"] for running in (first, second) for n in range(3)}
        seen = until(lambda: len(found := list_servers(first.store)) == 2 and found)
        assert {one.address for one in seen} == {first.base_url, second.base_url}
        assert all(one.services == (first.winners[0].running.service.id,) for one in seen)
    assert {request.id for request in first.logged()} == ids
    assert list_servers(first.store) == []
