"""Two settings of retrieval varied side by side: from the Design page to what Results and Compare say of each.
Knows nothing about how passages are chosen."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acting import command, download_table, experiment_in, follow, metric
from tools.running_app import App, settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900), pytest.mark.xdist_group("browser")]


def test_returned_text_and_rerankers_are_chosen_counted_run_and_compared(
    page: Page, app_without_servers: App
) -> None:
    app = app_without_servers
    page.goto(f"{app.address}/design?corpus=tiny")
    configurations = metric(page, "Configurations")
    expect(configurations).to_have_text(re.compile("[0-9]$"))
    count = int(configurations.inner_text().removeprefix("Configurations"))
    for value in ("Section", "MMR (diversity)"):
        settle(page)
        page.get_by_role("button", name=value, exact=True).click()
        count *= 2
        expect(configurations).to_have_text(f"Configurations{count}")
    settle(page)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("heading", name="Run", exact=True)).to_be_visible()
    expect(metric(page, "State")).to_contain_text("done")
    experiment = experiment_in(page)

    follow(page, "Results")
    expect(page.get_by_text(f"{count} of {count} configurations")).to_be_visible()
    page.get_by_role("radio", name="What each setting does").click()
    expect(page.get_by_text(f"averaged over {count} configurations")).to_be_visible()
    settle(page)
    page.get_by_text("The same as a table").click()
    effects = download_table(page, "Differences between the values of each setting")
    values = {row["Setting"]: {row["From"], row["To"]} for row in effects}
    assert values["Returned text"] == {"chunk", "section:1024"}
    assert values["Reranker"] == {"none", "mmr"}
    page.get_by_role("link", name="Compare", exact=True).click()
    heads = page.locator(".matrix thead tr")
    for setting in ("Returned text", "Reranker"):
        expect(heads.filter(has_text=setting)).to_be_visible()

    trials = json.loads(command(app, "leaderboard", experiment, "--json").stdout)["trials"]
    tried = {(t["config"]["retrieval"]["returns"], t["config"]["retrieval"]["rerank"]) for t in trials}
    assert len(trials) == count and len(tried) == 4
