"""A comparison is an address: whoever opens it sees the same, and back and forward work.
Knows nothing about how pages are made."""

from __future__ import annotations

import json
import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tools.running_app import PATIENCE_MS, App, settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900), pytest.mark.xdist_group("browser")]


def what_is_shown(page: Page) -> list[str]:
    """Who is compared, by what filter, and the questions of this page of them, once they stay the same."""
    main = page.get_by_test_id("stMain")
    before: list[str] = []
    for _ in range(40):
        settle(page)
        page.wait_for_timeout(400)  # between two looks: a redraw begins a moment after the address changed
        legend = main.get_by_text(re.compile("^[A-F] +.+@")).all_inner_texts()
        chosen = main.get_by_role("radio", checked=True).all_inner_texts()
        found = [*legend, *chosen, *main.locator(".wb").all_inner_texts()]
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


def test_a_comparison_is_shared_by_its_address_and_back_and_forward_work(
    open_page: OpenPage, app: App, finished: str
) -> None:
    board = json.loads(app.command("leaderboard", finished, "--json").stdout)["trials"]
    first, second, third = (t["trial"] for t in board[:3])
    page = open_page()
    page.goto(f"{app.address}/compare?experiment={finished}&trials={first},{second}")
    expect(page.get_by_text("Correctness, paired by question")).to_be_visible()
    settle(page)
    page.get_by_label("Configurations").click()
    page.get_by_role("option", name=re.compile(re.escape(board[2]["name"]))).click()
    page.keyboard.press("Tab")  # leaves the box; Escape, once its list is closed, would empty it
    expect(page.get_by_text(re.compile(f"^C +{re.escape(board[2]['name'])}"))).to_be_visible()
    page.wait_for_url(lambda address: third in address)
    settle(page)
    page.get_by_role("radio", name=re.compile("^All")).click()
    page.wait_for_url(re.compile("show=all", re.IGNORECASE))
    on_first = what_is_shown(page)
    page.get_by_role("button", name="Page 2", exact=True).click()
    page.wait_for_url(re.compile(r"[?&]page=2"))
    on_second = what_is_shown(page)
    assert on_second != on_first and len(on_second) > 5
    assert third in page.url and on_second[:3] == on_first[:3]

    other = open_page()
    other.goto(page.url)
    expect(other.get_by_text("paired by question")).to_be_visible()
    assert comes_to_show(other, on_second)

    page.go_back()
    page.wait_for_url(lambda address: "page=2" not in address)
    assert comes_to_show(page, on_first)
    page.go_forward()
    page.wait_for_url(re.compile(r"[?&]page=2"))
    assert comes_to_show(page, on_second)
