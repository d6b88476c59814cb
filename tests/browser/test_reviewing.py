"""Blind rating: ten pairs by keyboard alone, and two people at the same time.
Knows nothing about how pages are made, nor which pairs are shown."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acting import download_table
from tests.browser.conftest import OpenPage, run_file
from tools.running_app import App, settle
from workbench.store.database import open_store
from workbench.store.preferences import list_preferences
from workbench.store.records import Preference

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900), pytest.mark.xdist_group("browser")]

CHOICES = {"1": {"first", "second"}, "2": {"first", "second"}, "3": {"good"}, "4": {"bad"}}


def preferences_of(app: App, rater: str) -> list[Preference]:
    return [p for p in list_preferences(open_store(app.home / "workbench.db")) if p.rater == rater]


def rated(page: Page, count: int) -> None:
    """The page says that so many pairs are rated, and shows the next one whole."""
    expect(page.get_by_text(re.compile(rf"^{count} of \d+ pairs rated"))).to_be_visible()
    settle(page)


def test_ten_pairs_are_rated_by_keyboard_alone_and_blind(
    page: Page, app: App, finished: str, trials: list[dict[str, Any]]
) -> None:
    hidden = {t["name"] for t in trials} | {t["config"]["model"] for t in trials}
    page.goto(f"{app.address}/review?experiment={finished}")
    rated(page, 0)
    keys = page.get_by_text("the left one is better")
    expect(keys).to_be_hidden()
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()

    def seen() -> str:
        text = page.get_by_test_id("stMain").inner_text()
        assert not [name for name in hidden if name in text]
        return text

    pressed = "1234123412"
    for count, key in enumerate(pressed):
        shown = seen()
        if count == 3:
            page.keyboard.press("s")
            expect(page.get_by_text("1 skipped")).to_be_visible()
            settle(page)
            assert seen() != shown
        if count == 6:
            page.keyboard.press("z")
            rated(page, count - 1)
            page.keyboard.press(pressed[count - 1])
            rated(page, count)
        page.keyboard.press(key)
        rated(page, count + 1)

    stored = preferences_of(app, "tester")
    assert len(stored) == 10
    for key in "34":
        assert sum(p.choice in CHOICES[key] for p in stored) == pressed.count(key)


def test_two_people_rate_at_once_and_none_of_their_choices_is_lost(open_page: OpenPage, app: App) -> None:
    experiment = run_file(
        app,
        "name: agreed\ncorpus: first-steps\nquestions: {limit: 10}\nprompts: [short, cited]\n"
        "models: [embedded/extractive]\nretrieval: {retriever: [keyword], top_k: [2], chunk_tokens: [64]}\n"
        "holdout: 0.0\n",
    )
    names = ("Ana", "Ben")
    people = {name: open_page() for name in names}
    for name, page in people.items():
        page.goto(f"{app.address}/review?experiment={experiment}")
        own = page.get_by_label("Your name, for ratings")
        own.fill(name)
        own.press("Enter")
        expect(page.get_by_text(f"Rating as {name}")).to_be_visible()
        rated(page, 0)
        own.blur()
    bar = people["Ana"].get_by_text(re.compile(r"^0 of \d+ pairs rated")).inner_text()
    pairs = int(re.findall(r"of (\d+)", bar)[0])
    assert pairs >= 4
    for count in range(pairs):
        for number, page in enumerate(people.values()):  # both press before either page has answered
            page.keyboard.press("3" if count % (number + 2) else "4")
        for page in people.values():
            if count + 1 < pairs:
                rated(page, count + 1)
            else:
                expect(page.get_by_text("Everything is rated.")).to_be_visible()
    for name in names:
        assert len(preferences_of(app, name)) == pairs
    page = people["Ben"]
    page.reload()
    page.get_by_text("Do the raters agree?").click()
    found = next(r for r in download_table(page, "Agreement of raters") if r["Raters"] == "Ana and Ben")
    assert found["Rated by both"] == str(pairs) and -1 <= float(found["Cohen's kappa"]) <= 1
