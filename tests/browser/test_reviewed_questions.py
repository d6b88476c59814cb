"""From uploaded documents to questions that one can trust: drafted, reviewed by keys, one's own beside them, and
a leaderboard by source. Knows nothing about how pages are made."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acting import button, command, experiment_in, follow, metric
from tests.browser.own_files import ABOUT, PRICES
from tools.running_app import App, settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900), pytest.mark.xdist_group("browser")]
NAME = "workshop"
PARTS = list(PRICES.items())[:12]
OWN = "\n".join(f"What is the price of part {number}? || {price} euros" for number, price in PARTS[:8])


def write_two(folder: Path) -> list[str]:
    """Two documents: prices in a table, and a few sentences about the workshop."""
    table = "\n".join(f"| Part {number} | {price} euros |" for number, price in PARTS)
    prices = f"# Prices\n\n## Parts of the mill\n\nThese are the prices of all parts that the mill has.\n\n| Part | Price |\n|---|---|\n{table}\n"
    texts = {"prices.md": prices, "workshop.md": f"# The workshop\n\n## Opening hours\n\n{ABOUT}\n"}
    for name, text in texts.items():
        (folder / name).write_text(text)
    return [str(folder / name) for name in texts]


def reviewed(page: Page) -> int:
    """How many drafts are reviewed, as the page says once it is drawn."""
    settle(page)
    said = page.get_by_text(re.compile(r"^\d+ of \d+ reviewed")).inner_text()
    return int(said.split()[0])


def test_uploaded_documents_lead_to_a_leaderboard_by_source(
    page: Page, app_without_servers: App, tmp_path: Path
) -> None:
    app = app_without_servers
    page.goto(f"{app.address}/corpora?corpus=%2Bnew")
    settle(page)
    page.get_by_label("Name").fill(NAME)
    page.locator("input[type=file]").set_input_files(write_two(tmp_path))
    expect(page.get_by_text("workshop.md")).to_be_visible()
    button(page, "Create the corpus").click()
    expect(page.get_by_text("2 files · 0 questions")).to_be_visible()
    page.goto(f"{app.address}/questions?corpus={NAME}&view=Draft")
    settle(page)
    page.locator(".st-key-draft_plan").get_by_role("button", name="Draft", exact=True).click()
    expect(page.get_by_text(re.compile(r"^0 of \d+ reviewed"))).to_be_visible()

    # Keep two, drop one and take that back; the others wait.
    for key, done in (("k", 1), ("d", 2), ("u", 1), ("k", 2)):
        settle(page)
        page.keyboard.press(key)
        expect(page.get_by_text(re.compile(rf"^{done} of \d+ reviewed"))).to_be_visible()
    assert reviewed(page) == 2

    page.goto(f"{app.address}/questions?corpus={NAME}")
    settle(page)
    button(page, "Add questions").click()
    pasted = page.get_by_role("dialog").get_by_label("One question per line")
    pasted.fill(OWN)
    pasted.press("Control+Enter")
    button(page, "Add 8 questions").click()
    expect(page.get_by_text("10 of 10 questions")).to_be_visible()
    file = app.folder / "corpora" / NAME / "questions.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert [row.get("source", {}).get("by") for row in rows] == ["rule"] * 2 + [None] * 8

    page.get_by_role("link", name="3 Design").click()
    expect(page.get_by_role("heading", name="Design", exact=True)).to_be_visible()
    settle(page)
    page.get_by_text("Ask drafts, too").click()
    expect(page.get_by_text(re.compile("of them (an )?unreviewed draft"))).to_be_visible()
    settle(page)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(metric(page, "State")).to_contain_text("done")
    experiment = experiment_in(page)

    follow(page, "Results")
    strip = page.locator(".st-key-winner_strip")
    expect(strip).to_contain_text(re.compile("(is a draft|are drafts) that nobody has reviewed"))
    settle(page)
    board = json.loads(command(app, "leaderboard", experiment, "--source", "drafted", "--json").stdout)
    count = board["by_source"]["sources"]["drafted"]
    page.get_by_test_id("stMain").get_by_role("combobox", name="Questions").click()
    page.get_by_role("option", name=f"Drafted questions ({count})").click()
    page.wait_for_url(re.compile("source=drafted"))
    settle(page)
    expect(strip).to_contain_text(board["verdict"]["caveats"][0])
    expect(strip).to_contain_text(board["trials"][0]["name"])
    expect(page.get_by_text(board["by_source"]["rankings"]["in_words"])).to_be_visible()
