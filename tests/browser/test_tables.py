"""Every chart has a table beside it, and every table downloads as CSV.
Knows nothing about what the figures mean."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.acting import command, download_table
from tools.running_app import App, settle
from tools.views import View

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900), pytest.mark.xdist_group("views")]

WITH_TABLES = (
    "design", "run", "results", "trade-offs", "effects", "compare", "models", "corpora", "questions", "watch",
    "watch-alarm", "watch-requests", "families", "training-data", "trainings", "variant",
)  # fmt: skip
WITH_CHARTS = ("trade-offs", "route", "effects", "watch", "watch-alarm")
BEHIND = (*WITH_CHARTS, "design", "compare")  # a click away: on the view's sign, or on what is here
CLICKED = {
    "compare": "Test results", "watch": "The same as a table", "watch-alarm": "The same as a table",
}  # fmt: skip


def test_charts_have_their_figures_as_a_table_and_tables_download_as_csv(
    view_page: Page, view: View, app: App, finished: str, trials: list[dict[str, Any]]
) -> None:
    assert (view_page.get_by_test_id("stVegaLiteChart").count() > 0) == (view.name in WITH_CHARTS)
    if view.name == "results":
        assert_the_whole_leaderboard_downloads(view_page, app, finished, len(trials))
    if view.name == "answers":
        assert_the_scores_of_an_answer_download(view_page)
    if view.name not in WITH_TABLES:
        return
    if view.name in BEHIND:
        view_page.get_by_text(CLICKED.get(view.name, view.sign)).click()
        settle(view_page)
    rows = download_table(view_page)
    assert rows and all(len(row) > 1 for row in rows)
    if view.name in ("results", "trade-offs"):
        assert {row["Configuration"] for row in rows} == {t["name"] for t in trials}


def assert_the_scores_of_an_answer_download(page: Page) -> None:
    with page.expect_download() as scores:
        page.get_by_role("button", name="Download as CSV").click()
    rows = list(csv.DictReader(scores.value.path().read_text().splitlines()))
    assert {"grounding", "correctness"} <= {row["score"] for row in rows}


def assert_the_whole_leaderboard_downloads(page: Page, app: App, experiment: str, count: int) -> None:
    with page.expect_download() as download:
        page.get_by_test_id("stDownloadButton").get_by_role("button", name="Download as CSV").click()
    whole = Path(download.value.path()).read_text(encoding="utf-8")
    assert whole.splitlines() == command(app, "leaderboard", experiment, "--csv").stdout.splitlines()
    assert len(list(csv.DictReader(whole.splitlines()))) == count
