"""From one question under two configurations to an experiment over both, and to its leaderboard.
Knows nothing about how pages are made."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acting import choose, experiment_in, follow, metric
from tools.running_app import App, settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900), pytest.mark.xdist_group("browser")]


def test_what_is_tried_in_the_playground_becomes_an_experiment_with_a_leaderboard(
    page: Page, app: App
) -> None:
    page.goto(f"{app.address}/playground")
    choose(page, "Corpus", "first-steps")
    question = page.get_by_label("Question", exact=True)
    question.fill("When is it open?")
    question.press("Enter")
    page.get_by_role("button", name="Add a column").click()
    expect(page.get_by_text("nothing differs")).to_be_visible()
    page.get_by_test_id("stSelectbox").filter(has_text="Retriever").nth(1).locator("input").click()
    page.get_by_role("option", name="keyword").click()
    expect(page.get_by_text("retriever: hybrid → keyword")).to_be_visible()
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("Grounding", exact=True)).to_have_count(2)

    page.get_by_role("button", name="Save as experiment axes").click()
    expect(page.get_by_role("heading", name="Design")).to_be_visible()
    expect(metric(page, "Configurations")).to_have_text("Configurations2")
    settle(page)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("heading", name="Run", exact=True)).to_be_visible()
    expect(metric(page, "State")).to_contain_text("done")
    experiment = experiment_in(page)
    follow(page, "Results")
    expect(page.get_by_text("· the winner")).to_be_visible()

    trials = json.loads(app.command("leaderboard", experiment, "--json").stdout)["trials"]
    assert sorted(t["config"]["retrieval"]["retriever"] for t in trials) == ["hybrid", "keyword"]
