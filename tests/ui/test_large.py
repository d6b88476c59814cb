"""Every page on a moderately large store whose names and texts are awkward: it draws, says how much it shows,
and asks the store as often as on a small one.
Knows nothing about seconds: benchmarks/pages.py measures them."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.large_store import Made, Shape, make_store
from benchmarks.page_visits import answered, go, open_app, say_that_a_worker_lives, visits
from benchmarks.pages import Clock, make_visit
from tests.conftest import PROJECT
from tests.statements import statements_of
from tests.ui.conftest import markdown_of, matrix_of, texts
from workbench.analysis.leaderboard import LeaderboardRow
from workbench.results.status import get_leaderboard, get_ranking
from workbench.settings import Settings
from workbench.store.answer_filters import AnswerFilter, WorstFirst
from workbench.store.answer_list import PAGE
from workbench.store.answers import find_answers
from workbench.store.database import Store, open_store
from workbench.ui.services import Services

pytestmark = pytest.mark.xdist_group("large")  # its two stores are made once

PAGES = [
    "home", "experiments", "playground", "design", "run", "results", "compare", "answers", "review", "prompts",
    "models", "corpora", "questions",
]  # fmt: skip
# The same number of prompts and models, five times the trials, four times the questions.
FEW = Shape(prompts=3, chunk_sizes=1, top_ks=1, questions=10, holdout=4, thumbs=4)
MANY = Shape(prompts=3, chunk_sizes=5, top_ks=1, questions=40, holdout=12, thumbs=30)
# What of the awkward texts would be live, were it not escaped.
LIVE_HTML = re.compile(r"<script>alert|<img|<b |onclick=\"")  # a page has scripts of its own
LIVE_MARKDOWN = re.compile(r"(?<!\\)(\[a link\]|\*\*bold|!\[i\]|:red\[|<script|<img|<b |\$a_1)")


@dataclass(frozen=True)
class Drawn:
    """A page that asks nothing more of the worker."""

    app: AppTest
    sent: list[str]
    """The statements of one more redraw."""


class Place:
    """A made store, and the environment that shows it to the app."""

    def __init__(self, folder: Path, shape: Shape) -> None:
        self.folder = folder
        self._drawn: dict[str, Drawn] = {}
        (folder / "experiments").mkdir(parents=True)
        shutil.copy(PROJECT / "experiments" / "prompts.yaml", folder / "experiments")
        self.settings = Settings(
            home=folder / "home",
            corpora=folder / "corpora",
            experiments=folder / "experiments",
            compute_usd_per_hour=0.1,
            rater="tester",
        )
        self.made: Made = make_store(self.settings, shape, small=2, documents=10, awkward=True)

    @property
    def store(self) -> Store:
        return open_store(self.settings.database)

    def open(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("home", "corpora", "experiments"):
            monkeypatch.setenv(f"WORKBENCH_{name.upper()}", str(self.folder / name))
        monkeypatch.setenv("WORKBENCH_RATER", "tester")
        monkeypatch.chdir(PROJECT)
        say_that_a_worker_lives(self.store)

    def draw(self, page: str, **address: str) -> AppTest:
        """The page, drawn until it asks nothing more of the worker."""
        app = open_app()
        go(app, page, {"experiment": self.made.experiment, **address} if page != "home" else {})
        app.run()
        while list(answered(self.store, self.settings)):
            app.run()
        assert not app.exception, app.exception[0].value
        return app

    def drawn(self, page: str, monkeypatch: pytest.MonkeyPatch) -> Drawn:
        """A page as it is opened, drawn once for all tests that look at it."""
        if page not in self._drawn:
            self.open(monkeypatch)
            app = self.draw(page)
            say_that_a_worker_lives(self.store)
            with statements_of(self.store) as sent:
                app.run()
            self._drawn[page] = Drawn(app, [sql for sql, _ in sent])
        return self._drawn[page]


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("few"), FEW)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("many"), MANY)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_draws_with_long_and_awkward_texts_and_none_of_it_is_live(
    many: Place, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    app = many.drawn(page, monkeypatch).app
    if page != "design":  # whose first draft is the sample experiment, on a corpus that is not here
        assert not app.error, app.error[0].value
    for pattern, shown in (
        (LIVE_MARKDOWN, markdown_of(app)),
        (LIVE_HTML, "\n".join(e.proto.body for e in app.get("html"))),
    ):
        live = pattern.search(shown)
        assert live is None, shown[live.start() - 80 : live.end() + 80]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_asks_the_store_as_often_however_many_trials_and_answers_it_holds(
    few: Place, many: Place, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    assert few.made.trials * 5 == many.made.trials and few.made.answers * 15 < many.made.answers
    fewer, more = (place.drawn(page, monkeypatch).sent for place in (few, many))
    assert len(more) == len(fewer) < 60, "\n".join(sorted(set(more) ^ set(fewer)))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_stands_all_that_the_benchmark_does_on_it(
    many: Place, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    many.open(monkeypatch)
    clock = Clock()
    for visit in visits(many.made, "large"):
        if visit.page == page:  # which opens some addresses several times
            addresses = [a for n, a in enumerate(visit.addresses) if a not in visit.addresses[:n]]
            visit = replace(visit, addresses=tuple(addresses))
            make_visit(visit, clock, many.settings)  # raises when a draw fails or a widget is not there
            assert len(clock.draws[page]) >= len(visit.addresses) + len(visit.changes)


def test_tables_and_pages_say_how_much_of_it_they_show(many: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    many.open(monkeypatch)
    trials, answers = many.made.trials, many.made.answers
    assert f"{trials} of {trials} configurations" in texts(many.draw("results"))
    assert f"of {answers:,}" in texts(many.draw("answers"))
    assert "1–40 of 40" in matrix_of(many.draw("compare"))["corner"]
    assert many.draw("compare", view="side").pagination[0].proto.num_pages == 5


def test_an_answer_has_the_same_place_whether_looked_for_in_its_trial_or_in_all(many: Place) -> None:
    services, experiment = Services(many.settings), many.made.experiment
    tag = services.answers.find_tags(experiment)[0]
    for wanted in (
        AnswerFilter(),
        AnswerFilter(state="failed"),
        AnswerFilter(below=("grounding", 0.5)),
        AnswerFilter(tag=tag),
        AnswerFilter(worst_first=WorstFirst("grounding")),
        AnswerFilter(below=("grounding", 0.5), worst_first=WorstFirst("correctness")),
        AnswerFilter(
            trial_id=f"{experiment}-0001", below=("grounding", 0.9), worst_first=WorstFirst("grounding")
        ),
    ):
        every = find_answers(many.store, experiment, wanted, limit=None)
        matches = services.answers.count_matches(experiment, wanted)
        assert matches.total == len(every) > 10
        for at in (0, 1, len(every) // 2, len(every) - 1):
            assert services.answers.find_answer_at(experiment, wanted, matches, at).id == every[at].id


def test_the_list_has_the_answers_of_the_filter_in_its_order_a_page_at_a_time(many: Place) -> None:
    services, experiment = Services(many.settings), many.made.experiment
    for wanted in (
        AnswerFilter(),
        AnswerFilter(state="failed"),
        AnswerFilter(below=("grounding", 0.9), worst_first=WorstFirst("grounding")),
    ):
        every = find_answers(many.store, experiment, wanted, limit=None)
        matches = services.answers.count_matches(experiment, wanted)
        for at in (0, 30, len(every) - 3, len(every)):
            listed = services.answers.list_answers(experiment, wanted, matches, at, ["grounding"])
            expected = every[at : at + PAGE]
            assert [x.answer_id for x in listed] == [a.id for a in expected]
            for line, answer in zip(listed, expected, strict=True):
                scores = {s.name: (s.value, s.status) for s in answer.scores if s.name == "grounding"}
                assert (line.question, line.trial_name, line.scores) == (
                    answer.question.text, answer.trial_name, scores,
                )  # fmt: skip


def test_a_ranking_is_the_leaderboards_though_it_reads_less(many: Place) -> None:
    experiment = many.made.experiment
    ranking, leaderboard = get_ranking(many.store, experiment), get_leaderboard(many.store, experiment)

    def places(rows: list[LeaderboardRow]) -> list[tuple[object, ...]]:
        return [(r.trial.id, r.rank, r.feasible, r.front, r.broken, r.tied, r.to_leader) for r in rows]

    assert places(ranking) == places(leaderboard)
    assert any(row.broken for row in ranking) and not any(row.up or row.down for row in ranking)


@pytest.mark.parametrize("more_is_better", [True, False])
def test_the_worst_come_first_and_those_without_the_score_not_at_all(
    many: Place, more_is_better: bool
) -> None:
    experiment = many.made.experiment
    worst_first = AnswerFilter(worst_first=WorstFirst("grounding", more_is_better))

    def groundings(wanted: AnswerFilter) -> list[float | None]:
        found = find_answers(many.store, experiment, wanted, limit=None)
        return [next((s.value for s in a.scores if s.name == "grounding"), None) for a in found]

    every = groundings(AnswerFilter())
    values = [value for value in every if value is not None]
    assert groundings(worst_first) == sorted(values, reverse=not more_is_better) and len(values) < len(every)


def test_a_tag_keeps_the_answers_to_its_questions(many: Place) -> None:
    experiment = many.made.experiment
    tags = Services(many.settings).answers.find_tags(experiment)
    found = {tag: find_answers(many.store, experiment, AnswerFilter(tag=tag), limit=None) for tag in tags}
    assert len(tags) > 1 and all(tag in a.question.tags for tag in tags for a in found[tag])
    assert sum(map(len, found.values())) == many.made.answers  # each question has one


def test_tag_and_order_are_chosen_on_the_page_and_kept_in_its_address(
    many: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    many.open(monkeypatch)
    tag = Services(many.settings).answers.find_tags(many.made.experiment)[1]
    app = many.draw("answers")
    app.selectbox(key="answers.tag").set_value(tag).run()
    app.selectbox(key="answers.worst").set_value("grounding").run()
    assert app.query_params["tag"] == tag and app.query_params["worst"] == "grounding"
    wanted = AnswerFilter(tag=tag, worst_first=WorstFirst("grounding"))
    first = find_answers(many.store, many.made.experiment, wanted, limit=1)[0]
    assert f"answer {first.id}" in texts(app)
