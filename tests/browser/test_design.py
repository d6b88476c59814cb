"""The Design page in a browser: what stays in sight while the choices scroll, and a draft after a reload.
Knows nothing about plans."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acting import metric
from tests.browser.test_positions import ALL, outside, run_button
from tools.running_app import App, settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]


def scroll_to_the_end(page: Page) -> None:
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, main.scrollHeight)")
    settle(page)


def test_the_plan_stays_in_sight_leads_to_the_field_and_a_reload_keeps_the_draft(
    page: Page, app: App
) -> None:
    page.goto(f"{app.address}/design?preset=sample")
    expect(metric(page, "Configurations")).to_contain_text("48")
    settle(page)
    for size in ALL:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        scroll_to_the_end(page)
        for found in (metric(page, "Cost"), run_button(page)):
            assert not outside(found, size), size
    page.set_viewport_size({"width": 1024, "height": 768})
    page.get_by_test_id("stMultiSelect").filter(has_text="extractive").get_by_label("Clear all").click()
    reason = page.get_by_role("link", name="Choose at least one model.")
    expect(reason).to_be_visible()
    expect(run_button(page)).to_be_disabled()
    scroll_to_the_end(page)
    assert outside(page.get_by_role("heading", name="Models"), (1024, 768))
    reason.click()
    expect(page.get_by_role("heading", name="Models")).to_be_in_viewport()
    page.wait_for_url("**/design?draft=*")
    page.reload()
    expect(page.get_by_role("link", name="Choose at least one model.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_have_value("support-first-look")
