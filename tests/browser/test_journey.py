"""The whole way of a first user, in a real Chromium, on the embedded models.
Knows nothing about how pages are made."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acting import (
    choose,
    follow,
    metric,
    run_from_design,
    take_option,
    write_into,
)
from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import DOCUMENTS, QUESTIONS
from tools.running_app import App, settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900), pytest.mark.xdist_group("browser")]


def test_a_newcomer_gets_from_the_first_page_to_a_winner_that_answers(page: Page, fresh_app: App) -> None:
    app = fresh_app
    page.goto(app.address)
    expect(page.get_by_role("heading", name="Home")).to_be_visible()
    expect(page.locator("#first-paint")).to_be_attached()  # the sketch was there before, and is gone
    expect(page.locator("#first-paint")).to_be_hidden()
    page.get_by_role("button", name="Look at it in Design first").click()
    expect(page.get_by_role("heading", name="Design")).to_be_visible()

    # Two prompts × twelve retrieval settings × two models, the second a fine-tuned variant.
    plan = metric(page, "Configurations")
    expect(plan).to_contain_text("48")
    expect(metric(page, "Cost")).to_contain_text("$")
    expect(metric(page, "Model calls")).to_contain_text("≤")
    choose(page, "Corpus", "first-steps")
    expect(metric(page, "Questions")).to_contain_text("14")
    page.get_by_role("button", name="Run", exact=True).click()

    expect(page.get_by_role("heading", name="Run", exact=True)).to_be_visible()
    expect(metric(page, "State")).to_contain_text("done", timeout=180_000)
    follow(page, "Results")

    expect(page.get_by_role("heading", name="Results")).to_be_visible()
    page.get_by_role("button", name=re.compile("Export the winner|Export this one")).click()
    expect(page.get_by_text("Written to")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the YAML").click()
    winner = app.folder / "winner.yaml"
    download.value.save_as(winner)
    printed = app.shell(page.get_by_test_id("stCode").inner_text())
    assert printed.returncode == 0 and printed.stdout.strip(), printed.stderr
    page.keyboard.press("Escape")

    page.get_by_role("link", name="Read answers").click()
    expect(page.get_by_role("heading", name="Answers", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="Passages")).to_be_visible()
    page.get_by_role("radio", name="Thumbs down").click()
    expect(page.get_by_text("Thumb saved.")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    page.wait_for_url(re.compile("[?&]n=2"))
    settle(page)
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("radio", name="Disliked").click()
    expect(page.get_by_role("button", name="Next")).to_be_disabled()
    expect(page.get_by_role("radio", name="Thumbs down")).to_be_checked()

    asked = app.command("ask", str(winner), "When is it open?", "--json")
    assert asked.returncode == 0, asked.stderr
    answer = json.loads(asked.stdout)
    assert answer["answer"] and answer["passages"]
    listed = json.loads(app.command("list", "--json").stdout)["experiments"]
    board = json.loads(app.command("leaderboard", listed[0]["experiment"], "--json").stdout)
    assert sum(trial["ratings"]["down"] for trial in board["trials"]) >= 1


def test_own_documents_and_a_model_on_a_server_go_the_same_way(page: Page, app: App, tmp_path: Path) -> None:
    documents = []
    for name, text in DOCUMENTS.items():
        (tmp_path / name).write_text(text)
        documents.append(str(tmp_path / name))
    with ProtocolServer() as server:
        # A corpus of one's own: documents uploaded, questions pasted.
        page.goto(f"{app.address}/corpora?corpus=%2Bnew")
        page.get_by_label("Name").fill("mine")
        page.locator("input[type=file]").set_input_files(documents)
        expect(page.get_by_text("returns.md")).to_be_visible()
        page.get_by_role("button", name="Create the corpus").click()
        expect(page.get_by_text("3 files · 0 questions")).to_be_visible()
        page.get_by_role("link", name="2 Questions").click()
        pasted = "\n".join(f"{text} || {answer}" if answer else text for text, answer, _, _ in QUESTIONS)
        page.get_by_label("One question per line").fill(pasted)
        page.get_by_role("button", name="Show what will be stored").click()
        expect(page.get_by_text("2 questions without an answer")).to_be_visible()
        page.get_by_role("radiogroup", name="2 questions").get_by_text("no", exact=True).click()
        page.get_by_role("button", name="Add 8 questions").click()
        expect(page.get_by_text("8 of 8 questions")).to_be_visible()
        expect(page.get_by_role("link", name="3 Design")).to_have_attribute("href", "design?corpus=mine")

        # A model at one's own address, tested before it is used.
        page.get_by_role("link", name="Models").click()
        page.get_by_role("tab", name="Register a model").click()
        settle(page)
        write_into(page, "Address", server.base_url)
        take_option(page, "Name on the server", "test-chat")
        expect(page.get_by_label("Name here", exact=True)).to_have_value("test-chat")
        name = page.get_by_label("Name here", exact=True)
        name.fill("local")
        name.press("Enter")
        settle(page)
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("button", name="Test connection")).to_be_visible()
        settle(page)
        page.get_by_role("button", name="Test connection").click()
        expect(page.get_by_text("local answers")).to_be_visible()

        # The experiment, from a file.
        file = tmp_path / "mine.yaml"
        file.write_text(
            "name: mine\ncorpus: mine\nprompts: [concise, cited]\nmodels: [local]\n"
            "retrieval: {retriever: [keyword, dense], top_k: [2], chunk_tokens: [64]}\nholdout: 0.0\n"
        )
        run_from_design(page, app, file)
        expect(metric(page, "State")).to_contain_text("done")
        expect(metric(page, "Configurations done")).to_contain_text("4 of 4")
        follow(page, "Results")
        page.get_by_role("button", name=re.compile("Export")).click()
        expect(page.get_by_text("Written to")).to_be_visible()
        [winner] = (app.folder / "experiments" / "winners").glob("mine-*.yaml")
        asked = app.command("ask", str(winner), "What does the label cost?", "--json")
        assert asked.returncode == 0, asked.stderr
        assert "5 euros" in json.loads(asked.stdout)["answer"]
        assert len(server.posts) > 10
