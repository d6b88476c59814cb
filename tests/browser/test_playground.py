"""From one question under two configurations to an experiment over both, and to its leaderboard.
Knows nothing about how pages are made."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acting import command, experiment_in, follow, metric
from tools.running_app import App, settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900), pytest.mark.xdist_group("browser")]


def test_what_is_tried_in_the_playground_becomes_an_experiment_with_a_leaderboard(
    page: Page, app: App
) -> None:
    page.goto(f"{app.address}/playground?corpus=first-steps")
    settle(page)  # what is typed before the page is drawn may be lost with its next drawing
    page.get_by_label("Question", exact=True).fill("When is it open?")
    page.get_by_role("button", name="Ask", exact=True).click()  # the first click asks, whatever was typed
    expect(page.get_by_text("tokens in")).to_have_count(1)
    settle(page)
    page.get_by_role("button", name="Add a column").click()
    expect(page.get_by_text("retriever: hybrid → keyword")).to_be_visible()
    expect(page.get_by_text("tokens in")).to_have_count(2)
    for width, height in ((1024, 768), (1600, 1000), (1280, 800)):
        page.set_viewport_size({"width": width, "height": height})
        for number in range(2):
            expect(page.get_by_text("tokens in").nth(number)).to_be_in_viewport(ratio=1)
    settle(page)
    page.get_by_role("button", name="Save as experiment axes").click()
    expect(page.get_by_role("heading", name="Design", exact=True)).to_be_visible()
    expect(metric(page, "Configurations")).to_have_text("Configurations2")
    settle(page)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("heading", name="Run", exact=True)).to_be_visible()
    expect(metric(page, "State")).to_contain_text("done")
    experiment = experiment_in(page)
    follow(page, "Results")
    expect(page.get_by_text("2 of 2 configurations")).to_be_visible()

    trials = json.loads(command(app, "leaderboard", experiment, "--json").stdout)["trials"]
    assert sorted(t["config"]["retrieval"]["retriever"] for t in trials) == ["hybrid", "keyword"]
