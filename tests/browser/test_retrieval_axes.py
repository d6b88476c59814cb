"""Two settings of retrieval varied side by side: from the Design page to what Results and Compare say of each.
Knows nothing about how passages are chosen."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acting import experiment_in, follow, metric
from tests.browser.conftest import run_file
from tools.running_app import App, settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900), pytest.mark.xdist_group("browser")]

ONE = (
    "name: axes\ncorpus: tiny\nprompts: [concise]\nmodels: [embedded/extractive]\n"
    "retrieval: {retriever: [dense], top_k: [1], chunk_tokens: [16], chunk_overlap: [0]}\nholdout: 0.0\n"
)


def test_returned_text_and_rerankers_are_chosen_counted_run_and_compared(page: Page, app: App) -> None:
    one = run_file(app, ONE)
    page.goto(f"{app.address}/run?experiment={one}")
    expect(metric(page, "State")).to_contain_text("done")
    settle(page)
    page.get_by_role("button", name="Clone into Design").click()
    expect(page.get_by_role("heading", name="Design", exact=True)).to_be_visible()
    expect(metric(page, "Configurations")).to_have_text("Configurations1")
    for value, count in (("Section", 2), ("MMR (diversity)", 4)):
        settle(page)
        page.get_by_role("button", name=value, exact=True).click()
        expect(metric(page, "Configurations")).to_have_text(f"Configurations{count}")
    settle(page)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("heading", name="Run", exact=True)).to_be_visible()
    expect(metric(page, "State")).to_contain_text("done")
    experiment = experiment_in(page)

    follow(page, "Results")
    expect(page.get_by_text("4 of 4 configurations")).to_be_visible()
    page.get_by_role("radio", name="What each setting does").click()
    expect(page.get_by_text("averaged over 4 configurations")).to_be_visible()
    settle(page)
    page.get_by_text("The same as a table").click()
    # The rows: each setting by its name, from one value to the other.
    page.get_by_role("link", name="Compare", exact=True).click()
    heads = page.locator(".matrix thead tr")
    for setting in ("Returned text", "Reranker"):
        expect(heads.filter(has_text=setting)).to_be_visible()

    trials = json.loads(app.command("leaderboard", experiment, "--json").stdout)["trials"]
    tried = {(t["config"]["retrieval"]["returns"], t["config"]["retrieval"]["rerank"]) for t in trials}
    assert len(trials) == len(tried) == 4
