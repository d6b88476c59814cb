"""The whole way of a user, in a real Chromium: own documents on the embedded models, and a model on a server.
Knows nothing about how pages are made."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acting import (
    button,
    command,
    experiment_in,
    follow,
    metric,
    run_from_design,
    take_option,
    tick,
    write_into,
)
from tests.browser.own_files import ASKED, KINDS, write_documents, write_questions
from tests.protocol_server import ProtocolServer
from tools.running_app import App, settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900), pytest.mark.xdist_group("browser")]

PASTED = (
    "What does part 4148 cost? || 32 euros || thirty-two euros\n"
    "What does part 4185 cost? || 35 euros\n"
    "What does part 4259 cost? || 41 euros\n"
    "Which part is sold most often?"
)
UNANSWERABLE = "Is there a swimming pool?"


def run(page: Page) -> str:
    """Run what the Design page shows, to its end; the experiment's id."""
    settle(page)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("heading", name="Run", exact=True)).to_be_visible()
    expect(metric(page, "State")).to_contain_text("done")
    return experiment_in(page)


def leaderboard(app: App, experiment: str) -> dict[str, Any]:
    board: dict[str, Any] = json.loads(command(app, "leaderboard", experiment, "--json").stdout)
    return board


def give_documents_and_questions(page: Page, app: App, folder: Path) -> None:
    """From an empty home to a corpus of six documents and five questions."""
    page.goto(app.address)
    expect(page.get_by_role("heading", name="Home")).to_be_visible()
    expect(page.locator("#first-paint")).to_be_attached()  # the sketch was there before, and is gone
    expect(page.locator("#first-paint")).to_be_hidden()
    expect(button(page, "Run the sample experiment")).to_be_visible()
    button(page, "Use my own documents").click()

    page.get_by_label("Name").fill("parts")
    page.locator("input[type=file]").set_input_files(write_documents(folder))
    expect(page.get_by_text(f"parts-{len(KINDS)}.pdf")).to_be_visible()
    button(page, "Create the corpus").click()
    expect(page.get_by_text("6 files · 0 questions")).to_be_visible()
    page.get_by_role("link", name="2 Questions").click()

    page.get_by_label("One question per line").fill(PASTED)
    button(page, "Show what will be stored").click()
    expect(page.get_by_text("1 question without an answer")).to_be_visible()
    button(page, "Add 4 questions").click()
    expect(page.get_by_text("4 of 4 questions")).to_be_visible()
    settle(page)
    button(page, "Add questions").click()
    dialog = page.get_by_role("dialog")
    pasted = dialog.get_by_label("One question per line")
    pasted.fill(UNANSWERABLE)
    pasted.press("Control+Enter")  # shows it, too
    dialog.get_by_role("radiogroup", name="1 question").get_by_text("no", exact=True).click()
    button(page, "Add 1 question").click()
    expect(page.get_by_text("5 of 5 questions")).to_be_visible()
    expect(
        page.get_by_text("5 questions: 4 to choose the winner, 1 to confirm it, 0 for training.")
    ).to_be_visible()

    lines = (app.folder / "corpora" / "parts" / "questions.jsonl").read_text().splitlines()
    stored = [json.loads(line) for line in lines]
    assert stored[0]["answer"] == ["32 euros", "thirty-two euros"]
    assert [row.get("answerable") for row in stored[3:]] == [None, False]


def keep_a_draft(page: Page, app: App) -> None:
    """Have questions drafted from the documents, and keep the first by its key."""
    settle(page)
    page.get_by_role("radio", name="Draft from documents").click()
    button(page, re.compile("Draft$")).click()
    expect(page.get_by_text(re.compile(r"^0 of \d+ reviewed"))).to_be_visible()
    settle(page)
    page.keyboard.press("k")
    expect(page.get_by_text(re.compile(r"^1 of \d+ reviewed"))).to_be_visible()
    stored = (app.folder / "corpora" / "parts" / "questions.jsonl").read_text().splitlines()
    kept = json.loads(stored[-1])
    assert kept["source"]["by"] == "rule" and kept["answer"] and kept["evidence"]


def test_own_documents_lead_to_no_winner_and_with_more_questions_to_one_that_answers(
    page: Page, fresh_app: App, tmp_path: Path
) -> None:
    app = fresh_app
    give_documents_and_questions(page, app, tmp_path)

    page.get_by_role("link", name="3 Design").click()
    expect(page.get_by_role("heading", name="Design", exact=True)).to_be_visible()
    settle(page)
    for retriever in ("Hybrid", "Dense"):  # off, and on
        button(page, retriever).click()
        settle(page)
    expect(metric(page, "Configurations")).to_contain_text("4")
    run(page)
    expect(page.get_by_text("No winner yet.")).to_be_visible()
    follow(page, "Results")
    strip = page.locator(".st-key-winner_strip")
    expect(strip).to_contain_text("No winner yet")
    expect(strip).to_contain_text("With fewer than 6 questions, no difference can be significant.")
    expect(button(page, "Export this one")).to_be_visible()

    # More questions, from a file; the draft is still there.
    page.get_by_role("link", name="Questions", exact=True).click()
    expect(page.get_by_text("5 of 5 questions")).to_be_visible()
    settle(page)
    button(page, "Add questions").click()
    page.get_by_role("tab", name="Import a file").click()
    write_questions(tmp_path / "more.jsonl")
    page.get_by_role("dialog").locator("input[type=file]").set_input_files(str(tmp_path / "more.jsonl"))
    button(page, f"Add {ASKED - 3} questions").click()
    expect(page.get_by_text(f"{ASKED + 2} of {ASKED + 2} questions")).to_be_visible()
    keep_a_draft(page, app)
    page.get_by_role("link", name="Design", exact=True).click()
    expect(metric(page, "Configurations")).to_contain_text("4")
    experiment = run(page)
    follow(page, "Results")
    expect(strip).to_contain_text("Winner")

    # A baseline: what the strip says of it, the command line and Compare say too.
    settle(page)
    tick(page, 3)
    button(page, "Make it the baseline").click()
    expect(strip).to_contain_text("Against the baseline (dense top 2): better by")
    said = strip.inner_text()
    board = leaderboard(app, experiment)
    found = board["verdict"]["baseline"]
    assert found["better"] >= 1
    are = "is" if found["better"] == 1 else "are"
    assert f"{found['better']} {are} better, {found['worse']} worse and {found['same']} tied with it" in said

    button(page, "Export the winner").click()
    expect(page.get_by_text("Written to")).to_be_visible()
    printed = app.shell(page.get_by_test_id("stCode").first.inner_text())
    assert printed.returncode == 0 and "euros" in printed.stdout, printed.stderr
    page.keyboard.press("Escape")

    page.get_by_role("link", name="Compare", exact=True).click()
    expect(page.get_by_text("Verdict")).to_be_visible()
    settle(page)
    verdicts = page.locator(".matrix thead tr").last.locator("td").all_inner_texts()
    words = {"better": "better", "worse": "worse", "same": "tied"}
    assert {name: verdicts.count(word) for name, word in words.items()} == {
        name: found[name] for name in words
    }

    # The matrix: only what the winner gained, an answer beside it, rated there.
    page.locator(".matrix").get_by_role(
        "button", name=re.compile("better than A: show only these")
    ).first.click()
    page.wait_for_url(re.compile("show=better"))
    settle(page)
    expect(page.locator("button.cell").nth(1)).to_contain_text("▲")
    page.locator("button.cell").first.click()
    page.wait_for_url(re.compile("cell="))
    settle(page)
    page.locator(".st-key-compare-answer").get_by_role("radio", name="Thumbs down").click()
    expect(page.get_by_text("Thumb saved.")).to_be_visible()
    assert sum(trial["ratings"]["down"] for trial in leaderboard(app, experiment)["trials"]) == 1


def test_a_model_on_a_server_is_registered_tested_and_exported(page: Page, app: App, tmp_path: Path) -> None:
    with ProtocolServer() as server:
        page.goto(f"{app.address}/models")
        page.get_by_role("tab", name="Register a model").click()
        settle(page)
        write_into(page, "Address", server.base_url)
        take_option(page, "Name on the server", "test-chat")
        name = page.get_by_label("Name here", exact=True)
        expect(name).to_have_value("test-chat")
        name.fill("local")
        name.press("Enter")
        settle(page)
        page.get_by_role("button", name="Save", exact=True).click()
        expect(button(page, "Test connection")).to_be_visible()
        settle(page)
        button(page, "Test connection").click()
        expect(page.get_by_text("local answers")).to_be_visible()

        file = tmp_path / "served.yaml"
        file.write_text(
            "name: served\ncorpus: tiny\nprompts: [concise, cited]\nmodels: [local]\n"
            "retrieval: {retriever: [keyword, dense], top_k: [2], chunk_tokens: [64]}\nholdout: 0.0\n"
        )
        run_from_design(page, app, file)
        expect(metric(page, "State")).to_contain_text("done")
        expect(metric(page, "Configurations done")).to_contain_text("4 of 4")
        follow(page, "Results")
        button(page, re.compile("Export")).click()
        expect(page.get_by_text("Written to")).to_be_visible()
        with page.expect_download() as download:
            button(page, "Download the YAML").click()
        winner = tmp_path / "winner.yaml"
        download.value.save_as(winner)
        asked = command(app, "ask", str(winner), "What does the label cost?", "--json")
        assert asked.returncode == 0, asked.stderr
        assert "5 euros" in json.loads(asked.stdout)["answer"]
        assert len(server.posts) > 10
