"""Rows that are ticked on Results are compared; the winner and ten rows are in sight.
Knows nothing about how pages are made."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acting import tick
from tools.running_app import App, settle
from workbench.ui.results.table import ROW_HEIGHT

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900), pytest.mark.xdist_group("browser")]


def test_ten_rows_fit_below_the_winner(page: Page, app: App, finished: str) -> None:
    """Of the table only where it begins is looked at: the experiment of these tests has fewer rows."""
    page.goto(f"{app.address}/results?experiment={finished}")
    for width, height in ((1280, 800), (1600, 1000), (1024, 768)):
        page.set_viewport_size({"width": width, "height": height})
        settle(page)
        box = page.get_by_test_id("stDataFrame").first.bounding_box()
        assert box is not None and box["y"] + ROW_HEIGHT * (10 + 1) <= height, (width, height, box)


def test_two_ticked_rows_are_compared(
    page: Page, app: App, finished: str, trials: list[dict[str, Any]]
) -> None:
    page.goto(f"{app.address}/results?experiment={finished}")
    expect(page.get_by_text("Columns and filters")).to_be_visible()
    settle(page)
    tick(page, 0)
    expect(page.get_by_role("button", name="Make it the baseline")).to_be_visible()
    expect(page.get_by_text("· rank 1")).to_be_visible()
    tick(page, 2)
    page.get_by_role("link", name="Compare these 2").click()
    expect(page.get_by_role("heading", name="Compare", exact=True)).to_be_visible()
    page.wait_for_url(re.compile(f"trials={trials[0]['trial']}(%2C|,){trials[2]['trial']}"))
