"""What a served route really lost, by the requests that its strong end answered in the shadow."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.routing.honesty import measure_loss, pair_shadows
from workbench.store.serving.records import ServedRequest, ServedScore


def served(id_: str, grounding: float | None, **fields: Any) -> ServedRequest:
    status = "not_applicable" if grounding is None else "ok"
    scores = (ServedScore("grounding", grounding, status),)
    given = {"question": f"question {id_}", "answer": "yes", "cost_usd": 0.001, "scores": scores}
    return ServedRequest(id=id_, service_id="s", asked_at=float(len(id_)), **(given | fields))


def both(id_: str, route: float | None, strong: float | None, **fields: Any) -> list[ServedRequest]:
    shadow = served(f"{id_}-shadow", strong, role="shadow", shadow_of=id_, cost_usd=0.01)
    return [served(id_, route, **fields), shadow]


def test_only_requests_with_a_shadow_are_compared() -> None:
    rows = [*both("a", 0.9, 0.9), served("alone", 0.1)]
    assert [(route.id, shadow.id) for route, shadow in pair_shadows(rows)] == [("a", "a-shadow")]


def test_a_route_that_keeps_its_margin() -> None:
    rows = [row for n in range(200) for row in both(f"{n}", 0.9, 0.9, flags=("escalated",) if n < 50 else ())]
    loss = measure_loss(pair_shadows(rows))
    assert loss is not None and loss.requests == 200 and loss.escalated == 0.25
    assert loss.loss.mean == 0 and loss.broken == 0
    assert loss.saved == pytest.approx(0.9)


def test_a_route_that_breaks_its_margin() -> None:
    rows = [row for n in range(60) for row in both(f"{n}", 0.5, 0.9)]
    loss = measure_loss(pair_shadows(rows))
    assert loss is not None and loss.loss.mean == pytest.approx(0.4) and loss.broken > 0.999


def test_declining_costs_what_the_strong_answer_was_worth() -> None:
    rows = [*both("a", None, 0.8, refused=True), *both("b", None, None)]
    loss = measure_loss(pair_shadows(rows))
    assert loss is not None and loss.requests == 1 and loss.loss.mean == pytest.approx(0.8)


def test_without_a_known_loss_there_is_nothing_to_say() -> None:
    assert measure_loss([]) is None
    assert measure_loss(pair_shadows(both("a", 0.9, 0.9, cached=True))) is None
    assert measure_loss(pair_shadows(both("a", 0.9, 0.9, state="failed"))) is None


def test_one_question_asked_often_counts_once() -> None:
    rows = [row for n in range(200) for row in both(f"{n}", 0.5, 0.9, question="the same")]
    loss = measure_loss(pair_shadows(rows))
    assert loss is not None and loss.broken < 0.9 and loss.loss.low is None
