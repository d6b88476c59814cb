"""Home: last experiments, spend of the week, what waits for a rating, what to do next, each true.
Knows nothing about the pages it leads to."""

from __future__ import annotations

import html
import time

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import Runner, experiment, local_model
from tests.ui.conftest import Draw, sound, words
from workbench.feedback.ratings import get_answer
from workbench.feedback.review_queue import next_pairs, prefer
from workbench.results.status import get_verdict
from workbench.store.ledger import Bill, get_bill, get_spend

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")


def figures(app: AppTest) -> dict[str, str]:
    return {m.label: m.value.replace("\\", "") for m in app.metric}


def links(app: AppTest) -> list[str]:
    """Their labels; the first is the corner's."""
    return [p.proto.label.replace("\\", "") for p in app.page_link]


def test_the_spend_of_the_week_leaves_out_what_is_older(draw_page: Draw, runner: Runner) -> None:
    with ProtocolServer() as server:
        id_ = runner.run(experiment(models=[local_model(server)])).id
    spent = get_spend(runner.store, id_).spent_usd
    assert figures(sound(draw_page("home")))["Spent in the last 7 days"].startswith(f"${spent:.1g}"[:4])
    with runner.store.write() as session:
        session.execute(text("update call set created_at = :t"), {"t": time.time() - 8 * 86_400})
    assert figures(sound(draw_page("home")))["Spent in the last 7 days"] == "$0"


def test_calls_without_a_price_are_counted_beside_the_spend_and_failed_ones_are_none(
    draw_page: Draw, runner: Runner
) -> None:
    with ProtocolServer() as server:
        runner.run(experiment(models=[local_model(server)]))
    with runner.store.write() as session:
        session.execute(text("update call set cost_usd = null where id <= 5"))
        session.execute(text("update call set outcome = 'failed' where id <= 3"))
    spend, bill = get_spend(runner.store), get_bill(runner.store, 0.0)
    assert (bill.calls, bill.unpriced) == (spend.calls, spend.unpriced) and bill.unpriced == 2
    assert bill.spent_usd == pytest.approx(spend.spent_usd)
    assert get_bill(runner.store, time.time() + 60) == Bill(0, 0.0, 0)
    metric = next(m for m in sound(draw_page("home")).metric if m.label == "Spent in the last 7 days")
    assert metric.delta == "2 calls without a price"


def test_what_waits_for_a_rating_is_this_raters_and_says_of_which_experiment(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    waiting = next_pairs(runner.store, finished, "tester")[0]
    app = sound(draw_page("home"))
    metric = next(m for m in app.metric if m.label == "Pairs to review")
    assert metric.value == str(len(waiting)) and metric.delta == "in tiny"
    left, right = (get_answer(runner.store, i) for i in (waiting[0].left_id, waiting[0].right_id))
    prefer(runner.store, left, right, "good", rater="ann")
    assert figures(sound(app.run()))["Pairs to review"] == str(len(waiting))
    app.session_state["rater"] = "ann"  # as entered in Review's sidebar
    assert figures(sound(app.run()))["Pairs to review"] == str(len(waiting) - 1)


def test_what_is_unfinished_comes_first_and_the_last_experiments_are_listed(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    for name in ("oldest", "older", "halted"):
        waiting = runner.create(experiment(name=name))
        with runner.store.write() as session:
            session.execute(text("update experiment set state = 'stopped' where id = :i"), {"i": waiting})
    app = sound(draw_page("home"))
    # Two of those, the newest: what comes next must have a place too.
    is_won = get_verdict(runner.store, finished).kind == "winner"
    result = "Export the winner of tiny" if is_won else "See why tiny has no winner yet"
    assert links(app)[1:4] == ["Resume halted (stopped)", "Resume older (stopped)", result]
    said = words(app)
    assert said.index("**halted**") < said.index("**tiny**") and figures(app)["Experiments"] == "4"


def test_the_first_visit_has_two_doors_and_ones_own_documents_are_the_first(draw_page: Draw) -> None:
    app = sound(draw_page("home"))
    assert [b.label for b in app.button][:2] == ["Use my own documents", "Run the sample experiment"]
    main = [b for b in app.button if b.proto.type == "primary"]
    assert [b.label for b in main] == ["Use my own documents"]
    assert "3. Export the winner" in "".join(str(h.value) for h in app.html)


def test_an_experiment_shows_what_it_has_found_or_how_far_it_is(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    waiting = runner.create(experiment(name="under way"))
    with runner.store.write() as session:
        session.execute(
            text("update experiment set state = 'stopped', progress = :p where id = :i"),
            {"i": waiting, "p": '{"expected_answers": 240}'},
        )
    app = sound(draw_page("home"))
    headline = get_verdict(runner.store, finished).headline
    assert html.escape(headline) in "".join(str(h.value) for h in app.html)
    assert "0 of 240 answers" in words(app)


def test_once_something_is_rated_the_next_step_is_to_make_training_data(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    app = sound(draw_page("home"))
    assert not any("training data" in label for label in links(app))
    pair = next_pairs(runner.store, finished, "ann")[0][0]
    left, right = (get_answer(runner.store, i) for i in (pair.left_id, pair.right_id))
    prefer(runner.store, left, right, "good", rater="ann")
    assert "Make training data with tiny" in links(sound(app.run()))
