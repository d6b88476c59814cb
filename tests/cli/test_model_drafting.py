"""The command that drafts with a chat model over real HTTP: plan, draft, Ctrl-C, kill, two at once, errors.
Knows nothing about prompts and filters."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from tests.cli.conftest import Folder
from tests.conftest import PROJECT
from tests.drafting.drafting_model import draft
from tests.protocol_server import ProtocolServer, Stall
from workbench.corpus.corpus import copy_corpus

PRICED = "price: {input_per_million: 1.0, output_per_million: 2.0}, max_tokens: 250"


@pytest.fixture
def server(folder: Folder) -> Iterator[ProtocolServer]:
    copy_corpus(PROJECT / "corpora" / "first-steps", folder.path / "corpora", "own")
    with ProtocolServer(reply=draft) as server:
        folder.register(server, PRICED)
        yield server


def waiting(folder: Folder) -> list[str]:
    file = folder.path / "corpora" / "own" / "drafts.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    return [row["id"] for row in rows if "review" not in row]


def wait_for(fact: Callable[[], object], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_plan_draft_list_and_keep(folder: Folder, server: ProtocolServer) -> None:
    plan = folder.json("questions", "draft", "own", "--model", "local", "--count", "8", "--plan")
    assert plan["calls"] > 8 and plan["usd"]["high"] > 0 and not server.posts
    made = folder.json("questions", "draft", "own", "--model", "local", "--count", "8", "--follow-ups")
    assert made["state"] == "done" and made["kept"] == 8 and made["spent_usd"] > 0
    assert made["drafts"] == made["kept"] + sum(made["dropped"].values())
    assert made["documents"] == {"touched": 8, "all": 8} and len(made["coverage"]) == 8
    listed = folder.json("questions", "list", "own")["drafts"]
    assert {row["source"]["by"] for row in listed} == {"model"}
    folder.json("questions", "keep", "own", listed[0]["id"])
    shown = folder.run("questions", "draft", "own", "--model", "local", "--count", "8", "--follow-ups")
    assert "exist already" in shown.stdout and "before  after" in shown.stdout
    spent = folder.json("questions", "draft", "own", "--model", "local", "--budget-usd", "0.0001", code=3)
    assert (spent["state"], spent["spent_usd"]) == ("stopped: budget", 0.0)


def test_ctrl_c_and_a_kill_lose_nothing_and_the_same_command_goes_on(
    folder: Folder, server: ProtocolServer
) -> None:
    server.plan = lambda number, path, body: Stall(0.1)
    command = ("questions", "draft", "own", "--model", "local", "--count", "24", "--json")
    first = folder.start(*command)
    wait_for(lambda: waiting(folder))
    server.plan = lambda number, path, body: Stall(2)  # it must still draft when the second command has begun
    second = folder.run(*command[:-1], code=2)
    assert "are being drafted for own already" in second.stderr
    first.send_signal(signal.SIGINT)
    out, errors = first.communicate(timeout=30)
    assert first.returncode == 3 and "Traceback" not in errors
    result = json.loads(out)
    assert result["state"] == "stopped" and result["kept"] == len(waiting(folder)) > 0
    made = waiting(folder)
    server.plan = lambda number, path, body: Stall(0.1)
    killed = folder.start(*command)
    wait_for(lambda: len(waiting(folder)) > len(made))
    killed.kill()
    killed.communicate()
    made = waiting(folder)
    server.plan = lambda number, path, body: None
    assert json.loads(folder.run(*command).stdout)["state"] == "done"
    assert waiting(folder)[: len(made)] == made and len(set(waiting(folder))) == len(waiting(folder)) >= 24


def test_wrong_input_ends_with_2_and_one_clear_message(folder: Folder, server: ProtocolServer) -> None:
    def fails(*arguments: str) -> str:
        ended = folder.run("questions", "draft", "own", *arguments, code=2)
        assert "Traceback" not in ended.stderr and not ended.stdout
        return ended.stderr

    assert "Did you mean 'local'?" in fails("--model", "locl")
    assert "cannot write questions" in fails("--model", "embedded/extractive")
    assert "need a chat model" in fails("--follow-ups")
    assert "give 1 to 10" in fails("--wordings", "11")
    assert "it needs a chat model" in fails("--kinds", "direct")
    assert "rules draft it" in fails("--model", "local", "--kinds", "table")
    assert "'direct'" in fails("--model", "local", "--kinds", "dirct")
    folder.register(server, "max_tokens: 250")
    assert "needs a price" in fails("--model", "local", "--budget-usd", "1")
    assert not server.posts
