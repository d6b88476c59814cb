"""A winner answers follow-up questions: its transform goes with it, from Python and from the command line.
Knows nothing about how a question is rewritten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.protocol_server import ProtocolServer
from tests.protocol_server.limits import Messages
from tests.tiny_experiment import Runner, experiment, local_model, runner, tiny  # noqa: F401  (fixtures)
from workbench.cli.app import app
from workbench.errors import QuestionError
from workbench.ship.export import export_winner
from workbench.ship.load import load_winner
from workbench.ship.winner import read_winner

TURNS = [
    {"role": "user", "content": "Where is the label?"},
    {"role": "assistant", "content": "In the parcel."},
]


def reply(messages: Messages) -> str:
    if "Rewritten question:" in messages[-1]["content"]:
        return "What does the label cost?"
    return f"{len(messages)} messages"


@pytest.fixture
def server() -> Iterator[ProtocolServer]:
    with ProtocolServer(reply=reply) as running:
        yield running


@pytest.fixture
def winner(runner: Runner, server: ProtocolServer, tmp_path: Path) -> Path:  # noqa: F811
    axes = {
        "splitter": ["sentence"], "chunk_tokens": [16], "chunk_overlap": [0], "retriever": ["keyword"],
        "top_k": [1], "query": ["rewrite"], "query_model": local_model(server, name="helper"),
    }  # fmt: skip
    result = runner.run(experiment(models=[local_model(server)], retrieval=axes, holdout=0.0))
    path = export_winner(runner.store, result.id, out=tmp_path / "winner.yaml")
    server.requests.clear()
    return path


def test_a_winner_rewrites_and_answers_in_its_conversation(
    runner: Runner,  # noqa: F811
    server: ProtocolServer,
    winner: Path,
) -> None:
    assert read_winner(winner).config.retrieval.query == "rewrite"
    loaded = load_winner(winner, settings=runner.settings)
    answer = loaded.answer("And its price?", history=TURNS)
    assert answer.answer == "4 messages" and "label costs" in answer.passages[0].text
    assert len(server.posts) == 2
    alone = loaded.answer("How much is the label?")
    assert alone.answer == "2 messages" and len(server.posts) == 3
    assert answer.cost_usd and alone.cost_usd and answer.cost_usd > alone.cost_usd
    assert loaded.retrieve("And its price?", TURNS) == list(answer.passages)
    with pytest.raises(QuestionError, match="it must be a list of turns"):
        loaded.answer("And its price?", history=[{"role": "someone", "content": "Hi"}])


@pytest.mark.parametrize(
    "text", [json.dumps(TURNS), "User: Where is the label?\nAssistant: In the parcel.\n"]
)
def test_the_command_takes_a_file_of_earlier_turns(
    runner: Runner,  # noqa: F811
    winner: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
) -> None:
    for name in ("home", "corpora", "experiments"):
        monkeypatch.setenv(f"WORKBENCH_{name.upper()}", str(getattr(runner.settings, name)))
    file = tmp_path / "turns.txt"
    file.write_text(text)
    done = CliRunner().invoke(app, ["ask", str(winner), "And its price?", "--history", str(file), "--json"])
    assert done.exit_code == 0 and json.loads(done.stdout)["answer"] == "4 messages"
    file.write_text("[1")
    done = CliRunner().invoke(app, ["ask", str(winner), "And its price?", "--history", str(file)])
    assert done.exit_code != 0 and isinstance(done.exception, QuestionError)
