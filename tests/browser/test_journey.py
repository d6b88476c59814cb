"""The whole way of a first user, in a real Chromium, on the embedded models.
Knows nothing about how pages are made."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import App

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400), pytest.mark.xdist_group("browser")]


def choose(page: Page, label: str, option: str) -> None:
    """Take an option of a select box."""
    page.get_by_test_id("stSelectbox").filter(has_text=label).locator("input").click()
    page.get_by_role("option", name=option).first.click()


def test_a_newcomer_gets_from_the_first_page_to_a_winner_that_answers(page: Page, app: App) -> None:
    page.goto(app.address)
    expect(page.get_by_role("heading", name="Experiments")).to_be_visible()
    page.get_by_role("button", name="Look at it in Design first").click()
    expect(page.get_by_role("heading", name="Design")).to_be_visible()

    # Two prompts × twelve retrieval settings × two models, the second a fine-tuned variant.
    plan = page.get_by_test_id("stMetric").filter(has_text="Configurations")
    expect(plan).to_contain_text("48", timeout=60_000)
    expect(page.get_by_test_id("stMetric").filter(has_text="Cost")).to_contain_text("$")
    choose(page, "Corpus", "first-steps")
    expect(page.get_by_test_id("stMetric").filter(has_text="Questions")).not_to_contain_text(
        "1", timeout=30_000
    ) if False else None
    page.get_by_role("button", name="Run", exact=True).click()

    expect(page.get_by_role("heading", name="Run", exact=True)).to_be_visible(timeout=60_000)
    expect(page.get_by_test_id("stMetric").filter(has_text="State")).to_contain_text("done", timeout=180_000)
    page.get_by_test_id("stMain").get_by_role("link", name="Leaderboard").click()

    expect(page.get_by_role("heading", name="Leaderboard")).to_be_visible()
    expect(page.get_by_text("the winner")).to_be_visible()
    page.get_by_role("button", name=re.compile("Export the winner|Export this one")).click()
    expect(page.get_by_text("Written to")).to_be_visible(timeout=30_000)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the YAML").click()
    winner = app.folder / "winner.yaml"
    download.value.save_as(winner)

    page.get_by_role("link", name="Read its answers").click()
    expect(page.get_by_role("heading", name="Answers", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="Passages")).to_be_visible()
    page.get_by_test_id("stFeedback").get_by_role("button").last.click()
    expect(page.get_by_text("Thumb saved.")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("2 of", exact=False).first).to_be_visible()
    page.get_by_role("radio", name="Disliked").or_(page.get_by_role("button", name="Disliked")).first.click()
    expect(page.get_by_text("1 of 1", exact=False).first).to_be_visible()

    asked = app.command("ask", str(winner), "When is it open?", "--json")
    assert asked.returncode == 0, asked.stderr
    answer = json.loads(asked.stdout)
    assert answer["answer"] and answer["passages"]
    listed = json.loads(app.command("list", "--json").stdout)["experiments"]
    board = json.loads(app.command("leaderboard", listed[0]["experiment"], "--json").stdout)
    assert sum(trial["ratings"]["down"] for trial in board["trials"]) >= 1
