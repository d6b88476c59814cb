"""The commands around prompts that improve themselves, and a run that is killed while it improves one.
Knows nothing about how a prompt is improved."""

from __future__ import annotations

import json

from tests.cli.conftest import Folder
from tests.prompt_optimisation.corpus import write_things
from tests.protocol_server import ProtocolServer
from tests.protocol_server.reflecting import Reflecting, is_reflecting

FILE = """
name: improve
corpus: things
prompts: [thorough, {optimise: {from: thorough, model: local, calls: 80, cells: 1}}]
models: [local]
retrieval: {chunk_tokens: [64], retriever: [keyword], top_k: [2]}
"""
PRICE = "price: {input_per_million: 1, output_per_million: 1}, limits: {concurrency: 2}"


def test_after_kill_9_while_it_improves_a_prompt_nothing_that_was_stored_is_asked_again(
    folder: Folder,
) -> None:
    write_things(folder.path / "corpora" / "things")
    reflecting = Reflecting(bad=lambda n: {1: "copies"}.get(n))

    def reply(messages: list[dict[str, str]]) -> str:
        if is_reflecting(messages) and len(reflecting.reflected) == 1 and process.poll() is None:
            process.kill()
        return reflecting(messages)

    with ProtocolServer(reply=reply) as server:
        folder.register(server, PRICE)
        path = folder.write("experiments/improve.yaml", FILE)
        process = folder.start("run", str(path), "--json")
        process.communicate(timeout=120)
        killed_at = len(server.posts)
        done = folder.json("run", str(path))
        bodies = [json.dumps(body) for body in server.posts]
    assert done["state"] == "done" and killed_at < len(bodies)
    assert len(bodies) - len(set(bodies)) <= 2  # in flight at the kill
    listed = folder.json("prompts", "proposals", done["experiment"])
    [found] = listed["optimised_prompts"]
    assert found["prompt"] == "thorough-optimised@1" and found["held_out"]["questions"] == 6
    said = folder.run("prompts", "proposals", done["experiment"]).stdout
    assert "thorough-optimised@1" in said and "6 held-out questions" in said


def test_one_command_plans_and_improves_a_prompt(folder: Folder) -> None:
    write_things(folder.path / "corpora" / "things")
    arguments = ("prompts", "optimise", "thorough", "--corpus", "things", "--model", "local", "--calls", "60")
    with ProtocolServer(reply=Reflecting()) as server:
        folder.register(server, PRICE)
        plan = folder.json(*arguments, "--plan")
        assert plan["optimise"][0]["calls"] == 60 and not server.posts
        done = folder.json(*arguments)
    assert done["state"] == "done"
    shown = folder.json("prompts", "show", "thorough-optimised")
    assert shown["parent"] == "thorough@1" and shown["source"] == "optimising" and shown["reason"]
    assert "Made from thorough@1" in folder.run("prompts", "show", "thorough-optimised").stdout
    board = folder.run("leaderboard", done["experiment"]).stdout
    assert "Optimised prompt: thorough-optimised@1" in board
    wrong = folder.run("prompts", "optimise", "nobody", "--corpus", "things", "--model", "local", code=2)
    assert "There is no prompt 'nobody'" in wrong.stderr
