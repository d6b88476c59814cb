"""The Run page: money against the cap, what it will come to, and another cap while it runs.
Knows nothing about how the worker obeys: tests/run/test_budget_change.py."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import Runner, experiment, local_model
from tests.ui.conftest import Draw, sound, words
from workbench.results.counters import ENOUGH
from workbench.results.status import get_status
from workbench.store.experiments import get_experiment
from workbench.store.ledger import get_spend

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")
DEAR = {"input_per_million": 1000.0, "output_per_million": 1000.0}


def bar(app: AppTest) -> str:
    said = [str(p.proto.text).replace("\\", "") for p in app.progress]
    return next((t for t in said if "the cap" in t), "")


@pytest.fixture
def stopped(runner: Runner) -> str:
    """Ten search answers' worth of money, cut short by its cap."""
    with ProtocolServer() as server:
        model = local_model(server, price=DEAR, limits={"concurrency": 1})
        result = runner.run(experiment(models=[model], budget_usd=0.6))
    assert result.state == "stopped: budget"
    return result.id


@pytest.fixture
def answered(runner: Runner) -> str:
    """Enough answers for a forecast, under a cap that they do not reach."""
    with ProtocolServer() as server:
        result = runner.run(experiment(models=[local_model(server, price=DEAR)], budget_usd=50))
    assert get_status(runner.store, result.id)["answers"] >= ENOUGH
    return result.id


def pretend(runner: Runner, experiment_id: str, *, expected: int, state: str = "running") -> None:
    with runner.store.write() as session:
        session.execute(
            text("update experiment set state = :s, progress = :p, lease_until = 9e9 where id = :i"),
            {"s": state, "p": json.dumps({"expected_answers": expected}), "i": experiment_id},
        )


def cap_to(app: AppTest, dollars: float) -> AppTest:
    next(n for n in app.number_input if "Budget cap" in n.label).set_value(dollars)
    next(b for b in app.button if b.label == "Set cap").click().run()
    return sound(app)


def test_spend_against_the_cap_is_drawn_and_in_words(draw_page: Draw, runner: Runner, stopped: str) -> None:
    spent = get_spend(runner.store, stopped).spent_usd
    app = sound(draw_page("run", experiment=stopped))
    assert bar(app).startswith(f"${spent:.2f} of the cap of $0.60 spent ({spent / 0.6:.0%}), $")
    drawn = next(p for p in app.progress if "of the cap" in p.proto.text)
    assert drawn.proto.value == round(spent / 0.6 * 100)


def test_more_spent_than_a_lowered_cap_is_said_in_words(
    draw_page: Draw, runner: Runner, stopped: str
) -> None:
    app = cap_to(sound(draw_page("run", experiment=stopped)), 0.01)
    spent = get_spend(runner.store, stopped).spent_usd
    assert bar(app) == f"${spent:.2f} spent, more than the cap of $0.010."
    state = next(m for m in app.metric if m.label == "State")
    assert (state.value, state.delta) == ("stopped", "by the budget")


def test_without_a_cap_no_bar_is_drawn(draw_page: Draw, finished: str) -> None:
    assert bar(sound(draw_page("run", experiment=finished))) == ""


@pytest.mark.parametrize(("more", "words_of_it"), [(1000, "will stop it"), (1, "is enough")])
def test_it_says_whether_the_cap_will_do(
    draw_page: Draw, runner: Runner, answered: str, more: int, words_of_it: str
) -> None:
    pretend(runner, answered, expected=get_status(runner.store, answered)["answers"] + more)
    assert words_of_it in bar(sound(draw_page("run", experiment=answered)))


def test_it_says_nothing_of_the_end_while_it_is_too_early(
    draw_page: Draw, runner: Runner, stopped: str
) -> None:
    pretend(runner, stopped, expected=1000)
    assert "At this rate" not in bar(sound(draw_page("run", experiment=stopped)))


def test_the_cap_is_raised_lowered_and_taken_away_while_it_runs(
    draw_page: Draw, runner: Runner, stopped: str
) -> None:
    pretend(runner, stopped, expected=1000)
    app = sound(draw_page("run", experiment=stopped))
    for dollars, expected in ((5.0, 5.0), (0.1, 0.1), (0.0, None), (2.0, 2.0)):
        app = cap_to(app, dollars)
        assert get_experiment(runner.store, stopped).budget_usd == expected
    assert "of the cap of $2.00" in bar(app)


def test_a_cap_on_a_model_without_a_price_is_refused_with_the_reason(draw_page: Draw, runner: Runner) -> None:
    with ProtocolServer() as server:
        id_ = runner.create(experiment(models=[local_model(server, price=None)]))
    app = sound(draw_page("run", experiment=id_))
    assert "A cap needs a price for every model; local has none" in words(app)
    assert not [b for b in app.button if b.label == "Set cap"]


def test_a_cap_that_cannot_be_held_is_refused_and_the_reason_outlives_a_redraw(
    draw_page: Draw, runner: Runner
) -> None:
    with ProtocolServer() as server:
        id_ = runner.create(experiment(models=[local_model(server, max_tokens=None)]))
    app = cap_to(sound(draw_page("run", experiment=id_)), 1.0)
    assert "budget_usd needs max_tokens on local" in words(app)
    assert "budget_usd needs max_tokens on local" in words(sound(app.run()))
    assert get_experiment(runner.store, id_).budget_usd is None


def test_errors_are_grouped_by_cause_with_one_example_each(draw_page: Draw, runner: Runner) -> None:
    from tests.protocol_server import Refuse

    def plan(number: int, path: str, body: dict[str, object]) -> Refuse | None:
        asked = str(body["messages"]).split("Question:")[-1]
        return Refuse(400, message="I do not like this one") if "probe" in asked else None

    with ProtocolServer(plan=plan) as server:
        id_ = runner.run(experiment(models=[local_model(server)])).id
    app = sound(draw_page("run", experiment=id_))
    assert "**2 answers failed**" in words(app)
    shown = "".join(str(h.value) for h in app.html)
    assert shown.count("I do not like this one") == 1 and "What confuses the probe?" in shown
    link = next(p.proto for p in app.page_link if p.proto.label == "Look at the failed answers")
    assert "show=failed" in link.query_string


def test_the_counters_are_those_of_the_status_and_say_how_many_there_will_be(
    draw_page: Draw, runner: Runner, answered: str
) -> None:
    status = get_status(runner.store, answered)
    pretend(runner, answered, expected=240)
    app = sound(draw_page("run", experiment=answered))
    shown = {m.label: (m.value, m.delta) for m in app.metric}
    assert shown["Answers"] == (f"{status['answers']} of 240", "0 failed")
    assert shown["Model calls made"][0] == str(status["calls"]["made"])
    assert app.progress[0].proto.value == int(status["answers"] / 240 * 100)


def test_what_a_finished_experiment_has_found_is_on_top_with_the_way_to_its_results(
    draw_page: Draw, finished: str
) -> None:
    app = sound(draw_page("run", experiment=finished))
    assert "inner" in (app.success or app.info)[0].value
    assert [p.proto.label for p in app.page_link][:2] == ["Results", "Answers"]
    assert "Clone into Design" in [b.label for b in app.button]
