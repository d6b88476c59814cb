"""What a purse is granted rests on the whole ledger of its experiment, also where it is summed bit by bit.
Knows nothing about calls under way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.store.test_query_plans import plan_of
from tests.store.test_store import make_experiment
from workbench.store.database import Store, open_store
from workbench.store.ledger import add_calls, assign_calls, get_spend
from workbench.store.processes import owner_name
from workbench.store.records import CallRecord
from workbench.store.sharing.participants import Participant
from workbench.store.sharing.purses import Drawn, Summed, close, draw

CAP = 100.0
NOTHING = Summed()


def pay(store: Store, key: str, usd: float | None, experiment_id: str | None, kind: str = "generate") -> None:
    call = CallRecord(
        key=key, kind=kind, model_name="m", model_key="m", outcome="ok", cost_usd=usd,
        experiment_id=experiment_id,
    )  # fmt: skip
    with store.write() as session:
        add_calls(session, [call])


def look(store: Store, experiment_id: str, name: str, ledger: Summed = NOTHING) -> Drawn:
    """Ask for more than there is: nothing is granted, and what is left is told."""
    holder = Participant(owner_name(name), "cluster worker", experiment_id)
    with store.write() as session:
        drawn = draw(session, experiment_id, holder, CAP, 2 * CAP, ledger)
        close(session, experiment_id, holder.name)
    return drawn


def test_each_draw_knows_all_that_was_paid_whoever_paid_it_and_when(store: Store) -> None:
    one, other = make_experiment(store), make_experiment(store, "other")
    ledgers: dict[str, Summed] = {}
    pay(store, "trained before", 0.5, None, kind="tune")
    for number in range(6):
        pay(store, f"{number}", 0.25, one)
        pay(store, f"{number} of another", 0.125, other)
        pay(store, f"{number} of none", 0.125, None)
        pay(store, f"{number} without a price", None, one)
        if number == 3:
            assign_calls(store, "trained before", one)
        if number == 4:
            pay(store, "trained", 2.0, one, kind="tune")
        for name in ("a", "b") if number % 2 else ("a",):
            drawn = look(store, one, name, ledgers.get(name, NOTHING))
            ledgers[name] = drawn.ledger
            assert drawn.left == CAP - get_spend(store, one).spent_usd
    assert drawn.left == CAP - 6 * 0.25 - 2.5


def test_what_is_granted_leaves_no_more_than_the_cap(store: Store) -> None:
    experiment_id = make_experiment(store)
    pay(store, "k", 40.0, experiment_id)
    ledger = look(store, experiment_id, "a").ledger
    pay(store, "l", 50.0, experiment_id)
    holder = Participant(owner_name("a"), "cluster worker", experiment_id)
    with store.write() as session:
        assert draw(session, experiment_id, holder, CAP, 10.5, ledger).granted == 0.0
        assert draw(session, experiment_id, holder, CAP, 10.0, ledger).granted == 10.0


@pytest.mark.parametrize("later", [False, True])
def test_only_a_first_draw_reads_the_whole_ledger(tmp_path: Path, later: bool) -> None:
    store = open_store(tmp_path / "workbench.db")
    experiment_id = make_experiment(store)
    ledger = Summed(7, 1.0) if later else NOTHING
    plan = plan_of(store, lambda s: look(s, experiment_id, "a", ledger))
    assert ("USING COVERING INDEX ix_call_spent (experiment_id=?)" in plan) is not later
    assert ("call USING INTEGER PRIMARY KEY (rowid>?)" in plan) is later
    assert "USING INDEX ix_call_kind_model (kind=?)" in plan and "SCAN call" not in plan
