"""The page Watch, Home's alarms, and the way from requests to an experiment, over a simulated week.
Knows nothing about how figures are computed."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
import yaml
from streamlit.testing.v1 import AppTest

from tests.tiny_experiment import Runner
from tests.ui.conftest import Draw, html_of, serve, settled, sound, words, written
from tools.served_quarter import DAY, INVENTED, NEW, Quarter, make_services, write_quarter
from workbench.corpus.corpus import load_corpus
from workbench.corpus.draft_file import keep_drafts, read_drafts
from workbench.ship.export import export_winner
from workbench.ship.winner import read_winner
from workbench.store.ratings import find_ratings
from workbench.store.serving.alarms import list_alarms
from workbench.store.serving.records import Role, ServedRequest, ServedScore, Server, Service
from workbench.store.serving.requests import add_requests
from workbench.store.serving.servers import beat
from workbench.store.serving.services import list_services, put_service
from workbench.traces.import_requests import import_requests
from workbench.traces.types import ImportedPassage, ImportedRequest

DAYS, PER_DAY = 6, 20


class Served:
    """A service with a week of traffic, and a second one in its shadow."""

    def __init__(self, runner: Runner, experiment_id: str) -> None:
        self.store, self.settings = runner.store, runner.settings
        trials = [f"{experiment_id}-{number:04d}" for number in (1, 2)]
        folder = self.settings.winners
        self.first, self.second = make_services(self.store, experiment_id, trials, folder)
        corpus = load_corpus("tiny", self.settings.corpora)
        start = time.time() - DAYS * DAY
        quarter = Quarter(start, DAYS, PER_DAY, change=3, ungrounded=(0.1, 0.6), new=0.3, thumbs=0.3)
        self.requests = write_quarter(self.store, self.first, corpus, quarter, self.second)

    def with_fault(self) -> list[ServedRequest]:
        return [request for request in self.requests if INVENTED in request.answer]


@pytest.fixture
def served(runner: Runner, finished: str) -> Served:
    return Served(runner, finished)


def _button(app: AppTest, label: str) -> AppTest:
    return next(b for b in app.button if b.label.startswith(label)).click().run()


def test_without_a_service_the_page_says_how_to_serve(draw_page: Draw, runner: Runner, finished: str) -> None:
    app = sound(draw_page("watch"))
    assert "Nothing is served yet" in words(app)
    assert not app.code
    export_winner(runner.store, finished, out=runner.settings.winners / "w.yaml")
    app = sound(draw_page("watch"))
    assert "-m workbench serve" in app.code[0].value and "w.yaml" in app.code[0].value
    assert app.code[1].value.startswith("curl http://127.0.0.1:8600/ask")


def test_all_services_stand_one_below_another_those_with_alarms_first(
    draw_page: Draw, served: Served
) -> None:
    server = Server(
        "x", "h", 1, "http://127.0.0.1:8600", (served.first.id,), 0.0, time.time(), ("The disk is full.",)
    )
    beat(served.store, server)
    app = sound(draw_page("watch"))
    said = words(app)
    assert said.index(served.first.name) < said.index(served.second.name)
    assert "120 requests since" in said and "up at 127.0.0.1:8600" in said
    assert "The disk is full." in said and "Grounding fell" in said
    assert "no server is up" in said
    app = _button(app, "Open")
    assert app.query_params["service"] == served.first.id


def test_a_service_is_archived_and_taken_in_again(draw_page: Draw, runner: Runner) -> None:
    for number in ("1", "2"):
        put_service(runner.store, Service(f"s{number}", f"service {number}", "winner", None))
    app = sound(_button(draw_page("watch", service="s1"), "Archive"))
    assert [one.id for one in list_services(runner.store)] == ["s2"]
    assert "1 archived service" in [expander.label for expander in app.expander]
    sound(_button(app, "Take in again"))
    assert len(list_services(runner.store)) == 2


def test_figures_over_time_stand_with_their_intervals_and_marks(draw_page: Draw, served: Served) -> None:
    app = sound(draw_page("watch", service=served.first.id))
    said = words(app)
    for label in (
        "Grounding",
        "Ungrounded answers",
        "Refusals",
        "Dislikes",
        "Latency",
        "Cost of 1,000 answers",
    ):
        assert label in said
    assert len(app.get("vega_lite_chart")) >= 9
    assert "The model answers as answerer-2." in html_of(app)
    assert "The corpus changed to version new-" in html_of(app)
    table = app.dataframe[0].value
    assert len(table) in (DAYS, DAYS + 1) and table["Requests"].sum() == DAYS * PER_DAY


def test_the_part_and_the_period_stand_in_the_address(draw_page: Draw, served: Served) -> None:
    app = sound(draw_page("watch", service=served.first.id, part="served_model:answerer-2", period="all"))
    assert app.dataframe[0].value["Requests"].sum() < DAYS * PER_DAY
    app = sound(draw_page("watch", service=served.first.id, period="1"))
    assert app.dataframe[0].value["Requests"].sum() <= PER_DAY + 1
    app = sound(draw_page("watch", service=served.first.id, part="tag:none"))
    assert "which does not exist here" in words(app)


def test_an_alarm_shows_what_drives_it_and_is_acknowledged_muted_noted_and_closed(
    draw_page: Draw, served: Served
) -> None:
    home = sound(draw_page("home"))
    assert any("Grounding fell" in str(link.proto.label) for link in home.get("page_link"))
    app = sound(draw_page("watch", service=served.first.id))
    app = _button(app, "Open")
    headings = [str(heading.value) for heading in app.subheader]
    assert headings[0].startswith("Grounding fell") and headings[1] == "The answers behind it"
    assert html_of(app).count('mark class="unsupported"') == 10
    [alarm] = list_alarms(served.store, served.first.id)
    app = app.text_input(key=f"watch.alarm.{alarm.id}.note").set_value("The index was stale.").run()
    app = _button(app, "For 7 days")
    app = _button(app, "Acknowledge")
    [alarm] = list_alarms(served.store, served.first.id)
    assert (alarm.state, alarm.note) == ("acknowledged", "The index was stale.")
    assert alarm.muted_until == pytest.approx(time.time() + 7 * DAY, abs=60)
    home = sound(draw_page("home"))
    assert not any("Grounding fell" in str(link.proto.label) for link in home.get("page_link"))
    app = _button(app, "Close")
    assert list_alarms(served.store, served.first.id) == []
    assert "Open again" in [button.label for button in app.button]
    app = next(b for b in app.button if str(b.key).startswith("watch.driver.")).click().run()
    assert any(title.value == "Passages" for title in app.subheader)
    app = _button(sound(app), "All answers behind it")
    app = _button(sound(app), "All metrics")
    assert "Latency" in words(sound(app))


def test_requests_are_filtered_read_and_rated(draw_page: Draw, served: Served) -> None:
    def listed(**parameters: str) -> AppTest:
        return sound(draw_page("watch", service=served.first.id, view="requests", period="all", **parameters))

    assert len(listed(show="ungrounded").dataframe[0].value) == min(50, len(served.with_fault()))
    novel = listed(show="novel").dataframe[0].value
    assert set(novel["Question"]) <= set(NEW)
    found = listed(find="label").dataframe[0].value
    assert len(found) and all("label" in question for question in found["Question"])
    assert "No request matches" in words(listed(find="zebra"))
    one = next(request for request in reversed(served.with_fault()))
    app = listed(requests=one.id)
    assert 'mark class="unsupported"' in html_of(app)
    app.session_state[f"thumb.{one.seen}.tester"] = None
    app.feedback[0].set_value(0).run()
    assert [r.value for r in find_ratings(served.store, [one.seen], "tester")[one.seen]] == [-1]


def test_requests_become_drafts_then_an_experiment_with_the_served_winner_as_baseline(
    draw_page: Draw, served: Served, runner: Runner
) -> None:
    app = sound(draw_page("watch", service=served.first.id, view="requests", period="all", show="novel"))
    app = _button(app, "Keep all")
    app = _button(sound(app), "Send to the drafts")
    app = sound(serve(runner, app))
    path = served.settings.corpora / "tiny"
    drafts = [one.draft for one in read_drafts(path)]
    asked = {request.question for request in served.requests} & set(NEW)
    assert {draft.question for draft in drafts} == asked
    assert f"{len(asked)} drafts of tiny" in words(app) and "left out: the corpus" in words(app)
    keep_drafts(path, [draft.id for draft in drafts], [])
    app = settled(draw_page("questions", corpus="tiny", view="Drafts"), runner)
    [way] = [p for p in app.get("page_link") if p.proto.label == "Experiment on these"]
    assert f"service={served.first.id}%2Ftiny" in way.proto.query_string
    app = sound(draw_page("design", service=f"{served.first.id}/tiny"))
    file = written(app)
    assert file.questions.tags == ["served"] and file.corpus == "tiny"
    config = read_winner(served.first.path).to_config()
    assert file.baseline is not None and file.baseline.top_k == config.retrieval.top_k
    assert file.baseline.retriever == config.retrieval.retriever


def test_a_sample_is_copied_before_it_gets_drafts(draw_page: Draw, served: Served, runner: Runner) -> None:
    (served.settings.corpora / "tiny" / "sample.txt").write_text("A sample.")
    app = sound(draw_page("watch", service=served.first.id, view="requests", period="all", show="novel"))
    app = _button(_button(app, "Keep all"), "Send to the drafts")
    serve(runner, app)
    assert read_drafts(served.settings.corpora / "my-tiny")
    assert not read_drafts(served.settings.corpora / "tiny")


def test_checks_stand_with_their_verdicts(draw_page: Draw, served: Served) -> None:
    app = sound(draw_page("watch", service=served.second.id, view="checks"))
    assert "Not checked yet" in words(app) and "-m workbench check" in app.code[0].value


def test_a_shadow_stands_beside_its_service_with_the_paired_difference(
    draw_page: Draw, served: Served
) -> None:
    app = sound(draw_page("watch", service=served.first.id, view="pairs", period="all"))
    table = app.table[0].value
    assert "The second is" in table.columns and "paired by request" in words(app)
    app = sound(draw_page("watch", service=served.second.id, view="pairs"))
    assert "No other winner is served with this" in words(app)


def test_a_route_beside_its_strong_end_says_what_it_lost(
    draw_page: Draw, served: Served, runner: Runner
) -> None:
    from workbench.watch.honesty import find_strong_end

    ends = [(one.winner or {})["config"] for one in (served.first, served.second)]
    winner = {
        **(served.first.winner or {}),
        "config": {"route": {"name": "cheap-first", "cascade": ends}},
    }
    route = Service("route", "tiny: cheap-first", "winner", winner)
    assert find_strong_end(route) == served.second.id and find_strong_end(served.first) is None
    put_service(runner.store, route)
    both: list[tuple[str, str, Role, str | None, float]] = [
        ("main", "route", "main", None, 0.4), ("shadow", served.second.id, "shadow", "main", 0.9)
    ]  # fmt: skip
    requests = [
        ServedRequest(
            f"{name}{n}", service, time.time() - 60, f"Question {n}?", "It is so.",
            role=role, shadow_of=of and f"{of}{n}", scores=(ServedScore("grounding", grounding, "ok"),),
        )
        for n in range(60)
        for name, service, role, of, grounding in both
    ]  # fmt: skip
    with runner.store.write() as session:
        add_requests(session, requests)
    app = sound(draw_page("watch", service="route", view="pairs", period="all"))
    said = words(app)
    assert "0.500 (0.500 to 0.500) below its strong end's on 60 requests that both answered" in said
    assert "sure that the loss is above the margin of 0.02" in said


def test_a_service_that_keeps_no_texts_still_has_its_figures(
    draw_page: Draw, runner: Runner, finished: str
) -> None:

    service = Service("bot", "our bot", "imported", None)
    put_service(runner.store, service)
    request = ServedRequest("r1", "bot", time.time() - 60, "", texts="none")
    with runner.store.write() as session:
        add_requests(session, [request, replace(request, id="r2", state="failed", error="down")])
    app = sound(draw_page("watch", view="requests", requests="r1"))
    assert "does not store texts" in words(app) and "were imported" in words(app)
    app = sound(draw_page("watch"))
    assert "Failures" in words(app)


def test_what_is_no_question_of_a_user_is_said_and_is_in_no_figure(draw_page: Draw, runner: Runner) -> None:
    put_service(runner.store, Service("bot", "our bot", "imported", None))
    roles: tuple[Role, ...] = ("main", "test", "task", "task")
    requests = [
        ServedRequest(f"r{n}", "bot", time.time() - 60, f"Question {n}?", "It is so.", role=role)
        for n, role in enumerate(roles)
    ]
    with runner.store.write() as session:
        add_requests(session, requests)
    page = words(sound(draw_page("watch", service="bot")))
    assert "4 requests" in page
    assert "(1 of them from gates and experiments, 2 of them tasks of chat programs; no metric" in page
    said = words(sound(draw_page("watch", service="bot", view="requests", requests="r2")))
    assert "a task of a chat program" in said and "are not scored" in said


def test_the_export_dialog_shows_how_to_serve_gate_and_check(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    app = settled(draw_page("results", experiment=finished), runner)
    app = settled(_button(app, "Export"), runner)
    commands = [code.value for code in app.code]
    for name in ("ask", "serve", "gate", "check"):
        assert any(f"-m workbench {name} " in command for command in commands)
    assert any(command.endswith("--against BASE.yaml") for command in commands)
    assert yaml.safe_load(next(iter(runner.settings.winners.glob("*.yaml"))).read_text())["format"] == 1


def test_a_service_of_ones_own_is_watched_by_what_was_imported(draw_page: Draw, runner: Runner) -> None:
    passages = (ImportedPassage("Goods can be returned within 30 days.", "returns.md"),)
    asked = [
        ImportedRequest(str(n), "How long?", "Within 30 days.", time.time() - n * DAY, passages, thumb=-1, user=str(n))
        for n in range(3)
    ]  # fmt: skip
    done = import_requests(runner.store, "help desk", asked, hash_user=lambda key: key, now=time.time())
    page = sound(draw_page("watch", service=done.service.id))
    assert "3 requests since" in words(page) and "its requests were imported" in words(page)
    listed = sound(draw_page("watch", service=done.service.id, view="requests", show="disliked"))
    assert any(button.label == "Keep all 3 as questions" for button in listed.button)
    for view in ("checks", "pairs"):
        sound(draw_page("watch", service=done.service.id, view=view))
