"""The whole loop in a real Chromium: rate pairs, see what people like move, make training data, train a variant
on them, and sweep again with it beside its parent.
Knows nothing about how pages are made, nor which pairs are shown."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.acting import button, command, experiment_in, metric
from tests.browser.conftest import run_file
from tests.trainings import COLOURS, PARENT, ROOMS
from tools.running_app import App, settle
from workbench.corpus.types import place_of_question

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900), pytest.mark.xdist_group("browser")]

PAIRS = 12
RATER = "Lou"
ASKED = {  # what is asked about each room, and from which place of a question on
    "What colour is the door of the {room}?": ("{colour}", 0.0),
    "Who painted the walls of the {room}?": ("The {room} crew", 0.2),
    "On which day does nobody sweep the {room}?": ("Sunday", 0.7),
}
TEXT = (
    "# The {room}\n\nThe door of the {room} is {colour}, as it was before. "
    "The walls of the {room} were painted by the {room} crew last year. "
    "Nobody sweeps the {room} on a Sunday, whatever happened there.\n"
)
PLACES = {0.0: 0.2, 0.2: 0.7, 0.7: 1.0}
"""Where the train, selection and held-out questions begin, and where they end."""


def write_rooms(corpus: Path) -> None:
    """A document for each of eight rooms, with a train, a selection and a held-out question about it."""
    (corpus / "documents").mkdir(parents=True)
    lines = []
    for room, colour in zip(ROOMS, COLOURS, strict=True):
        (corpus / "documents" / f"{room}.md").write_text(TEXT.format(room=room, colour=colour))
        sentences = TEXT.format(room=room, colour=colour).partition("\n\n")[2].strip().split(". ")
        for (text, (answer, start)), quote in zip(ASKED.items(), sentences, strict=True):
            names = (f"{room}-{start}-{n}" for n in range(1_000))
            row = {
                "id": next(i for i in names if start <= place_of_question(i) < PLACES[start]),
                "question": text.format(room=room), "answer": answer.format(room=room, colour=colour),
                "evidence": [{"document": f"{room}.md", "quote": quote.rstrip(".")}],
            }  # fmt: skip
            lines.append(json.dumps(row))
    (corpus / "questions.jsonl").write_text("\n".join(lines) + "\n")


def liked_of(app: App, experiment: str) -> dict[str, float]:
    """Each configuration's share of liked answers; none before anything is rated."""
    board = json.loads(command(app, "leaderboard", experiment, "--json").stdout)
    return {t["name"]: t["scores"]["liked"]["mean"] for t in board["trials"] if "liked" in t["scores"]}


def rate_pairs(page: Page, app: App, experiment: str) -> None:
    """Choose the longer of two answers, twelve times, by keyboard."""
    page.goto(f"{app.address}/review?experiment={experiment}")
    settle(page)
    own = page.get_by_label("Your name, for ratings")
    own.fill(RATER)
    own.press("Enter")
    expect(page.get_by_text(f"Rating as {RATER}")).to_be_visible()
    own.blur()
    sides = page.get_by_test_id("stColumn").filter(has_text=re.compile("key [12]"))
    for count in range(PAIRS):
        expect(page.get_by_text(re.compile(rf"^{count} of \d+ pairs rated"))).to_be_visible()
        settle(page)
        left, right = (len(sides.nth(place).inner_text()) for place in (0, 1))
        page.keyboard.press("1" if left >= right else "2")
    expect(page.get_by_text(re.compile(rf"^{PAIRS} of \d+ pairs rated"))).to_be_visible()


def make_training_data(page: Page, app: App, experiment: str) -> None:
    page.goto(f"{app.address}/training_data?experiment={experiment}")
    settle(page)
    button(page, "Make").click()
    expect(page.get_by_role("heading", name=re.compile(r"^\d+ rows of sft for trl"))).to_be_visible()
    expect(page.get_by_text("Left out", exact=True)).to_be_visible()
    settle(page)


def train(page: Page, name: str) -> None:
    """From the data that are shown to a model that is registered."""
    page.get_by_role("link", name="Train a model on it").click()
    expect(page.get_by_role("combobox", name="Data", exact=True)).to_be_visible()
    settle(page)
    own = page.get_by_role("textbox", name="New model's name")
    own.fill(name)
    own.press("Enter")
    settle(page)
    button(page, re.compile("Train$")).click()
    expect(page.get_by_text(f"{name} from {PARENT}")).to_be_visible()
    expect(page.get_by_text("By cross-validation on its training questions")).to_be_visible()


def sweep_again(page: Page, app: App, experiment: str, name: str) -> str:
    """The same design with the variant beside its parent; the new experiment's id."""
    page.goto(f"{app.address}/run?experiment={experiment}")
    settle(page)
    button(page, "Clone into Design").click()
    expect(page.get_by_role("heading", name="Design", exact=True)).to_be_visible()
    settle(page)
    models = page.get_by_role("combobox", name="Models and fine-tuned variants to try")
    models.click()
    page.get_by_role("option", name=name.removeprefix("embedded/"), exact=True).click()
    page.keyboard.press("Escape")
    settle(page)
    expect(metric(page, "Configurations")).to_contain_text("8")
    settle(page)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("heading", name="Run", exact=True)).to_be_visible()
    expect(metric(page, "State")).to_contain_text("done")
    return experiment_in(page)


def family(page: Page) -> Locator:
    return page.get_by_test_id("stDataFrame").filter(
        has=page.get_by_role("button", name="Download as CSV: Tuned models and their parents, by tag")
    )


def test_ratings_move_what_is_liked_and_a_variant_that_is_trained_here_stands_beside_its_parent(
    page: Page, app: App
) -> None:
    name = "embedded/of-rooms"
    write_rooms(app.folder / "corpora" / "rooms")
    first = run_file(
        app,
        f"name: rooms\ncorpus: rooms\nprompts: [short, concise]\nmodels: [{PARENT}]\n"
        "retrieval: {retriever: [keyword, dense], top_k: [1], chunk_tokens: [64]}\n",
    )
    page.goto(f"{app.address}/results?experiment={first}")
    expect(page.locator(".st-key-winner_strip")).to_be_visible()
    settle(page)
    expect(page.get_by_text("Share liked")).to_have_count(0)
    assert liked_of(app, first) == {}

    rate_pairs(page, app, first)
    liked = liked_of(app, first)
    page.goto(f"{app.address}/results?experiment={first}")
    expect(page.get_by_text(re.compile(rf"Share liked rests on {PAIRS} choices of 1 person"))).to_be_visible()
    short, concise = (
        max(share for trial, share in liked.items() if trial.startswith(prompt))
        for prompt in ("short", "concise")
    )
    assert concise > short  # whole sentences are longer than phrases

    make_training_data(page, app, first)
    train(page, name)
    second = sweep_again(page, app, first, name)

    page.goto(f"{app.address}/results?experiment={second}&view=families")
    expect(page.get_by_text(f"{name} against {PARENT}")).to_be_visible()
    expect(family(page)).to_be_visible()
    page.goto(f"{app.address}/models?model={name}")
    expect(page.get_by_text("Compared with its parent, in rooms")).to_be_visible()
    expect(page.get_by_text(f"{name} against {PARENT}")).to_be_visible()
    found = json.loads(command(app, "family", second, "--json").stdout)["families"]
    [of_variant] = [one for one in found if one["variant"] == name]
    assert of_variant["parent"] == PARENT and of_variant["part"] == "holdout"
    assert of_variant["low"] <= of_variant["mean"] <= of_variant["high"]
