"""A comparison is an address: whoever opens it sees the same, and back and forward work. The matrix is read with the
mouse and the keys, and its answers are rated in place.
Knows nothing about how pages are made."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acting import rate_as
from tests.browser.conftest import OpenPage
from tools.running_app import PATIENCE_MS, App, settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900), pytest.mark.xdist_group("browser")]
RATER = "Mika"  # rates in this journey only


def what_is_shown(page: Page) -> list[str]:
    """Who is compared, by what filter, and the questions of this page of them, once they stay the same."""
    main = page.get_by_test_id("stMain")
    before: list[str] = []
    for _ in range(40):
        settle(page)
        page.wait_for_timeout(400)  # between two looks: a redraw begins a moment after the address changed
        head = main.locator(".matrix thead tr").all_inner_texts()
        chosen = main.get_by_role("radio", checked=True).all_inner_texts()
        found = [*head, *chosen, *main.locator(".wb").all_inner_texts()]
        if found and found == before:
            return found
        before = found
    raise AssertionError("The page does not come to rest.")


def comes_to_show(page: Page, expected: list[str]) -> bool:
    """Back and forward change the address at once, and what is shown a moment later."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while what_is_shown(page) != expected:
        if time.monotonic() > end:
            return False
    return True


def columns(page: Page) -> int:
    return page.locator(".matrix thead tr").first.locator("th").count() - 1


def test_a_comparison_is_shared_by_its_address_and_back_and_forward_work(
    open_page: OpenPage, app: App, finished: str, trials: list[dict[str, Any]]
) -> None:
    first, second, third = (t["trial"] for t in trials[:3])
    page = open_page()
    page.goto(f"{app.address}/compare?experiment={finished}&view=side&trials={first},{second}")
    expect(page.get_by_text("Verdict")).to_be_visible()
    settle(page)
    assert columns(page) == 2
    page.get_by_role("button", name="Configurations").click()
    page.get_by_test_id("stMultiSelect").locator("input").click()
    page.get_by_role("option", name=re.compile(re.escape(trials[2]["name"]))).click()
    page.wait_for_url(lambda address: third in address)
    page.locator("h1").click()  # leaves the list, and the popover it is in
    settle(page)
    assert columns(page) == 3
    on_first = what_is_shown(page)
    page.get_by_role("button", name="Page 2", exact=True).click()
    page.wait_for_url(re.compile(r"[?&]page=2"))
    on_second = what_is_shown(page)
    assert on_second != on_first and len(on_second) > 5
    assert third in page.url and on_second[:3] == on_first[:3]

    other = open_page()
    other.goto(page.url)
    expect(other.get_by_text("Verdict")).to_be_visible()
    assert comes_to_show(other, on_second)

    page.go_back()
    page.wait_for_url(lambda address: "page=2" not in address)
    assert comes_to_show(page, on_first)
    page.go_forward()
    page.wait_for_url(re.compile(r"[?&]page=2"))
    assert comes_to_show(page, on_second)


def test_the_matrix_is_filtered_and_a_cell_is_opened_by_keys_and_rated_in_place(
    page: Page, app: App, finished: str
) -> None:
    page.goto(f"{app.address}/compare?experiment={finished}")
    expect(page.get_by_text("Verdict")).to_be_visible()
    settle(page)
    rows, cells = page.locator(".matrix tbody tr"), page.locator("button.cell")
    every = rows.count()
    same = page.get_by_role("button", name=re.compile("the same as A: show only these")).first
    count = int(re.sub(r"\D", "", same.inner_text()))
    assert 0 < count <= every
    same.click()
    page.wait_for_url(re.compile("show=same"))
    settle(page)
    assert rows.count() == count  # the tally on top is the filter's

    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").first.click()
    assert len(download.value.path().read_text(encoding="utf-8").splitlines()) == count + 1

    cells.first.focus()
    page.keyboard.press("ArrowRight")
    assert cells.nth(1).evaluate("cell => cell === cell.getRootNode().activeElement")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("cell="))
    panel = page.locator(".st-key-compare-answer")
    expect(panel.get_by_text("B · question")).to_be_visible()
    expect(page.locator("button.cell[aria-current=true]")).to_have_count(1)
    settle(page)
    rate_as(page, RATER)
    panel.get_by_role("radio", name="Thumbs down").click()
    expect(page.get_by_text("Thumb saved.")).to_be_visible()

    page.goto(page.url.replace("show=same", "show=disliked"))  # the address keeps the cell
    expect(panel.get_by_text("B · question")).to_be_visible()
    settle(page)
    assert 1 <= rows.count() < every  # other journeys dislike answers, too
    expect(page.locator("button.cell[aria-current=true]")).to_contain_text("👎")
    cells.first.focus()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    assert "cell=" not in page.url
