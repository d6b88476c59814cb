"""Runs gates over two systems that answer as a test says, over a corpus with as many questions as it takes.
Knows nothing about what is tested."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.system_server import SystemServer
from tests.tiny_experiment import Runner, runner, tiny  # noqa: F401  (fixtures)
from workbench.calls.stop_signal import StopSignal
from workbench.corpus.types import place_of_question
from workbench.gate.conditions import read_conditions
from workbench.gate.preparation import GateRequest
from workbench.gate.run_gate import run_gate
from workbench.store.serving.records import Gate

RIGHT, WRONG = "The label costs 5 euros.", "The tank holds two litres."
Answers = Callable[[str], str | None]


def write_questions(corpus: Path, count: int) -> None:
    """As many questions about one fact, none of which belongs to training."""
    ids = (f"n{number}" for number in range(10 * count))
    chosen = [id_ for id_ in ids if place_of_question(id_) >= 0.2][:count]
    rows = [
        {"id": id_, "question": f"{id_}: what does the label cost?", "answer": "5 euros"} for id_ in chosen
    ]
    (corpus / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


class Gating:
    """Two systems at addresses, and gates between them."""

    def __init__(self, runner: Runner, folder: Path) -> None:  # noqa: F811
        self.runner = runner
        self.folder = folder
        self.corpus = runner.settings.corpora / "tiny"

    def write_system(self, name: str, server: SystemServer | str, **fields: Any) -> str:
        url = server if isinstance(server, str) else server.url
        path = self.folder / f"{name}.yaml"
        path.write_text(json.dumps({"name": name, "url": url, "price": {"free": True}, **fields}))
        return str(path)

    def run(
        self, candidate: str, base: str, *, margins: tuple[str, ...] = ("correctness=0.05",), **fields: Any
    ) -> Gate:
        request = GateRequest(
            candidate, base, **{"corpus": "tiny", "conditions": read_conditions(margins), **fields}
        )  # fmt: skip
        return asyncio.run(
            run_gate(self.runner.store, self.runner.settings, request, StopSignal(), lambda _: None)
        )


@pytest.fixture
def gating(runner: Runner, tmp_path: Path) -> Gating:  # noqa: F811
    return Gating(runner, tmp_path)


def answers(give: Answers) -> SystemServer:
    """A system that answers by the question's text; None is a failure of the server."""

    def reply(asked: dict[str, Any]) -> Any:
        text = give(asked["question"])
        passage = {"text": "The label costs 5 euros."}
        return (400, {"error": "no"}) if text is None else {"answer": text, "passages": [passage]}

    return SystemServer(reply)
