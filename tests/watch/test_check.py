"""Checks of a winner over real HTTP: what is asked, what is said, and what happens when things go wrong.
Knows nothing about the statistics' error rates: test_statistics.py and benchmarks/check.py measure them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.protocol_server import ProtocolServer, Refuse
from tests.protocol_server.chat import answer_from_passages
from tests.protocol_server.decay import INVENTED, Decaying
from tests.protocol_server.limits import Messages
from tests.tiny_experiment import local_model
from tests.watch.conftest import Checked
from workbench.calls.stop_signal import StopSignal
from workbench.cli.texts.standings import standings_text
from workbench.errors import ModelError, Stopped
from workbench.ship.service import service_id
from workbench.store.serving.checks import list_canary_answers
from workbench.watch.check import exported_at, past_checks, plan_check
from workbench.watch.schedule import DAY
from workbench.watch.standing import standing

UNCHANGED = {"model": "unchanged", "corpus": "unchanged", "answers": "unchanged"}


def test_the_first_check_asks_each_canary_twice_and_later_ones_once(checked: Checked) -> None:
    winner = checked.winner
    assert winner.canaries is not None
    count = len(winner.canaries.questions)
    assert count == 16
    first = checked.check(0)
    assert first["verdicts"] == UNCHANGED and first["canaries"] == count and first["answers"] == 2 * count
    assert len(checked.server.posts) == 2 * count
    assert first["why"]["model"]["requests"] == count, "what is sent is what was sent then"
    assert first["cost_usd"] > 0
    second = checked.check(7)
    assert second["verdicts"] == UNCHANGED and second["day"] == 7
    assert len(checked.server.posts) == 3 * count
    scores = second["scores"]
    assert scores["correctness"]["then"] == pytest.approx(scores["correctness"]["mean"])
    assert scores["grounding"]["low"] <= scores["grounding"]["mean"] <= scores["grounding"]["high"]
    stored = past_checks(checked.runner.store, winner)
    assert [c.found for c in stored] == [first, second]


def test_repeats_of_the_experiment_spare_the_second_asking(export: Callable[..., Checked]) -> None:
    checked = export(repeats=2)
    found = checked.check(0)
    assert found["answers"] == found["canaries"]
    assert found["verdicts"]["model"] == "unchanged"


def test_the_story_of_a_model_that_decays_from_day_10(checked: Checked) -> None:
    checked.server.reply = Decaying(lambda: checked.day)
    assert checked.check(0)["verdicts"] == UNCHANGED
    assert checked.check(7)["verdicts"] == UNCHANGED
    month = checked.check(30)
    assert month["verdicts"] == UNCHANGED | {"model": "changed", "answers": "worse"}
    assert month["why"]["model"]["since_day"] == month["why"]["answers"]["since_day"] == 30
    assert month["scores"]["correctness"]["mean"] < month["scores"]["correctness"]["then"] - 0.2
    worst = month["why"]["answers"]["worst"]
    assert worst and all(row["now"] == INVENTED and row["then"] != INVENTED for row in worst)
    quarter = checked.check(90)
    assert quarter["verdicts"] == month["verdicts"]
    assert quarter["why"]["answers"]["since_day"] == 30
    assert quarter["scores"]["correctness"]["mean"] == 0.0
    assert any("Correctness fell from" in s for s in quarter["why"]["answers"]["sentences"])


def test_a_model_that_is_exchanged_for_another_as_good_one_is_changed_and_not_worse(checked: Checked) -> None:
    checked.check(0)
    checked.server.reply = lambda messages: "Well: " + answer_from_passages(messages)
    found = checked.check(7)
    assert found["verdicts"] == UNCHANGED | {"model": "changed"}
    assert checked.check(8)["verdicts"] == UNCHANGED | {"model": "changed"}
    checked.server.reply = answer_from_passages
    assert checked.check(9)["verdicts"] == UNCHANGED, "the provider took it back"


def test_a_change_before_the_first_check_is_found_by_asking_twice(checked: Checked) -> None:
    checked.server.reply = lambda messages: "Well: " + answer_from_passages(messages)
    assert checked.check(7)["verdicts"]["model"] == "changed"


def test_replies_that_differ_by_themselves_are_no_change(
    export: Callable[..., Checked], server: ProtocolServer
) -> None:
    draw = random.Random(3)

    def reply(messages: Messages) -> str:
        return f"{answer_from_passages(messages)} {draw.choice(['Thanks.', 'So it is.', 'Ask again.'])}"

    server.reply = reply
    checked = export()
    found = [checked.check(day) for day in (0, 7, 30)]
    assert [one["verdicts"]["model"] for one in found] == ["unchanged"] * 3
    assert found[0]["why"]["model"]["differing"]
    assert "vary on their own" in found[0]["why"]["model"]["sentences"][-1]


def test_another_name_in_the_replies_is_said(export: Callable[..., Checked], server: ProtocolServer) -> None:
    server.any_name = True
    checked = export()
    server.models = ("test-chat-2027",)
    found = checked.check(1)
    assert found["verdicts"]["model"] == "changed"
    assert "“test-chat-2027”" in found["why"]["model"]["sentences"][0]
    assert "“test-chat”" in found["why"]["model"]["sentences"][0]


def test_documents_that_change_are_named_and_canaries_that_lost_their_quotes_too(checked: Checked) -> None:
    checked.check(0)
    documents = checked.corpus / "documents"
    canary = checked.winner.canaries.questions[0]  # type: ignore[union-attr]
    thing = canary.id.removeprefix("q-")
    (documents / f"{thing}.md").write_text(f"# The {thing}\n\nNobody weighs it any more.\n")
    (documents / "news.md").write_text("# News\n\nThere is a new item.\n")
    found = checked.check(7)
    assert found["verdicts"] == UNCHANGED | {"corpus": "changed"}
    why = found["why"]["corpus"]
    assert why["documents"] == {"new": ["news.md"], "changed": [f"{thing}.md"], "removed": []}
    assert why["lost_evidence"] == [canary.id] and why["since_day"] == 7
    assert (
        why["sentences"][0]
        == f"The documents changed: 1 document (news.md) new and 1 document ({thing}.md) changed."
    )
    assert why["sentences"][1] == "Evidence of 1 canary is gone from the documents."
    later = checked.check(8)
    assert later["why"]["corpus"]["since_day"] == 7


def test_an_interrupted_check_goes_on_where_it_stopped_and_pays_nothing_twice(checked: Checked) -> None:
    signal = StopSignal()

    def plan(n: int, path: str, body: object) -> None:
        if n == 9:
            signal.set("stopped", "Stopped by you.")

    checked.server.plan = plan  # type: ignore[assignment]
    with pytest.raises(Stopped, match="by you"):
        checked.check(0, make_stop_signal=lambda: signal)
    [broken] = past_checks(checked.runner.store, checked.winner)
    assert broken.finished_at is None and "by you" in broken.message
    sent = len(checked.server.posts)
    assert 9 <= sent <= 17
    checked.server.plan = lambda n, path, body: None
    found = checked.check(0.5)
    assert found["verdicts"] == UNCHANGED and found["day"] == 0
    assert len(checked.server.posts) == found["answers"] == 2 * found["canaries"]
    [whole] = past_checks(checked.runner.store, checked.winner)
    assert whole.id == broken.id and whole.finished_at is not None
    answers = list_canary_answers(checked.runner.store, whole.id)
    assert len({(a.canary_id, a.repeat) for a in answers}) == len(answers) == found["answers"]


def test_a_check_that_was_left_for_a_day_is_begun_anew(checked: Checked) -> None:
    with pytest.raises(Stopped):
        checked.check(0, budget_usd=0.0000001)
    winner, store = checked.winner, checked.runner.store
    checked.day = 0.5
    version = winner.corpus.hash
    assert plan_check(store, winner, version, checked.now()).unfinished is not None
    assert plan_check(store, winner, "other", checked.now()).unfinished is None
    checked.day = 1.0
    assert plan_check(store, winner, version, checked.now()).unfinished is None


def test_a_budget_stops_a_check_and_needs_prices(
    export: Callable[..., Checked], server: ProtocolServer
) -> None:
    checked = export()
    with pytest.raises(Stopped, match="budget"):
        checked.check(0, budget_usd=0.001)
    [check] = past_checks(checked.runner.store, checked.winner)
    assert 0 < len(list_canary_answers(checked.runner.store, check.id)) < 32
    assert checked.check(0.1)["verdicts"] == UNCHANGED
    unpriced = export(models=[local_model(server, name="unpriced", price=None)], budget_usd=None)
    with pytest.raises(ModelError, match="no price"):
        unpriced.check(0, budget_usd=1.0)
    assert unpriced.check(0)["cost_usd"] is None


def test_failed_answers_are_no_fall_and_too_many_leave_the_answers_untold(checked: Checked) -> None:
    checked.check(0)
    checked.server.plan = lambda n, path, body: (
        Refuse(400, message="Bad luck.") if "kettle" in str(body) or "ladder" in str(body) else None
    )
    found = checked.check(1)
    assert found["failed"] <= 2 and found["verdicts"]["answers"] == "unchanged"
    checked.server.plan = lambda n, path, body: (
        Refuse(400, message="Bad luck.") if n % 3 == 0 and "messages" in body else None
    )
    found = checked.check(2)
    assert found["verdicts"]["answers"] == "cannot be told"
    assert "Bad luck." in found["why"]["answers"]["sentences"][0]


def test_a_server_that_refuses_the_key_stops_the_check_with_its_words(checked: Checked) -> None:
    checked.server.api_key = "secret"
    with pytest.raises(Stopped, match="key"):
        checked.check(0)
    checked.server.api_key = None
    assert checked.check(0)["verdicts"] == UNCHANGED


def test_a_winner_without_canaries_is_told_to_be_exported_again(export: Callable[..., Checked]) -> None:
    checked = export(canaries=0)
    found = checked.check(0)
    assert found["verdicts"] == {
        "model": "cannot be told",
        "corpus": "unchanged",
        "answers": "cannot be told",
    }
    assert "Export it again" in found["why"]["model"]["sentences"][0]
    assert found["canaries"] == 0 and not checked.server.posts


def test_few_canaries_say_that_they_are_too_few(export: Callable[..., Checked]) -> None:
    checked = export(canaries=3)
    found = checked.check(0)
    assert found["verdicts"]["answers"] == "cannot be told"
    assert "3 canaries" in found["why"]["answers"]["sentences"][0]


def test_a_winner_exported_again_begins_anew(checked: Checked) -> None:
    checked.check(0)
    winner = checked.winner
    later = winner.model_copy(update={"exported_at": "2099-01-01T00:00:00+00:00"})
    assert past_checks(checked.runner.store, winner) and not past_checks(checked.runner.store, later)


def test_it_is_checked_on_another_machine_where_there_is_no_experiment(
    checked: Checked, tmp_path: object
) -> None:
    from workbench.run.open_home import open_workbench

    settings = replace(checked.runner.settings, home=checked.path.parent / "elsewhere")
    settings.home.mkdir()
    checked.runner.settings, checked.runner.store = settings, open_workbench(settings)
    assert checked.check(0)["verdicts"] == UNCHANGED


def test_watch_says_when_a_winner_is_checked_next(checked: Checked) -> None:
    checked.check(day=0)
    now = exported_at(checked.winner) + 4 * DAY
    stands = standing(checked.runner.store, service_id(checked.winner), now)
    assert stands is not None
    document = stands.to_json()
    assert document["next_check"]["at"] == exported_at(checked.winner) + 7 * DAY
    assert "The next check is due in 3 days (day 7)." in standings_text([document])
