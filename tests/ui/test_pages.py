"""Every page, empty and with a finished experiment, and with a store that cannot be used.
Knows nothing about a browser: journeys are in tests/browser."""

from __future__ import annotations

import gc
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.tiny_experiment import Runner, experiment
from tests.ui.conftest import Draw, serve, sound, texts, words
from workbench.corpus.draft_file import read_drafts
from workbench.corpus.question_editing import delete_questions
from workbench.results.status import get_ranking
from workbench.store.answers import AnswerFilter, find_answers
from workbench.store.ratings import find_ratings
from workbench.ui import session as opened

PAGES = [
    "home", "experiments", "playground", "design", "run", "results", "compare", "answers", "review", "prompts",
    "models", "corpora", "questions", "cluster",
]  # fmt: skip


pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")


@pytest.mark.parametrize("page", ["run", "results", "answers"])
def test_without_experiments_a_page_says_what_to_do_next(draw_page: Draw, page: str) -> None:
    app = sound(draw_page(page))
    assert app.info and "experiment" in app.info[0].value.lower()


def test_the_first_page_offers_the_sample_experiment_at_once(draw_page: Draw, runner: Runner) -> None:
    app = sound(draw_page("home"))
    assert "Run the sample experiment" in [b.label for b in app.button]
    assert "needs no key and no network" in texts(app)


def test_what_a_pages_first_drawing_has_loaded_is_not_searched_for_garbage_again(draw_page: Draw) -> None:
    opened._freeze_modules.cache_clear()
    before = gc.get_freeze_count()
    app = sound(draw_page("prompts"))
    settled = gc.get_freeze_count()
    assert settled > before
    sound(app.run())
    assert gc.get_freeze_count() <= settled


@pytest.mark.parametrize("page", [p for p in PAGES if p != "design"])
def test_every_page_draws_with_a_finished_experiment(
    draw_page: Draw, runner: Runner, finished: str, page: str
) -> None:
    app = serve(runner, sound(draw_page(page, experiment=finished)))
    sound(app)
    assert not app.error, app.error[0].value


@pytest.mark.parametrize("page", PAGES)
def test_every_page_says_so_when_the_database_is_from_a_newer_version(
    draw_page: Draw, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    newer = tmp_path / "newer"
    newer.mkdir()
    with sqlite3.connect(newer / "workbench.db") as database:
        database.execute("create table alembic_version (version_num text)")
        database.execute("insert into alembic_version values ('f00d')")
    monkeypatch.setenv("WORKBENCH_HOME", str(newer))
    app = sound(draw_page(page))
    assert "newer version" in texts(app)


def test_a_corpus_with_a_bad_name_is_refused_beside_its_field(draw_page: Draw, runner: Runner) -> None:
    app = sound(draw_page("corpora", corpus="+new"))
    app.text_input(key="corpora.new_name").set_value("../evil")
    next(b for b in app.button if b.label == "Create the corpus").click().run()
    app = sound(serve(runner, app))
    assert "cannot be the name of a corpus" in texts(app)
    assert app.text_input(key="corpora.new_name").value == "../evil"


def test_review_says_why_there_is_nothing_to_choose_between(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    assert "Left is better" in [b.label for b in sound(draw_page("review", experiment=finished)).button]
    with runner.store.write() as session:
        session.execute(text("update call set text = 'The same.'"))
    app = sound(draw_page("review", experiment=finished))
    assert "the same answer to every question" in texts(app)
    assert "is rated" not in texts(app) and "Undo" not in [b.label for b in app.button]


def test_an_unfinished_experiment_has_no_winner_yet(draw_page: Draw, runner: Runner, finished: str) -> None:
    with runner.store.write() as session:
        session.execute(text("update experiment set state = 'stopped'"))
    app = sound(draw_page("results", experiment=finished))
    strip = "".join(str(h.value) for h in app.html)
    assert "No winner yet" in strip and not any("winner" in b.label for b in app.button)


def test_why_an_experiment_paused_is_a_warning(draw_page: Draw, runner: Runner, finished: str) -> None:
    with runner.store.write() as session:
        session.execute(text("update experiment set state = 'paused', message = 'Nothing answers.'"))
    app = sound(draw_page("run", experiment=finished))
    assert any("Nothing answers" in w.value for w in app.warning)
    assert "Resume" in [b.label for b in app.button]


def test_a_thumb_is_stored_changed_withdrawn_and_a_redrawn_page_changes_nothing(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    app = sound(draw_page("answers", experiment=finished))
    answer = find_answers(runner.store, finished, AnswerFilter(), limit=1)[0]

    def stored() -> list[int]:
        return [r.value for r in find_ratings(runner.store, [answer.seen]).get(answer.seen, [])]

    app.feedback[0].set_value(1).run()
    assert stored() == [1]
    app.run()
    assert stored() == [1]
    app.feedback[0].set_value(0).run()
    assert stored() == [-1]
    app.text_input(key=f"thumb.{answer.seen}.tester.comment").set_value("Wrong year").run()
    rating = find_ratings(runner.store, [answer.seen])[answer.seen][0]
    assert (rating.value, rating.comment) == (-1, "Wrong year")
    again = sound(draw_page("answers", experiment=finished))
    assert again.feedback[0].value == 0 and stored() == [-1]
    again.feedback[0].set_value(None).run()
    assert stored() == []


def test_the_question_of_a_disliked_answer_is_sent_to_the_drafts_unless_the_corpus_has_it(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    app = sound(draw_page("answers", experiment=finished))
    answer = find_answers(runner.store, finished, AnswerFilter(), limit=1)[0]
    app.feedback[0].set_value(0).run()
    app.text_input(key=f"thumb.{answer.seen}.tester.comment").set_value("It is 7 euros").run()
    app.session_state[f"keep-{answer.id}"] = True
    assert "has this question already" in words(sound(app.run()))
    corpus = runner.settings.corpora / "tiny"
    delete_questions(corpus, [answer.question.id])
    sound(app.run())
    app.text_area(key=f"keep.{answer.id}.right").set_value("7 euros")
    next(b for b in app.button if b.label == "Send to the drafts").click().run()
    assert "It waits for review among the drafts of tiny" in words(sound(app))
    [stored] = read_drafts(corpus)
    assert (stored.draft.question, stored.draft.answers) == (answer.question.text, ("7 euros",))
    assert (stored.draft.source_by, stored.draft.source_name) == ("person", "disliked answer")


def test_the_leaderboard_names_the_winner_and_links_to_its_answers(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    app = sound(draw_page("results", experiment=finished))
    first = get_ranking(runner.store, finished)[0].trial
    strip = "".join(str(h.value) for h in app.html if "wb-strip" in str(h.value))
    assert first.name in strip
    assert any(first.id in link.proto.query_string for link in app.get("page_link"))
    frame = app.dataframe[0].value
    assert list(frame["Rank"])[0] == 1 and len(frame) == 4


def test_answers_can_be_filtered_and_an_empty_filter_says_so(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    app = sound(draw_page("answers", experiment=finished, find="no such words at all"))
    assert "No answer matches these filters" in texts(app)


def test_probes_are_shown_only_when_asked_for_with_both_answers(draw_page: Draw, runner: Runner) -> None:
    written = experiment(
        scores=["correctness", "injection"], retrieval={"retriever": ["keyword"], "top_k": [2]}
    )
    experiment_id = runner.run(written).id
    app = sound(draw_page("answers", experiment=experiment_id))
    assert "of 7" in texts(app) and "Varied" not in texts(app)
    app.selectbox(key="answers.part").set_value("probe").run()
    shown = texts(sound(app))
    assert "of 5" in shown and "As asked" in shown and "Varied" in shown and "Planted in planted" in shown


def test_a_prompt_with_an_unknown_variable_is_refused_by_name(draw_page: Draw, runner: Runner) -> None:
    app = sound(draw_page("prompts"))
    area = next(a for a in app.text_area if "{passages}" in a.value)
    area.set_value("{passages} {question.__class__}")
    next(b for b in app.button if b.label.startswith("Save")).click().run()
    assert "\\{question\\.\\_\\_class\\_\\_\\}" in texts(sound(app)) and app.error


def test_verdicts_and_what_is_to_be_known_of_a_judge_are_shown(draw_page: Draw, runner: Runner) -> None:
    from tests.judges.test_judging import RUBRIC, judged, ladder
    from tests.protocol_server import ProtocolServer

    with ProtocolServer() as server:
        scores = ["faithfulness", ladder(0.0, 1.0), RUBRIC]
        told = runner.run(judged(server, scores)).id
    with ProtocolServer(judge=lambda messages: "no") as server:
        failing = runner.run(judged(server, ["faithfulness"], prompts=["short"])).id
    answers = sound(draw_page("answers", experiment=told))
    assert any("verdicts are yes" in e.label for e in answers.expander)
    board = texts(sound(draw_page("results", experiment=told)))
    assert "5 of 5 distinct answers went to the judge" in board
    assert "faithfulness failed on 5 of 5" in texts(sound(draw_page("results", experiment=failing)))
