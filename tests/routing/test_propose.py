"""A route proposed from stored answers: no call, the file it writes, and what cannot be asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import Runner, experiment, local_model, run_once, take_over
from tests.tiny_experiment import runner as runner  # noqa: PLC0414
from tests.tiny_experiment import tiny as tiny  # noqa: PLC0414
from workbench.errors import InputError
from workbench.routing.export import export_route
from workbench.routing.propose import propose_route
from workbench.routing.stored_answers import AnswerReader
from workbench.routing.words import proposal_in_words, proposal_to_json
from workbench.ship.load import load_winner
from workbench.ship.winner import read_winner
from workbench.space.config import Config
from workbench.space.route import VECTOR_DIMENSIONS
from workbench.store.database import Store
from workbench.store.ledger import sum_calls
from workbench.store.trials import get_trials

CHEAP = "embedded/extractive"
WIDE = 0.9
"""A margin that five questions are enough for."""


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """An experiment with a cheap model, a strong one and a route between them."""
    with ProtocolServer() as server:
        yield run_once(
            tmp_path_factory.mktemp("swept"),
            experiment(
                models=[CHEAP, local_model(server)],
                retrieval={
                    "splitter": ["markdown"],
                    "chunk_tokens": [64],
                    "retriever": ["keyword"],
                    "top_k": [2],
                },
                routes=[{"name": "cheap-first", "cascade": [CHEAP, "local"]}],
            ),
        )


@pytest.fixture
def store(swept: tuple[str, Path], runner: Runner) -> Store:
    take_over(runner, swept[1])
    return runner.store


@pytest.fixture
def trials(swept: tuple[str, Path], store: Store) -> dict[str, str]:
    return {t.config.model.name: t.id for t in get_trials(store, swept[0])}


def test_a_route_costs_no_call_and_runs_elsewhere(
    swept: tuple[str, Path], store: Store, trials: dict[str, str], runner: Runner, tmp_path: Path
) -> None:
    before = sum_calls(store)
    proposal = propose_route(store, swept[0], strong=trials["local"], cheap=trials[CHEAP], margin=WIDE)
    assert sum_calls(store) == before
    assert proposal.route is not None and proposal.search.questions == 5
    assert proposal.measure == "usd" and proposal.search.saved > 0.05
    assert proposal.holdout is not None and proposal.holdout.questions == 2
    file = export_route(store, proposal, tmp_path / "route.yaml")
    winner = read_winner(file)
    assert winner.to_config().id == Config.of_route(proposal.route).id
    assert winner.evidence.verdict is not None and winner.evidence.verdict["kind"] == "route"
    answer = load_winner(file, settings=runner.settings).answer("What does the label cost?")
    assert answer.answer and answer.cost_usd is not None


def test_the_best_pair_is_taken_where_none_is_named(
    swept: tuple[str, Path], store: Store, trials: dict[str, str]
) -> None:
    proposal = propose_route(store, swept[0], strong=trials["local"], margin=WIDE)
    assert (proposal.cheap.id, proposal.strong.id) == (trials[CHEAP], trials["local"])


def test_without_enough_questions_it_says_that_none_pays(
    swept: tuple[str, Path], store: Store, trials: dict[str, str], tmp_path: Path
) -> None:
    proposal = propose_route(store, swept[0], strong=trials["local"], cheap=trials[CHEAP])
    document = proposal_to_json(proposal)
    assert document["pays"] is False and document["kind"] is None and document["holdout"] is None
    assert proposal_in_words(proposal)[0] == "No route pays off here."
    with pytest.raises(InputError, match="No route pays off here"):
        export_route(store, proposal, tmp_path / "route.yaml")


def test_the_table_holds_what_the_trials_answered(
    swept: tuple[str, Path], store: Store, trials: dict[str, str]
) -> None:
    reader = AnswerReader(store, swept[0], "correctness")
    table = reader.read(trials[CHEAP], trials["local"]).search
    again = reader.read(trials["local"], trials[CHEAP]).search
    assert (table.cheap_score == again.strong_score).all() and (table.cheap_cost == again.strong_cost).all()
    assert (table.cheap_cost < table.strong_cost).all()
    assert (table.shared_cost <= table.cheap_cost).all() and not table.looking_cost.any()
    assert table.vectors.shape == (5, VECTOR_DIMENSIONS)
    assert table.clusters.count <= 5


@pytest.mark.parametrize(
    ("ends", "message"),
    [
        ({"strong": "local", "cheap": "local"}, "are the same"),
        ({"strong": "cheap-first", "cheap": CHEAP}, "a route itself"),
        ({"strong": "local", "margin": 0.0}, "margin"),
    ],
)
def test_ends_that_cannot_be(
    swept: tuple[str, Path], store: Store, trials: dict[str, str], ends: dict[str, Any], message: str
) -> None:
    named = {key: trials.get(value, value) for key, value in ends.items()}
    with pytest.raises(InputError, match=message):
        propose_route(store, swept[0], **named)


def test_a_trial_that_there_is_not(swept: tuple[str, Path], store: Store) -> None:
    with pytest.raises(InputError, match="no configuration of experiment"):
        propose_route(store, swept[0], strong="nowhere-0001")


def test_an_experiment_with_one_model(runner: Runner) -> None:
    one = experiment(
        retrieval={"splitter": ["markdown"], "chunk_tokens": [64], "retriever": ["keyword"], "top_k": [2]}
    )
    with pytest.raises(InputError, match="has one configuration; a route needs two"):
        propose_route(runner.store, runner.create(one))
