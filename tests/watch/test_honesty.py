"""What a served route really lost, by the requests that its strong end answered in the shadow."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.store.database import Store
from workbench.store.serving.pairs import AnswerPair, PairedAnswer, find_pairs
from workbench.store.serving.records import Role, ServedRequest, ServedScore, Service
from workbench.store.serving.requests import add_requests
from workbench.store.serving.services import put_service
from workbench.store.serving.traffic import Window
from workbench.watch.honesty import measure_loss

ESCALATED = {"flags": ("escalated",)}


def answer(grounding: float | None, cost: float | None = 0.001, **fields: Any) -> PairedAnswer:
    given = {"refused": False, "cached": False, "flags": (), "tokens": 100}
    return PairedAnswer(grounding=grounding, cost_usd=cost, **(given | fields))


def both(id_: int, route: float | None, strong: float | None, **fields: Any) -> AnswerPair:
    return AnswerPair(f"question {id_}", answer(route, **fields), answer(strong, 0.01))


def test_only_fresh_answers_with_a_shadow_of_the_strong_end_are_compared(store: Store) -> None:
    for name in ("route", "strong", "other"):
        put_service(store, Service(name, name, "winner", None))

    def served(id_: str, service: str = "route", role: Role = "main", **fields: Any) -> ServedRequest:
        given = {"question": f"about {id_}", "asked_at": 1.0, "input_tokens": 3, "output_tokens": 4}
        return ServedRequest(id=id_, service_id=service, role=role, **(given | fields))

    def shadow(of: str, service: str = "strong", **fields: Any) -> ServedRequest:
        return served(f"shadow-{of}", service, "shadow", shadow_of=of, **fields)

    scores = (ServedScore("toxicity", 0.0, "ok"), ServedScore("grounding", 0.75, "ok"))
    rows = [
        served("late", asked_at=9.0, flags=("escalated",), cost_usd=0.5), shadow("late", cached=True, cost_usd=0.0),
        served("a", scores=scores), shadow("a", refused=True),
        served("alone"),
        served("copy", cached=True), shadow("copy"),
        served("broken", state="failed"), shadow("broken"),
        served("silent"), shadow("silent", state="failed"),
        served("beside"), shadow("beside", "other"),
    ]  # fmt: skip
    with store.write() as session:
        add_requests(session, rows)
    found = find_pairs(store, Window("route", fresh=True), "strong", most=10)
    nothing = {"cost": None, "tokens": 7}
    assert found == [
        AnswerPair("about a", answer(0.75, **nothing), answer(None, refused=True, **nothing)),
        AnswerPair(
            "about late", answer(None, 0.5, tokens=7, **ESCALATED), answer(None, 0.0, cached=True, tokens=7)
        ),
    ]
    assert find_pairs(store, Window("route", fresh=True), "strong", most=1) == found[1:]


def test_a_route_that_keeps_its_margin() -> None:
    loss = measure_loss([both(n, 0.9, 0.9, **(ESCALATED if n < 50 else {})) for n in range(200)])
    assert loss is not None and loss.requests == 200 and loss.escalated == 0.25
    assert loss.loss.mean == 0 and loss.broken == 0
    assert loss.saved == pytest.approx(0.9)
    assert loss.word == "kept" and "It keeps its margin of 0.02." in loss.in_words()


def test_a_route_that_breaks_its_margin() -> None:
    loss = measure_loss([both(n, 0.5, 0.9) for n in range(60)])
    assert loss is not None and loss.loss.mean == pytest.approx(0.4) and loss.broken > 0.999
    assert loss.word == "broken" and "sure that the loss is above the margin" in loss.in_words()


def test_few_requests_do_not_tell() -> None:
    loss = measure_loss([both(n, 0.8 if n % 2 else 0.95, 0.9) for n in range(6)])
    assert loss is not None and loss.word == "not told" and "do not tell" in loss.in_words()


def test_an_escalated_answer_is_the_strong_ends_own_and_is_priced_by_its_tokens() -> None:
    """The shadow of it is the stored reply, which costs nothing; it must neither vanish nor seem free."""
    kept = [both(n, 0.8, 0.9) for n in range(50)]
    same = [
        AnswerPair(f"hard {n}", answer(None, 0.011, **ESCALATED), answer(None, 0.0, cached=True))
        for n in range(50)
    ]
    loss = measure_loss([*kept, *same])
    assert loss is not None and loss.requests == 100 and loss.escalated == 0.5
    assert loss.loss.mean == pytest.approx(0.05)
    assert loss.saved == pytest.approx(1 - (50 * 0.001 + 50 * 0.011) / (100 * 0.01))


def test_declining_costs_what_the_strong_answer_was_worth() -> None:
    loss = measure_loss([both(0, None, 0.8, refused=True), both(1, None, None)])
    assert loss is not None and loss.requests == 1 and loss.loss.mean == pytest.approx(0.8)


def test_without_a_known_loss_there_is_nothing_to_say() -> None:
    assert measure_loss([]) is None
    assert measure_loss([both(0, None, 0.9)]) is None


def test_without_prices_the_loss_is_told_all_the_same() -> None:
    loss = measure_loss([both(0, 0.9, 0.9, cost=None)])
    assert loss is not None and loss.saved is None and "cost" not in loss.in_words()


def test_one_question_asked_often_counts_once() -> None:
    loss = measure_loss([both(0, 0.5, 0.9) for _ in range(200)])
    assert loss is not None and loss.broken < 0.9 and loss.loss.low is None
