"""Reading answers by keyboard and from the list: keys move and rate, but not while a person types.
Knows nothing about what the answers say."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acting import rate_as
from tools.running_app import App, settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900), pytest.mark.xdist_group("browser")]


def shows(page: Page, place: int) -> None:
    """The page shows the answer at this place, whole."""
    expect(page.get_by_text(re.compile(rf"^{place} of \d+$"))).to_be_visible()
    settle(page)


def press(page: Page, key: str) -> None:
    page.keyboard.press(key)
    settle(page)


def test_keys_move_and_rate_but_not_while_a_person_types(page: Page, app: App, finished: str) -> None:
    page.goto(f"{app.address}/answers?experiment={finished}")
    rate_as(page, "reader")  # ratings of other tests are other people's
    shows(page, 1)
    press(page, "n")
    shows(page, 2)
    press(page, "p")
    shows(page, 1)

    up, down = (page.get_by_role("radio", name=f"Thumbs {way}") for way in ("up", "down"))
    press(page, "1")
    expect(up).to_be_checked()
    press(page, "2")
    expect(down).to_be_checked()
    press(page, "Control+1")
    expect(down).to_be_checked()

    comment = page.get_by_role("textbox", name="Comment (optional)")
    comment.click()
    page.keyboard.type("nnp1?")
    settle(page)
    expect(comment).to_have_value("nnp1?")
    shows(page, 1)
    expect(down).to_be_checked()
    expect(page.get_by_text("previous answer")).to_be_hidden()
    comment.press("Enter")
    expect(page.get_by_text("Thumb saved.").first).to_be_visible()
    comment.blur()
    press(page, "?")
    expect(page.get_by_text("previous answer")).to_be_visible()
    press(page, "Escape")

    press(page, "n")
    shows(page, 2)
    expect(up).not_to_be_checked()
    press(page, "p")
    shows(page, 1)
    expect(page.get_by_role("textbox", name="Comment (optional)")).to_have_value("nnp1?")


def test_the_list_jumps_to_an_answer_and_a_chip_takes_a_filter_off(
    page: Page, app: App, finished: str
) -> None:
    page.goto(f"{app.address}/answers?experiment={finished}&tag=prices")
    shows(page, 1)
    page.get_by_role("button", name="Tag: prices").click()
    expect(page.get_by_role("button", name="Tag: prices")).to_be_hidden()
    settle(page)
    page.get_by_role("button", name="List").click()
    table = page.get_by_test_id("stDataFrame")
    expect(table).to_be_visible()
    settle(page)
    table.click(position={"x": 300, "y": 35 + 35 * 2 + 10})  # the third row below the head
    page.wait_for_url(re.compile("[?&]n=3"))
    shows(page, 3)
    expect(table).to_be_hidden()
