"""Thinking and defects of replies on the pages that show answers, trials and runs.
Knows nothing about how they are found."""

from __future__ import annotations

from typing import Any

import pytest

from tests.protocol_server import ProtocolServer, Reply, answer_from_passages
from tests.tiny_experiment import Runner, experiment, local_model
from tests.ui.conftest import Draw, html_of, sound, words

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")

THOUGHT = "The user asks; passage [1] says so."


@pytest.fixture
def thinking(runner: Runner) -> str:
    """A finished experiment whose model thinks aloud, and is cut in every second answer."""

    def plan(number: int, path: str, body: dict[str, Any]) -> Reply:
        text = f"<think>{THOUGHT}</think>{answer_from_passages(body['messages'])}"
        return Reply(text, finish_reason="length" if number % 2 else "stop")

    with ProtocolServer(plan=plan) as server:
        return runner.run(experiment(models=[local_model(server)])).id


def test_an_answer_shows_its_thinking_folded_away(draw_page: Draw, thinking: str) -> None:
    app = sound(draw_page("answers", experiment=thinking))
    [expander] = [e for e in app.expander if e.label.startswith("Thinking")]
    assert "tokens" in expander.label and not expander.proto.expanded
    assert any(THOUGHT in h.value for h in expander.get("html"))
    answer = next(h.value for h in app.html if "[1]" in h.value and THOUGHT not in h.value)
    assert "think" not in answer


def test_cut_answers_stand_beside_the_trial_and_on_the_run(draw_page: Draw, thinking: str) -> None:
    app = sound(draw_page("results", experiment=thinking))
    assert "answers were cut at max_tokens 60" in " ".join(app.dataframe[0].value["Reply defects"])
    assert "answers were cut at max_tokens 60." in html_of(app)
    assert "local: " in words(sound(draw_page("run", experiment=thinking)))
    assert "answers were cut at max_tokens 60." in words(sound(draw_page("run", experiment=thinking)))


def test_without_defects_the_leaderboard_has_no_column_for_them(draw_page: Draw, finished: str) -> None:
    table = sound(draw_page("results", experiment=finished)).dataframe[0].value
    assert "Reply defects" not in table.columns
