"""A winner as LlamaIndex's retriever and query engine.
Knows nothing about how it was found."""

from __future__ import annotations

from pathlib import Path

from tests.tiny_experiment import Runner, experiment, runner, tiny  # noqa: F401  (fixtures)
from workbench.ship.export import export_winner
from workbench.ship.load import load_winner


def test_a_winner_is_a_llama_index_retriever_and_query_engine(runner: Runner, tmp_path: Path) -> None:  # noqa: F811
    result = runner.run(experiment(holdout=0.0))
    path = export_winner(runner.store, result.id, out=tmp_path / "winner.yaml")
    winner = load_winner(path, settings=runner.settings)
    question = "How much does the tank hold?"
    nodes = winner.as_llama_retriever().retrieve(question)
    assert [n.node.text for n in nodes] == [p.text for p in winner.retrieve(question)]
    assert nodes[0].node.metadata["document"] == "water.md"
    response = winner.as_llama_query_engine().query(question)
    assert str(response) == winner.answer(question).answer
    assert response.source_nodes[0].node.id_ == nodes[0].node.id_ and "grounding" in response.metadata
