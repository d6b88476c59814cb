"""The Prompts page: versions, where each was used and how it did, duplicating and editing.
Knows nothing about how figures are made."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.tiny_experiment import Runner, experiment
from tests.ui.conftest import Draw, sound, words
from workbench.store.catalogue import list_versions
from workbench.ui.prompts.preview import fill_in
from workbench.ui.widgets.difference import difference_html

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")
USED = "Where it was used"


def test_a_version_shows_where_it_was_used_and_how_it_did(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    app = sound(draw_page("prompts", prompt="concise", tab=USED))
    said = words(app)
    assert "In 1 experiment, newest first" in said and "2 configurations" in said
    assert "Correctness **" in said and ", n 10**" in said  # two configurations, five questions each
    assert "Best rank: 1 of 4" in said or "Best rank: 3 of 4" in said or "Best rank: 2 of 4" in said
    links = [p.proto for p in app.page_link]
    assert any(p.label == "tiny" and finished in p.query_string for p in links)


def test_a_version_that_nobody_used_says_so(draw_page: Draw, finished: str) -> None:
    assert "No experiment has used this version yet" in words(draw_page("prompts", prompt="short", tab=USED))


def test_more_experiments_than_fit_are_paged_and_the_page_is_in_the_address(
    draw_page: Draw, runner: Runner
) -> None:
    for number in range(6):
        runner.run(experiment(name=f"e{number}", retrieval={"retriever": ["keyword"]}, holdout=0.0))
    app = sound(draw_page("prompts", prompt="concise", tab=USED))
    names = [p.proto.label for p in app.page_link if p.proto.label.startswith("e")]
    assert names == ["e5", "e4", "e3", "e2", "e1"]
    again = sound(draw_page("prompts", prompt="concise", tab=USED, used="2"))
    assert [p.proto.label for p in again.page_link if p.proto.label.startswith("e")] == ["e0"]
    assert again.query_params["used"] == "2"


def test_an_edit_is_saved_as_a_version_and_a_duplicate_is_shown_at_once(
    draw_page: Draw, runner: Runner
) -> None:
    app = sound(draw_page("prompts", prompt="concise"))
    area = next(a for a in app.text_area if "{passages}" in a.value)
    area.set_value("{passages}\n\n{question} In one word.")
    next(b for b in app.button if b.label == "Save as a new version").click().run()
    assert [v.label for v in list_versions(runner.store, "concise")] == ["concise@1", "concise@2"]
    assert "concise\\@2" in [s.value for s in sound(app).subheader]
    app.text_input(key="prompts.copy.concise").set_value("mine")
    app.button(key="prompts.duplicate.concise").click().run()
    assert sound(app).query_params["prompt"] == "mine" and app.radio(key="prompts.prompt").value == "mine"
    assert list_versions(runner.store, "mine")[0].template.endswith("In one word.")


def test_a_new_prompt_is_shown_when_it_is_saved(draw_page: Draw, runner: Runner) -> None:
    app = sound(draw_page("prompts"))
    app.button(key="prompts.add").click().run()
    next(t for t in app.text_input if t.label == "Name").set_value("fresh")
    next(b for b in app.button if b.label == "Save").click().run()
    assert sound(app).radio(key="prompts.prompt").value == "fresh"


def html_of(app: AppTest) -> str:
    return "\n".join(str(element.proto.body) for element in app.get("html"))


def test_an_unknown_variable_is_said_at_its_field_at_once_with_the_nearest_one(draw_page: Draw) -> None:
    app = sound(draw_page("prompts", prompt="concise", tab="Edit"))
    area = next(a for a in app.text_area if "{passages}" in a.value)
    area.set_value("{passages}\n\n{quesion}").run()
    (error,) = [e.value.replace("\\", "") for e in sound(app).error]
    assert "Template, line 3: {quesion} is not a variable" in error and "Did you mean {question}?" in error
    next(a for a in app.text_area if "{quesion}" in a.value).set_value("{passages}").run()
    assert "does not contain {question}" in app.error[0].value.replace("\\", "")
    next(b for b in app.button if b.label == "Save as a new version").click().run()
    assert len(sound(app).error) == 1  # nothing was saved, and the reason stands at the field


def test_the_form_shows_the_prompt_filled_in_and_what_was_changed(draw_page: Draw) -> None:
    app = sound(draw_page("prompts", prompt="concise", tab="Edit"))
    assert "How long can an item be returned?" in html_of(app)
    area = next(a for a in app.text_area if "{passages}" in a.value)
    area.set_value("{passages}\n\n{question} <b>Be brief.</b>").run()
    app.get("button_group")[0].set_value("Changes").run()
    assert "<ins>+ {question} &lt;b&gt;Be brief.&lt;/b&gt;</ins>" in html_of(sound(app))


def test_a_name_that_cannot_be_is_said_in_the_form_and_nothing_is_lost(draw_page: Draw) -> None:
    app = sound(draw_page("prompts"))
    app.button(key="prompts.add").click().run()
    next(t for t in app.text_input if t.label == "Name").set_value("?!")
    area = next(a for a in app.text_area if "{passages}" in a.value)
    area.set_value("{question}, mine").run()
    next(b for b in app.button if b.label == "Save").click().run()
    assert "name is '?!'" in sound(app).error[0].value.replace("\\", "")
    assert any(a.value == "{question}, mine" for a in app.text_area)


def test_a_preview_fills_in_every_variable_once_and_marks_it() -> None:
    values = {"question": "{passages}?", "passages": "P", "today": "T"}
    text, marks = fill_in("{{x}} {question} {passages}", values)
    assert text == "{x} {passages}? P"
    assert [text[m.start : m.end] for m in marks] == ["{passages}?", "P"]


def test_a_difference_is_escaped_and_empty_where_there_is_none() -> None:
    assert difference_html("a\n<b>", "a\n<c>") == "  a\n<del>− &lt;b&gt;</del>\n<ins>+ &lt;c&gt;</ins>"
    assert difference_html("a", "a") == ""
