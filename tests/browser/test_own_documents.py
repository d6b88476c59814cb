"""Words of a document that a person selects with the mouse become evidence of a question; a sample is read-only.
Knows nothing about how pages are made."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acting import button
from tools.running_app import App, settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900), pytest.mark.xdist_group("browser")]
TEXT = "# Hours 🎉\n\nThe *desk* is open until 21:00 <b>every</b> day.\n\nVisitors may park for 90 minutes.\n"
# Where words stand in the window, so that the mouse can go over them.
PLACE = """([container, words]) => {
    const walker = document.createTreeWalker(document.querySelector(container), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const at = walker.currentNode.data.indexOf(words);
        if (at < 0) continue;
        const range = document.createRange();
        range.setStart(walker.currentNode, at);
        range.setEnd(walker.currentNode, at + words.length);
        const {left, right, top, bottom} = range.getBoundingClientRect();
        return {left, right, middle: (top + bottom) / 2};
    }
}"""


def drag_over(page: Page, words: str) -> None:
    """Select words of the shown document with the mouse."""
    place = page.evaluate(PLACE, [".st-key-document_text .wb", words])
    page.mouse.move(place["left"] + 1, place["middle"])
    page.mouse.down()
    page.mouse.move(place["right"] - 1, place["middle"], steps=4)
    page.mouse.up()


def stored(app: App) -> list[dict[str, Any]]:
    file = app.folder / "corpora" / "hours" / "questions.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_selected_words_become_evidence_of_a_new_question_and_of_one_that_there_is(
    page: Page, app: App
) -> None:
    folder = app.folder / "corpora" / "hours"
    (folder / "documents").mkdir(parents=True)
    (folder / "documents" / "hours.md").write_text(TEXT)
    page.goto(f"{app.address}/corpora?corpus=hours&document=hours.md")
    expect(page.get_by_text("Visitors may park").first).to_be_visible()
    settle(page)
    expect(button(page, "New question with this as evidence")).to_be_disabled()

    drag_over(page, "open until 21:00 <b>every</b> day")
    expect(page.get_by_text("“open until 21:00 <b>every</b> day”")).to_be_visible()
    button(page, "New question with this as evidence").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Question").fill("How late is the desk open?")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("1 file · 1 question")).to_be_visible()
    settle(page)
    first = {"document": "hours.md", "quote": "open until 21:00 <b>every</b> day"}
    assert stored(app)[0]["evidence"] == [first]
    expect(page.locator(".st-key-document_text mark.evidence")).to_have_text(first["quote"])

    # A word that was selected in part is taken whole; the second piece joins the first.
    drag_over(page, "ark for 90 minut")
    button(page, "Add to a question").click()
    dialog.get_by_label("Question").click()
    page.get_by_role("option", name="How late is the desk open?").click()
    button(page, "Add the evidence").click()
    expect(dialog).to_be_hidden()
    settle(page)
    assert stored(app)[0]["evidence"] == [first, {"document": "hours.md", "quote": "park for 90 minutes"}]

    page.reload()
    expect(page.get_by_text("Visitors may").first).to_be_visible()
    assert "corpus=hours" in page.url and "document=hours.md" in page.url


def test_a_sample_has_no_button_that_changes_it(page: Page, app: App) -> None:
    page.goto(f"{app.address}/corpora?corpus=first-steps")
    expect(page.get_by_text("Select a row to read")).to_be_visible()
    settle(page)
    expect(page.get_by_text("read-only")).to_be_visible()
    expect(button(page, "Add documents")).to_have_count(0)
    expect(button(page, "Make a copy to edit")).to_be_visible()
