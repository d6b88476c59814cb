"""The journey of a system: added by its address on the Design page, planned, run, read on the leaderboard.
Knows nothing about how systems are asked (tests/run/test_systems.py)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.system_server import SystemServer
from tests.tiny_experiment import Runner, experiment
from tests.ui.conftest import Draw, html_of, settled, sound, texts, written

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")


@pytest.fixture
def server() -> Iterator[SystemServer]:
    with SystemServer() as running:
        yield running


def test_added_by_its_address_it_is_planned_and_may_be_the_baseline(
    load_design: Draw, runner: Runner, server: SystemServer
) -> None:
    app = settled(load_design(experiment()), runner)
    configs = {m.label: m.value for m in app.metric}
    app.text_input(key="design.system_name").set_value("today").run()
    app.button(key="design.add_system").click().run()
    assert any("Write the system's address." in e.value.replace("\\", "") for e in app.error)
    app.text_input(key="design.system_url").set_value("nonsense").run()
    app.button(key="design.add_system").click().run()
    assert any("it must be an address" in e.value.replace("\\", "") for e in app.error)
    app.text_input(key="design.system_url").set_value(server.url).run()
    app.button(key="design.add_system").click().run()
    app = settled(app, runner)
    assert not app.error
    assert {m.label: m.value for m in app.metric} != configs
    app.toggle(key="design.baseline_on").set_value(True).run()
    app.selectbox(key="design.baseline_system").set_value("today").run()
    file = written(app)
    assert [s.url for s in file.systems] == [server.url]
    assert file.baseline is not None and file.baseline.system == "today"
    app.button(key="design.remove_system.today (in this file)").click().run()
    file = written(app)
    assert not file.systems and (file.baseline is None or file.baseline.system is None)


def test_one_of_the_design_is_tried_on_a_question_and_asked_anew_with_each_click(
    load_design: Draw, runner: Runner, server: SystemServer
) -> None:
    app = settled(load_design(experiment(systems=[{"name": "today", "url": server.url}])), runner)
    app.text_input(key="design.system_question").set_value("Who collects heaters?").run()
    asked = len(server.asked)
    app.button(key="design.try_system.today (in this file)").click().run()
    said = texts(settled(app, runner)).replace("\\", "")
    assert "Two people." in said + html_of(app) and "2 passages, 2 of them found in the documents" in said
    assert [one["question"] for one in server.asked[asked:]] == ["Who collects heaters?"]
    server.reply = lambda asked: "<html>no</html>"
    settled(app.text_input(key="design.system_question").set_value("Another?").run(), runner)
    assert len(server.asked) == asked + 1  # a change asks nothing
    app.button(key="design.try_system.today (in this file)").click().run()
    app = settled(app, runner)
    assert len(server.asked) > asked + 1 and app.error


def test_the_playground_asks_one_beside_a_configuration(
    draw_page: Draw, runner: Runner, server: SystemServer
) -> None:
    runner.create(experiment(systems=[{"name": "today", "url": server.url, "price": {"free": True}}]))
    app = sound(draw_page("playground"))
    app.button(key="playground.add").click().run()
    app.selectbox(key="playground.knob.0.1.own").set_value("today").run()
    app.text_input(key="playground.question").set_value("Who collects heaters?")
    app.button(key="playground.ask").click().run()
    app = settled(app, runner)
    assert [one["question"] for one in server.asked] == ["Who collects heaters?"]
    assert "Two people." in html_of(app) + texts(app)
    assert "today · your own RAG" in texts(app).replace("\\", "")
    assert any("heaters.md" in box.label.replace("\\", "") for box in app.expander)
    column = str(app.query_params["b"])
    other = sound(draw_page("playground", a=column))
    assert "today · your own RAG" in texts(other).replace("\\", "")
    foreign = column.replace(server.url, "http://127.0.0.1:9/ask")
    assert "is not available" in texts(sound(draw_page("playground", a=foreign))).replace("\\", "")


def test_a_file_with_systems_of_every_kind_is_kept_as_it_is(load_design: Draw, runner: Runner) -> None:
    systems = [
        {"name": "a", "url": "http://127.0.0.1:9/ask", "map": {"answer": "$.data.text"}, "timeout": 9},
        {"name": "b", "openai": {"base_url": "http://127.0.0.1:9/v1", "model": "m"}},
    ]
    given = experiment(systems=systems, baseline={"system": "a"})
    app = settled(load_design(given), runner)
    assert written(app) == given


def test_results_show_it_without_settings(draw_page: Draw, runner: Runner, server: SystemServer) -> None:
    result = runner.run(
        experiment(systems=[{"name": "today", "url": server.url}], baseline={"system": "today"})
    )
    app = sound(draw_page("results", experiment=result.id))
    [table] = [frame.value for frame in app.dataframe if "Model" in getattr(frame.value, "columns", ())]
    row = table[table["Model"] == "today"].iloc[0]
    assert row["Retriever"] == "—"
    assert "System today" in html_of(app)
    answers = sound(draw_page("answers", experiment=result.id, trial=f"{result.id}-0003"))
    assert "search score" in texts(answers).replace("\\", "")
    for page in ("compare", "review", "playground"):
        trials = f"{result.id}-0001,{result.id}-0003"
        sound(draw_page(page, experiment=result.id, trials=trials, trial=f"{result.id}-0003"))
