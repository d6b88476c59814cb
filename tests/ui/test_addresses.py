"""Every page's choices are in its address: set from it, kept in it, followed when it changes by itself.
Knows nothing about what the choices do: each page has a file of its own. Back and Forward in a real browser:
tests/browser."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from tests.tiny_experiment import Runner, experiment
from tests.ui.conftest import Draw, select, serve, sound, texts, words
from workbench.settings import Settings
from workbench.store.trials import get_trials

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")


def go_back(app: AppTest, parameters: dict[str, str]) -> AppTest:
    """What a browser does on Back, once it has the address last written: the same page with an earlier one."""
    app.run()
    app.query_params.clear()
    app.query_params.update(parameters)
    return sound(app.run())


def test_what_is_chosen_on_answers_goes_into_the_address_and_a_new_browser_shows_the_same(
    draw_page: Draw, finished: str
) -> None:
    app = sound(draw_page("answers", experiment=finished))
    app.segmented_control(key="answers.show").set_value("refused").run()
    app.selectbox(key="answers.part").set_value("holdout").run()
    app.segmented_control(key="answers.show").set_value("all").run()
    app.button(key="answers.next").click().run()
    assert app.query_params == {"experiment": finished, "part": "holdout", "n": "2"}
    again = sound(draw_page("answers", **app.query_params))
    assert again.selectbox(key="answers.part").value == "holdout"
    assert "**2** of 8" in texts(again) and texts(again) == texts(app)


def test_the_filter_in_a_link_is_obeyed_at_the_first_drawing(draw_page: Draw, finished: str) -> None:
    app = sound(draw_page("answers", experiment=finished, show="failed"))
    assert app.segmented_control(key="answers.show").value == "failed"
    assert "No answer matches" in texts(app)


def test_going_back_undoes_a_filter_and_keeps_the_place_it_had(draw_page: Draw, finished: str) -> None:
    app = sound(draw_page("answers", experiment=finished, n="3"))
    before = dict(app.query_params)
    app.selectbox(key="answers.part").set_value("search").run()
    assert app.query_params["part"] == "search" and "n" not in app.query_params
    app = go_back(app, before)
    assert app.selectbox(key="answers.part").value == "" and "**3** of" in texts(app)
    assert app.query_params == before


def test_a_click_that_was_sent_with_the_address_before_undoes_nothing(draw_page: Draw, finished: str) -> None:
    app = sound(draw_page("answers", experiment=finished))
    before = dict(app.query_params)
    app.selectbox(key="answers.part").set_value("search").run()
    app.query_params.clear()
    app.query_params.update(before)  # the browser did not have the new one yet
    app.segmented_control(key="answers.show").set_value("failed").run()
    assert sound(app).query_params == {**before, "part": "search", "show": "failed"}
    app.segmented_control(key="answers.show").set_value("all").run()
    assert sound(app).query_params == {**before, "part": "search"}


def test_clicks_that_lag_two_addresses_behind_undo_nothing(draw_page: Draw, finished: str) -> None:
    app = sound(draw_page("answers", experiment=finished))
    before = dict(app.query_params)
    app.selectbox(key="answers.part").set_value("search").run()
    between = dict(app.query_params)
    for sent, shown in ((before, "failed"), (between, "refused")):
        app.query_params.clear()
        app.query_params.update(sent)
        app.segmented_control(key="answers.show").set_value(shown).run()
    assert sound(app).query_params == {**before, "part": "search", "show": "refused"}


def test_going_back_brings_the_experiment_back(draw_page: Draw, runner: Runner, finished: str) -> None:
    other = runner.run(experiment(name="other")).id
    app = sound(draw_page("results", experiment=finished))
    app.selectbox(key="results.experiment").set_value(other).run()
    assert app.query_params["experiment"] == other
    app = go_back(app, {"experiment": finished})
    assert app.selectbox(key="results.experiment").value == finished


def test_experiments_of_one_name_and_age_can_be_told_apart(draw_page: Draw, runner: Runner) -> None:
    ids = [runner.run(experiment(prompts=[name])).id for name in ("concise", "short")]
    app = sound(draw_page("results", experiment=ids[0]))
    options = app.selectbox(key="results.experiment").options
    assert len(set(options)) == 2 and all(any(id_ in o for o in options) for id_ in ids)
    for id_ in ids:
        app.selectbox(key="results.experiment").set_value(id_).run()
        assert sound(app).query_params["experiment"] == id_


def test_a_page_without_an_address_shows_the_experiment_that_was_looked_at_last(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    runner.run(experiment(name="newer"))
    app = sound(draw_page("results", experiment=finished))
    app.query_params.clear()
    app.switch_page("workbench/ui/review/page.py")
    assert sound(app.run()).query_params["experiment"] == finished


def test_an_experiment_that_is_not_there_is_ignored_with_a_word(draw_page: Draw, finished: str) -> None:
    app = sound(draw_page("results", experiment="gone"))
    assert "may have been deleted" in texts(app) and app.query_params["experiment"] == finished


@pytest.mark.parametrize("view", ["trade", "effects"])
def test_a_view_of_the_leaderboard_is_obeyed_at_the_first_drawing(
    draw_page: Draw, runner: Runner, finished: str, view: str
) -> None:
    app = serve(runner, sound(draw_page("results", experiment=finished, view=view)))
    assert app.segmented_control(key="results.view").value == view
    assert app.query_params == {"experiment": finished, "view": view}
    app.segmented_control(key="results.view").set_value("table").run()
    assert sound(app).query_params == {"experiment": finished}


def test_an_unknown_view_is_ignored_with_a_word(draw_page: Draw, finished: str) -> None:
    app = sound(draw_page("results", experiment=finished, view="Trade-offs"))
    assert app.segmented_control(key="results.view").value == "table"
    assert "asks for view “Trade\\-offs”" in texts(app) and "view" not in app.query_params
    assert "asks for view" in texts(sound(app.run()))  # it outlives a redraw
    app.segmented_control(key="results.view").set_value("effects").run()
    assert "asks for view" not in texts(app)


def test_the_axes_of_the_trade_off_are_in_the_address(draw_page: Draw, finished: str) -> None:
    app = sound(draw_page("results", experiment=finished, view="trade", x="seconds_p50", y="grounding"))
    assert [app.selectbox(key=f"results.{n}").value for n in "xy"] == ["seconds_p50", "grounding"]
    app.selectbox(key="results.y").set_value("refusal").run()
    assert sound(app).query_params["y"] == "refusal"


def test_the_row_that_is_looked_at_is_in_the_address(draw_page: Draw, runner: Runner, finished: str) -> None:
    trials = {t.name: t.id for t in get_trials(runner.store, finished)}
    app = sound(draw_page("results", experiment=finished))
    name = list(app.dataframe[0].value["Configuration"])[2]
    app = select(app, "results.row", 2)
    assert app.query_params["row"] == trials[name] and "rank 3" in texts(app)
    again = sound(draw_page("results", **app.query_params))
    assert "rank 3" in texts(again)
    assert "rank 3" in texts(sound(draw_page("results", **app.query_params, view="trade")))
    assert " · rank " not in texts(go_back(again, {"experiment": finished}))


def test_the_row_stays_the_one_that_was_chosen_when_the_order_changes(draw_page: Draw, finished: str) -> None:
    app = select(sound(draw_page("results", experiment=finished)), "results.row", 1)
    row = app.query_params["row"]
    app.selectbox(key="results.sort").set_value("seconds_p50").run()
    assert sound(app).query_params["sort"] == "seconds_p50"
    assert app.query_params["row"] == row and "rank 2" in texts(app)
    seconds = list(app.dataframe[0].value["Median s"])
    assert seconds == sorted(seconds)


def test_an_objective_in_the_address_sets_the_sliders_and_back_undoes_it(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    wanted = "min cost_per_1k_questions; grounding >= 0.3"
    app = serve(runner, sound(draw_page("results", experiment=finished, objective=wanted)))
    assert app.selectbox(key="results.target").value == "cost_per_1k_questions"
    assert app.slider(key="results.bound.grounding.at_least").value == 0.3
    app.selectbox(key="results.target").set_value("refusal").run()
    app = serve(runner, sound(app))
    assert app.query_params["objective"] == "max refusal; grounding >= 0.3"
    app = serve(runner, go_back(app, {"experiment": finished, "objective": wanted}))
    assert app.selectbox(key="results.target").value == "cost_per_1k_questions"
    app = serve(runner, go_back(app, {"experiment": finished}))
    assert app.selectbox(key="results.target").value == "correctness" and not app.slider
    assert app.query_params == {"experiment": finished}


def test_the_objective_of_one_experiment_is_not_taken_to_another(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    other = runner.run(experiment(name="other", objective={"maximize": "grounding"})).id
    app = sound(draw_page("results", experiment=finished))
    app.selectbox(key="results.experiment").set_value(other).run()
    assert sound(app).selectbox(key="results.target").value == "grounding"
    assert app.query_params == {"experiment": other}


def test_compared_rows_and_filters_are_in_the_address(draw_page: Draw, runner: Runner, finished: str) -> None:
    ids = [t.id for t in get_trials(runner.store, finished)]
    app = serve(
        runner, sound(draw_page("compare", experiment=finished, trials=f"{ids[2]},{ids[0]}", show="flips"))
    )
    assert app.multiselect(key="compare.trials").value == [ids[2], ids[0]]
    assert app.selectbox(key="compare.show").value == "flips"
    app.multiselect(key="compare.trials").set_value([ids[2], ids[0], ids[1]]).run()
    app = serve(runner, sound(app))
    assert app.query_params == {
        "experiment": finished,
        "trials": f"{ids[2]},{ids[0]},{ids[1]}",
        "show": "flips",
    }
    app = serve(runner, go_back(app, {"experiment": finished, "trials": f"{ids[1]},{ids[3]}"}))
    assert app.multiselect(key="compare.trials").value == [ids[1], ids[3]]
    assert app.selectbox(key="compare.show").value == "all"


def test_how_one_reviews_is_in_the_address(draw_page: Draw, finished: str) -> None:
    app = sound(draw_page("review", experiment=finished, mode="thumbs"))
    assert app.segmented_control(key="review.mode").value == "thumbs"
    app.segmented_control(key="review.mode").set_value("pairs").run()
    assert sound(app).query_params == {"experiment": finished}


def test_archived_experiments_are_asked_for_by_the_address(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    from workbench.store.experiments import edit_experiment

    edit_experiment(runner.store, finished, archived=True)
    assert "**tiny**" not in texts(sound(draw_page("experiments")))
    app = sound(draw_page("experiments", archived="1"))
    assert "**tiny**" in texts(app) and app.query_params == {"archived": "1"}


def test_a_prompt_its_tab_and_its_version_are_in_the_address(draw_page: Draw) -> None:
    app = sound(draw_page("prompts", prompt="short", tab="Versions"))
    assert app.radio(key="prompts.prompt").value == "short"
    assert app.session_state["prompts.tab"] == "Versions"
    app.radio(key="prompts.prompt").set_value("cited").run()
    assert sound(app).query_params == {"prompt": "cited", "tab": "Versions"}
    app = go_back(app, {"prompt": "short"})
    assert app.radio(key="prompts.prompt").value == "short" and app.session_state["prompts.tab"] == "Read"


def test_a_model_is_in_the_address(draw_page: Draw) -> None:
    app = sound(draw_page("models", model="embedded/extractive-tuned"))
    assert app.selectbox(key="models.model").value == "embedded/extractive-tuned"
    app = go_back(app, {"model": "embedded/minilm", "tab": "Register a model"})
    assert app.selectbox(key="models.model").value == "embedded/minilm"
    assert app.session_state["models.tab"] == "Register a model"
    assert "asks for model “gone”" in texts(sound(draw_page("models", model="gone")))


def test_a_corpus_and_its_document_are_in_the_address_before_they_are_read(
    draw_page: Draw, runner: Runner
) -> None:
    app = sound(draw_page("corpora", corpus="tiny", document="water.md", untouched=""))
    assert app.query_params["document"] == "water.md"  # nothing is read yet
    app = serve(runner, app)
    assert "Salt softeners" in "".join(str(h.value) for h in app.html)
    app = serve(runner, select(app, "corpora.document", 0))
    assert app.query_params == {"corpus": "tiny", "document": "heaters.md"}
    app = serve(runner, go_back(app, {"corpus": "tiny", "document": "water.md"}))
    assert "Salt softeners" in "".join(str(h.value) for h in app.html)


def test_what_is_looked_for_among_the_questions_is_in_the_address(draw_page: Draw, runner: Runner) -> None:
    app = serve(runner, sound(draw_page("questions", corpus="tiny", find="heater")))
    assert len(app.dataframe[0].value) == 2
    app = serve(runner, go_back(app, {"corpus": "tiny"}))
    assert len(app.dataframe[0].value) == 8


def test_a_corpus_stays_chosen_from_page_to_page(draw_page: Draw, runner: Runner, opened: Settings) -> None:
    (opened.corpora / "other" / "documents").mkdir(parents=True)
    (opened.corpora / "other" / "documents" / "note.md").write_text("# A note\n")
    app = sound(serve(runner, draw_page("corpora", corpus="other")))
    app.switch_page("workbench/ui/questions/page.py").run()
    app = sound(serve(runner, app))
    assert app.selectbox(key="questions.corpus").value == "other"
    assert app.query_params["corpus"] == "other"
    app = sound(serve(runner, go_back(app, {"corpus": "tiny"})))
    app.switch_page("workbench/ui/corpora/page.py").run()
    app = sound(serve(runner, app))
    assert app.selectbox(key="corpora.corpus").value == "tiny"


def test_columns_of_the_playground_survive_a_new_browser(draw_page: Draw, runner: Runner) -> None:
    app = sound(draw_page("playground", question="What does the label cost?"))
    app.button(key="playground.add").click().run()
    app.number_input(key="playground.knob.0.1.top_k").set_value(7).run()
    app.selectbox(key="playground.knob.0.1.prompt").set_value("cited@1").run()
    template = next(a for a in app.text_area if a.key == "playground.knob.0.1.template.cited@1")
    template.set_value("{passages}\n\n{question} Be brief.").run()
    address = dict(sound(app).query_params)
    assert json.loads(address["b"])["top_k"] == 7 and set(address) == {"corpus", "question", "a", "b"}
    again = sound(draw_page("playground", **address))
    assert again.query_params == address
    assert again.text_input(key="playground.question").value == "What does the label cost?"
    assert "top k: 4 → 7" in words(again) and "template edited" in words(again)
    assert "Be brief." in next(a for a in again.text_area if a.key.endswith("1.template.cited@1")).value


def test_going_back_in_the_playground_takes_a_column_away_and_turns_a_knob_back(draw_page: Draw) -> None:
    app = sound(draw_page("playground"))
    before = dict(app.query_params)
    app.number_input(key="playground.knob.0.0.top_k").set_value(9).run()
    app.button(key="playground.add").click().run()
    assert "b" in sound(app).query_params
    app = go_back(app, before)
    assert [n.value for n in app.number_input if n.label == "Top k"] == [4]
    assert app.query_params == before


@pytest.mark.parametrize(
    ("column", "word"),
    [
        ('{"top_k": 900}', "top k '900'"),
        ('{"top_k": true}', "top k 'True'"),
        ('{"splitter": "axe"}', "splitter 'axe'"),
        ('{"prompt": "gone@3"}', "prompt 'gone@3'"),
        ('{"model": ["x"]}', "model"),
        ('{"wings": 2}', "wings '2'"),
        ("{", "it is not a column"),
        ("[1]", "it is not a column"),
    ],
)
def test_what_an_address_asks_of_a_column_and_is_not_there_is_ignored_with_a_word(
    draw_page: Draw, column: str, word: str
) -> None:
    app = sound(draw_page("playground", a=column, b='{"top_k":7}'))
    assert word in words(app) and "Column A" in words(app)
    assert "top k: 4 → 7" in words(app)  # the rest is obeyed
    assert word in words(sound(app.run()))


def test_a_trial_in_the_address_becomes_a_column_that_can_be_shared(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    trial = get_trials(runner.store, finished)[1]
    app = sound(draw_page("playground", trial=trial.id, corpus="tiny"))
    told = json.loads(app.query_params["a"])
    assert told["prompt"] == trial.config.prompt.label and "trial" not in app.query_params
    again = sound(draw_page("playground", **app.query_params))
    assert again.query_params == app.query_params
