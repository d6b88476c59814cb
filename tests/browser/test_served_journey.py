"""The life of a winner: exported, served, asked by other programs, disliked, and exchanged for a better one that a
gate has passed. Knows nothing about how any of it is done."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI
from playwright.sync_api import Page, expect

from tests.browser.acting import button, command, experiment_in, follow, metric
from tests.facts_corpus import COLOUR, THINGS, write_facts
from tests.protocol_server import ProtocolServer
from tests.protocol_server.decay import INVENTED
from tests.protocol_server.misbehaviour import Misbehaviour, Reply
from tests.service.service_process import ServiceProcess
from tools.running_app import App, settle
from workbench.ship.service import service_id
from workbench.ship.winner import read_winner
from workbench.store.database import open_store
from workbench.store.serving.servers import list_servers

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900), pytest.mark.xdist_group("browser")]

FIRST = """
name: first
corpus: facts
prompts: [concise]
models: [small]
retrieval: {splitter: [markdown], retriever: [keyword], top_k: [1], chunk_tokens: [64]}
scores: [grounding, correctness, refusal]
holdout: 0.0
"""


@dataclass(frozen=True)
class Beside:
    """A program beside an app, on its home."""

    path: Path
    environment: dict[str, str]


def invents_colours(number: int, path: str, body: dict[str, Any]) -> Misbehaviour | None:
    """The small model knows weights. Asked for anything else, it invents."""
    is_unknown = body.get("model") == "small" and "the colour of" in str(body.get("messages"))
    return Reply(INVENTED) if is_unknown else None


@contextmanager
def serving(app: App, *arguments: str) -> Iterator[ServiceProcess]:
    service = ServiceProcess(Beside(app.folder, app.environment), *arguments)
    try:
        yield service
    finally:
        service.process.terminate()
        service.process.wait(30)
        service.client.close()


def export(page: Page) -> Path:
    """Export what Results puts first; its file, as the command that serves it has it."""
    settle(page)
    button(page, re.compile("^(.* )?Export (the winner|this one)")).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Written to")).to_be_visible()
    dialog.get_by_text("Serve it, compare it with another").click()
    serve = dialog.get_by_test_id("stCode").filter(has_text=re.compile("workbench serve"))
    expect(serve).to_be_visible()
    words = shlex.split(serve.text_content() or "")
    page.keyboard.press("Escape")
    assert "serve" in words, words
    return Path(words[words.index("serve") + 1])


def ask(service: ServiceProcess, thing: str) -> Any:
    """What the SDK gets of the winner, asked as any program asks it."""
    with OpenAI(base_url=str(service.client.base_url.join("/v1")), api_key="none") as client:
        model = client.models.list().data[0].id
        messages: Any = [{"role": "user", "content": f"Is the colour of the {thing} {COLOUR} or blue?"}]
        return client.chat.completions.create(model=model, messages=messages, user="ann")


def known(answer: str) -> str | None:
    """None for an invented answer."""
    return None if answer == INVENTED else answer


def test_a_winner_is_served_disliked_and_exchanged_for_one_that_passed_the_gate(
    page: Page, fresh_app: App, tmp_path: Path
) -> None:
    app = fresh_app
    write_facts(app.folder / "corpora" / "facts")
    with ProtocolServer(models=("small", "large"), plan=invents_colours) as server:
        for name in ("small", "large"):
            added = command(app, "models", "add", "--name", name, "--base-url", server.base_url, "--model", name, "--free")  # fmt: skip
            assert added.returncode == 0, added.stderr
        (tmp_path / "first.yaml").write_text(FIRST)
        ran = app.command("run", str(tmp_path / "first.yaml"))
        assert ran.returncode == 0, ran.stderr

        # Export it, and serve the file.
        page.goto(f"{app.address}/results")
        old = export(page)
        served = tmp_path / "served.yaml"
        shutil.copy(old, served)
        with serving(app, str(served), "--reload") as service:
            # Other programs ask it. Users dislike what they get, and say what would be right.
            for thing in THINGS:
                reply = ask(service, thing)
                assert reply.choices[0].message.content == INVENTED
                said = {"request": reply.id, "value": -1, "better_answer": COLOUR}
                assert service.client.post("/feedback", json=said).status_code == 200

            # Watch shows it, and what was disliked becomes questions.
            page.goto(f"{app.address}/watch?view=requests&show=disliked")
            keep = button(page, f"Keep all {len(THINGS)} as questions")
            expect(keep).to_be_visible()
            expect(page.get_by_text(f"{len(THINGS)} requests since")).to_be_visible()
            expect(page.get_by_text("up at 127.0.0.1")).to_be_visible()
            settle(page)
            keep.click()
            button(page, "Send to the drafts").click()
            expect(page.get_by_text(f"{len(THINGS)} with the better answer")).to_be_visible()
            page.get_by_role("link", name="Review them").click()
            settle(page)
            button(page, f"Keep all {len(THINGS)} that pass").click()

            # An experiment on them, with another model beside the one that is served.
            settle(page)
            page.get_by_role("link", name="Experiment on these").click()
            expect(page.get_by_role("heading", name="Design", exact=True)).to_be_visible()
            settle(page)
            models = page.get_by_test_id("stMultiSelect").filter(has_text="small").first
            models.locator("input").click()
            page.get_by_role("option", name="large").first.click()
            page.keyboard.press("Escape")
            expect(metric(page, "Configurations")).to_contain_text("9")  # the baseline is one of them
            settle(page)
            page.get_by_role("button", name="Run", exact=True).click()
            expect(metric(page, "State")).to_contain_text("done")
            second = experiment_in(page)
            follow(page, "Results")
            expect(page.locator(".st-key-winner_strip")).to_contain_text("Against the baseline")
            new = export(page)

            # The gate: what is to be shipped against what runs.
            page.goto(f"{app.address}/gate?experiment={second}&candidate={new}&base={old}")
            settle(page)
            button(page, "Run gate").click()
            verdict = page.locator(".st-key-gate_verdict")
            expect(verdict).to_contain_text("Pass")

            # The new winner takes the place of the old one while the service runs.
            shutil.copy(new, served)
            answer = service.until(lambda: known(ask(service, THINGS[0]).choices[0].message.content))
            assert answer.startswith(f"Its colour is {COLOUR}.")
            new_id = service_id(read_winner(served))
            store = open_store(app.settings.database)
            service.until(lambda: [one for one in list_servers(store) if new_id in one.services])
            page.goto(f"{app.address}/watch?service={new_id}&view=requests")
            expect(page.get_by_text(re.compile(r"^1 request since .* · up at 127\.0\.0\.1"))).to_be_visible()

        # Both winners stay, each with its own requests.
        standings = json.loads(command(app, "watch", "--json").stdout)["services"]
        assert len(standings) == 2
        assert max(standings, key=lambda one: one["requests"])["scores"]["dislikes"]["mean"] == 1.0
