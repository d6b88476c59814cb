"""Every chart has a table beside it, and every table downloads as CSV.
Knows nothing about what the figures mean."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.acting import download_table
from tools.running_app import App, settle
from tools.views import VIEWS, open_view

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900), pytest.mark.xdist_group("browser")]

WITH_TABLES = (
    "design", "run", "results", "trade-offs", "effects", "compare", "models", "corpora", "questions",
)  # fmt: skip
WITH_CHARTS = ("trade-offs", "effects")
BEHIND = (*WITH_CHARTS, "design", "compare")  # a click away: on the view's sign, or on what is here
CLICKED = {"compare": "The tests in figures"}


def test_charts_have_their_figures_as_a_table_and_tables_download_as_csv(
    page: Page, app: App, finished: str
) -> None:
    trials = json.loads(app.command("leaderboard", finished, "--json").stdout)["trials"]
    for view in VIEWS:
        if view.name not in WITH_TABLES:
            continue
        open_view(page, app.address, view, experiment=finished)
        assert (page.get_by_test_id("stVegaLiteChart").count() > 0) == (view.name in WITH_CHARTS), view.name
        if view.name in BEHIND:
            page.get_by_text(CLICKED.get(view.name, view.sign)).click()
            settle(page)
        rows = download_table(page)
        assert rows and all(len(row) > 1 for row in rows), view.name
        if view.name in ("results", "trade-offs"):
            assert {row["Configuration"] for row in rows} == {t["name"] for t in trials}

    answers = next(v for v in VIEWS if v.name == "answers")
    open_view(page, app.address, answers, experiment=finished, winner=trials[0]["trial"], place="1")
    with page.expect_download() as scores:
        page.get_by_role("button", name="Download as CSV").click()
    rows = list(csv.DictReader(scores.value.path().read_text().splitlines()))
    assert {"grounding", "correctness"} <= {row["score"] for row in rows}

    results = next(v for v in VIEWS if v.name == "results")
    open_view(page, app.address, results, experiment=finished)
    with page.expect_download() as download:
        page.get_by_test_id("stDownloadButton").get_by_role("button", name="Download as CSV").click()
    whole = Path(download.value.path()).read_text(encoding="utf-8")
    assert whole.splitlines() == app.command("leaderboard", finished, "--csv").stdout.splitlines()
    assert len(list(csv.DictReader(whole.splitlines()))) == len(trials)
