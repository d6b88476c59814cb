"""What a person does on the pages, again and again: choose, read a figure, follow a link, run a file.
Knows nothing about any journey."""

from __future__ import annotations

import csv
import io
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.cli.in_process import run_command
from tools.running_app import App, settle
from workbench.ui.results.table import ROW_HEIGHT


def command(app: App, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command line beside the app, on its home. In a thread: in this one Playwright's event loop runs."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run_command, arguments, app.folder, app.environment).result()


def button(page: Page, name: str | re.Pattern[str]) -> Locator:
    return page.get_by_role("button", name=name)


def choose(page: Page, label: str, option: str) -> None:
    """Take an option of a select box."""
    page.get_by_test_id("stSelectbox").filter(has_text=label).locator("input").click()
    page.get_by_role("option", name=option).first.click()


def write_into(page: Page, label: str, text: str) -> None:
    """Write a text into a select box that takes others than its options."""
    box = page.get_by_role("combobox", name=label, exact=True)
    box.click()
    box.press_sequentially(text)
    # Once the list shows the whole text: Enter takes what the list shows.
    expect(page.get_by_role("option", name=f"Add: {text}", exact=True)).to_be_visible()
    box.press("Enter")
    expect(page.get_by_role("option")).to_have_count(0)
    settle(page)


def take_option(page: Page, label: str, option: str) -> None:
    """Take an option of a select box that has them once the worker has replied."""
    box = page.get_by_role("combobox", name=label, exact=True)
    expect(box).to_have_attribute("placeholder", re.compile("Choose one of"))
    box.click()
    page.get_by_role("option", name=option, exact=True).click()
    settle(page)


def metric(page: Page, label: str) -> Locator:
    """The figure with exactly this label; the first, for a page being redrawn may hold the old one too."""
    return page.get_by_test_id("stMetric").filter(has=page.get_by_text(label, exact=True)).first


def follow(page: Page, name: str) -> None:
    """Click a link of the page; its page comes."""
    settle(page)
    page.get_by_test_id("stMain").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def download_table(page: Page, name: str | None = None) -> list[dict[str, str]]:
    """The rows of the table with this description, or of the first that shows, as its own button saves them."""
    button = page.get_by_role("button", name=f"Download as CSV: {name or ''}")
    table = page.get_by_test_id("stDataFrame").filter(has=button, visible=True).first
    with (
        page.expect_download() as download
    ):  # by key: the button is seen only while the mouse is on the table
        table.get_by_role("button", name="Download as CSV").press("Enter")
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def tick(page: Page, row: int) -> None:
    """Click the box at the left of a row of the table on Results, counted from 0."""
    box = page.get_by_test_id("stDataFrame").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 17, box["y"] + ROW_HEIGHT * (row + 1.5))


def rate_as(page: Page, name: str) -> None:
    """Enter the name that one rates under, and wait until the thumbs are this person's: a click on those of
    another, which are about to go, counts for nothing."""
    own = page.get_by_label("Your name, for ratings")
    own.fill(name)
    own.press("Enter")
    own.blur()
    expect(page.locator(f".st-key-thumbs [class*=-{name}]").first).to_be_visible()
    settle(page)


def experiment_in(page: Page) -> str:
    """The id of the experiment that the page's address names."""
    page.wait_for_url(re.compile("[?&]experiment="))
    return parse_qs(urlsplit(page.url).query)["experiment"][0]


def run_from_design(page: Page, app: App, file: Path) -> None:
    """Open an experiment file on the Design page and run it: the Run page comes. It is named as the file is."""
    page.goto(f"{app.address}/design")
    settle(page)
    page.get_by_role("button", name="Drafts and files").click()
    page.locator("input[type=file]").set_input_files(str(file))
    page.get_by_role("button", name="Load this file").click()
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_have_value(file.stem)
    settle(page)  # until the plan is this file's, a click on Run counts for nothing
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("heading", name="Run", exact=True)).to_be_visible()
