"""The Design page: presets and the way back, advice and errors at their place, files, the plan, the button.
Knows nothing about how advice is found (tests/planning/test_advice.py) or values mapped (test_draft_values.py)."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import Runner, experiment, local_model
from tests.ui.conftest import SMALL, Draw, editor, serve, settled, sound, texts, words, written
from workbench.settings import Settings
from workbench.space.experiment import ExperimentFile
from workbench.space.files import parse_experiment
from workbench.space.model import Model
from workbench.store.catalogue import save_model
from workbench.store.experiments import list_experiments

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")


@pytest.fixture
def design(load_design: Draw, runner: Runner) -> Draw:
    """The page with an experiment loaded and planned."""
    return lambda given: settled(load_design(given), runner)


def figures(app: AppTest) -> dict[str, str]:
    return {m.label: m.value for m in app.metric}


def spoken(app: AppTest) -> list[str]:
    return [c.value.replace("\\", "") for c in app.caption]


# The plan and the button


def test_the_sample_is_there_at_once_and_can_be_run_on_another_corpus(
    draw_page: Draw, runner: Runner
) -> None:
    app = settled(draw_page("design", preset="sample"), runner)
    assert "There is no corpus 'harbor\\-support'" in texts(app) and "Corpus must be corrected" in texts(app)
    assert figures(app)["Cost"] == "—"  # in the same place, so that nothing moves
    app.selectbox(key="design.corpus").set_value("tiny").run()
    app = settled(app, runner)
    assert figures(app)["Questions"] == "5" and "\\$" in figures(app)["Cost"]
    assert not app.button(key="design.run").disabled and not app.error


@pytest.mark.parametrize("axis", ["prompts", "models"])
def test_what_is_not_chosen_is_said_at_its_field_and_at_the_button_with_the_way_there(
    draw_page: Draw, runner: Runner, axis: str
) -> None:
    app = sound(draw_page("design"))
    app.multiselect(key=f"design.{axis}").set_value([]).run()
    sentence = f"Choose at least one {axis.removesuffix('s')}."
    at_field, at_button = [e.value.replace("\\", "") for e in settled(app, runner).error]
    assert at_field == sentence and at_button == f"[{sentence}](#{axis})"
    assert app.button(key="design.run").disabled


@pytest.mark.parametrize(
    ("axis", "value", "message", "leads_to"),
    [
        ("top_k", ["0"], "top_k.0 is 0", "[Top k must be corrected.](#retrieval)"),
        (
            "chunk_tokens",
            ["many"],
            "it must be a whole number",
            "[Chunk size must be corrected.](#retrieval)",
        ),
        (
            "tags",
            ["nowhere"],
            "No question has the tag 'nowhere'",
            "[Questions must be corrected.](#questions)",
        ),
        ("models", ["gone"], "Model 'gone' is not registered", "[Models must be corrected.](#models)"),
        ("prompts", ["gone"], "There is no prompt 'gone'", "[Prompts must be corrected.](#prompts)"),
    ],
)
def test_what_the_plan_refuses_is_said_at_its_field_and_at_the_button(
    design: Any, runner: Runner, axis: str, value: list[str], message: str, leads_to: str
) -> None:
    app = design(SMALL)
    app.session_state[f"design.{axis}"] = value
    at_field, at_button = [e.value.replace("\\", "") for e in settled(app.run(), runner).error]
    assert message in at_field and at_button == leads_to
    assert figures(app)["Cost"] == "—" and app.button(key="design.run").disabled


def test_the_figures_stay_while_a_new_plan_is_worked_out(design: Any, runner: Runner) -> None:
    app = design(SMALL)
    before = figures(app)
    app.multiselect(key="design.top_k").set_value(["2", "4"]).run()
    assert figures(sound(app)) == before and "Computing the plan" in texts(app)
    assert app.button(key="design.run").disabled
    assert figures(settled(app, runner))["Configurations"] == "2"


def test_the_notes_do_not_push_the_button_off_the_page(design: Any, opened: Settings) -> None:
    for number in range(9):
        (opened.corpora / "tiny" / "documents" / f"empty-{number}.md").write_text(" ")
    app = design(SMALL)
    assert next(m for m in app.metric if m.label == "Model calls").value.startswith("≤ ")
    outside = [c.value for c in app.main.caption if "empty" in c.value]
    assert any("more notes" in e.label for e in app.expander) and len(outside) >= 9


def test_run_starts_the_experiment_that_is_shown(design: Any, runner: Runner) -> None:
    app = design(SMALL)
    app.button(key="design.run").click().run()
    serve(runner, app)
    (record,) = list_experiments(runner.store)
    assert (record.name, record.state) == ("y", "queued")


def dear(server: ProtocolServer) -> ExperimentFile:
    price = {"input_per_million": 90_000.0, "output_per_million": 90_000.0}
    return experiment(models=[local_model(server, price=price)])


def test_a_dear_plan_is_confirmed_with_its_figures(design: Any, runner: Runner) -> None:
    with ProtocolServer() as server:
        app = design(dear(server))
        app.button(key="design.run").click().run()
        app = settled(app, runner)
        assert "This may take up to \\$" in texts(app) and "model calls" in texts(app)
        assert not list_experiments(runner.store)
        app.button(key="design.not_yet").click().run()
        assert "This may take" not in texts(settled(app, runner))
        app.button(key="design.run").click().run()
        settled(app, runner).button(key="design.confirm").click().run()
        serve(runner, app)
    assert len(list_experiments(runner.store)) == 1


def test_a_cap_below_the_estimate_is_warned_of(design: Any) -> None:
    with ProtocolServer() as server:
        app = design(dear(server).model_copy(update={"budget_usd": 0.01}))
    assert any("less than the plan's lowest estimate" in text for text in spoken(app))


# Presets


def press(app: AppTest, preset: str) -> AppTest:
    return app.button(key=f"design.preset.{preset}").click().run()


@pytest.mark.parametrize(
    "preset",
    ["Quick look", "Retrieval sweep", "Prompts against each other", "Models against each other", "Everything, searched", "Cheapest that holds"],
)  # fmt: skip
def test_every_preset_gives_a_plan_that_can_run(design: Any, runner: Runner, preset: str) -> None:
    app = settled(press(design(SMALL + "budget_usd: 5\n"), preset), runner)
    made = written(app)
    assert (made.name, made.corpus, made.budget_usd) == ("y", "tiny", 5.0)
    assert not app.button(key="design.run").disabled and not app.error
    assert f"{preset} is set." in texts(app).replace("\\", "")


def test_a_preset_says_what_it_changes_and_is_taken_back(design: Any, runner: Runner) -> None:
    file = SMALL + "retrieval: {top_k: [3]}\nexclude: [{splitter: token}]\nrepeats: 2\n"
    app = design(file)
    help_text = app.button(key="design.preset.Quick look").proto.help.replace("\\", "")
    assert "top_k: 3 → 2, 6" in help_text and "repeats: 2 → 1" in help_text
    press(app, "Quick look")
    app = settled(press(app, "Retrieval sweep"), runner)
    assert "search: grid → race" in texts(app).replace("\\", "")
    app.button(key="design.back").click().run()
    assert written(app).retrieval.top_k == [2, 6]
    app.button(key="design.back").click().run()
    assert written(app) == parse_experiment(file)
    app.button(key="design.back").click().run()  # the first design, which this file took the place of
    assert written(app).name == "tiny" and app.button(key="design.back").disabled


def test_presets_take_ones_own_models_and_leave_out_those_without_a_key(design: Any, runner: Runner) -> None:
    with ProtocolServer() as server:
        for name, fields in (("own", {}), ("locked", {"api_key_env": "NO_SUCH_KEY"})):
            save_model(runner.store, Model.model_validate(local_model(server, name=name, **fields)))
        app = press(design(SMALL), "Models against each other")
    models = written(settled(app, runner)).models
    assert models[0] == "own" and "locked" not in models and "embedded/extractive" in models


def test_a_preset_that_cannot_be_says_why(draw_page: Draw, runner: Runner, opened: Settings) -> None:
    from workbench.store.catalogue import hide_prompt, list_prompts

    for prompt in list_prompts(runner.store)[1:]:
        hide_prompt(runner.store, prompt.name)
    app = sound(draw_page("design"))
    assert app.button(key="design.preset.Prompts against each other").disabled
    assert "It needs two prompts or more" in texts(app)


# Advice at its place

PLACES: dict[str, tuple[dict[str, Any], str]] = {
    "chunk_tokens": (
        {"retrieval": {"splitter": ["sentence"], "chunk_tokens": [64, 128]}},
        "cut these documents alike",
    ),
    "top_k": ({"retrieval": {"top_k": [2, 20]}}, "over all of them"),
    "rerank": ({"retrieval": {"retriever": ["dense"], "rerank": ["mmr"], "top_k": [1]}}, "changes nothing"),
    "repeats": ({"repeats": 3}, "Set repeats to 1"),
    "questions": ({}, "with 5 selection questions"),
    "holdout": ({"holdout": 0}, "No questions are held out"),
    "objective": ({"objective": {"maximize": "correctness", "at_least": {"grounding": 2}}}, "cannot be met"),
    "exclude": ({"exclude": [{"splitter": "token"}]}, "splitter is nowhere 'token'"),
    "search": ({"search": {"strategy": "tpe", "trials": 99}}, "tpe may try 99"),
}


@pytest.mark.parametrize("setting", PLACES)
def test_advice_stands_beside_its_setting(design: Any, setting: str) -> None:
    fields, words = PLACES[setting]
    app = design(experiment(**({"retrieval": {"retriever": ["keyword", "dense"], "top_k": [2]}} | fields)))
    assert sum(words in text for text in spoken(app)) >= 1
    # Right after its widget: in the order of the page, before the next one.
    order = [(e.type, str(getattr(e, "key", "") or ""), str(getattr(e, "value", ""))) for e in _all(app)]
    at = next(
        i
        for i, (kind, _, value) in enumerate(order)
        if kind == "caption" and words in value.replace("\\", "")
    )
    before = [key for _, key, _ in order[:at] if key.startswith("design.")]
    expected = {
        "questions": "repeats",  # below the row of all fields about questions
        "holdout": "repeats",
        "objective": "bounds_editor",
        "exclude": "rules",
        "search": "trials",
    }
    assert before[-1].startswith(f"design.{expected.get(setting, setting)}")


def _all(node: Any) -> list[Any]:
    """The page's elements from top to bottom."""
    found: list[Any] = []
    for child in node.main.children.values() if isinstance(node, AppTest) else node.children.values():
        found += _all(child) if getattr(child, "children", None) is not None else [child]
    return found


# Files in and out

FULL = experiment(
    prompts=["concise", "cited@1", {"name": "mine", "system": " s\n", "template": "{passages}\n\nQuestion: {question}\n"}],
    retrieval={"top_k": [2, 7], "chunk_tokens": 77, "rerank": ["none", "mmr"], "splitter": ["token", "markdown"]},
    models=["embedded/extractive", {"name": "embedded/other", "notes": "by hand"}],
    exclude=[{"splitter": "token", "top_k": [7]}],
    conditions=[{"axis": "rerank", "when": {"top_k": 7}}],
    objective={"maximize": ["correctness", "refusal"], "minimize": "tokens_per_answer", "at_least": {"grounding": 0.55}, "at_most": {"seconds_p95": 9}},
    questions={"limit": 4}, budget_usd=0.004, holdout=0.33, seed=4_000_000_000, repeats=2,
    search={"strategy": "tpe", "trials": 3},
)  # fmt: skip
BASED = experiment(
    baseline={"prompt": "cited@1", "top_k": 5, "rerank": "mmr", "model": {"name": "embedded/other", "notes": "by hand"}}
)  # fmt: skip
CONFIGS = experiment(
    configs=[{"top_k": 5}, {"prompt": "concise", "retriever": "dense"}], scores=["ragas", "toxicity"]
)


def judged_file() -> ExperimentFile:
    from tests.judges.test_judging import RUBRIC, judged, ladder

    with ProtocolServer() as server:
        return judged(server, ["faithfulness", ladder(0.2, 0.6), RUBRIC])


@pytest.mark.parametrize(
    "file", [FULL, BASED, CONFIGS, parse_experiment(SMALL)], ids=["full", "baseline", "configs", "small"]
)
def test_a_file_comes_back_from_the_page_as_it_was(design: Any, file: ExperimentFile) -> None:
    app = design(file)
    assert written(app) == file
    app.run()
    assert written(app) == file


def test_a_design_is_still_there_after_another_page(design: Any, runner: Runner) -> None:
    app = design(FULL)
    app.number_input(key="design.repeats").set_value(4).run()
    app.switch_page("workbench/ui/prompts/page.py").run()
    app.switch_page("workbench/ui/design/page.py").run()
    assert written(settled(app, runner)) == FULL.model_copy(update={"repeats": 4})


def test_a_judged_experiment_comes_back_from_the_page_as_it_was(design: Any) -> None:
    file = judged_file()
    app = design(file)
    assert written(app) == file and not app.error
    said = " ".join(spoken(app))
    assert "heat: rubric" in said and "a judge between 0.2 and 0.6" in said


def test_turning_one_thing_leaves_the_rest_of_the_file(design: Any, runner: Runner) -> None:
    app = design(FULL)
    app.number_input(key="design.repeats").set_value(1).run()
    assert written(app) == FULL.model_copy(update={"repeats": 1})


def test_a_file_that_cannot_be_loaded_says_so_until_another_is(design: Any, runner: Runner) -> None:
    app = design("name: x\nretreival: {}\n")
    assert "retreival" in texts(sound(app.run())) and "It was not loaded" in texts(app)
    app.session_state["design.load"] = SMALL
    app = settled(app.run(), runner)
    assert "retreival" not in texts(app) and figures(app)["Configurations"] == "1"


def test_the_yaml_can_be_edited_and_what_is_wrong_names_its_line(design: Any, runner: Runner) -> None:
    app = design(SMALL)
    editor(app).set_value(editor(app).value + "retreival: {top_k: 3}\n").run()
    app.button(key="design.apply").click().run()
    line = editor(app).value.count("\n")
    assert f"the experiment:{line}" in texts(sound(app)).replace("\\", "") and "retreival" in texts(app)
    editor(app).set_value(editor(app).value.replace("retreival", "retrieval")).run()
    app.button(key="design.apply").click().run()
    app = settled(app, runner)
    assert written(app).retrieval.top_k == [3] and app.multiselect(key="design.top_k").value == ["3"]
    app.button(key="design.back").click().run()
    assert written(app) == parse_experiment(SMALL)


def test_rules_are_written_as_text_and_a_broken_one_waits_beside_its_field(
    design: Any, runner: Runner
) -> None:
    app = design(SMALL + "retrieval: {top_k: [2, 4]}\n")
    app.text_area(key="design.rules").set_value("exclude:\n  - {top_k: 4}\n").run()
    app = settled(app, runner)
    assert figures(app)["Configurations"] == "1" and written(app).exclude == [{"top_k": 4}]
    app.text_area(key="design.rules").set_value("exclud: []\n").run()
    app = settled(app, runner)
    assert "rules:1" in texts(app).replace("\\", "") and app.button(key="design.run").disabled
    assert "The rules cannot be read" in texts(app)
    app.text_area(key="design.rules").set_value("").run()
    assert figures(settled(app, runner))["Configurations"] == "2"


def test_the_configuration_that_is_used_today_is_chosen_and_runs_with_the_others(
    design: Any, runner: Runner
) -> None:
    app = design(SMALL)
    app.toggle(key="design.baseline_on").set_value(True).run()
    app.selectbox(key="design.baseline_prompt").set_value("cited")
    app.selectbox(key="design.baseline_top_k").set_value("6").run()
    app = settled(app, runner)
    baseline = written(app).baseline
    assert baseline is not None and (baseline.prompt, baseline.top_k) == ("cited", 6)
    assert figures(app)["Configurations"] == "2" and any("cited, 6" in e.label for e in app.expander)
    app.toggle(key="design.baseline_on").set_value(False).run()
    assert written(app).baseline is None


# Rubrics, ladders


def by_start(elements: Any, start: str) -> Any:
    return next(e for e in elements if str(e.key).startswith(start))


def test_a_rubric_is_written_changed_and_removed_on_the_page(design: Any, runner: Runner) -> None:
    with ProtocolServer() as server:
        save_model(runner.store, Model.model_validate(local_model(server, name="own")))
    app = design(SMALL + "scores: [correctness]\njudge: own\n")
    by_start(app.text_input, "design.rubric_name").set_value("politeness")
    by_start(app.text_area, "design.rubric_text").set_value("1 when polite").run()
    by_start(app.button, "design.rubric_keep").click().run()
    app = settled(app, runner)
    (_, kept) = written(app).scores
    assert not isinstance(kept, str) and (kept.name, kept.rubric) == ("politeness", "1 when polite")
    assert not app.error and figures(app)["Model calls"] == "≤ 14"  # answers, and as many judgements

    by_start(app.selectbox, "design.rubric.").set_value("politeness").run()
    by_start(app.text_area, "design.rubric_text").set_value("1 when kind").run()
    by_start(app.button, "design.rubric_keep").click().run()
    assert written(app).model_dump()["scores"][1]["rubric"] == "1 when kind"

    by_start(app.selectbox, "design.rubric.").set_value("politeness").run()
    by_start(app.button, "design.rubric_remove").click().run()
    assert written(sound(app)).scores == ["correctness"]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [("", "1 when polite", "name"), ("heat", " ", "rubric"), ("correctness", "1 when right", "name of something else"), ("refusal", "1", "name of something else")],
)  # fmt: skip
def test_a_rubric_that_cannot_be_says_why(design: Any, name: str, text: str, words: str) -> None:
    app = design(SMALL)
    by_start(app.text_input, "design.rubric_name").set_value(name)
    by_start(app.text_area, "design.rubric_text").set_value(text).run()
    by_start(app.button, "design.rubric_keep").click().run()
    assert app.error and words in app.error[0].value
    assert written(sound(app)) == parse_experiment(SMALL)


def test_grounding_becomes_a_ladder_and_plain_again(design: Any, runner: Runner) -> None:
    with ProtocolServer() as server:
        save_model(runner.store, Model.model_validate(local_model(server, name="own")))
    app = design(SMALL + "scores: [grounding, faithfulness]\njudge: own\nobjective: {maximize: grounding}\n")
    by_start(app.toggle, "design.ladder_on").set_value(True).run()
    by_start(app.slider, "design.ladder.").set_value((0.25, 0.6)).run()
    by_start(app.button, "design.ladder_keep").click().run()
    app = settled(app, runner)
    ladder, _ = written(app).scores
    assert not isinstance(ladder, str) and ladder.bounds == (0.25, 0.6)
    by_start(app.toggle, "design.ladder_on").set_value(False).run()
    by_start(app.button, "design.ladder_keep").click().run()
    assert written(sound(app)).scores == ["grounding", "faithfulness"]


# Nothing there yet


def test_without_a_corpus_the_page_says_what_to_do(draw_page: Draw, opened: Settings) -> None:
    shutil.rmtree(opened.corpora / "tiny")
    app = sound(draw_page("design"))
    assert "There is no corpus yet" in texts(app) and not app.metric


def test_without_prompts_or_models_the_page_still_stands(draw_page: Draw, runner: Runner) -> None:
    from workbench.store.catalogue import hide_prompt, list_models, list_prompts, remove_model

    for prompt in list_prompts(runner.store):
        hide_prompt(runner.store, prompt.name)
    for stored in list_models(runner.store):
        remove_model(runner.store, stored.model.name)
    app = sound(draw_page("design"))
    app.multiselect(key="design.prompts").set_value([])
    app.multiselect(key="design.models").set_value([]).run()
    app = settled(app, runner)
    assert all(b.disabled for b in app.button if str(b.key).startswith("design.preset."))
    assert "Choose at least one prompt" in words(app) and "Choose at least one model" in words(app)
